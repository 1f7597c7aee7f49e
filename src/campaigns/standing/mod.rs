//! A standing request: "so many leads a day until a total", or as fast as credits allow (rule C10).
//!
//! It spawns ordinary lead requests, one at a time; each has its own hold, receipt and refunds. Where it cannot go on it
//! says what it waits for, and goes on by itself when that is there.

use axum::{Router, routing::get};

mod form;
mod pages;
pub mod schedule;
#[cfg(test)]
mod tests;
pub mod view;

use jiff::{civil::Date, tz::TimeZone};
use serde::Deserialize;
use sqlx::types::Json;

use super::{LeadCount, campaign};
use crate::{
    accounts::{Member, UserId, WorkspaceId},
    campaigns::{ids::StandingId, refusal::CampaignRefusal},
    credits::CampaignId,
    directory::Criteria,
    on,
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        error::AppError,
        inconsistency::{Inconsistency, not_found},
        path::to_page,
        select::Select,
        time_zone::{date_of, local, start_of, zone_or_utc},
    },
};

pub(super) const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// Longest key of a form; the page's own keys are UUIDs.
const KEY_CHARACTERS_MAX: usize = 100;
/// Standing requests of one campaign that are not over, at most.
const OPEN_MAX: i64 = 20;

/// Where a standing request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StandingState {
    Active,
    Paused,
    Ended,
}

/// Why it waits, or why it is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum StandingReason {
    NoCredits,
    Cap,
    ByUser,
    /// Who began it left the workspace, or may not spend any more.
    MakerGone,
    NobodyLeft,
    TotalReached,
    TimeOver,
}

/// What a person asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// `None`: as fast as credits allow.
    pub per_day: Option<LeadCount>,
    /// The most in a month of the workspace's time zone, whatever the day allows.
    pub per_month: Option<LeadCount>,
    pub total: LeadCount,
    /// Not from this moment on.
    pub until: Option<Instant>,
    /// From this hour to that one in the workspace's time zone, over midnight when the second is the smaller.
    pub hours: Option<(i64, i64)>,
}

/// A stored standing request.
#[derive(Debug, Clone, sqlx::FromRow, Deserialize)]
pub struct Standing {
    pub id: StandingId,
    pub workspace_id: WorkspaceId,
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    pub criteria: Json<Criteria>,
    pub per_day: Option<LeadCount>,
    pub per_month: Option<LeadCount>,
    pub total: LeadCount,
    pub until: Option<Instant>,
    pub from_hour: Option<i64>,
    pub to_hour: Option<i64>,
    pub state: StandingState,
    pub reason: Option<StandingReason>,
    pub since: Instant,
    /// When it is looked at next. Every change of it by a person moves this.
    pub run_at: Instant,
    pub made_by: UserId,
    pub maker: String,
    pub created_at: Instant,
    /// The IANA name of the workspace's time zone, of which the hours are.
    pub time_zone: String,
    /// Leads delivered by its requests.
    pub delivered: i64,
    /// Its request under way.
    pub open_requests: i64,
}

/// When the day and the month of a moment began, and when the next ones do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Today {
    pub begins: Instant,
    pub ends: Instant,
    pub month_begins: Instant,
    pub month_ends: Instant,
}

impl Today {
    /// In the time zone of a workspace.
    pub fn of(at: Instant, zone: &TimeZone) -> Self {
        let day = date_of(at, zone);
        let start = |day: Date| start_of(day, zone);
        let after = |day: Date| day.tomorrow().unwrap_or(day);
        Self {
            begins: start(day),
            ends: start(after(day)),
            month_begins: start(day.first_of_month()),
            month_ends: start(after(day.last_of_month())),
        }
    }
}

impl Standing {
    /// Whose days and months are counted.
    pub(super) fn zone(&self) -> TimeZone {
        zone_or_utc(&self.time_zone)
    }

