//! The invariants of the scheduler, on the rows as they are after a step.

use std::{collections::BTreeMap, time::Duration};

use super::{
    real::Real,
    rows::{Enrolment, Rows, Send},
    scheduler::Model,
};
use crate::server::clock::Instant;

/// The first mail of a mailbox in a window leaves within this time, so that they do not all start at once.
const START_SPREAD: Duration = Duration::from_secs(600);
/// When a mailbox is looked at again whose next lead turned out not to be next.
const SOON: Duration = Duration::from_secs(1);

impl Model {
    /// What is there after a server ended in the middle of a round.
    pub fn adopt(&mut self, rows: Rows) {
        self.rows = rows;
        let keys: Vec<(usize, usize)> = self.rows.sends.keys().copied().collect();
        for key in keys {
            self.lose(key);
        }
    }

    /// Whether nothing is left to send, so that the campaign may be finished.
    pub fn may_finish(&self, campaign: usize) -> bool {
        let mut own = self.rows.enrolments.iter().filter(|((of, _), _)| *of == campaign).peekable();
        self.rows.campaigns[campaign] == "running"
            && own.peek().is_some()
            && own.all(|(_, one)| !one.is_open())
            && self.rows.present.iter().filter(|place| place.0 == campaign).all(|place| self.enrolled.contains(place))
    }
}

/// S1 is held while rows are read, S2 and S12 by comparing with the model.
pub fn check(model: &Model, rows: &Rows) {
    slots_are_counted(model, rows);
    mails_keep_their_distance(rows);
    mails_leave_in_windows(model, rows);
    steps_leave_in_order(model, rows);
    in_flight_has_one_open_send(rows);
    no_person_is_occupied_twice(model, rows);
}

impl Real {
    /// S9 and S10: whatever has something to send is looked at, and not late.
    pub async fn no_look_is_missed(&self, model: &Model) {
        for ((campaign, lead), one) in model.rows.enrolments.iter().filter(|(_, one)| one.state == "active") {
            let sends = one.mailbox.is_some_and(|mailbox| {
                model.rows.mailboxes[mailbox].state == "removed"
                    || model.rows.chosen.contains_key(&(*campaign, mailbox))
            });
            assert!(
                sends,
                "S9: lead {lead} of campaign {campaign} waits for a mailbox that does not send for it: {one:?}"
            );
        }
        let looks = self.looks().await;
        for (mailbox, (look_at, lease_until)) in looks.into_iter().enumerate() {
            let row = &model.rows.mailboxes[mailbox];
            if row.state != "active" || lease_until.is_some_and(|until| until > model.now) {
                continue;
            }
            let waits = work_of(model, mailbox);
            assert!(!waits || look_at.is_some(), "S9: mailbox {mailbox} has leads and is never looked at again");
            let mut then = model.clone();
            let could = if row.free_at <= model.now { then.slots(&[mailbox]) } else { Vec::new() };
            if let Some(first) = could.first() {
                let open = model.windows.iter().flatten().filter(|(opens, _)| *opens <= model.now);
                let opened = open.map(|(opens, _)| opens.plus(START_SPREAD));
                let latest = opened.max().unwrap_or(model.now).max(model.latest.plus(SOON));
                assert!(
                    look_at.is_some_and(|at| at <= latest),
                    "S10: mailbox {mailbox} could send {first:?} at {:?}, and is looked at {look_at:?}, later than {latest:?}: {row:?}",
                    model.now
                );
            }
        }
    }
}

/// Whether a mailbox will have something to send once a window opens or a mail is due.
fn work_of(model: &Model, mailbox: usize) -> bool {
    model.rows.chosen.iter().filter(|((_, of), _)| *of == mailbox).any(|((campaign, _), (on, _))| {
        let runs = model.rows.campaigns[*campaign] == "running" && model.windows[*campaign].is_some();
        let has = |one: &Enrolment| {
            (one.state == "waiting" && *on && !model.sequence(*campaign).is_empty())
                || (one.state == "active" && one.mailbox == Some(mailbox))
        };
        let queued =
            |key: &(usize, usize)| model.rows.sends[key].mailbox == mailbox && model.rows.sends[key].state == "queued";
        runs && (model.rows.enrolments.iter().any(|((of, _), one)| of == campaign && has(one))
            || model.rows.sends.keys().any(|key| model.rows.sends[key].campaign == *campaign && queued(key)))
    })
}

