//! Subscriptions at Stripe and their invoices, as the plans hear of them.

use serde_json::Value;

use super::{
    NAME,
    apply::{Done, Verdict},
    event::{Event, marks},
    inbox::{self, Stored},
    store,
};
use crate::{
    accounts::WorkspaceId,
    app::App,
    billing::{
        BillingError, Outcome, PaymentEvent,
        plans::{self, CycleFailed, CyclePaid, PlanId, ProviderChange, Subscription},
        settle,
        store::lock_order,
    },
    server::{clock::Instant, db::Tx},
};

/// Acts on an event about a subscription or its invoices. `None`: somebody else did meanwhile.
pub(super) async fn apply(app: &App, stored: &Stored, event: &Event, object: &Value) -> Result<Option<Done>, Verdict> {
    let invoice = stored.kind.starts_with("invoice.");
    // Newer versions of the interface say the same in another place.
    let parent = &object["parent"]["subscription_details"];
    let details = if parent.is_object() { parent } else { &object["subscription_details"] };
    let marks_at = if invoice { details } else { object };
    is_ours(app, marks_at).await?;
    let reference = match (invoice, parent["subscription"].as_str().or(object["subscription"].as_str())) {
        (true, Some(reference)) => reference,
        (true, None) => return Err(Verdict::Ignore("An invoice for something else than a plan.".into())),
        (false, _) => object["id"].as_str().unwrap_or_default(),
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    if !inbox::close(&mut tx, &stored.event_id, "applied", "Done.", None, at).await? {
        return Ok(None);
    }
    let told = About { reference, marks_at, object, told_at: event.created };
    let workspace = match stored.kind.as_str() {
        "invoice.paid" => paid(&mut tx, &told, &stored.event_id, at).await?,
        "invoice.payment_failed" => declined(&mut tx, &told, at).await?,
        "customer.subscription.updated" => changed(&mut tx, &told, at).await?,
        "customer.subscription.deleted" => ended(&mut tx, &told, at).await?,
        _ => return Err(Verdict::Ignore("Other events of the plan tell more.".into())),
    };
    tx.commit().await?;
    Ok(Some(Done { workspace }))
}

/// What an event is about.
struct About<'a> {
    /// The subscription, as Stripe names it.
    reference: &'a str,
    /// Where our marks are.
    marks_at: &'a Value,
    object: &'a Value,
    told_at: Instant,
}

async fn is_ours(app: &App, marks_at: &Value) -> Result<(), Verdict> {
    let ours = store::known_instance(&mut app.db.read().await?).await?;
    match marks(marks_at).instance {
        Some(instance) if Some(instance) == ours => Ok(()),
        Some(instance) => Err(Verdict::Ignore(format!("About a plan of another Fairlead instance ({instance})."))),
        None => Err(Verdict::Ignore("Not about a plan of Fairlead.".into())),
    }
}

impl About<'_> {
    fn plan(&self) -> Result<PlanId, Verdict> {
        let text = self.marks_at["metadata"]["plan"].as_str().unwrap_or_default();
        text.parse().map_err(|_| Verdict::Refuse("It carries our mark, but no plan.".into()))
    }

    /// Begin and end of the month that the invoice is for.
    fn period(&self) -> Result<(Instant, Instant), Verdict> {
        let period = &self.object["lines"]["data"][0]["period"];
        let second = |name: &str| period[name].as_i64().map(|seconds| Instant(seconds.saturating_mul(1_000_000)));
        second("start").zip(second("end")).ok_or_else(|| Verdict::Refuse("The invoice names no month.".into()))
    }

    fn text(&self, name: &str) -> Result<&str, Verdict> {
        self.object[name].as_str().ok_or_else(|| Verdict::Refuse(format!("There is no {name}.")))
    }

    fn is_first(&self) -> bool {
        self.object["billing_reason"].as_str() == Some("subscription_create")
    }

    async fn subscription(&self, tx: &mut Tx) -> Result<Subscription, Verdict> {
        let found = plans::subscription_by_reference(tx, NAME, self.reference).await?;
        found.ok_or_else(|| Verdict::Later("The first payment of the plan was not told yet.".into()))
    }
}

async fn paid(tx: &mut Tx, told: &About<'_>, event_id: &str, at: Instant) -> Result<WorkspaceId, Verdict> {
    let amount_minor = told.object["amount_paid"].as_i64().unwrap_or_default();
    let currency = told.text("currency")?;
    if !told.is_first() {
        let subscription = told.subscription(tx).await?;
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
        return Ok(subscription.workspace_id);
    }
    let order =
        marks(told.marks_at).order.ok_or_else(|| Verdict::Refuse("It carries our mark, but no order.".into()))?;
    plans::activated(tx, NAME, order, told.reference, told.period()?).await?;
    let event = PaymentEvent {
        provider: NAME,
        event_id: event_id.to_owned(),
        order,
        outcome: Outcome::Paid,
        amount_minor,
        currency: currency.to_owned(),
    };
    settle(tx, &event, at).await?;
    let order = lock_order(tx, order).await?.ok_or(BillingError::NoOrder(order))?;
    if let Some(payment_intent) = told.object["payment_intent"].as_str() {
        store::set_payment_intent(tx, &order, payment_intent).await?;
    }
    Ok(order.workspace_id)
}

async fn declined(tx: &mut Tx, told: &About<'_>, at: Instant) -> Result<WorkspaceId, Verdict> {
    if told.is_first() {
        return Err(Verdict::Ignore("The page at Stripe stays open for another card.".into()));
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

async fn changed(tx: &mut Tx, told: &About<'_>, at: Instant) -> Result<WorkspaceId, Verdict> {
    let subscription = told.subscription(tx).await?;
    let cancels =
        told.object["cancel_at_period_end"].as_bool().unwrap_or_default() || told.object["cancel_at"].is_i64();
    let change = ProviderChange { cancels_at_period_end: cancels, plan: None, told_at: told.told_at };
    plans::changed(tx, subscription.id, change, at).await?;
    Ok(subscription.workspace_id)
}

async fn ended(tx: &mut Tx, told: &About<'_>, at: Instant) -> Result<WorkspaceId, Verdict> {
    let subscription = told.subscription(tx).await?;
    plans::ended(tx, subscription.id, "Ended at the payment provider.", at).await?;
    Ok(subscription.workspace_id)
}
