//! The journal of opt-outs and the database: what a database from an earlier day missed is taken over before anything is sent, and sending
//! stops until the operator has seen it.

use std::{sync::Arc, time::Duration};

use anyhow::Context;

use crate::{
    accounts::record_command,
    outreach::progress::{
        heartbeat,
        operator::{PutBack, StoppedBy, journal_was_found, stop_everything},
    },
    people,
    server::{app::App, db::Tx, jobs::Round},
    suppression::journal::{Journal, Standing, TakenOver, Wishes, take_over, wishes},
};

/// How often the journal is written and compared.
const PAUSE: Duration = Duration::from_secs(1);

/// What a look at the journal came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// The database is as the journal was written last.
    Current,
    /// The database was from an earlier day.
    PutBack(TakenOver),
    /// There is no journal of this database.
    Missing,
}

/// Compares the database with its journal, takes over what it missed, and stops all sending if it is from an earlier day.
///
/// # Errors
/// When one of them cannot be read or written, in words for the operator.
pub async fn catch_up(app: &App) -> anyhow::Result<Found> {
    let journal: &Journal = app.of();
    let prepared = journal.prepare().await;
    prepared.with_context(|| {
        let path = journal.path().display();
        format!("FAIRLEAD_JOURNAL: {path} cannot be written. Example: FAIRLEAD_JOURNAL=/mnt/elsewhere/opt-outs.journal")
    })?;
    let found = compare(app, journal).await?;
    if found == Found::Missing && !others_are_alive(app).await? {
        let mut tx = app.db.write().await?;
        stop(app, &mut tx, PutBack::JournalMissing).await?;
        tx.commit().await?;
    }
    Ok(found)
}

/// The same with a journal that the operator names.
///
/// # Errors
/// As for [`catch_up`].
pub async fn take_over_from(app: &App, journal: &Journal) -> anyhow::Result<Found> {
    let found = compare(app, journal).await?;
    if matches!(found, Found::PutBack(_)) {
        let mut tx = app.db.write().await?;
        journal_was_found(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(found)
}

async fn compare(app: &App, journal: &Journal) -> anyhow::Result<Found> {
    let pages = match journal.standing(&app.db).await? {
        Standing::New | Standing::Current => return Ok(Found::Current),
        Standing::Gone => return Ok(Found::Missing),
        Standing::Ahead(pages) => pages,
    };
    let mut tx = app.db.write().await?;
    let taken_over = take_over(&mut tx, &pages).await?;
    // One page without news is what a process leaves that ended between the file and the database.
    let is_put_back = taken_over.is_something() || pages.len() > 1;
    if is_put_back {
        let Wishes { erased, objected } = wishes(&pages);
        let left = people::again(&mut tx, app.of(), &erased, &objected, app.clock.now()).await?;
        if left > 0 {
            tracing::warn!(
                left,
                "people were not erased again, because mails to them were leaving: run fairlead person erase"
            );
        }
        stop(app, &mut tx, PutBack::JournalTakenOver).await?;
    }
    tx.commit().await?;
    journal.caught_up(&pages);
    if !is_put_back {
        return Ok(Found::Current);
    }
    let TakenOver { added, removed, objections } = taken_over;
    tracing::warn!(
        added,
        removed,
        objections,
        "the database is from an earlier day: opt-outs since then were taken over from the journal, and all sending is stopped"
    );
    record_command(app, "Took over the journal of opt-outs").await?;
    Ok(Found::PutBack(taken_over))
}

/// Stops all sending until the operator lets it continue.
///
/// # Errors
/// The database's.
pub async fn stop(app: &App, tx: &mut Tx, why: PutBack) -> anyhow::Result<()> {
    if stop_everything(tx, why.reason(), StoppedBy::PutBack(why), app.clock.now()).await? {
        tracing::warn!("all sending is stopped: {}", why.reason());
    }
    Ok(())
}

/// Whether another process works on this database: then it was not put back, and has a journal elsewhere.
async fn others_are_alive(app: &App) -> sqlx::Result<bool> {
    let last = heartbeat::last(&mut app.db.read().await?).await?;
    Ok(heartbeat::is_alive(last, app.clock.now()))
}

/// Writes the journal as long as this process works, and notices when the database is put back meanwhile.
pub fn start(app: &App) {
    let looking = app.clone();
    app.jobs.repeat("journal of opt-outs", PAUSE, Arc::default(), move || {
        let app = looking.clone();
        async move { write(&app).await }
    });
}

/// One round of it.
///
/// # Errors
/// When file or database cannot be read or written; what waits is written later.
pub async fn write(app: &App) -> anyhow::Result<Round> {
    let journal: &Journal = app.of();
    if !journal.is_current(&app.db).await? {
        catch_up(app).await?;
    }
    journal.write_next(&app.db, app.clock.now()).await
}
