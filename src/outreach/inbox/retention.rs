//! The words of mails go after a while (`FAIRLEAD_MAIL_MONTHS`); that they came, and what they were, stays.

use std::{sync::Arc, time::Duration};

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::MailId,
    server::{app::App, batches::batches, clock::Instant, db::Tx, jobs::Round},
};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(60 * 60);
/// Mails of one transaction.
const MAILS: i64 = 500;
/// A month, on average.
const MONTH: Duration = Duration::from_secs(2_629_746);

/// Starts the loop.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("words of old mails", PAUSE, Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

/// Deletes the words of some mails, if there are any that are too old.
///
/// # Errors
/// The database's.
pub(super) async fn round(app: &App) -> anyhow::Result<Round> {
    let before = app.clock.now().minus(MONTH * app.config.mail_months);
    let mut tx = app.db.write().await?;
    let worked = forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(if worked { Round::Worked } else { Round::Idle })
}

/// Mails that came before $1 and whose words are still there, the oldest first.
const OLD_MAILS: &str = "select m.workspace_id, m.id from mails m where m.received_at < $1 and not m.words_gone
     order by m.received_at limit $2";
/// Conversations whose newest answer came before $1: the list shows its first words.
const OLD_LINES: &str =
    "select t.workspace_id, t.id from threads t where t.last_in_at < $1 and t.first_line <> '' limit $2";

/// Deletes the words and files of mails that came before that moment, some of them. Returns whether there were any.
async fn forget(tx: &mut Tx, before: Instant) -> sqlx::Result<bool> {
    let mails: Vec<(WorkspaceId, MailId)> = on!(&mut *tx, c => sqlx::query_as(OLD_MAILS)
        .bind(before).bind(MAILS).fetch_all(c).await)?;
    for batch in batches(mails.iter())? {
        let batch = Json(batch);
        for what in [
            "delete from mail_bodies where (workspace_id, mail_id) in",
            "delete from mail_parts where (workspace_id, mail_id) in",
            "update mails set words_gone = true where (workspace_id, id) in",
        ] {
            let sql =
                format!("{what} (select unhex(j.value ->> 0, '-'), unhex(j.value ->> 1, '-') from json_each($1) j)");
            on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(&batch).execute(c).await.map(drop))?;
        }
    }
    let sql = format!("update threads set first_line = '' where (workspace_id, id) in ({OLD_LINES})");
    let lines = on!(tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(before).bind(MAILS)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(!mails.is_empty() || lines > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::test_databases;

    #[tokio::test]
    async fn what_is_old_is_found_by_its_age_and_what_was_deleted_is_not_looked_at_again() {
        for test in test_databases().await {
            let mut tx = test.db.write().await.unwrap();
            let is_postgres = tx.is_postgres();
            for (sql, index) in [(OLD_MAILS, "mails_by_age"), (OLD_LINES, "threads_by_age")] {
                let sql = sql.replace("$1", "1").replace("$2", "2");
                let plan: Vec<String> = if is_postgres {
                    // A table without rows is read from end to end else.
                    on!(&mut tx, c => sqlx::query("set local enable_seqscan = off").execute(c).await.map(drop))
                        .unwrap();
                    let sql = format!("explain {sql}");
                    on!(&mut tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(c).await).unwrap()
                } else {
                    let sql = format!("explain query plan {sql}");
                    let rows: Vec<(i64, i64, i64, String)> =
                        on!(&mut tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).fetch_all(c).await).unwrap();
                    rows.into_iter().map(|row| row.3).collect()
                };
                let plan = plan.join("\n");
                assert!(plan.contains(index), "{plan}");
                assert!(!plan.contains("SCAN") && !plan.contains("Seq Scan"), "{plan}");
            }
        }
    }
}
