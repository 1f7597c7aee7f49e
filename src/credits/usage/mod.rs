//! What was spent when, and for which campaign: the usage chart.

pub mod runway;
pub mod view;

use std::{collections::BTreeMap, fmt::Write};

use jiff::{ToSpan, civil::Date, civil::Weekday, tz::TimeZone};
use serde::Deserialize;

use self::runway::DAY_MICROS;
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, TransferKind},
    on,
    server::{
        clock::Instant,
        db::Tx,
        select::Select,
        time_zone::{date_of, start_of},
    },
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
    /// First and last day in the zone of the workspace, as the statement's filter takes them.
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
struct UsageRow {
    /// Which of the periods shown, from 0.
    period: usize,
    campaign_id: Option<CampaignId>,
    campaign_name: Option<String>,
    kind: TransferKind,
    credits: i64,
}

/// The spending of `workspace` up to today in `zone`, read from an index alone, a range for each period, and named afterwards.
pub fn select_usage(workspace: WorkspaceId, unit: UsageUnit, zone: &TimeZone, at: Instant) -> Select<Usage> {
    let periods = unit.periods(date_of(at, zone));
    let text = format!(
        "with periods (number, begins, ends) as (values {})
         select s.period, s.campaign_id, p.name as campaign_name, s.kind, s.credits from (
             select d.number as period, t.campaign_id, t.kind, cast(sum(t.amount) as bigint) as credits
             from periods d cross join credit_transfers t
             where t.workspace_id = $1 and t.created_at >= d.begins and t.created_at < d.ends and t.kind in ('capture', 'refund')
             group by 1, 2, 3) s
         left join campaigns p on p.workspace_id = $1 and p.id = s.campaign_id",
        bounds(&periods, zone)
    );
    Select::rows("period, campaign_id, campaign_name, kind, credits", text)
        .bind(workspace.0)
        .map(move |rows: Vec<UsageRow>| gather(unit, &periods, &rows))
}

/// Each period with the moments at which it begins and ends, as rows of SQL.
fn bounds(periods: &[Date], zone: &TimeZone) -> String {
    let mut rows = String::new();
    for (number, pair) in periods.windows(2).enumerate() {
        let comma = if number == 0 { "" } else { ", " };
        let [begins, ends] = [pair[0], pair[1]].map(|day| start_of(day, zone).micros());
        let _ = write!(rows, "{comma}({number}, {begins}, {ends})");
    }
    rows
}

/// The campaigns that spent most, the largest first.
fn largest(rows: &[UsageRow]) -> Vec<CampaignId> {
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

fn gather(unit: UsageUnit, periods: &[Date], rows: &[UsageRow]) -> Usage {
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
        let Some(bar) = bars.get_mut(row.period) else { continue };
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
        let mut rows: Vec<UsageRow> = (0_i64..)
            .zip(&ids)
            .map(|(index, id)| UsageRow {
                period: 28,
                campaign_id: Some(*id),
                campaign_name: None,
                kind: TransferKind::Capture,
                credits: 10 + index,
            })
            .collect();
        let refund = TransferKind::Refund;
        rows.push(UsageRow { period: 28, campaign_id: Some(ids[0]), campaign_name: None, kind: refund, credits: 3 });
        let shown = largest(&rows);
        assert_eq!((shown.len(), shown[0]), (5, ids[6]));
        let periods = UsageUnit::Day.periods("2026-11-22".parse().unwrap());
        let usage = gather(UsageUnit::Day, &periods, &rows);
        assert_eq!((usage.spent(), usage.refunded(), usage.campaigns.len()), (91, 3, 6));
        assert_eq!(usage.periods[28].total(), 91);
    }
}
