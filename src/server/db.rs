//! One SQL text for two databases: SQLite (the default) and Postgres.
//!
//! [`Db`] opens transactions; [`Tx`] is one; [`on!`](crate::on) runs the same sqlx expression on whichever it is.

mod checkpoints;
mod retry;

use std::{
    ops::{Deref, DerefMut},
    path::Path,
    str::FromStr,
    sync::Arc,
    time::Duration,
};

use sqlx::{
    Connection, Database, PgPool, Postgres, Sqlite, SqliteConnection, SqlitePool, Transaction,
    migrate::{Migrate, Migrator},
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use tokio::sync::Notify;

use super::{
    seals::{Dialect, Protection, Seals},
    secret_keys::Keys,
    server_timing,
};

use checkpoints::{Checkpoints, INLINE_PAGES};
pub use retry::retried;

/// The SQLite database, in the data folder.
pub const DATABASE_FILE: &str = "fairlead.db";

/// In KiB when negative. What an import writes in random order, the index of addresses, has room in it up to 200,000 people.
const LITTLE_CACHE: &str = "pragma cache_size = -12288";

/// How long a caller waits for a connection before the answer is "busy".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a connection to Postgres may have been idle to be used without asking whether it is still there.
const IDLE_UNTESTED: Duration = Duration::from_secs(1);
/// A server that stands still in the middle of a transaction must not keep the others from its rows for ever. No transaction of ours waits
/// so long between two statements.
const ABANDONED_AFTER: &str = "set idle_in_transaction_session_timeout = '10min'";

/// The database of this instance.
#[derive(Clone, Debug)]
pub enum Db {
    /// An embedded file: one writer, many readers.
    Sqlite { writer: SqlitePool, readers: SqlitePool, seals: Arc<Seals>, checkpoints: Arc<Checkpoints> },
    /// A server that several copies of Fairlead may share.
    Postgres { pool: PgPool, seals: Arc<Seals> },
}

/// An open transaction; dropping it without [`Tx::commit`] rolls everything back. [`Db::read`] gives one that is only a
/// connection, because reading needs no more.
#[derive(Debug)]
pub enum Tx {
    Sqlite(Opened<Sqlite>),
    Postgres(Opened<Postgres>),
}

/// What was opened, and what seals the rows that it touches.
#[derive(Debug)]
pub struct Opened<D: Database> {
    held: Held<D>,
    seals: Arc<Seals>,
}

/// A connection of the pool, with a transaction or without.
#[derive(Debug)]
enum Held<D: Database> {
    Writing(Transaction<'static, D>),
    Reading(Transaction<'static, D>),
    Connection(PoolConnection<D>),
}

impl<D: Database> Deref for Opened<D> {
    type Target = D::Connection;

    fn deref(&self) -> &D::Connection {
        match &self.held {
            Held::Writing(transaction) | Held::Reading(transaction) => transaction,
            Held::Connection(connection) => connection,
        }
    }
}

impl<D: Database> DerefMut for Opened<D> {
    fn deref_mut(&mut self) -> &mut D::Connection {
        match &mut self.held {
            Held::Writing(transaction) | Held::Reading(transaction) => transaction,
            Held::Connection(connection) => connection,
        }
    }
}

impl<D: Database> Opened<D> {
    async fn commit(self) -> sqlx::Result<()> {
        match self.held {
            Held::Writing(transaction) | Held::Reading(transaction) => transaction.commit().await,
            Held::Connection(_) => Ok(()),
        }
    }
}

/// Runs one sqlx expression on the open transaction, whichever database it belongs to:
/// `on!(tx, connection => sqlx::query("…").bind(id).execute(connection).await)?`.
#[macro_export]
macro_rules! on {
    ($tx:expr, $connection:ident => $expression:expr) => {{
        let _timer = $crate::Tx::timer();
        match $tx {
            $crate::Tx::Sqlite(opened) => {
                let $connection = &mut **opened;
                $expression
            }
            $crate::Tx::Postgres(opened) => {
                let $connection = &mut **opened;
                $expression
            }
        }
    }};
}

impl Db {
    /// Opens the SQLite file (made when missing), brings its schema up to date, and seals what is to be protected.
    ///
    /// # Errors
    /// When the file cannot be opened or written, or the bundled SQLite has the WAL fault of 3.7.0–3.51.2.
    pub async fn sqlite(file: &Path, protection: Protection) -> anyhow::Result<Self> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(ACQUIRE_TIMEOUT)
            .pragma("cache_size", "-32768")
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", INLINE_PAGES)
            .statement_cache_capacity(256);
        // A connection of its own: the one that writes has triggers, which name columns.
        let mut migrating = SqliteConnection::connect_with(&options).await?;
        let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut migrating).await?;
        anyhow::ensure!(
            version_number(&version) >= (3, 51, 3),
            "SQLite {version} can lose commits (WAL reset fault before 3.51.3)"
        );
        migrator(include_migrations::sqlite()).run(&mut migrating).await?;
        let dialect = Dialect::of_sqlite(&mut migrating, protection.tables).await?;
        let seals = Arc::new(Seals::new(protection, dialect));
        let (watching, written) = (seals.clone(), Arc::new(Notify::new()));
        let checkpoints = Arc::new(Checkpoints::start(options.clone(), written.clone()));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let (seals, written) = (watching.clone(), written.clone());
                Box::pin(async move {
                    let mut handle = connection.lock_handle().await?;
                    handle.set_commit_hook(move || {
                        written.notify_one();
                        true
                    });
                    drop(handle);
                    seals.watch_sqlite(connection).await
                })
            })
            .connect_with(options.clone())
            .await?;
        migrating.close().await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(8)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            .test_before_acquire(false)
            .connect_with(options.read_only(true).create_if_missing(false).pragma("query_only", "true"))
            .await?;
        let db = Self::Sqlite { writer, readers, seals, checkpoints };
        db.seal_what_is_there().await?;
        Ok(db)
    }

    /// Connects to Postgres, brings its schema up to date, and seals what is to be protected.
    ///
    /// # Errors
    /// When it cannot be reached or written.
    pub async fn postgres(url: &str, protection: Protection) -> anyhow::Result<Self> {
        let pool = PgPoolOptions::new()
            .max_connections(20)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // One that was just used is alive; asking each time would double what a short question costs.
            .test_before_acquire(false)
            .before_acquire(|connection, metadata| {
                Box::pin(async move {
                    if metadata.idle_for >= IDLE_UNTESTED {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::query(ABANDONED_AFTER).execute(connection).await.map(drop) })
            })
            .connect_with(PgConnectOptions::from_str(url)?.application_name("fairlead"))
            .await?;
        let seals = Arc::new(Seals::new(protection, Dialect::Postgres));
        let migrator = migrator(include_migrations::postgres());
        let mut migrating = pool.acquire().await?;
        migrating.ensure_migrations_table(&migrator.table_name).await?;
        let applied = migrating.list_applied_migrations(&migrator.table_name).await?.len();
        if applied < migrator.iter().count() {
            seals.unwatch_postgres(&mut migrating).await?;
        }
        migrator.run(&mut *migrating).await?;
        drop(migrating);
        let db = Self::Postgres { pool, seals };
        db.seal_what_is_there().await?;
        Ok(db)
    }

    /// Keeps less of the database in memory from now on: for a command that writes much, beside a server.
    ///
    /// # Errors
    /// The database's.
    pub async fn keep_little(&self) -> sqlx::Result<()> {
        if let Self::Sqlite { writer, .. } = self {
            sqlx::query(LITTLE_CACHE).execute(writer).await?;
        }
        Ok(())
    }

    /// Opens a transaction that writes. SQLite has one at a time and it starts with `BEGIN IMMEDIATE`, because a
    /// transaction that reads first and writes later fails there with "busy", whatever the time-out.
    pub async fn write(&self) -> sqlx::Result<Tx> {
        let _timer = server_timing::statement();
        Ok(match self {
            Self::Sqlite { writer, seals, .. } => {
                let held = Held::Writing(writer.begin_with("BEGIN IMMEDIATE").await?);
                Tx::Sqlite(Opened { held, seals: seals.clone() })
            }
            Self::Postgres { pool, seals } => {
                let held = Held::Writing(pool.begin().await?);
                Tx::Postgres(Opened { held, seals: seals.clone() })
            }
        })
    }

    /// Takes a connection to read from. Each statement sees what is committed when it starts, on both databases; for
    /// several that must see the same moment there is [`Db::snapshot`]. Drop it when done.
    pub async fn read(&self) -> sqlx::Result<Tx> {
        Ok(match self {
            Self::Sqlite { readers, seals, .. } => {
                Tx::Sqlite(Opened { held: Held::Connection(readers.acquire().await?), seals: seals.clone() })
            }
            Self::Postgres { pool, seals } => {
                Tx::Postgres(Opened { held: Held::Connection(pool.acquire().await?), seals: seals.clone() })
            }
        })
    }

    /// Opens a transaction that only reads and sees one moment throughout, for sums over many statements.
    pub async fn snapshot(&self) -> sqlx::Result<Tx> {
        let _timer = server_timing::statement();
        Ok(match self {
            Self::Sqlite { readers, seals, .. } => {
                Tx::Sqlite(Opened { held: Held::Reading(readers.begin().await?), seals: seals.clone() })
            }
            Self::Postgres { pool, seals } => {
                let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Tx::Postgres(Opened { held: Held::Reading(pool.begin_with(begin).await?), seals: seals.clone() })
            }
        })
    }

    /// Seals what is to be protected and is not sealed yet. Opening the database does it.
    ///
    /// # Errors
    /// The database's; and when the ledger is signed with a key that is not configured, in words for the operator.
    pub async fn seal_what_is_there(&self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite { seals, .. } | Self::Postgres { seals, .. } => seals.begin(self).await,
        }
    }

    /// `SQLite` or `Postgres`, for people.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres { .. } => "Postgres",
        }
    }

    /// Waits for open transactions and closes every connection (SQLite writes its log back into the file).
    pub async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers, checkpoints, .. } => {
                checkpoints.end().await;
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres { pool, .. } => pool.close().await,
        }
    }
}

