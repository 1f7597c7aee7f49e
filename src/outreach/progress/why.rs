//! Why a campaign sends nothing now, or that it sends: one code with its facts. Pure; the sentences are in `why_view.rs`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Protection, heartbeat};
use crate::{mail::domain::Finding, outreach::mailboxes::mailbox::MailboxState, server::clock::Instant};

/// A mailbox that may send again within this time counts as sending: the longest gap between two mails is 45 minutes.
const GAP_MAX: Duration = Duration::from_secs(60 * 60);

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

    fn has_room(&self) -> bool {
        self.used < self.cap
    }

    /// Whether it waits for its provider's limit to end.
    fn rests(&self, now: Instant) -> bool {
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
    /// Leads that are held.
    pub fn held(&self) -> i64 {
        self.held.iter().map(|held| held.leads).sum()
    }

    /// Leads that are held because it is not known whether their mail left, if there are any.
    pub fn unknown(&self) -> Option<i64> {
        Some(count_held(self, &["unknown_outcome"])).filter(|leads| *leads > 0)
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

/// What holds now, most of it a reason why nothing is sent. The database keeps its word and its facts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Reason {
    Draft,
    WorkerNotRunning {
        since: Option<Instant>,
    },
    InstanceStopped {
        why: String,
    },
    PausedByUser {
        by: Option<String>,
    },
    BounceProtection {
        bounced: i64,
        mails: i64,
    },
    ComplaintProtection {
        complaints: i64,
        mails: i64,
    },
    Completed {
        leads: i64,
        mails: i64,
        unmailed: i64,
    },
    Ended {
        by: Option<String>,
        unmailed: i64,
    },
    StartsLater,
    NoWindow,
    NoMailbox,
    MailboxPaused {
        mailboxes: i64,
    },
    /// Only new leads are left, and the domains that would write to them fail.
    DomainAuthFailing(HeldDomain),
    /// The mail provider's limit is reached, for every mailbox; one of them.
    ProviderLimit {
        mailbox: String,
    },
    /// No mailbox that could send works; the first that fails, with what its server said.
    MailboxFailing {
        address: String,
        cause: Option<String>,
        words: Option<String>,
        mailboxes: i64,
    },
    /// Only follow-ups are left, and the replies of their mailboxes cannot be read; one of them.
    RepliesNotRead {
        address: String,
        cause: Option<String>,
        words: Option<String>,
        follow_ups: i64,
    },
    /// Days were frozen for every mailbox that could send.
    MailboxFrozen {
        mailboxes: i64,
    },
    /// No mailbox has passed its test.
    MailboxDraft {
        mailboxes: i64,
    },
    Healthy {
        today: i64,
        mailbox: Option<String>,
    },
    OutsideWindow,
    WorkspaceCapReached {
        cap: i64,
        by_operator: bool,
    },
    CampaignCapReached {
        cap: i64,
    },
    MailboxCapReached {
        mailboxes: i64,
        cap: i64,
        slow_start: bool,
    },
    NewLeadCapReached {
        cap: i64,
    },
    RecipientDomainCap {
        leads: i64,
    },
    /// Every mail that is under way was put off, and waits for another try.
    PutOff {
        mails: i64,
    },
    WaitingForDelay {
        leads: i64,
    },
    HeldMissingFields {
        leads: i64,
    },
    /// Leads that live where the law asks for consent first, and no member has confirmed a lawful basis.
    HeldNoLawfulBasis {
        leads: i64,
    },
    HeldByPeople {
        leads: i64,
    },
    UnknownOutcomesToReview {
        mails: i64,
    },
    OtherCampaign {
        leads: i64,
    },
    SourcingPausedNoCredits,
    SourcingExhausted,
    WaitingForLeads {
        coming: i64,
    },
}

impl Reason {
    /// Its word, as the database and addresses have it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::WorkerNotRunning { .. } => "worker_not_running",
            Self::InstanceStopped { .. } => "instance_stopped",
            Self::PausedByUser { .. } => "paused_by_user",
            Self::BounceProtection { .. } => "bounce_protection",
            Self::ComplaintProtection { .. } => "complaint_protection",
            Self::Completed { .. } => "completed",
            Self::Ended { .. } => "ended",
            Self::StartsLater => "starts_later",
            Self::NoWindow => "no_window",
            Self::NoMailbox => "no_mailbox",
            Self::MailboxPaused { .. } => "mailbox_paused",
            Self::DomainAuthFailing(_) => "domain_auth_failing",
            Self::ProviderLimit { .. } => "provider_limit",
            Self::MailboxFailing { .. } => "mailbox_failing",
            Self::RepliesNotRead { .. } => "replies_not_read",
            Self::MailboxFrozen { .. } => "mailbox_frozen",
            Self::MailboxDraft { .. } => "mailbox_draft",
            Self::Healthy { .. } => "healthy",
            Self::OutsideWindow => "outside_window",
            Self::WorkspaceCapReached { .. } => "workspace_cap_reached",
            Self::CampaignCapReached { .. } => "campaign_cap_reached",
            Self::MailboxCapReached { .. } => "mailbox_cap_reached",
            Self::NewLeadCapReached { .. } => "new_lead_cap_reached",
            Self::RecipientDomainCap { .. } => "recipient_domain_cap",
            Self::PutOff { .. } => "put_off",
            Self::WaitingForDelay { .. } => "waiting_for_delay",
            Self::HeldMissingFields { .. } => "held_missing_fields",
            Self::HeldNoLawfulBasis { .. } => "held_no_lawful_basis",
            Self::HeldByPeople { .. } => "held_by_people",
            Self::UnknownOutcomesToReview { .. } => "unknown_outcomes_to_review",
            Self::OtherCampaign { .. } => "other_campaign",
            Self::SourcingPausedNoCredits => "sourcing_paused_no_credits",
            Self::SourcingExhausted => "sourcing_exhausted",
            Self::WaitingForLeads { .. } => "waiting_for_leads",
        }
    }
}

