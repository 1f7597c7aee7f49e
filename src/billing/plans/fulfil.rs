//! What a paid order brings, whatever it is for: its lot, the month or the better plan, and the number of its receipt.

use super::{
    Subscription, SubscriptionId, SubscriptionState,
    month::{day_of, month_after},
    store,
};
use crate::{
    billing::{BillingError, Order, OrderKind, provider, top_up},
    credits::{self, Actor, Grant, LotKind},
    server::{clock::Instant, db::Tx},
    ui::{credits_text, format::date_text, money_text},
};

/// How long a plan whose renewal was declined goes on.
pub(super) const GRACE: std::time::Duration = std::time::Duration::from_secs(7 * 86_400);

/// Brings what `order` paid for. Call it once, in the transaction that makes the order "credited".
///
/// Whatever the order was for, its money has moved, so its credits come: when its plan cannot be had any more (another
/// tab was first, the month is paid already, the plan has changed since), as bought credits, which never expire.
pub(in crate::billing) async fn fulfil(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    bring(tx, order, at).await?;
    // Last: its counter is one row for the whole instance, locked until the transaction ends.
    crate::billing::receipt::number(tx, order.id, at).await?;
    Ok(())
}

async fn bring(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    if matches!(order.kind, OrderKind::Package | OrderKind::TopUp) {
        return bought(tx, order, at).await;
    }
    store::lock(tx, order.workspace_id).await?;
    let done = match (order.kind, order.subscription_id) {
        (OrderKind::Plan, None) => begin(tx, order, at).await?,
        (OrderKind::Plan, Some(subscription)) => renew(tx, order, subscription, at).await?,
        (_, Some(subscription)) => upgrade(tx, order, subscription, at).await?,
        (_, None) => false,
    };
    if done {
        return Ok(());
    }
    tracing::warn!(order = %order.id, "a plan was paid that could not be had any more; its credits came as bought ones");
    store::set_order_period(tx, order.id, None, None).await?;
    bought(tx, order, at).await
}

/// What a declined payment means, besides the order that failed.
pub(in crate::billing) async fn declined(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    match (order.kind, order.subscription_id) {
        (OrderKind::TopUp, _) => top_up::stop_after_decline(tx, order, at).await,
        (OrderKind::Plan, Some(subscription)) => fall_behind(tx, order, subscription, at).await,
        _ => Ok(()),
    }
}

/// The first payment: the subscription and its first month. Not when there is one already.
async fn begin(tx: &mut Tx, order: &Order, at: Instant) -> Result<bool, BillingError> {
    let Some(plan) = order.plan_id else { return Ok(false) };
    if store::live_subscription(tx, order.workspace_id).await?.is_some() {
        return Ok(false);
    }
    let start = order.period_start.unwrap_or(at);
    let anchor_day = day_of(start);
    let end = order.period_end.unwrap_or_else(|| month_after(start, anchor_day));
    let subscription = Subscription {
        workspace_id: order.workspace_id,
        id: SubscriptionId::new(),
        plan_id: plan,
        next_plan_id: None,
        state: SubscriptionState::Active,
        state_since: at,
        anchor_day,
        period_start: start,
        period_end: end,
        grace_until: None,
        provider: order.provider.clone(),
        provider_reference: order.provider_reference.clone(),
        provider_changed_at: None,
        next_renewal_fails: false,
        started_by: order.ordered_by,
        created_at: at,
        ended_reason: None,
    };
    store::insert_subscription(tx, &subscription).await?;
    month(tx, order, &subscription, (start, end), at).await
}

