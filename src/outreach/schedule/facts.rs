//! What a forecast is made of, read from the database.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    choices::{MailboxChoice, choices},
    forecast::{Delay, Facts, Forecast, Limits, Sender, Today, forecast},
    rules::{Day, day},
    store::load,
    types::Schedule,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::ids::MailboxId,
    server::{
        batches::batches,
        clock::Instant,
        db::Tx,
        hexadecimal::hexadecimal,
        select::{Select, together},
    },
};

const DAY_MICROS: i64 = 86_400_000_000;

/// The forecast of a campaign by the schedule that it has, with what it was made of; `None` if it has none yet.
///
/// # Errors
/// The database's.
pub async fn forecast_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    at: Instant,
) -> sqlx::Result<Option<(Facts, Forecast)>> {
    let Some(schedule) = load(tx, workspace, campaign).await? else { return Ok(None) };
    let choices = choices(tx, workspace, campaign, at).await?;
    let facts = facts(tx, workspace, campaign, &schedule, &choices, at).await?;
    let forecast = forecast(&facts);
    Ok(Some((facts, forecast)))
}

#[derive(Debug, Deserialize)]
struct Leads {
    waiting: i64,
    not_enrolled: i64,
    /// Leads that the campaign has.
    present: i64,
    /// Leads that its draft asks for.
    wanted: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct StepRow {
    id: Uuid,
    delay_days: i64,
    working_days: bool,
}

#[derive(Debug, Deserialize)]
struct DueRow {
    step: Option<Uuid>,
    day: Day,
    mails: i64,
}

#[derive(Debug, Deserialize)]
struct FreezeRow {
    mailbox_id: Uuid,
    from_day: Day,
    to_day: Day,
}

#[derive(Debug, Deserialize)]
struct Workspace {
    daily_cap: Option<i64>,
    ceiling: Option<i64>,
}

/// Reads what the forecast of a campaign with this schedule is made of.
///
/// # Errors
/// The database's.
pub(super) async fn facts(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    schedule: &Schedule,
    choices: &[MailboxChoice],
    at: Instant,
) -> sqlx::Result<Facts> {
    let zone = schedule.zone_shown();
    let offset = i64::from(zone.to_offset(super::rules::timestamp(at)).seconds()) * 1_000_000;
    let all = (select_leads(workspace, campaign), select_steps(workspace, campaign));
    // A day of a mailbox begins up to a day before that of the campaign.
    let since = day(at, &zone).plus(-1);
    let others =
        (select_due(workspace, campaign, offset), (select_workspace(workspace), select_freezes(workspace, since)));
    let ((leads, steps), (due, (limits, freezes))) = together(&mut *tx, (all, others)).await?;
    let today = today(tx, workspace, campaign, day(at, &zone)).await?;
    let frozen = |mailbox: MailboxId| -> Vec<(Day, Day)> {
        let of_mailbox = freezes.iter().filter(|freeze| freeze.mailbox_id == mailbox.0);
        of_mailbox.map(|freeze| (freeze.from_day, freeze.to_day)).collect()
    };
    let (due, first) = due_by_day(&steps, due);
    let waiting = leads.waiting + leads.not_enrolled + first;
    let mailboxes = choices.iter().filter(|choice| choice.is_on(schedule)).map(|choice| Sender {
        pace: choice.pace,
        used_today: choice.used_today,
        frozen: frozen(choice.id),
    });
    let workspace_limit = [limits.daily_cap, limits.ceiling].into_iter().flatten().min();
    Ok(Facts {
        now: at,
        week: schedule.week.clone(),
        zone,
        mailboxes: mailboxes.collect(),
        limits: Limits { campaign: schedule.daily_cap, new_leads: schedule.new_daily_cap, workspace: workspace_limit },
        today,
        new_first: schedule.first == super::types::First::New,
        waiting: if leads.present == 0 && waiting == 0 { leads.wanted.unwrap_or(0) } else { waiting },
        delays: steps
            .iter()
            .skip(1)
            .map(|step| Delay { days: step.delay_days, working_days: step.working_days })
            .collect(),
        due,
    })
}

fn select_leads(workspace: WorkspaceId, campaign: CampaignId) -> Select<Leads> {
    Select::<Vec<Leads>>::rows(
        "waiting, not_enrolled, present, wanted",
        "select (select count(*) from enrolments where workspace_id = $1 and campaign_id = $2 and state = 'waiting') as waiting,
             (select count(*) from campaign_leads where workspace_id = $1 and campaign_id = $2 and not enrolled) as not_enrolled,
             p.leads as present, p.quantity as wanted
         from campaigns p where p.workspace_id = $1 and p.id = $2",
    )
    .bind(workspace.0)
    .bind(campaign.0)
    .first()
    .map(|leads| leads.unwrap_or(Leads { waiting: 0, not_enrolled: 0, present: 0, wanted: None }))
}

fn select_steps(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<StepRow>> {
    Select::rows(
        "id, delay_days, working_days flag",
        "select id, delay_days, working_days from steps
         where workspace_id = $1 and campaign_id = $2 and removed_at is null order by position",
    )
    .bind(workspace.0)
    .bind(campaign.0)
}

/// Follow-ups by step and local day, on a clock that is `offset` ahead of UTC.
fn select_due(workspace: WorkspaceId, campaign: CampaignId, offset: i64) -> Select<Vec<DueRow>> {
    Select::rows(
        "step, day, mails",
        format!(
            "select next_step_id as step, (due_at + $3) / {DAY_MICROS} as day, count(*) as mails from enrolments
             where workspace_id = $1 and campaign_id = $2 and state = 'active' group by 1, 2"
        ),
    )
    .bind(workspace.0)
    .bind(campaign.0)
    .bind(offset)
}

fn select_workspace(workspace: WorkspaceId) -> Select<Workspace> {
    Select::<Vec<Workspace>>::rows(
        "daily_cap, ceiling",
        "select daily_cap, ceiling from outreach_settings where workspace_id = $1",
    )
    .bind(workspace.0)
    .first()
    .map(|limits| limits.unwrap_or(Workspace { daily_cap: None, ceiling: None }))
}

/// The times in which mailboxes of a workspace send nothing, from a day on.
fn select_freezes(workspace: WorkspaceId, since: Day) -> Select<Vec<FreezeRow>> {
    Select::rows(
        "mailbox_id, from_day, to_day",
        "select mailbox_id, from_day, to_day from mailbox_freezes where workspace_id = $1 and to_day >= $2",
    )
    .bind(workspace.0)
    .bind(since.0)
}

/// Follow-ups by day, and how many people wait for the first mail of all.
fn due_by_day(steps: &[StepRow], rows: Vec<DueRow>) -> (BTreeMap<Day, Vec<i64>>, i64) {
    let (mut due, mut first): (BTreeMap<Day, Vec<i64>>, i64) = (BTreeMap::new(), 0);
    for row in rows {
        let place = steps.iter().position(|step| Some(step.id) == row.step);
        match place.and_then(|place| place.checked_sub(1)) {
            Some(delay) => {
                let counts = due.entry(row.day).or_insert_with(|| vec![0; steps.len() - 1]);
                counts[delay] += row.mails;
            }
            None if place.is_some() => first += row.mails,
            None => {}
        }
    }
    (due, first)
}

/// A counter of `send_days`.
#[derive(Debug, Serialize)]
pub(super) struct Counter {
    pub scope: &'static str,
    /// Hexadecimal.
    pub subject: String,
    pub day: Day,
}

/// How full counters are: scope, subject and number of those that count anything.
///
/// # Errors
/// The database's.
pub(super) async fn used(
    tx: &mut Tx,
    workspace: WorkspaceId,
    counters: Vec<Counter>,
) -> sqlx::Result<Vec<(String, Vec<u8>, i64)>> {
    let mut used = Vec::new();
    for rows in batches(counters.iter())? {
        let some: Vec<(String, Vec<u8>, i64)> = on!(&mut *tx, c => sqlx::query_as(
            "select d.scope, d.subject, d.used from json_each($2) j
             join send_days d on d.workspace_id = $1 and d.scope = j.value ->> 'scope'
                 and d.subject = unhex(j.value ->> 'subject') and d.day = cast(j.value ->> 'day' as bigint)")
            .bind(workspace).bind(Json(rows)).fetch_all(c).await)?;
        used.extend(some);
    }
    Ok(used)
}

async fn today(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, day: Day) -> sqlx::Result<Today> {
    let subject = hexadecimal(campaign.0.as_bytes());
    let counters = vec![
        Counter { scope: "campaign", subject: subject.clone(), day },
        Counter { scope: "campaign_new", subject, day },
        Counter { scope: "workspace", subject: String::new(), day },
    ];
    let mut today = Today::default();
    for (scope, _, used) in used(tx, workspace, counters).await? {
        match scope.as_str() {
            "campaign" => today.campaign = used,
            "campaign_new" => today.new_leads = used,
            _ => today.workspace = used,
        }
    }
    Ok(today)
}
