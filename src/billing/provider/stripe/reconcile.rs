//! Asking Stripe about orders that stay unpaid or pending: a webhook may be lost, or come days late.

use std::{sync::Arc, time::Duration};

use serde_json::Value;

use super::{
    NAME, Stripe,
    apply::{self, NotApplied, path_segment},
    client::Fault,
    event::{self, Marks, Payment},
    plan_checks,
    store::{self, Check},
};
use crate::{
    billing::{
        BillingError, Order, PaymentOutcome,
        store::{lock_known_order, lock_order},
    },
    credits::{self, Ledger},
    server::{app::App, jobs::Round, queue::Retries},
    topics,
};

const PAUSE: Duration = Duration::from_secs(20);
/// Few at a time: each takes a call, and other workspaces wait meanwhile.
const BATCH: i64 = 2;
/// When an unpaid order is asked about again: until it is paid or over.
const RETRIES: Retries = Retries {
    first: Duration::from_secs(6 * 60),
    factor: 2,
    pause_max: Duration::from_secs(6 * 60 * 60),
    attempts_max: i64::MAX,
};

pub(super) fn start(app: &App, stripe: &Arc<Stripe>) {
    let (app, stripe) = (app.clone(), stripe.clone());
    let jobs = app.jobs.clone();
    let returned = stripe.returned.clone();
    jobs.repeat("late payments", PAUSE, returned, move || {
        let (app, stripe) = (app.clone(), stripe.clone());
        async move { reconcile(&app, &stripe).await }
    });
}

/// One round. Several copies of the server may do this at once.
pub(in crate::billing) async fn reconcile(app: &App, stripe: &Stripe) -> anyhow::Result<Round> {
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let checks = store::claim_checks(&mut tx, BATCH, now).await?;
    tx.commit().await?;
    for check in &checks {
        let asked = ask(app, stripe, check).await;
        let next = RETRIES.next(check.lease.attempt, now);
        let (next, error) = match asked {
            Ok(true) => (next, None),
            Ok(false) => (None, None),
            Err(NotApplied::Later(why)) => (next, Some(why)),
            Err(NotApplied::Refuse(why) | NotApplied::Ignore(why)) => {
                tracing::error!(order = %check.order_id, "the provider contradicts an order: {why}");
                (None, Some(why))
            }
        };
        let mut tx = app.db.write().await?;
        store::retry_check(&mut tx, check, next, error.as_deref()).await?;
        tx.commit().await?;
    }
    Ok(if checks.is_empty() { Round::Idle } else { Round::Worked })
}

/// Asks about one order; answers whether to ask again.
async fn ask(app: &App, stripe: &Stripe, check: &Check) -> Result<bool, NotApplied> {
    let order = lock_free(app, check).await?;
    if !order.state.is_open() || order.provider != NAME {
        return Ok(false);
    }
    match at_stripe(stripe, check).await? {
        AtStripe::Open => Ok(true),
        AtStripe::Payment(payment) => {
            settle_by(app, &order, &payment).await?;
            Ok(payment.outcome == PaymentOutcome::Pending)
        }
        AtStripe::Plan(reference) => Ok(!settle_first_month(app, stripe, &order, &reference).await?),
    }
}

async fn lock_free(app: &App, check: &Check) -> Result<Order, NotApplied> {
    let mut tx = app.db.write().await?;
    let order = lock_order(&mut tx, check.order_id).await?;
    tx.commit().await?;
    order.ok_or_else(|| NotApplied::Refuse("there is no such order".into()))
}

/// What Stripe says about the payment of an order.
enum AtStripe {
    /// Not paid so far.
    Open,
    Payment(Payment),
    /// The page began this subscription, whose invoices say what was paid.
    Plan(String),
}

async fn at_stripe(stripe: &Stripe, check: &Check) -> Result<AtStripe, NotApplied> {
    let payment = if let Some(session) = &check.session {
        let session = stripe.client.get(&format!("/v1/checkout/sessions/{}", path_segment(session))).await?;
        return of_session(&session).map_err(NotApplied::Refuse);
    } else if let Some(intent) = &check.payment_intent {
        let intent = stripe.client.get(&format!("/v1/payment_intents/{}", path_segment(intent))).await?;
        event::payment_of_intent(&intent).map_err(NotApplied::Refuse)?
    } else {
        None
    };
    Ok(payment.map_or(AtStripe::Open, AtStripe::Payment))
}

