//! Remembers since when a campaign waits for what it waits for.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::{
    facts,
    why::{Facts, Progress, why},
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::{batches::batches, clock::Instant, db::Tx, select::together},
};

/// The progress of a campaign's sending, read now. Nothing is written.
///
/// # Errors
/// The database's.
pub async fn progress(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    now: Instant,
) -> sqlx::Result<(Facts, Progress)> {
    let facts = together(tx, facts::select(workspace, campaign, now)).await?.remove(&campaign).unwrap_or_default();
    let progress = why(&facts, now);
    Ok((facts, progress))
}

/// Writes down why the campaign sends nothing, when that is another reason than the last one. For whoever changes what it
/// depends on: the scheduler, and members who start or pause it.
///
/// # Errors
/// The database's.
pub async fn note(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, now: Instant) -> sqlx::Result<()> {
    let (facts, progress) = progress(tx, workspace, campaign, now).await?;
    let code = progress.reason.code();
    if facts.noted.is_some_and(|(noted, _)| noted == code) {
        return Ok(());
    }
    on!(tx, c => sqlx::query(
        "insert into campaign_waits (workspace_id, campaign_id, code, params, since, next_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, campaign_id) do update set code = excluded.code, params = excluded.params,
             since = excluded.since, next_at = excluded.next_at")
        .bind(workspace).bind(campaign).bind(code).bind(Json(&progress.reason)).bind(now).bind(progress.next)
        .execute(c).await.map(drop))
}

/// Forgets why these campaigns sent nothing: a mail has left.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, campaigns: &BTreeSet<(WorkspaceId, CampaignId)>) -> sqlx::Result<()> {
    for batch in batches(campaigns.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "delete from campaign_waits where (workspace_id, campaign_id) in (
                 select unhex(j.value ->> 0, '-'), unhex(j.value ->> 1, '-') from json_each($1) j)")
            .bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}
