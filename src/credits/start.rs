//! The background work of credits.

use std::{sync::Arc, time::Duration};

use super::{
    alerts::announce::{announce_expiries, withdraw_used_up},
    check_alerts, expire_everywhere,
};
use crate::{
    accounts::WorkspaceId,
    server::{app::App, jobs::Round},
    topics,
};

/// How soon a lot past its date expires where nothing else moves.
const SWEEP_PAUSE: Duration = Duration::from_secs(60);
/// How soon a crossed threshold is told.
const ALERT_PAUSE: Duration = Duration::from_secs(5);

/// Starts every loop of credits. Several copies of the server may run them at the same time.
pub fn start(app: &App) {
    let state = app.clone();
    app.jobs.repeat("expiry of credits", SWEEP_PAUSE, Arc::default(), move || sweep(state.clone()));
    let state = app.clone();
    app.jobs.repeat("credit alerts", ALERT_PAUSE, Arc::default(), move || alert(state.clone()));
}

async fn sweep(app: App) -> anyhow::Result<Round> {
    let now = app.clock.now();
    let expired = expire_everywhere(&app.db, now).await?;
    tell(&app, &expired, &[topics::CREDITS]).await;
    let announced = announce_expiries(&app.db, now).await?;
    tell(&app, &announced, &[topics::NOTICES]).await;
    tell(&app, &withdraw_used_up(&app.db, now).await?, &[topics::NOTICES]).await;
    Ok(if expired.is_empty() && announced.is_empty() { Round::Idle } else { Round::Worked })
}

async fn alert(app: App) -> anyhow::Result<Round> {
    let told = check_alerts(&app.db, app.clock.now()).await?;
    tell(&app, &told, &[topics::NOTICES]).await;
    Ok(Round::Idle)
}

async fn tell(app: &App, workspaces: &[WorkspaceId], topics: &[&str]) {
    for workspace in workspaces {
        app.live.changed(&app.db, workspace.0, topics).await;
    }
}
