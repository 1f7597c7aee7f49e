//! Reads what [`why`](super::why::why) decides on: seven questions, each by an index, for one campaign or for all of a workspace.

use std::collections::HashMap;

use serde::Deserialize;

use super::why::{Facts, Held, HeldDomain, MailboxFacts, PutOff, SendingState, Sourcing, Stop, Unread};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    mail::domain::Report,
    outreach::{
        ids::MailboxId,
        mailboxes::mailbox::MailboxState,
        schedule::{
            FIRST_DAY, StoredPace,
            rules::{self, Day},
        },
    },
    server::{
        clock::Instant,
        select::{Select, Selects, Statement},
    },
};

/// The day of `at` in `zone`, counted from 1970; in UTC when the zone is not known.
pub fn day_in(zone: &str, at: Instant) -> i64 {
    let zone = rules::zone_or_utc(zone);
    rules::day(at, &zone).0
}

type Rows = (
    Select<Vec<HeadRow>>,
    Select<Vec<MailboxRow>>,
    Select<Vec<UsedRow>>,
    Select<Vec<TallyRow>>,
    (Select<Vec<DueRow>>, Select<Vec<PutOffRow>>),
    Select<Vec<FreezeRow>>,
);

/// The facts about campaigns at one moment, to be read together with other things.
pub struct SelectFacts {
    rows: Rows,
    now: Instant,
}

/// The facts about one campaign. One without a schedule is not in the answer: it is a draft.
pub fn select(workspace: WorkspaceId, campaign: CampaignId, now: Instant) -> SelectFacts {
    rows(workspace, Some(campaign), now)
}

/// The facts about every campaign of a workspace, without counts of leads whose sequence is over.
pub fn select_all(workspace: WorkspaceId, now: Instant) -> SelectFacts {
    rows(workspace, None, now)
}

fn rows(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> SelectFacts {
    let rows = (
        head(workspace, campaign, now),
        mailboxes(workspace, campaign),
        used(workspace, campaign, now),
        tallies(workspace, campaign),
        (due(workspace, campaign, now), put_off(workspace, campaign, now)),
        freezes(workspace, campaign, now),
    );
    SelectFacts { rows, now }
}

impl Selects for SelectFacts {
    type Read = HashMap<CampaignId, Facts>;

    fn add_to(&self, statement: &mut Statement) {
        self.rows.add_to(statement);
    }

    fn read(self, columns: &mut dyn Iterator<Item = String>) -> sqlx::Result<Self::Read> {
        let (heads, mailboxes, used, tallies, (due, put_off), freezes) = self.rows.read(columns)?;
        let read = Read { mailboxes, used: Used::of(used), tallies, due, put_off, freezes };
        Ok(heads.into_iter().map(|head| (head.campaign_id, read.facts(head, self.now))).collect())
    }
}

/// Binds the campaign as the next parameter, if there is one; the text names it by `number`.
fn of_campaign<T: 'static>(select: Select<T>, campaign: Option<CampaignId>) -> Select<T> {
    match campaign {
        Some(campaign) => select.bind(campaign.0),
        None => select,
    }
}

/// The condition on the campaign, when it is the parameter `number`.
fn only(campaign: Option<CampaignId>, column: &str, number: u8) -> String {
    campaign.map(|_| format!(" and {column} = ${number}")).unwrap_or_default()
}

#[derive(Deserialize)]
struct HeadRow {
    campaign_id: CampaignId,
    state: SendingState,
    since: Instant,
    by_name: Option<String>,
    protection: Option<String>,
    time_zone: String,
    starts_on: Option<i64>,
    ends_on: Option<i64>,
    daily_cap: Option<i64>,
    new_daily_cap: Option<i64>,
    workspace_cap: Option<i64>,
    ceiling: Option<i64>,
    beat_at: Option<Instant>,
    stopped_at: Option<Instant>,
    stop_reason: Option<String>,
    opens_at: Option<Instant>,
    has_window: bool,
    is_open: bool,
    waiting_in_window: bool,
    new_leads: bool,
    leads: i64,
    sent: i64,
    held_until: Option<Instant>,
    unmailed: i64,
    coming: i64,
    standing_active: i64,
    standing_no_credits: i64,
    standing_nobody_left: i64,
    standing_paused: i64,
    noted_code: Option<String>,
    noted_since: Option<Instant>,
}

