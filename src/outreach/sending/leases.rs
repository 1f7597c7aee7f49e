//! Leases: kept while a session works, ended with it, taken back when they ran out because a process ended or stood still; and the
//! slots of mails that never left.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sqlx::{FromRow, types::Json};

use super::{
    choose::slots_of,
    claim::{Claim, IS_CLAIMED, Lease},
    counters::{self, CounterKey},
    due::LEASE,
    outcome::{self, Handed},
    unknown::{self, NoReply},
    wake::wake_for_room,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId},
        mailboxes::outbox,
        schedule::rules::Day,
    },
    server::{batches::batches, clock::Instant, db::Tx, queue::skip_locked},
    suppression::Key,
};

/// Sends looked at in one round.
const SENDS: i64 = 200;

/// Prolongs the lease of a mailbox and of the mails that are sent under it. Returns whether it was still held.
///
/// # Errors
/// The database's.
pub(super) async fn renew(tx: &mut Tx, lease: Lease, claims: &[Claim], at: Instant) -> sqlx::Result<bool> {
    let until = at.plus(LEASE);
    let held = on!(&mut *tx, c => sqlx::query(
        "update mailboxes set lease_until = $4 where workspace_id = $1 and id = $2 and fence = $3 and lease_until is not null")
        .bind(lease.workspace).bind(lease.mailbox).bind(lease.fence).bind(until)
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    if !held {
        return Ok(false);
    }
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id, claim.fence)))? {
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set lease_until = $2 from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state in ('claimed', 'sending')")
            .bind(Json(batch)).bind(until).execute(c).await.map(drop))?;
    }
    Ok(true)
}

