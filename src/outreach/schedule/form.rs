//! Reading the form of a schedule.

use std::collections::BTreeSet;

use jiff::tz::TimeZone;

use super::{
    choices::MailboxChoice,
    rules::{Day, Week, Window, day, zone},
    store::working_hours,
    types::{CAMPAIGNS_MAX, ChosenMailbox, ChosenState, First, Language, MAILBOXES_MAX, Schedule},
};
use crate::{
    fields::FieldErrors,
    server::{clock::Instant, form::Form},
};

pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// Times of one weekday.
pub const TIMES_MAX: usize = 4;
/// Times of a weekday that the form shows at least.
const TIMES_SHOWN: usize = 2;
const CAP_MAX: i64 = 100_000;
const DAYS_OFF_MAX: usize = 400;
/// How far ahead a campaign may start: as far as the scheduler looks.
const START_DAYS_MAX: i64 = 365;
const CHARACTERS_MAX: usize = 60;

/// The schedule as it is typed.
#[derive(Debug, Clone, Default)]
pub struct ScheduleForm {
    /// It was never saved nor typed: the browser may fill in its time zone.
    pub guess_zone: bool,
    pub mailboxes: Vec<String>,
    pub time_zone: String,
    pub lead_zones: bool,
    /// From and to, by weekday from Monday on.
    pub times: [Vec<(String, String)>; 7],
    pub starts_on: String,
    pub ends_on: String,
    pub days_off: String,
    pub daily_cap: String,
    pub new_daily_cap: String,
    pub recipient_domain_cap: String,
    pub first: String,
    /// Also writes to people who are in another running campaign.
    pub others: bool,
    pub stop_company: bool,
    pub language: String,
    pub errors: FieldErrors,
}

impl ScheduleForm {
    pub fn of(schedule: &Schedule, guess_zone: bool) -> Self {
        let number = |number: Option<i64>| number.map(|number| number.to_string()).unwrap_or_default();
        let date = |day: Option<Day>| day.map(|day| day.to_string()).unwrap_or_default();
        let on = schedule.mailboxes.iter().filter(|one| one.state == ChosenState::On);
        Self {
            guess_zone,
            mailboxes: on.map(|one| one.id.to_string()).collect(),
            time_zone: schedule.time_zone.clone(),
            lead_zones: schedule.lead_zones,
            times: times_of(&schedule.week.windows),
            starts_on: date(schedule.week.starts_on),
            ends_on: date(schedule.week.ends_on),
            days_off: days_off_text(&schedule.week.days_off),
            daily_cap: number(schedule.daily_cap),
            new_daily_cap: number(schedule.new_daily_cap),
            recipient_domain_cap: number(schedule.recipient_domain_cap),
            first: schedule.first.word().to_owned(),
            others: !schedule.alone,
            stop_company: schedule.stop_company,
            language: schedule.language.code().to_owned(),
            errors: FieldErrors::default(),
        }
    }

    /// What was typed.
    pub fn typed(form: &Form) -> Self {
        let text = |name: &str| form.text(name).chars().take(CHARACTERS_MAX).collect::<String>();
        let all =
            |name: &str| form.pairs().iter().filter(|(field, _)| field == name).map(|(_, text)| text.clone()).collect();
        let times = std::array::from_fn(|weekday| {
            let row = |place: usize| {
                let (from, to) = (time_field("from", weekday, place), time_field("to", weekday, place));
                form.has(&from).then(|| (text(&from), text(&to)))
            };
            padded((0..TIMES_MAX).map_while(row).collect())
        });
        Self {
            guess_zone: false,
            mailboxes: all("mailboxes"),
            time_zone: text("time_zone"),
            lead_zones: form.has("lead_zones"),
            times,
            starts_on: text("starts_on"),
            ends_on: text("ends_on"),
            days_off: form.text("days_off").chars().take(12 * DAYS_OFF_MAX).collect(),
            daily_cap: text("daily_cap"),
            new_daily_cap: text("new_daily_cap"),
            recipient_domain_cap: text("recipient_domain_cap"),
            first: text("first"),
            others: form.has("others"),
            stop_company: form.has("stop_company"),
            language: text("language"),
            errors: FieldErrors::default(),
        }
    }

