//! What a campaign will send on the next days, by the rules of the scheduler, a day at a time: what its mailboxes may send,
//! then the follow-ups that are due, then first mails.
//!
//! It costs days × (mailboxes + steps). What is not known is left out: answers, which end sequences, and what other campaigns
//! take of the same mailboxes.

use std::collections::{BTreeMap, VecDeque};

use jiff::tz::TimeZone;

use super::rules::{Day, Pace, Ramp, Week, day};
use crate::server::clock::Instant;

/// Days that a page shows.
pub const DAYS_SHOWN: usize = 14;
/// How far ahead the end is looked for.
const DAYS_MAX: i64 = 400;

/// What a forecast is made of.
#[derive(Debug, Clone)]
pub struct Facts {
    pub now: Instant,
    pub week: Week,
    pub zone: TimeZone,
    pub mailboxes: Vec<Sender>,
    pub limits: Limits,
    /// What counts against the limits already today.
    pub today: Today,
    /// First mails before follow-ups.
    pub new_first: bool,
    /// Leads that wait for their first mail.
    pub waiting: i64,
    /// The delays of the second mail and those after it.
    pub delays: Vec<Delay>,
    /// Follow-ups by the day they are due: how many of each of `delays`.
    pub due: BTreeMap<Day, Vec<i64>>,
}

/// A mailbox, and what it sent today.
#[derive(Debug, Clone)]
pub struct Sender {
    pub pace: Pace,
    pub used_today: i64,
    /// Days on which it sends nothing: the first and the last of each time.
    pub frozen: Vec<(Day, Day)>,
}

impl Sender {
    fn is_frozen(&self, day: Day) -> bool {
        self.frozen.iter().any(|(first, last)| (*first..=*last).contains(&day))
    }
}

/// Mails a day, where there is a limit.
#[derive(Debug, Clone, Copy, Default)]
pub struct Limits {
    pub campaign: Option<i64>,
    pub new_leads: Option<i64>,
    pub workspace: Option<i64>,
}

/// Mails that left today already.
#[derive(Debug, Clone, Copy, Default)]
pub struct Today {
    pub campaign: i64,
    pub new_leads: i64,
    pub workspace: i64,
}

/// How long after the mail before it a mail is due.
#[derive(Debug, Clone, Copy)]
pub struct Delay {
    pub days: i64,
    pub working_days: bool,
}

/// One day of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForecastDay {
    pub day: Day,
    /// Whether there is a window; today: one that is not over.
    pub is_open: bool,
    /// Mails that the mailboxes and limits leave room for.
    pub room: i64,
    pub follow_ups: i64,
    pub openers: i64,
}

/// What a campaign will send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    /// The next [`DAYS_SHOWN`] days, from today on.
    pub days: Vec<ForecastDay>,
    /// When the last waiting lead gets its first mail; `None`: not within 400 days, or none waits.
    pub last_opener: Option<Day>,
    /// When the last mail leaves; `None`: not within 400 days, or there is none.
    pub done: Option<Day>,
    /// The first day with a window on which every slow start is over; `None`: not while there are mails to send.
    pub full_from: Option<Day>,
}

/// Computes what a campaign will send.
pub fn forecast(facts: &Facts) -> Forecast {
    let mut course = Course::new(facts);
    let mut forecast =
        Forecast { days: Vec::with_capacity(DAYS_SHOWN), last_opener: None, done: None, full_from: None };
    let today = day(facts.now, &facts.zone);
    for ahead in 0..DAYS_MAX {
        let shown = forecast.days.len() < DAYS_SHOWN;
        if !shown && course.is_done() {
            break;
        }
        let is_full = course.mailboxes.iter().all(|one| one.pace.cap() >= one.pace.daily_cap);
        let day = course.walk(today.plus(ahead), ahead == 0);
        if is_full && day.is_open && forecast.full_from.is_none() {
            forecast.full_from = Some(day.day);
        }
        if shown {
            forecast.days.push(day);
        }
        if day.openers > 0 && course.waiting == 0 {
            forecast.last_opener = Some(day.day);
        }
        if day.openers + day.follow_ups > 0 && course.is_done() {
            forecast.done = Some(day.day);
        }
    }
    forecast
}

