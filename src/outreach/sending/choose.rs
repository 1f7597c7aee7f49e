//! Which mail each due mailbox sends next: a plain function of what was read, so that the same rows and the same clock give the
//! same picks on both databases.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use super::counters::{CounterKey, Counters, Scope};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        mailboxes::mailbox::MailboxKind,
        schedule::{
            StoredPace,
            rules::{Chance, Day, first_look, start_of_day, zone_or_utc},
        },
    },
    server::clock::Instant,
    suppression::Key,
};

/// When a mailbox is looked at again that has a mail to send, but not this one.
const SOON: Duration = Duration::from_secs(1);
/// The same while its follow-ups wait for answers that cannot be read.
const UNREADABLE: Duration = Duration::from_secs(60);
/// Mails that a mailbox without a gap takes at once.
pub(super) const AT_ONCE: usize = 20;

/// A mailbox whose slot has come.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct DueMailbox {
    #[sqlx(rename = "workspace_id")]
    pub workspace: WorkspaceId,
    pub id: MailboxId,
    pub address: String,
    #[sqlx(flatten)]
    pub pace: StoredPace,
    pub kind: MailboxKind,
    pub look_at: Instant,
    pub free_at: Instant,
    pub fence: i64,
    /// Its answers were read a moment ago, so a follow-up may leave.
    pub is_read: bool,
    /// They cannot be read at present: first mails do not wait for that.
    pub cannot_be_read: bool,
}

impl DueMailbox {
    /// How many mails it takes in one go: gaps are kept between claims.
    pub fn at_once(&self) -> usize {
        if self.pace.gap_max_s == 0 && !self.pace.spread { AT_ONCE } else { 1 }
    }

    /// The day of every counter that its mails touch.
    pub fn day(&self, at: Instant) -> Day {
        self.pace.today(at)
    }

    fn start_of(&self, day: Day) -> Instant {
        start_of_day(day, &zone_or_utc(&self.pace.time_zone))
    }

    fn chance(&self, day: Day) -> Chance {
        Chance::new(self.workspace.0, self.id.0, day)
    }
}

/// A running campaign of a due mailbox, with its current or next window in one zone.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Running {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub campaign_id: CampaignId,
    pub zone: String,
    /// Whether the mailbox may begin new conversations in it.
    pub takes_new: bool,
    pub last_pick_at: Instant,
    /// First mails before follow-ups.
    pub new_first: bool,
    pub daily_cap: Option<i64>,
    pub new_daily_cap: Option<i64>,
    pub domain_cap: i64,
    pub workspace_cap: Option<i64>,
    pub ceiling: Option<i64>,
    /// Leaves people alone who are in another running sequence.
    pub alone: bool,
    pub first_step: Option<StepId>,
    pub opens_at: Instant,
    pub closes_at: Instant,
    /// When the first follow-up of this mailbox is due.
    pub due_at: Option<Instant>,
    /// The day of the mailbox, and how full its counters are.
    pub day: Day,
    /// The last day of the mailbox's freeze, if it is frozen on that day.
    pub frozen_until: Option<Day>,
    pub mailbox_used: i64,
    pub campaign_used: i64,
    pub new_used: i64,
    pub workspace_used: i64,
}

impl Running {
    pub fn is_open(&self, at: Instant) -> bool {
        self.opens_at <= at && at < self.closes_at
    }

    pub fn group(&self) -> Group {
        (self.workspace_id, self.campaign_id, self.zone.clone())
    }
}

/// The waiting leads of a campaign in one zone.
pub(super) type Group = (WorkspaceId, CampaignId, String);

/// A lead that may be next, with what was found about it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Candidate {
    /// Its place among those that were asked for.
    pub number: i64,
    pub lead_id: LeadId,
    pub step_id: StepId,
    pub recipient_key: Key,
    pub canonical_key: Key,
    pub domain_key: Option<Key>,
    /// No mail of the sequence has left yet.
    pub opener: bool,
    /// The send of this step to this person, if there was one.
    pub send_id: Option<SendId>,
    /// It never reached a mail server, so the row may live again.
    pub send_unsent: bool,
    /// Its slot is still to be given back.
    pub send_has_slot: bool,
    pub elsewhere: bool,
    pub present: bool,
    pub suppressed: bool,
}