    /// Another row of times for a weekday.
    pub fn add_time(&mut self, weekday: usize) {
        if let Some(times) = self.times.get_mut(weekday).filter(|times| times.len() < TIMES_MAX) {
            times.push(Default::default());
        }
    }

    /// Monday to Friday, 9:00 to 17:00.
    pub fn set_working_hours(&mut self) {
        self.times = times_of(&working_hours());
    }

    /// The schedule that is meant.
    ///
    /// # Errors
    /// What to change, by field.
    pub fn parse(&self, choices: &[MailboxChoice], is_running: bool, now: Instant) -> Result<Schedule, FieldErrors> {
        let mut errors = FieldErrors::default();
        let mailboxes = self.parse_mailboxes(choices, is_running, &mut errors);
        let zone = zone(&self.time_zone);
        if zone.is_none() {
            errors.add("time_zone", "This time zone is not known. Choose one of the list, for example Europe/Berlin.");
        }
        let mut week = Week { windows: self.parse_windows(&mut errors), ..Week::default() };
        self.parse_dates(&mut week, &mut errors);
        if let Some(zone) = &zone {
            check_dates(&week, day(now, zone), &mut errors);
            if errors.is_empty() && week.next_window(now, zone).is_none() {
                errors.add("days_off", "Between the start and the end there is no day on which it may send.");
            }
        }
        let schedule = Schedule {
            language: Language::ALL.into_iter().find(|one| one.code() == self.language).unwrap_or(Language::En),
            time_zone: zone.as_ref().and_then(TimeZone::primary_iana_name).unwrap_or_default().to_owned(),
            week,
            lead_zones: self.lead_zones,
            daily_cap: parse_cap("daily_cap", &self.daily_cap, &mut errors),
            new_daily_cap: parse_cap("new_daily_cap", &self.new_daily_cap, &mut errors),
            recipient_domain_cap: parse_cap("recipient_domain_cap", &self.recipient_domain_cap, &mut errors),
            first: First::ALL.into_iter().find(|one| one.word() == self.first).unwrap_or(First::FollowUps),
            alone: !self.others,
            stop_company: self.stop_company,
            mailboxes,
        };
        if errors.is_empty() { Ok(schedule) } else { Err(errors) }
    }

    fn parse_mailboxes(
        &self,
        choices: &[MailboxChoice],
        is_running: bool,
        errors: &mut FieldErrors,
    ) -> Vec<ChosenMailbox> {
        let is_chosen = |choice: &&MailboxChoice| self.mailboxes.contains(&choice.id.to_string());
        let chosen: Vec<_> = choices.iter().filter(is_chosen).collect();
        if chosen.is_empty() && (is_running || !choices.is_empty()) {
            errors.add("mailboxes", "Choose at least one mailbox.");
        }
        if chosen.len() > MAILBOXES_MAX {
            errors.add("mailboxes", format!("A campaign can send from {MAILBOXES_MAX} mailboxes."));
        }
        if let Some(full) = chosen.iter().find(|choice| choice.other_campaigns >= CAMPAIGNS_MAX) {
            let text = format!("{} belongs to {CAMPAIGNS_MAX} running campaigns already.", full.address);
            errors.add("mailboxes", text);
        }
        chosen.into_iter().map(|choice| ChosenMailbox { id: choice.id, state: ChosenState::On }).collect()
    }

