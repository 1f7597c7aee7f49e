//! The security log: what the operator looks at when something is wrong. Rows in the database, and a line of the server's log for
//! each (JSON with `FAIRLEAD_LOG_FORMAT=json`).
//!
//! What an audit line is written for is written down in its transaction ([`record`]). Attempts have no transaction: they are
//! noted in memory and written together once a second ([`SecurityLog`]), alike ones as one row, so that a storm of them costs
//! a row and not a turn of the database's writer each.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;

use super::{UserId, WorkspaceId, client::ClientAddress};
use crate::{
    on,
    server::{
        app::App,
        clock::Instant,
        db::{Db, Tx},
        jobs::Round,
    },
};

crate::id!(
    /// One row of the security log; later ones sort after earlier ones.
    SecurityEventId
);

const PAUSE: Duration = Duration::from_secs(1);
/// Different events noted between two writings.
const NOTED_MAX: usize = 1_000;
/// How long rows are kept.
pub const KEPT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    SignedIn,
    WrongPassword,
    /// An answer of 403 (not allowed) or 429 (too many).
    Refused,
    AccountMade,
    Confirmed,
    PasswordChanged,
    Exported,
    Revealed,
    /// An operator did something, on a page or on the command line.
    Operator,
    /// More happened than was noted.
    Lost,
}

impl Kind {
    pub const ALL: [Self; 10] = [
        Self::SignedIn,
        Self::WrongPassword,
        Self::Refused,
        Self::AccountMade,
        Self::Confirmed,
        Self::PasswordChanged,
        Self::Exported,
        Self::Revealed,
        Self::Operator,
        Self::Lost,
    ];

    /// The word in the database and in addresses.
    pub fn word(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::WrongPassword => "wrong_password",
            Self::Refused => "refused",
            Self::AccountMade => "account_made",
            Self::Confirmed => "confirmed",
            Self::PasswordChanged => "password_changed",
            Self::Exported => "exported",
            Self::Revealed => "revealed",
            Self::Operator => "operator",
            Self::Lost => "lost",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::SignedIn => "Signed in",
            Self::WrongPassword => "Wrong email or password",
            Self::Refused => "Refused",
            Self::AccountMade => "Account made",
            Self::Confirmed => "Address confirmed",
            Self::PasswordChanged => "Password changed",
            Self::Exported => "Exported",
            Self::Revealed => "Addresses revealed",
            Self::Operator => "Operator",
            Self::Lost => "Not kept",
        }
    }
}

/// One event. Texts name things; an address that someone typed is in none of them, because people type passwords there.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Event {
    pub kind: Kind,
    pub user: Option<UserId>,
    pub workspace: Option<WorkspaceId>,
    pub network: Option<String>,
    pub subject: String,
    pub detail: String,
}

impl Event {
    pub fn new(kind: Kind, user: Option<UserId>) -> Self {
        Self { kind, user, workspace: None, network: None, subject: String::new(), detail: String::new() }
    }

    /// With the network it came from.
    pub fn from(self, address: ClientAddress) -> Self {
        let network = address.networks().first().map(|network| {
            if network.max_prefix_len() == network.prefix_len() {
                network.addr().to_string()
            } else {
                network.to_string()
            }
        });
        Self { network, ..self }
    }

    /// With what it was done to, and the rest.
    pub fn about(self, subject: &str, detail: &str) -> Self {
        Self { subject: subject.to_owned(), detail: detail.to_owned(), ..self }
    }

    pub fn in_workspace(self, workspace: WorkspaceId) -> Self {
        Self { workspace: Some(workspace), ..self }
    }
}

/// Writes one event down. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn record(tx: &mut Tx, event: &Event, at: Instant) -> sqlx::Result<()> {
    write(tx, event, 1, at).await
}

async fn write(tx: &mut Tx, event: &Event, times: i64, at: Instant) -> sqlx::Result<()> {
    let Event { kind, user, workspace, network, subject, detail } = event;
    tracing::info!(
        target: "fairlead::security",
        kind = kind.word(),
        user = user.map(tracing::field::display),
        workspace = workspace.map(tracing::field::display),
        network,
        subject,
        detail,
        times,
    );
    on!(tx, c => sqlx::query(
        "insert into security_events (id, at, kind, user_id, workspace_id, network, subject, detail, times)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
        .bind(SecurityEventId::new()).bind(at).bind(kind).bind(user).bind(workspace).bind(network).bind(subject).bind(detail)
        .bind(times).execute(c).await.map(drop))
}

/// What was noted and not written yet. Cheap to clone.
#[derive(Clone, Default)]
pub struct SecurityLog(Arc<Mutex<HashMap<Event, Noted>>>);

#[derive(Clone, Copy)]
struct Noted {
    first: Instant,
    times: i64,
}

impl SecurityLog {
    /// Notes an event that has no transaction.
    pub fn note(&self, event: Event, at: Instant) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let event =
            if noted.len() < NOTED_MAX || noted.contains_key(&event) { event } else { Event::new(Kind::Lost, None) };
        noted.entry(event).or_insert(Noted { first: at, times: 0 }).times += 1;
    }

    /// Writes what was noted, in one transaction. What cannot be written is noted again.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn write(&self, db: &Db) -> sqlx::Result<()> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        if taken.is_empty() {
            return Ok(());
        }
        let written = write_all(db, &taken).await;
        if written.is_err() {
            let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            noted.extend(taken);
        }
        written
    }
}