fn of_session(session: &Value) -> Result<AtStripe, String> {
    if let Some(payment) = event::payment_of_session(session, false)? {
        return Ok(AtStripe::Payment(payment));
    }
    Ok(event::plan_of_session(session).map_or(AtStripe::Open, |reference| AtStripe::Plan(reference.to_owned())))
}

/// Settles the first month of a plan by its invoice. Returns whether nothing remains to be asked.
async fn settle_first_month(app: &App, stripe: &Stripe, order: &Order, reference: &str) -> Result<bool, NotApplied> {
    plan_checks::settle_invoices(app, stripe, reference).await?;
    let is_open = async || -> Result<bool, NotApplied> {
        let known = crate::billing::order(&mut app.db.read().await?, order.workspace_id, order.id).await?;
        Ok(known.is_some_and(|known| known.state.is_open()))
    };
    if !is_open().await? {
        return Ok(true);
    }
    let subscription = plan_checks::subscription_at_stripe(stripe, reference).await?;
    if !subscription.as_ref().is_some_and(plan_checks::is_over) {
        return Ok(false);
    }
    // It ended without a payment: the one that was on its way did not come.
    let payment = Payment {
        marks: Marks::default(),
        outcome: PaymentOutcome::Expired,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
        session: None,
        payment_intent: Some(reference.to_owned()),
    };
    settle_by(app, order, &payment).await?;
    Ok(true)
}

/// The same as a webhook with this news would do.
async fn settle_by(app: &App, order: &Order, payment: &Payment) -> Result<(), NotApplied> {
    let reference = payment.session.as_ref().or(payment.payment_intent.as_ref()).map_or("", String::as_str);
    let id = format!("asked:{reference}:{}", payment.outcome.word());
    let (workspace, order, payment, at) = (order.workspace_id, order.id, payment.clone(), app.clock.now());
    let deed = credits::interleaved(workspace, at, move |tx| {
        let (id, payment) = (id.clone(), payment.clone());
        Box::pin(async move {
            let order = lock_known_order(tx, order).await?;
            apply::pay(tx, &id, &payment, &order, at).await
        })
    });
    app.of::<Ledger>().post(deed).await?;
    app.live.changed(&app.db, workspace.0, &[topics::CREDITS, topics::ORDERS]).await;
    Ok(())
}

impl Stripe {
    /// Closes the order's Checkout page, so that nobody pays what was given up. Answers whether the order was settled by
    /// what Stripe said: it may have been paid in the last moment.
    ///
    /// # Errors
    /// [`BillingError::Provider`] when Stripe does not answer: try again later.
    pub(in crate::billing) async fn end_session(&self, app: &App, order: &Order) -> Result<bool, BillingError> {
        let known = store::payment_of(&mut app.db.read().await?, order).await?;
        let Some(session) = known.and_then(|payment| payment.session) else { return Ok(false) };
        let path = format!("/v1/checkout/sessions/{}", path_segment(&session));
        let ended = self.client.post(&format!("{path}/expire"), &format!("expire:{}", order.id), "").await;
        let session = match ended {
            Ok(session) => session,
            // It cannot be closed because it is: paid, pending or expired.
            Err(fault) if fault.is_final() => self.client.get(&path).await?,
            Err(fault) => return Err(fault.into()),
        };
        let settled = match of_session(&session).map_err(Fault::Unclear)? {
            AtStripe::Open => return Ok(false),
            AtStripe::Payment(payment) => settle_by(app, order, &payment).await,
            AtStripe::Plan(reference) => match settle_first_month(app, self, order, &reference).await {
                Ok(false) => Err(NotApplied::Later("the first month of the plan is not paid yet".into())),
                settled => settled.map(drop),
            },
        };
        match settled {
            Ok(()) => Ok(true),
            Err(NotApplied::Later(why) | NotApplied::Refuse(why) | NotApplied::Ignore(why)) => {
                Err(Fault::Unclear(why).into())
            }
        }
    }
}
