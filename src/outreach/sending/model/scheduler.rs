//! The rules of the scheduler once more, as plain as they can be said: rows in memory, one mailbox after the other.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;

use super::rows::{Enrolment, Mailbox, Rows, Send};
use crate::{
    accounts::WorkspaceId,
    outreach::{
        ids::MailboxId,
        schedule::{
            StoredPace,
            rules::{Chance, Day, Week, start_of_day, zone_or_utc},
        },
    },
    server::clock::Instant,
};

const LEASE: std::time::Duration = std::time::Duration::from_secs(90);
/// Leads that are read beyond one for each mailbox.
const SPARE: usize = 1;

#[derive(Debug, Clone)]
pub struct Step {
    pub campaign: usize,
    pub position: i64,
    pub delay_days: i64,
    pub removed: bool,
}

#[derive(Debug, Clone)]
pub struct Campaign {
    pub week: Week,
    pub zone: TimeZone,
    pub daily: Option<i64>,
    pub new_daily: Option<i64>,
    pub domain_cap: i64,
    pub new_first: bool,
}

/// A lead of the test: whose it is, and whether its mail can be written.
#[derive(Debug, Clone)]
pub struct Lead {
    pub person: usize,
    /// The person behind every spelling of the address.
    pub canonical: usize,
    pub domain: Option<usize>,
    pub writable: bool,
}

/// Who must not be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suppressed {
    Everywhere(usize),
    In(usize, usize),
    Domain(usize),
}

/// A slot that was taken: the send by step and person, and which claim of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    pub send: (usize, usize),
    pub mailbox: usize,
    token: u64,
}

#[derive(Debug, Clone)]
pub struct Model {
    pub now: Instant,
    /// The latest moment that the clock has shown: it may have been put back since.
    pub latest: Instant,
    pub rows: Rows,
    pub steps: Vec<Step>,
    pub campaigns: Vec<Campaign>,
    pub leads: Vec<Lead>,
    pub workspace: WorkspaceId,
    pub mailboxes: Vec<(MailboxId, StoredPace)>,
    pub enrolled: BTreeSet<(usize, usize)>,
    pub departures: BTreeSet<(usize, usize)>,
    pub suppressed: BTreeSet<Suppressed>,
    /// The open windows of campaigns, as their rows say: the rules of time have their own tests.
    pub windows: Vec<Option<(Instant, Instant)>>,
    /// Which claim of a send is the valid one.
    tokens: BTreeMap<(usize, usize), u64>,
    /// The least time between two mails of a mailbox.
    pub gap_min: std::time::Duration,
    /// When leads joined campaigns.
    pub joined: BTreeMap<(usize, usize), Instant>,
}

impl Model {
    pub fn new(workspace: WorkspaceId, mailboxes: Vec<(MailboxId, StoredPace)>, leads: Vec<Lead>) -> Self {
        Self {
            now: Instant(0),
            latest: Instant(0),
            rows: Rows::default(),
            steps: Vec::new(),
            campaigns: Vec::new(),
            leads,
            workspace,
            mailboxes,
            enrolled: BTreeSet::new(),
            departures: BTreeSet::new(),
            suppressed: BTreeSet::new(),
            windows: Vec::new(),
            tokens: BTreeMap::new(),
            gap_min: std::time::Duration::from_secs(60),
            joined: BTreeMap::new(),
        }
    }

    pub fn is_open(&self, campaign: usize) -> bool {
        self.rows.campaigns[campaign] == "running"
            && self.windows[campaign].is_some_and(|(opens, closes)| opens <= self.now && self.now < closes)
    }

    pub fn is_suppressed(&self, campaign: usize, lead: usize) -> bool {
        let Lead { canonical, domain, .. } = self.leads[lead];
        [
            Some(Suppressed::Everywhere(canonical)),
            Some(Suppressed::In(campaign, canonical)),
            domain.map(Suppressed::Domain),
        ]
        .into_iter()
        .flatten()
        .any(|subject| self.suppressed.contains(&subject))
    }

