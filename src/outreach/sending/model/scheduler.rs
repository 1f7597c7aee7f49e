//! The rules of the scheduler once more, as plain as they can be said: rows in memory, one mailbox after the other.

mod mails;
mod slots;
mod upkeep;

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use jiff::tz::TimeZone;

use super::rows::{Enrolment, Mailbox, Rows, Send};
use crate::{
    accounts::WorkspaceId,
    outreach::{
        ids::MailboxId,
        schedule::{
            StoredPace,
            rules::{Day, Week},
        },
    },
    server::clock::Instant,
};

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
    pub gap_min: Duration,
    /// When leads joined campaigns.
    pub joined: BTreeMap<(usize, usize), Instant>,
    /// Mails that came back.
    pub bounced: BTreeSet<(usize, usize)>,
    /// The operator's limit for the first day of a mailbox.
    pub first_day: Option<i64>,
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
            gap_min: Duration::from_secs(60),
            joined: BTreeMap::new(),
            bounced: BTreeSet::new(),
            first_day: None,
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
        StoredPace {
            daily_cap: cap,
            ramp_days,
            ramp_day,
            first_day: self.first_day,
            ..self.mailboxes[mailbox].1.clone()
        }
    }

    fn day(&self, mailbox: usize) -> Day {
        self.pace(mailbox).today(self.now)
    }

    fn cap(&self, mailbox: usize) -> i64 {
        let pace = self.pace(mailbox);
        pace.on(pace.today(self.now)).cap()
    }
}

/// What was held is due at once, or waits for any mailbox if none has begun it.
pub fn continue_at(one: &mut Enrolment, now: Instant) {
    let has_mailbox = one.mailbox.is_some();
    one.state = if has_mailbox { "active" } else { "waiting" }.into();
    (one.code, one.held_until, one.kept_due) = (None, None, None);
    one.due_at = has_mailbox.then_some(now);
}
