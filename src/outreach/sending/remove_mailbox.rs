//! Removing a mailbox, and what becomes of the conversations that it began.

use super::stop::{Stop, stop};
use crate::{
    accounts::{Member, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{ids::MailboxId, mailboxes::state},
    server::{clock::Instant, db::Tx},
};

/// Removes a mailbox: it sends no more, its secrets are deleted, and its address is free for others. Its conversations end, or (`pass_on`) wait until their next mail is due for whichever mailbox
/// of the campaign is free then, as a new conversation. Returns how many conversations that concerned.
///
/// # Errors
/// The database's.
pub async fn remove_mailbox(
    tx: &mut Tx,
    member: &Member,
    id: MailboxId,
    pass_on: bool,
    at: Instant,
) -> sqlx::Result<usize> {
    let workspace = member.workspace;
    on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state = 'removed', state_since = $3, look_at = null, idle_code = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(drop))?;
    state::release(tx, (workspace, id), at).await?;
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'mailbox_removed', state_since = $3, run_at = null, fence = fence + 1
         where workspace_id = $1 and mailbox_id = $2 and kind <> 'step' and state in ('queued', 'deferred')")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(drop))?;
    let campaigns: Vec<CampaignId> = on!(&mut *tx, c => sqlx::query_scalar(
        "delete from campaign_mailboxes where workspace_id = $1 and mailbox_id = $2 returning campaign_id")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    let mut concerned = 0;
    for campaign in campaigns {
        concerned += if pass_on {
            hand_on(tx, (workspace, campaign, id), at).await?
        } else {
            let leads = conversations(tx, (workspace, campaign, id)).await?;
            stop(tx, workspace, &leads, Stop { code: "mailbox_removed", actor: Some(member.user) }, at).await?
        };
    }
    Ok(concerned)
}

async fn conversations(
    tx: &mut Tx,
    (workspace, campaign, id): (WorkspaceId, CampaignId, MailboxId),
) -> sqlx::Result<Vec<(CampaignId, LeadId)>> {
    on!(tx, c => sqlx::query_as(
        "select campaign_id, lead_id from enrolments
         where workspace_id = $1 and campaign_id = $2 and mailbox_id = $3 and state in ('in_flight', 'active', 'held')
         order by lead_id")
        .bind(workspace).bind(campaign).bind(id).fetch_all(c).await)
}

/// Holds conversations until their next mail is due, for another mailbox. A mail that was claimed did not leave: it is made anew.
async fn hand_on(
    tx: &mut Tx,
    (workspace, campaign, id): (WorkspaceId, CampaignId, MailboxId),
    at: Instant,
) -> sqlx::Result<usize> {
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'mailbox_removed', state_since = $4, lease_until = null, run_at = null, fence = fence + 1
         where workspace_id = $1 and campaign_id = $2 and mailbox_id = $3 and state in ('queued', 'claimed', 'deferred')")
        .bind(workspace).bind(campaign).bind(id).bind(at).execute(c).await.map(drop))?;
    let passed = on!(tx, c => sqlx::query(
        "update enrolments set state = 'held', code = case when state = 'held' then code else 'mailbox_gone' end, mailbox_id = null, since = $4,
             held_until = case when state = 'held' then held_until else coalesce(due_at, $4) end, due_at = null
         where workspace_id = $1 and campaign_id = $2 and mailbox_id = $3 and state in ('active', 'held', 'in_flight')
           and not exists (select 1 from sends d where d.workspace_id = enrolments.workspace_id and d.campaign_id = enrolments.campaign_id
               and d.lead_id = enrolments.lead_id and d.state = 'sending')")
        .bind(workspace).bind(campaign).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(usize::try_from(passed).unwrap_or(usize::MAX))
}
