//! Reading and keeping the schedule of a campaign.

use std::collections::BTreeSet;

use serde::Deserialize;
use sqlx::types::Json;

use super::{
    open_windows::{assign_zones, open_windows, wake},
    rules::{Day, Week, Window},
    types::{ChosenMailbox, ChosenState, First, Language, Schedule},
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
        select::{Select, together},
    },
};

#[derive(Debug, Deserialize)]
struct Settings {
    language: Language,
    time_zone: String,
    lead_zones: bool,
    starts_on: Option<Day>,
    ends_on: Option<Day>,
    daily_cap: Option<i64>,
    new_daily_cap: Option<i64>,
    first: First,
    recipient_domain_cap: Option<i64>,
    alone: bool,
    stop_company: bool,
}

#[derive(Debug, Deserialize)]
struct DayOff {
    day: Day,
}

/// The schedule of a campaign; `None` if it was never saved.
///
/// # Errors
/// The database's.
pub async fn load(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Option<Schedule>> {
    let settings = Select::<Vec<Settings>>::rows(
        "language, time_zone, lead_zones flag, starts_on, ends_on, daily_cap, new_daily_cap, first, recipient_domain_cap, \
         alone flag, stop_company flag",
        "select language, time_zone, lead_zones, starts_on, ends_on, daily_cap, new_daily_cap, first, recipient_domain_cap, alone,
             stop_company
         from campaign_sending where workspace_id = $1 and campaign_id = $2",
    );
    let mailboxes = Select::<Vec<ChosenMailbox>>::rows(
        "id, state",
        "select mailbox_id as id, state from campaign_mailboxes where workspace_id = $1 and campaign_id = $2 order by mailbox_id",
    );
    let settings = settings.bind(workspace.0).bind(campaign.0).first();
    let mailboxes = mailboxes.bind(workspace.0).bind(campaign.0);
    let all = (settings, select_windows(workspace, campaign), select_days_off(workspace, campaign), mailboxes);
    let (settings, windows, days_off, mailboxes) = together(tx, all).await?;
    Ok(settings.map(|settings| Schedule {
        language: settings.language,
        time_zone: settings.time_zone,
        week: Week { windows, days_off, starts_on: settings.starts_on, ends_on: settings.ends_on },
        lead_zones: settings.lead_zones,
        daily_cap: settings.daily_cap,
        new_daily_cap: settings.new_daily_cap,
        recipient_domain_cap: settings.recipient_domain_cap,
        first: settings.first,
        alone: settings.alone,
        stop_company: settings.stop_company,
        mailboxes,
    }))
}

pub(super) fn select_windows(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<Window>> {
    Select::rows(
        "weekday, from_minute, to_minute",
        "select weekday, from_minute, to_minute from campaign_windows where workspace_id = $1 and campaign_id = $2
         order by weekday, from_minute",
    )
    .bind(workspace.0)
    .bind(campaign.0)
}

pub(super) fn select_days_off(workspace: WorkspaceId, campaign: CampaignId) -> Select<BTreeSet<Day>> {
    Select::<Vec<DayOff>>::rows("day", "select day from campaign_days_off where workspace_id = $1 and campaign_id = $2")
        .bind(workspace.0)
        .bind(campaign.0)
        .map(|days| days.into_iter().map(|day| day.day).collect())
}

/// What a campaign starts with: working hours from Monday to Friday, from all active mailboxes.
///
/// # Errors
/// The database's.
pub async fn for_new_campaign(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Schedule> {
    let mailboxes: Vec<(MailboxId, String)> = on!(tx, c => sqlx::query_as(
        "select id, time_zone from mailboxes where workspace_id = $1 and state = 'active' order by created_at, id limit $2")
        .bind(workspace).bind(i64::try_from(super::MAILBOXES_MAX).unwrap_or(i64::MAX)).fetch_all(c).await)?;
    let time_zone = mailboxes.first().map_or_else(|| "UTC".to_owned(), |(_, zone)| zone.clone());
    let mailboxes = mailboxes.into_iter().map(|(id, _)| ChosenMailbox { id, state: ChosenState::On }).collect();
    Ok(Schedule {
        language: Language::En,
        time_zone,
        week: Week { windows: working_hours(), ..Week::default() },
        lead_zones: false,
        daily_cap: None,
        new_daily_cap: None,
        recipient_domain_cap: None,
        first: First::FollowUps,
        alone: true,
        stop_company: false,
        mailboxes,
    })
}

/// Monday to Friday, 9:00 to 17:00.
pub(super) fn working_hours() -> Vec<Window> {
    (1..=5).map(|weekday| Window { weekday, from_minute: 9 * 60, to_minute: 17 * 60 }).collect()
}

/// Keeps the schedule of a campaign, and applies it at once if the campaign runs. A mailbox that is taken out ends the
/// conversations that it began.
///
/// # Errors
/// The database's.
pub async fn save(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    schedule: &Schedule,
    at: Instant,
) -> sqlx::Result<()> {
    let had_zones: Option<bool> = on!(&mut *tx, c => sqlx::query_scalar(
        "select lead_zones from campaign_sending where workspace_id = $1 and campaign_id = $2")
        .bind(workspace).bind(campaign).fetch_optional(c).await)?;
    save_settings(tx, workspace, campaign, schedule, at).await?;
    save_week(tx, workspace, campaign, &schedule.week).await?;
    save_mailboxes(tx, workspace, campaign, &schedule.mailboxes).await?;
    if had_zones.is_some_and(|had| had != schedule.lead_zones) {
        assign_zones(tx, workspace, campaign, schedule.lead_zones).await?;
    }
    let looks = open_windows(tx, workspace, campaign, at).await?;
    wake(tx, workspace, &looks).await
}

async fn save_settings(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    schedule: &Schedule,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into campaign_sending (workspace_id, campaign_id, since, language, time_zone, lead_zones, starts_on, ends_on,
             daily_cap, new_daily_cap, first, recipient_domain_cap, alone, stop_company)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
         on conflict (workspace_id, campaign_id) do update set language = excluded.language, time_zone = excluded.time_zone,
             lead_zones = excluded.lead_zones, starts_on = excluded.starts_on, ends_on = excluded.ends_on,
             daily_cap = excluded.daily_cap, new_daily_cap = excluded.new_daily_cap, first = excluded.first,
             recipient_domain_cap = excluded.recipient_domain_cap, alone = excluded.alone,
             stop_company = excluded.stop_company")
        .bind(workspace).bind(campaign).bind(at).bind(schedule.language).bind(&schedule.time_zone).bind(schedule.lead_zones)
        .bind(schedule.week.starts_on).bind(schedule.week.ends_on).bind(schedule.daily_cap).bind(schedule.new_daily_cap)
        .bind(schedule.first).bind(schedule.recipient_domain_cap).bind(schedule.alone).bind(schedule.stop_company)
        .execute(c).await.map(drop))
}

async fn save_week(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, week: &Week) -> sqlx::Result<()> {
    for table in ["campaign_windows", "campaign_days_off"] {
        let sql = format!("delete from {table} where workspace_id = $1 and campaign_id = $2");
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(campaign).execute(c).await.map(drop))?;
    }
    let windows = week.windows.iter().map(|window| [window.weekday, window.from_minute, window.to_minute]);
    for rows in batches(windows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into campaign_windows (workspace_id, campaign_id, weekday, from_minute, to_minute)
             select $1, $2, cast(value ->> 0 as bigint), cast(value ->> 1 as bigint), cast(value ->> 2 as bigint) from json_each($3)")
            .bind(workspace).bind(campaign).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    for rows in batches(week.days_off.iter().map(|day| [day]))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into campaign_days_off (workspace_id, campaign_id, day)
             select $1, $2, cast(value ->> 0 as bigint) from json_each($3)")
            .bind(workspace).bind(campaign).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Keeps which mailboxes are on. Of the others, those stay that still have conversations.
async fn save_mailboxes(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    mailboxes: &[ChosenMailbox],
) -> sqlx::Result<()> {
    let on: Vec<[MailboxId; 1]> =
        mailboxes.iter().filter(|one| one.state == ChosenState::On).map(|one| [one.id]).collect();
    let on = Json(on);
    on!(&mut *tx, c => sqlx::query(
        "update campaign_mailboxes set state = 'finishing' where workspace_id = $1 and campaign_id = $2
           and mailbox_id not in (select unhex(value ->> 0, '-') from json_each($3))")
        .bind(workspace).bind(campaign).bind(&on).execute(c).await.map(drop))?;
    on!(&mut *tx, c => sqlx::query(
        "delete from campaign_mailboxes where workspace_id = $1 and campaign_id = $2 and state = 'finishing'
           and not exists (select 1 from enrolments e where e.workspace_id = $1 and e.campaign_id = $2
               and e.mailbox_id = campaign_mailboxes.mailbox_id and e.state in ('in_flight', 'active', 'held'))")
        .bind(workspace).bind(campaign).execute(c).await.map(drop))?;
    on!(&mut *tx, c => sqlx::query(
        "insert into campaign_mailboxes (workspace_id, campaign_id, mailbox_id)
         select $1, $2, unhex(value ->> 0, '-') from json_each($3) where true
         on conflict (workspace_id, campaign_id, mailbox_id) do update set state = 'on'")
        .bind(workspace).bind(campaign).bind(&on).execute(c).await.map(drop))
}