/// How far a forecast got.
struct Course<'a> {
    facts: &'a Facts,
    mailboxes: Vec<Sender>,
    waiting: i64,
    due: BTreeMap<Day, Vec<i64>>,
    /// Follow-ups that are due, the oldest first: which of the delays, and how many.
    queue: VecDeque<(usize, i64)>,
}

impl<'a> Course<'a> {
    fn new(facts: &'a Facts) -> Self {
        let (mailboxes, due) = (facts.mailboxes.clone(), facts.due.clone());
        Self { facts, mailboxes, waiting: facts.waiting, due, queue: VecDeque::new() }
    }

    fn is_done(&self) -> bool {
        self.waiting == 0 && self.queue.is_empty() && self.due.is_empty()
    }

    /// Sends the mails of one day.
    fn walk(&mut self, day: Day, is_today: bool) -> ForecastDay {
        self.collect_due(day);
        let seconds = self.open_seconds(day);
        let room = if seconds > 0 { self.room(day, seconds, is_today) } else { 0 };
        let new_taken = if is_today { self.facts.today.new_leads } else { 0 };
        let new_room = self.facts.limits.new_leads.map_or(i64::MAX, |limit| (limit - new_taken).max(0));
        let (openers, follow_ups) = if self.facts.new_first {
            let openers = self.send_openers(day, room.min(new_room));
            (openers, self.send_follow_ups(day, room - openers))
        } else {
            let follow_ups = self.send_follow_ups(day, room);
            (self.send_openers(day, (room - follow_ups).min(new_room)), follow_ups)
        };
        self.end_day(day, openers + follow_ups, is_today);
        ForecastDay { day, is_open: seconds > 0, room, follow_ups, openers }
    }

    fn collect_due(&mut self, day: Day) {
        while let Some(entry) = self.due.first_entry().filter(|entry| *entry.key() <= day) {
            let counts = entry.remove().into_iter().enumerate();
            self.queue.extend(counts.filter(|(_, mails)| *mails > 0));
        }
    }

    /// Seconds of the day's windows that are still to come.
    fn open_seconds(&self, day: Day) -> i64 {
        let windows = self.facts.week.windows_of(day, &self.facts.zone);
        let left = windows.into_iter().map(|(from, to)| (to.micros() - from.max(self.facts.now).micros()).max(0));
        left.sum::<i64>() / 1_000_000
    }

    /// Mails that may leave within `seconds` of a day.
    fn room(&self, day: Day, seconds: i64, is_today: bool) -> i64 {
        let of_mailbox = |one: &Sender| {
            let pace = one.pace;
            let gap = (pace.gap_min_s + pace.gap_max_s) / 2;
            let by_time = if gap > 0 { seconds / gap + 1 } else { i64::MAX };
            (pace.cap() - one.used_today).clamp(0, by_time)
        };
        let mailboxes: i64 = self.mailboxes.iter().filter(|one| !one.is_frozen(day)).map(of_mailbox).sum();
        let (limits, today) = (self.facts.limits, self.facts.today);
        let left = |limit: Option<i64>, taken: i64| {
            limit.map_or(i64::MAX, |limit| (limit - if is_today { taken } else { 0 }).max(0))
        };
        mailboxes.min(left(limits.campaign, today.campaign)).min(left(limits.workspace, today.workspace))
    }

    fn send_openers(&mut self, day: Day, room: i64) -> i64 {
        let mails = self.waiting.min(room).max(0);
        self.waiting -= mails;
        self.plan(day, 0, mails);
        mails
    }

