//! Subscriptions at Stripe and their invoices, as the plans hear of them.

use std::sync::Arc;

use serde_json::Value;

use super::{
    NAME, Stripe,
    apply::{Done, NotApplied, path_segment},
    event::{Event, marks},
    inbox::{self, Claimed, Stored},
    store, subscriptions,
};
use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError, OrderState, PaymentEvent, PaymentOutcome,
        plans::{self, CycleFailed, CyclePaid, PlanId, ProviderChange, Subscription},
        settle,
        store::{lock_known_order, lock_order, workspace_of_order},
    },
    credits::{self, Ledger, OrderId},
    server::{app::App, clock::Instant, db::Tx},
};

/// Acts on an event about a subscription or its invoices. `None`: another worker has it.
pub(super) async fn apply(
    app: &App,
    stripe: &Stripe,
    stored: &Stored,
    event: &Event,
    object: &Value,
) -> Result<Option<Done>, NotApplied> {
    let invoice = stored.kind.starts_with("invoice.");
    let parent = &object["parent"]["subscription_details"];
    let marks_at = if invoice { details(object) } else { object };
    is_ours(app, marks_at).await?;
    let reference = match (invoice, parent["subscription"].as_str().or(object["subscription"].as_str())) {
        (true, Some(reference)) => reference,
        (true, None) => return Err(NotApplied::Ignore("An invoice for something else than a plan.".into())),
        (false, _) => object["id"].as_str().unwrap_or_default(),
    };
    let payment_intent = if stored.kind == "invoice.paid" { payment_of(stripe, object).await } else { None };
    let told = Arc::new(About {
        reference: reference.to_owned(),
        marks_at: marks_at.clone(),
        object: object.clone(),
        payment_intent,
        told_at: event.created,
    });
    let at = app.clock.now();
    let Some(workspace) = told.workspace(&mut app.db.read().await?).await? else {
        // Of nobody we know: says why.
        let mut tx = app.db.write().await?;
        let done = act(&mut tx, &told, &stored.kind, &stored.claimed(), at).await?;
        tx.commit().await?;
        return Ok(done);
    };
    let (kind, claimed) = (stored.kind.clone(), stored.claimed());
    let deed = credits::interleaved(workspace, at, move |tx| {
        let (told, kind, claimed) = (told.clone(), kind.clone(), claimed.clone());
        Box::pin(async move { act(tx, &told, &kind, &claimed, at).await })
    });
    app.of::<Ledger>().post(deed).await
}

/// Does what an event says, with the mark that it was done.
async fn act(
    tx: &mut Tx,
    told: &About,
    kind: &str,
    claimed: &Claimed,
    at: Instant,
) -> Result<Option<Done>, NotApplied> {
    if !inbox::close(tx, claimed, "applied", "Done.", None, at).await? {
        return Ok(None);
    }
    let workspace = match kind {
        "invoice.paid" => paid(tx, told, &claimed.event, at).await?,
        "invoice.payment_failed" => declined(tx, told, at).await?,
        "customer.subscription.updated" => changed(tx, told, at).await?,
        "customer.subscription.deleted" => ended(tx, told, at).await?,
        _ => return Err(NotApplied::Ignore("Other events of the plan say more.".into())),
    };
    Ok(Some(Done { workspace }))
}

/// Where an invoice says what its subscription is; newer versions of the interface say the same in another place.
fn details(invoice: &Value) -> &Value {
    let parent = &invoice["parent"]["subscription_details"];
    if parent.is_object() { parent } else { &invoice["subscription_details"] }
}

/// What an invoice was paid with. Newer versions of the interface tell it only when asked; it is wanted for refunds alone,
/// so no answer holds nothing up.
async fn payment_of(stripe: &Stripe, invoice: &Value) -> Option<String> {
    if let Some(told) = invoice.get("payment_intent") {
        return told.as_str().map(str::to_owned);
    }
    let id = path_segment(invoice["id"].as_str()?);
    match stripe.client.get(&format!("/v1/invoices/{id}")).await {
        Ok(asked) => asked["payment_intent"].as_str().map(str::to_owned),
        Err(fault) => {
            tracing::warn!(invoice = id, "the payment of an invoice is not known: {fault}");
            None
        }
    }
}

