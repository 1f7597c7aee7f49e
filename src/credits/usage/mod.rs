//! What was spent when, and for which campaign: the usage chart.

pub mod runway;
pub mod view;

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date, civil::Weekday, tz::TimeZone};
use serde::Deserialize;

use self::runway::DAY_MICROS;
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, TransferKind},
    on,
    server::{clock::Instant, db::Tx, select::Select},
};

/// Campaigns that have a colour of their own; the others share one.
const CAMPAIGNS_SHOWN: usize = 5;

/// What one bar of the chart stands for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum UsageUnit {
    #[default]
    Day,
    Week,
    Month,
}

impl UsageUnit {
    pub const ALL: [Self; 3] = [Self::Day, Self::Week, Self::Month];

    /// The unit of the address; a day when it names none.
    pub fn of_word(word: &str) -> Self {
        Self::ALL.into_iter().find(|unit| unit.word() == word).unwrap_or_default()
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
        }
    }

    /// What the chart shows with this unit.
    pub fn span(self) -> &'static str {
        match self {
            Self::Day => "the last 30 days",
            Self::Week => "the last 13 weeks",
            Self::Month => "the last 12 months",
        }
    }

    /// The first day of the period that `day` is in.
    fn start(self, day: Date) -> Date {
        match self {
            Self::Day => day,
            Self::Week => {
                let since_monday = i64::from(day.weekday().since(Weekday::Monday));
                day.checked_sub(since_monday.days()).unwrap_or(day)
            }
            Self::Month => day.first_of_month(),
        }
    }

    /// The first days of the periods shown, oldest first, and of the one after them.
    fn periods(self, today: Date) -> Vec<Date> {
        let last = self.start(today);
        let first = match self {
            Self::Day => last.checked_sub(29.days()),
            Self::Week => last.checked_sub(12.weeks()),
            Self::Month => last.checked_sub(11.months()),
        };
        let step = match self {
            Self::Day => 1.day(),
            Self::Week => 1.week(),
            Self::Month => 1.month(),
        };
        let end = last.checked_add(step).unwrap_or(last);
        first.unwrap_or(last).series(step).take_while(|day| *day <= end).take(40).collect()
    }
}

/// Credits spent in one period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsagePeriod {
    /// First and last day (UTC), as the statement's filter takes them.
    pub from: String,
    pub to: String,
    /// For each of [`Usage::campaigns`].
    pub spent: Vec<i64>,
    /// What came back in this period, whenever it was spent.
    pub refunded: i64,
}

impl UsagePeriod {
    /// All campaigns together.
    pub fn total(&self) -> i64 {
        self.spent.iter().sum()
    }
}

/// What the chart shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Usage {
    pub unit: UsageUnit,
    /// Oldest first.
    pub periods: Vec<UsagePeriod>,
    /// The campaigns that spent most, and `None` for all others.
    pub campaigns: Vec<(Option<CampaignId>, String)>,
}

impl Usage {
    pub fn spent(&self) -> i64 {
        self.periods.iter().map(UsagePeriod::total).sum()
    }

    pub fn refunded(&self) -> i64 {
        self.periods.iter().map(|period| period.refunded).sum()
    }
}

#[derive(Deserialize)]
struct DayRow {
    day: i64,
    campaign_id: Option<CampaignId>,
    campaign_name: Option<String>,
    kind: TransferKind,
    credits: i64,
}

/// The spending of `workspace` up to today, read from an index alone and named afterwards.
pub fn select_usage(workspace: WorkspaceId, unit: UsageUnit, at: Instant) -> Select<Usage> {
    let periods = unit.periods(date_of(at.micros().div_euclid(DAY_MICROS)));
    let start = |day: Option<&Date>| day.map_or(at, |day| start_of(*day));
    Select::rows(
        "day, campaign_id, campaign_name, kind, credits",
        "select s.day, s.campaign_id, p.name as campaign_name, s.kind, s.credits from (
             select created_at / 86400000000 as day, campaign_id, kind, cast(sum(amount) as bigint) as credits
             from credit_transfers
             where workspace_id = $1 and created_at >= $2 and created_at < $3 and kind in ('capture', 'refund')
             group by 1, 2, 3) s
         left join campaigns p on p.workspace_id = $1 and p.id = s.campaign_id",
    )
    .bind(workspace.0)
    .bind(start(periods.first()))
    .bind(start(periods.last()))
    .map(move |rows: Vec<DayRow>| gather(unit, &periods, &rows))
}

