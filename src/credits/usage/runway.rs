//! How long the credits last at the current pace (rule C21).

use crate::{
    accounts::WorkspaceId,
    credits::Credits,
    server::{clock::Instant, db::Tx, select::Select},
    ui::{count_text, plural},
};

/// One day (UTC), in microseconds.
pub(crate) const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// The days that the pace is taken from, today included.
const PACE_DAYS: i64 = 7;

/// What is left and how fast it goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runway {
    pub available: Credits,
    /// Credits spent in the last 7 days (UTC), today included, less those that came back.
    pub week: i64,
}

impl Runway {
    /// Whole days that the credits last at this week's pace; `None` when nothing was spent this week.
    pub fn days(self) -> Option<i64> {
        let available = i128::from(self.available.get()) * i128::from(PACE_DAYS);
        (self.week > 0).then(|| i64::try_from(available / i128::from(self.week)).unwrap_or(i64::MAX))
    }

    /// The same for people: `about 12 days at this week's pace`.
    pub fn text(self) -> String {
        match self.days() {
            None => "no spending this week".into(),
            Some(_) if self.available.is_zero() => "nothing left to use".into(),
            Some(0) => "less than a day at this week’s pace".into(),
            Some(days) if days > 365 => "more than a year at this week’s pace".into(),
            Some(days) => format!("about {} at this week’s pace", plural(days, "day", "days")),
        }
    }

    /// The length alone, for people: `12 days`, `about a month`; `None` without spending this week.
    pub fn lasts_text(self) -> Option<String> {
        Some(match self.days()? {
            0 => "less than a day".into(),
            days @ 1..24 => plural(days, "day", "days"),
            24..=40 => "about a month".into(),
            days if days > 730 => "more than two years".into(),
            days => format!("about {}", plural((days + 15) / 30, "month", "months")),
        })
    }

    /// How much goes in a day, for people: `18 a day`.
    pub fn pace_text(self) -> String {
        let tenths = self.week.max(0) * 10 / PACE_DAYS;
        match (tenths / 10, tenths % 10) {
            (whole, _) if whole >= 10 => count_text(whole),
            (whole, 0) => whole.to_string(),
            (whole, tenth) => format!("{whole}.{tenth}"),
        }
    }

    /// Credits for thirty days at this week's pace.
    pub fn month(self) -> i64 {
        i64::try_from(i128::from(self.week.max(0)) * 30 / i128::from(PACE_DAYS)).unwrap_or(i64::MAX)
    }
}

/// The runway of `workspace` with `available` credits.
///
/// # Errors
/// Only the database's.
pub async fn runway(tx: &mut Tx, workspace: WorkspaceId, available: Credits, at: Instant) -> sqlx::Result<Runway> {
    Ok(Runway { available, week: select_week(workspace, at).read(tx).await? })
}

/// What [`Runway::week`] is at `at`.
pub fn select_week(workspace: WorkspaceId, at: Instant) -> Select<i64> {
    let today = at.micros().div_euclid(DAY_MICROS);
    select_net_spent(workspace, Instant((today + 1 - PACE_DAYS) * DAY_MICROS), Instant((today + 1) * DAY_MICROS))
}

/// Credits spent from `from` until `until` (exclusive), less those that came back in that time.
fn select_net_spent(workspace: WorkspaceId, from: Instant, until: Instant) -> Select<i64> {
    Select::number(
        "select cast(coalesce(sum(case when kind = 'capture' then amount else -amount end), 0) as bigint) as number
         from credit_transfers
         where workspace_id = $1 and created_at >= $2 and created_at < $3 and kind in ('capture', 'refund')",
    )
    .bind(workspace.0)
    .bind(from)
    .bind(until)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_runway_is_what_is_left_at_the_pace_of_seven_days() {
        let text = |available, week| Runway { available: Credits::new(available).unwrap(), week }.text();
        assert_eq!(text(120, 70), "about 12 days at this week’s pace");
        assert_eq!(text(10, 70), "about 1 day at this week’s pace");
        assert_eq!(text(9, 70), "less than a day at this week’s pace");
        assert_eq!(text(0, 70), "nothing left to use");
        assert_eq!(text(120, 0), "no spending this week");
        assert_eq!(text(120, -3), "no spending this week");
        assert_eq!(text(i64::MAX, 1), "more than a year at this week’s pace");
    }

    #[test]
    fn a_slow_pace_keeps_its_tenths() {
        let pace = |week| Runway { available: Credits::ZERO, week }.pace_text();
        assert_eq!((pace(0), pace(3), pace(70), pace(7_001)), ("0".into(), "0.4".into(), "10".into(), "1,000".into()));
        assert_eq!(Runway { available: Credits::ZERO, week: 70 }.month(), 300);
    }
}
