//! How long the credits last at the current pace (rule C21).

use serde::Deserialize;

use crate::{
    accounts::WorkspaceId,
    credits::{Credits, Lot},
    server::{clock::Instant, db::Tx, select::Select},
    ui::{count_text, plural},
};

/// One day (UTC), in microseconds.
pub(crate) const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// The most days that the pace is taken from, today included.
const PACE_DAYS: i64 = 7;
/// How long after the first spending nothing is said about the pace.
const EARLY_DAYS: i64 = 3;

/// How fast credits go.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pace {
    /// Credits spent in the last 7 days (UTC), today included, less those that came back.
    pub spent: i64,
    /// The days that they were spent in: fewer than 7 in a workspace's first week. 0: it is too early to tell.
    pub days: i64,
}

/// Credits that will not be used at the current pace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loss {
    /// When the first of them expire.
    pub at: Instant,
    /// Those that expire then.
    pub credits: i64,
    /// All that will expire unused.
    pub total: i64,
}

/// What is left of a lot that expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct LotEnd {
    pub remaining: Credits,
    pub expires_at: Instant,
}

/// What is left, how fast it goes, and what will expire before it is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Runway {
    pub available: Credits,
    pub pace: Pace,
    pub loss: Option<Loss>,
}

impl Pace {
    fn of(spent: i64, first: Option<Instant>, at: Instant) -> Self {
        let day = |at: Instant| at.micros().div_euclid(DAY_MICROS);
        let days = match first {
            Some(first) if at.micros() - first.micros() >= EARLY_DAYS * DAY_MICROS => {
                (day(at) - day(first) + 1).clamp(1, PACE_DAYS)
            }
            _ => 0,
        };
        Self { spent, days }
    }

    /// Credits that go in `micros` at this pace.
    fn in_time(self, micros: i64) -> i128 {
        i128::from(self.spent.max(0)) * i128::from(micros.max(0)) / i128::from(self.days.max(1) * DAY_MICROS)
    }
}

impl Runway {
    /// What becomes of `lots`, given in draw order, at this pace from `at` on.
    pub fn new(available: Credits, pace: Pace, lots: &[Lot], at: Instant) -> Self {
        let ends = lots.iter().filter_map(|lot| Some(LotEnd { remaining: lot.remaining, expires_at: lot.expires_at? }));
        Self::with_ends(available, pace, ends, at)
    }

    /// The same for `ends`, the first one first.
    pub fn with_ends(available: Credits, pace: Pace, ends: impl IntoIterator<Item = LotEnd>, at: Instant) -> Self {
        Self { available, pace, loss: loss(pace, ends, at) }
    }

    /// Whole days that the credits last, less those that expire before they are used; `None` when nothing was spent this
    /// week, and when it is too early to tell.
    pub fn days(self) -> Option<i64> {
        let usable = self.available.get().saturating_sub(self.loss.map_or(0, |loss| loss.total)).max(0);
        let days = i128::from(usable) * i128::from(self.pace.days);
        (self.pace.spent > 0 && self.pace.days > 0)
            .then(|| i64::try_from(days / i128::from(self.pace.spent)).unwrap_or(i64::MAX))
    }

    /// The same for people: `about 12 days at this week's pace`.
    pub fn text(self) -> String {
        match self.days() {
            _ if self.pace.spent <= 0 => "no spending this week".into(),
            _ if self.available.is_zero() => "nothing left to use".into(),
            None => "too early to tell".into(),
            Some(0) => "less than a day at this week’s pace".into(),
            Some(days) if days > 365 => "more than a year at this week’s pace".into(),
            Some(days) => format!("about {} at this week’s pace", plural(days, "day", "days")),
        }
    }

    /// The length alone, for people: `12 days`, `about a month`; `None` where there is none.
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
        let tenths = self.pace.spent.max(0) * 10 / self.pace.days.max(1);
        match (tenths / 10, tenths % 10) {
            (whole, _) if whole >= 10 => count_text(whole),
            (whole, 0) => whole.to_string(),
            (whole, tenth) => format!("{whole}.{tenth}"),
        }
    }

    /// Credits for thirty days at this week's pace; 0 when it is too early to tell.
    pub fn month(self) -> i64 {
        if self.pace.days == 0 {
            return 0;
        }
        let month = i128::from(self.pace.spent.max(0)) * 30 / i128::from(self.pace.days);
        i64::try_from(month).unwrap_or(i64::MAX)
    }
}

/// What of lots that expire, the first one first, is not drawn before. Nothing is said without a pace.
fn loss(pace: Pace, ends: impl IntoIterator<Item = LotEnd>, at: Instant) -> Option<Loss> {
    if pace.spent <= 0 || pace.days == 0 {
        return None;
    }
    let (mut sum, mut lost) = (0_i128, None::<Loss>);
    for LotEnd { remaining, expires_at: expires } in ends {
        sum += i128::from(remaining.get());
        let total = lost.map_or(0, |loss| loss.total);
        let used = pace.in_time(expires.micros() - at.micros());
        let unused = i64::try_from(sum - i128::from(total) - used).unwrap_or(i64::MAX);
        if unused > 0 {
            let Loss { at, credits, .. } = lost.unwrap_or(Loss { at: expires, credits: unused, total: 0 });
            lost = Some(Loss { at, credits, total: total.saturating_add(unused) });
        }
    }
    lost
}