impl Tx {
    /// Seals the protected rows that were touched, and makes everything done in this transaction durable.
    ///
    /// # Errors
    /// The database's.
    pub async fn commit(mut self) -> sqlx::Result<()> {
        if self.writes() {
            let seals = self.seals().clone();
            seals.seal_touched(&mut self).await?;
        }
        #[cfg(test)]
        let writes = self.writes();
        match self {
            Self::Sqlite(opened) => opened.commit().await,
            Self::Postgres(opened) => opened.commit().await,
        }?;
        #[cfg(test)]
        if writes {
            testing::committed().await;
        }
        Ok(())
    }

    fn writes(&self) -> bool {
        match self {
            Self::Sqlite(opened) => matches!(opened.held, Held::Writing(_)),
            Self::Postgres(opened) => matches!(opened.held, Held::Writing(_)),
        }
    }

    /// What seals protected rows.
    pub fn seals(&self) -> &Arc<Seals> {
        match self {
            Self::Sqlite(opened) => &opened.seals,
            Self::Postgres(opened) => &opened.seals,
        }
    }

    /// The keys that the ledger is signed with.
    pub fn keys(&self) -> &Keys {
        self.seals().keys()
    }

    /// Marks a place in the transaction that [`Tx::back_to_savepoint`] returns to. There is one at a time.
    ///
    /// # Errors
    /// The database's.
    pub async fn savepoint(&mut self) -> sqlx::Result<()> {
        on!(self, c => sqlx::query("savepoint job").execute(c).await.map(drop))
    }

