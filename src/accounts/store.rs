//! The SQL of users, workspaces, members, sessions and password links.

use super::{Role, UserId, WorkspaceId};
use crate::{
    email::Email,
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// What a sign-in needs to know of a user.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Account {
    pub id: UserId,
    pub email: Email,
    pub password_hash: String,
    pub password_changed_at: Instant,
}

pub async fn account(tx: &mut Tx, email: &Email) -> sqlx::Result<Option<Account>> {
    on!(tx, c => sqlx::query_as("select id, email, password_hash, password_changed_at from users where email = $1")
        .bind(email).fetch_optional(c).await)
}

/// The account of a user who is signed in, or whom a row names.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is none.
pub async fn account_of(tx: &mut Tx, user: UserId) -> sqlx::Result<Account> {
    let account = on!(tx, c => sqlx::query_as("select id, email, password_hash, password_changed_at from users where id = $1")
        .bind(user).fetch_optional(c).await)?;
    Ok(account.ok_or_else(|| no_user(user))?)
}

fn no_user(user: UserId) -> Inconsistency {
    Inconsistency::new("users", "id", user)
}

pub async fn is_empty(tx: &mut Tx) -> sqlx::Result<bool> {
    let users: i64 = on!(tx, c => sqlx::query_scalar("select count(*) from (select 1 from users limit 1) as first").fetch_one(c).await)?;
    Ok(users == 0)
}

/// Adds the user, whose mailbox was proven at `confirmed_at`; `false` when the address has an account already.
pub async fn insert_user(
    tx: &mut Tx,
    account: &Account,
    name: &str,
    confirmed_at: Option<Instant>,
) -> sqlx::Result<bool> {
    let added = on!(tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, operator, created_at, password_changed_at, confirmed_at)
         values ($1, $2, $3, $4, false, $5, $5, $6) on conflict (email) do nothing")
        .bind(account.id).bind(&account.email).bind(name).bind(&account.password_hash).bind(account.password_changed_at)
        .bind(confirmed_at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

pub async fn insert_workspace(tx: &mut Tx, workspace: WorkspaceId, name: &str, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, $2, $3)")
        .bind(workspace).bind(name).bind(at).execute(c).await.map(drop))
}

pub async fn insert_member(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    role: Role,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("insert into members (workspace_id, user_id, role, created_at) values ($1, $2, $3, $4)")
        .bind(workspace).bind(user).bind(role).bind(at).execute(c).await.map(drop))
}

/// The workspace the user joined first.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is none.
pub async fn workspace_of(tx: &mut Tx, user: UserId) -> sqlx::Result<WorkspaceId> {
    let workspace = on!(tx, c => sqlx::query_scalar(
        "select workspace_id from members where user_id = $1 order by created_at, workspace_id limit 1")
        .bind(user).fetch_optional(c).await)?;
    Ok(workspace.ok_or_else(|| Inconsistency::new("members", "user_id", user))?)
}

pub async fn rename_user(tx: &mut Tx, user: UserId, name: &str) -> sqlx::Result<()> {
    let renamed = on!(tx, c => sqlx::query("update users set name = $2 where id = $1")
        .bind(user).bind(name).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(renamed, "users", "id", user)?)
}

pub async fn rename_workspace(tx: &mut Tx, workspace: WorkspaceId, name: &str) -> sqlx::Result<()> {
    let renamed = on!(tx, c => sqlx::query("update workspaces set name = $2 where id = $1")
        .bind(workspace).bind(name).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(renamed, "workspaces", "id", workspace)?)
}

pub async fn set_password(tx: &mut Tx, user: UserId, hash: &str, at: Instant) -> sqlx::Result<()> {
    let set = on!(tx, c => sqlx::query("update users set password_hash = $2, password_changed_at = $3 where id = $1")
        .bind(user).bind(hash).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(set, "users", "id", user)?)
}

/// Makes the user an operator.
pub async fn set_operator(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    let changed = on!(tx, c => sqlx::query("update users set operator = true where id = $1")
        .bind(user).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(changed, "users", "id", user)?)
}

pub async fn count_sessions(tx: &mut Tx, user: UserId, now: Instant) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("select count(*) from sessions where user_id = $1 and expires_at > $2")
        .bind(user).bind(now).fetch_one(c).await)
}

/// Ends every session of the user, in every browser.
pub async fn end_sessions(tx: &mut Tx, user: UserId) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from sessions where user_id = $1").bind(user).execute(c).await.map(drop))
}

pub async fn insert_password_link(
    tx: &mut Tx,
    token_hash: Vec<u8>,
    user: UserId,
    now: Instant,
    expires_at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into password_resets (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)")
        .bind(&token_hash).bind(user).bind(now).bind(expires_at).execute(c).await.map(drop))
}

/// The user whom an unused link belongs to.
pub async fn user_of_password_link(tx: &mut Tx, token_hash: &[u8], now: Instant) -> sqlx::Result<Option<UserId>> {
    on!(tx, c => sqlx::query_scalar(
        "select user_id from password_resets where token_hash = $1 and used_at is null and expires_at > $2")
        .bind(token_hash.to_vec()).bind(now).fetch_optional(c).await)
}

/// Uses the link up; `None` when somebody did before or it has expired.
pub async fn use_password_link(tx: &mut Tx, token_hash: &[u8], now: Instant) -> sqlx::Result<Option<UserId>> {
    on!(tx, c => sqlx::query_scalar(
        "update password_resets set used_at = $2 where token_hash = $1 and used_at is null and expires_at > $2
         returning user_id")
        .bind(token_hash.to_vec()).bind(now).fetch_optional(c).await)
}

/// Uses up every link of the user that is still open.
pub async fn close_password_links(tx: &mut Tx, user: UserId, now: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update password_resets set used_at = $2 where user_id = $1 and used_at is null")
        .bind(user).bind(now).execute(c).await.map(drop))
}

/// Removes sessions, links and sign-ups past their time, and attempts that began before `attempts_before`.
pub async fn sweep(tx: &mut Tx, now: Instant, attempts_before: Instant) -> sqlx::Result<u64> {
    let sessions = on!(tx, c => sqlx::query("delete from sessions where expires_at <= $1")
        .bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    let links = on!(tx, c => sqlx::query("delete from password_resets where expires_at <= $1")
        .bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    let attempts = on!(tx, c => sqlx::query("delete from attempts where window_start <= $1")
        .bind(attempts_before).execute(c).await.map(|done| done.rows_affected()))?;
    let sign_ups = on!(tx, c => sqlx::query("delete from sign_ups where expires_at <= $1")
        .bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(sessions + links + attempts + sign_ups)
}
