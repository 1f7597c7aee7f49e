//! Snoozed conversations come back when their time has come. A new mail brings them back too, where it is received.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use crate::{
    accounts::WorkspaceId,
    on,
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
    topics,
};

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(5);
/// Conversations that come back in one transaction.
const WOKEN_MAX: i64 = 500;

/// Starts the loop.
pub fn start(app: &App) {
    let worker = app.clone();
    app.jobs.repeat("snooze", PAUSE, Arc::default(), move || {
        let app = worker.clone();
        async move { round(&app).await }
    });
}

async fn round(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let waits: bool = on!(&mut app.db.read().await?, c => sqlx::query_scalar(
        "select exists (select 1 from threads where snoozed_until is not null and snoozed_until <= $1)")
        .bind(at).fetch_one(c).await)?;
    if !waits {
        return Ok(Round::Idle);
    }
    let mut tx = app.db.write().await?;
    let woken = wake(&mut tx, at).await?;
    tx.commit().await?;
    for workspace in woken {
        app.live.changed(&app.db, workspace.0, &[topics::INBOX]).await;
    }
    Ok(Round::Worked)
}

/// Brings back the conversations whose time has come, as unread. Returns their workspaces.
///
/// # Errors
/// The database's.
pub(super) async fn wake(tx: &mut Tx, at: Instant) -> sqlx::Result<BTreeSet<WorkspaceId>> {
    let woken: Vec<WorkspaceId> = on!(tx, c => sqlx::query_scalar(
        "update threads set snoozed_until = null, unread = true, version = version + 1
         where snoozed_until is not null and (workspace_id, id) in (
             select workspace_id, id from threads where snoozed_until is not null and snoozed_until <= $1 order by snoozed_until limit $2)
         returning workspace_id")
        .bind(at).bind(WOKEN_MAX).fetch_all(c).await)?;
    Ok(woken.into_iter().collect())
}