/// What a person can do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mend {
    Checklist,
    Resume,
    Schedule,
    Mailboxes,
    /// The records of sending domains.
    Domains,
    /// The settings of the workspace.
    Limits,
    Emails,
    /// Mails whose outcome a member decides.
    UnknownOutcomes,
    /// Leads that are held.
    HeldLeads,
    BuyCredits,
    Audience,
    GetLeads,
}

/// The progress of a campaign's sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    pub reason: Reason,
    /// When it changes without anyone's help.
    pub next: Option<Instant>,
    pub mend: Option<Mend>,
}

fn because(reason: Reason) -> Progress {
    Progress { reason, next: None, mend: None }
}

impl Progress {
    fn until(self, next: Option<Instant>) -> Self {
        Self { next, ..self }
    }

    fn mended_by(self, mend: Mend) -> Self {
        Self { mend: Some(mend), ..self }
    }
}

/// The progress of a campaign's sending: the first reason that applies, from what stops everything down to what stops one lead.
pub fn why(facts: &Facts, now: Instant) -> Progress {
    not_running(facts, now)
        .or_else(|| cannot_run(facts, now))
        .or_else(|| domain_fails(facts))
        .or_else(|| cannot_be_read(facts))
        .or_else(|| sends(facts, now))
        .or_else(|| closed(facts))
        .or_else(|| limited(facts, now))
        .or_else(|| nothing_due(facts))
        // What is being handed over, or is looked at in a moment.
        .unwrap_or_else(|| because(Reason::Healthy { today: today(facts), mailbox: None }))
}

/// What a person or the operator decided.
fn not_running(facts: &Facts, now: Instant) -> Option<Progress> {
    if facts.state == SendingState::Draft {
        return Some(because(Reason::Draft).mended_by(Mend::Checklist));
    }
    let over = matches!(facts.state, SendingState::Finished | SendingState::Ended);
    if !over && !heartbeat::is_alive(facts.beat, now) {
        return Some(because(Reason::WorkerNotRunning { since: facts.beat }));
    }
    if let Some(stop) = facts.stop.as_ref().filter(|_| !over) {
        return Some(because(Reason::InstanceStopped { why: stop.why.clone() }));
    }
    let (by, unmailed) = (facts.by.clone(), facts.tally.unmailed);
    match facts.state {
        SendingState::Paused => {
            let reason = match facts.protection {
                Some(Protection::Bounces { bounced, mails }) => Reason::BounceProtection { bounced, mails },
                Some(Protection::Complaints { complaints, mails }) => Reason::ComplaintProtection { complaints, mails },
                None => Reason::PausedByUser { by },
            };
            Some(because(reason).mended_by(Mend::Resume))
        }
        SendingState::Finished => {
            let leads = facts.tally.finished + facts.tally.stopped;
            let completed = Reason::Completed { leads, mails: facts.sent, unmailed };
            Some(because(completed).mended_by(Mend::GetLeads))
        }
        SendingState::Ended => Some(because(Reason::Ended { by, unmailed })),
        SendingState::Running if facts.ends_on.is_some_and(|last| last < facts.today) => {
            let unmailed = facts.tally.waiting + unmailed;
            Some(because(Reason::Ended { by: None, unmailed }).mended_by(Mend::Schedule))
        }
        _ => None,
    }
}

