//! The worker of lists: claims one whose file lies here, adds its rows batch by batch, or removes its people.

use std::{
    io,
    sync::Arc,
    time::{Duration, Instant as Moment},
};

use super::{
    ListState, OwnList,
    add::add,
    remove::{Removed, remove},
    settle::{Settled, settle},
    standing::Standings,
    store,
};
use crate::{
    directory::{
        EmailStatus,
        imports::{self, FileFault, ImportError, Rest, stall, upload},
    },
    server::{app::App, jobs::Round},
    topics,
};

/// How often the worker looks for lists.
const PAUSE: Duration = Duration::from_secs(1);
/// How often pages hear of progress.
const TELL_EVERY: Duration = Duration::from_millis(400);
/// How often a worker that still looks through its file says that it has it.
const RENEW_EVERY: Duration = Duration::from_secs(10);
/// A file that was uploaded and never started goes after so long.
const DRAFT_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Starts the worker of this process.
pub fn start(app: &App) {
    let (worker, sweeper) = (app.clone(), app.clone());
    app.jobs.repeat("own lists", PAUSE, Arc::default(), move || turn(worker.clone()));
    app.jobs.repeat("forgotten lists", Duration::from_secs(60 * 60), Arc::default(), move || sweep(sweeper.clone()));
}

async fn sweep(app: App) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    let files = store::discard_before(&mut tx, app.clock.now().minus(DRAFT_KEPT)).await?;
    tx.commit().await?;
    for file in &files {
        upload::discard(&app.config.data, file).await;
    }
    let mut tx = app.db.read().await?;
    let named = store::files(&mut tx).await?.into_iter().chain(imports::store::files(&mut tx).await?).collect();
    drop(tx);
    match upload::sweep(&app.config.data, &named).await? {
        0 => {}
        files => tracing::info!(files, "files that no upload names were removed"),
    }
    Ok(Round::Idle)
}

/// Serves the oldest list that waits and can be served by this copy of the server.
pub async fn turn(app: App) -> anyhow::Result<Round> {
    let waiting = store::due(&mut app.db.read().await?, app.clock.now()).await?;
    for mut list in waiting {
        let is_here = upload::folder(&app.config.data).join(&list.stored_as).exists();
        if !is_here && list.state != ListState::Removing {
            continue; // another copy has the file
        }
        let mut tx = app.db.write().await?;
        if store::claim(&mut tx, &mut list, app.clock.now()).await? {
            tx.commit().await?;
            serve(&app, &list).await?;
            return Ok(Round::Worked);
        }
    }
    Ok(Round::Idle)
}

/// Works until the list is done, or the server ends: then the next worker goes on at once.
async fn serve(app: &App, list: &OwnList) -> anyhow::Result<()> {
    let work = async {
        match list.state {
            ListState::Removing => remove_all(app, list).await,
            _ => add_all(app, list).await,
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = app.jobs.shutdown.cancelled() => {
            let mut tx = app.db.write().await?;
            store::retry(&mut tx, list).await?;
            tx.commit().await?;
            return Ok(());
        }
    };
    tell(app, list).await;
    outcome.inspect_err(|error| stall::note(list.id.0, error))?;
    Ok(())
}

async fn add_all(app: &App, list: &OwnList) -> sqlx::Result<()> {
    let path = upload::folder(&app.config.data).join(&list.stored_as);
    let (format, mapping) = (list.format.clone(), list.mapping.clone());
    let standings = match standings(app, list).await {
        Ok(standings) => standings,
        Err(ImportError::File(fault)) => return end(app, list, ListState::Failed, Some(&fault)).await,
        Err(ImportError::LeaseLost) => return Ok(()), // another worker has it
        Err(ImportError::Database(error)) => return Err(error),
    };
    let mut batches = imports::batches(path, format, mapping, EmailStatus::Unknown, list.rows, Rest::Kept);
    let mut told = Moment::now();
    while let Some(batch) = batches.recv().await {
        let batch = match batch {
            Ok(batch) => batch,
            Err(fault) => return end(app, list, ListState::Failed, Some(&fault)).await,
        };
        let mut tx = app.db.write().await?;
        if !add(&mut tx, (app.of(), &standings), list, &batch, app.clock.now()).await? {
            return Ok(()); // another worker has it
        }
        tx.commit().await?;
        stall::forget(list.id.0);
        if told.elapsed() >= TELL_EVERY {
            told = Moment::now();
            tell(app, list).await;
        }
    }
    end(app, list, ListState::Done, None).await
}

/// The people the file says not to write to.
async fn standings(app: &App, list: &OwnList) -> Result<Standings, ImportError> {
    let path = upload::folder(&app.config.data).join(&list.stored_as);
    let (format, mapping) = (list.format.clone(), list.mapping.clone());
    let mut reading = tokio::task::spawn_blocking(move || Standings::of_file(&path, &format, &mapping));
    let standings = loop {
        tokio::select! {
            standings = &mut reading => break standings.map_err(|error| sqlx::Error::Io(io::Error::other(error)))??,
            () = tokio::time::sleep(RENEW_EVERY) => {}
        }
        let mut tx = app.db.write().await?;
        if !store::advance(&mut tx, list, store::Progress::default(), app.clock.now()).await? {
            return Err(ImportError::LeaseLost);
        }
        tx.commit().await?;
    };
    if list.rows == 0 || standings.is_empty() {
        return Ok(standings);
    }
    let mut after = None;
    loop {
        let mut tx = app.db.write().await?;
        match settle(&mut tx, &standings, list, after, app.clock.now()).await? {
            Settled::Lost => return Err(ImportError::LeaseLost),
            Settled::All => return Ok(standings),
            Settled::UpTo(lead) => after = Some(lead),
        }
        tx.commit().await?;
    }
}

async fn remove_all(app: &App, list: &OwnList) -> sqlx::Result<()> {
    loop {
        let mut tx = app.db.write().await?;
        match remove(&mut tx, list, app.clock.now()).await? {
            Removed::Lost => return Ok(()),
            Removed::All => break,
            Removed::Some(_) => tx.commit().await?,
        }
    }
    end(app, list, ListState::Removed, None).await
}

async fn end(app: &App, list: &OwnList, state: ListState, fault: Option<&FileFault>) -> sqlx::Result<()> {
    let mut tx = app.db.write().await?;
    store::finish(&mut tx, list, state, fault, app.clock.now()).await?;
    tx.commit().await?;
    upload::discard(&app.config.data, &list.stored_as).await;
    Ok(())
}

/// Tells the open pages of the workspace.
pub async fn tell(app: &App, list: &OwnList) {
    let (topic, campaign) = (topics::list(list.id), topics::campaign(list.campaign_id));
    app.live.changed(&app.db, list.workspace_id.0, &[&topic, &campaign, topics::CAMPAIGNS]).await;
}
