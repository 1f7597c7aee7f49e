//! The point of no return: which mails may still leave now.

use std::collections::HashSet;

use sqlx::types::Json;

use super::{
    claim::{Claim, IS_CLAIMED},
    due::LEASE,
    render::Ready,
    stop::{self, objected, suppressed},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{self, ids::LeadId},
    ids::CampaignId,
    on,
    outreach::{
        ids::SendId,
        mailboxes::read_state::{LEAVES_WITHIN, is_read},
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// The point of no return: moves to `sending` what may still leave now, and returns it.
///
/// A stop, an opt-out, a pause or a return that is committed before has changed a row that this asks for; one that comes after finds
/// the mail gone. In between, both write the row of the send (or of the lead), so one of them waits for the other.
///
/// # Errors
/// The database's.
pub(super) async fn begin(tx: &mut Tx, ready: &[&Ready], at: Instant) -> sqlx::Result<HashSet<SendId>> {
    let (suppressed, is_read) = (suppressed(), is_read("b", "$4"));
    let objected = objected();
    let mut may: HashSet<SendId> = HashSet::new();
    let row = |one: &&Ready| {
        let claim = &one.claim;
        (claim.workspace_id, claim.id, claim.fence, one.text, one.variant, one.subject.clone())
    };
    for batch in batches(ready.iter().map(row))? {
        let sql = format!(
            "update sends as d set state = 'sending', state_since = $2, sending_at = $2, lease_until = $3,
                 text_id = coalesce(unhex(j.value ->> 3, '-'), d.text_id),
                 variant_id = coalesce(unhex(j.value ->> 4, '-'), d.variant_id), subject = j.value ->> 5
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and {IS_CLAIMED} and d.lease_until > $2
               and not exists (select 1 from sending_stop)
               and exists (select 1 from mailboxes b where b.workspace_id = d.workspace_id and b.id = d.mailbox_id
                   and b.state in ('active', 'failing') and (d.kind <> 'step' or d.opener or {is_read}))
               and (d.kind = 'step' or not {objected})
               and (d.kind <> 'step' or exists (select 1 from enrolments e
                   join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id and s.state = 'running'
                   join campaign_zones z on z.workspace_id = e.workspace_id and z.campaign_id = e.campaign_id and z.zone = e.zone
                       and z.opens_at <= $2 and z.closes_at > $2
                   join campaign_leads m on m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
                   where e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
                     and e.mailbox_id = d.mailbox_id and e.state || '' = 'in_flight' and not {suppressed}))
             returning id"
        );
        let some: Vec<SendId> = on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(Json(batch)).bind(at).bind(at.plus(LEASE)).bind(at.minus(LEAVES_WITHIN)).fetch_all(c).await)?;
        may.extend(some);
    }
    let staying = ready.iter().filter(|one| !may.contains(&one.claim.id)).map(|one| &one.claim);
    stay(tx, staying, at).await?;
    let leaving = ready.iter().filter(|one| may.contains(&one.claim.id));
    let leads = leaving.filter_map(|one| Some((one.claim.workspace_id, one.claim.lead_id?)));
    let mailed = campaigns::leads::mailed(tx, leads, at).await?;
    for one in ready {
        let lead = one.claim.lead_id.map(|lead| (one.claim.workspace_id, lead));
        if lead.is_some_and(|lead| !mailed.contains(&lead)) && may.remove(&one.claim.id) {
            call_back(tx, &one.claim, at).await?;
        }
    }
    Ok(may)
}

/// Keeps the bytes of mails that leave to a mail server, also for a copy in the folder of sent mails; those of a mail that leaves again are kept already.
///
/// # Errors
/// The database's.
pub(super) async fn keep(tx: &mut Tx, leaving: impl Iterator<Item = &Ready>) -> sqlx::Result<()> {
    let new = leaving.filter(|one| !one.is_kept);
    let rows = new.map(|one| {
        let claim = &one.claim;
        (claim.workspace_id, claim.id, &one.recipient, &one.message, claim.mailbox_id)
    });
    for batch in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into sent_messages (workspace_id, send_id, recipient, message, copy_in)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), value ->> 2, value ->> 3,
                 (select b.id from mailboxes b where b.workspace_id = unhex(value ->> 0, '-') and b.id = unhex(value ->> 4, '-')
                     and b.kind = 'smtp' and b.imap_host is not null)
             from rows where true on conflict (workspace_id, send_id) do nothing")
            .bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// A mail whose lead was returned or found bad at the last moment: it does not leave.
async fn call_back(tx: &mut Tx, claim: &Claim, at: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "update sends set state = 'cancelled', code = 'removed', state_since = $4, sending_at = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and id = $2 and fence = $3 and state = 'sending'")
        .bind(claim.workspace_id).bind(claim.id).bind(claim.fence).bind(at).execute(c).await.map(drop))?;
    if let Some(lead) = claim.lead_id {
        stop::stop_lead(tx, (claim.workspace_id, claim.campaign_id, lead), "removed", at).await?;
    }
    Ok(())
}

/// What becomes of mails that may not leave now: those to people who must not be written to are cancelled, the others wait.
async fn stay(tx: &mut Tx, claims: impl Iterator<Item = &Claim>, at: Instant) -> sqlx::Result<()> {
    let (suppressed, objected) = (suppressed(), objected());
    for batch in batches(claims.map(|claim| (claim.workspace_id, claim.id, claim.fence)))? {
        let batch = Json(batch);
        let sql = format!(
            "select d.workspace_id, d.campaign_id, d.lead_id, {suppressed} as suppressed from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
                 and d.fence = cast(j.value ->> 2 as bigint) and {IS_CLAIMED}
             join enrolments e on e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
             left join campaign_leads m on m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id and m.lead_id = e.lead_id
             where {suppressed} or m.lead_id is null"
        );
        let stopped: Vec<(WorkspaceId, CampaignId, LeadId, bool)> =
            on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
        for (workspace, campaign, lead, suppressed) in stopped {
            let code = if suppressed { "suppressed" } else { "removed" };
            stop::stop_lead(tx, (workspace, campaign, lead), code, at).await?;
        }
        let sql = format!(
            "update sends as d set state = 'cancelled', code = 'objected', state_since = $2, lease_until = null, fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and {IS_CLAIMED} and d.kind <> 'step' and {objected}"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&batch).bind(at).execute(c).await.map(drop))?;
        let sql = format!(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, lease_until = null from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and {IS_CLAIMED}"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&batch).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}
