//! How far each folder is read.

use std::time::Duration;

use sqlx::FromRow;

use super::leases::Lease;
use crate::{
    mail::imap::Examined,
    on,
    outreach::replies::receive::FolderUse,
    server::{clock::Instant, db::Tx},
};

/// UIDs below the cursor that are read again: some servers show a message later than one that came after it.
pub(super) const OVERLAP: u32 = 50;
/// How far back a folder is read again whose UIDs mean something else now.
const AGAIN: Duration = Duration::from_secs(2 * 24 * 3600);

/// How far a folder is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(super) struct Cursor {
    pub uid_validity: i64,
    /// Messages below were there before the folder was seen, and are none of our business.
    pub first_uid: i64,
    /// Messages below are read.
    pub next_uid: i64,
    /// Messages that were still to be read.
    pub behind: i64,
    /// Messages that were in it when it was read; nothing: not counted yet.
    pub messages: Option<i64>,
    pub looked_at: Instant,
}

/// What there is to read in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToRead {
    /// It is seen for the first time: what is there already is none of our business.
    Begin,
    Nothing,
    From(u32),
    /// Its UIDs mean other messages than before, so all that may have come meanwhile is read.
    Since(Instant),
}

/// What there is to read in a folder, by what the server says of it now.
pub(super) fn to_read(cursor: Option<&Cursor>, examined: &Examined) -> ToRead {
    let Some(cursor) = cursor else { return ToRead::Begin };
    let validity = i64::from(examined.uid_validity.unwrap_or(0));
    let next = examined.uid_next.map(i64::from);
    // Made anew within the second, as some servers count it, a folder has the same number and fewer messages.
    if validity != cursor.uid_validity || next.is_some_and(|next| next < cursor.next_uid) {
        return ToRead::Since(cursor.looked_at.minus(AGAIN));
    }
    // Of two that come at once, the one with the lower UID may be shown after the other was read: then only their number tells.
    let are_as_many = cursor.messages.is_none_or(|messages| messages == i64::from(examined.exists));
    if next == Some(cursor.next_uid) && cursor.behind == 0 && are_as_many {
        return ToRead::Nothing;
    }
    let from = (cursor.next_uid - i64::from(OVERLAP)).max(cursor.first_uid).max(1);
    ToRead::From(u32::try_from(from).unwrap_or(u32::MAX))
}

/// How far a folder is read; nothing: it is new.
///
/// # Errors
/// The database's.
pub(super) async fn cursor(tx: &mut Tx, lease: Lease, folder: &str) -> sqlx::Result<Option<Cursor>> {
    on!(tx, c => sqlx::query_as(
        "select uid_validity, first_uid, next_uid, behind, messages, looked_at from mailbox_folders
         where workspace_id = $1 and mailbox_id = $2 and name = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(folder).fetch_optional(c).await)
}

/// Begins to read a folder, or begins anew, at a UID.
///
/// # Errors
/// The database's.
pub(super) async fn begin(
    tx: &mut Tx,
    lease: Lease,
    (folder, usage): (&str, FolderUse),
    (uid_validity, next_uid): (u32, u32),
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into mailbox_folders (workspace_id, mailbox_id, name, use, uid_validity, first_uid, next_uid, looked_at)
         values ($1, $2, $3, $4, $5, $6, $6, $7)
         on conflict (workspace_id, mailbox_id, name) do update set use = excluded.use, uid_validity = excluded.uid_validity,
             first_uid = excluded.first_uid, next_uid = excluded.next_uid, behind = 0, messages = null")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(folder).bind(usage).bind(i64::from(uid_validity))
        .bind(i64::from(next_uid)).bind(at).execute(c).await.map(drop))
}

/// Moves the cursor of a folder on, never back; `behind` messages are still to be read.
///
/// # Errors
/// The database's.
pub(super) async fn advance(tx: &mut Tx, lease: Lease, folder: &str, next_uid: u32, behind: usize) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_folders set next_uid = case when next_uid > $4 then next_uid else $4 end, behind = $5
         where workspace_id = $1 and mailbox_id = $2 and name = $3")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(folder).bind(i64::from(next_uid))
        .bind(i64::try_from(behind).unwrap_or(i64::MAX)).execute(c).await.map(drop))
}

/// Reads no message below a UID again.
///
/// # Errors
/// The database's.
pub(super) async fn leave_behind(tx: &mut Tx, lease: Lease, folder: &str, first_uid: u32) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailbox_folders set first_uid = $4 where workspace_id = $1 and mailbox_id = $2 and name = $3 and first_uid < $4")
        .bind(lease.workspace_id).bind(lease.mailbox_id).bind(folder).bind(i64::from(first_uid)).execute(c).await.map(drop))
}

/// Notes that all was read that was in these folders at `begun`, and how many messages each had.
///
/// # Errors
/// The database's.
pub(super) async fn looked(tx: &mut Tx, lease: Lease, folders: &[(&str, u32)], begun: Instant) -> sqlx::Result<()> {
    for (name, messages) in folders {
        on!(&mut *tx, c => sqlx::query(
            "update mailbox_folders set looked_at = $4, behind = 0, messages = $5
             where workspace_id = $1 and mailbox_id = $2 and name = $3")
            .bind(lease.workspace_id).bind(lease.mailbox_id).bind(*name).bind(begun).bind(i64::from(*messages))
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant(1_795_340_190_000_000);

    #[test]
    fn what_is_read_follows_from_the_cursor_and_from_what_the_server_says_now() {
        let cursor = Cursor { uid_validity: 7, first_uid: 1, next_uid: 100, behind: 0, messages: None, looked_at: AT };
        let server = |uid_validity, uid_next| Examined { exists: 3, uid_next, uid_validity };
        let since = ToRead::Since(AT.minus(AGAIN));
        for (found, expected) in [
            (to_read(None, &server(Some(7), Some(100))), ToRead::Begin),
            (to_read(Some(&cursor), &server(Some(7), Some(100))), ToRead::Nothing),
            (to_read(Some(&Cursor { messages: Some(3), ..cursor }), &server(Some(7), Some(100))), ToRead::Nothing),
            (to_read(Some(&Cursor { messages: Some(2), ..cursor }), &server(Some(7), Some(100))), ToRead::From(50)),
            (to_read(Some(&cursor), &server(Some(7), Some(101))), ToRead::From(50)),
            (to_read(Some(&cursor), &server(Some(7), None)), ToRead::From(50)),
            (to_read(Some(&Cursor { behind: 1, ..cursor }), &server(Some(7), Some(100))), ToRead::From(50)),
            (to_read(Some(&Cursor { next_uid: 20, ..cursor }), &server(Some(7), Some(21))), ToRead::From(1)),
            (to_read(Some(&Cursor { first_uid: 90, ..cursor }), &server(Some(7), Some(101))), ToRead::From(90)),
            (to_read(Some(&cursor), &server(Some(8), Some(100))), since),
            (to_read(Some(&cursor), &server(None, Some(101))), since),
            (to_read(Some(&cursor), &server(Some(7), Some(3))), since),
        ] {
            assert_eq!(found, expected);
        }
    }
}