    /// The steps of a campaign that are not removed, in order.
    pub fn sequence(&self, campaign: usize) -> Vec<usize> {
        let mut steps: Vec<usize> = (0..self.steps.len())
            .filter(|step| self.steps[*step].campaign == campaign && !self.steps[*step].removed)
            .collect();
        steps.sort_by_key(|step| self.steps[*step].position);
        steps
    }

    /// The step after `step` for a mail that left at `sent_at`, and when it is due.
    pub fn next(&self, step: usize, sent_at: Instant) -> Option<(usize, Instant)> {
        let Step { campaign, position, removed, .. } = self.steps[step];
        let follows = |other: &usize| {
            let other = self.steps[*other].position;
            if removed { other >= position } else { other > position }
        };
        let next = self.sequence(campaign).into_iter().find(follows)?;
        Some((next, self.due(next, sent_at)))
    }

    pub fn due(&self, step: usize, sent_at: Instant) -> Instant {
        let Campaign { week, zone, .. } = &self.campaigns[self.steps[step].campaign];
        week.due(sent_at, self.steps[step].delay_days, true, zone)
    }

    // --- what comes before slots ------------------------------------------------------------------------------------

    /// Holds that are over, leads that left or joined, claims that ran out, slots to give back; until nothing is left of it.
    pub fn upkeep(&mut self) {
        for _ in 0..4 {
            self.release();
            for (campaign, lead) in std::mem::take(&mut self.departures) {
                self.stop(&[(campaign, lead)], "removed");
            }
            self.take_back();
            self.give_slots_back();
            self.enrol();
        }
    }

    fn release(&mut self) {
        let now = self.now;
        for one in self.rows.enrolments.values_mut() {
            if one.state == "held" && one.held_until.is_some_and(|until| until <= now) {
                continue_at(one, now);
            }
        }
    }

    fn take_back(&mut self) {
        let lost = |send: &Send| send.is_open() && send.lease_until.is_some_and(|until| until < self.now);
        let lost: Vec<_> = self.rows.sends.iter().filter(|(_, send)| lost(send)).map(|(key, _)| *key).collect();
        for key in lost {
            let send = self.lose(key);
            match send.taken_at {
                Some(taken) if send.state == "sending" => self.sent(key, taken),
                _ => {
                    let (now, send) = (self.now, self.send(key));
                    (send.state, send.run_at) = ("queued".into(), Some(now));
                    (send.lease_until, send.sending_at) = (None, None);
                    self.give_up(key);
                }
            }
        }
    }

    /// A mail that waits for nothing any more: its lead was stopped or its mailbox removed while it was handed over.
    fn give_up(&mut self, key: (usize, usize)) {
        let (now, Send { campaign, lead, mailbox, .. }) = (self.now, self.rows.sends[&key].clone());
        let is_removed = self.rows.mailboxes[mailbox].state == "removed";
        let one = self.enrolment(campaign, lead);
        if one.state == "in_flight" && is_removed {
            (one.state, one.code) = ("held".into(), Some("mailbox_gone".into()));
            (one.mailbox, one.held_until) = (None, Some(now));
        }
        if one.state != "in_flight" {
            let send = self.send(key);
            (send.state, send.run_at) = ("cancelled".into(), None);
        }
    }

    fn give_slots_back(&mut self) {
        let given: Vec<(usize, usize)> = self
            .rows
            .sends
            .iter()
            .filter(|(_, d)| d.state == "cancelled" && d.slot_day.is_some())
            .map(|(key, _)| *key)
            .collect();
        for key in given {
            let Some(day) = self.send(key).slot_day.take() else { continue };
            let send = self.rows.sends[&key].clone();
            for scope in self.scopes(&send) {
                self.count((scope.0, scope.1, day), -1);
            }
        }
    }

