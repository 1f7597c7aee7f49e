//! A mailbox: the account that a campaign's mails leave from.

use serde::Deserialize;
use sqlx::types::Json;

use super::{
    account::{Account, AccountRow},
    preset::Preset,
    sent_copies::SentCopies,
    state,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    outreach::{
        ids::MailboxId,
        schedule::{FIRST_DAY, StoredPace, rules::Pace},
    },
    server::{clock::Instant, db::Tx, error::AppError, select::Select},
};

/// Mailboxes of a workspace.
pub const MAILBOXES_MAX: usize = 200;

/// What kind of account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// The built-in test mailbox: nothing leaves this computer.
    Outbox,
    /// An account that signs in with a password.
    Smtp,
    /// An account of Google or Microsoft that signs in with their permission (OAuth 2).
    Google,
    Microsoft,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    /// It has not passed its test yet, or its account was changed since.
    Draft,
    Active,
    /// A member paused it, or Fairlead did to protect it: its conversations wait, new leads start from others.
    Paused,
    /// It cannot sign in or may not send. What it is bound to send waits.
    Failing,
    /// It sends no more; what it sent stays.
    Removed,
}

/// A mailbox as its pages show it.
#[derive(Debug, Clone, Deserialize)]
pub struct Mailbox {
    #[serde(rename = "workspace_id")]
    pub workspace: WorkspaceId,
    pub id: MailboxId,
    pub kind: MailboxKind,
    pub address: String,
    pub domain: String,
    pub sender_name: String,
    pub reply_to: Option<String>,
    pub signature: String,
    pub sent_copies: SentCopies,
    #[serde(flatten)]
    account: AccountRow,
    #[serde(flatten)]
    pub pace: StoredPace,
    pub state: MailboxState,
    /// Why it is in this state or rests, if not because of a member: a code and what its sentence names.
    pub state_code: Option<String>,
    pub state_params: Option<Json<serde_json::Value>>,
    pub state_since: Instant,
    pub failures: i64,
    pub retry_at: Option<Instant>,
    pub free_at: Instant,
    pub look_at: Option<Instant>,
    pub idle_code: Option<String>,
}

impl Mailbox {
    /// Where it signs in; the built-in outbox does not.
    pub fn account(&self) -> Option<Account> {
        self.account.account()
    }

    /// What is known of its provider.
    pub fn preset(&self) -> &'static Preset {
        match self.account() {
            Some(account) => Preset::of_host(&account.smtp.host),
            None => Preset::outbox(),
        }
    }
}

/// As [`Select::rows`] wants them.
const COLUMNS: &str =
    "workspace_id, id, kind, address, domain, sender_name, reply_to, signature, sent_copies, smtp_host, smtp_port, smtp_security, smtp_user, imap_host,
     imap_port, imap_security, imap_user, time_zone, daily_cap, gap_min_s, gap_max_s, spread flag, ramp_start, ramp_step, ramp_days,
     ramp_day, first_day, state, state_code, state_params json, state_since, failures, retry_at, free_at, look_at, idle_code";

/// The mailboxes of a workspace by address, or one alone; removed ones are left out.
pub fn mailboxes(workspace: WorkspaceId, one: Option<MailboxId>) -> Select<Vec<Mailbox>> {
    let columns = COLUMNS.replace(" flag", "").replace(" json", "").replace("first_day", FIRST_DAY);
    let text = format!(
        "select {columns} from mailboxes where workspace_id = $1 and ($2 is null or id = $2) and state <> 'removed' order by address"
    );
    Select::rows(COLUMNS, text).bind(workspace.0).bind(one.map(|id| id.0))
}

/// The addresses of a workspace's mailboxes; those of removed ones are left out.
///
/// # Errors
/// The database's.
pub async fn addresses(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar("select address from mailboxes where workspace_id = $1 and state <> 'removed'")
        .bind(workspace).fetch_all(c).await)
}

/// The addresses of a workspace's mailboxes, each with the member who added it; those of removed ones are left out.
///
/// # Errors
/// The database's.
pub async fn by_member(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(UserId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select created_by, address from mailboxes where workspace_id = $1 and state <> 'removed' order by address")
        .bind(workspace).fetch_all(c).await)
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
    mailboxes(workspace, Some(id)).first().read(tx).await?.ok_or(AppError::NotFound)
}

/// What a form says of a mailbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailboxSettings {
    pub address: String,
    pub sender_name: String,
    /// Where answers go; `None`: to the address.
    pub reply_to: Option<String>,
    pub signature: String,
    /// Where it signs in; `None`: the built-in outbox.
    pub account: Option<Account>,
    pub time_zone: String,
    pub pace: Pace,
}

