//! Slots of due mailboxes: claims the mailboxes, reads what they could send, and writes what [`choose`] decides. A round costs the
//! same few statements for a hundred mailboxes as for one, and every one of them asks an index.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::{
    choose::{
        Candidate, Chosen, DueMailbox, Fate, Group, Idle, Offer, Pick, Queued, Resumed, Running, SetAside, choose,
        slots_of,
    },
    counters::{self, CounterKey, Counters, Scope},
    hand_over::Claim,
    outcome, stop,
    stop::suppressed,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        progress::event::{self, Event, EventKind},
        schedule::rules::{Day, Pace, Ramp, counting_day, zone},
        sequences::message::message_id,
    },
    server::{batches::batches, clock::Instant, db::Tx, queue::skip_locked},
    suppression::Key,
};

/// Mailboxes in one round.
pub(super) const ROUND: i64 = 100;
/// Mailboxes of one workspace before those of another that waits.
const IN_TURN: i64 = 5;
/// Of the mailboxes that are due longest, those among which the turns are made.
const LOOKED_AT: i64 = 500;
/// How long a mailbox and its send are claimed without a sign of life.
pub(super) const LEASE: std::time::Duration = std::time::Duration::from_secs(90);
/// First mails that are read beyond one for each mailbox, because some people turn out not to be next.
const SPARE_OPENERS: usize = 4;

/// The mailboxes that are due, a few of each workspace in turn.
///
/// # Errors
/// The database's.
pub(super) async fn due(tx: &mut Tx, at: Instant) -> sqlx::Result<Vec<(WorkspaceId, MailboxId)>> {
    on!(tx, c => sqlx::query_as(
        "select workspace_id, id from (
             select workspace_id, id, look_at, row_number() over (partition by workspace_id order by look_at, id) as place
             from (select workspace_id, id, look_at from mailboxes
                   where state = 'active' and look_at is not null and look_at <= $1 and free_at <= $1
                     and (lease_until is null or lease_until <= $1)
                   order by look_at limit $2) longest) turns
         order by (place - 1) / $3, look_at, id limit $4")
        .bind(at).bind(LOOKED_AT).bind(IN_TURN).bind(ROUND).fetch_all(c).await)
}

#[derive(FromRow)]
struct DueRow {
    workspace_id: WorkspaceId,
    id: MailboxId,
    address: String,
    time_zone: String,
    daily_cap: i64,
    gap_min_s: i64,
    gap_max_s: i64,
    spread: bool,
    ramp_start: Option<i64>,
    ramp_step: i64,
    ramp_days: i64,
    ramp_day: Option<Day>,
    look_at: Instant,
    fence: i64,
}

