//! What holds for every week in every time zone around every change of clocks from 1990 to 2040. A part of them is drawn in
//! each run; `ALL_ZONES=1` goes through all.

use std::{collections::BTreeSet, time::Duration};

use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use proptest::prelude::*;
use uuid::Uuid;

use super::{day::timestamp, *};
use crate::server::clock::Instant;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

fn names() -> Vec<String> {
    TimeZoneDatabase::bundled().available().map(|name| name.as_str().to_owned()).collect()
}

/// When clocks change in a zone; a moment in each year where they never do.
fn changes(zone: &TimeZone) -> Vec<Instant> {
    let stamp = |text: &str| text.parse::<Timestamp>().unwrap();
    let (from, to) = (stamp("1990-01-01T00:00:00Z"), stamp("2040-12-31T00:00:00Z"));
    let mut found: Vec<_> = zone.following(from).map(|change| change.timestamp()).take_while(|at| *at < to).collect();
    if found.is_empty() {
        found = (1990..=2040).map(|year| stamp(&format!("{year}-07-01T00:00:00Z"))).collect();
    }
    found.into_iter().map(|at| Instant(at.as_microsecond())).collect()
}

fn window() -> impl Strategy<Value = Window> {
    let edge = prop_oneof![4 => 0..=48_i64, 1 => Just(0_i64), 1 => Just(48)];
    (1..=7_i64, edge.clone(), edge, -1..=1_i64).prop_map(|(weekday, a, b, odd)| Window {
        weekday,
        from_minute: (30 * a.min(b) + odd).clamp(0, 1440),
        to_minute: (30 * a.max(b)).min(1440),
    })
}

fn week() -> impl Strategy<Value = Week> {
    (prop::collection::vec(window(), 0..12), prop::collection::vec(-4..8_i64, 0..3)).prop_map(|(windows, off)| Week {
        windows,
        days_off: off.into_iter().map(Day).collect(),
        ..Week::default()
    })
}

/// Days off are drawn relative to a change of clocks.
fn moved(week: &Week, to: Day) -> Week {
    let days_off: BTreeSet<_> = week.days_off.iter().map(|day| to.plus(day.0)).collect();
    Week { days_off, ..week.clone() }
}

/// Everything that holds for a week around one change of clocks.
fn holds(week: &Week, zone: &TimeZone, change: Instant, drawn: &[i64]) {
    let today = day(change, zone);
    let week = moved(week, today);
    for ahead in -3..=3 {
        windows_lie_on_their_day(&week, today.plus(ahead), zone, change);
    }
    let mut asked: Vec<Instant> = drawn.iter().map(|at| Instant(change.micros() + at)).collect();
    asked.extend([-1, 0, 1].map(|at| Instant(change.micros() + at)));
    asked.sort_unstable();
    let mut last = (Instant(i64::MIN), Instant(i64::MIN));
    for at in asked {
        windows_are_found(&week, at, zone);
        unambiguous_times_are_inside_as_the_clock_shows(&week, at, zone);
        dues_lie_on_their_day(&week, at, zone);
        // Where a clock goes back over midnight, a later moment is on an earlier day, and a window without an end is looked
        // at up to an earlier one.
        if let Some(next) = week.next_window(at, zone).filter(|(from, to)| to.micros() - from.micros() < 300 * DAY) {
            assert!(
                next.0 >= last.0 && next.1 >= last.1,
                "later questions have later answers: {at:?} {last:?} {next:?}"
            );
            last = next;
        }
    }
}

fn windows_lie_on_their_day(week: &Week, on: Day, zone: &TimeZone, change: Instant) {
    let windows = week.windows_of(on, zone);
    let begins = start_of_day(on, zone);
    assert!(day(begins, zone) >= on, "a day begins on its date, or on the next one if it is skipped");
    assert!(day(Instant(begins.micros() - 1), zone) < on, "and not before it");
    for (from, to) in &windows {
        assert!(from < to);
        let inside =
            [from.micros(), to.micros() - 1, (from.micros() + to.micros()) / 2, change.micros() - 1, change.micros()];
        for at in inside.map(Instant).into_iter().filter(|at| from <= at && at < to) {
            assert_eq!(day(at, zone), on, "{from:?} {to:?} {at:?}");
        }
    }
    assert!(windows.windows(2).all(|pair| pair[0].1 < pair[1].0), "in order, and never touching");
}

fn windows_are_found(week: &Week, at: Instant, zone: &TimeZone) {
    let today = day(at, zone);
    let inside = week.windows_of(today, zone).into_iter().find(|(from, to)| *from <= at && at < *to);
    let next = week.next_window(at, zone);
    if let Some((from, to)) = inside {
        let (opens, closes) = next.expect("the window that contains the moment");
        assert!(opens <= from && to <= closes);
        return;
    }
    let later = (0..=9).flat_map(|ahead| week.windows_of(today.plus(ahead), zone)).find(|(from, _)| *from > at);
    match (next, later) {
        (Some((opens, closes)), Some((from, to))) => assert!(opens == from && closes >= to && opens > at),
        (Some((opens, _)), None) => assert!(opens > at && day(opens, zone) <= today.plus(370)),
        (None, later) => assert_eq!(later, None),
    }
}

