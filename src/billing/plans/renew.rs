//! The month that comes: renewals of the embedded provider, and plans whose time is over.

use std::{sync::Arc, time::Duration};

use sqlx::types::Json;
use tokio::sync::Notify;

use super::{
    Subscription, SubscriptionId, SubscriptionState,
    decide::{self, Due, Period},
    provider_events::{lock, month_order},
    store,
};
use crate::{
    billing::{
        BillingError, PaymentEvent, PaymentOutcome, notifications,
        provider::{self, Provider, embedded},
        reason::PlanEndReason,
        settle,
    },
    credits::{self, Ledger},
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
    topics,
};

/// How often renewals are looked for.
const PAUSE: Duration = Duration::from_secs(1);
/// How long before a renewal it is announced.
const NOTICE: Duration = Duration::from_secs(3 * 86_400);
/// Subscriptions of one round.
const DUE_MAX: i64 = 50;

/// Starts the loop that renews and ends subscriptions. Several copies of the server may run it.
pub(in crate::billing) fn start(app: &App) {
    let (app, jobs) = (app.clone(), app.jobs.clone());
    jobs.repeat("plans", PAUSE, Arc::new(Notify::new()), move || {
        let app = app.clone();
        async move {
            let ended = end_what_is_over(&app).await?;
            let renewed = renew_what_is_due(&app).await?;
            tell_of_renewals(&app).await?;
            Ok(if [ended, renewed].contains(&Round::Worked) { Round::Worked } else { Round::Idle })
        }
    });
}

/// One round of renewals with the embedded provider: one month for each payment, oldest first. After a long sleep each
/// missed month is paid for and granted on its own. Where that provider does not serve (in production), such a plan ends
/// with its month: no one pays for the next one.
pub(in crate::billing) async fn renew_what_is_due(app: &App) -> anyhow::Result<Round> {
    let (at, is_served) = (app.clock.now(), serves_embedded(app));
    let mut read = app.db.read().await?;
    let due = store::due(&mut read, SubscriptionState::Active, Some(embedded::NAME), at, DUE_MAX).await?;
    drop(read);
    let mut round = Round::Idle;
    for subscription in due {
        let seen = subscription.clone();
        let deed = credits::interleaved(subscription.workspace_id, at, move |tx| {
            let seen = seen.clone();
            Box::pin(
                async move { if is_served { renew(tx, &seen, at).await } else { end_unpaid(tx, &seen, at).await } },
            )
        });
        if app.of::<Ledger>().post(deed).await? {
            round = Round::Worked;
        }
        told(app, &subscription).await;
    }
    Ok(round)
}

fn serves_embedded(app: &App) -> bool {
    Provider::of(app).is_some_and(|provider| provider.is_embedded())
}

/// Ends a plan whose next month the embedded provider would have to pay. Returns whether it did.
async fn end_unpaid(tx: &mut Tx, seen: &Subscription, at: Instant) -> Result<bool, BillingError> {
    let mut subscription = lock(tx, seen.id).await?;
    let Due::Renewal(_) = decide::due(&subscription, at) else { return Ok(false) };
    end(tx, &mut subscription, PlanEndReason::TestPayments, at).await?;
    Ok(true)
}

async fn renew(tx: &mut Tx, seen: &Subscription, at: Instant) -> Result<bool, BillingError> {
    let subscription = lock(tx, seen.id).await?;
    let Due::Renewal(period) = decide::due(&subscription, at) else { return Ok(false) };
    let outcome = if subscription.next_renewal_fails { PaymentOutcome::Declined } else { PaymentOutcome::Paid };
    end_payment(tx, &subscription, period, outcome, at).await
}

/// Pays the month that was declined, on the embedded provider. Returns whether it was this call that did it.
///
/// # Errors
/// Only the database's, or a plan that went missing.
pub(super) async fn pay_declined(tx: &mut Tx, seen: &Subscription, at: Instant) -> Result<bool, BillingError> {
    let mut subscription = lock(tx, seen.id).await?;
    let Some(period) = decide::declined_month(&subscription) else { return Ok(false) };
    subscription.next_renewal_fails = false;
    store::save(tx, &subscription).await?;
    end_payment(tx, &subscription, period, PaymentOutcome::Paid, at).await
}