fn head(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> Select<Vec<HeadRow>> {
    let standing = |condition: &str| {
        format!(
            "(select count(*) from standing_requests q where q.workspace_id = s.workspace_id
                 and q.campaign_id = s.campaign_id and {condition})"
        )
    };
    let zones = "campaign_zones z where z.workspace_id = s.workspace_id and z.campaign_id = s.campaign_id";
    let text = format!(
        "select s.campaign_id, s.state, s.since, u.name as by_name, cast(s.params as text) as protection, s.time_zone, s.starts_on, s.ends_on, s.daily_cap,
             s.new_daily_cap, o.daily_cap as workspace_cap, o.ceiling, b.beat_at, x.stopped_at, x.reason as stop_reason,
             (select min(z.opens_at) from {zones} and z.opens_at > $2) as opens_at,
             exists (select 1 from {zones} and z.closes_at > $2) as has_window,
             exists (select 1 from {zones} and z.opens_at <= $2 and z.closes_at > $2) as is_open,
             exists (select 1 from campaign_zones z join enrolments e on e.workspace_id = z.workspace_id
                 and e.campaign_id = z.campaign_id and e.zone = z.zone and e.state = 'waiting'
                 where z.workspace_id = s.workspace_id and z.campaign_id = s.campaign_id
                     and z.opens_at <= $2 and z.closes_at > $2) as waiting_in_window,
             exists (select 1 from campaign_leads l where l.workspace_id = s.workspace_id
                 and l.campaign_id = s.campaign_id and not l.enrolled) as new_leads,
             p.leads,
             (select cast(coalesce(sum(d.sent), 0) as bigint) from outcome_days d where d.workspace_id = s.workspace_id
                 and d.scope = 'campaign' and d.subject = unhex(hex(s.campaign_id))) as sent,
             (select min(e.held_until) from enrolments e where e.workspace_id = s.workspace_id
                 and e.campaign_id = s.campaign_id and e.state = 'held') as held_until,
             case when s.state in ('finished', 'ended') then (select count(*) from enrolments e
                 where e.workspace_id = s.workspace_id and e.campaign_id = s.campaign_id and e.state = 'stopped'
                     and e.begun_at is null) else 0 end as unmailed,
             (select cast(coalesce(sum(r.quantity - r.delivered), 0) as bigint) from lead_requests r
                 where r.workspace_id = s.workspace_id and r.campaign_id = s.campaign_id
                     and r.state in ('queued', 'running')) as coming,
             {active} as standing_active, {no_credits} as standing_no_credits,
             {nobody_left} as standing_nobody_left, {paused} as standing_paused,
             w.code as noted_code, w.since as noted_since
         from campaign_sending s
         join campaigns p on p.workspace_id = s.workspace_id and p.id = s.campaign_id
         left join users u on u.id = s.changed_by
         left join outreach_settings o on o.workspace_id = s.workspace_id
         left join worker_beats b on b.id = 1
         left join sending_stop x on x.id = 1
         left join campaign_waits w on w.workspace_id = s.workspace_id and w.campaign_id = s.campaign_id
         where s.workspace_id = $1{only}",
        active = standing("q.state = 'active'"),
        no_credits = standing("q.state = 'paused' and q.reason = 'no_credits'"),
        nobody_left = standing("q.state = 'paused' and q.reason = 'nobody_left'"),
        paused = standing("q.state = 'paused' and q.reason not in ('no_credits', 'nobody_left')"),
        only = only(campaign, "s.campaign_id", 3),
    );
    let columns =
        "campaign_id, state, since, by_name, protection, time_zone, starts_on, ends_on, daily_cap, new_daily_cap, workspace_cap,
        ceiling, beat_at, stopped_at, stop_reason, opens_at, has_window flag, is_open flag, waiting_in_window flag,
        new_leads flag, leads, sent, held_until, unmailed, coming, standing_active, standing_no_credits,
        standing_nobody_left, standing_paused, noted_code, noted_since";
    of_campaign(Select::rows(columns, text).bind(workspace.0).bind(now), campaign)
}

