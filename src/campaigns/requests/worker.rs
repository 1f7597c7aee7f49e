//! The worker that sources leads: claims a request, delivers batch after batch, ends it.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::reason::RequestReason;
use super::{
    claim,
    finish::{self, Finish, OnlyIf, Overdue},
    first_batch,
    lead_request::{self, LeadRequest, RequestState, Waiting},
    sourcing::{Drawn, draw},
};
use crate::{
    accounts::WorkspaceId,
    credits::{CampaignId, HOLD_TIME_MAX, Ledger, RequestId},
    server::{app::App, clock::Instant, db, error::AppError, jobs::Round, queue::Retries},
    topics,
};

/// Failures in a row before a request is given up: with the pauses, about a minute.
const RETRIES: Retries =
    Retries { first: Duration::from_millis(400), factor: 2, pause_max: Duration::from_secs(60), attempts_max: 8 };
pub(crate) const WORKERS: i64 = 2;
const WATCH_PAUSE: Duration = Duration::from_secs(60);

/// Starts the workers and the watchdog of this process.
pub fn start(app: &App) {
    for _ in 0..WORKERS {
        let worker = app.clone();
        app.jobs.repeat("lead requests", Duration::from_secs(1), app.wake.clone(), move || turn(worker.clone()));
    }
    let (watch, began) = (app.clone(), std::time::Instant::now());
    app.jobs.repeat("request watchdog", WATCH_PAUSE, Arc::new(Notify::new()), move || {
        let app = watch.clone();
        async move {
            // After a start the workers come first: what stood still because nothing ran is resumed, not ended.
            if began.elapsed() >= WATCH_PAUSE {
                end_overdue(&app).await?;
            }
            Ok(Round::Idle)
        }
    });
}

/// Works on one request for one turn.
pub(crate) async fn turn(app: App) -> anyhow::Result<Round> {
    let mut tx = app.db.write().await?;
    let Some(request) = claim::claim(&mut tx, app.clock.now()).await? else { return Ok(Round::Idle) };
    tx.commit().await?;
    if let Err(error) = source(&app, &request).await {
        retry_or_give_up(&app, &request, error).await?;
    }
    tell(&app, &request).await;
    Ok(Round::Worked)
}

async fn source(app: &App, request: &LeadRequest) -> Result<(), AppError> {
    let (run_at, reason) = match draw(app, request).await? {
        Drawn::Lost => return Ok(()),
        Drawn::Full(tx) => return complete(app, tx, request, &RequestReason::Delivered).await,
        Drawn::Look(tx, others) => return stop_for_look(app, tx, request, others).await,
        Drawn::Ended(reason) => {
            end_claimed(app, request, RequestState::Completed, reason).await?;
            return Ok(());
        }
        Drawn::GoOn => (app.clock.now(), None),
        Drawn::Later(until, reason) => (until, Some(reason)),
    };
    let mut tx = app.db.write().await?;
    claim::retry(&mut tx, request, run_at, reason.as_ref(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Stops a request in the transaction of its first batch, for somebody to look at it; ends it when nobody is left anyway.
async fn stop_for_look(app: &App, mut tx: db::Tx, request: &LeadRequest, others: bool) -> Result<(), AppError> {
    let reached = lead_request::receipt(&mut tx, request.workspace_id, request.id).await?;
    if reached.not_reached() <= 0 && !others {
        return complete(app, tx, request, &RequestReason::NoOneElse { unanswered: Vec::new() }).await;
    }
    first_batch::stop(&mut tx, request, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, request.workspace_id.0, &[topics::NOTICES]).await;
    Ok(())
}

/// Ends a request in the transaction of its last batch.
async fn complete(app: &App, mut tx: db::Tx, request: &LeadRequest, reason: &RequestReason) -> Result<(), AppError> {
    let at = app.clock.now();
    if claim::renew(&mut tx, request, at).await?.is_none() {
        return Ok(());
    }
    finish::finish_with_delivery(&mut tx, request, reason, at).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a request that this worker has, without a delivery.
async fn end_claimed(
    app: &App,
    request: &LeadRequest,
    state: RequestState,
    reason: RequestReason,
) -> Result<bool, AppError> {
    let end = Finish {
        workspace: request.workspace_id,
        request: request.id,
        state,
        reason,
        only_if: OnlyIf::Claimed(Box::new(request.clone())),
        at: app.clock.now(),
    };
    app.of::<Ledger>().post(end).await
}

/// After a failure: try again later, with growing pauses, or give up and release the rest.
async fn retry_or_give_up(app: &App, request: &LeadRequest, error: AppError) -> Result<(), AppError> {
    let (attempt, at) = (request.lease.attempt, app.clock.now());
    tracing::warn!(request = %request.id, attempt, error = format!("{error:#}"), "sourcing was interrupted");
    let Some(run_at) = RETRIES.next(attempt, at) else {
        return end_claimed(app, request, RequestState::Failed, RequestReason::KeptFailing).await.map(drop);
    };
    let reason = Some(&RequestReason::Interrupted);
    let mut tx = app.db.write().await?;
    claim::retry(&mut tx, request, run_at, reason, at).await?;
    tx.commit().await?;
    Ok(())
}

/// C9: ends requests that made no progress for too long, or are too old, and releases what they hold. One whose rows
/// contradict each other stays as it is and keeps no other one waiting.
pub(crate) async fn end_overdue(app: &App) -> anyhow::Result<()> {
    let at = app.clock.now();
    let overdue = finish::overdue(&mut app.db.read().await?, None, at).await?;
    let ends = overdue.iter().map(|request| app.of::<Ledger>().post(end_of(request, at)));
    for (ended, request) in futures::future::join_all(ends).await.into_iter().zip(&overdue) {
        match ended {
            Ok(true) => tell_of(app, request.workspace_id, request.id, request.campaign_id).await,
            Ok(false) => {}
            Err(AppError::Inconsistent(inconsistency)) => {
                tracing::error!(request = %request.id, id = %inconsistency.log(), "an overdue request could not be ended");
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

fn end_of(request: &Overdue, at: Instant) -> Finish {
    let reason = match request.waiting {
        Some(Waiting::Look) => RequestReason::NotApproved,
        Some(Waiting::ByUser) => RequestReason::StillPaused,
        None if request.created_at < at.minus(HOLD_TIME_MAX) => RequestReason::TooOld,
        None => RequestReason::NoProgress,
    };
    Finish {
        workspace: request.workspace_id,
        request: request.id,
        state: RequestState::Failed,
        reason,
        only_if: OnlyIf::Overdue,
        at,
    }
}

pub(crate) async fn tell(app: &App, request: &LeadRequest) {
    tell_of(app, request.workspace_id, request.id, request.campaign_id).await;
}

/// Tells every open page of the workspace that a request, its campaign and the balance changed.
pub async fn tell_of(app: &App, workspace: WorkspaceId, request: RequestId, campaign: CampaignId) {
    let (request, campaign) = (topics::request(request), topics::campaign(campaign));
    let changed = [&request, &campaign, topics::CREDITS, topics::CAMPAIGNS];
    app.live.changed(&app.db, workspace.0, &changed).await;
}
