//! Slots of due mailboxes: claims the mailboxes, reads what they could send, and writes what [`choose`] decides. A round costs the
//! same few statements for a hundred mailboxes as for one.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use sqlx::types::Json;

use super::{
    choose::{Chosen, DueMailbox, Fate, Idle, Pick, Resumed, SetAside, choose, slots_of},
    claim::{Batch, Claim, Lease},
    counters::{self, CounterKey},
    due::{Due, LEASE, claim_mailboxes},
    offer::read_offer,
    outcome, stop,
    wake::wake,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        progress::event::{self, Event, EventKind},
        schedule::rules::Day,
        sequences::message::message_id,
    },
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::Key,
};

/// A connection is kept for mails that are due within this time, in seconds.
const KEPT_S: i64 = 10;

/// What a round of picks took.
#[derive(Debug, Default)]
pub struct Slots {
    /// Mailboxes that were claimed.
    pub looked_at: usize,
    pub batches: Vec<Batch>,
    /// Campaigns of mailboxes that found nothing to send.
    pub quiet: BTreeSet<(WorkspaceId, CampaignId)>,
    /// Mailboxes whose follow-ups wait for a look.
    pub unread: Vec<(WorkspaceId, MailboxId)>,
}

/// Takes a slot for each of these mailboxes that has something to send, and says when to look at the others again. `None`: another
/// server took slots at the same moment; roll back and try again.
///
/// # Errors
/// The database's.
pub(super) async fn pick(tx: &mut Tx, due: &[Due], at: Instant) -> sqlx::Result<Option<Slots>> {
    let mailboxes = claim_mailboxes(tx, due, at).await?;
    let offer = read_offer(tx, &mailboxes, at).await?;
    let chosen = choose(&mailboxes, &offer, at);
    if !counters::reserve(tx, &chosen.slots, &offer.counters).await? {
        return Ok(None);
    }
    let Some(mut claims) = write_sends(tx, &mailboxes, &chosen.picks, at).await? else { return Ok(None) };
    claims.extend(resume(tx, &chosen.resumed, at).await?);
    set_aside(tx, &chosen.set_aside, at).await?;
    write_mailboxes(tx, &mailboxes, &chosen, at).await?;
    wake_for_skipped(tx, &chosen.set_aside, at).await?;
    let quiet = chosen.idle.iter().filter_map(|idle| mailboxes.get(idle.mailbox));
    let quiet = quiet.filter_map(|mailbox| offer.running.get(&(mailbox.workspace, mailbox.id))).flatten();
    let quiet = quiet.map(|one| (one.workspace_id, one.campaign_id)).collect();
    let unread = chosen.unread.iter().filter_map(|place| mailboxes.get(*place));
    let unread = unread.map(|mailbox| (mailbox.workspace, mailbox.id)).collect();
    Ok(Some(Slots { looked_at: mailboxes.len(), batches: by_mailbox(&mailboxes, claims), quiet, unread }))
}

/// The claims of each mailbox, in the order in which they leave.
fn by_mailbox(mailboxes: &[DueMailbox], claims: Vec<Claim>) -> Vec<Batch> {
    let mut of_mailboxes: BTreeMap<MailboxId, Vec<Claim>> = BTreeMap::new();
    for claim in claims {
        of_mailboxes.entry(claim.mailbox_id).or_default().push(claim);
    }
    let batch = |mailbox: &DueMailbox| {
        let claims = of_mailboxes.remove(&mailbox.id)?;
        let is_quick = mailbox.pace.gap_max_s <= KEPT_S && !mailbox.pace.spread;
        let DueMailbox { workspace, id: mailbox, kind, fence, .. } = *mailbox;
        let lease = Lease { workspace, mailbox, kind, fence, is_quick };
        Some(Batch { lease, claims, permit: None })
    };
    mailboxes.iter().filter_map(batch).collect()
}

/// An id that says nothing but the domain that the mail comes from.
fn new_message_id(address: &str) -> String {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    message_id(*uuid::Uuid::new_v4().as_bytes(), domain)
}

#[derive(Serialize)]
struct PickRow {
    w: WorkspaceId,
    c: CampaignId,
    l: LeadId,
    m: MailboxId,
    step: StepId,
    id: SendId,
    message: String,
    recipient: Key,
    canonical: Key,
    domain: Option<Key>,
    /// 1 or 0: the databases do not agree on what a boolean becomes as text.
    occupies: i64,
    opener: i64,
    day: Day,
    number: i64,
}

