//! Removing a step: who waited for it continues with the next one, and what of it has not left never will.

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::ids::StepId,
    server::{clock::Instant, db::Tx},
};

/// Removes `step`. Leads that waited for it get `next`, at the earliest now; without a next one they have finished. Mails that
/// were never tried are cancelled and those that a server deferred are not tried again; the scheduler gives their slots back.
///
/// # Errors
/// The database's.
pub(super) async fn remove(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    step: StepId,
    next: Option<StepId>,
    at: Instant,
) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query("update steps set removed_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(step).bind(at).execute(c).await.map(drop))?;
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', state_since = $3, code = 'step_removed', fence = fence + 1, lease_until = null, run_at = null
         where workspace_id = $1 and step_id = $2 and kind = 'step'
           and (state = 'deferred' or state in ('queued', 'claimed') and sending_at is null)")
        .bind(workspace).bind(step).bind(at).execute(c).await.map(drop))?;
    // Leads in flight with one of these mails are in flight no more.
    on!(&mut *tx, c => sqlx::query(
        "update enrolments set since = $4,
             state = case when last_sent_at is null then 'waiting' else 'active' end,
             due_at = case when last_sent_at is null then null else $4 end,
             mailbox_id = case when last_sent_at is null then null else mailbox_id end,
             begun_at = case when last_sent_at is null then null else begun_at end,
             next_step_id = $3, occupies = last_sent_at is not null
         where workspace_id = $1 and campaign_id = $2 and state = 'in_flight' and lead_id in (
             select lead_id from sends where workspace_id = $1 and step_id = $3 and kind = 'step'
               and state = 'cancelled' and state_since = $4 and code = 'step_removed')")
        .bind(workspace).bind(campaign).bind(step).bind(at).execute(c).await.map(drop))?;
    match next {
        Some(next) => on!(&mut *tx, c => sqlx::query(
            "update enrolments set next_step_id = $4, due_at = case when due_at < $5 then $5 else due_at end
             where workspace_id = $1 and campaign_id = $2 and next_step_id = $3 and state in ('waiting', 'active', 'held')")
            .bind(workspace).bind(campaign).bind(step).bind(next).bind(at).execute(c).await.map(drop)),
        None => on!(&mut *tx, c => sqlx::query(
            "update enrolments set next_step_id = null, due_at = null, held_until = null,
                 state = case when state = 'waiting' then 'waiting' else 'finished' end,
                 code = null, params = null, since = $4, occupies = $5
             where workspace_id = $1 and campaign_id = $2 and next_step_id = $3 and state in ('waiting', 'active', 'held')")
            .bind(workspace).bind(campaign).bind(step).bind(at).bind(false).execute(c).await.map(drop)),
    }
}
