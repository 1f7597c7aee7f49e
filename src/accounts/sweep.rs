//! Removing what has expired: sessions, links, counts of attempts, mail that is over, old rows of the security log.

use std::{sync::Arc, time::Duration};

use super::{outbox, security_log, store};
use crate::server::{app::App, clock::Instant, db::Db, jobs::Round};

const PAUSE: Duration = Duration::from_secs(60 * 60);
/// Longer than the longest window of a limit.
const ATTEMPTS_KEPT: Duration = Duration::from_secs(48 * 60 * 60);

/// Sweeps once an hour until shutdown. Several copies of the server may do it at the same time.
pub fn start_sweeping(app: &App) {
    let (db, clock) = (app.db.clone(), app.clock.clone());
    let sends_mail = app.config.mail.is_some();
    app.jobs.repeat("expired sessions", PAUSE, Arc::default(), move || {
        let (db, now) = (db.clone(), clock.now());
        async move {
            sweep(&db, sends_mail, now).await?;
            Ok(Round::Idle)
        }
    });
}

/// Removes everything past its time; returns how many rows.
pub async fn sweep(db: &Db, sends_mail: bool, now: Instant) -> sqlx::Result<u64> {
    let mut tx = db.write().await?;
    let removed = store::sweep(&mut tx, now, now.minus(ATTEMPTS_KEPT)).await?;
    let queued_before = (!sends_mail).then(|| now.minus(outbox::TRIED));
    let mails = outbox::sweep(&mut tx, now.minus(outbox::KEPT), queued_before, now).await?;
    let events = security_log::sweep(&mut tx, now.minus(security_log::KEPT)).await?;
    tx.commit().await?;
    Ok(removed + mails + events)
}
