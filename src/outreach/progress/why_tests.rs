//! Each reason, and which comes first.

use std::time::Duration;

use super::why::*;
use crate::{outreach::mailboxes::mailbox::MailboxState, server::clock::Instant};

const NOW: Instant = Instant(1_795_340_190_000_000);
const MINUTE: Duration = Duration::from_secs(60);

fn mailbox(address: &str) -> MailboxFacts {
    MailboxFacts {
        address: address.into(),
        state: MailboxState::Active,
        code: None,
        words: None,
        retry_at: None,
        frozen_until: None,
        takes_new: true,
        held_domain: None,
        cap: 30,
        is_ramping: false,
        used: 4,
        campaign_used: 4,
        new_used: 2,
        workspace_used: 9,
        free_at: NOW.plus(2 * MINUTE),
        look_at: Some(NOW.plus(3 * MINUTE)),
        idle: None,
        idle_since: None,
        unread: None,
        due: 0,
        active: 0,
        next_due: None,
    }
}

/// A campaign with a lead that waits, in an open window, with two mailboxes.
fn running() -> Facts {
    Facts {
        state: SendingState::Running,
        since: Some(NOW.minus(60 * MINUTE)),
        beat: Some(NOW.minus(MINUTE)),
        today: 20_779,
        has_window: true,
        is_open: true,
        opens_at: Some(NOW.plus(600 * MINUTE)),
        mailboxes: vec![mailbox("jo@acme.example"), mailbox("al@acme.example")],
        tally: Tally { waiting: 5, ..Tally::default() },
        waiting_in_window: true,
        ..Facts::default()
    }
}

/// `running`, without anyone who waits for a first mail.
fn without_waiting() -> Facts {
    Facts { tally: Tally::default(), waiting_in_window: false, ..running() }
}

fn each(facts: Facts, change: impl Fn(&mut MailboxFacts)) -> Facts {
    let mut facts = facts;
    facts.mailboxes.iter_mut().for_each(change);
    facts
}

fn held_leads(code: &str, leads: i64) -> Held {
    Held { code: code.into(), leads }
}

fn reason(facts: &Facts) -> Reason {
    why(facts, NOW).reason
}

#[test]
fn a_draft_needs_its_checklist() {
    let progress = why(&Facts::default(), NOW);
    assert_eq!((progress.reason, progress.mend), (Reason::Draft, Some(Mend::Checklist)));
}

#[test]
fn without_a_sign_of_life_for_two_minutes_no_worker_runs() {
    let beat = NOW.minus(2 * MINUTE);
    assert!(matches!(reason(&Facts { beat: Some(beat), ..running() }), Reason::Healthy { .. }));
    let beat = beat.minus(MINUTE);
    assert_eq!(reason(&Facts { beat: Some(beat), ..running() }), Reason::WorkerNotRunning { since: Some(beat) });
    assert_eq!(reason(&Facts { beat: None, ..running() }), Reason::WorkerNotRunning { since: None });
    let finished = Facts { beat: None, state: SendingState::Finished, ..running() };
    assert!(matches!(reason(&finished), Reason::Completed { .. }), "nothing is to be sent");
}

#[test]
fn the_operators_stop_comes_before_a_pause() {
    let stop = Some(Stop { since: NOW, why: "Moving house".into() });
    let facts = Facts { state: SendingState::Paused, stop, ..running() };
    assert_eq!(reason(&facts), Reason::InstanceStopped { why: "Moving house".into() });
}

#[test]
fn a_pause_names_who_paused_and_is_resumed() {
    let progress = why(&Facts { state: SendingState::Paused, by: Some("Ana".into()), ..running() }, NOW);
    assert_eq!(progress.reason, Reason::PausedByUser { by: Some("Ana".into()) });
    assert_eq!(progress.mend, Some(Mend::Resume));
}

#[test]
fn a_finished_campaign_counts_what_it_did() {
    let tally = Tally { finished: 7, stopped: 3, unmailed: 2, ..Tally::default() };
    let facts = Facts { state: SendingState::Finished, tally, sent: 21, ..running() };
    assert_eq!(reason(&facts), Reason::Completed { leads: 10, mails: 21, unmailed: 2 });
}