/// S3: a counter is the number of mails that hold one of its slots. That no limit is exceeded shows in the model's picks.
fn slots_are_counted(model: &Model, rows: &Rows) {
    let mut counted: BTreeMap<_, i64> = BTreeMap::new();
    for send in rows.sends.values() {
        let Some(day) = send.slot_day else { continue };
        for (scope, subject) in model.scopes(send) {
            *counted.entry((scope, subject, day)).or_default() += 1;
        }
    }
    assert_eq!(rows.counters, counted, "S3: counters and the slots that are held");
}

/// S4.
fn mails_keep_their_distance(rows: &Rows) {
    let mut of_mailbox: BTreeMap<usize, Vec<Instant>> = BTreeMap::new();
    for send in rows.sends.values() {
        of_mailbox.entry(send.mailbox).or_default().extend(send.sending_at);
    }
    for (mailbox, times) in &mut of_mailbox {
        times.sort_unstable();
        assert!(
            times.windows(2).all(|pair| pair[0].plus(Duration::from_secs(60)) <= pair[1]),
            "S4: mailbox {mailbox}: {times:?}"
        );
    }
}

/// S5.
fn mails_leave_in_windows(model: &Model, rows: &Rows) {
    for send in rows.sends.values() {
        let Some(at) = send.sending_at else { continue };
        let campaign = &model.campaigns[send.campaign];
        let window = campaign.week.next_window(at, &campaign.zone);
        assert!(window.is_some_and(|(opens, _)| opens <= at), "S5: {send:?} left outside of {window:?}");
    }
}

/// S6 and S7: steps that are not removed leave in their order, four hours apart or more; from one mailbox, unless that was removed.
fn steps_leave_in_order(model: &Model, rows: &Rows) {
    let mut of_lead: BTreeMap<_, Vec<(Instant, usize, usize)>> = BTreeMap::new();
    for ((step, _), send) in &rows.sends {
        if let Some(at) = send.sending_at {
            of_lead.entry((send.campaign, send.lead)).or_default().push((at, *step, send.mailbox));
        }
    }
    for (lead, mails) in &mut of_lead {
        mails.sort_unstable();
        for pair in mails.windows(2) {
            let [(first_at, first, from), (then_at, then, other)] = pair else { continue };
            let (first, then) = (&model.steps[*first], &model.steps[*then]);
            assert!(first_at.plus(Duration::from_secs(4 * 3_600)) <= *then_at, "S6: {lead:?}: {mails:?}");
            assert!(first.removed || then.removed || first.position < then.position, "S6: {lead:?}: {mails:?}");
            assert!(from == other || rows.mailboxes[*from].state == "removed", "S7: {lead:?}: {mails:?}");
        }
    }
}

/// S8.
fn in_flight_has_one_open_send(rows: &Rows) {
    for (key, one) in &rows.enrolments {
        let open = rows.sends.values().filter(|send| (send.campaign, send.lead) == *key && send.is_open()).count();
        let is_sending = rows.sends.values().any(|send| (send.campaign, send.lead) == *key && send.state == "sending");
        // A mail that is being handed over when its lead is stopped cannot be called back.
        let expected = usize::from(one.state == "in_flight" || is_sending);
        assert_eq!(open, expected, "S8: {key:?}: {one:?}");
        let waits_in_vain = |send: &Send| {
            let is_own = (send.campaign, send.lead) == *key && matches!(send.state.as_str(), "queued" | "claimed");
            is_own && rows.mailboxes[send.mailbox].state == "removed"
        };
        assert!(!rows.sends.values().any(waits_in_vain), "S9: {key:?} waits for a mailbox that is gone: {one:?}");
    }
}

/// S14.
fn no_person_is_occupied_twice(model: &Model, rows: &Rows) {
    let mut people: Vec<usize> = rows
        .enrolments
        .iter()
        .filter(|(_, one)| one.occupies)
        .map(|((_, lead), _)| model.leads[*lead].person)
        .collect();
    let count = people.len();
    people.sort_unstable();
    people.dedup();
    assert_eq!(people.len(), count, "S14: a person is in two sequences");
}