/// What the schedule and the mailboxes lack.
fn cannot_run(facts: &Facts, now: Instant) -> Option<Progress> {
    if facts.starts_on.is_some_and(|first| first > facts.today) {
        return Some(because(Reason::StartsLater).until(facts.opens_at).mended_by(Mend::Schedule));
    }
    if !facts.has_window {
        return Some(because(Reason::NoWindow).mended_by(Mend::Schedule));
    }
    let there: Vec<&MailboxFacts> =
        facts.mailboxes.iter().filter(|mailbox| mailbox.state != MailboxState::Removed).collect();
    if there.is_empty() {
        return Some(because(Reason::NoMailbox).mended_by(Mend::Schedule));
    }
    if !there.iter().any(|mailbox| mailbox.is_able()) {
        return Some(unable(&there));
    }
    let rested = there.iter().filter(|mailbox| mailbox.is_able()).all(|mailbox| mailbox.rests(now));
    let first = there.iter().filter(|mailbox| mailbox.rests(now)).min_by_key(|mailbox| mailbox.free_at)?;
    let limit = Reason::ProviderLimit { mailbox: first.address.clone() };
    rested.then(|| because(limit).until(Some(first.free_at)).mended_by(Mend::Mailboxes))
}

/// Why none of these mailboxes can send: first what only a member can mend.
fn unable(mailboxes: &[&MailboxFacts]) -> Progress {
    let are = |state: MailboxState| mailboxes.iter().filter(move |mailbox| mailbox.state == state);
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let all = count(mailboxes.len());
    let protected = are(MailboxState::Paused).find(|mailbox| mailbox.code.is_some());
    let (reason, next) = if let Some(first) = are(MailboxState::Failing).next().or(protected) {
        let reason = Reason::MailboxFailing {
            address: first.address.clone(),
            cause: first.code.clone(),
            words: first.words.clone(),
            mailboxes: all,
        };
        (reason, are(MailboxState::Failing).filter_map(|mailbox| mailbox.retry_at).min())
    } else if let Some(end) = mailboxes.iter().filter_map(|mailbox| mailbox.frozen_until).min() {
        (Reason::MailboxFrozen { mailboxes: all }, Some(end))
    } else if are(MailboxState::Draft).count() == mailboxes.len() {
        (Reason::MailboxDraft { mailboxes: all }, None)
    } else {
        (Reason::MailboxPaused { mailboxes: all }, None)
    };
    because(reason).until(next).mended_by(Mend::Mailboxes)
}

/// Whether only first mails are left, and every mailbox that could send them has a domain that fails.
fn domain_fails(facts: &Facts) -> Option<Progress> {
    let Tally { waiting, in_flight, active, .. } = facts.tally;
    if in_flight + active > 0 || (waiting == 0 && !facts.new_leads) {
        return None;
    }
    let mut openers = facts.mailboxes.iter().filter(|mailbox| mailbox.is_able() && mailbox.takes_new).peekable();
    openers.peek()?;
    let held: Option<Vec<&HeldDomain>> = openers.map(|mailbox| mailbox.held_domain.as_ref()).collect();
    let first = held?.into_iter().min_by_key(|held| held.since)?;
    Some(because(Reason::DomainAuthFailing(first.clone())).mended_by(Mend::Domains))
}

