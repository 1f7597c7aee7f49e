//! How much is known of a person, in numbers: what a page says before it erases.

use sqlx::FromRow;

use super::Reach;
use crate::{email::Email, on, server::db::Tx, suppression::SuppressionKeys};

/// How much is known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, FromRow)]
pub struct Known {
    /// Entries of the directory; a workspace is told of none.
    pub contacts: i64,
    /// Of a workspace those whose address it has revealed.
    pub leads: i64,
    /// Mails to the person.
    pub mails: i64,
    /// Mails from the person.
    pub answers: i64,
    pub notes: i64,
    /// Sequences that would still write to the person.
    pub sequences: i64,
}

/// How much is known of the person with this address within `reach`.
///
/// # Errors
/// The database's.
pub async fn known(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Known> {
    on!(tx, c => sqlx::query_as(
        "select (select count(*) from contacts c where $3 is null and c.email = $1) as contacts,
             (select count(*) from leads l where l.email = $1
                 and ($3 is null or (l.workspace_id = $3 and l.revealed_at is not null))) as leads,
             (select count(*) from sends d where d.recipient_key = $2 and d.kind <> 'test'
                 and ($3 is null or d.workspace_id = $3)) as mails,
             (select count(*) from threads t join mails a on a.workspace_id = t.workspace_id and a.thread_id = t.id
                 where t.recipient_key = $2 and a.direction = 'in' and ($3 is null or t.workspace_id = $3)) as answers,
             (select count(*) from threads t join thread_notes n on n.workspace_id = t.workspace_id and n.thread_id = t.id
                 where t.recipient_key = $2 and ($3 is null or t.workspace_id = $3)) as notes,
             (select count(*) from enrolments e where e.recipient_key = $2 and e.state not in ('finished', 'stopped')
                 and ($3 is null or e.workspace_id = $3)) as sequences")
        .bind(email.as_str()).bind(keys.recipient(email)).bind(reach.workspace()).fetch_one(c).await)
}