    fn enrol(&mut self) {
        for campaign in 0..self.campaigns.len() {
            let new: Vec<usize> = self
                .rows
                .present
                .iter()
                .filter(|place| place.0 == campaign && !self.enrolled.contains(*place))
                .map(|place| place.1)
                .collect();
            if new.is_empty() || !matches!(self.rows.campaigns[campaign].as_str(), "running" | "finished") {
                continue;
            }
            self.rows.campaigns[campaign] = "running".into();
            for lead in new {
                self.enrolled.insert((campaign, lead));
                // The product puts them there at the moment at which they joined; the test joins them one by one.
                let place = self.joined_at(campaign, lead);
                match self.rows.enrolments.get_mut(&(campaign, lead)) {
                    None => {
                        self.rows.enrolments.insert((campaign, lead), waiting(place));
                    }
                    Some(one) if one.state == "stopped" && one.code.as_deref() == Some("removed") && !one.begun => {
                        *one = waiting(one.place);
                    }
                    Some(_) => continue,
                }
                if self.is_suppressed(campaign, lead) {
                    self.stop(&[(campaign, lead)], "suppressed");
                }
            }
        }
    }

    fn joined_at(&self, campaign: usize, lead: usize) -> Instant {
        self.joined.get(&(campaign, lead)).copied().unwrap_or(self.now)
    }

    // --- slots ------------------------------------------------------------------------------------------------------

    /// Takes a slot for each of these mailboxes that has something to send.
    pub fn slots(&mut self, due: &[usize]) -> Vec<Claim> {
        let mut round = Round::read(self, due);
        let mut picks = Vec::new();
        for mailbox in due {
            picks.extend(self.slot(*mailbox, &mut round));
        }
        let claims: Vec<Claim> = picks.into_iter().map(|pick| self.claim(pick)).collect();
        for (campaign, lead, fate) in round.aside {
            self.set_aside(campaign, lead, fate);
        }
        claims
    }

    /// The slot of one mailbox. Counters are taken at once; what is written to rows waits until all have chosen.
    fn slot(&mut self, mailbox: usize, round: &mut Round) -> Option<Pick> {
        let (day, cap) = (self.day(mailbox), self.cap(mailbox));
        let used = self.used(&("mailbox".into(), mailbox, day));
        if let Some(send) = round.queued.get(&mailbox).copied() {
            let row = self.rows.sends[&send].clone();
            let own = self.rows.chosen.contains_key(&(row.campaign, mailbox)) && self.runs(row.campaign);
            if row.slot_day == Some(day) {
                return Some(Pick {
                    send,
                    lead: row.lead,
                    mailbox,
                    day,
                    number: row.slot_number,
                    gap_after: row.slot_number,
                    again: true,
                    opener: row.opener,
                });
            }
            if own && self.room(&row, mailbox, day, Some(cap)).is_none() {
                self.take(&row, day);
                return Some(Pick {
                    send,
                    lead: row.lead,
                    mailbox,
                    day,
                    number: used + 1,
                    gap_after: used + 1,
                    again: true,
                    opener: row.opener,
                });
            }
        }
        if used >= cap {
            return None;
        }
        for (campaign, new) in self.in_turn(mailbox) {
            let Some(lead) = self.first_that_can_go(mailbox, campaign, new, day, round) else { continue };
            let (row, send) = self.new_send(mailbox, campaign, lead);
            self.take(&row, day);
            round.people.insert(self.leads[lead].person);
            return Some(Pick {
                send,
                lead,
                mailbox,
                day,
                number: used + 1,
                gap_after: used + 1,
                again: false,
                opener: row.opener,
            });
        }
        None
    }

