//! A mailbox: the account that a campaign's mails leave from.

use sqlx::FromRow;

use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::{
        ids::MailboxId,
        schedule::{StoredPace, rules::Pace},
    },
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Mailboxes of a workspace.
pub const MAILBOXES_MAX: i64 = 200;

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// The built-in test mailbox: nothing leaves this computer.
    Outbox,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    Active,
    /// A member paused it: its conversations wait, new leads start from others.
    Paused,
    /// It sends no more; what it sent stays.
    Removed,
}

/// A mailbox as its pages show it.
#[derive(Debug, Clone, FromRow)]
pub struct Mailbox {
    pub id: MailboxId,
    pub address: String,
    pub sender_name: String,
    pub signature: String,
    #[sqlx(flatten)]
    pub pace: StoredPace,
    pub state: MailboxState,
    pub look_at: Option<Instant>,
    pub idle_code: Option<String>,
}

const COLUMNS: &str =
    "id, address, sender_name, signature, time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start,
     ramp_step, ramp_days, ramp_day, state, look_at, idle_code";

/// The mailboxes of a workspace, by address; removed ones are left out.
///
/// # Errors
/// The database's.
pub async fn mailboxes(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Mailbox>> {
    let sql =
        format!("select {COLUMNS} from mailboxes where workspace_id = $1 and state <> 'removed' order by address");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).fetch_all(c).await)
}

/// How many mailboxes of the instance are in each state.
///
/// # Errors
/// The database's.
pub async fn by_state(tx: &mut Tx) -> sqlx::Result<Vec<(MailboxState, i64)>> {
    on!(tx, c => sqlx::query_as("select state, count(*) from mailboxes where state <> 'removed' group by state order by state")
        .fetch_all(c).await)
}

/// One mailbox.
///
/// # Errors
/// [`AppError::NotFound`] for one of another workspace, and for one that was removed.
pub async fn mailbox(tx: &mut Tx, workspace: WorkspaceId, id: MailboxId) -> Result<Mailbox, AppError> {
    let sql = format!("select {COLUMNS} from mailboxes where workspace_id = $1 and id = $2 and state <> 'removed'");
    let found =
        on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(c).await)?;
    found.ok_or(AppError::NotFound)
}

/// What a form says of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxSettings {
    pub address: String,
    pub sender_name: String,
    pub signature: String,
    pub time_zone: String,
    pub pace: Pace,
}

/// Adds a mailbox of the workspace.
///
/// # Errors
/// The database's; that the address is taken shows as a unique violation.
pub async fn add(
    tx: &mut Tx,
    (workspace, by): (WorkspaceId, UserId),
    kind: MailboxKind,
    settings: &MailboxSettings,
    at: Instant,
) -> sqlx::Result<MailboxId> {
    let (id, pace) = (MailboxId::new(), &settings.pace);
    on!(tx, c => sqlx::query(
        "insert into mailboxes (workspace_id, id, kind, address, sender_name, signature, time_zone, daily_cap, gap_min_s,
             gap_max_s, spread, ramp_start, ramp_step, state, state_since, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 'active', $15, $14, $15)")
        .bind(workspace).bind(id).bind(kind).bind(&settings.address).bind(&settings.sender_name).bind(&settings.signature)
        .bind(&settings.time_zone).bind(pace.daily_cap).bind(pace.gap_min_s).bind(pace.gap_max_s).bind(pace.spread)
        .bind(pace.ramp.as_ref().map(|ramp| ramp.start)).bind(pace.ramp.as_ref().map_or(0, |ramp| ramp.step)).bind(by).bind(at)
        .execute(c).await.map(drop))?;
    Ok(id)
}

/// Changes the settings of a mailbox; how far its slow start is stays.
///
/// # Errors
/// The database's; that the address is taken shows as a unique violation.
pub async fn change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: MailboxId,
    settings: &MailboxSettings,
    at: Instant,
) -> sqlx::Result<()> {
    let pace = &settings.pace;
    on!(tx, c => sqlx::query(
        "update mailboxes set address = $3, sender_name = $4, signature = $5, time_zone = $6, daily_cap = $7, gap_min_s = $8,
             gap_max_s = $9, spread = $10, ramp_start = $11, ramp_step = $12,
             look_at = case when free_at > $13 then free_at else $13 end
         where workspace_id = $1 and id = $2 and state <> 'removed'")
        .bind(workspace).bind(id).bind(&settings.address).bind(&settings.sender_name).bind(&settings.signature)
        .bind(&settings.time_zone).bind(pace.daily_cap).bind(pace.gap_min_s).bind(pace.gap_max_s).bind(pace.spread)
        .bind(pace.ramp.as_ref().map(|ramp| ramp.start)).bind(pace.ramp.as_ref().map_or(0, |ramp| ramp.step))
        .bind(at).execute(c).await.map(drop))
}

/// How many leads are in the middle of a sequence from this mailbox.
///
/// # Errors
/// The database's.
pub async fn open_conversations(tx: &mut Tx, workspace: WorkspaceId, id: MailboxId) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "select count(*) from campaign_mailboxes cm
         join enrolments e on e.workspace_id = cm.workspace_id and e.campaign_id = cm.campaign_id and e.mailbox_id = cm.mailbox_id
             and e.state in ('active', 'held', 'in_flight')
         where cm.workspace_id = $1 and cm.mailbox_id = $2")
        .bind(workspace).bind(id).fetch_one(c).await)
}

/// Pauses a mailbox or lets it send again. Returns whether anything changed.
///
/// # Errors
/// The database's.
pub async fn set_paused(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: MailboxId,
    paused: bool,
    at: Instant,
) -> sqlx::Result<bool> {
    let (from, to) = if paused { ("active", "paused") } else { ("paused", "active") };
    on!(tx, c => sqlx::query(
        "update mailboxes set state = $4, state_since = $5, look_at = case when free_at > $5 then free_at else $5 end
         where workspace_id = $1 and id = $2 and state = $3")
        .bind(workspace).bind(id).bind(from).bind(to).bind(at).execute(c).await.map(|done| done.rows_affected() == 1))
}
