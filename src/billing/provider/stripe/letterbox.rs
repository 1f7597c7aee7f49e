//! Where webhooks are put down: a group commit, so an answer waits for few flushes however many come at once.

use super::inbox;
use crate::server::{
    clock::Instant,
    db::{Db, Tx},
    group_commit::{Group, GroupCommit, NoVerdict, Written},
};

/// Lanes on Postgres.
const LANES: usize = 1;

/// An event as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub id: String,
    pub kind: String,
    pub payload: axum::body::Bytes,
    pub at: Instant,
}

#[derive(Debug)]
pub(super) struct Letterbox {
    commits: GroupCommit<Letters>,
}

impl Letterbox {
    pub fn start(db: &Db) -> Self {
        Self { commits: GroupCommit::start("webhooks", db, LANES, || Letters) }
    }

    /// Keeps an event; `true` when it was not there before. When this returns, it is on the disk. It is kept as well when
    /// whoever sent it hangs up.
    ///
    /// # Errors
    /// Why not, as text. Nothing was kept then.
    pub async fn put(&self, letter: Letter) -> Result<bool, String> {
        self.commits.submit(0, letter).await.map_err(|error| match error {
            NoVerdict::Closed => "the server is ending".into(),
            NoVerdict::Failed(error) => error.to_string(),
        })
    }

    #[cfg(test)]
    pub fn counts(&self) -> crate::server::group_commit::Counts {
        self.commits.counts()
    }

    /// Keeps the letters that wait, and takes no more.
    pub async fn end(&self) {
        self.commits.end().await;
    }
}

#[derive(Debug)]
struct Letters;

impl Group for Letters {
    type Job = Letter;
    type Verdict = bool;
    type Error = sqlx::Error;

    async fn write(&mut self, tx: &mut Tx, letters: &[Letter]) -> sqlx::Result<Written<bool>> {
        let mut new = Vec::with_capacity(letters.len());
        for letter in letters {
            new.push(inbox::insert(tx, &letter.id, &letter.kind, &letter.payload, letter.at).await?);
        }
        Ok(Written::Commit(new))
    }

    fn is_contention(error: &sqlx::Error) -> bool {
        crate::server::db::is_contention(error)
    }
}
