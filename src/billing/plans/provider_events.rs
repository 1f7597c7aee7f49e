//! What a payment provider tells about subscriptions. Everything here may be told any number of times and in any order,
//! joins the caller's transaction, and answers whether it changed something.
//!
//! For Stripe: `checkout.session.completed` and the first `invoice.paid` → [`activated`], then [`settle`](crate::billing::settle())
//! with the order; later `invoice.paid` → [`cycle_paid`]; `invoice.payment_failed` → [`payment_failed`];
//! `customer.subscription.updated` → [`changed`]; `customer.subscription.deleted` → [`ended`].

use super::{PlanId, Subscription, SubscriptionId, SubscriptionState, decide, store};
use crate::{
    billing::{BillingError, Order, OrderKind, PaymentEvent, PaymentOutcome, reason::PlanEndReason, settle},
    credits::OrderId,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// The provider's clock and ours may differ by this much about the beginning of a month.
const TOLERANCE: std::time::Duration = std::time::Duration::from_secs(86_400);

/// A month that was paid, as the provider says.
#[derive(Debug, Clone)]
pub struct CyclePaid<'a> {
    pub provider: &'static str,
    pub subscription: SubscriptionId,
    pub period_start: Instant,
    pub period_end: Instant,
    /// The plan that was paid for.
    pub plan: PlanId,
    pub amount_minor: i64,
    pub currency: &'a str,
    /// The provider's name for the invoice: one pays for one month.
    pub invoice: &'a str,
}

/// A month whose payment was declined.
#[derive(Debug, Clone)]
pub struct CycleFailed<'a> {
    pub provider: &'static str,
    pub subscription: SubscriptionId,
    pub period_start: Instant,
    pub period_end: Instant,
    pub plan: PlanId,
    pub invoice: &'a str,
}

/// How a subscription stands at the provider.
#[derive(Debug, Clone, Copy)]
pub struct ProviderChange {
    pub cancels_at_period_end: bool,
    /// The plan of the next month, when the provider knows it.
    pub plan: Option<PlanId>,
    /// When the provider made the change: an older one than the last is ignored.
    pub told_at: Instant,
}

/// Notes what the provider calls the subscription that `order` (its first month) begins, and that month. Call it before
/// [`settle`](crate::billing::settle()) with the order's payment; afterwards it adds what was not known then.
///
/// # Errors
/// [`BillingError::NoOrder`] when there is no such order for a plan of this provider.
pub async fn activated(
    tx: &mut Tx,
    provider: &str,
    order: OrderId,
    reference: &str,
    period: (Instant, Instant),
) -> Result<Option<Subscription>, BillingError> {
    let found = crate::billing::store::lock_order(tx, order).await?;
    let found = found.filter(|found| found.kind == OrderKind::Plan && found.provider == provider);
    let found = found.ok_or(BillingError::NoOrder(order))?;
    store::lock(tx, found.workspace_id).await?;
    let Some(id) = found.subscription_id else {
        store::set_order_reference(tx, order, reference, period).await?;
        return Ok(None);
    };
    let Some(mut subscription) = store::subscription(tx, id).await? else { return Ok(None) };
    if subscription.provider_reference.is_none() {
        subscription.provider_reference = Some(reference.to_owned());
        store::save(tx, &subscription).await?;
    }
    Ok(Some(subscription))
}

/// A month after the first was paid: its order, its lot, and the subscription moves on. One month for one invoice, each
/// month once; months may be told late and in any order.
///
/// # Errors
/// [`BillingError::Mismatch`] when provider, amount or currency are not what the plan's month costs,
/// [`BillingError::Invoice`] when it paid another month already.
pub async fn cycle_paid(tx: &mut Tx, paid: &CyclePaid<'_>, at: Instant) -> Result<bool, BillingError> {
    let subscription = lock(tx, paid.subscription).await?;
    if store::is_paid(tx, &subscription, paid.period_start, TOLERANCE).await? {
        return Ok(false);
    }
    let used = store::invoice_is_used(tx, &subscription, paid.invoice, paid.period_start).await?;
    if used || paid.period_end <= paid.period_start {
        let said = format!("{} to {}", paid.period_start.rfc3339(), paid.period_end.rfc3339());
        return Err(BillingError::Invoice { invoice: paid.invoice.to_owned(), said });
    }
    let period = (paid.period_start, paid.period_end);
    let order = month_order(tx, &subscription, paid.plan, period, Some(paid.invoice), at).await?;
    let event = PaymentEvent {
        provider: paid.provider,
        event_id: format!("{}:paid", paid.invoice),
        order: order.id,
        outcome: PaymentOutcome::Paid,
        amount_minor: paid.amount_minor,
        currency: paid.currency.to_owned(),
    };
    Ok(settle(tx, &event, at).await?.changed)
}

