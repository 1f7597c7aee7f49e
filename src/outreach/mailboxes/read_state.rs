//! How far the answers of mailboxes are read, and asking for a look. Who looks is `replies/sync/`.
//!
//! A follow-up waits until the answers of its mailbox were read within the last minute: the person may have answered since.

use std::{collections::HashMap, time::Duration};

use serde::Deserialize;
use sqlx::types::Json;

use super::{secrets::MailboxKey, state_text::read_cause_of};
use crate::{
    accounts::{
        WorkspaceId,
        notifications::{self, News},
    },
    on,
    outreach::ids::MailboxId,
    server::{batches::batches, clock::Instant, db::Tx, select::Select},
};

/// How long a look counts before a follow-up is taken, and before it leaves.
pub const READ_WITHIN: Duration = Duration::from_secs(60);
pub const LEAVES_WITHIN: Duration = Duration::from_secs(3 * 60);
/// How long first mails wait for a look that a follow-up asked for.
pub const LATE_AFTER: Duration = Duration::from_secs(30);

/// How the answers of a mailbox are read.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ReadState {
    #[serde(rename = "mailbox_id")]
    id: MailboxId,
    /// Why the last look failed, and what the server said.
    pub code: Option<String>,
    pub words: Option<String>,
    pub since: Option<Instant>,
    /// When it is tried again; nothing: when a member has changed something.
    pub run_at: Option<Instant>,
    /// The last look that read everything.
    pub looked_at: Option<Instant>,
    /// Messages still to be read.
    pub behind: i64,
}

/// How the answers of a workspace's mailboxes are read, or those of one alone.
pub fn read_states(workspace: WorkspaceId, one: Option<MailboxId>) -> Select<HashMap<MailboxId, ReadState>> {
    Select::<Vec<ReadState>>::rows(
        "mailbox_id, code, words, since, run_at, looked_at, behind",
        "select s.mailbox_id, s.code, s.words, s.since, s.run_at, s.looked_at,
             coalesce((select sum(f.behind) from mailbox_folders f
                 where f.workspace_id = s.workspace_id and f.mailbox_id = s.mailbox_id), 0) as behind
         from mailbox_syncs s
         join mailboxes m on m.workspace_id = s.workspace_id and m.id = s.mailbox_id
         where s.workspace_id = $1 and ($2 is null or s.mailbox_id = $2) and m.imap_host is not null
             and m.state in ('active', 'paused', 'failing')",
    )
    .bind(workspace.0)
    .bind(one.map(|id| id.0))
    .map(|rows| rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Whether the answers of the mailbox in row `m` were read since `since`. Those of a mailbox that is read nowhere count as read.
pub fn is_read(m: &str, since: &str) -> String {
    format!(
        "({m}.imap_host is null or exists (select 1 from mailbox_syncs y where y.workspace_id = {m}.workspace_id
             and y.mailbox_id = {m}.id and y.looked_at >= {since}))"
    )
}

/// Whether the answers of the mailbox in row `m` cannot be read at present: looks fail, or one that was asked for before `late` has
/// not come.
pub fn cannot_be_read(m: &str, late: &str) -> String {
    format!(
        "exists (select 1 from mailbox_syncs y where y.workspace_id = {m}.workspace_id and y.mailbox_id = {m}.id
             and (y.code is not null or y.wanted_at < {late}))"
    )
}

/// Asks for a look into these mailboxes as soon as possible. Where looks fail, the next one stays as late as it is.
///
/// # Errors
/// The database's.
pub async fn want(tx: &mut Tx, mailboxes: impl Iterator<Item = MailboxKey>, at: Instant) -> sqlx::Result<()> {
    for batch in batches(mailboxes)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into mailbox_syncs (workspace_id, mailbox_id, run_at, wanted_at)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), $2, $2 from rows where true
             on conflict (workspace_id, mailbox_id) do update set
                 wanted_at = coalesce(mailbox_syncs.wanted_at, excluded.wanted_at), run_at = excluded.run_at
                 where mailbox_syncs.code is null")
            .bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Takes the row of a mailbox before its row in `mailbox_syncs`: whoever writes both takes them in this order, and no two wait for each
/// other. SQLite has one writer at a time.
///
/// # Errors
/// The database's.
pub async fn lock(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    if !tx.is_postgres() {
        return Ok(());
    }
    on!(tx, c => sqlx::query("select 1 from mailboxes where workspace_id = $1 and id = $2 for no key update")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))
}

/// Reads the answers of a mailbox from now on, or tries again at once what failed, because a member changed something.
///
/// # Errors
/// The database's.
pub async fn again(tx: &mut Tx, mailbox: MailboxKey, at: Instant) -> sqlx::Result<()> {
    lock(tx, mailbox).await?;
    on!(&mut *tx, c => sqlx::query(
        "insert into mailbox_syncs (workspace_id, mailbox_id, run_at)
         select workspace_id, id, $3 from mailboxes where workspace_id = $1 and id = $2 and imap_host is not null
         on conflict (workspace_id, mailbox_id) do update set run_at = excluded.run_at, failures = 0, code = null, words = null,
             since = null, lease_until = null, fence = mailbox_syncs.fence + 1")
        .bind(mailbox.0).bind(mailbox.1).bind(at).execute(c).await.map(drop))?;
    told_is_over(tx, mailbox).await
}

/// Tells members, once, that the replies to a mailbox are not read; `code` says why. Where nothing can be sent either, they know.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &mut Tx, mailbox: MailboxKey, code: &str, at: Instant) -> sqlx::Result<()> {
    let address: Option<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "select address from mailboxes where workspace_id = $1 and id = $2 and state in ('active', 'paused')")
        .bind(mailbox.0).bind(mailbox.1).fetch_optional(c).await)?;
    let Some(address) = address else { return Ok(()) };
    let (link, cause) = (format!("/settings/mailboxes/{}", mailbox.1), read_cause_of(code));
    let news = News {
        event: notifications::Event::MailboxFailing,
        key: news_key(mailbox),
        title: format!("Replies to {address} are not read"),
        text: format!(
            "{cause}. Follow-ups from {address} wait until its replies can be read again; its page says what to do."
        ),
        link: &link,
    };
    notifications::tell(tx, mailbox.0, &news, at).await
}

fn news_key(mailbox: MailboxKey) -> String {
    format!("replies:{}", mailbox.1)
}

/// What members were told is over: the replies are read, or the mailbox is not read any more.
///
/// # Errors
/// The database's.
pub async fn told_is_over(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    notifications::withdraw(tx, mailbox.0, &news_key(mailbox)).await.map(drop)
}

/// The mailbox may be another one from now on: whoever reads the earlier one writes nothing more, and in the folders of this one, UIDs mean
/// other messages, whatever number of validity they have. Some providers have the same one in all mailboxes.
///
/// # Errors
/// The database's.
pub async fn moved(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    lock(tx, mailbox).await?;
    on!(&mut *tx, c => sqlx::query(
        "update mailbox_syncs set lease_until = null, fence = fence + 1 where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
    // No folder has zero.
    on!(tx, c => sqlx::query("update mailbox_folders set uid_validity = 0 where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))
}

/// Reads nothing of a mailbox any more, because it was removed.
///
/// # Errors
/// The database's.
pub async fn never_again(tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<()> {
    lock(tx, mailbox).await?;
    on!(&mut *tx, c => sqlx::query(
        "update mailbox_syncs set run_at = null, lease_until = null, wanted_at = null, fence = fence + 1
         where workspace_id = $1 and mailbox_id = $2")
        .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))?;
    told_is_over(tx, mailbox).await
}