fn unambiguous_times_are_inside_as_the_clock_shows(week: &Week, at: Instant, zone: &TimeZone) {
    let shown = zone.to_datetime(timestamp(at));
    let on = Day::from(shown.date());
    if zone.to_ambiguous_timestamp(shown).is_ambiguous() {
        return;
    }
    let minute = i64::from(shown.hour()) * 60 + i64::from(shown.minute());
    let wanted = !week.days_off.contains(&on)
        && week
            .windows
            .iter()
            .any(|window| window.weekday == on.weekday() && (window.from_minute..window.to_minute).contains(&minute));
    let inside = week.windows_of(on, zone).into_iter().any(|(from, to)| from <= at && at < to);
    assert_eq!(inside, wanted, "{shown}");
}

fn dues_lie_on_their_day(week: &Week, sent: Instant, zone: &TimeZone) {
    let today = day(sent, zone);
    for delay in [0, 1, 2, 3, 30] {
        let due = week.due(sent, delay, false, zone);
        assert!(due.micros() >= sent.micros() + 4 * HOUR);
        let due_on = day(due, zone);
        assert!(due_on >= today.plus(delay) && due_on <= today.plus(delay + 2), "{delay} days: {due_on}");
        let working = week.due(sent, delay, true, zone);
        assert!(working >= due || delay == 0, "leaving days out never makes it sooner");
    }
}

#[derive(Debug, Clone)]
struct Case {
    week: Week,
    place: prop::sample::Index,
    change: prop::sample::Index,
    drawn: Vec<i64>,
}

fn case() -> impl Strategy<Value = Case> {
    let drawn = prop::collection::vec(-3 * DAY..3 * DAY, 6);
    (week(), any::<prop::sample::Index>(), any::<prop::sample::Index>(), drawn)
        .prop_map(|(week, place, change, drawn)| Case { week, place, change, drawn })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn windows_hold_around_changes_of_clocks(case in case()) {
        let names = names();
        let name: &String = case.place.get(&names);
        let zone = zone(name).unwrap();
        holds(&case.week, &zone, *case.change.get(&changes(&zone)), &case.drawn);
    }

    #[test]
    fn gaps_are_never_shorter_than_the_least(
        least in 0..4_000_i64, more in 0..4_000_i64, spread in any::<bool>(), number in 1..500_i64,
        seconds_left in -100..90_000_i64, mails_left in -2..500_i64, seed in any::<u128>(),
    ) {
        let pace = Pace { daily_cap: 500, gap_min_s: least, gap_max_s: least + more, spread, ramp: None };
        let chance = Chance::new(Uuid::nil(), Uuid::from_u128(seed), Day(1));
        let gap = pace.gap(&chance, number, seconds_left, mails_left);
        prop_assert!(gap >= Duration::from_secs(least as u64));
        prop_assert!(gap <= Duration::from_secs((45 * 60).max(least + more) as u64));
        prop_assert!((0.0..1.0).contains(&chance.of(number, "gap")));
    }
}

#[test]
fn every_change_of_clocks_in_every_zone_holds() {
    if std::env::var_os("ALL_ZONES").is_none() {
        return;
    }
    let each = |weekdays: std::ops::RangeInclusive<i64>, from_minute, to_minute| Week {
        windows: weekdays.map(|weekday| Window { weekday, from_minute, to_minute }).collect(),
        ..Week::default()
    };
    let weeks = [
        each(1..=5, 540, 1020),
        each(1..=7, 0, 1440),
        each(1..=7, 135, 165),
        each(6..=7, 0, 90),
        each(7..=7, 1380, 1440),
    ];
    let drawn: Vec<i64> = (-4..=4).map(|part| part * 21 * HOUR / 2 + part * MINUTE).collect();
    // Other names of these zones have the same changes.
    for zone in names().iter().filter_map(|name| zone(name)).filter(TimeZone::is_primary) {
        for change in changes(&zone) {
            for week in &weeks {
                holds(week, &zone, change, &drawn);
            }
        }
    }
}

/// The mean of a pause over many draws, in seconds.
fn mean(pace: Pace, seconds_left: i64, mails_left: i64) -> f64 {
    let gaps = (0..40_i64).flat_map(|day| {
        let chance = Chance::new(Uuid::nil(), Uuid::from_u128(7), Day(day));
        (1..=100).map(move |number| pace.gap(&chance, number, seconds_left, mails_left).as_secs_f64())
    });
    gaps.sum::<f64>() / 4_000.0
}

#[test]
fn gaps_have_the_mean_that_the_form_names() {
    let pace = Pace { daily_cap: 30, gap_min_s: 60, gap_max_s: 180, spread: false, ramp: None };
    assert!((mean(pace, 28_800, 30) - 120.0).abs() < 2.0, "drawn evenly: {}", mean(pace, 28_800, 30));
    let spread = Pace { spread: true, ..pace };
    assert!((mean(spread, 28_800, 30) - 960.0).abs() < 10.0, "a full day is spread: {}", mean(spread, 28_800, 30));
    assert!((mean(spread, 28_800, 2) - 2_700.0).abs() < 1.0, "never longer than 45 minutes");
}
