//! From the queue in the database into the file.

use std::time::Duration;

use anyhow::Context;
use sqlx::types::Json;

use super::{
    Journal,
    change::{Change, Waiting},
    page::{Page, PageId},
};
use crate::{
    on,
    server::{
        batches::batches,
        clock::Instant,
        db::{Db, Tx},
        jobs::Round,
    },
};

/// Changes on one page.
const CHANGES: i64 = 1_000;
/// Without a change, a page is written this often, so that the file says until when it is complete.
const QUIET: Duration = Duration::from_secs(60 * 60);
/// How long the database remembers pages. Of an earlier day it has those that were current then.
const REMEMBERED: Duration = Duration::from_secs(30 * 24 * 60 * 60);

impl Journal {
    /// Writes the next page, if changes wait or the last one is an hour old. First the file and then the database: a process that ends
    /// in between leaves a page that is written again.
    ///
    /// # Errors
    /// When the file or the database cannot be written; the changes wait.
    pub async fn write_next(&self, db: &Db, now: Instant) -> anyhow::Result<Round> {
        let waiting = next(&mut db.read().await?).await?;
        let is_quiet = self.last().is_some_and(|(_, at)| at <= now && now < at.plus(QUIET));
        if waiting.is_empty() && is_quiet {
            return Ok(Round::Idle);
        }
        let changes: Vec<Change> = waiting.iter().filter_map(Waiting::change).collect();
        let page = Page { page: PageId::new(), at: now, changes };
        let line = page.line(&self.keys).context("a page of the journal of opt-outs")?;
        self.file.append(line).await.with_context(|| {
            format!("the journal of opt-outs {} cannot be written (FAIRLEAD_JOURNAL)", self.path().display())
        })?;
        let mut tx = db.write().await?;
        written(&mut tx, &waiting, &page).await?;
        tx.commit().await?;
        self.set_last(Some((page.page, now)));
        let is_full = i64::try_from(waiting.len()).is_ok_and(|changes| changes == CHANGES);
        Ok(if is_full { Round::Worked } else { Round::Idle })
    }
}

async fn next(tx: &mut Tx) -> sqlx::Result<Vec<Waiting>> {
    let sql = format!("select {} from suppression_changes order by number limit $1", Waiting::COLUMNS);
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(CHANGES).fetch_all(c).await)
}

/// Notes that these changes are in the file. By their numbers: with several writers, one with a smaller number may be committed later.
async fn written(tx: &mut Tx, waiting: &[Waiting], page: &Page) -> sqlx::Result<()> {
    for numbers in batches(waiting.iter().map(|change| [change.number]))? {
        on!(&mut *tx, c => sqlx::query(
            "delete from suppression_changes where number in (select cast(j.value ->> 0 as bigint) from json_each($1) j)")
            .bind(Json(numbers)).execute(c).await.map(drop))?;
    }
    on!(&mut *tx, c => sqlx::query("insert into suppression_pages (id, written_at) values ($1, $2) on conflict (id) do nothing")
        .bind(page.page).bind(page.at).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query("delete from suppression_pages where written_at < $1")
        .bind(page.at.minus(REMEMBERED)).execute(c).await.map(drop))
}

/// How many changes are not in the file yet, at most a thousand.
///
/// # Errors
/// The database's.
pub async fn waiting(tx: &mut Tx) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("select count(*) from (select 1 from suppression_changes limit $1) w")
        .bind(CHANGES).fetch_one(c).await)
}
