//! What due mailboxes could send: their running campaigns, what waits there, and how full the counters are. A handful of statements for
//! all of them together, and every one of them asks an index.

use std::collections::{HashMap, HashSet};

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use super::{
    choose::{AT_ONCE, Candidate, DueMailbox, Group, Offer, Queued, Running, slots_of},
    counters::{self, CounterKey, Counters, Scope},
    due::ROUND,
    stop::suppressed,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        mailboxes::domains::domain::domain_holds,
        schedule::rules::Day,
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// First mails that are read beyond one for each mailbox, because some people turn out not to be next. Few: with one mailbox in each
/// of a hundred campaigns, most of what is read is spare.
const SPARE_OPENERS: usize = 1;

/// Reads what these mailboxes could send.
///
/// # Errors
/// The database's.
pub(super) async fn read_offer(tx: &mut Tx, mailboxes: &[DueMailbox], at: Instant) -> sqlx::Result<Offer> {
    let mut offer = Offer::default();
    for one in running(tx, mailboxes, at).await? {
        let mailbox = (one.workspace_id, one.mailbox_id, one.day);
        for key in slots_of(mailbox, one.campaign_id, None, true) {
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
    let queued = read_queue(tx, mailboxes, at, &mut offer).await?;
    offer.counters.extend(counters::read(tx, counters_of(mailboxes, &queued, at).iter()).await?);
    for queued in queued {
        offer.queued.entry((queued.workspace_id, queued.mailbox_id)).or_default().push(queued);
    }
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
                offer.follow_ups.entry((mailbox, group.1, group.2)).or_default().push(candidate);
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
    let used = |of: &str, scope: &str, subject: &str| {
        format!(
            "coalesce((select d.used from send_days d where d.workspace_id = {of}.workspace_id and d.scope = '{scope}'
                 and d.subject = {subject} and d.day = {of}.day), 0)"
        )
    };
    let campaign = bytes_of("cm.campaign_id");
    // What holds for a mailbox is looked up once, however many campaigns and zones it has. Cross joins keep SQLite from going through
    // all zones of the workspace for each mailbox.
    let sql = format!(
        "with m as materialized (
             select j.workspace_id, j.mailbox_id, j.day, {holds} as holds,
                 (select max(f.to_day) from mailbox_freezes f where f.workspace_id = j.workspace_id
                     and f.mailbox_id = j.mailbox_id and f.from_day <= j.day and f.to_day >= j.day) as frozen_until,
                 {mailbox_used} as mailbox_used, {workspace_used} as workspace_used
             from (select unhex(value ->> 0, '-') as workspace_id, unhex(value ->> 1, '-') as mailbox_id,
                       cast(value ->> 2 as bigint) as day from json_each($1)) j)
         select cm.workspace_id, cm.mailbox_id, cm.campaign_id, z.zone, cm.state = 'on' and not m.holds as takes_new, cm.last_pick_at,
             s.first = 'new' as new_first, s.daily_cap, s.new_daily_cap,
             coalesce(s.recipient_domain_cap, o.recipient_domain_cap, 20) as domain_cap,
             o.daily_cap as workspace_cap, o.ceiling, s.alone, z.opens_at, z.closes_at,
             (select p.id from steps p where p.workspace_id = cm.workspace_id and p.campaign_id = cm.campaign_id
                 and p.removed_at is null order by p.position limit 1) as first_step,
             (select e.due_at from enrolments e where e.workspace_id = cm.workspace_id and e.campaign_id = cm.campaign_id
                 and e.zone = z.zone and e.mailbox_id = cm.mailbox_id and e.state = 'active'
                 order by e.due_at limit 1) as due_at,
             m.frozen_until, m.day, m.mailbox_used, {campaign_used} as campaign_used, {new_used} as new_used, m.workspace_used
         from m
         cross join campaign_mailboxes cm
         cross join campaign_sending s
         cross join campaign_zones z
         left join outreach_settings o on o.workspace_id = m.workspace_id
         where cm.workspace_id = m.workspace_id and cm.mailbox_id = m.mailbox_id
             and s.workspace_id = cm.workspace_id and s.campaign_id = cm.campaign_id and s.state = 'running'
             and z.workspace_id = cm.workspace_id and z.campaign_id = cm.campaign_id",
        holds = domain_holds("j.workspace_id", "j.mailbox_id"),
        mailbox_used = used("j", "mailbox", &bytes_of("j.mailbox_id")),
        workspace_used = used("j", "workspace", "unhex('')"),
        campaign_used = used("m", "campaign", &campaign),
        new_used = used("m", "campaign_new", &campaign),
    );
    let mut running = Vec::new();
    for mailboxes in batches(mailboxes.iter().map(|mailbox| (mailbox.workspace, mailbox.id, mailbox.day(at))))? {
        let some: Vec<Running> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(mailboxes)).fetch_all(c).await)?;
        running.extend(some);
    }
    Ok(running)
}

