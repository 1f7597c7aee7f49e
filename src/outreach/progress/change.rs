//! What starting, pausing, resuming and ending have in common.

use super::{
    event::{self, Event, EventKind},
    news,
    note::note,
    why::SendingState,
};
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    campaigns::Campaign,
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx},
};

/// Moves the sending of a campaign from one of the states in `from` to another. Returns whether it was in one of them.
///
/// # Errors
/// The database's.
pub(super) async fn enter(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    (from, to): (&[SendingState], SendingState),
    by: Option<UserId>,
    at: Instant,
) -> sqlx::Result<bool> {
    let is_from = |state| from.contains(&state);
    let changed = on!(&mut *tx, c => sqlx::query(
        "update campaign_sending set state = $3, code = null, params = null, since = $4, changed_by = $5,
             started_at = case when $3 = 'running' then coalesce(started_at, $4) else started_at end
         where workspace_id = $1 and campaign_id = $2 and ((state = 'draft' and $6) or (state = 'running' and $7)
             or (state = 'paused' and $8) or (state = 'finished' and $9))")
        .bind(workspace).bind(campaign).bind(to).bind(at).bind(by)
        .bind(is_from(SendingState::Draft)).bind(is_from(SendingState::Running))
        .bind(is_from(SendingState::Paused)).bind(is_from(SendingState::Finished))
        .execute(c).await.map(|done| done.rows_affected()))?;
    if changed == 1 {
        news::over(tx, workspace, campaign).await?;
    }
    Ok(changed == 1)
}

/// The state as it is now; a campaign without a schedule is a draft.
///
/// # Errors
/// The database's.
pub(super) async fn state(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<SendingState> {
    let state = on!(tx, c => sqlx::query_scalar(
        "select state from campaign_sending where workspace_id = $1 and campaign_id = $2")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    Ok(state.unwrap_or_default())
}

/// Gives back the mails that were claimed and are not handed over yet: whoever has them finds the fence risen.
///
/// # Errors
/// The database's.
pub(super) async fn give_back_claimed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update sends set state = 'queued', state_since = $3, run_at = $3, lease_until = null, fence = fence + 1
         where workspace_id = $1 and campaign_id = $2 and state = 'claimed'")
        .bind(workspace).bind(campaign).bind(at).execute(c).await.map(drop))
}

/// Writes what a member did: an event, a line of the log, and why the campaign sends nothing now.
///
/// # Errors
/// The database's.
pub(super) async fn tell(
    tx: &mut Tx,
    member: &Member,
    campaign: &Campaign,
    (kind, line): (EventKind, &str),
    at: Instant,
) -> sqlx::Result<()> {
    let event = Event::of(kind, campaign.id).by(member.user);
    event::record(tx, member.workspace, &[event], at).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, line, &campaign.name, "", at).await?;
    note(tx, member.workspace, campaign.id, at).await
}
