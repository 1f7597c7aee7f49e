//! The cases of time that go wrong in other schedulers, each with the right outcome.

use std::{collections::BTreeSet, time::Duration};

use jiff::tz::TimeZone;

use super::*;
use crate::server::clock::Instant;

fn berlin() -> TimeZone {
    zone("Europe/Berlin").unwrap()
}

/// “2026-03-29T09:00:00+02:00”.
fn at(text: &str) -> Instant {
    Instant(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
}

fn on(text: &str) -> Day {
    Day::parse(text).unwrap()
}

/// The same window on some days of the week.
fn week(weekdays: &[i64], from_minute: i64, to_minute: i64) -> Week {
    let windows = weekdays.iter().map(|weekday| Window { weekday: *weekday, from_minute, to_minute }).collect();
    Week { windows, ..Week::default() }
}

const ALL: [i64; 7] = [1, 2, 3, 4, 5, 6, 7];
const MONDAY_TO_FRIDAY: [i64; 5] = [1, 2, 3, 4, 5];

fn hours(span: (Instant, Instant)) -> i64 {
    (span.1.micros() - span.0.micros()) / 3_600_000_000
}

#[test]
fn days_count_from_1970_and_know_their_weekday() {
    assert_eq!((on("1970-01-01").0, on("1969-12-31").0, on("2026-11-29").0), (0, -1, 20_786));
    assert_eq!((on("1970-01-01").weekday(), on("2026-11-29").weekday(), on("2026-11-30").weekday()), (4, 7, 1));
    assert_eq!(on("1931-02-03").weekday(), 2, "before 1970");
    assert_eq!(on("2026-02-28").plus(1).to_string(), "2026-03-01");
    assert_eq!(Day::parse("2026-02-30"), None);
    assert_eq!(Day(i64::MAX).to_string(), "9998-12-31");
    assert_eq!(Day::parse("-000900-01-01"), None);
}

#[test]
fn a_window_inside_the_hour_that_spring_skips_does_not_open() {
    let sunday = on("2026-03-29");
    assert_eq!(week(&ALL, 135, 165).windows_of(sunday, &berlin()), []);
    let around = week(&ALL, 105, 165).windows_of(sunday, &berlin());
    assert_eq!(around, [(at("2026-03-29T01:45:00+01:00"), at("2026-03-29T03:00:00+02:00"))]);
    let from_inside = week(&ALL, 150, 240).windows_of(sunday, &berlin());
    assert_eq!(from_inside, [(at("2026-03-29T03:00:00+02:00"), at("2026-03-29T04:00:00+02:00"))]);
}

#[test]
fn a_window_over_the_hour_that_autumn_repeats_is_an_hour_longer() {
    let windows = week(&ALL, 120, 180).windows_of(on("2026-10-25"), &berlin());
    assert_eq!(windows, [(at("2026-10-25T02:00:00+02:00"), at("2026-10-25T03:00:00+01:00"))]);
    assert_eq!(hours(windows[0]), 2);
}

#[test]
fn windows_that_touch_across_midnight_are_one() {
    let mut week = week(&[1], 22 * 60, 1440);
    week.windows.push(Window { weekday: 2, from_minute: 0, to_minute: 120 });
    let night = (at("2026-11-30T22:00:00+01:00"), at("2026-12-01T02:00:00+01:00"));
    for asked in ["2026-11-30T12:00:00+01:00", "2026-11-30T23:59:00+01:00", "2026-12-01T01:59:59+01:00"] {
        assert_eq!(week.next_window(at(asked), &berlin()), Some(night), "{asked}");
    }
    let next = week.next_window(night.1, &berlin()).unwrap();
    assert_eq!(next.0, at("2026-12-07T22:00:00+01:00"), "its end is no longer inside");
}

#[test]
fn windows_of_one_day_that_touch_or_overlap_are_one() {
    let mut week = week(&[1], 9 * 60, 12 * 60);
    week.windows.push(Window { weekday: 1, from_minute: 12 * 60, to_minute: 13 * 60 });
    week.windows.push(Window { weekday: 1, from_minute: 10 * 60, to_minute: 11 * 60 });
    week.windows.push(Window { weekday: 1, from_minute: 14 * 60, to_minute: 15 * 60 });
    let monday = week.windows_of(on("2026-11-30"), &berlin());
    assert_eq!(monday.into_iter().map(hours).collect::<Vec<_>>(), [4, 1]);
}

#[test]
fn a_week_with_one_day_opens_next_week_also_when_clocks_change_in_between() {
    let mondays = week(&[1], 9 * 60, 17 * 60);
    for (asked, opens) in [
        ("2026-03-23T18:00:00+01:00", "2026-03-30T09:00:00+02:00"),
        ("2026-10-19T18:00:00+02:00", "2026-10-26T09:00:00+01:00"),
    ] {
        assert_eq!(mondays.next_window(at(asked), &berlin()).unwrap().0, at(opens));
    }
}

#[test]
fn without_a_window_there_is_no_next_one() {
    let now = at("2026-11-30T12:00:00Z");
    assert_eq!(Week::default().next_window(now, &berlin()), None);
    assert_eq!(week(&ALL, 600, 600).next_window(now, &berlin()), None);
    let over = Week { ends_on: Some(on("2026-11-29")), ..week(&ALL, 0, 1440) };
    assert_eq!(over.next_window(now, &berlin()), None);
    let far = Week { starts_on: Some(on("2028-01-01")), ..week(&ALL, 0, 1440) };
    assert_eq!(far.next_window(now, &berlin()), None);
}

#[test]
fn days_off_the_first_and_the_last_day_close_windows() {
    let mut week = week(&MONDAY_TO_FRIDAY, 9 * 60, 17 * 60);
    week.days_off = BTreeSet::from([on("2026-12-01"), on("2026-12-02")]);
    let evening = at("2026-11-30T18:00:00+01:00");
    assert_eq!(week.next_window(evening, &berlin()).unwrap().0, at("2026-12-03T09:00:00+01:00"));
    week.starts_on = Some(on("2026-12-05"));
    assert_eq!(week.next_window(evening, &berlin()).unwrap().0, at("2026-12-07T09:00:00+01:00"));
    week.ends_on = Some(on("2026-12-07"));
    assert_eq!(week.next_window(at("2026-12-07T17:00:00+01:00"), &berlin()), None);
}

#[test]
fn delays_are_days_of_the_calendar_never_months() {
    let week = week(&ALL, 9 * 60, 17 * 60);
    let leap_day = at("2028-02-29T10:30:15+01:00");
    assert_eq!(week.due(leap_day, 365, false, &berlin()), at("2029-02-28T10:30:15+01:00"));
    let last_of_january = at("2026-01-31T10:00:00+01:00");
    assert_eq!(week.due(last_of_january, 30, false, &berlin()), at("2026-03-02T10:00:00+01:00"));
}

#[test]
fn a_delay_keeps_the_time_of_day_when_clocks_change() {
    let week = week(&ALL, 0, 1440);
    let saturday = at("2026-03-28T09:00:00+01:00");
    assert_eq!(week.due(saturday, 1, true, &berlin()), at("2026-03-29T09:00:00+02:00"));
    let half_past_two = at("2026-03-28T02:30:45+01:00");
    assert_eq!(week.due(half_past_two, 1, true, &berlin()), at("2026-03-29T03:00:00+02:00"), "skipped");
    let autumn = at("2026-10-24T02:30:00+02:00");
    assert_eq!(week.due(autumn, 1, true, &berlin()), at("2026-10-25T02:30:00+02:00"), "the first of the two");
}

#[test]
fn working_days_count_days_with_a_window_and_no_days_off() {
    let mut week = week(&MONDAY_TO_FRIDAY, 9 * 60, 17 * 60);
    let friday = at("2026-12-04T10:00:00+01:00");
    assert_eq!(week.due(friday, 3, true, &berlin()), at("2026-12-09T10:00:00+01:00"));
    assert_eq!(week.due(friday, 3, false, &berlin()), at("2026-12-07T10:00:00+01:00"));
    week.days_off.insert(on("2026-12-08"));
    assert_eq!(week.due(friday, 3, true, &berlin()), at("2026-12-10T10:00:00+01:00"));
    let all_off = Week { days_off: (0..400).map(|n| on("2026-12-05").plus(n)).collect(), ..week };
    assert_eq!(all_off.due(friday, 1, true, &berlin()), at("2028-01-10T10:00:00+01:00"), "the first day after them");
}

#[test]
fn a_delay_of_no_days_is_four_hours() {
    let sent = at("2026-11-30T10:00:00Z");
    assert_eq!(Week::default().due(sent, 0, true, &berlin()), at("2026-11-30T14:00:00Z"));
    assert_eq!(Week::default().due(sent, 2, true, &berlin()), at("2026-12-02T10:00:00Z"), "no week, no working days");
}

#[test]
fn earlier_names_of_a_zone_are_known_and_unknown_ones_are_not_utc() {
    for (old, new) in
        [("US/Eastern", "America/New_York"), ("Asia/Calcutta", "Asia/Kolkata"), ("Europe/Kiev", "Europe/Kyiv")]
    {
        let noon = at("2026-07-01T12:00:00Z");
        let shown = |name| zone(name).unwrap().to_datetime(super::day::timestamp(noon));
        assert_eq!(shown(old), shown(new), "{old}");
    }
    for name in ["", "Berlin", "Etc/Unknown", "Mars/Olympus", "../../etc/passwd", "right/Europe/Berlin"] {
        assert!(zone(name).is_none(), "{name}");
    }
}

#[test]
fn zones_to_choose_from_are_places_under_their_names_of_today() {
    let names = zone_names();
    assert!((350..500).contains(&names.len()), "{}", names.len());
    for name in ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "UTC"] {
        assert!(names.iter().any(|known| known == name), "{name}");
    }
    assert!(!names.iter().any(|name| name == "US/Eastern" || name == "Asia/Calcutta"));
}