/// The mails of a mailbox that wait, as they are looked up.
#[derive(FromRow)]
struct Waiting {
    workspace_id: WorkspaceId,
    mailbox_id: MailboxId,
    /// Ids as a JSON array.
    sends: Option<String>,
    retry_at: Option<Instant>,
}

/// Reads the mails of each mailbox that were taken before and did not leave, those that wait longest first, mails that members wrote before them;
/// and when the next of the others may be tried again.
async fn read_queue(
    tx: &mut Tx,
    mailboxes: &[DueMailbox],
    at: Instant,
    offer: &mut Offer,
) -> sqlx::Result<Vec<Queued>> {
    let (all, id) = all_ids(tx, "q.id");
    let own = "q.workspace_id = unhex(j.value ->> 0, '-') and q.mailbox_id = unhex(j.value ->> 1, '-')
                 and q.state in ('queued', 'deferred')";
    let sql = format!(
        "select unhex(j.value ->> 0, '-') as workspace_id, unhex(j.value ->> 1, '-') as mailbox_id,
             cast((select {all}(w.id) from (
                 select {id} as id from sends q where {own} and q.run_at <= $2 and (q.kind <> 'step' or exists (
                     select 1 from enrolments e
                     join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id
                         and s.state = 'running'
                     join campaign_zones z on z.workspace_id = e.workspace_id and z.campaign_id = e.campaign_id
                         and z.zone = e.zone and z.opens_at <= $2 and z.closes_at > $2
                     where e.workspace_id = q.workspace_id and e.campaign_id = q.campaign_id and e.lead_id = q.lead_id
                         and e.state = 'in_flight'))
                 order by q.kind <> 'step' desc, q.run_at, q.id limit {AT_ONCE}) w) as text) as sends,
             (select min(q.run_at) from sends q where {own} and q.run_at > $2) as retry_at
         from json_each($1) j"
    );
    let mut found: Vec<(WorkspaceId, SendId)> = Vec::new();
    for mailboxes in batches(mailboxes.iter().map(|mailbox| (mailbox.workspace, mailbox.id)))? {
        let some: Vec<Waiting> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(mailboxes)).bind(at).fetch_all(c).await)?;
        for Waiting { workspace_id, mailbox_id, sends, retry_at } in some {
            found.extend(read_ids(sends.as_deref())?.into_iter().map(|id| (workspace_id, id)));
            offer.retries.extend(retry_at.map(|retry| ((workspace_id, mailbox_id), retry)));
        }
    }
    let mut queued: Vec<Queued> = Vec::new();
    for batch in batches(found.iter())? {
        let some: Vec<Queued> = on!(&mut *tx, c => sqlx::query_as(
            "select d.workspace_id, d.mailbox_id, d.id, d.campaign_id, d.kind <> 'step' as is_written, d.slot_day, d.slot_number,
                 d.domain_key, d.opener
             from json_each($1) j
             join sends d on d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')")
            .bind(Json(batch)).fetch_all(c).await)?;
        queued.extend(some);
    }
    let places: HashMap<SendId, usize> = found.iter().enumerate().map(|(place, (_, id))| (*id, place)).collect();
    queued.sort_by_key(|one| places.get(&one.id).copied());
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

/// Which of the waiting leads of each open group are read: as many as its mailboxes take at once, and a few to spare.
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
            *count += mailbox.at_once();
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
    let (all, id) = all_ids(tx, "e.lead_id");
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
            let leads: Vec<LeadId> = read_ids(leads.as_deref())?;
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

/// The follow-ups of each mailbox in each open campaign that are due longest, as many as it takes at once.
async fn follow_ups(tx: &mut Tx, mailboxes: &[DueMailbox], offer: &Offer, at: Instant) -> sqlx::Result<Vec<Found>> {
    let of_mailbox = |mailbox: &DueMailbox| {
        let running = offer.running.get(&(mailbox.workspace, mailbox.id)).into_iter().flatten();
        let at_once = mailbox.at_once();
        running.filter(|one| one.is_open(at) && one.due_at.is_some_and(|due| due <= at)).map(move |one| (one, at_once))
    };
    let due: Vec<(&Running, usize)> = mailboxes.iter().flat_map(of_mailbox).collect();
    let most = due.iter().map(|(_, at_once)| *at_once).max().unwrap_or(0);
    let rows = due.iter().enumerate().map(|(n, (one, _))| FollowUpRow {
        n,
        w: one.workspace_id,
        c: one.campaign_id,
        m: one.mailbox_id,
        zone: &one.zone,
    });
    let (all, id) = all_ids(tx, "e.lead_id");
    let sql = format!(
        "select cast(j.value ->> 'n' as bigint), cast((select {all}(q.lead_id) from (
             select {id} as lead_id from enrolments e where e.workspace_id = unhex(j.value ->> 'w', '-')
                 and e.campaign_id = unhex(j.value ->> 'c', '-') and e.zone = j.value ->> 'zone'
                 and e.mailbox_id = unhex(j.value ->> 'm', '-') and e.state = 'active' and e.due_at <= $2
             order by e.due_at, e.lead_id limit $3) q) as text)
         from json_each($1) j"
    );
    let mut found: Vec<Found> = Vec::new();
    for rows in batches(rows)? {
        let mut some: Vec<(i64, Option<String>)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(Json(rows)).bind(at).bind(i64::try_from(most).unwrap_or(1)).fetch_all(c).await)?;
        some.sort_unstable();
        for (n, leads) in some {
            let Some((one, at_once)) = usize::try_from(n).ok().and_then(|n| due.get(n)) else { continue };
            let leads = read_ids::<LeadId>(leads.as_deref())?.into_iter().take(*at_once);
            found.extend(leads.map(|lead| (lead, Some(one.mailbox_id), one.group(), None)));
        }
    }
    Ok(found)
}

