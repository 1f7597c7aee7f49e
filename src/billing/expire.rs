//! Orders that nobody pays end by themselves after a day (rule C18).

use std::{sync::Arc, time::Duration};

use super::{
    BillingError, Order, OrderState,
    provider::{Provider, stripe},
    reason::OrderReason,
    store,
};
use crate::server::{app::App, jobs::Round};
use crate::topics;

/// How long an order waits for its payment.
pub const UNPAID_TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);
const PAUSE: Duration = Duration::from_secs(60);
const BATCH: i64 = 50;

pub(super) fn start(app: &App) {
    let app = app.clone();
    let jobs = app.jobs.clone();
    jobs.repeat("unpaid orders", PAUSE, Arc::default(), move || {
        let app = app.clone();
        async move { expire_unpaid(&app).await }
    });
}

/// One round. Several copies of the server may do this at once.
pub(super) async fn expire_unpaid(app: &App) -> anyhow::Result<Round> {
    let before = app.clock.now().minus(UNPAID_TIME_MAX);
    let unpaid = store::unpaid_orders(&mut app.db.read().await?, before, BATCH).await?;
    for order in &unpaid {
        if let Err(error) = expire(app, order).await {
            tracing::warn!(order = %order.id, "an unpaid order could not be ended yet: {error}");
        }
    }
    Ok(Round::Idle)
}

async fn expire(app: &App, order: &Order) -> Result<(), BillingError> {
    if let Some(Provider::Stripe(account)) = Provider::of(app)
        && order.provider == stripe::NAME
        && account.end_session(app, order).await?
    {
        return Ok(());
    }
    let reason = &OrderReason::Unpaid;
    let mut tx = app.db.write().await?;
    let from = [OrderState::Created];
    let moved = store::move_order(&mut tx, order.id, &from, OrderState::Cancelled, reason, app.clock.now()).await?;
    tx.commit().await?;
    if moved {
        app.live.changed(&app.db, order.workspace_id.0, &[topics::ORDERS]).await;
    }
    Ok(())
}