/// Orders a month at the embedded provider, whose payment ends as it says. Returns whether that changed something.
async fn end_payment(
    tx: &mut Tx,
    subscription: &Subscription,
    period: Period,
    outcome: PaymentOutcome,
    at: Instant,
) -> Result<bool, BillingError> {
    let order = month_order(tx, subscription, subscription.coming_plan(), period, None, at).await?;
    let event = PaymentEvent {
        provider: embedded::NAME,
        event_id: format!("{}:{}", order.id, outcome.word()),
        order: order.id,
        outcome,
        amount_minor: order.amount_minor,
        currency: order.currency,
    };
    Ok(settle(tx, &event, at).await?.changed)
}

/// One round of mails about renewals that are near; each is announced once.
pub(in crate::billing) async fn tell_of_renewals(app: &App) -> anyhow::Result<()> {
    let at = app.clock.now();
    let near = store::renewing(&mut app.db.read().await?, at, at.plus(NOTICE), DUE_MAX).await?;
    let served = |subscription: &Subscription| subscription.provider != embedded::NAME || serves_embedded(app);
    for subscription in near.into_iter().filter(served) {
        let mut tx = app.db.write().await?;
        if store::announce(&mut tx, &subscription).await? {
            let plan = store::known_plan(&mut tx, subscription.coming_plan()).await?;
            notifications::renews_soon(&mut tx, &subscription, &plan, at).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

/// One round of endings: cancelled plans whose month is over, and those whose grace is. A provider outside that can be asked
/// is asked first, by the worker that asks it.
pub(in crate::billing) async fn end_what_is_over(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let mut read = app.db.read().await?;
    let mut over = store::due(&mut read, SubscriptionState::Cancelling, None, at, DUE_MAX).await?;
    over.extend(store::due(&mut read, SubscriptionState::PastDue, None, at, DUE_MAX).await?);
    drop(read);
    let mut round = Round::Idle;
    let asked = Provider::of(app).filter(|serves| !serves.is_embedded()).map(|serves| serves.name());
    for seen in over.into_iter().filter(|seen| Some(seen.provider.as_str()) != asked) {
        if end_if_over(app, seen.id).await? {
            round = Round::Worked;
        }
    }
    Ok(round)
}

/// Ends a subscription whose time is over. Returns whether it did.
///
/// # Errors
/// Only the database's, or a plan that went missing.
pub(in crate::billing) async fn end_if_over(app: &App, id: SubscriptionId) -> Result<bool, BillingError> {
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mut subscription = lock(&mut tx, id).await?;
    let Due::End(reason) = decide::due(&subscription, at) else { return Ok(false) };
    end(&mut tx, &mut subscription, reason, at).await?;
    provider::end_plan(&mut tx, &subscription, at).await?;
    tx.commit().await?;
    told(app, &subscription).await;
    Ok(true)
}

/// Ends a subscription. Its credits stay until they expire.
pub(super) async fn end(
    tx: &mut Tx,
    subscription: &mut Subscription,
    reason: PlanEndReason,
    at: Instant,
) -> Result<(), BillingError> {
    (subscription.state, subscription.state_since) = (SubscriptionState::Ended, at);
    (subscription.grace_until, subscription.next_plan_id) = (None, None);
    notifications::plan_ended(tx, subscription, &reason, at).await?;
    subscription.reason = Some(Json(reason));
    store::save(tx, subscription).await?;
    Ok(())
}

async fn told(app: &App, subscription: &Subscription) {
    app.live
        .changed(
            &app.db,
            subscription.workspace_id.0,
            &[topics::CREDITS, topics::ORDERS, topics::PLAN, topics::NOTICES],
        )
        .await;
}