/// The payment of a month was declined: seven days of grace, with everything as it was. Nothing happens when that month
/// is paid, or the subscription is further on or ended.
///
/// # Errors
/// [`BillingError::Mismatch`] when the provider is another one.
pub async fn payment_failed(tx: &mut Tx, failed: &CycleFailed<'_>, at: Instant) -> Result<bool, BillingError> {
    let subscription = lock(tx, failed.subscription).await?;
    let old = failed.period_start <= subscription.period_start || subscription.state == SubscriptionState::Ended;
    if old || store::is_paid(tx, &subscription, failed.period_start, TOLERANCE).await? {
        return Ok(false);
    }
    let period = (failed.period_start, failed.period_end);
    let order = month_order(tx, &subscription, failed.plan, period, Some(failed.invoice), at).await?;
    let event = PaymentEvent {
        provider: failed.provider,
        event_id: format!("{}:declined", failed.invoice),
        order: order.id,
        outcome: PaymentOutcome::Declined,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
    };
    Ok(settle(tx, &event, at).await?.changed)
}

/// The subscription was changed at the provider: on its own pages, or as we asked.
///
/// # Errors
/// Only the database's.
pub async fn changed(
    tx: &mut Tx,
    subscription: SubscriptionId,
    change: ProviderChange,
    at: Instant,
) -> Result<bool, BillingError> {
    let before = lock(tx, subscription).await?;
    let Some(after) = decide::changed(&before, &change, at) else { return Ok(false) };
    store::save(tx, &after).await?;
    Ok(after.state != before.state || after.next_plan_id != before.next_plan_id)
}

/// A change was refused for good: the subscription is as the provider says it stands now, on its own clock.
///
/// # Errors
/// Only the database's.
pub async fn corrected(
    tx: &mut Tx,
    subscription: SubscriptionId,
    cancels_at_period_end: bool,
    plan: Option<PlanId>,
    at: Instant,
) -> Result<bool, BillingError> {
    let before = lock(tx, subscription).await?;
    if before.state == SubscriptionState::Ended {
        return Ok(false);
    }
    let plan = match plan {
        Some(plan) => super::plan(tx, plan).await?.map(|plan| plan.id),
        None => None,
    };
    let after = decide::corrected(&before, cancels_at_period_end, plan, at);
    store::save(tx, &after).await?;
    Ok(after != before)
}

/// The subscription is over at the provider. Its credits stay until they expire.
///
/// # Errors
/// Only the database's.
pub async fn ended(tx: &mut Tx, subscription: SubscriptionId, at: Instant) -> Result<bool, BillingError> {
    let mut subscription = lock(tx, subscription).await?;
    if subscription.state == SubscriptionState::Ended {
        return Ok(false);
    }
    super::renew::end(tx, &mut subscription, PlanEndReason::AtProvider, at).await?;
    Ok(true)
}

pub(super) async fn lock(tx: &mut Tx, id: SubscriptionId) -> Result<Subscription, BillingError> {
    let missing = || Inconsistency::new("subscriptions", "id", id);
    let workspace = store::subscription(tx, id).await?.ok_or_else(missing)?.workspace_id;
    store::lock(tx, workspace).await?;
    Ok(store::subscription(tx, id).await?.ok_or_else(missing)?)
}

/// The order for one month of a subscription: always the same one for the same month, also after a declined payment.
pub(super) async fn month_order(
    tx: &mut Tx,
    subscription: &Subscription,
    plan: PlanId,
    period: (Instant, Instant),
    invoice: Option<&str>,
    at: Instant,
) -> Result<Order, BillingError> {
    let plan = store::known_plan(tx, plan).await?;
    let key = format!("cycle:{}:{}", subscription.id, period.0.micros());
    let new = store::NewOrder {
        kind: OrderKind::Plan,
        workspace: subscription.workspace_id,
        ordered_by: subscription.started_by,
        provider: &subscription.provider,
        provider_reference: invoice,
        name: format!("{} plan", plan.name),
        plan: plan.id,
        credits: plan.credits,
        amount_minor: plan.amount_minor,
        currency: &plan.currency,
        subscription: Some(subscription.id),
        period: Some(period),
        key: &key,
    };
    Ok(store::insert_order(tx, &new, at).await?)
}