#[test]
fn it_ends_by_a_member_or_after_its_last_day() {
    let by = Some("Ana".to_owned());
    let ended = Facts { state: SendingState::Ended, by: by.clone(), ..running() };
    assert_eq!(reason(&ended), Reason::Ended { by, unmailed: 0 });
    assert!(matches!(reason(&Facts { ends_on: Some(20_779), ..running() }), Reason::Healthy { .. }), "the last day");
    let over = Facts { ends_on: Some(20_778), ..running() };
    assert_eq!(reason(&over), Reason::Ended { by: None, unmailed: 5 });
}

#[test]
fn it_starts_on_its_first_day() {
    let progress = why(&Facts { starts_on: Some(20_780), ..running() }, NOW);
    assert_eq!((progress.reason, progress.next), (Reason::StartsLater, running().opens_at));
    assert!(matches!(reason(&Facts { starts_on: Some(20_779), ..running() }), Reason::Healthy { .. }));
}

#[test]
fn a_schedule_without_a_window_never_sends() {
    assert_eq!(reason(&Facts { has_window: false, is_open: false, ..running() }), Reason::NoWindow);
}

#[test]
fn it_needs_a_mailbox_that_sends() {
    assert_eq!(reason(&Facts { mailboxes: Vec::new(), ..running() }), Reason::NoMailbox);
    let removed = each(running(), |mailbox| mailbox.state = MailboxState::Removed);
    assert_eq!(reason(&removed), Reason::NoMailbox);
    let paused = each(running(), |mailbox| mailbox.state = MailboxState::Paused);
    assert_eq!(reason(&paused), Reason::MailboxPaused { mailboxes: 2 });
}

#[test]
fn it_sends_when_a_mailbox_with_something_to_send_is_free_soon() {
    let mut facts = running();
    facts.mailboxes[1].look_at = Some(NOW.plus(MINUTE));
    let progress = why(&facts, NOW);
    let mailbox = Some("al@acme.example".to_owned());
    assert_eq!(progress.reason, Reason::Healthy { today: 4, mailbox });
    assert_eq!(progress.next, Some(NOW.plus(2 * MINUTE)), "not before its gap is over");
    let mut due = without_waiting();
    due.mailboxes[0].due = 1;
    assert!(matches!(reason(&due), Reason::Healthy { mailbox: Some(jo), .. } if jo == "jo@acme.example"));
}

#[test]
fn outside_its_windows_it_waits_for_the_next() {
    let progress = why(&Facts { is_open: false, ..running() }, NOW);
    assert_eq!((progress.reason, progress.next), (Reason::OutsideWindow, running().opens_at));
    let elsewhere = Facts { waiting_in_window: false, ..running() };
    assert_eq!(reason(&elsewhere), Reason::OutsideWindow, "a window is open in another zone");
}

#[test]
fn the_smaller_limit_of_the_workspace_is_named() {
    let facts = each(running(), |mailbox| mailbox.workspace_used = 50);
    let own = Facts { workspace_cap: Some(50), ..facts.clone() };
    assert_eq!(reason(&own), Reason::WorkspaceCapReached { cap: 50, by_operator: false });
    let operators = Facts { workspace_cap: Some(50), ceiling: Some(40), ..facts };
    assert_eq!(reason(&operators), Reason::WorkspaceCapReached { cap: 40, by_operator: true });
    assert_eq!(why(&operators, NOW).next, Some(NOW.plus(3 * MINUTE)), "when a mailbox looks again");
}

#[test]
fn the_limit_of_the_campaign_counts_all_its_mailboxes() {
    assert_eq!(reason(&Facts { daily_cap: Some(4), ..running() }), Reason::CampaignCapReached { cap: 4 });
    assert!(matches!(reason(&Facts { daily_cap: Some(5), ..running() }), Reason::Healthy { .. }));
}

#[test]
fn mailboxes_are_full_when_all_with_something_to_send_are() {
    let full = each(running(), |mailbox| mailbox.used = 30);
    let all = Reason::MailboxCapReached { mailboxes: 2, cap: 60, slow_start: false };
    assert_eq!(reason(&full), all);
    let mut one = without_waiting();
    one.mailboxes[0] = MailboxFacts { used: 5, cap: 5, is_ramping: true, due: 2, ..mailbox("jo@acme.example") };
    assert_eq!(reason(&one), Reason::MailboxCapReached { mailboxes: 1, cap: 5, slow_start: true });
}

