//! What becomes of a mailbox without a member's doing: it passes its test, fails, rests, is paused. Each writes why, as a code with its
//! parameters, and since when.

use sqlx::types::Json;

use super::{
    read_state,
    secrets::{self, MailboxKey},
};
use crate::{
    accounts::notifications::{self, News},
    on,
    server::{clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

/// Why a mailbox is in its state: a word, and what its sentence names (`words`: what the server said).
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    pub code: &'static str,
    pub params: serde_json::Value,
}

impl Cause {
    pub fn new(code: &'static str, params: serde_json::Value) -> Self {
        Self { code, params }
    }
}

/// What came of a passed test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activated {
    Active,
    /// Another mailbox of the instance sends from this address, and both together would not keep to its limits.
    AddressTaken,
}

/// Lets a draft or a failing mailbox send, because its test passed, and takes its address for this workspace.
///
/// # Errors
/// The database's; an address that cannot be read.
pub async fn activate(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    mailbox: MailboxKey,
    at: Instant,
) -> anyhow::Result<Activated> {
    let address: String = on!(&mut *tx, c => sqlx::query_scalar(
        "select address from mailboxes where workspace_id = $1 and id = $2")
        .bind(mailbox.0).bind(mailbox.1).fetch_one(c).await)?;
    let email = address.parse().map_err(|fault| anyhow::anyhow!("the address of a mailbox: {fault:?}"))?;
    let owned = on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_addresses (address_key, workspace_id, mailbox_id) values ($1, $2, $3)
         on conflict (address_key) do update set address_key = excluded.address_key
             where mailbox_addresses.workspace_id = excluded.workspace_id and mailbox_addresses.mailbox_id = excluded.mailbox_id")
        .bind(keys.canonical(&email)).bind(mailbox.0).bind(mailbox.1).execute(c).await.map(|done| done.rows_affected()))?;
    if owned == 0 {
        return Ok(Activated::AddressTaken);
    }
    on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state_since = case when state = 'active' then state_since else $3 end, state = 'active',
             state_code = null, state_params = null, failures = 0, retry_at = null,
             look_at = case when free_at > $3 then free_at else $3 end
         where workspace_id = $1 and id = $2 and state in ('draft', 'failing', 'active')")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))?;
    read_state::again(tx, mailbox, at).await?;
    is_well(tx, mailbox).await?;
    Ok(Activated::Active)
}

/// Gives up what a removed mailbox holds: its account at a provider, its secrets, its address, an open test, and whoever reads its
/// answers. A refresh of its tokens, a test or a look that is under way finds that out by its fence.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    // Before the secrets: a refresh that is being committed has written its tokens by then.
    on!(&mut *tx, c => sqlx::query("delete from mailbox_connections where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
    secrets::forget_all(tx, mailbox).await?;
    free_address(tx, mailbox).await?;
    read_state::never_again(tx, mailbox).await?;
    is_well(tx, mailbox).await?;
    on!(tx, c => sqlx::query(
        "update mailbox_checks set state = 'finished', finished_at = $3, run_at = null, lease_until = null, fence = fence + 1
         where workspace_id = $1 and mailbox_id = $2 and state <> 'finished'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))
}

/// Gives the address of a mailbox free, for other workspaces too.
async fn free_address(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from mailbox_addresses where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))
}

/// Notes that a mailbox cannot sign in or may not send: it stops, and what it is bound to send waits. A draft stays one and keeps why.
///
/// `retry_at` is when it is tried again without a member; `None`: a member has to mend it first. Returns whether it was noted: a paused
/// or removed mailbox stays as it is.
///
/// # Errors
/// The database's.
pub async fn fail(
    tx: &mut Tx,
    mailbox: MailboxKey,
    cause: &Cause,
    retry_at: Option<Instant>,
    at: Instant,
) -> sqlx::Result<bool> {
    let noted = on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state_since = case when state <> 'active' and state_code = $3 then state_since else $6 end,
             state = case when state = 'draft' then state else 'failing' end, state_code = $3, state_params = $4,
             failures = failures + 1, retry_at = $5
         where workspace_id = $1 and id = $2 and state in ('draft', 'active', 'failing')")
        .bind(mailbox.0).bind(mailbox.1).bind(cause.code).bind(Json(&cause.params)).bind(retry_at).bind(at)
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    if noted && retry_at.is_none() {
        tell(tx, mailbox, at).await?;
    }
    Ok(noted)
}

