//! What owners and admins do with the plan of their workspace.

use super::{Plan, PlanId, Subscription, SubscriptionState, store};
use crate::{
    accounts::{Member, WorkspaceId},
    billing::{BillingError, Order, OrderKind, PlanRefusal, provider, reason::PlanEndReason},
    server::{clock::Instant, db::Tx},
};

/// Orders the first month of `plan`. The subscription begins when the order is paid. Joins the caller's transaction.
///
/// `key` is what the page put into its form: a second click with the same key returns the order of the first. Orders of
/// other tabs that are not paid yet are given up.
///
/// # Errors
/// [`BillingError::Plan`] when the plan is not offered, there is a plan already, or its payment is on its way.
pub async fn subscribe(
    tx: &mut Tx,
    member: &Member,
    provider: &str,
    plan: PlanId,
    key: &str,
    at: Instant,
) -> Result<Order, BillingError> {
    store::lock(tx, member.workspace).await?;
    let key = format!("plan:{plan}:{key}");
    if let Some(order) = crate::billing::store::order_by_key(tx, member.workspace, &key).await? {
        return Ok(order);
    }
    if store::live_subscription(tx, member.workspace).await?.is_some() {
        return Err(PlanRefusal::Subscribed.into());
    }
    if store::payment_is_pending(tx, member.workspace).await? {
        return Err(PlanRefusal::Pending.into());
    }
    let plan = store::offered_plan(tx, plan).await?.ok_or(PlanRefusal::NotOffered)?;
    store::cancel_open_orders(tx, member.workspace, OrderKind::Plan, &key, at).await?;
    let order = store::NewOrder {
        kind: OrderKind::Plan,
        workspace: member.workspace,
        ordered_by: member.user,
        provider,
        provider_reference: None,
        name: format!("{} plan", plan.name),
        plan: plan.id,
        credits: plan.credits,
        amount_minor: plan.amount_minor,
        currency: &plan.currency,
        subscription: None,
        period: None,
        key: &key,
    };
    Ok(store::insert_order(tx, &order, at).await?)
}

/// Orders the step from the current plan to the better `plan`: the difference in price for the difference in credits,
/// now and in full, whatever part of the month is left. Joins the caller's transaction; keys as in [`subscribe`].
///
/// # Errors
/// [`BillingError::Plan`] when it is no upgrade, or the subscription is not active.
pub async fn upgrade(
    tx: &mut Tx,
    member: &Member,
    provider: &str,
    plan: PlanId,
    key: &str,
    at: Instant,
) -> Result<Order, BillingError> {
    let (subscription, current) = lock_live(tx, member.workspace).await?;
    let key = format!("upgrade:{plan}:{key}");
    if let Some(order) = crate::billing::store::order_by_key(tx, member.workspace, &key).await? {
        return Ok(order);
    }
    if subscription.state != SubscriptionState::Active || subscription.period_end <= at {
        return Err(PlanRefusal::NotActive.into());
    }
    if store::payment_is_pending(tx, member.workspace).await? {
        return Err(PlanRefusal::Pending.into());
    }
    let plan = store::offered_plan(tx, plan).await?.ok_or(PlanRefusal::NotOffered)?;
    if !plan.is_upgrade_from(&current) || subscription.provider != provider {
        return Err(PlanRefusal::NoUpgrade.into());
    }
    store::cancel_open_orders(tx, member.workspace, OrderKind::Upgrade, &key, at).await?;
    let order = store::NewOrder {
        kind: OrderKind::Upgrade,
        workspace: member.workspace,
        ordered_by: member.user,
        provider,
        provider_reference: None,
        name: format!("Upgrade from {} to {}", current.name, plan.name),
        plan: plan.id,
        credits: plan.credits.minus(current.credits).unwrap_or_default(),
        amount_minor: plan.amount_minor - current.amount_minor,
        currency: &plan.currency,
        subscription: Some(subscription.id),
        period: Some((subscription.period_start, subscription.period_end)),
        key: &key,
    };
    let order = store::insert_order(tx, &order, at).await?;
    provider::charge_upgrade(tx, &order, at).await?;
    Ok(order)
}

/// Changes to `plan` at the end of the paid month; the current plan takes an earlier wish back. Nothing is charged now.
///
/// # Errors
/// [`BillingError::Plan`] when the plan is not offered or the subscription is not active.
pub async fn change_at_end(
    tx: &mut Tx,
    workspace: WorkspaceId,
    plan: PlanId,
    at: Instant,
) -> Result<Subscription, BillingError> {
    let (mut subscription, current) = lock_live(tx, workspace).await?;
    if subscription.state != SubscriptionState::Active || subscription.period_end <= at {
        return Err(PlanRefusal::NotActive.into());
    }
    if store::payment_is_pending(tx, workspace).await? {
        return Err(PlanRefusal::Pending.into());
    }
    let before = subscription.coming_plan();
    let coming = if plan == current.id {
        current
    } else {
        store::offered_plan(tx, plan).await?.ok_or(PlanRefusal::NotOffered)?
    };
    subscription.next_plan_id = (coming.id != subscription.plan_id).then_some(coming.id);
    store::save(tx, &subscription).await?;
    if coming.id != before {
        provider::change_plan(tx, &subscription, &coming, at).await?;
    }
    Ok(subscription)
}

/// Ends the plan with the paid month. Its credits stay until they expire. A plan whose payment failed ends at once.
///
/// # Errors
/// [`BillingError::Plan`] when there is none.
pub async fn cancel(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> Result<Subscription, BillingError> {
    let (mut subscription, current) = lock_live(tx, workspace).await?;
    match subscription.state {
        SubscriptionState::Active => {
            (subscription.state, subscription.state_since) = (SubscriptionState::Cancelling, at);
            let other = subscription.next_plan_id.take().is_some();
            store::save(tx, &subscription).await?;
            if other {
                provider::change_plan(tx, &subscription, &current, at).await?;
            }
            provider::cancel_plan(tx, &subscription, at).await?;
        }
        SubscriptionState::PastDue => {
            super::renew::end(tx, &mut subscription, PlanEndReason::Cancelled, at).await?;
            provider::end_plan(tx, &subscription, at).await?;
        }
        SubscriptionState::Cancelling | SubscriptionState::Ended => {}
    }
    Ok(subscription)
}

/// Takes a cancellation back, as long as the paid month lasts.
///
/// # Errors
/// [`BillingError::Plan`] when there is none, or it is too late.
pub async fn resume(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> Result<Subscription, BillingError> {
    let (mut subscription, _) = lock_live(tx, workspace).await?;
    if subscription.state == SubscriptionState::Cancelling {
        if subscription.period_end <= at {
            return Err(PlanRefusal::NotActive.into());
        }
        (subscription.state, subscription.state_since) = (SubscriptionState::Active, at);
        store::save(tx, &subscription).await?;
        provider::resume_plan(tx, &subscription, at).await?;
    }
    Ok(subscription)
}

async fn lock_live(tx: &mut Tx, workspace: WorkspaceId) -> Result<(Subscription, Plan), BillingError> {
    store::lock(tx, workspace).await?;
    let subscription = store::live_subscription(tx, workspace).await?.ok_or(PlanRefusal::None)?;
    let plan = store::known_plan(tx, subscription.plan_id).await?;
    Ok((subscription, plan))
}
