//! Why a campaign sends nothing now, or that it sends: one code with its facts. Pure; the sentences are in `why_view.rs`.

mod facts;
mod reason;

pub use facts::{Facts, Held, HeldDomain, MailboxFacts, PutOff, SendingState, Sourcing, Stop, Tally, Unread};
pub use reason::{Mend, Progress, Reason};

use facts::GAP_MAX;

use super::{Protection, heartbeat};
use crate::{outreach::mailboxes::mailbox::MailboxState, server::clock::Instant};

fn because(reason: Reason) -> Progress {
    Progress { reason, next: None, mend: None }
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
    let full_domains = facts.tally.count_held(&["recipient_domain_cap"]);
    if full_domains > 0 {
        let full = Reason::RecipientDomainCap { leads: full_domains };
        return Some(because(full).until(facts.tally.held_until).mended_by(Mend::Schedule));
    }
    if active > 0 {
        return Some(because(Reason::WaitingForDelay { leads: active }).until(next_due));
    }
    if facts.tally.held() > 0 { Some(held(&facts.tally)) } else { Some(no_leads(facts)) }
}

fn held(tally: &Tally) -> Progress {
    let fields = tally.count_held(&["missing_fields", "bad_value", "empty_text", "text_too_long"]);
    let (unknown, other) = (tally.count_held(&["unknown_outcome"]), tally.count_held(&["other_campaign"]));
    let unlawful = tally.count_held(&["no_lawful_basis"]);
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