impl DueRow {
    /// The mailbox as it may send now.
    fn at(self, at: Instant) -> DueMailbox {
        let zone = zone(&self.time_zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let today = counting_day(at, &zone, self.ramp_day);
        let ramp = self.ramp_start.map(|start| Ramp::on(today, (start, self.ramp_step), self.ramp_days, self.ramp_day));
        let (daily_cap, gap_min_s, gap_max_s) = (self.daily_cap, self.gap_min_s, self.gap_max_s);
        DueMailbox {
            workspace: self.workspace_id,
            id: self.id,
            address: self.address,
            time_zone: self.time_zone,
            last_day: self.ramp_day,
            pace: Pace { daily_cap, gap_min_s, gap_max_s, spread: self.spread, ramp },
            look_at: self.look_at,
            fence: self.fence,
        }
    }
}

/// What a round of picks took.
#[derive(Debug, Default)]
pub struct Slots {
    pub claims: Vec<Claim>,
    /// Campaigns of mailboxes that found nothing to send.
    pub quiet: BTreeSet<(WorkspaceId, CampaignId)>,
}

/// Takes a slot for each of these mailboxes that has something to send, and says when to look at the others again. `None`: another
/// server took slots at the same moment; roll back and try again.
///
/// # Errors
/// The database's.
pub(super) async fn pick(tx: &mut Tx, due: &[(WorkspaceId, MailboxId)], at: Instant) -> sqlx::Result<Option<Slots>> {
    let mailboxes = claim_mailboxes(tx, due, at).await?;
    let offer = read_offer(tx, &mailboxes, at).await?;
    let chosen = choose(&mailboxes, &offer, at);
    if !counters::reserve(tx, &chosen.slots).await? {
        return Ok(None);
    }
    let Some(mut claims) = write_sends(tx, &mailboxes, &chosen.picks, at).await? else { return Ok(None) };
    claims.extend(resume(tx, &chosen.resumed, at).await?);
    set_aside(tx, &chosen.set_aside, at).await?;
    write_mailboxes(tx, &mailboxes, &chosen, at).await?;
    let quiet = chosen.idle.iter().filter_map(|idle| mailboxes.get(idle.mailbox));
    let quiet = quiet.filter_map(|mailbox| offer.running.get(&(mailbox.workspace, mailbox.id))).flatten();
    let quiet = quiet.map(|one| (one.workspace_id, one.campaign_id)).collect();
    Ok(Some(Slots { claims, quiet }))
}

/// Claims the mailboxes that are still due, in the order in which they became so.
async fn claim_mailboxes(tx: &mut Tx, due: &[(WorkspaceId, MailboxId)], at: Instant) -> sqlx::Result<Vec<DueMailbox>> {
    let mut claimed: Vec<DueMailbox> = Vec::new();
    let lock = skip_locked(tx, "m");
    // The plus keeps SQLite from going through the index of due mailboxes for each of them.
    for due in batches(due.iter())? {
        let sql = format!(
            "update mailboxes set lease_until = $2, fence = fence + 1 where (workspace_id, id) in (
                 select m.workspace_id, m.id from json_each($3) j
                 join mailboxes m on m.workspace_id = unhex(j.value ->> 0, '-') and m.id = unhex(j.value ->> 1, '-')
                 where m.state = 'active' and +m.look_at <= $1 and m.free_at <= $1
                   and (m.lease_until is null or m.lease_until <= $1) {lock})
             returning workspace_id, id, address, time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start, ramp_step, ramp_days, ramp_day,
                 look_at, fence"
        );
        let rows: Vec<DueRow> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(at.plus(LEASE)).bind(Json(due)).fetch_all(c).await)?;
        claimed.extend(rows.into_iter().map(|row| row.at(at)));
    }
    claimed.sort_by_key(|mailbox| (mailbox.look_at, mailbox.id));
    Ok(claimed)
}

async fn read_offer(tx: &mut Tx, mailboxes: &[DueMailbox], at: Instant) -> sqlx::Result<Offer> {
    let mut offer = Offer::default();
    for one in running(tx, mailboxes, at).await? {
        let mailbox = (one.workspace_id, one.mailbox_id, one.day);
        for (key, _) in slots_of(mailbox, 0, one.campaign_id, None, true) {
            let used = match key.scope {
                Scope::Mailbox => one.mailbox_used,
                Scope::Campaign => one.campaign_used,
                Scope::CampaignNew => one.new_used,
                Scope::Workspace => one.workspace_used,
                Scope::Domain => 0,
            };
            offer.counters.insert(key, used);
        }
        offer.running.entry((one.workspace_id, one.mailbox_id)).or_default().push(one);
    }
    let queued = queued(tx, mailboxes, at).await?;
    offer.counters.extend(counters::read(tx, counters_of(mailboxes, &queued, at).iter()).await?);
    offer.queued = queued.into_iter().map(|queued| ((queued.workspace_id, queued.mailbox_id), queued)).collect();
    let (asked, wanted) = wanted_openers(mailboxes, &offer, at);
    let mut found = openers(tx, &asked).await?;
    let first_of_follow_ups = found.len();
    found.extend(follow_ups(tx, mailboxes, &offer, at).await?);
    let since = mailboxes.iter().map(|mailbox| mailbox.day(at)).min().unwrap_or(Day(0));
    let mut candidates = candidates(tx, &found, since, &mut offer.counters).await?;
    for (number, (_, mailbox, group, _)) in found.into_iter().enumerate() {
        let Some(candidate) = candidates.remove(&number) else { continue };
        match mailbox {
            Some(mailbox) if number >= first_of_follow_ups => {
                offer.follow_ups.insert((mailbox, group.1, group.2), candidate);
            }
            _ => offer.openers.entry(group).or_default().push(candidate),
        }
    }
    offer.more = wanted
        .into_iter()
        .map(|(group, wanted)| {
            let read = offer.openers.get(&group).map_or(0, Vec::len);
            (group, read == wanted)
        })
        .collect();
    Ok(offer)
}

