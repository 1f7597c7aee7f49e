//! Mails that had begun and did not leave after all: their session ended between the commit and the first byte of the body.

use sqlx::{FromRow, types::Json};

use super::{claim::Claim, leases::give_up, unknown::UNKNOWN_OUTCOME};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    ids::CampaignId,
    on,
    outreach::ids::{MailboxId, SendId},
    server::{batches::batches, clock::Instant, db::Tx},
};

#[derive(FromRow)]
struct Withdrawn {
    workspace_id: WorkspaceId,
    id: SendId,
    campaign_id: CampaignId,
    lead_id: Option<LeadId>,
    mailbox_id: MailboxId,
    opener: bool,
    attempt: i64,
    sending_at: Instant,
}

/// Puts mails of which nothing has left back into the queue, also when their outcome counts as unknown meanwhile. The fence rises, so
/// that their session cannot hand them over any more. A mail of a step that never left is written anew for its next time: its text or
/// its mailbox may be another one by then. A claim that was lost changes nothing.
///
/// # Errors
/// The database's.
pub(super) async fn withdraw(tx: &mut Tx, claims: &[Claim], at: Instant) -> sqlx::Result<()> {
    let mut withdrawn: Vec<Withdrawn> = Vec::new();
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id, claim.fence)))? {
        let some: Vec<Withdrawn> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, code = null, stage = null, reply_words = null,
                 lease_until = null, fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state in ('sending', 'unknown')
             returning workspace_id, id, campaign_id, lead_id, mailbox_id, opener, attempt, sending_at")
            .bind(Json(batch)).bind(at).fetch_all(c).await)?;
        withdrawn.extend(some);
    }
    if withdrawn.is_empty() {
        return Ok(());
    }
    for one in withdrawn.iter().filter(|one| one.opener) {
        if let Some(lead) = one.lead_id {
            campaigns::leads::not_mailed(tx, one.workspace_id, lead, one.sending_at).await?;
        }
    }
    // One that was tried before may have left then.
    let never_tried = withdrawn.iter().filter(|one| one.attempt == 0);
    for batch in batches(never_tried.map(|one| (one.workspace_id, one.id)))? {
        let batch = Json(batch);
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set sending_at = null from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')")
            .bind(&batch).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query(
            "delete from sent_messages where (workspace_id, send_id) in (
                 select d.workspace_id, d.id from json_each($1) j
                 cross join sends d
                 where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-') and d.kind = 'step')")
            .bind(&batch).execute(c).await.map(drop))?;
    }
    for batch in batches(withdrawn.iter().map(|one| (one.workspace_id, one.campaign_id, one.lead_id)))? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'in_flight', code = null, params = null, since = $2 from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 1, '-')
               and e.lead_id = unhex(j.value ->> 2, '-') and e.state = 'held' and e.code = $3")
            .bind(Json(batch)).bind(at).bind(UNKNOWN_OUTCOME).execute(c).await.map(drop))?;
    }
    // A person whose sequence was stopped meanwhile gets no mail.
    give_up(tx, &withdrawn.iter().map(|one| (one.workspace_id, one.mailbox_id)).collect(), at).await
}