#[derive(Deserialize)]
struct MailboxRow {
    campaign_id: CampaignId,
    id: MailboxId,
    address: String,
    state: MailboxState,
    state_code: Option<String>,
    state_params: Option<serde_json::Value>,
    retry_at: Option<Instant>,
    takes_new: bool,
    #[serde(flatten)]
    pace: StoredPace,
    free_at: Instant,
    look_at: Option<Instant>,
    idle_code: Option<String>,
    idle_since: Option<Instant>,
    read_code: Option<String>,
    read_words: Option<String>,
    read_again: Option<Instant>,
    domain: String,
    /// Only of a domain that holds new conversations back.
    failing_since: Option<Instant>,
    report: Option<Report>,
}

fn mailboxes(workspace: WorkspaceId, campaign: Option<CampaignId>) -> Select<Vec<MailboxRow>> {
    let text = format!(
        "select c.campaign_id, m.id, m.address, m.state, m.state_code, m.state_params, m.retry_at, c.state = 'on' as takes_new, m.time_zone, m.daily_cap, m.gap_min_s,
             m.gap_max_s, m.spread, m.ramp_start, m.ramp_step, m.ramp_days, m.ramp_day, {FIRST_DAY}, m.free_at, m.look_at, m.idle_code, m.idle_since,
             m.domain, h.failing_since, h.report, y.code as read_code, y.words as read_words, y.run_at as read_again
         from campaign_mailboxes c
         join mailboxes m on m.workspace_id = c.workspace_id and m.id = c.mailbox_id
         left join sending_domains h on h.workspace_id = m.workspace_id and h.domain = m.domain and h.holds
         left join mailbox_syncs y on y.workspace_id = m.workspace_id and y.mailbox_id = m.id
         where c.workspace_id = $1{} order by m.address, m.id",
        only(campaign, "c.campaign_id", 2)
    );
    let columns =
        "campaign_id, id, address, state, state_code, state_params json, retry_at, takes_new flag, time_zone, daily_cap, gap_min_s, gap_max_s, spread flag, ramp_start,
        ramp_step, ramp_days, ramp_day, first_day, free_at, look_at, idle_code, idle_since, domain, failing_since, report json, read_code,
        read_words, read_again";
    of_campaign(Select::rows(columns, text).bind(workspace.0), campaign)
}

/// Days on which a mailbox sends nothing, around today.
#[derive(Deserialize)]
struct FreezeRow {
    mailbox_id: MailboxId,
    from_day: Day,
    to_day: Day,
}