/// The running campaigns of the mailboxes, in each of their zones, with how full their day is.
async fn running(tx: &mut Tx, mailboxes: &[DueMailbox], at: Instant) -> sqlx::Result<Vec<Running>> {
    let bytes_of = |id: &str| if tx.is_postgres() { format!("uuid_send({id})") } else { id.to_owned() };
    let used = |scope: &str, subject: &str| {
        format!(
            "coalesce((select d.used from send_days d where d.workspace_id = cm.workspace_id and d.scope = '{scope}'
                 and d.subject = {subject} and d.day = cast(j.value ->> 2 as bigint)), 0)"
        )
    };
    let (mailbox, campaign) = (bytes_of("cm.mailbox_id"), bytes_of("cm.campaign_id"));
    let sql = format!(
        "select cm.workspace_id, cm.mailbox_id, cm.campaign_id, z.zone, cm.state = 'on' as takes_new, cm.last_pick_at,
             s.first = 'new' as new_first, s.daily_cap, s.new_daily_cap,
             coalesce(s.recipient_domain_cap, o.recipient_domain_cap, 20) as domain_cap,
             o.daily_cap as workspace_cap, o.ceiling, s.alone, z.opens_at, z.closes_at,
             (select p.id from steps p where p.workspace_id = cm.workspace_id and p.campaign_id = cm.campaign_id
                 and p.removed_at is null order by p.position limit 1) as first_step,
             (select e.due_at from enrolments e where e.workspace_id = cm.workspace_id and e.campaign_id = cm.campaign_id
                 and e.zone = z.zone and e.mailbox_id = cm.mailbox_id and e.state = 'active'
                 order by e.due_at limit 1) as due_at,
             cast(j.value ->> 2 as bigint) as day, {} as mailbox_used, {} as campaign_used, {} as new_used,
             {} as workspace_used
         from json_each($1) j
         join campaign_mailboxes cm on cm.workspace_id = unhex(j.value ->> 0, '-') and cm.mailbox_id = unhex(j.value ->> 1, '-')
         join campaign_sending s on s.workspace_id = cm.workspace_id and s.campaign_id = cm.campaign_id and s.state = 'running'
         join campaign_zones z on z.workspace_id = cm.workspace_id and z.campaign_id = cm.campaign_id
         left join outreach_settings o on o.workspace_id = cm.workspace_id",
        used("mailbox", &mailbox),
        used("campaign", &campaign),
        used("campaign_new", &campaign),
        used("workspace", "unhex('')"),
    );
    let mut running = Vec::new();
    for mailboxes in batches(mailboxes.iter().map(|mailbox| (mailbox.workspace, mailbox.id, mailbox.day(at))))? {
        let some: Vec<Running> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(mailboxes)).fetch_all(c).await)?;
        running.extend(some);
    }
    Ok(running)
}