    fn parse_windows(&self, errors: &mut FieldErrors) -> Vec<Window> {
        let mut windows = Vec::new();
        let before = errors.iter().count();
        for ((place_of_day, times), weekday) in self.times.iter().enumerate().zip(1..) {
            let mut spans = Vec::new();
            for (place, (from, to)) in
                times.iter().enumerate().filter(|(_, (from, to))| !(from.is_empty() && to.is_empty()))
            {
                match parse_span(from, to) {
                    Ok(span) => spans.push(span),
                    Err(fault) => errors
                        .add(&time_field("from", place_of_day, place), format!("{}: {fault}", WEEKDAYS[place_of_day])),
                }
            }
            let merged = merge(spans).into_iter();
            windows.extend(merged.map(|(from_minute, to_minute)| Window { weekday, from_minute, to_minute }));
        }
        if windows.is_empty() && errors.iter().count() == before {
            errors.add("windows", "No day has a window, so nothing would ever be sent.");
        }
        windows
    }

    fn parse_dates(&self, week: &mut Week, errors: &mut FieldErrors) {
        let mut date = |name: &str, text: &str| {
            let day = Day::parse(text);
            if day.is_none() && !text.is_empty() {
                errors.add(name, NO_DATE);
            }
            day
        };
        (week.starts_on, week.ends_on) = (date("starts_on", &self.starts_on), date("ends_on", &self.ends_on));
        match parse_days_off(&self.days_off) {
            Ok(days) => week.days_off = days,
            Err(fault) => errors.add("days_off", fault),
        }
    }
}

const NO_DATE: &str = "Write the day as year-month-day, for example 2026-12-31.";

fn check_dates(week: &Week, today: Day, errors: &mut FieldErrors) {
    if week.starts_on.is_some_and(|first| first > today.plus(START_DAYS_MAX)) {
        errors.add("starts_on", "Choose a day within a year.");
    }
    match (week.starts_on, week.ends_on) {
        (_, Some(last)) if last < today => {
            errors.add("ends_on", "This day has passed. Choose a later one, or leave it empty.")
        }
        (Some(first), Some(last)) if last < first => errors.add("ends_on", "The last day is before the first."),
        _ => {}
    }
}

/// The name of a field with a time of day.
pub fn time_field(edge: &str, weekday: usize, place: usize) -> String {
    format!("{edge}_{}_{}", weekday + 1, place + 1)
}

/// A weekday's times, by its place from Monday on.
fn times_of(windows: &[Window]) -> [Vec<(String, String)>; 7] {
    std::array::from_fn(|weekday| {
        let own = windows.iter().filter(|window| usize::try_from(window.weekday).is_ok_and(|day| day == weekday + 1));
        padded(own.map(|window| (clock_text(window.from_minute), clock_text(window.to_minute))).collect())
    })
}

/// With empty rows up to as many as the form shows.
fn padded(mut times: Vec<(String, String)>) -> Vec<(String, String)> {
    times.resize(times.len().max(TIMES_SHOWN), Default::default());
    times
}

/// “09:00”. The end of a day is shown as browsers can: 00:00.
fn clock_text(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60 % 24, minute % 60)
}

fn parse_span(from: &str, to: &str) -> Result<(i64, i64), String> {
    let (Some(start), Some(end)) = (parse_clock(from), parse_clock(to)) else {
        return Err("write both times as hours and minutes, for example 09:00–17:00.".into());
    };
    // Midnight at the end is the end of the day.
    let end = if end == 0 { 1440 } else { end };
    if start < end {
        Ok((start, end))
    } else {
        Err(format!("{}–{} ends before it starts.", clock_text(start), clock_text(end)))
    }
}

/// Minutes since midnight: “9:00”, “17:30”, “24:00”; browsers may add seconds.
fn parse_clock(text: &str) -> Option<i64> {
    let mut parts = text.split(':');
    let mut number = |most: i64| parts.next()?.parse().ok().filter(|number| (0..=most).contains(number));
    let minute = number(24)? * 60 + number(59)?;
    (minute <= 1440).then_some(minute)
}

/// Spans that touch or overlap are one.
fn merge(mut spans: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    spans.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, to) in spans {
        match merged.last_mut() {
            Some((_, end)) if from <= *end => *end = to.max(*end),
            _ => merged.push((from, to)),
        }
    }
    merged
}

