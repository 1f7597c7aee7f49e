//! What a paid order brings, whatever it is for: its lot, the month or the better plan, and the number of its receipt.

use std::time::Duration;

use super::{
    Plan, Subscription, SubscriptionId,
    decide::{self, Brings, GRACE, Known, Period},
    store,
};
use crate::{
    billing::{BillingError, Order, OrderKind, notifications, provider, top_up},
    credits::{self, Actor, Grant, LotKind},
    server::{clock::Instant, db::Tx},
    ui::{format::date_text, money_text},
};

/// Brings what `order` paid for. Call it once, in the transaction that makes the order "credited".
///
/// Whatever the order was for, its money has moved, so its credits come: when its plan cannot be had any more, as bought
/// credits, which never expire.
pub(in crate::billing) async fn fulfil(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    bring(tx, order, at).await?;
    // Last: its counter is one row for the whole instance, locked until the transaction ends.
    let number = crate::billing::receipt::number(tx, order, at).await?;
    notifications::paid(tx, order, number, at).await?;
    Ok(())
}

async fn bring(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    if matches!(order.kind, OrderKind::Package | OrderKind::TopUp) {
        return bought(tx, order, at).await;
    }
    let known = read(tx, order).await?;
    write(tx, order, decide::paid(order, known, at), at).await
}

/// What the decision about a paid order needs, with the plan of its workspace locked.
async fn read(tx: &mut Tx, order: &Order) -> Result<Known, BillingError> {
    store::lock(tx, order.workspace_id).await?;
    let subscription = match order.subscription_id {
        Some(id) => store::subscription(tx, id).await?,
        None => store::live_subscription(tx, order.workspace_id).await?,
    };
    let mut known = Known { subscription, ..Known::default() };
    match (order.kind, &known.subscription, order.plan_id, order.period_start) {
        (OrderKind::Plan, Some(subscription), _, Some(start)) => {
            known.month_is_paid = store::is_paid(tx, subscription, start, Duration::ZERO).await?;
        }
        (OrderKind::Upgrade, Some(subscription), Some(wanted), _) => {
            let current = store::known_plan(tx, subscription.plan_id).await?;
            known.plans = Some((current, store::known_plan(tx, wanted).await?));
        }
        _ => {}
    }
    Ok(known)
}

async fn write(tx: &mut Tx, order: &Order, brings: Brings, at: Instant) -> Result<(), BillingError> {
    match brings {
        Brings::BoughtCredits => {
            tracing::warn!(order = %order.id, "a plan was paid that could not be had any more; its credits came as bought ones");
            store::set_order_period(tx, order.id, None, None).await?;
            bought(tx, order, at).await
        }
        Brings::FirstMonth(subscription) => {
            store::insert_subscription(tx, &subscription).await?;
            month(tx, order, &subscription, (subscription.period_start, subscription.period_end), at).await
        }
        Brings::NextMonth { subscription, period, was_declined } => {
            store::save(tx, &subscription).await?;
            if was_declined {
                notifications::paid_after_all(tx, &subscription).await?;
            }
            month(tx, order, &subscription, period, at).await
        }
        Brings::LateMonth { subscription, period } => month(tx, order, &subscription, period, at).await,
        Brings::Upgrade { subscription, plan } => upgrade(tx, order, &subscription, &plan, at).await,
    }
}

/// The month and its lot: `plan:{subscription}:{period_start}` grants once, whatever happens.
async fn month(
    tx: &mut Tx,
    order: &Order,
    subscription: &Subscription,
    period: Period,
    at: Instant,
) -> Result<(), BillingError> {
    let plan = order.plan_id.unwrap_or(subscription.plan_id);
    store::insert_cycle(tx, order, subscription.id, plan, period, at).await?;
    store::set_order_period(tx, order.id, Some(subscription.id), Some(period)).await?;
    let reason = format!("{}, from {}", order.package_name, date_text(period.0.micros()));
    let key = format!("plan:{}:{}", subscription.id, period.0.micros());
    grant(tx, order, LotKind::Plan, Some(subscription.credits_expire_at(period.1)), reason, key, at).await
}

/// The better plan, here and at its provider, with the difference in credits.
async fn upgrade(
    tx: &mut Tx,
    order: &Order,
    subscription: &Subscription,
    plan: &Plan,
    at: Instant,
) -> Result<(), BillingError> {
    store::save(tx, subscription).await?;
    provider::change_plan(tx, subscription, plan, at).await?;
    let key = format!("upgrade:{}:{}:{}", subscription.id, subscription.period_start.micros(), plan.id);
    let expires_at = subscription.credits_expire_at(subscription.period_end);
    grant(tx, order, LotKind::Plan, Some(expires_at), order.package_name.clone(), key, at).await
}

/// What a declined payment means, besides the order that failed.
pub(in crate::billing) async fn declined(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    match (order.kind, order.subscription_id) {
        (OrderKind::TopUp, _) => top_up::stop_after_decline(tx, order, at).await,
        (OrderKind::Plan, Some(subscription)) => fall_behind(tx, order, subscription, at).await,
        _ => Ok(()),
    }
}

/// A renewal was declined: the grace begins, with a message.
async fn fall_behind(tx: &mut Tx, order: &Order, id: SubscriptionId, at: Instant) -> Result<(), BillingError> {
    store::lock(tx, order.workspace_id).await?;
    let subscription = store::subscription(tx, id).await?;
    let Some(after) = subscription.and_then(|before| decide::declined(order, &before, at)) else { return Ok(()) };
    store::save(tx, &after).await?;
    notifications::renewal_declined(tx, &after, order, at.plus(GRACE), at).await
}

/// Credits of a package: they never expire (C13).
async fn bought(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    let reason = format!("{} for {}", order.title(), money_text(order.amount_minor, &order.currency));
    grant(tx, order, LotKind::Purchase, None, reason, format!("order:{}", order.id), at).await
}

async fn grant(
    tx: &mut Tx,
    order: &Order,
    kind: LotKind,
    expires_at: Option<Instant>,
    reason: String,
    key: String,
    at: Instant,
) -> Result<(), BillingError> {
    let actor = Actor::User(order.ordered_by);
    let lot = Grant { kind, credits: order.credits, expires_at, order: Some(order.id), reason, actor, key };
    credits::grant(tx, order.workspace_id, lot, at).await?;
    Ok(())
}