/// The campaigns that spent most, the largest first.
fn largest(rows: &[DayRow]) -> Vec<CampaignId> {
    let mut sums: BTreeMap<CampaignId, i64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.kind == TransferKind::Capture) {
        if let Some(campaign) = row.campaign_id {
            *sums.entry(campaign).or_default() += row.credits;
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by_key(|(campaign, spent)| (-spent, *campaign));
    sums.into_iter().take(CAMPAIGNS_SHOWN).map(|(campaign, _)| campaign).collect()
}

fn gather(unit: UsageUnit, periods: &[Date], rows: &[DayRow]) -> Usage {
    let shown = largest(rows);
    let mut bars: Vec<UsagePeriod> = periods
        .windows(2)
        .map(|pair| UsagePeriod {
            from: pair[0].to_string(),
            to: pair[1].yesterday().unwrap_or(pair[0]).to_string(),
            spent: vec![0; shown.len() + 1],
            refunded: 0,
        })
        .collect();
    for row in rows {
        let day = date_of(row.day);
        let index = periods.partition_point(|start| *start <= day).saturating_sub(1);
        let Some(bar) = bars.get_mut(index) else { continue };
        if row.kind == TransferKind::Refund {
            bar.refunded += row.credits;
        } else {
            let series = shown.iter().position(|campaign| Some(*campaign) == row.campaign_id).unwrap_or(shown.len());
            bar.spent[series] += row.credits;
        }
    }
    let name = |id: &CampaignId| {
        let named = rows.iter().find(|row| row.campaign_id == Some(*id)).and_then(|row| row.campaign_name.clone());
        named.unwrap_or_else(|| "Deleted campaign".into())
    };
    let mut campaigns: Vec<_> = shown.iter().map(|id| (Some(*id), name(id))).collect();
    if bars.iter().any(|bar| bar.spent[shown.len()] > 0) {
        campaigns.push((None, "Other campaigns".into()));
    } else {
        bars.iter_mut().for_each(|bar| bar.spent.truncate(shown.len()));
    }
    Usage { unit, periods: bars, campaigns }
}

/// What a workspace used in the last thirty days (UTC), today included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct MonthUsed {
    pub credits: i64,
    /// Campaigns that spent something.
    pub campaigns: i64,
}

/// The last thirty days of `workspace`; `None` until it has spent credits for two weeks.
pub async fn month_used(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Option<MonthUsed>> {
    let first: Option<Instant> = on!(tx, c => sqlx::query_scalar(
        "select created_at from credit_transfers where workspace_id = $1 and kind = 'capture'
         order by created_at limit 1")
        .bind(workspace).fetch_optional(c).await)?;
    if first.is_none_or(|first| first.micros() > at.micros() - 14 * DAY_MICROS) {
        return Ok(None);
    }
    let used: MonthUsed = on!(tx, c => sqlx::query_as(
        "select cast(coalesce(sum(amount), 0) as bigint) as credits, count(distinct campaign_id) as campaigns
         from credit_transfers where workspace_id = $1 and created_at >= $2 and kind = 'capture'")
        .bind(workspace).bind(Instant((at.micros().div_euclid(DAY_MICROS) - 29) * DAY_MICROS)).fetch_one(c).await)?;
    Ok((used.credits > 0 && used.campaigns > 0).then_some(used))
}

fn date_of(day: i64) -> Date {
    let start =
        jiff::Timestamp::from_microsecond(day.saturating_mul(DAY_MICROS)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    start.to_zoned_datetime(TimeZone::UTC).date()
}

fn start_of(day: Date) -> Instant {
    Instant(day.to_zoned_datetime(TimeZone::UTC).map_or(0, |start| start.timestamp().as_microsecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn periods(unit: UsageUnit, today: &str) -> Vec<String> {
        unit.periods(today.parse().unwrap()).iter().map(Date::to_string).collect()
    }

    #[test]
    fn bars_end_with_today_and_begin_on_whole_days_weeks_and_months() {
        let days = periods(UsageUnit::Day, "2026-11-22");
        assert_eq!((days.len(), days[0].as_str(), days[29].as_str()), (31, "2026-10-24", "2026-11-22"));
        let weeks = periods(UsageUnit::Week, "2026-11-22");
        assert_eq!((weeks.len(), weeks[0].as_str(), weeks[12].as_str()), (14, "2026-08-24", "2026-11-16"));
        let months = periods(UsageUnit::Month, "2026-03-31");
        assert_eq!((months.len(), months[0].as_str(), months[11].as_str()), (13, "2025-04-01", "2026-03-01"));
    }

    #[test]
    fn the_largest_campaigns_have_a_colour_and_nothing_is_left_out_of_the_sum() {
        let ids: Vec<CampaignId> = (0..7).map(|_| CampaignId::new()).collect();
        let mut rows: Vec<DayRow> = (0_i64..)
            .zip(&ids)
            .map(|(index, id)| DayRow {
                day: 20_778,
                campaign_id: Some(*id),
                campaign_name: None,
                kind: TransferKind::Capture,
                credits: 10 + index,
            })
            .collect();
        let refund = TransferKind::Refund;
        rows.push(DayRow { day: 20_778, campaign_id: Some(ids[0]), campaign_name: None, kind: refund, credits: 3 });
        let shown = largest(&rows);
        assert_eq!((shown.len(), shown[0]), (5, ids[6]));
        let periods = UsageUnit::Day.periods(date_of(20_779));
        let usage = gather(UsageUnit::Day, &periods, &rows);
        assert_eq!((usage.spent(), usage.refunded(), usage.campaigns.len()), (91, 3, 6));
        assert_eq!(usage.periods[28].total(), 91);
    }
}
