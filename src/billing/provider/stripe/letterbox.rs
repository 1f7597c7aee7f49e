//! Where webhooks are put down. On SQLite, where one transaction is written at a time, whoever arrives meanwhile shares the
//! next one, so an answer waits for few flushes however many come at once. Postgres does that by itself.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Mutex as Turn, oneshot};

use super::inbox;
use crate::{
    app::App,
    server::{
        clock::Instant,
        db::{Db, Tx},
    },
};

/// Events of one transaction.
const TOGETHER_MAX: usize = 100;

/// An event as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    pub id: String,
    pub kind: String,
    pub payload: axum::body::Bytes,
    pub at: Instant,
}

/// Whether the event was new, once it is kept.
type Answer = oneshot::Sender<Result<bool, String>>;

#[derive(Debug, Default)]
pub(super) struct Letterbox {
    waiting: Mutex<Vec<(Letter, Answer)>>,
    turn: Arc<Turn<()>>,
}

impl Letterbox {
    /// Keeps an event; `true` when it was not there before. When this returns, it is on the disk.
    ///
    /// # Errors
    /// The database's, as text. Nothing was kept then.
    pub async fn put(&self, app: &App, letter: Letter) -> Result<bool, String> {
        let (answer, kept) = oneshot::channel();
        if matches!(app.db, Db::Postgres(_)) {
            keep(&app.db, vec![(letter, answer)]).await;
            return kept.await.unwrap_or_else(|_| Err("nothing was kept".into()));
        }
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push((letter, answer));
        let turn = self.turn.clone().lock_owned().await;
        let letters = self.take();
        if !letters.is_empty() {
            let db = app.db.clone();
            // Goes on when whoever sent the first of them hangs up.
            app.jobs.tracker.spawn(async move {
                keep(&db, letters).await;
                drop(turn);
            });
        }
        kept.await.unwrap_or_else(|_| Err("the server is ending".into()))
    }

    fn take(&self) -> Vec<(Letter, Answer)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let count = waiting.len().min(TOGETHER_MAX);
        waiting.drain(..count).collect()
    }
}

async fn keep(db: &Db, letters: Vec<(Letter, Answer)>) {
    let kept = async {
        let mut tx: Tx = db.write().await?;
        let mut new = Vec::with_capacity(letters.len());
        for (letter, _) in &letters {
            new.push(inbox::insert(&mut tx, &letter.id, &letter.kind, &letter.payload, letter.at).await?);
        }
        tx.commit().await?;
        Ok::<_, sqlx::Error>(new)
    };
    let kept = kept.await.map_err(|error| error.to_string());
    for (number, (_, answer)) in letters.into_iter().enumerate() {
        let verdict = kept.as_ref().map(|new| new[number]).map_err(Clone::clone);
        // Nobody may be waiting any more.
        answer.send(verdict).ok();
    }
}