    fn send_follow_ups(&mut self, day: Day, room: i64) -> i64 {
        let mut left = room;
        while let Some((step, mails)) = self.queue.front_mut().filter(|_| left > 0) {
            let (step, sent) = (*step, left.min(*mails));
            left -= sent;
            *mails -= sent;
            if *mails == 0 {
                self.queue.pop_front();
            }
            self.plan(day, step + 1, sent);
        }
        room - left
    }

    /// The mails that follow those of a day, if there are such.
    fn plan(&mut self, day: Day, step: usize, mails: i64) {
        let Some(delay) = self.facts.delays.get(step).filter(|_| mails > 0) else { return };
        let due_on = self.facts.week.days_later(day, delay.days, delay.working_days);
        let counts = self.due.entry(due_on).or_insert_with(|| vec![0; self.facts.delays.len()]);
        if let Some(count) = counts.get_mut(step) {
            *count += mails;
        }
    }

    /// The slow start of each mailbox that sent climbs; mailboxes take mails in turn.
    fn end_day(&mut self, day: Day, mails: i64, is_today: bool) {
        let mut place = 0;
        for one in &mut self.mailboxes {
            let may_send = !one.is_frozen(day);
            let sent = (may_send && mails > place) || (is_today && one.used_today > 0);
            place += i64::from(may_send);
            one.used_today = 0;
            if let Some(Ramp { days, .. }) = &mut one.pace.ramp {
                *days += i64::from(sent);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outreach::schedule::rules::Window;

    /// Sunday, 29 November 2026, 12:00 UTC.
    const SUNDAY: Instant = Instant(1_795_953_600_000_000);

    fn facts(mailboxes: usize, waiting: i64) -> Facts {
        let pace = Pace { daily_cap: 30, gap_min_s: 60, gap_max_s: 180, spread: true, ramp: None };
        let windows = (1..=5).map(|weekday| Window { weekday, from_minute: 540, to_minute: 1020 }).collect();
        Facts {
            now: SUNDAY,
            week: Week { windows, ..Week::default() },
            zone: TimeZone::UTC,
            mailboxes: vec![Sender { pace, used_today: 0, frozen: Vec::new() }; mailboxes],
            limits: Limits::default(),
            today: Today::default(),
            new_first: false,
            waiting,
            delays: vec![Delay { days: 3, working_days: true }, Delay { days: 4, working_days: true }],
            due: BTreeMap::new(),
        }
    }

    fn on(text: &str) -> Day {
        Day::parse(text).unwrap()
    }

    fn sent(forecast: &Forecast) -> Vec<(i64, i64)> {
        forecast.days.iter().map(|day| (day.follow_ups, day.openers)).collect()
    }

    #[test]
    fn a_small_campaign_is_done_a_step_after_the_other() {
        let forecast = forecast(&facts(3, 90));
        let expected = [(0, 0), (0, 90), (0, 0), (0, 0), (90, 0), (0, 0), (0, 0), (0, 0), (0, 0), (0, 0), (90, 0)];
        assert_eq!(sent(&forecast)[..11], expected, "Monday, Thursday, and Wednesday of the next week");
        assert_eq!((forecast.last_opener, forecast.done), (Some(on("2026-11-30")), Some(on("2026-12-09"))));
        assert!(!forecast.days[0].is_open && forecast.days[1].is_open && !forecast.days[6].is_open);
    }

    #[test]
    fn follow_ups_take_the_room_of_first_mails_unless_the_campaign_says_otherwise() {
        let follow_ups_first = forecast(&facts(1, 300));
        assert_eq!(sent(&follow_ups_first)[1..6], [(0, 30), (0, 30), (0, 30), (30, 0), (30, 0)]);
        let new_first = forecast(&Facts { new_first: true, ..facts(1, 300) });
        assert_eq!(sent(&new_first)[1..6], [(0, 30); 5]);
        assert!(new_first.last_opener < follow_ups_first.last_opener);
        assert!(new_first.done.is_some());
    }

    #[test]
    fn every_mail_leaves_once() {
        for new_first in [false, true] {
            let all = Facts { new_first, ..facts(2, 100) };
            let mut course = Course::new(&all);
            let (mut openers, mut follow_ups) = (0, 0);
            for ahead in 0..DAYS_MAX {
                let day = course.walk(day(SUNDAY, &TimeZone::UTC).plus(ahead), ahead == 0);
                assert!(day.openers + day.follow_ups <= day.room && day.room <= 60);
                openers += day.openers;
                follow_ups += day.follow_ups;
            }
            assert_eq!((openers, follow_ups), (100, 200));
            assert!(course.is_done());
        }
    }

    #[test]
    fn limits_hold_and_what_left_today_counts() {
        let monday = Instant(SUNDAY.micros() + 24 * 3_600_000_000);
        let limits = Limits { campaign: Some(50), new_leads: Some(20), workspace: Some(40) };
        let today = Today { campaign: 45, new_leads: 18, workspace: 0 };
        let forecast = forecast(&Facts { now: monday, limits, today, ..facts(3, 100) });
        assert_eq!((forecast.days[0].room, forecast.days[0].openers), (5, 2));
        assert_eq!((forecast.days[1].room, forecast.days[1].openers), (40, 20));
    }

    #[test]
    fn a_slow_start_climbs_on_days_with_mails() {
        let mut facts = facts(1, 1_000);
        facts.mailboxes[0].pace.ramp = Some(Ramp { start: 5, step: 2, days: 0 });
        let rooms: Vec<_> = forecast(&facts).days.iter().map(|day| day.room).collect();
        assert_eq!(rooms[..9], [0, 5, 7, 9, 11, 13, 0, 0, 15]);
        assert_eq!(forecast(&facts).full_from, Some(on("2026-12-17")), "the fourteenth day with mails");
    }

    #[test]
    fn a_frozen_mailbox_sends_nothing_and_its_slow_start_waits() {
        let mut facts = facts(2, 1_000);
        facts.mailboxes[0].frozen = vec![(on("2026-11-20"), on("2026-11-30")), (on("2026-12-03"), on("2026-12-03"))];
        let rooms = |facts: &Facts| -> Vec<i64> { forecast(facts).days.iter().map(|day| day.room).collect() };
        assert_eq!(rooms(&facts)[1..6], [30, 60, 60, 30, 60]);
        facts.mailboxes[0].pace.ramp = Some(Ramp { start: 5, step: 2, days: 0 });
        assert_eq!(rooms(&facts)[1..6], [30, 35, 37, 30, 39]);
    }

    #[test]
    fn a_short_window_has_room_for_the_mails_that_fit() {
        let mut facts = facts(1, 1_000);
        facts.week.windows.iter_mut().for_each(|window| window.to_minute = window.from_minute + 20);
        assert_eq!(forecast(&facts).days[1].room, 11, "every two minutes");
        let late = Instant(SUNDAY.micros() + (21 * 60 + 18) * 60_000_000);
        assert_eq!(forecast(&Facts { now: late, ..facts }).days[0].room, 2, "two minutes before it closes");
    }

    #[test]
    fn what_is_due_already_goes_first_and_in_order() {
        let mut facts = facts(1, 30);
        facts.due = BTreeMap::from([(on("2026-11-20"), vec![10, 20]), (on("2026-12-01"), vec![0, 15])]);
        let forecast = forecast(&facts);
        assert_eq!(sent(&forecast)[1..4], [(30, 0), (15, 15), (0, 15)]);
    }

    #[test]
    fn without_mailboxes_or_windows_nothing_is_promised() {
        for facts in [facts(0, 10), Facts { week: Week::default(), ..facts(2, 10) }] {
            let forecast = forecast(&facts);
            assert_eq!((forecast.last_opener, forecast.done), (None, None));
            assert!(forecast.days.iter().all(|day| day.room == 0));
        }
        assert_eq!(forecast(&facts(1, 0)).done, None, "there is no mail");
    }
}