/// One more month. Not when it is paid already.
async fn renew(tx: &mut Tx, order: &Order, id: SubscriptionId, at: Instant) -> Result<bool, BillingError> {
    let Some(mut subscription) = store::subscription(tx, id).await? else { return Ok(false) };
    let (Some(plan), Some(period)) = (order.plan_id, order.period_start.zip(order.period_end)) else {
        return Ok(false);
    };
    if !month(tx, order, &subscription, period, at).await? {
        return Ok(false);
    }
    if period.0 <= subscription.period_start || subscription.state == SubscriptionState::Ended {
        return Ok(true); // a month told late: its credits are there, the subscription is further on
    }
    // The provider may have made this month's invoice before it heard of a change: then the change is for the next one.
    let coming = subscription.coming_plan();
    (subscription.plan_id, subscription.next_plan_id) = (plan, (coming != plan).then_some(coming));
    (subscription.period_start, subscription.period_end) = period;
    if subscription.state == SubscriptionState::PastDue {
        (subscription.state, subscription.state_since, subscription.grace_until) =
            (SubscriptionState::Active, at, None);
        crate::billing::notifications::paid_after_all(tx, &subscription).await?;
    }
    store::save(tx, &subscription).await?;
    Ok(true)
}

/// The month and its lot: `plan:{subscription}:{period_start}` grants once, whatever happens.
async fn month(
    tx: &mut Tx,
    order: &Order,
    subscription: &Subscription,
    period: (Instant, Instant),
    at: Instant,
) -> Result<bool, BillingError> {
    let plan = order.plan_id.unwrap_or(subscription.plan_id);
    if !store::insert_cycle(tx, order, subscription.id, plan, period, at).await? {
        return Ok(false);
    }
    store::set_order_period(tx, order.id, Some(subscription.id), Some(period)).await?;
    let reason = format!("{}, from {}", order.package_name, date_text(period.0.micros()));
    let key = format!("plan:{}:{}", subscription.id, period.0.micros());
    grant(tx, order, LotKind::Plan, Some(subscription.credits_expire_at(period.1)), reason, key, at).await?;
    Ok(true)
}

/// The better plan at once, with the difference in credits. Not when the plan or the month is another one by now.
async fn upgrade(tx: &mut Tx, order: &Order, id: SubscriptionId, at: Instant) -> Result<bool, BillingError> {
    let Some(mut subscription) = store::subscription(tx, id).await? else { return Ok(false) };
    let (Some(wanted), Some(now)) = (order.plan_id, super::plan(tx, subscription.plan_id).await?) else {
        return Ok(false);
    };
    let Some(plan) = super::plan(tx, wanted).await? else { return Ok(false) };
    let fits = subscription.state != SubscriptionState::Ended
        && order.period_start == Some(subscription.period_start)
        && plan.is_upgrade_from(&now)
        && plan.amount_minor.checked_sub(now.amount_minor) == Some(order.amount_minor)
        && plan.credits.get() - now.credits.get() == order.credits.get();
    if !fits {
        return Ok(false);
    }
    (subscription.plan_id, subscription.next_plan_id) = (plan.id, None);
    store::save(tx, &subscription).await?;
    provider::change_plan(tx, &subscription, &plan, at).await?;
    let key = format!("upgrade:{}:{}:{}", subscription.id, subscription.period_start.micros(), plan.id);
    let expires_at = subscription.credits_expire_at(subscription.period_end);
    grant(tx, order, LotKind::Plan, Some(expires_at), order.package_name.clone(), key, at).await?;
    Ok(true)
}

/// The renewal was declined: the grace begins. Not when the month is paid, or an older one.
async fn fall_behind(tx: &mut Tx, order: &Order, id: SubscriptionId, at: Instant) -> Result<(), BillingError> {
    store::lock(tx, order.workspace_id).await?;
    let Some(mut subscription) = store::subscription(tx, id).await? else { return Ok(()) };
    let newer = order.period_start.is_some_and(|start| start > subscription.period_start);
    if subscription.state != SubscriptionState::Active || !newer {
        return Ok(());
    }
    let until = at.plus(GRACE);
    (subscription.state, subscription.state_since, subscription.grace_until) =
        (SubscriptionState::PastDue, at, Some(until));
    store::save(tx, &subscription).await?;
    crate::billing::notifications::renewal_declined(tx, &subscription, order, until, at).await?;
    Ok(())
}

/// Credits of a package: they never expire (C13).
async fn bought(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    let credits = credits_text(order.credits.get());
    let price = money_text(order.amount_minor, &order.currency);
    let reason = format!("{}: {credits} for {price}", order.package_name);
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