    /// Forgets the savepoint; what was written since stays.
    ///
    /// # Errors
    /// The database's.
    pub async fn release_savepoint(&mut self) -> sqlx::Result<()> {
        on!(self, c => sqlx::query("release savepoint job").execute(c).await.map(drop))
    }

    /// Rolls back what was written since the savepoint, and forgets it.
    ///
    /// # Errors
    /// The database's.
    pub async fn back_to_savepoint(&mut self) -> sqlx::Result<()> {
        on!(&mut *self, c => sqlx::query("rollback to savepoint job").execute(c).await.map(drop))?;
        self.release_savepoint().await
    }

    /// Counts a statement of the request that is being answered, and the time until it is dropped.
    pub fn timer() -> server_timing::Timer {
        server_timing::statement()
    }

    /// Whether this is Postgres: for the few statements that differ.
    pub fn is_postgres(&self) -> bool {
        matches!(self, Self::Postgres(_))
    }
}

/// Whether this is a transient conflict that is safe to retry: Postgres serialization failure 40001 and deadlock 40P01, SQLITE_BUSY and its
/// extended codes (recovery, snapshot, timeout).
pub fn is_contention(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|database| database.code());
    matches!(code.as_deref(), Some("40001" | "40P01" | "5" | "261" | "517" | "773"))
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

