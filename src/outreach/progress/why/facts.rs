//! What the sentence about a campaign is made of.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::Protection;
use crate::{mail::domain::Finding, outreach::mailboxes::mailbox::MailboxState, server::clock::Instant};

/// A mailbox that may send again within this time counts as sending: the longest gap between two mails is 45 minutes.
pub(super) const GAP_MAX: Duration = Duration::from_secs(60 * 60);

/// Whether a campaign sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SendingState {
    /// Never started.
    #[default]
    Draft,
    Running,
    Paused,
    /// Every lead has an outcome.
    Finished,
    /// For good: by a member, or with the campaign.
    Ended,
}

/// The operator's stop of all sending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    pub since: Instant,
    pub why: String,
}

/// A mailbox of the campaign. Numbers of "today" are of the day in the mailbox's own time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxFacts {
    pub address: String,
    pub state: MailboxState,
    /// Why it is in its state, as a code, and what its server said.
    pub code: Option<String>,
    pub words: Option<String>,
    /// When a failing one is tried again.
    pub retry_at: Option<Instant>,
    /// When its freeze ends, if it is frozen today.
    pub frozen_until: Option<Instant>,
    /// Whether it begins with new leads; otherwise it only finishes what it began.
    pub takes_new: bool,
    /// Mails it may send today.
    pub cap: i64,
    /// The domain that it sends from, and since when that fails, if new conversations wait for it.
    pub held_domain: Option<HeldDomain>,
    /// Whether slow start keeps the cap below its daily number.
    pub is_ramping: bool,
    pub used: i64,
    /// Mails of this campaign today.
    pub campaign_used: i64,
    /// First mails of this campaign today.
    pub new_used: i64,
    /// Mails of the workspace today.
    pub workspace_used: i64,
    pub free_at: Instant,
    pub look_at: Option<Instant>,
    /// Why its last look found nothing to send.
    pub idle: Option<String>,
    pub idle_since: Option<Instant>,
    /// Why its replies cannot be read, what its server said, and when that is tried again.
    pub unread: Option<Unread>,
    /// Follow-ups in an open window that are due from it.
    pub due: i64,
    /// Follow-ups that it will send.
    pub active: i64,
    /// When the first of them is due.
    pub next_due: Option<Instant>,
}

/// Why the replies of a mailbox cannot be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unread {
    pub code: Option<String>,
    pub words: Option<String>,
    pub again: Option<Instant>,
}

/// A sending domain whose records fail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldDomain {
    pub domain: String,
    pub since: Instant,
    pub finding: Option<Finding>,
}

impl MailboxFacts {
    /// Whether it may send today.
    pub fn is_able(&self) -> bool {
        self.state == MailboxState::Active && self.frozen_until.is_none()
    }

    pub(super) fn has_room(&self) -> bool {
        self.used < self.cap
    }

    /// Whether it waits for its provider's limit to end.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.is_able() && self.code.as_deref() == Some("provider_limit") && self.free_at > now
    }

    /// When it may send next.
    pub fn next(&self, now: Instant) -> Instant {
        self.look_at.unwrap_or(now).max(self.free_at).max(now)
    }
}

/// Leads that are held for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    pub code: String,
    pub leads: i64,
}

/// How many leads of the campaign are where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub waiting: i64,
    pub in_flight: i64,
    pub active: i64,
    pub finished: i64,
    pub stopped: i64,
    pub held: Vec<Held>,
    /// When the first of those continues.
    pub held_until: Option<Instant>,
    /// Of a campaign that is over: leads that were never mailed.
    pub unmailed: i64,
}

impl Tally {
    pub(super) fn count_held(&self, codes: &[&str]) -> i64 {
        self.held.iter().filter(|held| codes.contains(&held.code.as_str())).map(|held| held.leads).sum()
    }

    /// Leads that are held.
    pub fn held(&self) -> i64 {
        self.held.iter().map(|held| held.leads).sum()
    }

    /// Leads that are held because it is not known whether their mail left, if there are any.
    pub fn unknown(&self) -> Option<i64> {
        Some(self.count_held(&["unknown_outcome"])).filter(|leads| *leads > 0)
    }

    /// Leads whose sequence is not over.
    pub fn open(&self) -> i64 {
        self.waiting + self.in_flight + self.active + self.held()
    }
}

/// Mails of the campaign that were put off.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutOff {
    pub mails: i64,
    /// When the first of them is tried again.
    pub next_try: Option<Instant>,
}

/// What can bring more leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sourcing {
    /// Leads that requests under way may still deliver.
    pub coming: i64,
    /// Standing requests that are active.
    pub active: i64,
    /// … that wait for credits.
    pub no_credits: i64,
    /// … that found no one else.
    pub nobody_left: i64,
    /// … that wait for anything else.
    pub paused: i64,
}

/// What is known about the sending of a campaign at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    pub state: SendingState,
    /// Since when it is in this state.
    pub since: Option<Instant>,
    /// The member who paused or ended it.
    pub by: Option<String>,
    /// What it was paused for, if not by a member.
    pub protection: Option<Protection>,
    pub time_zone: String,
    /// The day in the campaign's time zone, counted from 1970.
    pub today: i64,
    pub starts_on: Option<i64>,
    pub ends_on: Option<i64>,
    pub daily_cap: Option<i64>,
    pub new_daily_cap: Option<i64>,
    pub workspace_cap: Option<i64>,
    /// The operator's limit of the workspace.
    pub ceiling: Option<i64>,
    /// The last sign of life of a worker.
    pub beat: Option<Instant>,
    pub stop: Option<Stop>,
    /// Whether there is a current or a coming window.
    pub has_window: bool,
    /// Whether a window is open.
    pub is_open: bool,
    /// When the next window opens.
    pub opens_at: Option<Instant>,
    pub mailboxes: Vec<MailboxFacts>,
    pub tally: Tally,
    pub put_off: PutOff,
    /// Whether a lead waits for its first mail in a window that is open.
    pub waiting_in_window: bool,
    /// Whether leads came that are not in the sequence yet.
    pub new_leads: bool,
    /// Leads in the campaign.
    pub leads: i64,
    /// Mails of the campaign that left.
    pub sent: i64,
    pub sourcing: Sourcing,
    /// The code that was written last, and since when it holds.
    pub noted: Option<(String, Instant)>,
}
