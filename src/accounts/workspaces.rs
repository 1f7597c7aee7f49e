//! The workspaces of one person, and making one.

use jiff::tz::TimeZone;
use serde::Deserialize;

use super::{Member, Role, UserId, WorkspaceId, audit, store};
use crate::{
    on,
    server::{clock::Instant, db::Tx, select::Select, time_zone::zone_or_utc},
};

/// Workspaces offered in the menu.
const SHOWN_MAX: i64 = 50;

/// One workspace of a person.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct WorkspaceOf {
    pub id: WorkspaceId,
    pub name: String,
}

/// The workspaces `user` is in, by name.
pub(crate) fn select_workspaces_of(user: UserId) -> Select<Vec<WorkspaceOf>> {
    Select::rows(
        "id, name",
        "select w.id, w.name from members m join workspaces w on w.id = m.workspace_id where m.user_id = $1
         order by w.name, w.id limit $2",
    )
    .bind(user.0)
    .bind(SHOWN_MAX)
}

/// Chooses the time zone of the member's workspace; empty: none.
///
/// # Errors
/// Only the database's.
pub async fn choose_zone(tx: &mut Tx, member: &Member, zone: &str, now: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query("update workspaces set time_zone = $2 where id = $1")
        .bind(member.workspace).bind(zone).execute(c).await.map(drop))?;
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, "Chose the time zone", zone, "", now).await
}

/// The time zone of a workspace: whose days and months are counted.
///
/// # Errors
/// Only the database's.
pub async fn zone_of(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<TimeZone> {
    let name: Option<String> = on!(tx, c => sqlx::query_scalar("select time_zone from workspaces where id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    Ok(zone_or_utc(&name.unwrap_or_default()))
}

/// Makes a workspace for somebody who is in none. Joins the caller's transaction; `None` when they are in one by now
/// (pressed twice). It has no free credits: those come with a new account, once.
pub async fn make(tx: &mut Tx, user: UserId, name: &str, now: Instant) -> sqlx::Result<Option<WorkspaceId>> {
    // Locks the user, so that the second click waits for the first.
    on!(&mut *tx, c => sqlx::query("update users set name = name where id = $1").bind(user).execute(c).await.map(drop))?;
    if !select_workspaces_of(user).read(tx).await?.is_empty() {
        return Ok(None);
    }
    let workspace = WorkspaceId::new();
    store::insert_workspace(tx, workspace, name, now).await?;
    store::insert_member(tx, workspace, user, Role::Owner, now).await?;
    audit::record(tx, workspace, audit::Actor::User(user), "Made the workspace", name, "", now).await?;
    Ok(Some(workspace))
}
