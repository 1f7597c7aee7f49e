//! Acting on an event: what it says is checked against our own rows, then done, in one transaction with the mark that it
//! was.

use std::sync::Arc;

use serde_json::Value;

use super::{
    NAME, Stripe,
    event::{self, DisputeState, Event, Marks, Payment, RefundNews, RefundStatus, Told},
    inbox::{self, Claimed, Stored},
    store,
};
use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError, Order, PaymentEvent, PaymentOutcome, dispute, refund, settle,
        store::{lock_order, note_failed_try, workspace_of_order},
    },
    credits::{self, Ledger, OrderId},
    server::{app::App, clock::Instant, db::Tx},
};

/// Why nothing was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NotApplied {
    /// Not ours, or of no use: kept and acknowledged.
    Ignore(String),
    /// It contradicts our own row: kept for the operator.
    Refuse(String),
    /// Try again later.
    Later(String),
}

/// What was done.
#[derive(Debug, Clone)]
pub(super) struct Done {
    pub workspace: WorkspaceId,
}

/// Acts on one event. `None`: another worker has it.
pub(super) async fn apply(app: &App, stripe: &Stripe, stored: &Stored) -> Result<Option<Done>, NotApplied> {
    let mut event = event::read(&stored.kind, &stored.payload).map_err(NotApplied::Refuse)?;
    if event.livemode.is_some_and(|livemode| livemode != stripe.keys.livemode) {
        let (said, ours) = if stripe.keys.livemode { ("test", "live") } else { ("live", "test") };
        return Err(NotApplied::Refuse(format!("An event of {said} mode, but the keys are for {ours} mode.")));
    }
    if let Told::Thin { path, twin } = &event.told {
        let object = fetch(app, stripe, path, twin.as_deref()).await?;
        event = event::fetched(&event, &object, app.clock.now()).map_err(NotApplied::Refuse)?;
    }
    let order = match &event.told {
        Told::Ignored(why) => return Err(NotApplied::Ignore(why.clone())),
        Told::Thin { .. } => return Err(NotApplied::Refuse("An event that names another event.".into())),
        Told::Plan(object) => return super::plans::apply(app, stripe, stored, &event, object).await,
        Told::Payment(payment) => marked(app, payment.marks).await?,
        Told::TryFailed { marks, payment_intent, .. } => match paid_with(app, payment_intent).await? {
            Some(order) => order,
            None => marked(app, *marks).await?,
        },
        // A charge of a plan's invoice carries no marks of ours: the invoice does.
        Told::Refunded { marks, payment_intent, .. } if *marks == Marks::default() => {
            found(app, stripe, payment_intent).await?
        }
        Told::Refunded { marks, payment_intent, .. } => match paid_with(app, payment_intent).await? {
            Some(order) => order,
            None => marked(app, *marks).await?,
        },
        Told::Dispute { payment_intent, .. } => found(app, stripe, payment_intent).await?,
        Told::Refund(news) => match &news.payment_intent {
            Some(payment_intent) => found(app, stripe, payment_intent).await?,
            None => return Err(NotApplied::Ignore("A refund of something that Fairlead did not sell.".into())),
        },
    };
    let missing =
        || NotApplied::Refuse(format!("There is no order {order} here. Was the database restored from an older copy?"));
    let workspace = workspace_of_order(&mut app.db.read().await?, order).await?.ok_or_else(missing)?;
    let (claimed, event, at) = (stored.claimed(), Arc::new(event), app.clock.now());
    let deed = credits::interleaved(workspace, at, move |tx| {
        let (claimed, event) = (claimed.clone(), event.clone());
        Box::pin(async move { act(tx, &claimed, &event, order, at).await })
    });
    Ok(app.of::<Ledger>().post(deed).await?.then_some(Done { workspace }))
}

/// What an event of the newer kind names. One fact that comes in both kinds is acted on once.
async fn fetch(app: &App, stripe: &Stripe, path: &str, twin: Option<&str>) -> Result<Value, NotApplied> {
    if let Some(twin) = twin
        && inbox::is_known(&mut app.db.read().await?, twin).await?
    {
        return Err(NotApplied::Ignore(format!("The same news came as {twin}.")));
    }
    match stripe.client.get(path).await {
        Err(fault) if fault.is_final() => {
            Err(NotApplied::Ignore("About something that Stripe does not know here.".into()))
        }
        answer => Ok(answer?),
    }
}

/// Does what an event says, with the mark that it was done; `false`: another worker has it.
async fn act(tx: &mut Tx, claimed: &Claimed, event: &Event, order: OrderId, at: Instant) -> Result<bool, NotApplied> {
    if !inbox::close(tx, claimed, "applied", "Done.", Some(order), at).await? {
        return Ok(false);
    }
    let order = lock_order(tx, order).await?.ok_or(BillingError::NoOrder(order))?;
    if order.provider != NAME {
        return Err(NotApplied::Refuse(format!("Order {} is paid by {}, not by Stripe.", order.id, order.provider)));
    }
    follow(tx, &claimed.event, event, &order, at).await?;
    Ok(true)
}

