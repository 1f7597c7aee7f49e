//! Which mail each due mailbox sends next: a plain function of what was read, so that the same rows and the same clock give the
//! same picks on both databases.

mod chosen;
mod offered;
mod slots;
#[cfg(test)]
mod tests;

pub(super) use chosen::{Chosen, Fate, Idle, Pick, Resumed, SetAside};
pub(super) use offered::{AT_ONCE, Candidate, DueMailbox, Group, Offer, Queued, Running};
pub(super) use slots::slots_of;

use std::{collections::HashMap, time::Duration};

use self::slots::{counter, slots};
use super::counters::{CounterKey, Scope};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::{
        ids::MailboxId,
        schedule::rules::{Day, first_look},
    },
    server::clock::Instant,
    suppression::Key,
};

/// When a mailbox is looked at again that has a mail to send, but not this one.
const SOON: Duration = Duration::from_secs(1);
/// The same while its follow-ups wait for answers that cannot be read.
const UNREADABLE: Duration = Duration::from_secs(60);

/// Chooses for each mailbox in turn.
pub(super) fn choose(mailboxes: &[DueMailbox], offer: &Offer, at: Instant) -> Chosen {
    let mut choice =
        Choice { offer, at, chosen: Chosen::default(), taken: HashMap::new(), people: Vec::new(), is_early: false };
    for (place, mailbox) in mailboxes.iter().enumerate() {
        match frozen_until(mailbox, offer) {
            Some(last) => choice.choose_written(place, mailbox, last),
            None => choice.choose_for(place, mailbox),
        }
    }
    choice.chosen
}

/// The last day on which the mailbox sends nothing, if it is frozen now.
fn frozen_until(mailbox: &DueMailbox, offer: &Offer) -> Option<Day> {
    offer.running.get(&(mailbox.workspace, mailbox.id))?.iter().find_map(|one| one.frozen_until)
}

struct Choice<'a> {
    offer: &'a Offer,
    at: Instant,
    chosen: Chosen,
    /// How many of the first mails of each group are gone, or of the follow-ups of a mailbox in it.
    taken: HashMap<(Option<MailboxId>, Group), usize>,
    /// Who is picked in this round, so that two campaigns do not take the same person.
    people: Vec<(WorkspaceId, Key)>,
    /// The mailbox that chooses found a lead whose last slot is still to be given back.
    is_early: bool,
}

/// One mailbox as it takes its mails.
struct Turn {
    /// The limits that kept mails of campaigns back.
    full: Vec<(CampaignId, Scope)>,
    /// How many it may take besides.
    left: usize,
    /// A follow-up waits until the answers are read.
    unread: bool,
}

/// Whether a candidate can go now.
enum Verdict {
    Take,
    Aside(Fate),
    /// Not in this round.
    Later,
    Full(Scope),
}

