//! What is needed to know when the next mail of an enrolment is due: the steps of its campaign and the days on which it sends.

use std::collections::{BTreeSet, HashMap};

use jiff::tz::TimeZone;
use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        schedule::rules::{Day, Week, Window, day, start_of_day, zone_or_utc},
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// The plans of some campaigns.
#[derive(Debug, Default)]
pub(super) struct Plans(HashMap<(WorkspaceId, CampaignId), Plan>);

#[derive(Debug, Default)]
struct Plan {
    time_zone: String,
    week: Week,
    /// Removed ones too: what was sent before may belong to them.
    steps: Vec<PlanStep>,
}

#[derive(FromRow)]
struct SettingsRow {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    time_zone: String,
    starts_on: Option<Day>,
    ends_on: Option<Day>,
}

#[derive(Debug, FromRow)]
struct PlanStep {
    workspace_id: WorkspaceId,
    campaign_id: CampaignId,
    id: StepId,
    position: i64,
    delay_days: i64,
    working_days: bool,
    is_removed: bool,
}

impl Plans {
    /// Reads the plans of these campaigns.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(tx: &mut Tx, campaigns: &BTreeSet<(WorkspaceId, CampaignId)>) -> sqlx::Result<Self> {
        const IS_ONE: &str = "workspace_id = unhex(j.value ->> 0, '-') and t.campaign_id = unhex(j.value ->> 1, '-')";
        let mut plans: HashMap<(WorkspaceId, CampaignId), Plan> = HashMap::new();
        for batch in batches(campaigns.iter())? {
            let batch = Json(batch);
            let sql = format!(
                "select t.workspace_id, t.campaign_id, t.time_zone, t.starts_on, t.ends_on from json_each($1) j join campaign_sending t on t.{IS_ONE}"
            );
            let settings: Vec<SettingsRow> =
                on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
            for SettingsRow { workspace_id: workspace, campaign_id: campaign, time_zone, starts_on, ends_on } in
                settings
            {
                let week = Week { starts_on, ends_on, ..Week::default() };
                plans.insert((workspace, campaign), Plan { time_zone, week, steps: Vec::new() });
            }
            let sql = format!(
                "select t.workspace_id, t.campaign_id, t.id, t.position, t.delay_days, t.working_days, t.removed_at is not null as is_removed from json_each($1) j join steps t on t.{IS_ONE} order by t.position, t.id"
            );
            let steps: Vec<PlanStep> =
                on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
            for step in steps {
                plans.entry((step.workspace_id, step.campaign_id)).or_default().steps.push(step);
            }
            let sql = format!(
                "select t.workspace_id, t.campaign_id, t.weekday, t.from_minute, t.to_minute from json_each($1) j join campaign_windows t on t.{IS_ONE}"
            );
            let windows: Vec<(WorkspaceId, CampaignId, i64, i64, i64)> =
                on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
            for (workspace, campaign, weekday, from_minute, to_minute) in windows {
                let plan = plans.entry((workspace, campaign)).or_default();
                plan.week.windows.push(Window { weekday, from_minute, to_minute });
            }
            let sql = format!(
                "select t.workspace_id, t.campaign_id, t.day from json_each($1) j join campaign_days_off t on t.{IS_ONE}"
            );
            let days_off: Vec<(WorkspaceId, CampaignId, Day)> =
                on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(&batch).fetch_all(c).await)?;
            for (workspace, campaign, day) in days_off {
                plans.entry((workspace, campaign)).or_default().week.days_off.insert(day);
            }
        }
        Ok(Self(plans))
    }

    /// The step after `step`, and when it is due for a mail that left at `sent_at`; nothing: the sequence is over. `lead_zone` is
    /// empty where the campaign's own zone holds.
    pub fn next(
        &self,
        campaign: (WorkspaceId, CampaignId),
        step: StepId,
        lead_zone: &str,
        sent_at: Instant,
    ) -> Option<(StepId, Instant)> {
        let plan = self.0.get(&campaign)?;
        let current = plan.steps.iter().find(|one| one.id == step)?;
        // Later steps move up when one is removed, so the one that follows a removed step has its place.
        let follows = |one: &&PlanStep| {
            !one.is_removed
                && if current.is_removed { one.position >= current.position } else { one.position > current.position }
        };
        let next = plan.steps.iter().find(follows)?;
        Some((next.id, plan.due(next, lead_zone, sent_at)))
    }

    /// When `step` is due for a lead whose mail before it left at `sent_at`.
    pub fn due(
        &self,
        campaign: (WorkspaceId, CampaignId),
        step: StepId,
        lead_zone: &str,
        sent_at: Instant,
    ) -> Option<Instant> {
        let plan = self.0.get(&campaign)?;
        let step = plan.steps.iter().find(|one| one.id == step)?;
        Some(plan.due(step, lead_zone, sent_at))
    }

    /// When the first window opens that is not before `day`; the beginning of that day if there is none.
    pub fn opens(&self, campaign: (WorkspaceId, CampaignId), lead_zone: &str, day: Day) -> Option<Instant> {
        let plan = self.0.get(&campaign)?;
        let zone = plan.zone(lead_zone);
        let begins = start_of_day(day, &zone);
        Some(plan.week.next_window(begins, &zone).map_or(begins, |(opens, _)| opens.max(begins)))
    }

    /// The day that it is for a lead.
    pub fn today(&self, campaign: (WorkspaceId, CampaignId), lead_zone: &str, at: Instant) -> Day {
        let zone = self.0.get(&campaign).map_or(TimeZone::UTC, |plan| plan.zone(lead_zone));
        day(at, &zone)
    }
}

impl Plan {
    fn due(&self, step: &PlanStep, lead_zone: &str, sent_at: Instant) -> Instant {
        self.week.due(sent_at, step.delay_days, step.working_days, &self.zone(lead_zone))
    }

    fn zone(&self, lead_zone: &str) -> TimeZone {
        zone_or_utc(if lead_zone.is_empty() { &self.time_zone } else { lead_zone })
    }
}