#[test]
fn the_day_of_a_mail_is_the_date_where_its_mailbox_is() {
    let moment = at("2026-11-30T20:00:00Z");
    let date = |name| day(moment, &zone(name).unwrap()).to_string();
    assert_eq!((date("Asia/Tokyo"), date("America/New_York")), ("2026-12-01".to_owned(), "2026-11-30".to_owned()));
}

#[test]
fn the_day_of_a_mailbox_never_goes_back_when_its_zone_changes() {
    let noon_in_tokyo = at("2026-12-01T03:00:00Z");
    let sent_on = day(noon_in_tokyo, &zone("Asia/Tokyo").unwrap());
    let new_york = zone("America/New_York").unwrap();
    let counted = |at: Instant| counting_day(at, &new_york, Some(sent_on)).to_string();
    assert_eq!(day(noon_in_tokyo, &new_york).to_string(), "2026-11-30");
    assert_eq!(counted(noon_in_tokyo), "2026-12-01", "counted already");
    assert_eq!(counted(at("2026-12-01T20:00:00Z")), "2026-12-01", "both agree");
    assert_eq!(counted(at("2026-12-02T06:00:00Z")), "2026-12-02");
}

#[test]
fn a_day_begins_with_its_first_moment() {
    let sao_paulo = zone("America/Sao_Paulo").unwrap();
    assert_eq!(start_of_day(on("2018-11-04"), &sao_paulo), at("2018-11-04T03:00:00Z"), "0:00 was skipped");
    let havana = zone("America/Havana").unwrap();
    assert_eq!(start_of_day(on("2026-11-01"), &havana), at("2026-11-01T04:00:00Z"), "0:00 comes twice, both on Sunday");
    let st_johns = zone("America/St_Johns").unwrap();
    let sunday = on("2009-11-01");
    assert_eq!(
        start_of_day(sunday, &st_johns),
        at("2009-11-01T03:30:00Z"),
        "an hour of Saturday came again after 0:01"
    );
    let apia = zone("Pacific/Apia").unwrap();
    assert_eq!(start_of_day(on("2011-12-30"), &apia), start_of_day(on("2011-12-31"), &apia), "the day that never was");
    assert_eq!(week(&ALL, 0, 1440).windows_of(on("2011-12-30"), &apia), []);
}

