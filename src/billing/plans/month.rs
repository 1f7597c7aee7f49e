//! Calendar months by an anchor day, in UTC: no clock change ever moves them.

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};

use crate::server::clock::Instant;

/// The same time of day one calendar month later, on `anchor_day` or, in a shorter month, on its last day: with anchor
/// 31 it goes 31 January, 28 February, 31 March.
pub fn month_after(at: Instant, anchor_day: i64) -> Instant {
    // Outside of what a calendar can name (years −9999 to 9999) a month is 30 days.
    next(at, anchor_day).unwrap_or_else(|| at.plus(std::time::Duration::from_secs(30 * 86_400)))
}

fn next(at: Instant, anchor_day: i64) -> Option<Instant> {
    let now = Timestamp::from_microsecond(at.micros()).ok()?.to_zoned_datetime(TimeZone::UTC).datetime();
    let month = now.date().first_of_month().checked_add(1.month()).ok()?;
    let day = anchor_day.clamp(1, i64::from(month.days_in_month()));
    let date = Date::new(month.year(), month.month(), i8::try_from(day).ok()?).ok()?;
    let then = date.to_datetime(now.time()).to_zoned_datetime(TimeZone::UTC).ok()?;
    Some(Instant(then.timestamp().as_microsecond()))
}

/// The day of the month of an instant, in UTC.
pub(super) fn day_of(at: Instant) -> i64 {
    Timestamp::from_microsecond(at.micros()).map_or(1, |stamp| stamp.to_zoned_datetime(TimeZone::UTC).day().into())
}

/// The first moment of the calendar month of `at`, in UTC.
pub(in crate::billing) fn month_start(at: Instant) -> Instant {
    let Ok(stamp) = Timestamp::from_microsecond(at.micros()) else { return at };
    let start = stamp.to_zoned_datetime(TimeZone::UTC).date().first_of_month().to_zoned_datetime(TimeZone::UTC);
    start.map_or(at, |start| Instant(start.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Instant {
        Instant(text.parse::<Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn a_plan_of_the_31st_renews_on_the_last_day_of_short_months_and_comes_back() {
        let mut day = at("2027-10-31T22:30:00Z");
        for expected in ["2027-11-30", "2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"] {
            day = month_after(day, 31);
            assert_eq!(day.rfc3339(), format!("{expected}T22:30:00Z"));
        }
    }

    #[test]
    fn a_change_of_clocks_moves_no_renewal() {
        // Clocks go forward on 28 March 2027 and back on 31 October 2027 in Europe.
        assert_eq!(month_after(at("2027-03-28T01:30:00Z"), 28).rfc3339(), "2027-04-28T01:30:00Z");
        assert_eq!(month_after(at("2027-09-30T23:59:59Z"), 31).rfc3339(), "2027-10-31T23:59:59Z");
    }

    #[test]
    fn the_ends_of_time_are_survived() {
        for at in [i64::MIN, i64::MAX, 0] {
            assert!(month_after(Instant(at), 31) >= Instant(at));
            assert!(month_start(Instant(at)) <= Instant(at));
        }
    }

    proptest! {
        #[test]
        fn months_follow_one_another_without_gap_or_overlap(start in 0_i64..4_000_000_000, months in 1_usize..60) {
            let start = Instant(start * 1_000_000);
            let anchor = day_of(start);
            let mut now = start;
            for _ in 0..months {
                let then = month_after(now, anchor);
                let days = (then.micros() - now.micros()) / 86_400_000_000;
                prop_assert!((28..=31).contains(&days), "{days} days");
                prop_assert_eq!(then.micros() % 86_400_000_000, start.micros() % 86_400_000_000);
                prop_assert!(day_of(then) == anchor || day_of(then.plus(std::time::Duration::from_secs(86_400))) == 1);
                now = then;
            }
            let months = i32::try_from(months).unwrap();
            let direct = Timestamp::from_microsecond(start.micros()).unwrap().to_zoned_datetime(TimeZone::UTC);
            let direct = direct.checked_add(months.months()).unwrap().timestamp().as_microsecond();
            prop_assert_eq!(now.micros(), direct, "stepping and jumping agree");
        }
    }
}
