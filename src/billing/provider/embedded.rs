//! The embedded provider: the buyer says on `/checkout/{order}` how the payment shall end.

use std::{sync::Arc, time::Duration};

use tokio::sync::Notify;

use crate::{
    billing::{
        BillingError, Order, OrderState, PaymentEvent, PaymentOutcome, Settlement, settle, settle::settle_alone, store,
    },
    credits::{self, Ledger},
    server::{app::App, clock::Instant, db::Tx, jobs::Round},
    topics,
};

/// The word in the database.
pub const NAME: &str = "embedded";

/// How often pending payments are looked at.
const PAUSE: Duration = Duration::from_millis(500);
/// Payments that arrive in one round.
const DUE_MAX: i64 = 50;

/// How a test payment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    Pay,
    Decline,
    /// The payment is pending and arrives after this time.
    Later(Duration),
}

/// Not one of the choices.
#[derive(Debug, PartialEq, Eq)]
pub struct NoChoice;

impl Choice {
    /// Reads the value of the button that was pressed.
    pub fn parse(text: &str, delay: Duration) -> Result<Self, NoChoice> {
        match text {
            "pay" => Ok(Self::Pay),
            "decline" => Ok(Self::Decline),
            "later" => Ok(Self::Later(delay)),
            _ => Err(NoChoice),
        }
    }
}

/// Ends the test payment of an order on which nothing was decided yet; otherwise changes nothing.
///
/// # Errors
/// As for [`settle`].
pub(in crate::billing) async fn choose(app: &App, order: &Order, choice: Choice) -> Result<Settlement, BillingError> {
    let (order, at) = (order.clone(), app.clock.now());
    let deed = credits::interleaved(order.workspace_id, at, move |tx| {
        let order = order.clone();
        Box::pin(async move { chosen(tx, &order, choice, at).await })
    });
    app.of::<Ledger>().post(deed).await
}

async fn chosen(tx: &mut Tx, order: &Order, choice: Choice, at: Instant) -> Result<Settlement, BillingError> {
    let order = store::lock_known_order(tx, order.id).await?;
    if order.state != OrderState::Created {
        return Ok(Settlement { order, changed: false });
    }
    let outcome = match choice {
        Choice::Pay => PaymentOutcome::Paid,
        Choice::Decline => PaymentOutcome::Declined,
        Choice::Later(_) => PaymentOutcome::Pending,
    };
    let settlement = settle(tx, &event(&order, outcome), at).await?;
    if let Choice::Later(delay) = choice {
        store::set_pays_at(tx, order.id, at.plus(delay)).await?;
    }
    Ok(settlement)
}

/// The message a real provider would send.
fn event(order: &Order, outcome: PaymentOutcome) -> PaymentEvent {
    PaymentEvent {
        provider: NAME,
        event_id: format!("{}:{}", order.id, outcome.word()),
        order: order.id,
        outcome,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
    }
}

/// A test payment without anybody on a page: it succeeds.
pub(super) async fn charge_saved(app: &App, order: &Order) -> Result<Settlement, BillingError> {
    settle_alone(app, order, event(order, PaymentOutcome::Paid)).await
}

/// Starts the loop in which pending test payments arrive.
pub fn start(app: &App) {
    let app = app.clone();
    let jobs = app.jobs.clone();
    jobs.repeat("embedded payments", PAUSE, Arc::new(Notify::new()), move || {
        let app = app.clone();
        async move { pay_what_is_due(&app).await }
    });
}

/// One round: every pending test payment whose time has come is paid. Several copies of the server may do this at once.
pub(in crate::billing) async fn pay_what_is_due(app: &App) -> anyhow::Result<Round> {
    let at = app.clock.now();
    let due = store::due_orders(&mut app.db.read().await?, NAME, at, DUE_MAX).await?;
    let settled = due.iter().map(|order| settle_alone(app, order, event(order, PaymentOutcome::Paid)));
    let mut round = Round::Idle;
    for (settled, order) in futures::future::join_all(settled).await.into_iter().zip(&due) {
        if settled?.changed {
            round = Round::Worked;
            app.live.changed(&app.db, order.workspace_id.0, &[topics::CREDITS, topics::ORDERS]).await;
        }
    }
    Ok(round)
}
