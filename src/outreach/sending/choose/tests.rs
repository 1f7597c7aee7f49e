//! What a mailbox chooses, case by case.

use super::{super::counters::Counters, *};
use crate::{
    campaigns::ids::LeadId,
    outreach::{
        ids::{SendId, StepId},
        mailboxes::mailbox::MailboxKind,
        schedule::StoredPace,
    },
};

const NOW: Instant = Instant(1_795_340_190_000_000);

fn mailbox() -> DueMailbox {
    let pace = StoredPace {
        time_zone: "UTC".into(),
        daily_cap: 10,
        gap_min_s: 60,
        gap_max_s: 60,
        spread: false,
        ramp_start: None,
        ramp_step: 0,
        ramp_days: 0,
        ramp_day: None,
        first_day: None,
    };
    let (workspace, id) = (WorkspaceId::new(), MailboxId::new());
    let (address, kind) = ("jo@acme.example".into(), MailboxKind::Outbox);
    let (look_at, free_at, fence, is_read, cannot_be_read) = (NOW, NOW, 1, true, false);
    DueMailbox { workspace, id, address, pace, kind, look_at, free_at, fence, is_read, cannot_be_read }
}

fn running(mailbox: &DueMailbox, daily_cap: Option<i64>) -> Running {
    Running {
        workspace_id: mailbox.workspace,
        mailbox_id: mailbox.id,
        campaign_id: CampaignId::new(),
        zone: String::new(),
        takes_new: true,
        last_pick_at: NOW,
        new_first: false,
        daily_cap,
        new_daily_cap: None,
        domain_cap: 20,
        workspace_cap: None,
        ceiling: None,
        alone: true,
        first_step: None,
        opens_at: NOW,
        closes_at: NOW.plus(Duration::from_secs(3_600)),
        due_at: None,
        day: mailbox.day(NOW),
        frozen_until: None,
        mailbox_used: 0,
        campaign_used: 1,
        new_used: 0,
        workspace_used: 0,
    }
}

/// What is chosen for a mailbox with a mail in its queue that holds a slot of yesterday, in a campaign that has sent one mail today.
/// In another campaign, with room, a follow-up is due that this round leaves out, if `other` says so.
fn with_queued(daily_cap: Option<i64>, other: bool) -> (DueMailbox, Chosen) {
    let mailbox = mailbox();
    let (one, day, key) = (running(&mailbox, daily_cap), mailbox.day(NOW), (mailbox.workspace, mailbox.id));
    let queued = Queued {
        workspace_id: mailbox.workspace,
        mailbox_id: mailbox.id,
        id: SendId::new(),
        campaign_id: one.campaign_id,
        is_written: false,
        slot_day: Some(day.plus(-1)),
        slot_number: 7,
        domain_key: None,
        opener: false,
    };
    let sent = counter(mailbox.workspace, Scope::Campaign, one.campaign_id.0.as_bytes(), day);
    let other = other.then(|| Running { due_at: Some(NOW), ..running(&mailbox, None) });
    let offer = Offer {
        running: HashMap::from([(key, std::iter::once(one).chain(other).collect())]),
        queued: HashMap::from([(key, vec![queued])]),
        counters: Counters::from([(sent, 1)]),
        ..Offer::default()
    };
    let chosen = choose(std::slice::from_ref(&mailbox), &offer, NOW);
    (mailbox, chosen)
}

#[test]
fn a_mail_of_yesterday_takes_a_slot_of_today_within_the_limits() {
    let (_, chosen) = with_queued(Some(2), false);
    assert_eq!(chosen.resumed.iter().map(|one| one.number).collect::<Vec<_>>(), [1]);
    assert!(chosen.slots.values().all(|(taken, _)| *taken == 1) && chosen.slots.len() == 3);
    assert!(chosen.slots.iter().any(|(key, (_, limit))| key.scope == Scope::Campaign && *limit == 2));
}

#[test]
fn a_mail_of_yesterday_waits_for_tomorrow_when_its_campaign_is_full() {
    let (mailbox, chosen) = with_queued(Some(1), false);
    assert!(chosen.resumed.is_empty() && chosen.slots.is_empty());
    let tomorrow = mailbox.start_of(mailbox.day(NOW).plus(1));
    assert_eq!(chosen.idle, [Idle { mailbox: 0, code: "campaign_cap_reached", look_at: Some(tomorrow) }]);
}

#[test]
fn a_full_campaign_keeps_back_no_follow_up_of_another() {
    let (_, chosen) = with_queued(Some(1), true);
    let look_at = Some(NOW.plus(SOON));
    assert_eq!(chosen.idle, [Idle { mailbox: 0, code: "campaign_cap_reached", look_at }]);
}

#[test]
fn a_frozen_mailbox_looks_again_on_the_first_day_after() {
    let mailbox = mailbox();
    let last = mailbox.day(NOW).plus(2);
    let one = Running { frozen_until: Some(last), ..running(&mailbox, None) };
    let running = HashMap::from([((mailbox.workspace, mailbox.id), vec![one])]);
    let chosen = choose(std::slice::from_ref(&mailbox), &Offer { running, ..Offer::default() }, NOW);
    let look_at = Some(mailbox.start_of(last.plus(1)));
    assert_eq!(chosen.idle, [Idle { mailbox: 0, code: "mailbox_frozen", look_at }]);
}

#[test]
fn follow_ups_wait_for_a_look_and_first_mails_only_as_long_as_one_can_come() {
    let mut mailbox = mailbox();
    mailbox.is_read = false;
    let one = Running { due_at: Some(NOW), first_step: Some(StepId::new()), ..running(&mailbox, None) };
    let candidate = |opener| Candidate {
        number: 0,
        lead_id: LeadId::new(),
        step_id: StepId::new(),
        recipient_key: Key([u8::from(opener); 32]),
        canonical_key: Key([u8::from(opener); 32]),
        domain_key: None,
        opener,
        send_id: None,
        send_unsent: false,
        send_has_slot: false,
        elsewhere: false,
        present: true,
        suppressed: false,
    };
    let offer = Offer {
        follow_ups: HashMap::from([((mailbox.id, one.campaign_id, one.zone.clone()), vec![candidate(false)])]),
        openers: HashMap::from([(one.group(), vec![candidate(true)])]),
        running: HashMap::from([((mailbox.workspace, mailbox.id), vec![one])]),
        ..Offer::default()
    };
    let chosen = choose(std::slice::from_ref(&mailbox), &offer, NOW);
    assert!(chosen.picks.is_empty() && chosen.unread == [0]);
    assert_eq!(chosen.idle, [Idle { mailbox: 0, code: "reading", look_at: Some(NOW.plus(SOON)) }]);
    mailbox.cannot_be_read = true;
    let chosen = choose(std::slice::from_ref(&mailbox), &offer, NOW);
    assert!(chosen.picks.iter().map(|pick| pick.candidate.opener).eq([true]) && chosen.unread == [0]);
    mailbox.is_read = true;
    let chosen = choose(std::slice::from_ref(&mailbox), &offer, NOW);
    assert!(chosen.picks.iter().map(|pick| pick.candidate.opener).eq([false]) && chosen.unread.is_empty());
}