/// The order that an invoice paid. What comes before the invoice itself waits for it.
pub(super) async fn order_of_invoice(app: &App, stripe: &Stripe, invoice: &str) -> Result<OrderId, NotApplied> {
    let asked = match stripe.client.get(&format!("/v1/invoices/{}", path_segment(invoice))).await {
        Ok(asked) => asked,
        Err(fault) if fault.is_final() => {
            return Err(NotApplied::Ignore("About an invoice that Stripe does not know here.".into()));
        }
        Err(fault) => return Err(fault.into()),
    };
    is_ours(app, details(&asked)).await?;
    let mut tx = app.db.read().await?;
    let first = is_first(&asked).then(|| marks(details(&asked)).order).flatten();
    let paid = match first {
        Some(order) => crate::billing::store::is_paid(&mut tx, order).await?.then_some(order),
        None => store::order_of_invoice(&mut tx, invoice).await?,
    };
    paid.ok_or_else(|| NotApplied::Later("The invoice of the plan has not been reported yet.".into()))
}

fn is_first(invoice: &Value) -> bool {
    invoice["billing_reason"].as_str() == Some("subscription_create")
}

/// What an event is about.
struct About {
    /// The subscription, as Stripe names it.
    reference: String,
    /// Where our marks are.
    marks_at: Value,
    object: Value,
    /// What an invoice was paid with.
    payment_intent: Option<String>,
    told_at: Instant,
}

async fn is_ours(app: &App, marks_at: &Value) -> Result<(), NotApplied> {
    let ours = store::known_instance(&mut app.db.read().await?).await?;
    match marks(marks_at).instance {
        Some(instance) if Some(instance) == ours => Ok(()),
        Some(instance) => Err(NotApplied::Ignore(format!("About a plan of another Fairlead instance ({instance})."))),
        None => Err(NotApplied::Ignore("Not about a plan of Fairlead.".into())),
    }
}

impl About {
    /// Whose subscription it is, as far as we know.
    async fn workspace(&self, tx: &mut Tx) -> sqlx::Result<Option<WorkspaceId>> {
        if let Some(found) = plans::subscription_by_reference(tx, NAME, &self.reference).await? {
            return Ok(Some(found.workspace_id));
        }
        match marks(&self.marks_at).order {
            Some(order) => workspace_of_order(tx, order).await,
            None => Ok(None),
        }
    }

    fn plan(&self) -> Result<PlanId, NotApplied> {
        let text = self.marks_at["metadata"]["plan"].as_str().unwrap_or_default();
        text.parse().map_err(|_| NotApplied::Refuse("It carries our mark, but no plan.".into()))
    }

    /// Begin and end of the month that the invoice is for.
    fn period(&self) -> Result<(Instant, Instant), NotApplied> {
        let lines = self.object["lines"]["data"].as_array().map_or(&[][..], Vec::as_slice);
        // Corrections of the price stand beside the month itself.
        let is_month = |line: &&Value| line["proration"] != true && line["type"] != "invoiceitem";
        let line = lines.iter().find(is_month).or(lines.first()).unwrap_or(&Value::Null);
        let period = &line["period"];
        let second = |name: &str| period[name].as_i64().map(|seconds| Instant(seconds.saturating_mul(1_000_000)));
        second("start").zip(second("end")).ok_or_else(|| NotApplied::Refuse("The invoice names no month.".into()))
    }

    fn text(&self, name: &str) -> Result<&str, NotApplied> {
        self.object[name].as_str().ok_or_else(|| NotApplied::Refuse(format!("There is no {name}.")))
    }