fn parse_cap(name: &str, text: &str, errors: &mut FieldErrors) -> Option<i64> {
    if text.is_empty() {
        return None;
    }
    let number = text.replace([',', ' '], "").parse().ok().filter(|number| (1..=CAP_MAX).contains(number));
    if number.is_none() {
        errors.add(name, "Write a whole number from 1 to 100,000, or leave it empty.");
    }
    number
}

/// A day or a stretch of days on each line: “2026-12-24”, “2026-12-24 – 2027-01-02”.
fn parse_days_off(text: &str) -> Result<BTreeSet<Day>, String> {
    let mut days = BTreeSet::new();
    for line in text.split(['\n', ',', ';']).map(str::trim).filter(|line| !line.is_empty()) {
        let mut edges = line.split(['–', '—']).flat_map(|part| part.split(" - ")).flat_map(|part| part.split(" to "));
        let edge = |text: &str| Day::parse(text);
        let (first, last, rest) = (edges.next(), edges.next(), edges.next());
        let days_of_line = match (first.and_then(edge), last.map(edge), rest) {
            (Some(first), None, None) => (first, first),
            (Some(first), Some(Some(last)), None) if first <= last => (first, last),
            _ => return Err(format!("“{}” is no day. Write 2026-12-24, or 2026-12-24 – 2027-01-02.", short(line))),
        };
        let (mut day, last) = days_of_line;
        while day <= last && days.len() <= DAYS_OFF_MAX {
            days.insert(day);
            day = day.plus(1);
        }
        if days.len() > DAYS_OFF_MAX {
            return Err(format!("There can be {DAYS_OFF_MAX} days off."));
        }
    }
    Ok(days)
}

fn short(line: &str) -> String {
    line.chars().take(30).collect()
}

/// Days off as they are typed, stretches as one line.
fn days_off_text(days: &BTreeSet<Day>) -> String {
    let mut stretches: Vec<(Day, Day)> = Vec::new();
    for day in days {
        match stretches.last_mut() {
            Some((_, last)) if last.plus(1) == *day => *last = *day,
            _ => stretches.push((*day, *day)),
        }
    }
    let line = |(first, last): (Day, Day)| {
        if first == last { first.to_string() } else { format!("{first} – {last}") }
    };
    stretches.into_iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_people_and_browsers_write_them() {
        for (from, to, span) in [
            ("9:00", "17:30", (540, 1050)),
            ("09:00:00", "17:00:00", (540, 1020)),
            ("13:00", "00:00", (780, 1440)),
            ("00:00", "24:00", (0, 1440)),
        ] {
            assert_eq!(parse_span(from, to), Ok(span), "{from} {to}");
        }
        for (from, to) in
            [("17:00", "9:00"), ("9:00", "9:00"), ("9", "17:00"), ("25:00", "26:00"), ("9:60", "17:00"), ("24:30", "")]
        {
            assert!(parse_span(from, to).is_err(), "{from} {to}");
        }
    }

    #[test]
    fn times_that_touch_or_overlap_are_one() {
        assert_eq!(merge(vec![(600, 720), (540, 600), (700, 800), (900, 960)]), [(540, 800), (900, 960)]);
    }

    #[test]
    fn days_off_are_single_days_and_stretches_and_come_back_so() {
        let days =
            parse_days_off("2026-12-31 – 2027-01-01\n2026-12-24,2026-12-25 to 2026-12-26\n\n2027-03-01 - 2027-03-02")
                .unwrap();
        assert_eq!(days.len(), 7);
        let text = days_off_text(&days);
        assert_eq!(text, "2026-12-24 – 2026-12-26\n2026-12-31 – 2027-01-01\n2027-03-01 – 2027-03-02");
        assert_eq!(parse_days_off(&text), Ok(days));
        for text in
            ["24.12.2026", "2026-12-26 – 2026-12-24", "2026-01-01 – 2026-02-01 – 2026-03-01", "0001-01-01 – 9000-01-01"]
        {
            assert!(parse_days_off(text).is_err(), "{text}");
        }
    }
}