/// How a database makes one text of ids: the function, and the id as text.
fn all_ids(tx: &Tx, id: &str) -> (&'static str, String) {
    if tx.is_postgres() {
        ("json_agg", format!("cast({id} as text)"))
    } else {
        ("json_group_array", format!("hex({id})"))
    }
}

fn read_ids<Id: serde::de::DeserializeOwned>(text: Option<&str>) -> sqlx::Result<Vec<Id>> {
    serde_json::from_str(text.unwrap_or("[]")).map_err(|error| sqlx::Error::Decode(error.into()))
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
        "with j as materialized (select value from json_each($1))
         select cast(j.value ->> 'n' as bigint) as number, e.workspace_id, e.lead_id, p.id as step_id, e.recipient_key,
             e.canonical_key, e.domain_key, e.begun_at is null as opener, d.id as send_id,
             coalesce(d.state = 'cancelled' and d.sending_at is null, false) as send_unsent,
             d.slot_day is not null as send_has_slot,
             exists (select 1 from enrolments o where o.workspace_id = e.workspace_id and o.recipient_key = e.recipient_key
                 and o.occupies and (o.campaign_id <> e.campaign_id or o.lead_id <> e.lead_id)) as elsewhere,
             exists (select 1 from campaign_leads m where m.workspace_id = e.workspace_id and m.campaign_id = e.campaign_id
                 and m.lead_id = e.lead_id) as present,
             {suppressed} as suppressed, q.day as domain_day, q.used as domain_used
         from j
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
        Some(slots_of(mailbox, one.campaign_id, one.domain_key, one.opener))
    });
    slots.flatten().collect()
}