fn pace() -> Pace {
    Pace { daily_cap: 30, gap_min_s: 60, gap_max_s: 180, spread: true, ramp: None }
}

fn chance(day: i64) -> Chance {
    Chance::new(uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2), Day(day))
}

#[test]
fn a_slow_start_climbs_with_the_days_on_which_a_mailbox_sent() {
    let on_day = |days| Pace { ramp: Some(Ramp { start: 5, step: 2, days }), ..pace() }.cap();
    assert_eq!([on_day(0), on_day(1), on_day(12), on_day(13), on_day(i64::MAX)], [5, 7, 29, 30, 30]);
    assert_eq!(pace().cap(), 30);
}

#[test]
fn after_a_stop_of_days_mails_keep_their_distance() {
    for number in 1..=30 {
        assert!(pace().gap(&chance(0), number, 0, 30 - number) >= Duration::from_secs(60), "nothing left of the day");
        assert!(pace().gap(&chance(0), number, -5, 0) >= Duration::from_secs(60));
    }
}

#[test]
fn a_shorter_delay_makes_mails_due_at_once_but_no_faster() {
    let sent = at("2026-11-24T10:00:00+01:00");
    let now = at("2026-11-27T10:00:00+01:00");
    let week = week(&MONDAY_TO_FRIDAY, 9 * 60, 17 * 60);
    assert!(week.due(sent, 7, true, &berlin()) > now);
    assert!(week.due(sent, 2, true, &berlin()) < now);
}

#[test]
fn draws_can_be_repeated_and_differ_by_everything_they_are_drawn_for() {
    let first = chance(20_786).of(1, "gap");
    assert_eq!(first.to_bits(), chance(20_786).of(1, "gap").to_bits());
    let others = [chance(20_787).of(1, "gap"), chance(20_786).of(2, "gap"), chance(20_786).of(1, "spread")];
    assert!(others.iter().all(|other| other.to_bits() != first.to_bits()));
}

#[test]
fn mailboxes_do_not_start_together() {
    let opens = at("2026-11-30T09:00:00+01:00");
    let of = |mailbox| Chance::new(uuid::Uuid::nil(), uuid::Uuid::from_u128(mailbox), on("2026-11-30"));
    let starts: BTreeSet<_> = (0..100).map(|mailbox| first_look(opens, &of(mailbox))).collect();
    assert!(starts.len() > 80, "{}", starts.len());
    let last = opens.plus(Duration::from_secs(600));
    assert!(starts.iter().all(|start| (opens..last).contains(start)));
}