/// Moves the enrolments to `in_flight` and makes their sends. `None`: one of them changed at the same moment.
async fn write_sends(
    tx: &mut Tx,
    mailboxes: &[DueMailbox],
    picks: &[Pick],
    at: Instant,
) -> sqlx::Result<Option<Vec<Claim>>> {
    let rows: Vec<PickRow> = picks
        .iter()
        .filter_map(|pick| {
            let (mailbox, one) = (mailboxes.get(pick.mailbox)?, &pick.candidate);
            Some(PickRow {
                w: mailbox.workspace,
                c: pick.campaign,
                l: one.lead_id,
                m: mailbox.id,
                step: one.step_id,
                id: one.send_id.unwrap_or_else(SendId::new),
                message: new_message_id(&mailbox.address),
                recipient: one.recipient_key,
                canonical: one.canonical_key,
                domain: one.domain_key,
                occupies: i64::from(pick.occupies),
                opener: i64::from(one.opener),
                day: pick.day,
                number: pick.number,
            })
        })
        .collect();
    let mut claims = Vec::new();
    for batch in batches(rows.iter())? {
        let (wanted, batch) = (batch.len(), Json(batch));
        let moved = on!(&mut *tx, c => sqlx::query(
            "with j as materialized (select value from json_each($1))
             update enrolments as e set state = 'in_flight', code = null, params = null, since = $2, due_at = null,
                 occupies = cast(j.value ->> 'occupies' as bigint) = 1, next_step_id = unhex(j.value ->> 'step', '-'),
                 mailbox_id = unhex(j.value ->> 'm', '-')
             from j
             where e.workspace_id = unhex(j.value ->> 'w', '-') and e.campaign_id = unhex(j.value ->> 'c', '-')
               and e.lead_id = unhex(j.value ->> 'l', '-') and e.state in ('waiting', 'active')
               and (e.mailbox_id is null or e.mailbox_id = unhex(j.value ->> 'm', '-'))")
            .bind(&batch).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
        let made: Vec<Claim> = on!(&mut *tx, c => sqlx::query_as(
            "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                 domain_key, message_id, state, state_since, lease_until, fence, opener, slot_day, slot_number)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'w', '-'), unhex(value ->> 'id', '-'), 'step', unhex(value ->> 'c', '-'),
                 unhex(value ->> 'l', '-'), unhex(value ->> 'step', '-'), unhex(value ->> 'm', '-'), unhex(value ->> 'recipient'),
                 unhex(value ->> 'canonical'), unhex(value ->> 'domain'),
                 value ->> 'message', 'claimed', $2, $3, 1, cast(value ->> 'opener' as bigint) = 1, cast(value ->> 'day' as bigint),
                 cast(value ->> 'number' as bigint)
             from rows where true
             on conflict (workspace_id, step_id, recipient_key) where kind = 'step' do update set state = 'claimed', code = null,
                 state_since = excluded.state_since, lease_until = excluded.lease_until, fence = sends.fence + 1,
                 campaign_id = excluded.campaign_id, lead_id = excluded.lead_id, mailbox_id = excluded.mailbox_id,
                 message_id = excluded.message_id, opener = excluded.opener, slot_day = excluded.slot_day,
                 slot_number = excluded.slot_number
                 where sends.state = 'cancelled' and sends.sending_at is null and sends.slot_day is null
             returning workspace_id, id, campaign_id, lead_id, step_id, mailbox_id, message_id, fence")
            .bind(&batch).bind(at).bind(at.plus(LEASE)).fetch_all(c).await)?;
        if moved != wanted as u64 || made.len() != wanted {
            return Ok(None);
        }
        claims.extend(made);
    }
    Ok(Some(claims))
}

/// Claims the mails of the queue that go now.
async fn resume(tx: &mut Tx, resumed: &[Resumed], at: Instant) -> sqlx::Result<Vec<Claim>> {
    let mut claims = Vec::new();
    for batch in batches(resumed.iter().map(|one| (one.queued.workspace_id, one.queued.id, one.day, one.number)))? {
        let some: Vec<Claim> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set state = 'claimed', state_since = $2, lease_until = $3, fence = fence + 1,
                 run_at = null, slot_day = cast(j.value ->> 2 as bigint), slot_number = cast(j.value ->> 3 as bigint)
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.state in ('queued', 'deferred')
             returning workspace_id, id, campaign_id, lead_id, step_id, mailbox_id, message_id, fence")
            .bind(Json(batch)).bind(at).bind(at.plus(LEASE)).fetch_all(c).await)?;
        claims.extend(some);
    }
    let mut old: BTreeMap<CounterKey, i64> = BTreeMap::new();
    for Resumed { queued, day, .. } in resumed {
        let Some(before) = queued.slot_day.filter(|before| Some(*before) != *day) else { continue };
        let mailbox = (queued.workspace_id, queued.mailbox_id, before);
        for key in slots_of(mailbox, queued.campaign_id, queued.domain_key, queued.opener) {
            *old.entry(key).or_insert(0) += 1;
        }
    }
    counters::give_back(tx, &old).await?;
    Ok(claims)
}

/// Writes what becomes of leads that turned out not to be next.
async fn set_aside(tx: &mut Tx, aside: &[SetAside], at: Instant) -> sqlx::Result<()> {
    let held = aside.iter().filter_map(|one| {
        let (code, until) = match one.fate {
            Fate::HeldUntil(until) => ("recipient_domain_cap", Some(until)),
            Fate::HeldElsewhere => ("other_campaign", None),
            Fate::HadIt | Fate::Suppressed | Fate::Removed => return None,
        };
        Some((one.workspace, one.campaign, one.candidate.lead_id, code, until))
    });
    for batch in batches(held)? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'held', code = j.value ->> 3, params = null, since = $2, due_at = null,
                 held_until = cast(j.value ->> 4 as bigint)
             from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 1, '-')
               and e.lead_id = unhex(j.value ->> 2, '-') and e.state in ('waiting', 'active')")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    for one in aside {
        let lead = (one.workspace, one.campaign, one.candidate.lead_id);
        match one.fate {
            Fate::Suppressed => stop::stop_lead(tx, lead, "suppressed", at).await?,
            Fate::Removed => stop::stop_lead(tx, lead, "removed", at).await?,
            Fate::HadIt => outcome::skip_step(tx, lead, one.candidate.step_id, at).await?,
            Fate::HeldUntil(_) | Fate::HeldElsewhere => {}
        }
    }
    let events: Vec<(WorkspaceId, Event)> = aside
        .iter()
        .filter_map(|one| {
            let (kind, code) = match one.fate {
                Fate::HeldUntil(_) => (EventKind::Held, "recipient_domain_cap"),
                Fate::HeldElsewhere => (EventKind::Held, "other_campaign"),
                Fate::HadIt => (EventKind::Skipped, "had_it"),
                Fate::Suppressed | Fate::Removed => return None,
            };
            let event = Event::of(kind, one.campaign).about(one.candidate.lead_id);
            Some((one.workspace, event.with(serde_json::json!({ "code": code }))))
        })
        .collect();
    event::record_all(tx, &events, at).await
}