/// What was read for a round.
#[derive(Debug, Default)]
pub(super) struct Offer {
    pub running: HashMap<(WorkspaceId, MailboxId), Vec<Running>>,
    /// The follow-ups of a mailbox in a campaign and zone, those due longest first.
    pub follow_ups: HashMap<(MailboxId, CampaignId, String), Vec<Candidate>>,
    pub openers: HashMap<Group, Vec<Candidate>>,
    /// More leads wait in this group than were read.
    pub more: HashMap<Group, bool>,
    /// Mails that were taken before and wait for their mailbox, and mails that members wrote.
    pub queued: HashMap<(WorkspaceId, MailboxId), Vec<Queued>>,
    /// When the next of those that wait for a moment may be tried again.
    pub retries: HashMap<(WorkspaceId, MailboxId), Instant>,
    pub counters: Counters,
}

/// A mail that was taken before and did not leave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Queued {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub id: SendId,
    pub campaign_id: CampaignId,
    /// A member wrote it, as a reply or a test: it takes no slot and waits for no gap.
    pub is_written: bool,
    pub slot_day: Option<Day>,
    pub slot_number: i64,
    pub domain_key: Option<Key>,
    pub opener: bool,
}

/// A slot that is taken.
#[derive(Debug)]
pub(super) struct Pick {
    /// Its place in the list of due mailboxes.
    pub mailbox: usize,
    pub campaign: CampaignId,
    pub candidate: Candidate,
    pub occupies: bool,
    pub day: Day,
    pub number: i64,
    pub free_at: Instant,
}

/// A mail of the queue that goes now, with the slot that it goes in.
#[derive(Debug)]
pub(super) struct Resumed {
    pub mailbox: usize,
    pub queued: Queued,
    /// Nothing for a mail that a member wrote.
    pub day: Option<Day>,
    pub number: i64,
    pub free_at: Instant,
}

/// A lead that cannot be next, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// Its company had its mails of the day.
    HeldUntil(Instant),
    /// It is in another running sequence.
    HeldElsewhere,
    /// The person had this step, through another lead.
    HadIt,
    Suppressed,
    Removed,
}

#[derive(Debug)]
pub(super) struct SetAside {
    pub workspace: WorkspaceId,
    pub campaign: CampaignId,
    pub candidate: Candidate,
    pub fate: Fate,
}

/// Why a mailbox has nothing to send now, and when it is looked at again; never: when it is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Idle {
    pub mailbox: usize,
    pub code: &'static str,
    pub look_at: Option<Instant>,
}

#[derive(Debug, Default)]
pub(super) struct Chosen {
    pub picks: Vec<Pick>,
    pub resumed: Vec<Resumed>,
    pub set_aside: Vec<SetAside>,
    pub idle: Vec<Idle>,
    /// Mailboxes, by their place, whose follow-ups wait until their answers are read.
    pub unread: Vec<usize>,
    /// What the picks take of each counter, with its limit.
    pub slots: BTreeMap<CounterKey, (i64, i64)>,
}

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

/// Every counter that a mail takes a slot of, with its limit: the mailbox's cap, and those of its campaign and workspace.
fn slots(
    mailbox: &DueMailbox,
    one: &Running,
    (domain, opener): (Option<Key>, bool),
    day: Day,
    cap: i64,
) -> Vec<(CounterKey, i64)> {
    let slots = slots_of((mailbox.workspace, mailbox.id, day), one.campaign_id, domain, opener);
    let limit = |scope| match scope {
        Scope::Mailbox => Some(cap),
        Scope::Campaign => one.daily_cap,
        Scope::CampaignNew => one.new_daily_cap,
        Scope::Domain => Some(one.domain_cap),
        Scope::Workspace => [one.workspace_cap, one.ceiling].into_iter().flatten().min(),
    };
    let with_limit = |key: CounterKey| {
        let limit = limit(key.scope).unwrap_or(i64::MAX);
        (key, limit)
    };
    slots.into_iter().map(with_limit).collect()
}

/// Every counter that a mail takes a slot of; those without a limit are counted too, so that a limit set later finds them.
pub(super) fn slots_of(
    (workspace, mailbox, day): (WorkspaceId, MailboxId, Day),
    campaign: CampaignId,
    domain: Option<Key>,
    opener: bool,
) -> Vec<CounterKey> {
    let mut slots = vec![
        counter(workspace, Scope::Mailbox, mailbox.0.as_bytes(), day),
        counter(workspace, Scope::Campaign, campaign.0.as_bytes(), day),
        counter(workspace, Scope::Workspace, &[], day),
    ];
    slots.extend(opener.then(|| counter(workspace, Scope::CampaignNew, campaign.0.as_bytes(), day)));
    slots.extend(domain.map(|domain| counter(workspace, Scope::Domain, &domain.0, day)));
    slots
}

fn counter(workspace: WorkspaceId, scope: Scope, subject: &[u8], day: Day) -> CounterKey {
    CounterKey { workspace, scope, subject: subject.to_vec(), day }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