/// The mail of each mailbox that has waited longest with a slot: it was taken before and did not leave.
async fn queued(tx: &mut Tx, mailboxes: &[DueMailbox], at: Instant) -> sqlx::Result<Vec<Queued>> {
    let mut queued = Vec::new();
    for mailboxes in batches(mailboxes.iter().map(|mailbox| (mailbox.workspace, mailbox.id)))? {
        let some: Vec<Queued> = on!(&mut *tx, c => sqlx::query_as(
            "select d.workspace_id, d.mailbox_id, d.id, d.campaign_id, d.slot_day, d.slot_number, d.domain_key, d.opener
             from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = (
                 select q.id from sends q where q.workspace_id = unhex(j.value ->> 0, '-')
                     and q.mailbox_id = unhex(j.value ->> 1, '-') and q.state in ('queued', 'deferred') and q.run_at <= $2
                     and (q.kind = 'test' or exists (
                         select 1 from enrolments e
                         join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id
                             and s.state = 'running'
                         join campaign_zones z on z.workspace_id = e.workspace_id and z.campaign_id = e.campaign_id
                             and z.zone = e.zone and z.opens_at <= $2 and z.closes_at > $2
                         where e.workspace_id = q.workspace_id and e.campaign_id = q.campaign_id and e.lead_id = q.lead_id
                             and e.state = 'in_flight'))
                 order by q.run_at, q.id limit 1)")
            .bind(Json(mailboxes)).bind(at).fetch_all(c).await)?;
        queued.extend(some);
    }
    Ok(queued)
}

/// A lead that may be next: the group it waits in, the mailbox whose follow-up it is, and its step.
type Found = (LeadId, Option<MailboxId>, Group, Option<StepId>);

#[derive(Serialize)]
struct GroupRow<'a> {
    n: usize,
    w: WorkspaceId,
    c: CampaignId,
    zone: &'a str,
}

/// A group with the first step of its campaign, and how many of its leads are asked for.
type Asked = (Group, Option<StepId>, usize);

/// Which of the waiting leads of each open group are read: one for each of its mailboxes, and a few to spare.
fn wanted_openers(mailboxes: &[DueMailbox], offer: &Offer, at: Instant) -> (Vec<Asked>, HashMap<Group, usize>) {
    let mut groups: Vec<(Group, Option<StepId>)> = Vec::new();
    let mut wanted: HashMap<Group, usize> = HashMap::new();
    for mailbox in mailboxes {
        let open = offer.running.get(&(mailbox.workspace, mailbox.id)).into_iter().flatten();
        for one in open.filter(|one| one.is_open(at) && one.takes_new && one.first_step.is_some()) {
            let count = wanted.entry(one.group()).or_insert_with(|| {
                groups.push((one.group(), one.first_step));
                SPARE_OPENERS
            });
            *count += 1;
        }
    }
    let asked = groups.into_iter().map(|(group, step)| {
        let count = wanted.get(&group).copied().unwrap_or(0);
        (group, step, count)
    });
    (asked.collect(), wanted)
}

/// The leads that have waited longest in each group, as many as its mailboxes may need.
async fn openers(tx: &mut Tx, asked: &[Asked]) -> sqlx::Result<Vec<Found>> {
    let most = asked.iter().map(|(_, _, count)| *count).max().unwrap_or(0);
    let rows = asked.iter().enumerate().map(|(n, ((w, c, zone), ..))| GroupRow { n, w: *w, c: *c, zone });
    let (all, id) =
        if tx.is_postgres() { ("json_agg", "cast(e.lead_id as text)") } else { ("json_group_array", "hex(e.lead_id)") };
    let sql = format!(
        "select cast(j.value ->> 'n' as bigint), cast((select {all}(q.lead_id) from (
             select {id} as lead_id from enrolments e where e.workspace_id = unhex(j.value ->> 'w', '-')
                 and e.campaign_id = unhex(j.value ->> 'c', '-') and e.zone = j.value ->> 'zone' and e.state = 'waiting'
             order by e.place, e.lead_id limit $2) q) as text)
         from json_each($1) j"
    );
    let mut found: Vec<Found> = Vec::new();
    for rows in batches(rows)? {
        let mut some: Vec<(i64, Option<String>)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(rows)).bind(i64::try_from(most).unwrap_or(ROUND)).fetch_all(c).await)?;
        some.sort_unstable();
        for (n, leads) in some {
            let Some((group, step, count)) = usize::try_from(n).ok().and_then(|n| asked.get(n)) else { continue };
            let leads: Vec<LeadId> = serde_json::from_str(leads.as_deref().unwrap_or("[]"))
                .map_err(|error| sqlx::Error::Decode(error.into()))?;
            found.extend(leads.into_iter().take(*count).map(|lead| (lead, None, group.clone(), *step)));
        }
    }
    Ok(found)
}

#[derive(Serialize)]
struct FollowUpRow<'a> {
    n: usize,
    w: WorkspaceId,
    c: CampaignId,
    m: MailboxId,
    zone: &'a str,
}

