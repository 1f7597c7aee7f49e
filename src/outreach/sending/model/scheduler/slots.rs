//! Which mailbox takes a slot for which lead.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Campaign, Claim, Model};
use crate::{
    outreach::{
        schedule::rules::{Chance, Day, start_of_day, zone_or_utc},
        sending::model::rows::Send,
    },
    server::clock::Instant,
};

const LEASE: Duration = Duration::from_secs(90);
/// Leads that are read beyond one for each mailbox.
const SPARE: usize = 1;

impl Model {
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

    fn gap(&self, mailbox: usize, day: Day, number: i64) -> Duration {
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
