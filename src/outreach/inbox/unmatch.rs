//! Mails that were taken for a reply because of their sender's address, and are none.

use super::label::Label;
use crate::{
    accounts::Member,
    on,
    outreach::{ids::ThreadId, replies::label},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Takes a conversation out that was matched by address only: its words are deleted, it counts as no reply, and a sequence that stopped
/// because of it continues. That the mails were read stays known, so that they are not read again. Returns whether there was one.
///
/// # Errors
/// The database's.
pub async fn unmatch(tx: &mut Tx, member: &Member, id: ThreadId, at: Instant) -> Result<bool, AppError> {
    let workspace = member.workspace;
    let is_untracked: bool = on!(&mut *tx, c => sqlx::query_scalar(
        "select exists (select 1 from threads where workspace_id = $1 and id = $2 and untracked)")
        .bind(workspace).bind(id).fetch_one(c).await)?;
    if !is_untracked {
        return Ok(false);
    }
    label::set(tx, member, id, Some(Label::Automatic), at).await?;
    for table in ["mail_bodies", "reply_facts"] {
        let sql = format!(
            "delete from {table} where workspace_id = $1 and mail_id in (
                 select m.id from mails m where m.workspace_id = $1 and m.thread_id = $2 and m.direction = 'in')"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).execute(c).await.map(drop))?;
    }
    on!(tx, c => sqlx::query(
        "update threads set state = 'done', snoozed_until = null, unread = false, untracked = false, first_line = '', version = version + 1
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).execute(c).await.map(drop))?;
    Ok(true)
}