/// The runway of `workspace` with `available` credits.
///
/// # Errors
/// Only the database's.
pub async fn runway(tx: &mut Tx, workspace: WorkspaceId, available: Credits, at: Instant) -> sqlx::Result<Runway> {
    let pace = select_pace(workspace, at).read(tx).await?;
    let lots = crate::credits::select_drawable_lots(workspace, at).read(tx).await?;
    Ok(Runway::new(available, pace, &lots, at))
}

/// What `workspace` spent in the last days, and since when it spends.
pub fn select_pace(workspace: WorkspaceId, at: Instant) -> Select<Pace> {
    #[derive(Deserialize)]
    struct Row {
        spent: i64,
        first_at: Option<Instant>,
    }
    let today = at.micros().div_euclid(DAY_MICROS);
    Select::<Vec<Row>>::rows(
        "spent, first_at",
        "select (select cast(coalesce(sum(case when kind = 'capture' then amount else -amount end), 0) as bigint)
             from credit_transfers where workspace_id = $1 and created_at >= $2 and created_at < $3
                 and kind in ('capture', 'refund')) as spent,
         (select created_at from credit_transfers where workspace_id = $1 and kind = 'capture' order by seq limit 1)
             as first_at",
    )
    .bind(workspace.0)
    .bind(Instant((today + 1 - PACE_DAYS) * DAY_MICROS))
    .bind(Instant((today + 1) * DAY_MICROS))
    .map(move |rows: Vec<Row>| rows.first().map_or_else(Pace::default, |row| Pace::of(row.spent, row.first_at, at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = DAY_MICROS;

    fn credits(amount: i64) -> Credits {
        Credits::new(amount).unwrap()
    }

    fn of(available: i64, spent: i64, days: i64) -> Runway {
        Runway { available: credits(available), pace: Pace { spent, days }, loss: None }
    }

    #[test]
    fn the_runway_is_what_is_left_at_the_pace_of_seven_days() {
        let text = |available, week| of(available, week, 7).text();
        assert_eq!(text(120, 70), "about 12 days at this week’s pace");
        assert_eq!(text(10, 70), "about 1 day at this week’s pace");
        assert_eq!(text(9, 70), "less than a day at this week’s pace");
        assert_eq!(text(0, 70), "nothing left to use");
        assert_eq!(text(120, 0), "no spending this week");
        assert_eq!(text(120, -3), "no spending this week");
        assert_eq!(text(i64::MAX, 1), "more than a year at this week’s pace");
    }

    #[test]
    fn the_pace_is_taken_from_the_days_since_the_first_spending_and_not_told_too_early() {
        let (noon, first) = (Instant(100 * DAY + DAY / 2), |days: i64| Some(Instant((100 - days) * DAY + DAY / 2)));
        let days = |first| Pace::of(25, first, noon).days;
        assert_eq!((days(None), days(first(0)), days(first(2))), (0, 0, 0));
        assert_eq!((days(first(3)), days(first(5)), days(first(6)), days(first(400))), (4, 6, 7, 7));
        assert_eq!(of(575, 25, 0).text(), "too early to tell");
        assert_eq!(of(100, 40, 4).text(), "about 10 days at this week’s pace");
        assert_eq!((of(100, 25, 0).month(), of(100, 40, 4).month()), (0, 300));
    }

    #[test]
    fn what_expires_before_it_is_used_does_not_count() {
        let at = Instant(0);
        let lots = |lots: &[(i64, i64)]| {
            let end = |(left, day): &(i64, i64)| LotEnd { remaining: credits(*left), expires_at: Instant(day * DAY) };
            loss(Pace { spent: 70, days: 7 }, lots.iter().map(end), at)
        };
        let lost = |day, credits, total| Some(Loss { at: Instant(day * DAY), credits, total });
        assert_eq!(lots(&[(100, 10)]), None, "used in time");
        assert_eq!(lots(&[(5_000, 10)]), lost(10, 4_900, 4_900));
        assert_eq!(lots(&[(150, 10), (300, 30)]), lost(10, 50, 150));
        assert_eq!(lots(&[(50, 10), (500, 30)]), lost(30, 250, 250));
        let early = Pace { spent: 70, days: 0 };
        assert_eq!(loss(early, [LotEnd { remaining: credits(9), expires_at: Instant(DAY) }], at), None);
        let loss = lots(&[(5_000, 10)]);
        let runway = Runway { loss, ..of(5_050, 70, 7) };
        assert_eq!(runway.text(), "about 15 days at this week’s pace");
    }

    #[test]
    fn a_slow_pace_keeps_its_tenths() {
        let pace = |week| of(0, week, 7).pace_text();
        assert_eq!((pace(0), pace(3), pace(70), pace(7_001)), ("0".into(), "0.4".into(), "10".into(), "1,000".into()));
        assert_eq!(of(0, 70, 7).month(), 300);
    }
}
