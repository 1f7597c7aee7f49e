//! Live updates: "what changed", told to every open page of a workspace over server-sent events.
//!
//! A message carries topics only (`credits`, `request:…`); the page asks for the new state itself, so a missed message
//! is never a wrong number. On Postgres the topics travel through `NOTIFY`, so that pages on one copy of the server
//! hear of work done by another.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::db::Db;

const CHANNEL: &str = "fairlead_live";
/// Messages kept for a slow listener; one that falls further behind is told to refresh everything.
const BACKLOG: usize = 64;
/// Streams that one person may have open; pages let theirs go while they are hidden.
const STREAMS_MAX: usize = 10;
/// A page is rendered before its stream opens. One that opens within this time of a change may have missed it, and is
/// told to refresh everything.
const OPENING_TIME_MAX: Duration = Duration::from_secs(60);

/// The topics that changed in one workspace.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Change {
    /// The copy of the server that made the change (it has told its own listeners already).
    from: Uuid,
    workspace: Uuid,
    topics: Vec<String>,
}

/// The switchboard between those who change something and those who watch.
#[derive(Debug, Clone)]
pub struct Live {
    id: Uuid,
    channels: Arc<Mutex<HashMap<Uuid, broadcast::Sender<Vec<String>>>>>,
    /// When each workspace changed last, as long as it matters.
    changes: Arc<Mutex<HashMap<Uuid, Instant>>>,
    /// How many streams each person has open.
    followers: Arc<Mutex<HashMap<Uuid, usize>>>,
}

/// One open stream of a person; it counts until it is dropped.
pub struct Follows {
    person: Uuid,
    followers: Arc<Mutex<HashMap<Uuid, usize>>>,
}

impl Drop for Follows {
    fn drop(&mut self) {
        let mut followers = self.followers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(streams) = followers.get_mut(&self.person) {
            *streams -= 1;
            if *streams == 0 {
                followers.remove(&self.person);
            }
        }
    }
}

impl Live {
    pub fn new() -> Self {
        Self { id: Uuid::new_v4(), channels: Arc::default(), changes: Arc::default(), followers: Arc::default() }
    }

    /// Tells every open page of `workspace` that `topics` changed. Call it after the commit.
    pub async fn changed(&self, db: &Db, workspace: Uuid, topics: &[&str]) {
        let topics: Vec<String> = topics.iter().map(|topic| (*topic).to_owned()).collect();
        self.tell(workspace, topics.clone());
        if let Db::Postgres { pool, .. } = db {
            let change = Change { from: self.id, workspace, topics };
            let payload = serde_json::to_string(&change).unwrap_or_default();
            let told = sqlx::query("select pg_notify($1, $2)").bind(CHANNEL).bind(payload).execute(pool).await;
            if let Err(error) = told {
                tracing::warn!(%error, "other copies of the server were not told of a change");
            }
        }
    }

    fn tell(&self, workspace: Uuid, topics: Vec<String>) {
        self.remember(workspace);
        let channels = self.channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(sender) = channels.get(&workspace) {
            // Nobody listening is fine.
            let _ = sender.send(topics);
        }
    }

    fn remember(&self, workspace: Uuid) {
        let mut changes = self.changes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        changes.retain(|_, at| at.elapsed() < OPENING_TIME_MAX);
        changes.insert(workspace, Instant::now());
    }

    /// Whether something changed in a workspace within the last minute.
    pub fn changed_lately(&self, workspace: Uuid) -> bool {
        let changes = self.changes.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        changes.get(&workspace).is_some_and(|at| at.elapsed() < OPENING_TIME_MAX)
    }

    fn listen(&self, workspace: Uuid) -> broadcast::Receiver<Vec<String>> {
        let mut channels = self.channels.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        channels.retain(|id, sender| *id == workspace || sender.receiver_count() > 0);
        channels.entry(workspace).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    /// Counts another stream of `person`; `None` when as many are open as one may have.
    pub fn open(&self, person: Uuid) -> Option<Follows> {
        let mut followers = self.followers.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let streams = followers.entry(person).or_default();
        if *streams >= STREAMS_MAX {
            return None;
        }
        *streams += 1;
        Some(Follows { person, followers: self.followers.clone() })
    }

    /// The stream of one open page; it ends when the server shuts down, and with a change of the topic `until` (whoever
    /// listens may not, from then on).
    pub fn stream(
        &self,
        workspace: Uuid,
        until: String,
        follows: Follows,
        shutdown: CancellationToken,
    ) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
        let receiver = self.listen(workspace);
        // Asked after listening began: a change is in one of the two.
        let missed = self.changed_lately(workspace).then(|| Ok(event_of(&["*".to_owned()])));
        let start = (receiver, until, follows, shutdown);
        let changes = futures::stream::unfold(start, |(mut receiver, until, follows, shutdown)| async move {
            let topics = tokio::select! {
                () = shutdown.cancelled() => return None,
                received = receiver.recv() => match received {
                    Ok(topics) => topics,
                    Err(broadcast::error::RecvError::Lagged(_)) => vec!["*".to_owned()],
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
            };
            (!topics.contains(&until)).then(|| (Ok(event_of(&topics)), (receiver, until, follows, shutdown)))
        });
        let changes = futures::StreamExt::chain(futures::stream::iter(missed), changes);
        Sse::new(changes).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
    }

    /// Passes on what other copies of the server changed, until shutdown (Postgres only).
    pub async fn follow_others(self, db: Db, shutdown: CancellationToken) {
        let Db::Postgres { pool, .. } = db else { return };
        while !shutdown.is_cancelled() {
            let followed = tokio::select! {
                () = shutdown.cancelled() => return,
                followed = self.follow(&pool) => followed,
            };
            if let Err(error) = followed {
                tracing::warn!(%error, "lost the connection that tells of other copies' changes; trying again");
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = tokio::time::sleep(Duration::from_secs(2)) => {}
            }
        }
    }

    async fn follow(&self, pool: &sqlx::PgPool) -> sqlx::Result<()> {
        let mut listener = sqlx::postgres::PgListener::connect_with(pool).await?;
        listener.listen(CHANNEL).await?;
        loop {
            let message = listener.recv().await?;
            match serde_json::from_str::<Change>(message.payload()) {
                Ok(change) if change.from != self.id => self.tell(change.workspace, change.topics),
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "a change from another copy could not be read"),
            }
        }
    }
}

fn event_of(topics: &[String]) -> Event {
    Event::default().data(serde_json::json!({ "topics": topics }).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_a_few_streams_and_another_their_own() {
        let (live, one, other) = (Live::new(), Uuid::new_v4(), Uuid::new_v4());
        let mut open: Vec<Follows> = (0..STREAMS_MAX).map(|_| live.open(one).unwrap()).collect();
        assert!(live.open(one).is_none() && live.open(other).is_some());
        open.pop();
        assert!(live.open(one).is_some());
        open.clear();
        assert!(live.followers.lock().unwrap().is_empty(), "nothing is kept of who has left");
    }

    #[test]
    fn a_stream_that_opens_just_after_a_change_knows_of_it() {
        let live = Live::new();
        let (changed, quiet) = (Uuid::new_v4(), Uuid::new_v4());
        live.tell(changed, vec!["credits".into()]);
        assert!(live.changed_lately(changed));
        assert!(!live.changed_lately(quiet));
    }
}