/// Lets a mailbox rest, for example until a day's quota of its provider is over. It stays active, and its mails wait.
///
/// # Errors
/// The database's.
pub async fn rest_until(tx: &mut Tx, mailbox: MailboxKey, until: Instant, cause: &Cause) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailboxes set free_at = case when free_at > $3 then free_at else $3 end,
             look_at = case when look_at > $3 then look_at else $3 end, state_code = $4, state_params = $5
         where workspace_id = $1 and id = $2 and state = 'active'")
        .bind(mailbox.0).bind(mailbox.1).bind(until).bind(cause.code).bind(Json(&cause.params))
        .execute(c).await.map(drop))
}

/// Notes that the server of a mailbox took it again: what failed before is over. Returns whether it was failing.
///
/// # Errors
/// The database's.
pub async fn recover(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<bool> {
    let recovered = on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state = 'active', state_since = $3, look_at = case when free_at > $3 then free_at else $3 end
         where workspace_id = $1 and id = $2 and state = 'failing'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(|done| done.rows_affected() == 1))?;
    if recovered {
        is_well(tx, mailbox).await?;
    }
    on!(tx, c => sqlx::query(
        "update mailboxes set state_code = null, state_params = null, failures = 0, retry_at = null
         where workspace_id = $1 and id = $2 and state = 'active'")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
    Ok(recovered)
}

/// Pauses a mailbox until a member resumes it, for example because its mails are refused. Returns whether it was active or failing.
///
/// # Errors
/// The database's.
pub async fn pause_by_itself(tx: &mut Tx, mailbox: MailboxKey, cause: &Cause, at: Instant) -> sqlx::Result<bool> {
    let paused = on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state = 'paused', state_code = $3, state_params = $4, state_since = $5, retry_at = null
         where workspace_id = $1 and id = $2 and state in ('active', 'failing')")
        .bind(mailbox.0).bind(mailbox.1).bind(cause.code).bind(Json(&cause.params)).bind(at)
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    if paused {
        tell(tx, mailbox, at).await?;
    }
    Ok(paused)
}

/// Tells members that a mailbox waits for one of them. A draft was never in use: whoever tests it sees what is wrong.
async fn tell(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    let address: Option<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select address from mailboxes where workspace_id = $1 and id = $2 and state in ('failing', 'paused')")
        .bind(mailbox.0).bind(mailbox.1).fetch_optional(c).await)?;
    let Some(address) = address else { return Ok(()) };
    let link = format!("/settings/mailboxes/{}", mailbox.1);
    let news = News {
        event: notifications::Event::MailboxFailing,
        key: news_key(mailbox),
        title: format!("{address} needs you"),
        text: format!("No mail leaves from {address}: its page says why, and what to do. Its mails wait until then."),
        link: &link,
    };
    notifications::tell(tx, mailbox.0, &news, at).await
}

fn news_key(mailbox: MailboxKey) -> String {
    format!("mailbox:{}", mailbox.1)
}

/// What members were told of a mailbox is over.
///
/// # Errors
/// The database's.
pub async fn is_well(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    notifications::withdraw(tx, mailbox.0, &news_key(mailbox)).await.map(drop)
}

/// Makes a mailbox a draft again, because its account or address was changed: it sends when its test has passed. An open test begins
/// anew, because what it has found is about the earlier account.
///
/// # Errors
/// The database's.
pub async fn to_draft(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    free_address(tx, mailbox).await?;
    read_state::moved(tx, mailbox).await?;
    on!(&mut *tx, c => sqlx::query(
        "update mailboxes set state_since = case when state = 'draft' then state_since else $3 end, state = 'draft', state_code = null,
             state_params = null, failures = 0, retry_at = null
         where workspace_id = $1 and id = $2 and state <> 'removed'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "update mailbox_checks set state = 'queued', results = '[]', trip = null, run_at = $3, lease_until = null, attempt = 0,
             fence = fence + 1
         where workspace_id = $1 and mailbox_id = $2 and state <> 'finished'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))
}

/// Tries a failing mailbox again soon, and reads its answers, because a member changed its password.
///
/// # Errors
/// The database's.
pub async fn retry_soon(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    read_state::again(tx, mailbox, at).await?;
    on!(tx, c => sqlx::query("update mailboxes set retry_at = $3 where workspace_id = $1 and id = $2 and state = 'failing'")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))
}
