//! The stop that Fairlead makes itself when its database was put back to an earlier day.

use crate::{on, server::db::Tx};

/// What is known of the time between the day of the database and now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum PutBack {
    /// The journal said who opted out.
    JournalTakenOver,
    /// Nothing.
    JournalMissing,
}

impl PutBack {
    /// What members of every workspace read.
    pub fn reason(self) -> &'static str {
        match self {
            Self::JournalTakenOver => {
                "The database was put back to an earlier day. Opt-outs since then were taken over, but mails that left since then are not \
                 known here and could leave again."
            }
            Self::JournalMissing => {
                "The database seems to be from an earlier day, and no journal says who opted out since then: these people could be \
                 written to again."
            }
        }
    }
}

/// Why Fairlead stopped all sending itself; `None` when it did not.
///
/// # Errors
/// The database's.
pub async fn put_back(tx: &mut Tx) -> sqlx::Result<Option<PutBack>> {
    on!(tx, c => sqlx::query_scalar("select code from sending_stop where id = 1 and code is not null").fetch_optional(c).await)
}

/// Notes that the journal was found after all: what was missing is not missing any more.
///
/// # Errors
/// The database's.
pub async fn journal_was_found(tx: &mut Tx) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update sending_stop set code = $1, reason = $2 where code = $3")
        .bind(PutBack::JournalTakenOver).bind(PutBack::JournalTakenOver.reason()).bind(PutBack::JournalMissing)
        .execute(c).await.map(drop))
}