/// A lead that had a step already waits for its next one, and the mailboxes that found nothing else look for it.
async fn wake_for_skipped(tx: &mut Tx, aside: &[SetAside], at: Instant) -> sqlx::Result<()> {
    let skipped = aside.iter().filter(|one| one.fate == Fate::HadIt).map(|one| (one.workspace, one.campaign));
    for (workspace, campaign) in skipped.collect::<BTreeSet<_>>() {
        wake(tx, workspace, campaign, at).await?;
    }
    Ok(())
}

#[derive(Serialize)]
struct MailboxRow {
    w: WorkspaceId,
    m: MailboxId,
    fence: i64,
    look: Option<Instant>,
    /// When it may send again; nothing: as before.
    free: Option<Instant>,
    code: Option<&'static str>,
}

/// When each mailbox is free and looked at again. Those that send keep their lease until the outcome.
async fn write_mailboxes(tx: &mut Tx, mailboxes: &[DueMailbox], chosen: &Chosen, at: Instant) -> sqlx::Result<()> {
    let row = |place: usize, look, free, code| {
        let DueMailbox { workspace: w, id: m, fence, .. } = mailboxes.get(place)?;
        Some(MailboxRow { w: *w, m: *m, fence: *fence, look, free, code })
    };
    let busy = chosen.picks.iter().map(|pick| (pick.mailbox, pick.free_at));
    let mut free: BTreeMap<usize, Instant> = BTreeMap::new();
    for (place, free_at) in busy.chain(chosen.resumed.iter().map(|one| (one.mailbox, one.free_at))) {
        let last = free.entry(place).or_insert(free_at);
        *last = free_at.max(*last);
    }
    let busy = free.into_iter().filter_map(|(place, free)| row(place, Some(free), Some(free), None));
    let idle =
        chosen.idle.iter().filter_map(|Idle { mailbox, code, look_at }| row(*mailbox, *look_at, None, Some(*code)));
    for batch in batches(busy.chain(idle))? {
        on!(&mut *tx, c => sqlx::query(
            "update mailboxes as b set look_at = cast(j.value ->> 'look' as bigint),
                 free_at = coalesce(cast(j.value ->> 'free' as bigint), b.free_at),
                 lease_until = case when j.value ->> 'free' is null then null else b.lease_until end,
                 idle_since = case when j.value ->> 'code' is null then null when b.idle_code = j.value ->> 'code' then b.idle_since
                     else $2 end,
                 idle_code = j.value ->> 'code'
             from json_each($1) j
             where b.workspace_id = unhex(j.value ->> 'w', '-') and b.id = unhex(j.value ->> 'm', '-')
               and b.fence = cast(j.value ->> 'fence' as bigint)")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    let served = chosen.picks.iter().filter_map(|pick| {
        let mailbox = mailboxes.get(pick.mailbox)?;
        Some((mailbox.workspace, pick.campaign, mailbox.id))
    });
    for batch in batches(served)? {
        on!(&mut *tx, c => sqlx::query(
            "update campaign_mailboxes as cm set last_pick_at = $2 from json_each($1) j
             where cm.workspace_id = unhex(j.value ->> 0, '-') and cm.campaign_id = unhex(j.value ->> 1, '-')
               and cm.mailbox_id = unhex(j.value ->> 2, '-')")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}