async fn write_all(db: &Db, noted: &HashMap<Event, Noted>) -> sqlx::Result<()> {
    let mut inorder: Vec<_> = noted.iter().collect();
    inorder.sort_by_key(|(_, noted)| noted.first);
    let mut tx = db.write().await?;
    for (event, Noted { first, times }) in inorder {
        write(&mut tx, event, *times, *first).await?;
    }
    tx.commit().await
}

/// Writes what is noted once a second until shutdown.
pub fn start_writing(app: &App) {
    let (log, db) = (app.of::<SecurityLog>().clone(), app.db.clone());
    app.jobs.repeat("security log", PAUSE, Arc::default(), move || {
        let (log, db) = (log.clone(), db.clone());
        async move {
            log.write(&db).await?;
            Ok(Round::Idle)
        }
    });
}

/// One row, with the name of who it is about.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub struct SecurityRow {
    pub id: SecurityEventId,
    /// Microseconds UTC.
    pub at: Instant,
    pub kind: Kind,
    pub email: Option<String>,
    pub workspace: Option<String>,
    pub network: Option<String>,
    pub subject: String,
    pub detail: String,
    pub times: i64,
}

/// The rows of `kind` (all: `None`), newest first, at most `limit`, all older than `before`.
///
/// # Errors
/// Only the database's.
pub async fn rows(
    tx: &mut Tx,
    kind: Option<Kind>,
    before: Option<SecurityEventId>,
    limit: i64,
) -> sqlx::Result<Vec<SecurityRow>> {
    let before = before.unwrap_or(SecurityEventId(uuid::Uuid::max()));
    on!(tx, c => sqlx::query_as(
        "select e.id, e.at, e.kind, u.email, w.name as workspace, e.network, e.subject, e.detail, e.times
         from security_events e left join users u on u.id = e.user_id left join workspaces w on w.id = e.workspace_id
         where e.id < $1 and ($2 is null or e.kind = $2) order by e.id desc limit $3")
        .bind(before).bind(kind).bind(limit).fetch_all(c).await)
}

/// Removes rows from before `before`.
///
/// # Errors
/// Only the database's.
pub async fn sweep(tx: &mut Tx, before: Instant) -> sqlx::Result<u64> {
    on!(tx, c => sqlx::query("delete from security_events where at < $1")
        .bind(before).execute(c).await.map(|done| done.rows_affected()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::test_databases;

    const NOW: Instant = Instant(1_800_000_000_000_000);

    #[tokio::test]
    async fn alike_events_become_one_row_and_a_storm_is_bounded() {
        for test in test_databases().await {
            let (log, user) = (SecurityLog::default(), UserId::new());
            for _ in 0..200 {
                log.note(Event::new(Kind::WrongPassword, Some(user)), NOW);
            }
            for number in 0..3 * NOTED_MAX {
                log.note(Event::new(Kind::Refused, None).about(&number.to_string(), ""), NOW.plus(PAUSE));
            }
            log.write(&test.db).await.unwrap();
            log.write(&test.db).await.unwrap();
            let mut tx = test.db.write().await.unwrap();
            let wrong = rows(&mut tx, Some(Kind::WrongPassword), None, 10).await.unwrap();
            assert_eq!(wrong.iter().map(|row| (row.at, row.times)).collect::<Vec<_>>(), [(NOW, 200)]);
            let all = rows(&mut tx, None, None, 10_000).await.unwrap();
            assert_eq!(all.len(), NOTED_MAX + 1);
            assert_eq!(all.iter().map(|row| row.times).sum::<i64>(), 200 + 3 * i64::try_from(NOTED_MAX).unwrap());
            assert_eq!(rows(&mut tx, None, Some(wrong[0].id), 10).await.unwrap(), []);
            assert_eq!(sweep(&mut tx, NOW.plus(PAUSE)).await.unwrap(), 1);
        }
    }

    #[test]
    fn each_kind_has_the_word_that_the_database_keeps() {
        for kind in Kind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.word());
        }
    }
}