/// Whether every mailbox with something to send waits until its replies can be read.
fn cannot_be_read(facts: &Facts) -> Option<Progress> {
    if !facts.is_open {
        return None;
    }
    let mut busy = facts.mailboxes.iter().filter(|mailbox| mailbox.is_able() && has_work(facts, mailbox)).peekable();
    busy.peek()?;
    let unread: Option<Vec<(&MailboxFacts, &Unread)>> = busy
        .map(|mailbox| {
            let waits = mailbox.idle.as_deref() == Some("not_read") && mailbox.due > 0;
            Some((mailbox, mailbox.unread.as_ref().filter(|_| waits)?))
        })
        .collect();
    let (first, unread) = unread?.into_iter().next()?;
    let reason = Reason::RepliesNotRead {
        address: first.address.clone(),
        cause: unread.code.clone(),
        words: unread.words.clone(),
        follow_ups: due(facts),
    };
    Some(because(reason).until(unread.again).mended_by(Mend::Mailboxes))
}

/// Whether a mailbox with something to send is free soon.
fn sends(facts: &Facts, now: Instant) -> Option<Progress> {
    if !facts.is_open {
        return None;
    }
    let able = facts.mailboxes.iter().filter(|mailbox| {
        let limited = workspace_full(facts, mailbox) || campaign_full(facts, mailbox) || !mailbox.has_room();
        let free = mailbox.next(now) <= now.plus(GAP_MAX);
        mailbox.is_able() && !limited && free && has_work(facts, mailbox)
    });
    let first = able.min_by_key(|mailbox| mailbox.next(now))?;
    let sending = Reason::Healthy { today: today(facts), mailbox: Some(first.address.clone()) };
    Some(because(sending).until(Some(first.next(now))))
}

fn closed(facts: &Facts) -> Option<Progress> {
    // With windows in the leads' own zones, one may be open while everyone who waits lives in another.
    let elsewhere = facts.tally.waiting > 0 && !opener_waits(facts) && due(facts) == 0;
    (!facts.is_open || elsewhere)
        .then(|| because(Reason::OutsideWindow).until(facts.opens_at).mended_by(Mend::Schedule))
}

/// The limit that is reached.
fn limited(facts: &Facts, now: Instant) -> Option<Progress> {
    let active: Vec<&MailboxFacts> = facts.mailboxes.iter().filter(|mailbox| mailbox.is_able()).collect();
    // A mailbox that has nothing to send is not what is waited for.
    let busy: Vec<&MailboxFacts> = active.iter().copied().filter(|mailbox| has_work(facts, mailbox)).collect();
    let all = |rule: &dyn Fn(&MailboxFacts) -> bool| {
        let of = if busy.is_empty() { &active } else { &busy };
        !of.is_empty() && of.iter().all(|mailbox| rule(mailbox))
    };
    let next = active.iter().filter_map(|mailbox| mailbox.look_at).filter(|at| *at > now).min();
    let reached = if all(&|mailbox| workspace_full(facts, mailbox)) {
        let (cap, by_operator) = workspace_limit(facts)?;
        Some((Reason::WorkspaceCapReached { cap, by_operator }, Mend::Limits))
    } else if all(&|mailbox| campaign_full(facts, mailbox)) {
        Some((Reason::CampaignCapReached { cap: facts.daily_cap? }, Mend::Schedule))
    } else if all(&|mailbox| !mailbox.has_room()) {
        let full = if busy.is_empty() { &active } else { &busy };
        let cap = full.iter().map(|mailbox| mailbox.cap).sum();
        let slow_start = full.iter().any(|mailbox| mailbox.is_ramping);
        let mailboxes = i64::try_from(full.len()).unwrap_or(i64::MAX);
        Some((Reason::MailboxCapReached { mailboxes, cap, slow_start }, Mend::Mailboxes))
    } else if opener_waits(facts) && due(facts) == 0 && active.iter().all(|mailbox| new_leads_full(facts, mailbox)) {
        Some((Reason::NewLeadCapReached { cap: facts.new_daily_cap? }, Mend::Schedule))
    } else {
        None
    };
    reached.map(|(reason, mend)| because(reason).until(next).mended_by(mend))
}