    /// The open campaigns of a mailbox, each for follow-ups and for first mails, in the order in which they get the slot.
    fn in_turn(&self, mailbox: usize) -> Vec<(usize, bool)> {
        let mut turns = Vec::new();
        for ((campaign, of), (on, last)) in &self.rows.chosen {
            if *of != mailbox || !self.is_open(*campaign) {
                continue;
            }
            let rank = |new: bool| (new != self.campaigns[*campaign].new_first, *last, *campaign, new);
            turns.push(rank(false));
            if *on && !self.sequence(*campaign).is_empty() {
                turns.push(rank(true));
            }
        }
        turns.sort_unstable();
        turns.into_iter().map(|(_, _, campaign, new)| (campaign, new)).collect()
    }

    fn first_that_can_go(
        &self,
        mailbox: usize,
        campaign: usize,
        new: bool,
        day: Day,
        round: &mut Round,
    ) -> Option<usize> {
        loop {
            let lead = if new {
                *round.openers.get(&campaign)?.get(*round.taken.entry(campaign).or_default())?
            } else {
                *round.follow_ups.get(&(campaign, mailbox))?
            };
            let verdict = self.verdict(mailbox, campaign, lead, day, round);
            if matches!(verdict, Verdict::Full) {
                return None;
            }
            if new {
                *round.taken.entry(campaign).or_default() += 1;
            }
            match verdict {
                Verdict::Take => return Some(lead),
                Verdict::Aside(fate) => round.aside.push((campaign, lead, fate)),
                Verdict::Later | Verdict::Full => {}
            }
            if !new {
                return None;
            }
        }
    }

    fn verdict(&self, mailbox: usize, campaign: usize, lead: usize, day: Day, round: &Round) -> Verdict {
        let person = self.leads[lead].person;
        let (row, send) = self.new_send(mailbox, campaign, lead);
        if !self.rows.present.contains(&(campaign, lead)) {
            return Verdict::Aside(Fate::Removed);
        }
        if self.is_suppressed(campaign, lead) {
            return Verdict::Aside(Fate::Suppressed);
        }
        let before = self.rows.sends.get(&send);
        if before.is_some_and(|before| before.state != "cancelled" || before.sending_at.is_some()) {
            return Verdict::Aside(Fate::HadIt);
        }
        if before.is_some_and(|before| before.slot_day.is_some()) {
            return Verdict::Later;
        }
        let occupied = self
            .rows
            .enrolments
            .iter()
            .any(|((c, l), one)| one.occupies && self.leads[*l].person == person && (*c, *l) != (campaign, lead));
        if row.opener && (occupied || round.people.contains(&person)) {
            return Verdict::Aside(Fate::Elsewhere);
        }
        match self.room(&row, mailbox, day, None) {
            None => Verdict::Take,
            Some("domain") => {
                let zone = zone_or_utc(&self.mailboxes[mailbox].1.time_zone);
                Verdict::Aside(Fate::Until(start_of_day(day.plus(1), &zone)))
            }
            Some(_) => Verdict::Full,
        }
    }

