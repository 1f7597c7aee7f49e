//! The stop of all sending, the ceilings of workspaces, and how fast new mailboxes may begin.

use sqlx::FromRow;

use super::put_back::PutBack;
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::progress::{facts::day_in, why::Stop},
    server::{clock::Instant, db::Tx},
};

/// The stop of all sending, if there is one.
///
/// # Errors
/// The database's.
pub async fn stopped(tx: &mut Tx) -> sqlx::Result<Option<Stop>> {
    let stop: Option<(Instant, String)> = on!(tx, c => sqlx::query_as(
        "select stopped_at, reason from sending_stop where id = 1").fetch_optional(c).await)?;
    Ok(stop.map(|(since, why)| Stop { since, why }))
}

/// Who stopped all sending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoppedBy {
    Operator(UserId),
    /// Fairlead itself, because the database was put back to an earlier day.
    PutBack(PutBack),
}

/// Stops all sending of the instance. Returns whether it was not stopped already; the first reason stays.
///
/// # Errors
/// The database's.
pub async fn stop_everything(tx: &mut Tx, reason: &str, by: StoppedBy, at: Instant) -> sqlx::Result<bool> {
    let (user, code) = match by {
        StoppedBy::Operator(user) => (Some(user), None),
        StoppedBy::PutBack(code) => (None, Some(code)),
    };
    let stopped = on!(tx, c => sqlx::query(
        "insert into sending_stop (id, reason, code, stopped_by, stopped_at) values (1, $1, $2, $3, $4) on conflict (id) do nothing")
        .bind(reason).bind(code).bind(user).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(stopped == 1)
}

/// Lets all sending continue. Returns whether it was stopped.
///
/// # Errors
/// The database's.
pub async fn continue_everything(tx: &mut Tx) -> sqlx::Result<bool> {
    let ended = on!(tx, c => sqlx::query("delete from sending_stop where id = 1")
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(ended == 1)
}

/// A workspace that has a campaign with a schedule.
#[derive(Debug, Clone, FromRow)]
pub struct SendingWorkspace {
    pub id: WorkspaceId,
    pub name: String,
    /// Its own limit of mails a day.
    pub daily_cap: Option<i64>,
    /// The operator's.
    pub ceiling: Option<i64>,
    pub running: i64,
    /// Mails today (UTC).
    pub today: i64,
}

const SENDING: &str = "select w.id, w.name, o.daily_cap, o.ceiling,
         (select count(*) from campaign_sending s where s.workspace_id = w.id and s.state = 'running') as running,
         cast(coalesce((select d.used from send_days d where d.workspace_id = w.id and d.scope = 'workspace'
             and d.subject = unhex('') and d.day = $1), 0) as bigint) as today
     from workspaces w left join outreach_settings o on o.workspace_id = w.id
     where exists (select 1 from campaign_sending s where s.workspace_id = w.id)";

/// The workspaces that write to leads, from `before` on: the newest first.
///
/// # Errors
/// The database's.
pub async fn sending_workspaces(
    tx: &mut Tx,
    before: Option<WorkspaceId>,
    limit: i64,
    now: Instant,
) -> sqlx::Result<Vec<SendingWorkspace>> {
    let before = before.unwrap_or(WorkspaceId(uuid::Uuid::max()));
    let sql = format!("{SENDING} and w.id < $2 order by w.id desc limit $3");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(day_in("UTC", now)).bind(before).bind(limit).fetch_all(c).await)
}

/// Sets how many mails a day a workspace may send; `None`: as many as its mailboxes may. Returns its name, or nothing for a
/// workspace that does not exist.
///
/// # Errors
/// The database's.
pub async fn set_ceiling(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ceiling: Option<i64>,
    at: Instant,
) -> sqlx::Result<Option<String>> {
    let name: Option<String> = on!(&mut *tx, c => sqlx::query_scalar("select name from workspaces where id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    if name.is_some() {
        on!(&mut *tx, c => sqlx::query(
            "insert into outreach_settings (workspace_id, ceiling) values ($1, $2)
             on conflict (workspace_id) do update set ceiling = excluded.ceiling")
            .bind(workspace).bind(ceiling).execute(c).await.map(drop))?;
        wake_full(tx, Some(workspace), "workspace_cap_reached", at).await?;
    }
    Ok(name)
}

/// The most mails that a new mailbox may send on its first day; each day on which it sends adds as many. `None`: no limit.
///
/// # Errors
/// The database's.
pub async fn first_day(tx: &mut Tx) -> sqlx::Result<Option<i64>> {
    let limit: Option<Option<i64>> = on!(tx, c => sqlx::query_scalar("select first_day from sending_limits where id = 1")
        .fetch_optional(c).await)?;
    Ok(limit.flatten())
}

/// Sets that limit. It holds from the next mail on, for mailboxes that are there too.
///
/// # Errors
/// The database's.
pub async fn set_first_day(tx: &mut Tx, first_day: Option<i64>, at: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "insert into sending_limits (id, first_day) values (1, $1) on conflict (id) do update set first_day = excluded.first_day")
        .bind(first_day).execute(c).await.map(drop))?;
    wake_full(tx, None, "mailbox_cap_reached", at).await
}

/// Lets the scheduler look now at mailboxes that wait for the next day because of a limit: it may be another one.
async fn wake_full(tx: &mut Tx, workspace: Option<WorkspaceId>, code: &'static str, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailboxes set look_at = case when free_at > $3 then free_at else $3 end
         where ($1 is null or workspace_id = $1) and idle_code = $2 and state in ('active', 'failing') and (look_at is null or look_at > $3)")
        .bind(workspace).bind(code).bind(at).execute(c).await.map(drop))
}