    /// What it waits for, or that it is over, for people.
    pub fn status(&self) -> &'static str {
        match (self.state, self.reason) {
            (StandingState::Active, _) if self.open_requests > 0 => "Sourcing leads",
            (StandingState::Active, _) => "Waiting for its next day",
            (_, Some(StandingReason::NoCredits)) => "Waiting for credits",
            (_, Some(StandingReason::Cap)) => "Waiting: a cap is reached",
            (_, Some(StandingReason::NobodyLeft)) => "Waiting: no one else matches",
            (_, Some(StandingReason::MakerGone)) => "Paused: who began it may not spend any more",
            (_, Some(StandingReason::TotalReached)) => "Done: the total is reached",
            (_, Some(StandingReason::TimeOver)) => "Over: its last day has passed",
            (StandingState::Paused, _) => "Paused",
            (StandingState::Ended, _) => "Ended",
        }
    }

    /// Its pace in words.
    pub fn pace(&self) -> String {
        let total = crate::ui::count_text(self.total.get());
        let month = self.per_month.map(|most| format!(", at most {} a month", crate::ui::count_text(most.get())));
        let month = month.unwrap_or_default();
        match self.per_day {
            Some(day) => format!("{} a day until {total}{month}", crate::ui::count_text(day.get())),
            None => format!("{total} as fast as credits allow{month}"),
        }
    }

    pub(super) fn is_inside_hours(&self, at: Instant) -> bool {
        let hour = i64::from(local(at, &self.zone()).hour());
        match (self.from_hour, self.to_hour) {
            (Some(from), Some(to)) if from < to => (from..to).contains(&hour),
            (Some(from), Some(to)) if from > to => hour >= from || hour < to,
            _ => true,
        }
    }

    /// The next beginning of its hours after `at`.
    pub(super) fn next_window(&self, at: Instant) -> Instant {
        let zone = self.zone();
        let hour = self.from_hour.and_then(|hour| i8::try_from(hour).ok()).unwrap_or_default();
        let today = local(at, &zone).date();
        let begins = |day: Date| {
            // The first moment after it where clocks skip it.
            let start = zone.to_ambiguous_timestamp(day.at(hour, 0, 0, 0)).compatible().ok()?;
            Some(Instant(start.as_microsecond()))
        };
        let next = [Ok(today), today.tomorrow()].into_iter().flatten().filter_map(begins).find(|start| *start > at);
        next.unwrap_or(Instant(at.micros() + DAY_MICROS))
    }
}

const COLUMNS: &str =
    "id, workspace_id, campaign_id, campaign_name, criteria json, per_day, per_month, total, until, from_hour,
     to_hour, state, reason, since, run_at, made_by, maker, created_at, time_zone, delivered,
     open_requests";

pub(super) const SELECT: &str =
    "select s.id, s.workspace_id, s.campaign_id, p.name as campaign_name, s.criteria, s.per_day, s.per_month, s.total,
         s.until, s.from_hour, s.to_hour, s.state, s.reason, s.since, s.run_at, s.made_by, u.name as maker, s.created_at,
         w.time_zone,
         cast(coalesce((select sum(r.delivered) from lead_requests r
             where r.workspace_id = s.workspace_id and r.standing_id = s.id), 0) as bigint) as delivered,
         (select count(*) from lead_requests r where r.workspace_id = s.workspace_id and r.standing_id = s.id
             and r.state in ('queued', 'running')) as open_requests
     from standing_requests s
     join campaigns p on p.workspace_id = s.workspace_id and p.id = s.campaign_id
     join users u on u.id = s.made_by
     join workspaces w on w.id = s.workspace_id";

/// One standing request of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn standing(tx: &mut Tx, workspace: WorkspaceId, id: StandingId) -> Result<Standing, AppError> {
    let sql = format!("{SELECT} where s.workspace_id = $1 and s.id = $2");
    let standing =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(c).await)?;
    match standing {
        Some(standing) => Ok(standing),
        None => Err(not_found(tx, "standing_requests", "campaign_id or made_by", Some(workspace.0), id.0).await),
    }
}