#[test]
fn follow_ups_continue_when_the_new_leads_of_the_day_are_mailed() {
    let facts = Facts { new_daily_cap: Some(2), ..running() };
    assert_eq!(reason(&facts), Reason::NewLeadCapReached { cap: 2 });
    let mut due = facts;
    due.mailboxes[0].due = 1;
    assert!(matches!(reason(&due), Reason::Healthy { .. }));
}

#[test]
fn leads_of_full_recipient_domains_wait_for_the_next_day() {
    let until = NOW.plus(600 * MINUTE);
    let held = vec![held_leads("recipient_domain_cap", 41), held_leads("missing_fields", 2)];
    let tally = Tally { active: 3, held, held_until: Some(until), ..Tally::default() };
    let progress = why(&Facts { tally, ..without_waiting() }, NOW);
    assert_eq!((progress.reason, progress.next), (Reason::RecipientDomainCap { leads: 41 }, Some(until)));
}

#[test]
fn between_steps_it_waits_for_the_first_follow_up() {
    let mut facts = without_waiting();
    facts.tally.active = 88;
    facts.mailboxes[1].next_due = Some(NOW.plus(90 * MINUTE));
    let progress = why(&facts, NOW);
    assert_eq!(progress.reason, Reason::WaitingForDelay { leads: 88 });
    assert_eq!(progress.next, Some(NOW.plus(90 * MINUTE)));
}

#[test]
fn follow_ups_of_a_paused_mailbox_wait_for_it() {
    let mut facts = without_waiting();
    facts.tally.active = 1;
    facts.mailboxes[0] = MailboxFacts { state: MailboxState::Paused, due: 1, ..mailbox("jo@acme.example") };
    assert_eq!(reason(&facts), Reason::MailboxPaused { mailboxes: 1 });
}

#[test]
fn mailboxes_that_fail_come_before_those_on_holiday_and_those_before_paused_ones() {
    let end = NOW.plus(1_000 * MINUTE);
    let mut facts = each(running(), |mailbox| mailbox.frozen_until = Some(end));
    let progress = why(&facts, NOW);
    assert_eq!((progress.reason.code(), progress.next), ("mailbox_frozen", Some(end)));
    facts.mailboxes[0].state = MailboxState::Paused;
    assert_eq!(reason(&facts), Reason::MailboxFrozen { mailboxes: 2 });
    let retry = NOW.plus(15 * MINUTE);
    facts.mailboxes[1] = MailboxFacts {
        state: MailboxState::Failing,
        code: Some("sign_in_refused".into()),
        words: Some("535 5.7.8".into()),
        retry_at: Some(retry),
        ..mailbox("al@acme.example")
    };
    let progress = why(&facts, NOW);
    let failing = Reason::MailboxFailing {
        address: "al@acme.example".into(),
        cause: Some("sign_in_refused".into()),
        words: Some("535 5.7.8".into()),
        mailboxes: 2,
    };
    assert_eq!((progress.reason, progress.next), (failing, Some(retry)));
    let drafts = each(running(), |mailbox| mailbox.state = MailboxState::Draft);
    assert_eq!(reason(&drafts), Reason::MailboxDraft { mailboxes: 2 });
    facts.mailboxes[0] = mailbox("jo@acme.example");
    assert!(matches!(reason(&facts), Reason::Healthy { .. }), "one of them is enough");
}

#[test]
fn a_campaign_whose_open_mails_were_put_off_waits_for_the_next_try() {
    let next_try = Some(NOW.plus(14 * MINUTE));
    let tally = Tally { in_flight: 2, active: 3, ..Tally::default() };
    let facts = Facts { tally, put_off: PutOff { mails: 2, next_try }, ..without_waiting() };
    let progress = why(&facts, NOW);
    assert_eq!((progress.reason, progress.next), (Reason::PutOff { mails: 2 }, next_try));

    let sooner = Some(NOW.plus(5 * MINUTE));
    let facts = each(facts, |mailbox| mailbox.next_due = sooner);
    let progress = why(&facts, NOW);
    assert_eq!(
        (progress.reason, progress.next),
        (Reason::WaitingForDelay { leads: 3 }, sooner),
        "a follow-up is due before"
    );
    let facts = Facts { tally: Tally { in_flight: 3, ..Tally::default() }, ..facts };
    assert!(matches!(reason(&facts), Reason::Healthy { .. }), "one of them is being handed over");
}