/// The follow-up of each mailbox in each open campaign that is due longest.
async fn follow_ups(tx: &mut Tx, mailboxes: &[DueMailbox], offer: &Offer, at: Instant) -> sqlx::Result<Vec<Found>> {
    let running = mailboxes.iter().filter_map(|mailbox| offer.running.get(&(mailbox.workspace, mailbox.id))).flatten();
    let due: Vec<&Running> = running.filter(|one| one.is_open(at) && one.due_at.is_some_and(|due| due <= at)).collect();
    let rows = due.iter().enumerate().map(|(n, one)| FollowUpRow {
        n,
        w: one.workspace_id,
        c: one.campaign_id,
        m: one.mailbox_id,
        zone: &one.zone,
    });
    let mut found: Vec<(i64, Option<LeadId>)> = Vec::new();
    for rows in batches(rows)? {
        let some: Vec<(i64, Option<LeadId>)> = on!(&mut *tx, c => sqlx::query_as(
            "select cast(j.value ->> 'n' as bigint),
                 (select e.lead_id from enrolments e where e.workspace_id = unhex(j.value ->> 'w', '-')
                     and e.campaign_id = unhex(j.value ->> 'c', '-') and e.zone = j.value ->> 'zone'
                     and e.mailbox_id = unhex(j.value ->> 'm', '-') and e.state = 'active' and e.due_at <= $2
                     order by e.due_at, e.lead_id limit 1)
             from json_each($1) j")
            .bind(Json(rows)).bind(at).fetch_all(c).await)?;
        found.extend(some);
    }
    found.sort_unstable();
    Ok(found
        .into_iter()
        .filter_map(|(n, lead)| {
            let one = due.get(usize::try_from(n).ok()?)?;
            Some((lead?, Some(one.mailbox_id), one.group(), None))
        })
        .collect())
}

#[derive(Serialize)]
struct CandidateRow {
    n: usize,
    w: WorkspaceId,
    c: CampaignId,
    l: LeadId,
    step: Option<StepId>,
}

/// A candidate with a counter of its company's domain: a row for each day that has one.
#[derive(FromRow)]
struct CandidateDay {
    #[sqlx(flatten)]
    candidate: Candidate,
    workspace_id: WorkspaceId,
    domain_day: Option<Day>,
    domain_used: Option<i64>,
}

/// What is known of each of these leads, by its place. The counters of their domains, from the day `since` on, go to `counters`.
async fn candidates(
    tx: &mut Tx,
    found: &[Found],
    since: Day,
    counters: &mut Counters,
) -> sqlx::Result<HashMap<usize, Candidate>> {
    let rows = found.iter().enumerate().map(|(n, (lead, _, (w, c, _), step))| CandidateRow {
        n,
        w: *w,
        c: *c,
        l: *lead,
        step: *step,
    });
    let mut candidates = HashMap::new();
    let suppressed = suppressed();
    let sql = format!(
        "select cast(j.value ->> 'n' as bigint) as number, e.workspace_id, e.lead_id, p.id as step_id, e.recipient_key,
             e.canonical_key, e.domain_key, e.begun_at is null as opener, d.id as send_id,
             coalesce(d.state = 'cancelled' and d.sending_at is null, false) as send_unsent,
             d.slot_day is not null as send_has_slot,
             exists (select 1 from enrolments o where o.workspace_id = e.workspace_id and o.recipient_key = e.recipient_key
                 and o.occupies and (o.campaign_id <> e.campaign_id or o.lead_id <> e.lead_id)) as elsewhere,
             exists (select 1 from campaign_leads m where m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id
                 and m.lead_id = e.lead_id) as present,
             {suppressed} as suppressed, q.day as domain_day, q.used as domain_used
         from json_each($1) j
         join enrolments e on e.workspace_id = unhex(j.value ->> 'w', '-') and e.campaign_id = unhex(j.value ->> 'c', '-')
             and e.lead_id = unhex(j.value ->> 'l', '-')
         join steps p on p.workspace_id = e.workspace_id and p.id = coalesce(e.next_step_id, unhex(j.value ->> 'step', '-'))
         left join sends d on d.workspace_id = e.workspace_id and d.step_id = p.id and d.recipient_key = e.recipient_key
             and d.kind = 'step'
         left join send_days q on q.workspace_id = e.workspace_id and q.scope = 'domain' and q.subject = e.domain_key
             and q.day >= $2"
    );
    for rows in batches(rows)? {
        let some: Vec<CandidateDay> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(rows)).bind(since).fetch_all(c).await)?;
        for CandidateDay { candidate, workspace_id: workspace, domain_day, domain_used } in some {
            if let (Some(domain), Some(day), Some(used)) = (candidate.domain_key, domain_day, domain_used) {
                let key = CounterKey { workspace, scope: Scope::Domain, subject: domain.0.to_vec(), day };
                counters.insert(key, used);
            }
            if let Ok(number) = usize::try_from(candidate.number) {
                candidates.insert(number, candidate);
            }
        }
    }
    Ok(candidates)
}