    /// The first limit that a mail would exceed, in the order in which they are asked.
    fn room(&self, row: &Send, mailbox: usize, day: Day, cap: Option<i64>) -> Option<&'static str> {
        let Campaign { daily, new_daily, domain_cap, .. } = &self.campaigns[row.campaign];
        let domain = self.leads[row.lead].domain;
        let asked = [
            ("mailbox", Some(mailbox), cap),
            ("campaign", Some(row.campaign), *daily),
            ("campaign_new", row.opener.then_some(row.campaign), *new_daily),
            ("domain", domain, Some(*domain_cap)),
        ];
        asked
            .into_iter()
            .find(|(scope, subject, limit)| {
                let used = subject.map(|subject| self.used(&((*scope).into(), subject, day)));
                used.zip(*limit).is_some_and(|(used, limit)| used >= limit)
            })
            .map(|(scope, ..)| scope)
    }

    /// The send that a slot would make.
    fn new_send(&self, mailbox: usize, campaign: usize, lead: usize) -> (Send, (usize, usize)) {
        let one = &self.rows.enrolments[&(campaign, lead)];
        let step = one.step.unwrap_or_else(|| self.sequence(campaign)[0]);
        let send = Send {
            state: "claimed".into(),
            campaign,
            lead,
            mailbox,
            opener: !one.begun,
            slot_day: None,
            slot_number: 0,
            run_at: None,
            lease_until: Some(self.now.plus(LEASE)),
            sending_at: None,
            taken_at: None,
        };
        (send, (step, self.leads[lead].person))
    }

    fn take(&mut self, row: &Send, day: Day) {
        for (scope, subject) in self.scopes(row) {
            self.count((scope, subject, day), 1);
        }
    }

    fn claim(&mut self, pick: Pick) -> Claim {
        let Pick { send, lead, mailbox, day, number, gap_after, again, opener } = pick;
        let now = self.now;
        if again {
            if let Some(before) = self.rows.sends[&send].slot_day.filter(|before| *before != day) {
                let row = self.rows.sends[&send].clone();
                for (scope, subject) in self.scopes(&row) {
                    self.count((scope, subject, before), -1);
                }
            }
            let row = self.send(send);
            (row.state, row.run_at, row.lease_until) = ("claimed".into(), None, Some(now.plus(LEASE)));
            (row.slot_day, row.slot_number) = (Some(day), number);
        } else {
            let campaign = self.steps[send.0].campaign;
            let (row, _) = self.new_send(mailbox, campaign, lead);
            self.rows.sends.insert(send, Send { slot_day: Some(day), slot_number: number, opener, ..row });
            let one = self.enrolment(campaign, lead);
            (one.state, one.code, one.due_at) = ("in_flight".into(), None, None);
            (one.occupies, one.step, one.mailbox, one.kept_due) = (true, Some(send.0), Some(mailbox), None);
            if let Some((_, last)) = self.rows.chosen.get_mut(&(campaign, mailbox)) {
                *last = now;
            }
        }
        self.rows.mailboxes[mailbox].free_at = now.plus(self.gap(mailbox, day, gap_after));
        let token = self.tokens.entry(send).or_default();
        *token += 1;
        Claim { send, mailbox, token: *token }
    }

    fn gap(&self, mailbox: usize, day: Day, number: i64) -> std::time::Duration {
        let (id, _) = &self.mailboxes[mailbox];
        let open = self.rows.chosen.keys().filter(|(campaign, of)| *of == mailbox && self.is_open(*campaign));
        let closes = open.filter_map(|(campaign, _)| self.windows[*campaign]).map(|(_, closes)| closes).max();
        let left = closes.map_or(0, |closes| (closes.micros() - self.now.micros()) / 1_000_000);
        let chance = Chance::new(self.workspace.0, id.0, day);
        let cap = self.cap(mailbox);
        self.pace(mailbox).on(day).gap(&chance, number, left, (cap - number).max(0))
    }

    fn set_aside(&mut self, campaign: usize, lead: usize, fate: Fate) {
        match fate {
            Fate::Suppressed => self.stop(&[(campaign, lead)], "suppressed"),
            Fate::Removed => self.stop(&[(campaign, lead)], "removed"),
            Fate::HadIt => self.skip(campaign, lead),
            Fate::Until(until) => self.hold(campaign, lead, "recipient_domain_cap", Some(until)),
            Fate::Elsewhere => self.hold(campaign, lead, "other_campaign", None),
        }
    }

    fn hold(&mut self, campaign: usize, lead: usize, code: &str, until: Option<Instant>) {
        let one = self.enrolment(campaign, lead);
        (one.state, one.code, one.due_at, one.held_until) = ("held".into(), Some(code.into()), None, until);
        one.kept_due = None;
    }

    /// The person had this step through another lead.
    fn skip(&mut self, campaign: usize, lead: usize) {
        let one = self.rows.enrolments[&(campaign, lead)].clone();
        let step = one.step.unwrap_or_else(|| self.sequence(campaign)[0]);
        match self.next(step, one.last_sent_at.unwrap_or(self.now)) {
            None => self.stop(&[(campaign, lead)], "had_it"),
            Some((next, due)) => {
                let one = self.enrolment(campaign, lead);
                one.step = Some(next);
                if one.state == "active" {
                    one.due_at = Some(due);
                }
            }
        }
    }

    // --- mails ------------------------------------------------------------------------------------------------------

    /// Hands claims over: what may still leave now leaves.
    pub fn hand_over(&mut self, claims: &[Claim]) {
        let now = self.now;
        let valid: Vec<Claim> = claims.iter().copied().filter(|claim| self.is_valid(claim)).collect();
        let (mut leaving, mut staying) = (Vec::new(), Vec::new());
        for claim in valid {
            let Send { campaign, lead, mailbox, lease_until, .. } = self.rows.sends[&claim.send].clone();
            if !self.leads[lead].writable {
                self.lose(claim.send);
                let send = self.send(claim.send);
                (send.state, send.lease_until) = ("cancelled".into(), None);
                let one = self.enrolment(campaign, lead);
                (one.state, one.code) = ("held".into(), Some("missing_fields".into()));
                continue;
            }
            let may = lease_until.is_some_and(|until| until > now)
                && self.is_open(campaign)
                && self.rows.present.contains(&(campaign, lead))
                && self.rows.mailboxes[mailbox].state == "active"
                && !self.is_suppressed(campaign, lead);
            if may { leaving.push(claim) } else { staying.push((claim, campaign, lead)) }
        }
        for (_, campaign, lead) in &staying {
            if self.is_suppressed(*campaign, *lead) {
                self.stop(&[(*campaign, *lead)], "suppressed");
            } else if !self.rows.present.contains(&(*campaign, *lead)) {
                self.stop(&[(*campaign, *lead)], "removed");
            }
        }
        for (claim, ..) in staying.into_iter().filter(|(claim, ..)| self.is_valid(claim)).collect::<Vec<_>>() {
            self.lose(claim.send);
            let send = self.send(claim.send);
            (send.state, send.run_at, send.lease_until) = ("queued".into(), Some(now), None);
        }
        for claim in leaving {
            let send = self.send(claim.send);
            (send.sending_at, send.taken_at) = (Some(now), Some(now));
            self.sent(claim.send, now);
        }
    }

    fn is_valid(&self, claim: &Claim) -> bool {
        self.rows.sends[&claim.send].state == "claimed" && self.tokens.get(&claim.send) == Some(&claim.token)
    }

    fn sent(&mut self, key: (usize, usize), at: Instant) {
        let send = self.send(key);
        (send.state, send.lease_until) = ("sent".into(), None);
        let Send { campaign, lead, mailbox, slot_day, .. } = send.clone();
        let next = self.next(key.0, at);
        let one = self.enrolment(campaign, lead);
        if one.state == "in_flight" {
            one.state = if next.is_some() { "active" } else { "finished" }.into();
            (one.step, one.due_at) = (next.map(|(step, _)| step), next.map(|(_, due)| due));
            one.occupies &= next.is_some();
        } else {
            one.occupies = false;
        }
        (one.begun, one.last_sent_at) = (true, Some(at));
        if one.state == "finished" {
            self.free(&[self.leads[lead].person]);
        }
        let earliest = at.plus(self.gap_min);
        let row = &mut self.rows.mailboxes[mailbox];
        row.free_at = row.free_at.max(earliest);
        if let Some(day) = slot_day.filter(|day| row.ramp_day.is_none_or(|last| last < *day)) {
            row.ramp_days += 1;
            row.ramp_day = Some(day);
        }
    }

    // --- ends -------------------------------------------------------------------------------------------------------

    /// Ends sequences, and lets those of the same people continue that waited for their end.
    pub fn stop(&mut self, leads: &[(usize, usize)], code: &str) {
        let mut people = Vec::new();
        for (campaign, lead) in leads {
            let person = self.leads[*lead].person;
            let keys: Vec<(usize, usize)> = self
                .rows
                .sends
                .iter()
                .filter(|(_, d)| {
                    (d.campaign, d.lead) == (*campaign, *lead) && matches!(d.state.as_str(), "queued" | "claimed")
                })
                .map(|(key, _)| *key)
                .collect();
            keys.into_iter().for_each(|key| self.cancel(key));
            let Some(one) = self.rows.enrolments.get_mut(&(*campaign, *lead)).filter(|one| one.is_open()) else {
                continue;
            };
            (one.state, one.code, one.due_at, one.held_until) = ("stopped".into(), Some(code.into()), None, None);
            (one.occupies, one.kept_due) = (false, None);
            people.push(person);
        }
        self.free(&people);
    }

    pub fn cancel(&mut self, key: (usize, usize)) {
        self.lose(key);
        let send = self.send(key);
        (send.state, send.run_at, send.lease_until) = ("cancelled".into(), None, None);
    }

    fn free(&mut self, people: &[usize]) {
        let now = self.now;
        for ((_, lead), one) in &mut self.rows.enrolments {
            if one.state == "held"
                && one.code.as_deref() == Some("other_campaign")
                && people.contains(&self.leads[*lead].person)
            {
                continue_at(one, now);
            }
        }
    }

    // --- rows -------------------------------------------------------------------------------------------------------

    /// Whoever has a claim of this send has it no more.
    pub fn lose(&mut self, key: (usize, usize)) -> Send {
        *self.tokens.entry(key).or_default() += 1;
        self.rows.sends[&key].clone()
    }

    pub fn send(&mut self, key: (usize, usize)) -> &mut Send {
        self.rows.sends.get_mut(&key).unwrap()
    }

    pub fn enrolment(&mut self, campaign: usize, lead: usize) -> &mut Enrolment {
        self.rows.enrolments.get_mut(&(campaign, lead)).unwrap()
    }

    /// The counters that a mail takes a slot of.
    pub fn scopes(&self, send: &Send) -> Vec<(String, usize)> {
        let mut scopes = vec![("mailbox", send.mailbox), ("campaign", send.campaign), ("workspace", 0)];
        scopes.extend(send.opener.then_some(("campaign_new", send.campaign)));
        scopes.extend(self.leads[send.lead].domain.map(|domain| ("domain", domain)));
        scopes.into_iter().map(|(scope, subject)| (scope.to_owned(), subject)).collect()
    }

    fn count(&mut self, key: (String, usize, Day), change: i64) {
        let used = self.rows.counters.entry(key.clone()).or_default();
        *used += change;
        if *used == 0 {
            self.rows.counters.remove(&key);
        }
    }

    fn used(&self, key: &(String, usize, Day)) -> i64 {
        self.rows.counters.get(key).copied().unwrap_or(0)
    }

    /// Its state runs and it has a window, open or not.
    fn runs(&self, campaign: usize) -> bool {
        self.rows.campaigns[campaign] == "running" && self.windows[campaign].is_some()
    }

    fn pace(&self, mailbox: usize) -> StoredPace {
        let Mailbox { cap, ramp_days, ramp_day, .. } = self.rows.mailboxes[mailbox].clone();
        StoredPace { daily_cap: cap, ramp_days, ramp_day, ..self.mailboxes[mailbox].1.clone() }
    }

    fn day(&self, mailbox: usize) -> Day {
        self.pace(mailbox).today(self.now)
    }

    fn cap(&self, mailbox: usize) -> i64 {
        let pace = self.pace(mailbox);
        pace.on(pace.today(self.now)).cap()
    }
}

