//! Windows that have passed: the next one of each campaign and zone, as instants.

use crate::{
    accounts::WorkspaceId,
    credits::CampaignId,
    on,
    outreach::{progress::finish, schedule::store::open_windows},
    server::{clock::Instant, db::Tx},
};

use super::wake;

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
    open_windows(tx, workspace, campaign, at).await?;
    finish::end_if_over(tx, workspace, campaign, at).await?;
    wake(tx, workspace, campaign, at).await
}
