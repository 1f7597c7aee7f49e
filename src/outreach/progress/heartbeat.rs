//! The sign of life of the processes that run the workers.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use crate::{
    on,
    server::{
        app::App,
        clock::Instant,
        db::{Db, Tx},
        jobs::Round,
    },
};

/// One is written this often.
const PAUSE: Duration = Duration::from_secs(30);
/// Without one for this long, no worker runs.
const SILENCE_MAX: Duration = Duration::from_secs(120);
/// How often it is looked whether one is due: the clock can be moved in development.
const LOOK: Duration = Duration::from_secs(1);

/// Writes signs of life as long as the workers of this process run.
pub fn start(app: &App) {
    let (db, clock, last) = (app.db.clone(), app.clock.clone(), Arc::new(AtomicI64::new(0)));
    app.jobs.repeat("heartbeat", LOOK, Arc::default(), move || {
        let (db, now, last) = (db.clone(), clock.now(), last.clone());
        async move {
            if now.micros().abs_diff(last.load(Ordering::Relaxed)) >= PAUSE.as_micros() as u64 {
                give(&db, now).await?;
                last.store(now.micros(), Ordering::Relaxed);
            }
            Ok(Round::Idle)
        }
    });
}

/// The last sign of life of any process that runs the workers.
///
/// # Errors
/// The database's.
pub async fn last(tx: &mut Tx) -> sqlx::Result<Option<Instant>> {
    on!(tx, c => sqlx::query_scalar("select beat_at from worker_beats where id = 1").fetch_optional(c).await)
}

/// Whether workers run, by their last sign of life.
pub fn is_alive(last: Option<Instant>, now: Instant) -> bool {
    last.is_some_and(|last| last >= now.minus(SILENCE_MAX))
}

/// Writes a sign of life.
///
/// # Errors
/// The database's.
pub async fn give(db: &Db, at: Instant) -> sqlx::Result<()> {
    let mut tx: Tx = db.write().await?;
    on!(&mut tx, c => sqlx::query(
        "insert into worker_beats (id, beat_at) values (1, $1) on conflict (id) do update set beat_at = excluded.beat_at")
        .bind(at).execute(c).await.map(drop))?;
    tx.commit().await
}
