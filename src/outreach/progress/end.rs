//! Ending for good: no more mails, and every lead has an outcome.

use super::{
    change::{enter, state, tell},
    event::EventKind,
    refusal::ProgressRefusal,
    why::SendingState,
};
use crate::{
    accounts::{Member, WorkspaceId},
    campaigns::Campaign,
    credits::CampaignId,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Ends the sending of a campaign for good. A mail that is being handed over cannot be called back; everything else stays
/// unsent. A second click changes nothing.
///
/// # Errors
/// [`AppError::Conflict`] when it never started.
pub async fn end(tx: &mut Tx, member: &Member, campaign: &Campaign, at: Instant) -> Result<(), AppError> {
    let from = [SendingState::Running, SendingState::Paused, SendingState::Finished];
    if !enter(tx, member.workspace, campaign.id, (&from, SendingState::Ended), Some(member.user), at).await? {
        return match state(tx, member.workspace, campaign.id).await? {
            SendingState::Ended => Ok(()),
            _ => Err(ProgressRefusal::NotRunning.into()),
        };
    }
    stop_all(tx, member.workspace, campaign.id, at).await?;
    Ok(tell(tx, member, campaign, (EventKind::Ended, "Ended sending"), at).await?)
}

/// Stops every sequence of the campaign that is not over. The slots of what is cancelled are given back by the scheduler.
async fn stop_all(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, at: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "update enrolments set state = 'stopped', code = 'campaign_ended', params = null, since = $3, held_until = null,
             due_at = null, occupies = $4
         where workspace_id = $1 and campaign_id = $2 and state in ('waiting', 'in_flight', 'active', 'held')")
        .bind(workspace).bind(campaign).bind(at).bind(false).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "update sends set state = 'cancelled', state_since = $3, code = 'campaign_ended', run_at = null, lease_until = null,
             fence = fence + 1
         where workspace_id = $1 and campaign_id = $2 and state in ('queued', 'claimed', 'deferred')")
        .bind(workspace).bind(campaign).bind(at).execute(c).await.map(drop))
}