/// The standing requests of a campaign, those that are over last.
pub fn select_standings(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<Standing>> {
    let of_campaign = format!(
        "{SELECT} where s.workspace_id = $1 and s.campaign_id = $2
         order by case when s.state = 'ended' then 1 else 0 end, s.created_at, s.id limit 200"
    );
    Select::rows(COLUMNS, of_campaign).bind(workspace.0).bind(campaign.0)
}

/// The standing requests of a workspace that wait.
pub fn select_paused(workspace: WorkspaceId) -> Select<Vec<Standing>> {
    let paused =
        format!("{SELECT} where s.workspace_id = $1 and s.state = 'paused' order by s.created_at, s.id limit 200");
    Select::rows(COLUMNS, paused).bind(workspace.0)
}

/// Begins a standing request for the campaign's criteria as they are now. Nothing is held yet. Repeating it with the
/// same key returns the one already made.
///
/// # Errors
/// [`AppError::NotFound`] for a campaign of another workspace, [`AppError::Conflict`] for a key that is no key or too
/// many at once.
pub async fn begin(
    tx: &mut Tx,
    member: &Member,
    id: CampaignId,
    pace: Pace,
    key: &str,
    at: Instant,
) -> Result<StandingId, AppError> {
    if key.is_empty() || key.chars().count() > KEY_CHARACTERS_MAX {
        return Err(CampaignRefusal::StalePage.into());
    }
    let campaign = campaign::campaign(tx, member.workspace, id).await?;
    let open: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from standing_requests
         where workspace_id = $1 and campaign_id = $2 and state <> 'ended' and idempotency_key <> $3")
        .bind(member.workspace).bind(id).bind(key).fetch_one(c).await)?;
    if open >= OPEN_MAX {
        return Err(CampaignRefusal::TooManyStanding { open: OPEN_MAX }.into());
    }
    on!(tx, c => sqlx::query(
        "insert into standing_requests (workspace_id, id, campaign_id, criteria, per_day, total, until, from_hour, to_hour,
             state, since, run_at, made_by, idempotency_key, created_at, per_month)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'active', $10, $10, $11, $12, $10, $13)
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(member.workspace).bind(StandingId::new()).bind(id).bind(Json(&campaign.criteria.0)).bind(pace.per_day)
        .bind(pace.total).bind(pace.until).bind(pace.hours.map(|hours| hours.0)).bind(pace.hours.map(|hours| hours.1))
        .bind(at).bind(member.user).bind(key).bind(pace.per_month)
        .execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query("update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2")
        .bind(member.workspace).bind(id).bind(at).execute(c).await.map(drop))?;
    let made = on!(tx, c => sqlx::query_scalar("select id from standing_requests where workspace_id = $1 and idempotency_key = $2")
        .bind(member.workspace).bind(key).fetch_optional(c).await)?;
    Ok(made.ok_or_else(|| Inconsistency::new("standing_requests", "idempotency_key", key))?)
}

/// Pauses it until somebody resumes it. Its request under way goes on. Answers whether anything changed.
pub async fn pause(tx: &mut Tx, workspace: WorkspaceId, id: StandingId, at: Instant) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update standing_requests set state = 'paused', reason = 'by_user', since = $3
         where workspace_id = $1 and id = $2 and state <> 'ended' and (state = 'active' or reason <> 'by_user')")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Goes on at once, in the name of `member` when who began it may not spend any more. Answers whether it was paused.
pub async fn resume(tx: &mut Tx, member: &Member, id: StandingId, at: Instant) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update standing_requests set state = 'active', since = $3, run_at = $3,
             made_by = case when reason = 'maker_gone' then $4 else made_by end, reason = null
         where workspace_id = $1 and id = $2 and state = 'paused'")
        .bind(member.workspace).bind(id).bind(at).bind(member.user)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Ends it for good. Its request under way goes on. Answers whether anything changed.
pub async fn end(tx: &mut Tx, workspace: WorkspaceId, id: StandingId, at: Instant) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update standing_requests set state = 'ended', reason = 'by_user', since = $3
         where workspace_id = $1 and id = $2 and state <> 'ended'")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// Changes the pace; it counts from its next request on. Answers whether it was not over yet.
pub async fn change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: StandingId,
    pace: Pace,
    at: Instant,
) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update standing_requests set per_day = $4, total = $5, until = $6, from_hour = $7, to_hour = $8, per_month = $9, run_at = $3
         where workspace_id = $1 and id = $2 and state <> 'ended'")
        .bind(workspace).bind(id).bind(at).bind(pace.per_day).bind(pace.total).bind(pace.until)
        .bind(pace.hours.map(|hours| hours.0)).bind(pace.hours.map(|hours| hours.1)).bind(pace.per_month)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// The addresses of standing requests.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/standing/{id}", get(pages::show).post(pages::change))
        .route("/standing/{id}/{deed}", get(to_page).post(pages::act))
}