pub(super) mod include_migrations {
    use sqlx::migrate::Migrator;

    pub fn sqlite() -> Migrator {
        sqlx::migrate!("migrations/sqlite")
    }

    pub fn postgres() -> Migrator {
        sqlx::migrate!("migrations/postgres")
    }
}

#[cfg(test)]
pub use testing::{
    TestDatabase, change_behind_its_back, crash_after, migrate_again, protected_by, swallow_inserts, test_databases,
};

#[cfg(test)]
mod testing {
    use std::sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
        mpsc::{Receiver, Sender},
    };

    use tokio::sync::{Notify, OnceCell};

    use super::*;

    /// A fresh, migrated database for one test; removed with it.
    pub struct TestDatabase {
        pub db: Db,
        _removed: Removed,
    }

    /// What goes when the test is over.
    enum Removed {
        Folder(#[expect(dead_code, reason = "held until the test is over")] tempfile::TempDir),
        Postgres { name: String, cluster: String },
    }

    /// So a run needs room for the few databases in use, not for one of each test.
    impl Drop for Removed {
        fn drop(&mut self) {
            static REMOVER: OnceLock<Sender<(String, String)>> = OnceLock::new();
            if let Self::Postgres { name, cluster } = self {
                let remover = REMOVER.get_or_init(|| {
                    let (sender, names) = std::sync::mpsc::channel();
                    std::thread::spawn(move || remove(&names));
                    sender
                });
                // At the end of the run the cluster goes as a whole.
                remover.send((std::mem::take(name), std::mem::take(cluster))).ok();
            }
        }
    }

    /// Everything that the product protects, with a key of the tests.
    fn protection() -> Protection {
        crate::app::protection(Keys::derived(b"a key of the tests", &[]))
    }

    fn remove(databases: &Receiver<(String, String)>) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for (name, cluster) in databases {
            runtime.block_on(async {
                let Ok(mut admin) = sqlx::PgConnection::connect(&cluster).await else { return };
                let drop = format!("drop database if exists {name} with (force)");
                // One that is left goes with the cluster.
                sqlx::query(sqlx::AssertSqlSafe(drop)).execute(&mut admin).await.ok();
            });
        }
    }

    /// A fresh SQLite file and, when `FAIRLEAD_TEST_POSTGRES` names a throw-away cluster, a fresh Postgres database.
    pub async fn test_databases() -> Vec<TestDatabase> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("test.db");
        std::fs::write(&file, migrated_file().await).unwrap();
        let db = with_identity(Db::sqlite(&file, protection()).await.unwrap()).await;
        let mut databases = vec![TestDatabase { db, _removed: Removed::Folder(folder) }];
        if let Ok(cluster) = std::env::var("FAIRLEAD_TEST_POSTGRES") {
            let (db, name) = fresh_postgres(&cluster).await;
            databases.push(TestDatabase { db, _removed: Removed::Postgres { name, cluster } });
        }
        databases
    }

    /// The same database after a new start with another protection.
    pub fn protected_by(db: &Db, protection: Protection) -> Db {
        match db {
            Db::Sqlite { writer, readers, seals, checkpoints } => {
                let (seals, checkpoints) = (Arc::new(seals.with(protection)), checkpoints.clone());
                Db::Sqlite { writer: writer.clone(), readers: readers.clone(), seals, checkpoints }
            }
            Db::Postgres { pool, seals } => {
                Db::Postgres { pool: pool.clone(), seals: Arc::new(seals.with(protection)) }
            }
        }
    }

    /// Runs `sql` without the guard of foreign keys, as a restored or repaired database may look.
    pub async fn change_behind_its_back(db: &Db, sql: &str) {
        match db {
            Db::Sqlite { writer, .. } => {
                // Another connection, as another program has.
                let options = (*writer.connect_options()).clone().foreign_keys(false);
                let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            Db::Postgres { pool, .. } => {
                let sql = format!("begin; set local session_replication_role = replica; {sql}; commit");
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await.unwrap();
            }
        }
    }

    /// Puts the schema `back` to before one migration, with what an earlier version wrote, and runs it once more.
    pub async fn migrate_again(db: &Db, back: &str, migration: &str) {
        let folder = match db {
            Db::Sqlite { .. } => "sqlite",
            Db::Postgres { pool, seals } => {
                seals.unwatch_postgres(&mut pool.acquire().await.unwrap()).await.unwrap();
                "postgres"
            }
        };
        let file = format!("{}/migrations/{folder}/{migration}", env!("CARGO_MANIFEST_DIR"));
        let sql = std::fs::read_to_string(file).unwrap();
        change_behind_its_back(db, &format!("{back}; {sql}")).await;
    }

    tokio::task_local! {
        static CRASH: Arc<Crash>;
    }

    struct Crash {
        commits_left: AtomicUsize,
        over: Notify,
    }

    /// Does `work` until it has committed `commits` transactions that write, as if its process ended there; or until it is done.
    pub async fn crash_after(commits: usize, work: impl Future<Output = ()>) {
        let crash = Arc::new(Crash { commits_left: AtomicUsize::new(commits), over: Notify::new() });
        tokio::select! {
            () = CRASH.scope(crash.clone(), work) => {}
            () = crash.over.notified() => {}
        }
    }

    /// A transaction that wrote is committed: nothing follows if the process is to end after it.
    pub(super) async fn committed() {
        let Ok(crash) = CRASH.try_with(Arc::clone) else { return };
        if crash.commits_left.fetch_sub(1, Ordering::SeqCst) == 1 {
            crash.over.notify_one();
            std::future::pending::<()>().await;
        }
    }

    /// From now on `table` takes no rows, without a word: what somebody else deletes at once is gone as well.
    pub async fn swallow_inserts(db: &Db, table: &str) {
        let sql = match db {
            Db::Sqlite { .. } => {
                format!("create trigger swallow before insert on {table} begin select raise(ignore); end")
            }
            Db::Postgres { .. } => format!(
                "create function swallow() returns trigger language plpgsql as 'begin return null; end';
                 create trigger swallow before insert on {table} for each row execute function swallow()"
            ),
        };
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    /// The bytes of a file with the schema and nothing in it, made once for all tests.
    async fn migrated_file() -> &'static [u8] {
        static MIGRATED: OnceCell<Vec<u8>> = OnceCell::const_new();
        let make = async || {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("migrated.db");
            Db::sqlite(&file, protection()).await.unwrap().close().await;
            std::fs::read(file).unwrap()
        };
        MIGRATED.get_or_init(make).await
    }

    /// A copy of a database with the schema, which is made once for all tests.
    async fn fresh_postgres(cluster: &str) -> (Db, String) {
        static MIGRATED: OnceCell<String> = OnceCell::const_new();
        let make = async || {
            let name = create_database(cluster, "template0").await;
            Db::postgres(&address_of(cluster, &name), protection()).await.unwrap().close().await;
            name
        };
        let template = MIGRATED.get_or_init(make).await;
        let name = create_database(cluster, template).await;
        (with_identity(Db::postgres(&address_of(cluster, &name), protection()).await.unwrap()).await, name)
    }

    /// Gives a copy a name of its own, by which a search index knows its database.
    async fn with_identity(db: Db) -> Db {
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update directory set identity = $1")
            .bind(uuid::Uuid::new_v4().simple().to_string()).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        db
    }

    async fn create_database(cluster: &str, template: &str) -> String {
        let name = format!("fairlead_test_{}", uuid::Uuid::new_v4().simple());
        let admin = PgPool::connect(cluster).await.unwrap();
        let create = format!("create database {name} template {template}");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&admin).await.unwrap();
        admin.close().await;
        name
    }

    fn address_of(cluster: &str, database: &str) -> String {
        let mut url = url::Url::parse(cluster).unwrap();
        url.set_path(database);
        url.to_string()
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