/// The counters of queued mails: their mailboxes may have no running campaign.
fn counters_of(mailboxes: &[DueMailbox], queued: &[Queued], at: Instant) -> HashSet<CounterKey> {
    let days: HashMap<MailboxId, Day> = mailboxes.iter().map(|mailbox| (mailbox.id, mailbox.day(at))).collect();
    let slots = queued.iter().filter_map(|one| {
        let mailbox = (one.workspace_id, one.mailbox_id, *days.get(&one.mailbox_id)?);
        Some(slots_of(mailbox, 0, one.campaign_id, one.domain_key, one.opener))
    });
    slots.flatten().map(|(key, _)| key).collect()
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
            "update enrolments as e set state = 'in_flight', code = null, params = null, since = $2, due_at = null,
                 occupies = cast(j.value ->> 'occupies' as bigint) = 1, next_step_id = unhex(j.value ->> 'step', '-'),
                 mailbox_id = unhex(j.value ->> 'm', '-')
             from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 'w', '-') and e.campaign_id = unhex(j.value ->> 'c', '-')
               and e.lead_id = unhex(j.value ->> 'l', '-') and e.state in ('waiting', 'active')
               and (e.mailbox_id is null or e.mailbox_id = unhex(j.value ->> 'm', '-'))")
            .bind(&batch).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
        let made: Vec<Claim> = on!(&mut *tx, c => sqlx::query_as(
            "insert into sends (workspace_id, id, kind, campaign_id, lead_id, step_id, mailbox_id, recipient_key, canonical_key,
                 domain_key, message_id, state, state_since, lease_until, fence, attempt, opener, slot_day, slot_number)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'w', '-'), unhex(value ->> 'id', '-'), 'step', unhex(value ->> 'c', '-'),
                 unhex(value ->> 'l', '-'), unhex(value ->> 'step', '-'), unhex(value ->> 'm', '-'), unhex(value ->> 'recipient'),
                 unhex(value ->> 'canonical'), unhex(value ->> 'domain'),
                 value ->> 'message', 'claimed', $2, $3, 1, 1, cast(value ->> 'opener' as bigint) = 1, cast(value ->> 'day' as bigint),
                 cast(value ->> 'number' as bigint)
             from rows where true
             on conflict (workspace_id, step_id, recipient_key) where kind = 'step' do update set state = 'claimed', code = null,
                 state_since = excluded.state_since, lease_until = excluded.lease_until, fence = sends.fence + 1, attempt = 1,
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
            "update sends as d set state = 'claimed', state_since = $2, lease_until = $3, fence = fence + 1, attempt = attempt + 1,
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
        let Some(before) = queued.slot_day.filter(|before| before != day) else { continue };
        let mailbox = (queued.workspace_id, queued.mailbox_id, before);
        for (key, _) in slots_of(mailbox, 0, queued.campaign_id, queued.domain_key, queued.opener) {
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
    event::record_all(tx, events.iter().map(|(workspace, event)| (*workspace, event)), at).await
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
    let busy = busy.chain(chosen.resumed.iter().map(|one| (one.mailbox, one.free_at)));
    let busy = busy.filter_map(|(place, free)| row(place, Some(free), Some(free), None));
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
