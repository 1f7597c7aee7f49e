//! The worker that runs uploaded imports: claims one, runs it, tells the open pages of operators how far it is.

use std::{
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use super::{ImportError, import::Import, stall, store, undo, upload};
use crate::{
    directory::{Directory, ids::ImportId, imports},
    server::{app::App, db::Db, jobs::Round, live::Live},
    suppression::SuppressionKeys,
    topics,
};

/// How often the worker looks for imports.
const PAUSE: Duration = Duration::from_secs(1);
/// How often pages hear of progress.
const TELL_EVERY: Duration = Duration::from_millis(400);

/// A file that was uploaded and never imported goes after so long.
const DRAFT_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Starts the worker of this process.
pub fn start(app: &App) {
    let (worker, sweeper) = (app.clone(), app.clone());
    app.jobs.repeat("imports", PAUSE, Arc::default(), move || turn(worker.clone()));
    app.jobs.repeat("forgotten uploads", Duration::from_secs(60 * 60), Arc::default(), move || sweep(sweeper.clone()));
}

/// Removes drafts that nobody started, and their files.
async fn sweep(app: App) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    let forgotten = store::drafts_before(&mut tx, app.clock.now().minus(DRAFT_KEPT)).await?;
    for draft in &forgotten {
        store::delete_draft(&mut tx, draft.id).await?;
    }
    tx.commit().await?;
    for draft in &forgotten {
        upload::discard(&app.config.data, &draft.stored_as).await;
    }
    Ok(Round::Idle)
}

/// Runs the oldest import that waits and whose file lies in this copy's data folder.
pub(crate) async fn turn(app: App) -> anyhow::Result<Round> {
    if let Some(id) = undo::asked_for(&mut app.db.read().await?).await?.into_iter().next() {
        undo(&app, id).await?;
        return Ok(Round::Worked);
    }
    let candidates = store::due_imports(&mut app.db.read().await?, app.clock.now()).await?;
    for import in candidates {
        let is_here = upload::folder(&app.config.data).join(&import.stored_as).exists();
        if is_here && let Some(claimed) = claim(&app, import).await? {
            run(&app, claimed).await?;
            return Ok(Round::Worked);
        }
    }
    Ok(Round::Idle)
}

/// Undoes an import batch by batch; killed anywhere, the next turn goes on. Two copies of the server take turns.
async fn undo(app: &App, id: ImportId) -> anyhow::Result<()> {
    let topic = topics::import(id);
    let mut told = Moment::now();
    while !app.jobs.shutdown.is_cancelled() {
        let mut tx = app.db.write().await?;
        let done = undo::remove_some(&mut tx, id, app.clock.now()).await?;
        tx.commit().await?;
        if done {
            break;
        }
        if told.elapsed() >= TELL_EVERY {
            told = Moment::now();
            tell(app.live.clone(), app.db.clone(), topic.clone()).await;
        }
    }
    app.of::<Directory>().wake();
    tell(app.live.clone(), app.db.clone(), topic).await;
    Ok(())
}

async fn claim(app: &App, mut import: Import) -> sqlx::Result<Option<Import>> {
    let mut tx = app.db.write().await?;
    let claimed = store::claim_import(&mut tx, &mut import, app.clock.now()).await?;
    tx.commit().await?;
    Ok(claimed.then_some(import))
}

async fn run(app: &App, import: Import) -> anyhow::Result<()> {
    let path = upload::folder(&app.config.data).join(&import.stored_as);
    let topic = topics::import(import.id);
    let mut told = Moment::now();
    let id = import.id;
    let running = imports::run(&app.db, &app.clock, app.of::<SuppressionKeys>(), &import, &path, |_| {
        stall::forget(id.0);
        if told.elapsed() >= TELL_EVERY {
            told = Moment::now();
            tokio::spawn(tell(app.live.clone(), app.db.clone(), topic.clone()));
        }
    });
    let outcome = tokio::select! {
        outcome = running => outcome,
        // the batch under way is rolled back; another worker, or this one after its restart, resumes it at once
        () = app.jobs.shutdown.cancelled() => {
            let mut tx = app.db.write().await?;
            store::retry_import(&mut tx, &import).await?;
            tx.commit().await?;
            return Ok(());
        }
    };
    app.of::<Directory>().wake();
    tell(app.live.clone(), app.db.clone(), topic).await;
    match outcome {
        Ok(_) | Err(ImportError::File(_)) => {
            upload::discard(&app.config.data, &import.stored_as).await;
            Ok(())
        }
        Err(ImportError::LeaseLost) => Ok(()),
        Err(ImportError::Database(error)) => {
            stall::note(id.0, &error);
            Err(error.into())
        }
    }
}

/// Tells the open pages of all operators.
pub(crate) async fn tell(live: Live, db: Db, topic: String) {
    let workspaces = match db.read().await {
        Ok(mut tx) => store::operator_workspaces(&mut tx).await,
        Err(error) => Err(error),
    };
    match workspaces {
        Ok(workspaces) => {
            for workspace in workspaces {
                live.changed(&db, workspace, &[&topic, topics::IMPORTS]).await;
            }
        }
        Err(error) => tracing::warn!(%error, "open pages were not told of an import's progress"),
    }
}