/// Adds a mailbox of the workspace: a built-in outbox that sends at once, or a draft, which sends when its test has passed.
///
/// # Errors
/// [`AppError::Busy`] when another member took the address in the same moment.
pub async fn add(
    tx: &mut Tx,
    (workspace, by): (WorkspaceId, UserId),
    kind: MailboxKind,
    settings: &MailboxSettings,
    at: Instant,
) -> Result<MailboxId, AppError> {
    let (id, pace, account) = (MailboxId::new(), &settings.pace, AccountRow::of(settings.account.as_ref()));
    let state = if kind == MailboxKind::Outbox { MailboxState::Active } else { MailboxState::Draft };
    on!(tx, c => sqlx::query(
        "insert into mailboxes (workspace_id, id, kind, address, sender_name, reply_to, signature, smtp_host, smtp_port, smtp_security,
             smtp_user, imap_host, imap_port, imap_security, imap_user, time_zone, daily_cap, gap_min_s, gap_max_s, spread, ramp_start,
             ramp_step, state, state_since, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $25, $24, $25)")
        .bind(workspace).bind(id).bind(kind).bind(&settings.address).bind(&settings.sender_name).bind(&settings.reply_to)
        .bind(&settings.signature).bind(account.smtp_host).bind(account.smtp_port).bind(account.smtp_security)
        .bind(account.smtp_user).bind(account.imap_host).bind(account.imap_port).bind(account.imap_security)
        .bind(account.imap_user).bind(&settings.time_zone).bind(pace.daily_cap).bind(pace.gap_min_s).bind(pace.gap_max_s)
        .bind(pace.spread).bind(pace.ramp.as_ref().map(|ramp| ramp.start)).bind(pace.ramp.as_ref().map_or(0, |ramp| ramp.step))
        .bind(state).bind(by).bind(at).execute(c).await.map(drop))
    .map_err(busy_if_taken)?;
    Ok(id)
}

/// Changes the settings of a mailbox; how far its slow start is stays.
///
/// # Errors
/// [`AppError::NotFound`] when it was removed, and [`AppError::Busy`] when another mailbox took the address, in the same moment.
pub async fn change(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: MailboxId,
    settings: &MailboxSettings,
    at: Instant,
) -> Result<(), AppError> {
    let (pace, account) = (&settings.pace, AccountRow::of(settings.account.as_ref()));
    let changed = on!(tx, c => sqlx::query(
        "update mailboxes set address = $3, sender_name = $4, reply_to = $5, signature = $6, smtp_host = $7, smtp_port = $8,
             smtp_security = $9, smtp_user = $10, imap_host = $11, imap_port = $12, imap_security = $13, imap_user = $14,
             time_zone = $15, daily_cap = $16, gap_min_s = $17, gap_max_s = $18, spread = $19, ramp_start = $20, ramp_step = $21,
             look_at = case when free_at > $22 then free_at else $22 end
         where workspace_id = $1 and id = $2 and state <> 'removed'")
        .bind(workspace).bind(id).bind(&settings.address).bind(&settings.sender_name).bind(&settings.reply_to)
        .bind(&settings.signature).bind(account.smtp_host).bind(account.smtp_port).bind(account.smtp_security)
        .bind(account.smtp_user).bind(account.imap_host).bind(account.imap_port).bind(account.imap_security)
        .bind(account.imap_user).bind(&settings.time_zone).bind(pace.daily_cap).bind(pace.gap_min_s).bind(pace.gap_max_s)
        .bind(pace.spread).bind(pace.ramp.as_ref().map(|ramp| ramp.start)).bind(pace.ramp.as_ref().map_or(0, |ramp| ramp.step))
        .bind(at).execute(c).await.map(|done| done.rows_affected()))
    .map_err(busy_if_taken)?;
    if changed == 0 { Err(AppError::NotFound) } else { Ok(()) }
}

/// Two that write the same address at once have both seen it free; the second is told so when it tries again.
fn busy_if_taken(error: sqlx::Error) -> AppError {
    match error.as_database_error() {
        Some(fault) if fault.is_unique_violation() => AppError::Busy,
        _ => error.into(),
    }
}

/// Pauses a mailbox, or lets one that is paused send again. Returns whether anything changed.
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
    let (from, to) = if paused { ("state in ('active', 'failing')", "paused") } else { ("state = 'paused'", "active") };
    let sql = format!(
        "update mailboxes set state = $3, state_code = null, state_params = null, state_since = $4, failures = 0, retry_at = null,
             look_at = case when free_at > $4 then free_at else $4 end
         where workspace_id = $1 and id = $2 and {from}"
    );
    let changed = on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).bind(to).bind(at)
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    if changed {
        state::is_well(tx, (workspace, id)).await?;
    }
    Ok(changed)
}
