//! What a payment event does to its order: the state machine of rule C18.
//!
//! created → pending → credited, failed; "paid" wins from anywhere but refunded: the money has moved, so the credits
//! come, even when the same payment was declined before. So the order of events does not matter (invariant 7).

use super::{BillingError, Order, OrderState, dispute, reason::OrderReason, refund, store};
use crate::{
    credits::{self, Ledger, OrderId},
    server::{app::App, clock::Instant, db::Tx},
};

/// What a provider says happened to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentOutcome {
    Paid,
    Declined,
    /// Accepted, but the money arrives later.
    Pending,
    /// Nobody paid in time; the provider takes no payment for it any more.
    Expired,
}

impl PaymentOutcome {
    /// The word in the database.
    pub fn word(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// One message of a payment provider. Providers send the same message several times and in any order.
#[derive(Debug, Clone)]
pub struct PaymentEvent {
    pub provider: &'static str,
    /// The provider's name for this message; acted on once.
    pub event_id: String,
    pub order: OrderId,
    pub outcome: PaymentOutcome,
    pub amount_minor: i64,
    pub currency: String,
}

/// What an event did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// The order after the event.
    pub order: Order,
    /// Whether this event changed it.
    pub changed: bool,
}

/// Acts on one event: once per event, and one lot per order. Joins the caller's transaction, so "credited" and the lot
/// are there together or not at all.
///
/// # Errors
/// [`BillingError::Mismatch`] when provider, amount or currency are not the order's; [`BillingError::NoOrder`].
pub async fn settle(tx: &mut Tx, event: &PaymentEvent, at: Instant) -> Result<Settlement, BillingError> {
    let order = store::lock_order(tx, event.order).await?.ok_or(BillingError::NoOrder(event.order))?;
    check(&order, event)?;
    if !store::insert_event(tx, event, at).await? {
        return Ok(Settlement { order, changed: false });
    }
    let changed = match event.outcome {
        PaymentOutcome::Paid => credit(tx, &order, at).await?,
        PaymentOutcome::Declined => {
            let reason = &OrderReason::Declined;
            let from = [OrderState::Created, OrderState::Pending];
            let failed = store::move_order(tx, order.id, &from, OrderState::Failed, reason, at).await?;
            if failed {
                super::plans::declined(tx, &order, at).await?;
            }
            failed
        }
        PaymentOutcome::Pending => {
            let reason = &OrderReason::OnItsWay;
            store::move_order(tx, order.id, &[OrderState::Created], OrderState::Pending, reason, at).await?
        }
        PaymentOutcome::Expired => {
            let reason = &OrderReason::Expired;
            let from = [OrderState::Created, OrderState::Pending];
            store::move_order(tx, order.id, &from, OrderState::Cancelled, reason, at).await?
        }
    };
    let order = store::lock_order(tx, event.order).await?.ok_or(BillingError::NoOrder(event.order))?;
    Ok(Settlement { order, changed })
}

/// Acts on one event for itself, through the group commit of the ledger.
///
/// # Errors
/// As for [`settle`].
pub(super) async fn settle_alone(app: &App, order: &Order, event: PaymentEvent) -> Result<Settlement, BillingError> {
    let at = app.clock.now();
    let deed = credits::interleaved(order.workspace_id, at, move |tx| {
        let event = event.clone();
        Box::pin(async move { settle(tx, &event, at).await })
    });
    app.of::<Ledger>().post(deed).await
}

/// An event may only be about exactly what was ordered.
pub(super) fn check(order: &Order, event: &PaymentEvent) -> Result<(), BillingError> {
    let fits = order.provider == event.provider
        && order.amount_minor == event.amount_minor
        && order.currency.eq_ignore_ascii_case(&event.currency);
    if fits {
        return Ok(());
    }
    let mismatch = BillingError::Mismatch {
        order: order.id,
        event: event.event_id.clone(),
        expected: format!("{} {} by {}", order.amount_minor, order.currency, order.provider),
        said: format!("{} {} by {}", event.amount_minor, event.currency, event.provider),
    };
    tracing::error!(order = %order.id, "a payment event was refused: {mismatch}");
    Err(mismatch)
}

/// "Credited" and the lot, together (C18). Returns whether it was this call that did it.
async fn credit(tx: &mut Tx, order: &Order, at: Instant) -> Result<bool, BillingError> {
    let from = [OrderState::Created, OrderState::Pending, OrderState::Failed, OrderState::Cancelled];
    let reason = &OrderReason::Paid;
    if !store::move_order(tx, order.id, &from, OrderState::Credited, reason, at).await? {
        return Ok(false);
    }
    super::plans::fulfil(tx, order, at).await?;
    // What the provider told us before it told us of the payment.
    let order = Order { state: OrderState::Credited, state_since: at, ..order.clone() };
    refund::take_what_waits(tx, &order, at).await?;
    dispute::freeze(tx, &order, at).await?;
    Ok(true)
}