fn freezes(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> Select<Vec<FreezeRow>> {
    let today = day_in("UTC", now);
    let text = format!(
        "select f.mailbox_id, f.from_day, f.to_day from campaign_mailboxes c
         join mailbox_freezes f on f.workspace_id = c.workspace_id and f.mailbox_id = c.mailbox_id
             and f.from_day <= $3 and f.to_day >= $2
         where c.workspace_id = $1{}",
        only(campaign, "c.campaign_id", 4)
    );
    let select = Select::rows("mailbox_id, from_day, to_day", text);
    of_campaign(select.bind(workspace.0).bind(today - 1).bind(today + 1), campaign)
}

/// A counter of a day: of a mailbox, a campaign or the workspace.
#[derive(Deserialize)]
struct UsedRow {
    scope: String,
    id: uuid::Uuid,
    day: i64,
    used: i64,
}

fn used(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> Select<Vec<UsedRow>> {
    // Today is another day in another zone, by one at most.
    let today = day_in("UTC", now);
    let text = format!(
        "select 'mailbox' as scope, c.mailbox_id as id, d.day, d.used from campaign_mailboxes c
         join send_days d on d.workspace_id = c.workspace_id and d.scope = 'mailbox'
             and d.subject = unhex(hex(c.mailbox_id)) and d.day between $2 and $3
         where c.workspace_id = $1{}
         union all
         select d.scope, s.campaign_id, d.day, d.used from campaign_sending s
         join send_days d on d.workspace_id = s.workspace_id and d.scope in ('campaign', 'campaign_new')
             and d.subject = unhex(hex(s.campaign_id)) and d.day between $2 and $3
         where s.workspace_id = $1{}
         union all
         select 'workspace', d.workspace_id, d.day, d.used from send_days d
         where d.workspace_id = $1 and d.scope = 'workspace' and d.subject = unhex('') and d.day between $2 and $3",
        only(campaign, "c.campaign_id", 4),
        only(campaign, "s.campaign_id", 4),
    );
    let select = Select::rows("scope, id, day, used", text).bind(workspace.0).bind(today - 1).bind(today + 1);
    of_campaign(select, campaign)
}

struct Used(HashMap<(String, uuid::Uuid, i64), i64>);

impl Used {
    fn of(rows: Vec<UsedRow>) -> Self {
        Self(rows.into_iter().map(|row| ((row.scope, row.id, row.day), row.used)).collect())
    }

    fn get(&self, scope: &str, id: uuid::Uuid, day: i64) -> i64 {
        self.0.get(&(scope.to_owned(), id, day)).copied().unwrap_or(0)
    }

    /// Mails of the workspace on `day`.
    fn of_workspace(&self, day: i64) -> i64 {
        self.0.iter().filter(|((scope, _, on), _)| scope == "workspace" && *on == day).map(|(_, used)| *used).sum()
    }
}

#[derive(Deserialize)]
struct TallyRow {
    campaign_id: CampaignId,
    state: String,
    code: Option<String>,
    leads: i64,
}

fn tallies(workspace: WorkspaceId, campaign: Option<CampaignId>) -> Select<Vec<TallyRow>> {
    let which = match campaign {
        Some(_) => " and e.campaign_id = $2",
        None => " and e.state in ('waiting', 'in_flight', 'active', 'held')",
    };
    let text = format!(
        "select e.campaign_id, e.state, e.code, count(*) as leads from enrolments e
         where e.workspace_id = $1{which} group by e.campaign_id, e.state, e.code"
    );
    of_campaign(Select::rows("campaign_id, state, code, leads", text).bind(workspace.0), campaign)
}

/// The follow-ups of one mailbox.
#[derive(Deserialize)]
struct DueRow {
    campaign_id: CampaignId,
    mailbox_id: Option<MailboxId>,
    active: i64,
    due: i64,
    next_due: Option<Instant>,
}

fn due(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> Select<Vec<DueRow>> {
    let text = format!(
        "select e.campaign_id, e.mailbox_id, count(*) as active, min(e.due_at) as next_due,
             count(case when z.zone is not null and e.due_at <= $2 then 1 end) as due
         from enrolments e
         left join campaign_zones z on z.workspace_id = e.workspace_id and z.campaign_id = e.campaign_id
             and z.zone = e.zone and z.opens_at <= $2 and z.closes_at > $2
         where e.workspace_id = $1 and e.state = 'active'{} group by e.campaign_id, e.mailbox_id",
        only(campaign, "e.campaign_id", 3)
    );
    let select = Select::rows("campaign_id, mailbox_id, active, due, next_due", text).bind(workspace.0).bind(now);
    of_campaign(select, campaign)
}

/// Mails that wait until they are tried again.
#[derive(Deserialize)]
struct PutOffRow {
    campaign_id: CampaignId,
    mails: i64,
    next_try: Instant,
}

/// By mailbox, because the index of mails that wait is: few do, however many have left.
fn put_off(workspace: WorkspaceId, campaign: Option<CampaignId>, now: Instant) -> Select<Vec<PutOffRow>> {
    let text = format!(
        "select c.campaign_id, count(*) as mails, min(d.run_at) as next_try from campaign_mailboxes c
         join sends d on d.workspace_id = c.workspace_id and d.mailbox_id = c.mailbox_id and d.run_at > $2
             and d.state in ('queued', 'deferred') and d.kind = 'step' and d.campaign_id = c.campaign_id
         where c.workspace_id = $1{} group by c.campaign_id",
        only(campaign, "c.campaign_id", 3)
    );
    of_campaign(Select::rows("campaign_id, mails, next_try", text).bind(workspace.0).bind(now), campaign)
}

/// The rows beside the heads.
struct Read {
    mailboxes: Vec<MailboxRow>,
    used: Used,
    tallies: Vec<TallyRow>,
    due: Vec<DueRow>,
    put_off: Vec<PutOffRow>,
    freezes: Vec<FreezeRow>,
}

impl Read {
    fn facts(&self, head: HeadRow, now: Instant) -> Facts {
        let campaign = head.campaign_id;
        let mailboxes = self.mailboxes.iter().filter(|mailbox| mailbox.campaign_id == campaign);
        let mut facts = Facts {
            state: head.state,
            since: Some(head.since),
            by: head.by_name,
            protection: head.protection.and_then(|params| serde_json::from_str(&params).ok()),
            today: day_in(&head.time_zone, now),
            time_zone: head.time_zone,
            starts_on: head.starts_on,
            ends_on: head.ends_on,
            daily_cap: head.daily_cap,
            new_daily_cap: head.new_daily_cap,
            workspace_cap: head.workspace_cap,
            ceiling: head.ceiling,
            beat: head.beat_at,
            stop: head.stopped_at.zip(head.stop_reason).map(|(since, why)| Stop { since, why }),
            has_window: head.has_window,
            is_open: head.is_open,
            opens_at: head.opens_at,
            mailboxes: mailboxes.map(|mailbox| self.mailbox(mailbox, now)).collect(),
            waiting_in_window: head.waiting_in_window,
            new_leads: head.new_leads,
            leads: head.leads,
            sent: head.sent,
            sourcing: Sourcing {
                coming: head.coming,
                active: head.standing_active,
                no_credits: head.standing_no_credits,
                nobody_left: head.standing_nobody_left,
                paused: head.standing_paused,
            },
            noted: head.noted_code.zip(head.noted_since),
            ..Facts::default()
        };
        (facts.tally.held_until, facts.tally.unmailed) = (head.held_until, head.unmailed);
        if let Some(row) = self.put_off.iter().find(|row| row.campaign_id == campaign) {
            facts.put_off = PutOff { mails: row.mails, next_try: Some(row.next_try) };
        }
        self.tallies.iter().filter(|row| row.campaign_id == campaign).for_each(|row| count(&mut facts, row));
        facts
    }

    fn mailbox(&self, row: &MailboxRow, now: Instant) -> MailboxFacts {
        let today = row.pace.today(now);
        let (cap, day) = (row.pace.on(today).cap(), today.0);
        let of_campaign = |scope| self.used.get(scope, row.campaign_id.0, day);
        let due = self.due.iter().find(|due| due.campaign_id == row.campaign_id && due.mailbox_id == Some(row.id));
        let holds =
            |freeze: &&FreezeRow| freeze.mailbox_id == row.id && (freeze.from_day..=freeze.to_day).contains(&today);
        let zone = rules::zone_or_utc(&row.pace.time_zone);
        let words = row.state_params.as_ref().and_then(|params| params.get("words")?.as_str());
        MailboxFacts {
            address: row.address.clone(),
            state: row.state,
            code: row.state_code.clone(),
            words: words.map(str::to_owned),
            retry_at: row.retry_at,
            frozen_until: self
                .freezes
                .iter()
                .find(holds)
                .map(|freeze| rules::start_of_day(freeze.to_day.plus(1), &zone)),
            takes_new: row.takes_new,
            cap,
            held_domain: row.failing_since.map(|since| HeldDomain {
                domain: row.domain.clone(),
                since,
                finding: row.report.as_ref().and_then(|report| report.first_fault().cloned()),
            }),
            is_ramping: cap < row.pace.daily_cap,
            used: self.used.get("mailbox", row.id.0, day),
            campaign_used: of_campaign("campaign"),
            new_used: of_campaign("campaign_new"),
            workspace_used: self.used.of_workspace(day),
            free_at: row.free_at,
            look_at: row.look_at,
            idle: row.idle_code.clone(),
            idle_since: row.idle_since,
            unread: (row.idle_code.as_deref() == Some("not_read")).then(|| Unread {
                code: row.read_code.clone(),
                words: row.read_words.clone(),
                again: row.read_again,
            }),
            due: due.map_or(0, |due| due.due),
            active: due.map_or(0, |due| due.active),
            next_due: due.and_then(|due| due.next_due),
        }
    }
}

fn count(facts: &mut Facts, row: &TallyRow) {
    let tally = &mut facts.tally;
    match row.state.as_str() {
        "waiting" => tally.waiting += row.leads,
        "in_flight" => tally.in_flight += row.leads,
        "active" => tally.active += row.leads,
        "held" => tally.held.push(Held { code: row.code.clone().unwrap_or_default(), leads: row.leads }),
        "finished" => tally.finished += row.leads,
        _ => tally.stopped += row.leads,
    }
}
