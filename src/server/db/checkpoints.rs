//! Writes what SQLite's write-ahead log holds back into the database file, beside the commits.
//!
//! Left alone, SQLite does it inside whichever commit finds a thousand pages in the log: that commit writes them all over the file and
//! flushes it, and every other one waits behind it. A connection of its own does it here, within a second after a commit; readers and the
//! writer work meanwhile. The writer still does it itself when the log has grown to [`INLINE_PAGES`] all the same.
//! (SQLite, “Write-Ahead Logging”, Avoiding Excessively Large WAL Files.)

use std::{sync::Arc, time::Duration};

use sqlx::{ConnectOptions, Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use tokio::sync::Notify;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Pages in the log at which a commit of the writer does it itself: 64 MiB.
pub const INLINE_PAGES: &str = "16384";

/// After a commit, so that many commits share one.
const PAUSE: Duration = Duration::from_secs(1);

/// The task that does it; ends with the last clone of the database.
#[derive(Debug)]
pub struct Checkpoints {
    ending: CancellationToken,
    tasks: TaskTracker,
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.ending.cancel();
    }
}

impl Checkpoints {
    /// Starts the task, which waits until `written` is notified.
    pub fn start(options: SqliteConnectOptions, written: Arc<Notify>) -> Self {
        let (ending, tasks) = (CancellationToken::new(), TaskTracker::new());
        let until = ending.clone();
        tasks.spawn(async move {
            let mut connection = None;
            let repeat = async {
                loop {
                    written.notified().await;
                    tokio::time::sleep(PAUSE).await;
                    if let Err(error) = checkpoint(&options, &mut connection).await {
                        tracing::warn!(%error, "the log of SQLite could not be written back; it grows until it can");
                    }
                }
            };
            until.run_until_cancelled(repeat).await;
            if let Some(connection) = connection {
                connection.close().await.ok();
            }
        });
        tasks.close();
        Self { ending, tasks }
    }

    /// Ends the task and closes its connection.
    pub async fn end(&self) {
        self.ending.cancel();
        self.tasks.wait().await;
    }
}

async fn checkpoint(options: &SqliteConnectOptions, connection: &mut Option<SqliteConnection>) -> sqlx::Result<()> {
    let connection = match connection {
        Some(connection) => connection,
        none => none.insert(options.connect().await?),
    };
    sqlx::query("pragma wal_checkpoint(passive)").execute(connection).await.map(drop)
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Instant};

    use super::*;
    use crate::{
        on,
        server::{
            db::{Db, test_databases},
            secret_keys::Keys,
        },
    };

    /// The file on the disk holds the rows soon after the commit, although nothing was closed and no commit had a reason to write it.
    #[tokio::test]
    async fn the_file_has_what_was_committed_within_seconds() {
        for test in test_databases().await {
            let Db::Sqlite { writer, .. } = &test.db else { continue };
            let file: String = sqlx::query_scalar("select file from pragma_database_list where name = 'main'")
                .fetch_one(writer)
                .await
                .unwrap();
            let mut tx = test.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'kept in the file', 0)")
                .bind(crate::ids::uuid_v7()).execute(c).await.map(drop)).unwrap();
            tx.commit().await.unwrap();
            let holds = || fs::read(&file).unwrap().windows(16).any(|bytes| bytes == b"kept in the file");
            let begin = Instant::now();
            while !holds() {
                assert!(begin.elapsed() < Duration::from_secs(20), "the log is not written back");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }

    #[tokio::test]
    async fn closing_ends_it_and_leaves_no_log() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("fairlead.db");
        let db = Db::sqlite(&file, crate::app::protection(Keys::derived(b"a key of the tests", &[]))).await.unwrap();
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'a', 0)")
            .bind(crate::ids::uuid_v7()).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        tokio::time::sleep(PAUSE * 2).await;
        db.close().await;
        assert!(!folder.path().join("fairlead.db-wal").exists());
    }
}