#[test]
fn held_leads_are_named_by_what_is_to_be_done_first() {
    let of = |held: Vec<Held>| reason(&Facts { tally: Tally { held, ..Tally::default() }, ..without_waiting() });
    let mut held = vec![held_leads("other_campaign", 61)];
    assert_eq!(of(held.clone()), Reason::OtherCampaign { leads: 61 });
    held.push(held_leads("unknown_outcome", 3));
    assert_eq!(of(held.clone()), Reason::UnknownOutcomesToReview { mails: 3 });
    held.extend([held_leads("by_person", 4), held_leads("out_of_office", 8)]);
    assert_eq!(of(held.clone()), Reason::HeldByPeople { leads: 12 });
    held.push(held_leads("missing_fields", 37));
    assert_eq!(of(held), Reason::HeldMissingFields { leads: 37 });
}

#[test]
fn without_leads_it_waits_for_what_can_bring_more() {
    let of = |sourcing| why(&Facts { sourcing, ..without_waiting() }, NOW);
    let none = Sourcing::default();
    assert_eq!(of(Sourcing { coming: 200, ..none }).reason, Reason::WaitingForLeads { coming: 200 });
    let credits = of(Sourcing { no_credits: 1, nobody_left: 1, ..none });
    assert_eq!((credits.reason, credits.mend), (Reason::SourcingPausedNoCredits, Some(Mend::BuyCredits)));
    assert_eq!(of(Sourcing { nobody_left: 1, ..none }).reason, Reason::SourcingExhausted);
    let nothing = of(none);
    assert_eq!((nothing.reason, nothing.mend), (Reason::WaitingForLeads { coming: 0 }, Some(Mend::GetLeads)));
}

#[test]
fn leads_that_just_came_are_about_to_be_mailed() {
    assert!(matches!(reason(&Facts { new_leads: true, ..without_waiting() }), Reason::Healthy { .. }));
}

#[test]
fn the_word_of_a_reason_is_the_tag_in_the_database() {
    let reasons = [Reason::Draft, Reason::NoWindow, Reason::CampaignCapReached { cap: 4 }, Reason::StartsLater];
    for reason in reasons {
        let kept = serde_json::to_value(&reason).unwrap();
        assert_eq!(kept["code"], reason.code());
        assert_eq!(serde_json::from_value::<Reason>(kept).unwrap(), reason);
    }
}

#[test]
fn new_leads_wait_for_a_domain_that_fails_and_follow_ups_do_not() {
    let held = |since: Instant| HeldDomain { domain: "acme.example".into(), since, finding: None };
    let mut facts = each(running(), |mailbox| mailbox.held_domain = Some(held(NOW)));
    facts.mailboxes[1].held_domain = Some(held(NOW.minus(MINUTE)));
    let progress = why(&facts, NOW);
    assert_eq!(progress.reason, Reason::DomainAuthFailing(held(NOW.minus(MINUTE))));
    assert_eq!(progress.mend, Some(Mend::Domains));
    // One mailbox can still begin conversations.
    let mut one = facts.clone();
    one.mailboxes[0].held_domain = None;
    let first = Reason::Healthy { today: 4, mailbox: Some("jo@acme.example".into()) };
    assert_eq!(reason(&one), first);
    let mut due = facts.clone();
    (due.mailboxes[0].due, due.tally.active) = (1, 1);
    assert!(matches!(reason(&due), Reason::Healthy { .. }));
    facts.tally = Tally { active: 3, ..Tally::default() };
    (facts.waiting_in_window, facts.mailboxes[0].next_due) = (false, Some(NOW.plus(MINUTE)));
    assert_eq!(reason(&facts), Reason::WaitingForDelay { leads: 3 });
}

#[test]
fn follow_ups_wait_for_replies_that_cannot_be_read_but_first_mails_do_not() {
    let unread = Unread { code: Some("sign_in_refused".into()), words: Some("NO Login failed.".into()), again: None };
    let only_follow_ups = each(without_waiting(), |mailbox| {
        mailbox.due = 2;
        mailbox.idle = Some("not_read".into());
        mailbox.unread = Some(unread.clone());
    });
    let progress = why(&only_follow_ups, NOW);
    assert!(
        matches!(&progress.reason, Reason::RepliesNotRead { cause: Some(cause), .. } if cause == "sign_in_refused"),
        "{progress:?}"
    );
    assert_eq!(progress.mend, Some(Mend::Mailboxes));
    let others = each(only_follow_ups, |mailbox| mailbox.idle = None);
    assert!(matches!(reason(&others), Reason::Healthy { .. }));
}
