//! Reading the mailboxes over IMAP: each has one reader at a time, in one process, which keeps its connection and hears of new mails,
//! or looks every few minutes.
//!
//! | part | file | bound |
//! |---|---|---|
//! | which mailboxes are due, and whose they are | `leases.rs` | a few of each workspace in turn; 2 minutes without a sign of life |
//! | who may connect, which connections are kept | `readers.rs` | 32 looks, 8 of one host; `FAIRLEAD_IMAP_CONNECTIONS` kept, 50 of one host; half where it has too many |
//! | signing in | `connect.rs` | a minute; a refused token is fetched anew once |
//! | an attachment that a member asks for | `part.rs` | 36 MiB, 90 seconds |
//! | a connection from the sign-in to its end | `session.rs` | looks every 10 minutes at the latest |
//! | what is new in a folder | `look.rs`, `cursors.rs` | slices of 200 messages, 10 or a minute before others have their turn; 2,000 stored a day |
//! | messages that a server does not give | `fetch.rs` | 5 of a slice, after 3 looks that failed |
//! | copies of sent mails | `copies.rs` | 20 at a time |
//! | why it failed, when it is tried again | `trouble.rs` | 15 seconds to 15 minutes |
//!
//! A slice is one transaction with what `receive/` makes of it and the cursor of the folder, and names the fence of the lease. So a reader
//! that is killed, or that another process has replaced, has written each slice once or not at all. A mail that is read twice is
//! known by its Message-ID.
//!
//! Nothing is marked as read: folders are opened for reading only. A mailbox that is seen for the first time begins with what comes next.

mod connect;
mod copies;
mod cursors;
mod fetch;
mod leases;
mod look;
mod part;
mod readers;
mod session;
#[cfg(test)]
mod tests;
mod trouble;

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

pub use part::{Lies, PartFault, fetch_part};
pub use readers::Readers;

use crate::server::{app::App, jobs::Round};
use leases::{Lease, RENEWED};
use session::Visit;

/// Between two looks for mailboxes that are due.
const PAUSE: Duration = Duration::from_millis(500);

/// Starts the readers.
pub fn start(app: &App) {
    let (worker, renewed_at) = (app.clone(), std::sync::Arc::new(AtomicI64::new(0)));
    app.jobs.repeat("answers", PAUSE, app.of::<Readers>().ended.clone(), move || {
        let (app, renewed_at) = (worker.clone(), renewed_at.clone());
        async move {
            let at = app.clock.now();
            if at.minus(RENEWED).micros() >= renewed_at.load(Ordering::Relaxed) {
                renewed_at.store(at.micros(), Ordering::Relaxed);
                renew(&app).await?;
            }
            round(&app).await
        }
    });
    let app = app.clone();
    app.jobs.tracker.clone().spawn(async move {
        app.jobs.shutdown.cancelled().await;
        if let Err(error) = give_back(&app).await {
            tracing::warn!(
                error = format!("{error:#}"),
                "the leases of mailboxes could not be given back; they run out"
            );
        }
    });
}

/// Begins to read mailboxes that are due, and passes on which looks were asked for.
///
/// # Errors
/// The database's.
pub async fn round(app: &App) -> anyhow::Result<Round> {
    let wanted = leases::wanted(&mut app.db.read().await?).await?;
    app.of::<Readers>().wake(&wanted);
    let visits = visits(app).await?;
    let worked = !visits.is_empty();
    for visit in visits {
        app.jobs.tracker.spawn(session::run(app.clone(), visit));
    }
    Ok(if worked { Round::Worked } else { Round::Idle })
}

/// Claims mailboxes that are due, as many as there is room for.
async fn visits(app: &App) -> anyhow::Result<Vec<Visit>> {
    let (readers, at) = (app.of::<Readers>(), app.clock.now());
    let (room, full) = readers.room(at);
    let due = leases::due(&mut app.db.read().await?, &full, room, at).await?;
    let (due, mut permits) = readers.admit(due, at);
    if due.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = app.db.write().await?;
    let claimed = leases::claim(&mut tx, &due, at).await?;
    tx.commit().await?;
    let visit = |lease: &Lease| {
        let (permit, host) = permits.remove(&lease.mailbox_id)?;
        Some(Visit { line: readers.begin(*lease, &host), permit, host })
    };
    let visits = claimed.iter().filter_map(visit).collect();
    permits.into_values().for_each(|(permit, _)| permit.unused());
    Ok(visits)
}

/// Prolongs the leases of all readers, and ends readers that have lost theirs.
async fn renew(app: &App) -> anyhow::Result<()> {
    let (readers, at) = (app.of::<Readers>(), app.clock.now());
    let leases = readers.leases();
    if leases.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    let held = leases::renew(&mut tx, &leases, at).await?;
    tx.commit().await?;
    readers.lose(&leases, &held);
    Ok(())
}

async fn give_back(app: &App) -> anyhow::Result<()> {
    let leases = app.of::<Readers>().leases();
    if leases.is_empty() {
        return Ok(());
    }
    let mut tx = app.db.write().await?;
    leases::give_back(&mut tx, &leases, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}