impl Choice<'_> {
    /// A frozen mailbox sends what members wrote, and nothing else until its `last` day is over.
    fn choose_written(&mut self, place: usize, mailbox: &DueMailbox, last: Day) {
        let waiting = self.offer.queued.get(&(mailbox.workspace, mailbox.id)).map_or(&[][..], Vec::as_slice);
        let mut turn = Turn { full: Vec::new(), left: mailbox.at_once(), unread: false };
        for queued in waiting.iter().filter(|queued| queued.is_written).take(mailbox.at_once()) {
            self.resume(place, mailbox, &[], queued, &mut turn);
        }
        if !self.chosen.resumed.iter().any(|one| one.mailbox == place) {
            let look_at = Some(self.not_after_retry(mailbox, mailbox.start_of(last.plus(1))));
            self.chosen.idle.push(Idle { mailbox: place, code: "mailbox_frozen", look_at });
        }
    }

    /// When the mailbox is looked at again: `at`, or sooner for a mail of its queue.
    fn not_after_retry(&self, mailbox: &DueMailbox, at: Instant) -> Instant {
        let retry = self.offer.retries.get(&(mailbox.workspace, mailbox.id)).copied();
        retry.filter(|retry| *retry > self.at).map_or(at, |retry| retry.min(at))
    }

    fn choose_for(&mut self, place: usize, mailbox: &DueMailbox) {
        let key = (mailbox.workspace, mailbox.id);
        self.is_early = false;
        let none = Vec::new();
        let running = self.offer.running.get(&key).unwrap_or(&none);
        let waiting = self.offer.queued.get(&key).map_or(&[][..], Vec::as_slice);
        let is_free = mailbox.free_at <= self.at;
        let mut turn = Turn { full: Vec::new(), left: mailbox.at_once(), unread: false };
        // Queued mails first: their recipients have waited longest.
        for queued in waiting.iter().filter(|queued| queued.is_written || is_free) {
            if turn.left > 0 && self.resume(place, mailbox, running, queued, &mut turn) {
                turn.left -= 1;
            }
        }
        let day = mailbox.day(self.at);
        let own = counter(mailbox.workspace, Scope::Mailbox, mailbox.id.0.as_bytes(), day);
        let cap = mailbox.pace.on(day).cap();
        while is_free && turn.left > 0 && self.used(&own) < cap && self.take_next(place, mailbox, running, &mut turn) {
            turn.left -= 1;
        }
        if turn.unread {
            self.chosen.unread.push(place);
        }
        if turn.left < mailbox.at_once() {
            return;
        }
        let idle = if !is_free {
            Idle { mailbox: place, code: "gap", look_at: Some(self.not_after_retry(mailbox, mailbox.free_at)) }
        } else if self.used(&own) >= cap {
            let look_at = Some(self.not_after_retry(mailbox, mailbox.start_of(day.plus(1))));
            Idle { mailbox: place, code: "mailbox_cap_reached", look_at }
        } else {
            self.idle(place, mailbox, running, &turn.full, day)
        };
        self.chosen.idle.push(if turn.unread { self.until_read(mailbox, idle) } else { idle });
    }

    /// A mailbox that sends nothing because its answers are to be read first.
    fn until_read(&self, mailbox: &DueMailbox, idle: Idle) -> Idle {
        let (code, pause) = if mailbox.cannot_be_read { ("not_read", UNREADABLE) } else { ("reading", SOON) };
        let look_at = self.at.plus(pause);
        Idle {
            code,
            look_at: Some(idle.look_at.filter(|at| *at > self.at).map_or(look_at, |at| at.min(look_at))),
            ..idle
        }
    }

    /// When a mailbox is free again after the mail with this number of its day.
    fn free_after(&self, mailbox: &DueMailbox, running: &[Running], number: i64) -> Instant {
        let day = mailbox.day(self.at);
        let pace = mailbox.pace.on(day);
        let closes = running.iter().filter(|one| one.is_open(self.at)).map(|one| one.closes_at).max();
        let seconds_left = closes.map_or(0, |closes| (closes.micros() - self.at.micros()) / 1_000_000);
        self.at.plus(pace.gap(&mailbox.chance(day), number, seconds_left, (pace.cap() - number).max(0)))
    }

    /// Takes a mail of the queue. It holds a slot of a day; one of an earlier day is exchanged for one of today, if there is one.
    fn resume(
        &mut self,
        place: usize,
        mailbox: &DueMailbox,
        running: &[Running],
        queued: &Queued,
        turn: &mut Turn,
    ) -> bool {
        let day = mailbox.day(self.at);
        if queued.is_written {
            let free_at = mailbox.free_at.max(self.at);
            self.chosen.resumed.push(Resumed { mailbox: place, queued: queued.clone(), day: None, number: 0, free_at });
            return true;
        }
        if !queued.opener && !mailbox.is_read {
            turn.unread = true;
            return false;
        }
        let holds_slot = queued.slot_day == Some(day);
        let one = running.iter().find(|one| one.campaign_id == queued.campaign_id && !holds_slot);
        let cap = mailbox.pace.on(day).cap();
        let slots =
            one.map(|one| slots(mailbox, one, (queued.domain_key, queued.opener), day, cap)).unwrap_or_default();
        let blocked = slots.iter().find(|(key, limit)| self.used(key) >= *limit).map(|(key, _)| key.scope);
        turn.full.extend(blocked.map(|scope| (queued.campaign_id, scope)));
        if !holds_slot && (slots.is_empty() || blocked.is_some()) {
            return false;
        }
        let own = counter(mailbox.workspace, Scope::Mailbox, mailbox.id.0.as_bytes(), day);
        let number = if holds_slot { queued.slot_number } else { self.used(&own) + 1 };
        slots.into_iter().for_each(|(key, limit)| self.take(key, limit));
        let free_at = self.free_after(mailbox, running, number);
        self.chosen.resumed.push(Resumed { mailbox: place, queued: queued.clone(), day: Some(day), number, free_at });
        true
    }

    /// Takes the next follow-up or first mail of the open campaigns.
    fn take_next(&mut self, place: usize, mailbox: &DueMailbox, running: &[Running], turn: &mut Turn) -> bool {
        let day = mailbox.day(self.at);
        let own = counter(mailbox.workspace, Scope::Mailbox, mailbox.id.0.as_bytes(), day);
        let (cap, number) = (mailbox.pace.on(day).cap(), self.used(&own) + 1);
        for (new, one) in in_turn(running, self.at) {
            if !new && !mailbox.is_read {
                turn.unread |= one.due_at.is_some_and(|due| due <= self.at);
                // In a moment it is known who has answered.
                if turn.unread && !mailbox.cannot_be_read {
                    return false;
                }
                continue;
            }
            match self.first_that_can_go(mailbox, one, new, day) {
                Ok(Some(candidate)) => {
                    let slots = slots(mailbox, one, (candidate.domain_key, candidate.opener), day, cap);
                    slots.into_iter().for_each(|(key, limit)| self.take(key, limit));
                    self.people.push((mailbox.workspace, candidate.recipient_key));
                    let free_at = self.free_after(mailbox, running, number);
                    let (campaign, occupies) = (one.campaign_id, one.alone);
                    self.chosen.picks.push(Pick {
                        mailbox: place,
                        campaign,
                        occupies,
                        candidate,
                        day,
                        number,
                        free_at,
                    });
                    return true;
                }
                Ok(None) => {}
                Err(scope) => turn.full.push((one.campaign_id, scope)),
            }
        }
        false
    }

    /// The first follow-up (or first mail) of this mailbox in a campaign that can go now.
    fn first_that_can_go(
        &mut self,
        mailbox: &DueMailbox,
        one: &Running,
        new: bool,
        day: Day,
    ) -> Result<Option<Candidate>, Scope> {
        let offer = self.offer;
        loop {
            let own = (!new).then_some(mailbox.id);
            let waiting = match own {
                None => offer.openers.get(&one.group()),
                Some(id) => offer.follow_ups.get(&(id, one.campaign_id, one.zone.clone())),
            };
            let next = self.taken.entry((own, one.group())).or_default();
            let Some(candidate) = waiting.and_then(|waiting| waiting.get(*next)) else { return Ok(None) };
            let verdict = self.verdict(mailbox, one, candidate, day);
            if let Verdict::Full(scope) = verdict {
                return Err(scope);
            }
            *self.taken.entry((own, one.group())).or_default() += 1;
            match verdict {
                Verdict::Take => return Ok(Some(candidate.clone())),
                Verdict::Aside(fate) => self.chosen.set_aside.push(SetAside {
                    workspace: mailbox.workspace,
                    campaign: one.campaign_id,
                    candidate: candidate.clone(),
                    fate,
                }),
                Verdict::Later => self.is_early = true,
                Verdict::Full(_) => {}
            }
        }
    }

    fn verdict(&self, mailbox: &DueMailbox, one: &Running, candidate: &Candidate, day: Day) -> Verdict {
        if !candidate.present {
            return Verdict::Aside(Fate::Removed);
        }
        if candidate.suppressed {
            return Verdict::Aside(Fate::Suppressed);
        }
        if candidate.send_id.is_some() && !candidate.send_unsent {
            return Verdict::Aside(Fate::HadIt);
        }
        if candidate.send_has_slot {
            return Verdict::Later;
        }
        let picked = || self.people.iter().any(|(w, key)| *w == mailbox.workspace && *key == candidate.recipient_key);
        if one.alone && candidate.opener && (candidate.elsewhere || picked()) {
            return Verdict::Aside(Fate::HeldElsewhere);
        }
        let slots = slots(mailbox, one, (candidate.domain_key, candidate.opener), day, i64::MAX);
        let full = slots.into_iter().find(|(key, limit)| self.used(key) >= *limit);
        match full {
            None => Verdict::Take,
            Some((CounterKey { scope: Scope::Domain, .. }, _)) => {
                Verdict::Aside(Fate::HeldUntil(mailbox.start_of(day.plus(1))))
            }
            Some((key, _)) => Verdict::Full(key.scope),
        }
    }

    fn used(&self, key: &CounterKey) -> i64 {
        self.offer.counters.get(key).copied().unwrap_or(0) + self.chosen.slots.get(key).map_or(0, |(taken, _)| *taken)
    }

    fn take(&mut self, key: CounterKey, limit: i64) {
        let slot = self.chosen.slots.entry(key).or_insert((0, limit));
        *slot = (slot.0 + 1, slot.1.min(limit));
    }

    /// Why nothing goes, and when the mailbox is looked at again.
    fn idle(
        &self,
        place: usize,
        mailbox: &DueMailbox,
        running: &[Running],
        full: &[(CampaignId, Scope)],
        day: Day,
    ) -> Idle {
        let tomorrow = mailbox.start_of(day.plus(1));
        let opening = |one: &Running| first_look(one.opens_at, &mailbox.chance(mailbox.day(one.opens_at)));
        let is_open = |one: &&Running| one.is_open(self.at);
        let read_on = |one: &&Running| one.takes_new && self.offer.more.get(&one.group()).copied().unwrap_or(false);
        let is_full = |one: &Running, new: bool| full.iter().any(|limit| keeps_back(*limit, one.campaign_id, new));
        let again = running.iter().filter(is_open).any(|one| read_on(&one) && !is_full(one, true));
        let follow_ups = running.iter().filter(is_open).filter_map(|one| Some((one.due_at?, is_full(one, false))));
        // A follow-up that is due and could not go was set aside: the next look finds the one behind it, in a moment and not at once,
        // so that nothing can go in circles.
        let soon = self.at.plus(SOON);
        let due = follow_ups.map(|(due, full)| if due <= self.at && full { tomorrow } else { due.max(soon) }).min();
        let opens = running.iter().filter(|one| one.opens_at > self.at).map(opening).min();
        let full_until = (!full.is_empty()).then_some(tomorrow);
        let again = again.then_some(self.at).or(self.is_early.then_some(soon));
        let code = match full.first().map(|(_, scope)| scope) {
            Some(Scope::Workspace) => "workspace_cap_reached",
            Some(Scope::CampaignNew) => "new_lead_cap_reached",
            Some(_) => "campaign_cap_reached",
            None if running.is_empty() => "no_campaign",
            None if !running.iter().any(|one| one.is_open(self.at)) => "outside_window",
            None if due.is_some() => "waiting_for_delay",
            None => "no_leads",
        };
        // One that is tried again when no window is open waits for the window.
        let retry = self.offer.retries.get(&(mailbox.workspace, mailbox.id)).copied().filter(|retry| *retry > self.at);
        Idle { mailbox: place, code, look_at: [due, opens, full_until, again, retry].into_iter().flatten().min() }
    }
}

/// Whether a limit that kept a mail of a campaign back keeps those of this campaign back too.
fn keeps_back((of, scope): (CampaignId, Scope), campaign: CampaignId, new: bool) -> bool {
    match scope {
        Scope::Mailbox | Scope::Workspace => true,
        Scope::Campaign => of == campaign,
        Scope::CampaignNew => of == campaign && new,
        Scope::Domain => false,
    }
}

/// The open campaigns of a mailbox in the order in which they get the slot, each with whether first mails are meant: follow-ups first
/// unless the campaign says otherwise, within that the one that was served longest ago.
fn in_turn(running: &[Running], at: Instant) -> Vec<(bool, &Running)> {
    let open = running.iter().filter(|one| one.is_open(at));
    let mut turns: Vec<(bool, &Running)> = open.flat_map(|one| [(false, one), (true, one)]).collect();
    turns.retain(|(new, one)| !new || (one.takes_new && one.first_step.is_some()));
    turns.sort_by_key(|(new, one)| (*new != one.new_first, one.last_pick_at, one.campaign_id, one.zone.clone(), *new));
    turns
}