    async fn subscription(&self, tx: &mut Tx) -> Result<Subscription, NotApplied> {
        if let Some(found) = plans::subscription_by_reference(tx, NAME, &self.reference).await? {
            return Ok(found);
        }
        let order = marks(&self.marks_at).order;
        match order {
            Some(order) if crate::billing::store::is_paid(tx, order).await? => {
                Err(NotApplied::Ignore("About a plan that never began here: there was another one already.".into()))
            }
            _ => Err(NotApplied::Later("The first payment of the plan has not been reported yet.".into())),
        }
    }

    /// Keeps what an order was paid with, for refunds and disputes.
    async fn keep_payment(&self, tx: &mut Tx, order: OrderId) -> Result<(), NotApplied> {
        if let Some(payment_intent) = &self.payment_intent {
            let order = lock_order(tx, order).await?.ok_or(BillingError::NoOrder(order))?;
            store::set_payment_intent(tx, &order, payment_intent).await?;
        }
        Ok(())
    }
}

async fn paid(tx: &mut Tx, told: &About, event_id: &str, at: Instant) -> Result<WorkspaceId, NotApplied> {
    let amount_minor = told.object["amount_paid"].as_i64().unwrap_or_default();
    let currency = told.text("currency")?;
    if !is_first(&told.object) {
        let subscription = told.subscription(tx).await.map_err(|refusal| match refusal {
            // Money for nothing: the operator gives it back.
            NotApplied::Ignore(why) => NotApplied::Refuse(why),
            other => other,
        })?;
        let (period_start, period_end) = told.period()?;
        let cycle = CyclePaid {
            provider: NAME,
            subscription: subscription.id,
            period_start,
            period_end,
            plan: told.plan()?,
            amount_minor,
            currency,
            invoice: told.text("id")?,
        };
        plans::cycle_paid(tx, &cycle, at).await?;
        if let Some(order) = store::order_of_invoice(tx, cycle.invoice).await? {
            told.keep_payment(tx, order).await?;
        }
        return Ok(subscription.workspace_id);
    }
    let order =
        marks(&told.marks_at).order.ok_or_else(|| NotApplied::Refuse("It carries our mark, but no order.".into()))?;
    plans::activated(tx, NAME, order, &told.reference, told.period()?).await?;
    let event = PaymentEvent {
        provider: NAME,
        event_id: event_id.to_owned(),
        order,
        outcome: PaymentOutcome::Paid,
        amount_minor,
        currency: currency.to_owned(),
    };
    settle(tx, &event, at).await?;
    told.keep_payment(tx, order).await?;
    let order = lock_known_order(tx, order).await?;
    let began = plans::subscription_by_reference(tx, NAME, &told.reference).await?.is_some();
    if order.state == OrderState::Credited && !began {
        // Another tab was first: its credits came as bought ones, and no second month may be charged.
        subscriptions::end_unwanted(tx, &order, &told.reference, at).await?;
    }
    Ok(order.workspace_id)
}

async fn declined(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    if is_first(&told.object) {
        return Err(NotApplied::Ignore("The page at Stripe stays open for another card.".into()));
    }
    let subscription = told.subscription(tx).await?;
    let (period_start, period_end) = told.period()?;
    let failed = CycleFailed {
        provider: NAME,
        subscription: subscription.id,
        period_start,
        period_end,
        plan: told.plan()?,
        invoice: told.text("id")?,
    };
    plans::payment_failed(tx, &failed, at).await?;
    Ok(subscription.workspace_id)
}

async fn changed(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    let subscription = told.subscription(tx).await?;
    let number = told.object["metadata"]["change"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0);
    if number < subscriptions::newest_change(tx, subscription.workspace_id, &told.reference).await? {
        return Err(NotApplied::Ignore("From before what was asked for here since.".into()));
    }
    let cancels = subscriptions::cancels(&told.object);
    let change = ProviderChange { cancels_at_period_end: cancels, plan: None, told_at: told.told_at };
    plans::changed(tx, subscription.id, change, at).await?;
    Ok(subscription.workspace_id)
}

async fn ended(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    let subscription = told.subscription(tx).await?;
    plans::ended(tx, subscription.id, at).await?;
    Ok(subscription.workspace_id)
}