async fn follow(tx: &mut Tx, event_id: &str, event: &Event, order: &Order, at: Instant) -> Result<(), NotApplied> {
    match &event.told {
        Told::Payment(payment) => pay(tx, event_id, payment, order, at).await,
        Told::TryFailed { why, payment_intent, .. } => {
            let session = store::payment_of(tx, order).await?.is_some_and(|payment| payment.session.is_some());
            if session {
                // The page at Stripe stays open for another card.
                return Ok(note_failed_try(tx, order.id, why.as_deref()).await?);
            }
            let payment = Payment {
                marks: Marks::default(),
                outcome: PaymentOutcome::Declined,
                amount_minor: order.amount_minor,
                currency: order.currency.clone(),
                session: None,
                payment_intent: Some(payment_intent.clone()),
            };
            pay(tx, event_id, &payment, order, at).await
        }
        Told::Refunded { payment_intent, total_minor, currency, .. } => {
            is_the_payment(tx, order, payment_intent).await?;
            if !order.currency.eq_ignore_ascii_case(currency) || *total_minor > order.amount_minor {
                return Err(NotApplied::Refuse(format!(
                    "A refund of {total_minor} {currency} does not fit the order."
                )));
            }
            refund::told_of_total(tx, order, *total_minor, event.created, event_id, at).await?;
            Ok(())
        }
        Told::Refund(news) => {
            if let Some(payment_intent) = &news.payment_intent {
                is_the_payment(tx, order, payment_intent).await?;
            }
            hear_of_refund(tx, order, news, event, at).await
        }
        Told::Dispute { payment_intent, reference, state } => {
            is_the_payment(tx, order, payment_intent).await?;
            match state {
                DisputeState::Open => dispute::opened(tx, order, reference, at).await?,
                DisputeState::Won => dispute::won(tx, order, reference, at).await?,
                DisputeState::Lost => dispute::lost(tx, order, reference, at).await?,
            }
            Ok(())
        }
        Told::Plan(_) | Told::Ignored(_) | Told::Thin { .. } => Ok(()),
    }
}

async fn hear_of_refund(
    tx: &mut Tx,
    order: &Order,
    news: &RefundNews,
    event: &Event,
    at: Instant,
) -> Result<(), NotApplied> {
    match (news.ours, news.status) {
        (Some(id), RefundStatus::Done) => refund::done(tx, order, id, &news.reference, at).await?,
        (Some(id), RefundStatus::Failed) => {
            refund::failed(tx, order, id, news.why.as_deref(), event.created, at).await?
        }
        (None, RefundStatus::Failed) => {
            let why = news.why.as_deref();
            refund::failed_elsewhere(tx, order, &news.reference, news.amount_minor, why, event.created, at).await?;
        }
        // charge.refunded tells the sum.
        (_, RefundStatus::UnderWay) | (None, RefundStatus::Done) => {}
    }
    Ok(())
}

/// Settles the order; a second payment of a paid order is sent back.
pub(super) async fn pay(
    tx: &mut Tx,
    event_id: &str,
    payment: &Payment,
    order: &Order,
    at: Instant,
) -> Result<(), NotApplied> {
    let event = PaymentEvent {
        provider: NAME,
        event_id: event_id.to_owned(),
        order: order.id,
        outcome: payment.outcome,
        amount_minor: payment.amount_minor,
        currency: payment.currency.clone(),
    };
    if payment.outcome == PaymentOutcome::Paid
        && let Some(payment_intent) = &payment.payment_intent
    {
        store::set_payment_intent(tx, order, payment_intent).await?;
        let first = store::payment_of(tx, order).await?.and_then(|known| known.payment_intent);
        if first.as_ref() != Some(payment_intent) {
            settle::check(order, &event)?;
            return Ok(refund::send_back_second_payment(tx, order, payment_intent, at).await?);
        }
    }
    settle(tx, &event, at).await?;
    Ok(())
}

/// Refunds and disputes act on the payment that brought the credits, not on a second one that was sent back.
async fn is_the_payment(tx: &mut Tx, order: &Order, payment_intent: &str) -> Result<(), NotApplied> {
    store::set_payment_intent(tx, order, payment_intent).await?;
    let first = store::payment_of(tx, order).await?.and_then(|known| known.payment_intent);
    if first.as_deref() == Some(payment_intent) {
        return Ok(());
    }
    Err(NotApplied::Ignore("About a second payment of this order, which brought no credits.".into()))
}

/// The order that the marks name, if they are this instance's.
async fn marked(app: &App, marks: Marks) -> Result<OrderId, NotApplied> {
    let ours = store::known_instance(&mut app.db.read().await?).await?;
    match (marks.instance, marks.order) {
        (Some(instance), Some(order)) if Some(instance) == ours => Ok(order),
        (Some(instance), _) if Some(instance) != ours => {
            Err(NotApplied::Ignore(format!("About an order of another Fairlead instance ({instance}).")))
        }
        (Some(_), _) => Err(NotApplied::Refuse("It carries our mark, but no order.".into())),
        (None, _) => Err(NotApplied::Ignore("Not about an order of Fairlead.".into())),
    }
}

async fn paid_with(app: &App, payment_intent: &str) -> Result<Option<OrderId>, NotApplied> {
    Ok(store::order_paid_with(&mut app.db.read().await?, payment_intent).await?)
}

/// The order of a payment; Stripe is asked when we have not heard of the payment yet.
async fn found(app: &App, stripe: &Stripe, payment_intent: &str) -> Result<OrderId, NotApplied> {
    if let Some(order) = paid_with(app, payment_intent).await? {
        return Ok(order);
    }
    let intent = stripe.client.get(&format!("/v1/payment_intents/{}", path_segment(payment_intent))).await;
    match intent {
        Ok(intent) => match intent["invoice"].as_str() {
            Some(invoice) => super::plans::order_of_invoice(app, stripe, invoice).await,
            None => marked(app, event::marks(&intent)).await,
        },
        Err(fault) if fault.is_final() => {
            Err(NotApplied::Ignore("About a payment that Stripe does not know here.".into()))
        }
        Err(fault) => Err(fault.into()),
    }
}

/// An id of Stripe as a part of an address.
pub(super) fn path_segment(id: &str) -> String {
    id.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').collect()
}