/// Puts mails that were claimed and did not leave back into the queue of their mailbox.
///
/// # Errors
/// The database's.
pub(super) async fn put_back(tx: &mut Tx, claims: &[Claim], at: Instant) -> sqlx::Result<()> {
    for batch in batches(claims.iter().map(|claim| (claim.workspace_id, claim.id, claim.fence)))? {
        let sql = format!(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, lease_until = null, fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and {IS_CLAIMED}"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Ends leases of mailboxes: each is looked at again as soon as its gap allows, or for the first mail that a member wrote.
///
/// # Errors
/// The database's.
pub(super) async fn release(tx: &mut Tx, leases: &[Lease], at: Instant) -> sqlx::Result<()> {
    for batch in batches(leases.iter().map(|lease| (lease.workspace, lease.mailbox, lease.fence)))? {
        on!(&mut *tx, c => sqlx::query(
            "update mailboxes as b set lease_until = null, look_at = coalesce(
                 (select min(t.run_at) from sends t where t.workspace_id = b.workspace_id and t.mailbox_id = b.id
                     and t.state in ('queued', 'deferred') and t.kind <> 'step' and t.run_at < b.free_at),
                 case when b.free_at > $2 then b.free_at else $2 end)
             from json_each($1) j
             where b.workspace_id = unhex(j.value ->> 0, '-') and b.id = unhex(j.value ->> 1, '-')
               and b.fence = cast(j.value ->> 2 as bigint)")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

#[derive(FromRow)]
struct Lost {
    workspace_id: WorkspaceId,
    id: SendId,
    fence: i64,
    mailbox_id: MailboxId,
    is_outbox: bool,
}

/// Takes claims back whose lease is over. One that was not handed over waits in the queue of its mailbox. Of one that was, the mail
/// server is asked: the built-in outbox knows for certain whether it took the mail. No other server does: its outcome is unknown until
/// the session that has it answers after all, or a member decides. Returns the campaigns that this concerns.
///
/// # Errors
/// The database's.
pub(super) async fn take_back(tx: &mut Tx, at: Instant) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let lock = skip_locked(tx, "d");
    // The condition of the index `sends_leases`, word for word: SQLite uses it for no other.
    let sql = format!(
        "select d.workspace_id, d.id, d.fence, d.mailbox_id, m.kind = 'outbox' as is_outbox from sends d
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         where d.state in ('claimed', 'sending') and d.state = 'sending' and d.lease_until < $1 order by d.lease_until limit $2 {lock}"
    );
    let sending: Vec<Lost> =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).bind(SENDS).fetch_all(c).await)?;
    let (inside, outside): (Vec<Lost>, Vec<Lost>) = sending.into_iter().partition(|lost| lost.is_outbox);
    let mut handed = Vec::new();
    for lost in &inside {
        if let Some(sent_at) = outbox::taken_at(tx, lost.workspace_id, lost.id).await? {
            handed.push(Handed {
                workspace: lost.workspace_id,
                send: lost.id,
                fence: lost.fence,
                sent_at,
                words: None,
            });
        }
    }
    let mut concerned = outcome::sent(tx, &handed, at).await?;
    let no_reply = outside.iter().map(|lost| NoReply {
        workspace: lost.workspace_id,
        send: lost.id,
        fence: lost.fence,
        words: "The server that sent it ended or stood still before the reply came.".to_owned(),
        lease: None,
    });
    concerned.extend(unknown::mark(tx, &no_reply.collect::<Vec<_>>(), at).await?);
    let sent: HashSet<SendId> = handed.iter().map(|one| one.send).collect();
    // It did not arrive, and with another fence it cannot any more.
    let not_taken = inside.iter().filter(|lost| !sent.contains(&lost.id));
    let mut mailboxes: HashSet<(WorkspaceId, MailboxId)> =
        outside.iter().map(|lost| (lost.workspace_id, lost.mailbox_id)).collect();
    for batch in batches(not_taken.map(|lost| (lost.workspace_id, lost.id, lost.fence)))? {
        let some: Vec<(WorkspaceId, MailboxId)> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, sending_at = null, lease_until = null,
                 fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'sending'
             returning workspace_id, mailbox_id")
            .bind(Json(batch)).bind(at).fetch_all(c).await)?;
        mailboxes.extend(some);
    }
    let sql = format!(
        "update sends set state = 'queued', state_since = $1, run_at = $1, lease_until = null, fence = fence + 1
         where state = 'claimed' and (workspace_id, id) in (
             select d.workspace_id, d.id from sends d where d.state = 'claimed' and d.lease_until < $1
             order by d.lease_until limit $2 {lock})
         returning workspace_id, mailbox_id"
    );
    let claimed: Vec<(WorkspaceId, MailboxId)> =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(at).bind(SENDS).fetch_all(c).await)?;
    mailboxes.extend(claimed);
    give_up(tx, &mailboxes, at).await?;
    look_again(tx, &mailboxes, at).await?;
    Ok(concerned)
}

/// Mails of these mailboxes that wait for nothing any more: their lead was stopped, or their mailbox removed, while they were being
/// handed over. Another mailbox may write to the lead.
///
/// # Errors
/// The database's.
pub(super) async fn give_up(
    tx: &mut Tx,
    mailboxes: &HashSet<(WorkspaceId, MailboxId)>,
    at: Instant,
) -> sqlx::Result<()> {
    for batch in batches(mailboxes.iter())? {
        let batch = Json(batch);
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'held', code = 'mailbox_gone', params = null, since = $2, held_until = $2, mailbox_id = null
             from json_each($1) j
             join mailboxes b on b.workspace_id = unhex(j.value ->> 0, '-') and b.id = unhex(j.value ->> 1, '-') and b.state = 'removed'
             join sends d on d.workspace_id = b.workspace_id and d.mailbox_id = b.id and d.state in ('queued', 'deferred') and d.kind = 'step'
             where e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id and e.state = 'in_flight'")
            .bind(&batch).bind(at).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set state = 'cancelled', code = 'stopped', state_since = $2, run_at = null
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.mailbox_id = unhex(j.value ->> 1, '-') and d.state in ('queued', 'deferred')
               and d.kind = 'step' and not exists (select 1 from enrolments e where e.workspace_id = d.workspace_id
                   and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id and e.state = 'in_flight')")
            .bind(&batch).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Lets the scheduler look at mailboxes with a mail in their queue; their session ended with its process.
async fn look_again(tx: &mut Tx, mailboxes: &HashSet<(WorkspaceId, MailboxId)>, at: Instant) -> sqlx::Result<()> {
    for batch in batches(mailboxes.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "update mailboxes as b set look_at = case when b.free_at > $2 then b.free_at else $2 end, lease_until = null,
                 fence = b.fence + 1
             from json_each($1) j
             where b.workspace_id = unhex(j.value ->> 0, '-') and b.id = unhex(j.value ->> 1, '-')
               and (b.lease_until is null or b.lease_until <= $2)")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

#[derive(FromRow)]
struct Slot {
    workspace_id: WorkspaceId,
    mailbox_id: MailboxId,
    campaign_id: CampaignId,
    domain_key: Option<Key>,
    opener: bool,
    slot_day: Day,
}

/// Gives back the slots of cancelled mails. Whoever cancels leaves the slot to this, because counters are locked before sends.
///
/// # Errors
/// The database's.
pub(super) async fn give_slots_back(tx: &mut Tx, at: Instant) -> sqlx::Result<()> {
    let lock = skip_locked(tx, "d");
    let sql = format!(
        "select d.workspace_id, d.id from sends d where d.state = 'cancelled' and d.slot_day is not null
         order by d.workspace_id limit $1 {lock}"
    );
    let cancelled: Vec<(WorkspaceId, SendId)> =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(SENDS).fetch_all(c).await)?;
    let mut slots: BTreeMap<CounterKey, i64> = BTreeMap::new();
    for batch in batches(cancelled.iter())? {
        let batch = Json(batch);
        let given: Vec<Slot> = on!(&mut *tx, c => sqlx::query_as(
            "select d.workspace_id, d.mailbox_id, d.campaign_id, d.domain_key, d.opener, d.slot_day from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
             where d.state = 'cancelled' and d.slot_day is not null")
            .bind(&batch).fetch_all(c).await)?;
        on!(&mut *tx, c => sqlx::query(
            "update sends as d set slot_day = null from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-') and d.state = 'cancelled'")
            .bind(&batch).execute(c).await.map(drop))?;
        for slot in given {
            let mailbox = (slot.workspace_id, slot.mailbox_id, slot.slot_day);
            for key in slots_of(mailbox, slot.campaign_id, slot.domain_key, slot.opener) {
                *slots.entry(key).or_insert(0) += 1;
            }
        }
    }
    wake_for_room(tx, &cancelled.iter().map(|(workspace, _)| *workspace).collect(), at).await?;
    counters::give_back(tx, &slots).await
}