/// What is read before the first mailbox of a round chooses.
struct Round {
    openers: BTreeMap<usize, Vec<usize>>,
    follow_ups: BTreeMap<(usize, usize), usize>,
    queued: BTreeMap<usize, (usize, usize)>,
    taken: BTreeMap<usize, usize>,
    /// Who has a slot already.
    people: BTreeSet<usize>,
    aside: Vec<(usize, usize, Fate)>,
}

impl Round {
    fn read(model: &Model, due: &[usize]) -> Self {
        let open: Vec<(usize, usize, bool)> = model
            .rows
            .chosen
            .iter()
            .filter(|((campaign, mailbox), _)| due.contains(mailbox) && model.is_open(*campaign))
            .map(|((campaign, mailbox), (on, _))| (*campaign, *mailbox, *on))
            .collect();
        let mut wanted: BTreeMap<usize, usize> = BTreeMap::new();
        for (campaign, ..) in open.iter().filter(|(campaign, _, on)| *on && !model.sequence(*campaign).is_empty()) {
            *wanted.entry(*campaign).or_insert(SPARE) += 1;
        }
        let of_state = |campaign: usize, state: &'static str| {
            model.rows.enrolments.iter().filter(move |((of, _), one)| *of == campaign && one.state == state)
        };
        let opener = |(campaign, count): (&usize, &usize)| {
            let mut waiting: Vec<_> =
                of_state(*campaign, "waiting").map(|((_, lead), one)| (one.place, *lead)).collect();
            waiting.sort_unstable();
            (*campaign, waiting.into_iter().take(*count).map(|(_, lead)| lead).collect())
        };
        let follow_up = |(campaign, mailbox, _): &(usize, usize, bool)| {
            let own = of_state(*campaign, "active").filter(|(_, one)| one.mailbox == Some(*mailbox));
            let due =
                own.filter_map(|((_, lead), one)| Some((one.due_at?, *lead))).filter(|(due, _)| *due <= model.now);
            due.min().map(|(_, lead)| ((*campaign, *mailbox), lead))
        };
        let queue = |mailbox: &usize| {
            let mine = model.rows.sends.iter().filter(|(_, d)| d.mailbox == *mailbox && d.state == "queued");
            let may = mine.filter(|(_, d)| {
                let one = model.rows.enrolments.get(&(d.campaign, d.lead));
                d.run_at.is_some_and(|at| at <= model.now)
                    && model.is_open(d.campaign)
                    && one.is_some_and(|one| one.state == "in_flight")
            });
            may.min_by_key(|(_, d)| d.run_at).map(|(key, _)| (*mailbox, *key))
        };
        Self {
            openers: wanted.iter().map(opener).collect(),
            follow_ups: open.iter().filter_map(follow_up).collect(),
            queued: due.iter().filter_map(queue).collect(),
            taken: BTreeMap::new(),
            people: BTreeSet::new(),
            aside: Vec::new(),
        }
    }
}

struct Pick {
    send: (usize, usize),
    lead: usize,
    mailbox: usize,
    day: Day,
    number: i64,
    gap_after: i64,
    /// It waited in the queue of its mailbox.
    again: bool,
    opener: bool,
}

enum Verdict {
    Take,
    Aside(Fate),
    Later,
    Full,
}

enum Fate {
    Until(Instant),
    Elsewhere,
    HadIt,
    Suppressed,
    Removed,
}

fn waiting(place: Instant) -> Enrolment {
    Enrolment {
        state: "waiting".into(),
        code: None,
        step: None,
        due_at: None,
        held_until: None,
        mailbox: None,
        occupies: false,
        begun: false,
        last_sent_at: None,
        place,
        kept_due: None,
    }
}

/// What was held is due at once, or waits for any mailbox if none has begun it.
pub fn continue_at(one: &mut Enrolment, now: Instant) {
    let has_mailbox = one.mailbox.is_some();
    one.state = if has_mailbox { "active" } else { "waiting" }.into();
    (one.code, one.held_until, one.kept_due) = (None, None, None);
    one.due_at = has_mailbox.then_some(now);
}
