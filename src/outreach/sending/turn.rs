//! Windows that have passed: the next one of each campaign and zone, as instants.

use super::stop::{Stop, stop_open};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        progress::event::{self, Event, EventKind},
        schedule::{open_windows, rules, wake},
    },
    server::{clock::Instant, db::Tx},
};

/// Zones looked at in one round.
const ZONES: i64 = 200;

/// The running campaigns with a window that has passed.
///
/// # Errors
/// The database's.
pub(super) async fn passed(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<(WorkspaceId, CampaignId)>> {
    on!(tx, c => sqlx::query_as(
        "select distinct workspace_id, campaign_id from (
             select workspace_id, campaign_id from campaign_zones where closes_at <= $1 order by closes_at limit $2) passed
         order by workspace_id, campaign_id")
        .bind(at).bind(ZONES).fetch_all(c).await)
}

/// Computes the next windows of a campaign. One whose last day is over ends.
///
/// # Errors
/// The database's.
pub(super) async fn turn(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    at: Instant,
) -> sqlx::Result<()> {
    let looks = open_windows(tx, workspace, campaign, at).await?;
    wake(tx, workspace, &looks).await?;
    end_if_over(tx, workspace, campaign, at).await
}

/// Ends the sending of a campaign that has a last day and no window any more: what is still open ends with it.
async fn end_if_over(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, at: Instant) -> sqlx::Result<()> {
    let last: Option<(String, Option<rules::Day>)> = on!(&mut *tx, c => sqlx::query_as(
        "select s.time_zone, s.starts_on from campaign_sending s
         where s.workspace_id = $1 and s.campaign_id = $2 and s.state = 'running' and s.ends_on is not null
           and not exists (select 1 from campaign_zones z where z.workspace_id = $1 and z.campaign_id = $2)")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    let Some((time_zone, starts_on)) = last else { return Ok(()) };
    // Without a known zone there is no window either, and that is no end.
    let has_begun = |zone| starts_on.is_none_or(|first| first <= rules::day(at, &zone));
    if !rules::zone(&time_zone).is_some_and(has_begun) {
        return Ok(());
    }
    stop_open(tx, workspace, campaign, Stop { code: "campaign_ended", actor: None }, at).await?;
    on!(&mut *tx, c => sqlx::query(
        "update campaign_sending set state = 'ended', code = 'ended', since = $3, changed_by = null
         where workspace_id = $1 and campaign_id = $2 and state = 'running'")
        .bind(workspace).bind(campaign).bind(at).execute(c).await.map(drop))?;
    event::record(tx, workspace, &[Event::of(EventKind::Ended, campaign)], at).await
}
