//! The stop of all sending, and the ceilings of workspaces.

use sqlx::FromRow;

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

/// Stops all sending of the instance. Returns whether it was not stopped already; the first reason stays.
///
/// # Errors
/// The database's.
pub async fn stop_everything(tx: &mut Tx, reason: &str, by: UserId, at: Instant) -> sqlx::Result<bool> {
    let stopped = on!(tx, c => sqlx::query(
        "insert into sending_stop (id, reason, stopped_by, stopped_at) values (1, $1, $2, $3) on conflict (id) do nothing")
        .bind(reason).bind(by).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
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
pub async fn set_ceiling(tx: &mut Tx, workspace: WorkspaceId, ceiling: Option<i64>) -> sqlx::Result<Option<String>> {
    let name: Option<String> = on!(&mut *tx, c => sqlx::query_scalar("select name from workspaces where id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    if name.is_some() {
        on!(tx, c => sqlx::query(
            "insert into outreach_settings (workspace_id, ceiling) values ($1, $2)
             on conflict (workspace_id) do update set ceiling = excluded.ceiling")
            .bind(workspace).bind(ceiling).execute(c).await.map(drop))?;
    }
    Ok(name)
}
