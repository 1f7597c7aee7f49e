//! Whether the database knows what the file says.

use std::collections::HashSet;

use anyhow::Context;
use sqlx::types::Json;

use super::{
    Journal,
    page::{Page, PageId, read},
};
use crate::{
    on,
    server::{
        batches::batches,
        db::{Db, Tx},
    },
};

/// Pages that are looked up at once, from the end of the file on.
const PAGES: usize = 500;

/// How the file and the database are to each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Neither was written before.
    New,
    /// The database knows the last page.
    Current,
    /// The file continues where the database ends: these pages are unknown, in their order. One without news is what a process leaves that
    /// ended while it wrote; more mean that the database was put back.
    Ahead(Vec<Page>),
    /// The database was written down, and not into this file.
    Gone,
}

impl Journal {
    /// Compares the file with the database.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn standing(&self, db: &Db) -> anyhow::Result<Standing> {
        let unread = || format!("the journal of opt-outs {} cannot be read (FAIRLEAD_JOURNAL)", self.path().display());
        let mut tx = db.read().await?;
        let last = read(&self.keys, &self.file.end().await.with_context(unread)?).pop();
        if let Some(last) = last
            && !known(&mut tx, std::slice::from_ref(&last)).await?.is_empty()
        {
            self.set_last(Some((last.page, last.at)));
            return Ok(Standing::Current);
        }
        // Also where the end is damaged: the last page that can be read may be further up.
        let mut pages = read(&self.keys, &self.file.all().await.with_context(unread)?);
        if pages.is_empty() {
            let is_written_down: bool = on!(&mut tx, c => sqlx::query_scalar("select exists (select 1 from suppression_pages)").fetch_one(c).await)?;
            return Ok(if is_written_down { Standing::Gone } else { Standing::New });
        }
        let first = first_unknown(&mut tx, &pages).await?;
        let ahead = pages.split_off(first);
        Ok(match (ahead.is_empty(), pages.last()) {
            (true, Some(last)) => {
                self.set_last(Some((last.page, last.at)));
                Standing::Current
            }
            _ => Standing::Ahead(ahead),
        })
    }

    /// Whether the database still knows the page that was written last; false when it was put back under a running server.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_current(&self, db: &Db) -> sqlx::Result<bool> {
        let Some((last, _)) = self.last() else { return Ok(true) };
        on!(&mut db.read().await?, c => sqlx::query_scalar("select exists (select 1 from suppression_pages where id = $1)")
            .bind(last).fetch_one(c).await)
    }
}

/// Where the pages begin that follow the last known one.
async fn first_unknown(tx: &mut Tx, pages: &[Page]) -> sqlx::Result<usize> {
    let mut end = pages.len();
    for some in pages.rchunks(PAGES) {
        let known = known(tx, some).await?;
        if let Some(place) = some.iter().rposition(|page| known.contains(&page.page)) {
            return Ok(end - some.len() + place + 1);
        }
        end -= some.len();
    }
    Ok(0)
}

async fn known(tx: &mut Tx, pages: &[Page]) -> sqlx::Result<HashSet<PageId>> {
    let mut known = HashSet::new();
    for ids in batches(pages.iter().map(|page| [page.page]))? {
        let some: Vec<PageId> = on!(&mut *tx, c => sqlx::query_scalar(
            "select p.id from json_each($1) j join suppression_pages p on p.id = unhex(j.value ->> 0, '-')")
            .bind(Json(ids)).fetch_all(c).await)?;
        known.extend(some);
    }
    Ok(known)
}