/// What the leads themselves wait for.
fn nothing_due(facts: &Facts) -> Option<Progress> {
    let Tally { waiting, in_flight, active, .. } = facts.tally;
    let stuck: Vec<&MailboxFacts> =
        facts.mailboxes.iter().filter(|mailbox| !mailbox.is_able() && mailbox.due > 0).collect();
    if !stuck.is_empty() {
        return Some(unable(&stuck));
    }
    let PutOff { mails, next_try } = facts.put_off;
    if waiting > 0 || in_flight > mails || facts.new_leads || due(facts) > 0 {
        return None;
    }
    let next_due = facts.mailboxes.iter().filter_map(|mailbox| mailbox.next_due).min();
    if in_flight > 0 && next_due.is_none_or(|due| next_try <= Some(due)) {
        return Some(because(Reason::PutOff { mails }).until(next_try));
    }
    let full_domains = count_held(&facts.tally, &["recipient_domain_cap"]);
    if full_domains > 0 {
        let full = Reason::RecipientDomainCap { leads: full_domains };
        return Some(because(full).until(facts.tally.held_until).mended_by(Mend::Schedule));
    }
    if active > 0 {
        return Some(because(Reason::WaitingForDelay { leads: active }).until(next_due));
    }
    if facts.tally.held() > 0 { Some(held(&facts.tally)) } else { Some(no_leads(facts)) }
}

fn count_held(tally: &Tally, codes: &[&str]) -> i64 {
    tally.held.iter().filter(|held| codes.contains(&held.code.as_str())).map(|held| held.leads).sum()
}

fn held(tally: &Tally) -> Progress {
    let fields = count_held(tally, &["missing_fields", "bad_value", "empty_text", "text_too_long"]);
    let (unknown, other) = (count_held(tally, &["unknown_outcome"]), count_held(tally, &["other_campaign"]));
    let unlawful = count_held(tally, &["no_lawful_basis"]);
    let people = tally.held() - fields - unknown - other - unlawful;
    if unlawful > 0 {
        because(Reason::HeldNoLawfulBasis { leads: unlawful }).mended_by(Mend::Checklist)
    } else if fields > 0 {
        because(Reason::HeldMissingFields { leads: fields }).mended_by(Mend::Emails)
    } else if people > 0 {
        because(Reason::HeldByPeople { leads: people }).until(tally.held_until).mended_by(Mend::HeldLeads)
    } else if unknown > 0 {
        because(Reason::UnknownOutcomesToReview { mails: unknown }).mended_by(Mend::UnknownOutcomes)
    } else {
        because(Reason::OtherCampaign { leads: other }).mended_by(Mend::Schedule)
    }
}

fn no_leads(facts: &Facts) -> Progress {
    let Sourcing { coming, active, no_credits, nobody_left, .. } = facts.sourcing;
    if coming > 0 || active > 0 {
        because(Reason::WaitingForLeads { coming })
    } else if no_credits > 0 {
        because(Reason::SourcingPausedNoCredits).mended_by(Mend::BuyCredits)
    } else if nobody_left > 0 {
        because(Reason::SourcingExhausted).mended_by(Mend::Audience)
    } else {
        because(Reason::WaitingForLeads { coming: 0 }).mended_by(Mend::GetLeads)
    }
}

/// Mails of the campaign today.
fn today(facts: &Facts) -> i64 {
    facts.mailboxes.iter().map(|mailbox| mailbox.campaign_used).max().unwrap_or(0)
}

/// Follow-ups that are due in an open window.
fn due(facts: &Facts) -> i64 {
    facts.mailboxes.iter().map(|mailbox| mailbox.due).sum()
}

fn opener_waits(facts: &Facts) -> bool {
    facts.waiting_in_window || (facts.new_leads && facts.is_open)
}

fn has_work(facts: &Facts, mailbox: &MailboxFacts) -> bool {
    let opens =
        opener_waits(facts) && mailbox.takes_new && mailbox.held_domain.is_none() && !new_leads_full(facts, mailbox);
    opens || mailbox.due > 0
}

fn campaign_full(facts: &Facts, mailbox: &MailboxFacts) -> bool {
    facts.daily_cap.is_some_and(|cap| mailbox.campaign_used >= cap)
}

fn new_leads_full(facts: &Facts, mailbox: &MailboxFacts) -> bool {
    facts.new_daily_cap.is_some_and(|cap| mailbox.new_used >= cap)
}

fn workspace_full(facts: &Facts, mailbox: &MailboxFacts) -> bool {
    workspace_limit(facts).is_some_and(|(cap, _)| mailbox.workspace_used >= cap)
}

/// The smaller of the workspace's own limit and the operator's, and whether it is the operator's.
fn workspace_limit(facts: &Facts) -> Option<(i64, bool)> {
    let own = facts.workspace_cap.map(|cap| (cap, false));
    own.into_iter().chain(facts.ceiling.map(|cap| (cap, true))).min()
}
