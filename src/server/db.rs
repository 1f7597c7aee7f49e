//! One SQL text for two databases: SQLite (the default) and Postgres.
//!
//! [`Db`] opens transactions; [`Tx`] is one; [`on!`](crate::on) runs the same sqlx expression on whichever it is.

use std::{path::Path, str::FromStr, time::Duration};

use sqlx::{
    PgPool, Postgres, Sqlite, SqlitePool, Transaction,
    migrate::Migrator,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

/// How long a caller waits for a connection before the answer is "busy".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// The database of this instance.
#[derive(Clone, Debug)]
pub enum Db {
    /// An embedded file: one writer, many readers.
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    /// A server that several copies of Fairlead may share.
    Postgres(PgPool),
}

/// An open transaction; dropping it without [`Tx::commit`] takes everything back.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one sqlx expression on the open transaction, whichever database it belongs to:
/// `on!(tx, connection => sqlx::query("…").bind(id).execute(connection).await)?`.
#[macro_export]
macro_rules! on {
    ($tx:expr, $connection:ident => $expression:expr) => {
        match $tx {
            $crate::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $expression
            }
            $crate::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $expression
            }
        }
    };
}

impl Db {
    /// Opens the SQLite file (made when missing) and brings its schema up to date.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or the bundled SQLite has the WAL fault of 3.7.0–3.51.2.
    pub async fn sqlite(file: &Path) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .pragma("cache_size", "-32768")
            .pragma("temp_store", "memory")
            .statement_cache_capacity(256);
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.clone())
            .await?;
        let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&writer).await?;
        anyhow::ensure!(
            version_number(&version) >= (3, 51, 3),
            "SQLite {version} can lose commits (WAL reset fault before 3.51.3)"
        );
        migrator(include_migrations::sqlite()).run(&writer).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(options.read_only(true).create_if_missing(false).pragma("query_only", "true"))
            .await?;
        Ok(Self::Sqlite { writer, readers })
    }

    /// Connects to Postgres and brings its schema up to date.
    pub async fn postgres(url: &str) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .connect_with(PgConnectOptions::from_str(url)?.application_name("fairlead"))
            .await?;
        migrator(include_migrations::postgres()).run(&pool).await?;
        Ok(Self::Postgres(pool))
    }

    /// Opens a transaction that writes. SQLite has one at a time and it starts with `BEGIN IMMEDIATE`, because a
    /// transaction that reads first and writes later fails there with "busy", whatever the time-out.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Tx::Sqlite(writer.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Opens a transaction that only reads. Drop it when done.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Tx::Sqlite(readers.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Opens a transaction that only reads and sees one moment throughout, for sums over many statements.
    pub async fn snapshot(&self) -> sqlx::Result<Tx> {
        match self {
            Self::Sqlite { .. } => self.read().await,
            Self::Postgres(pool) => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Ok(Tx::Postgres(pool.begin_with(begin).await?))
            }
        }
    }

    /// `SQLite` or `Postgres`, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "Postgres",
        }
    }

    /// Waits for open transactions and closes every connection (SQLite writes its log back into the file).
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Tx {
    /// Makes everything done in this transaction durable.
    pub async fn commit(self) -> sqlx::Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await,
            Self::Postgres(transaction) => transaction.commit().await,
        }
    }

    /// Whether this is Postgres: for the few statements that differ.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Whether an error only says "somebody else was there at the same moment": trying again is right.
/// (Postgres serialization failure 40001 and deadlock 40P01, SQLITE_BUSY and its variants.)
pub fn is_contention(error: &sqlx::Error) -> bool {
    let Some(database) = error.as_database_error() else { return false };
    match database.code().as_deref() {
        Some("40001" | "40P01") => true,
        Some(code) => code.parse::<i64>().is_ok_and(|code| code & 0xff == 5),
        None => false,
    }
}

fn version_number(text: &str) -> (u32, u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next())
}

fn migrator(mut migrator: Migrator) -> Migrator {
    migrator.set_ignore_missing(false);
    migrator
}

mod include_migrations {
    use sqlx::migrate::Migrator;

    pub fn sqlite() -> Migrator {
        sqlx::migrate!("migrations/sqlite")
    }

    pub fn postgres() -> Migrator {
        sqlx::migrate!("migrations/postgres")
    }
}

#[cfg(test)]
pub use testing::{TestDatabase, test_databases};

#[cfg(test)]
mod testing {
    use super::*;

    /// A fresh, migrated database for one test; removed with it.
    pub struct TestDatabase {
        pub db: Db,
        _folder: Option<tempfile::TempDir>,
    }

    /// A fresh SQLite file and, when `FAIRLEAD_TEST_POSTGRES` names a throw-away cluster, a fresh Postgres database.
    pub async fn test_databases() -> Vec<TestDatabase> {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(&folder.path().join("test.db")).await.unwrap();
        let mut databases = vec![TestDatabase { db, _folder: Some(folder) }];
        if let Ok(cluster) = std::env::var("FAIRLEAD_TEST_POSTGRES") {
            databases.push(TestDatabase { db: fresh_postgres(&cluster).await, _folder: None });
        }
        databases
    }

    async fn fresh_postgres(cluster: &str) -> Db {
        let name = format!("fairlead_test_{}", uuid::Uuid::new_v4().simple());
        let admin = PgPool::connect(cluster).await.unwrap();
        sqlx::query(sqlx::AssertSqlSafe(format!("create database {name}"))).execute(&admin).await.unwrap();
        admin.close().await;
        let mut url = url::Url::parse(cluster).unwrap();
        url.set_path(&name);
        Db::postgres(url.as_str()).await.unwrap()
    }

    #[tokio::test]
    async fn both_schemas_come_up_and_can_be_opened_again() {
        for test in test_databases().await {
            let mut tx = test.db.read().await.unwrap();
            let users: i64 =
                on!(&mut tx, c => sqlx::query_scalar("select count(*) from users").fetch_one(c).await).unwrap();
            assert_eq!(users, 0);
        }
    }
}
