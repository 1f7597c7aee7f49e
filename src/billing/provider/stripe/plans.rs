//! Subscriptions at Stripe and their invoices, as the plans hear of them.

use std::sync::Arc;

use serde_json::Value;

use super::{
    NAME, Stripe,
    apply::{Done, NotApplied, path_segment},
    event::{Event, marks},
    inbox::{self, Claimed, Stored},
    invoice::{Invoice, Month},
    plan_checks, store, subscriptions,
};
use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError, OrderState, PaymentEvent, PaymentOutcome,
        plans::{self, CycleFailed, CyclePaid, Plan, PlanId, ProviderChange, Subscription},
        settle,
        store::{lock_known_order, lock_order, set_paid, workspace_of_order},
    },
    credits::{self, Ledger, OrderId},
    server::{app::App, clock::Instant, db::Tx},
    topics,
};

/// Acts on an event about a subscription or its invoices. `None`: another worker has it.
pub(super) async fn apply(
    app: &App,
    stripe: &Stripe,
    stored: &Stored,
    event: &Event,
    object: &Value,
) -> Result<Option<Done>, NotApplied> {
    let told = if event.kind.starts_with("invoice.") {
        About::of_invoice(app, stripe, object, event.created).await?
    } else {
        About::of_subscription(app, stripe, event, object).await?
    };
    let (told, kind, claimed, at) = (Arc::new(told), event.kind.clone(), stored.claimed(), app.clock.now());
    let Some(workspace) = told.workspace(&mut app.db.read().await?).await? else {
        // Of nobody we know: says why.
        let mut tx = app.db.write().await?;
        let done = act(&mut tx, &told, &kind, &claimed, at).await?;
        tx.commit().await?;
        return Ok(done);
    };
    let deed = credits::interleaved(workspace, at, move |tx| {
        let (told, kind, claimed) = (told.clone(), kind.clone(), claimed.clone());
        Box::pin(async move { act(tx, &told, &kind, &claimed, at).await })
    });
    app.of::<Ledger>().post(deed).await
}

/// Acts on an invoice that Stripe was asked for, as its event would.
pub(super) async fn asked(app: &App, stripe: &Stripe, invoice: &Value) -> Result<(), NotApplied> {
    let at = app.clock.now();
    let told = Arc::new(About::of_invoice(app, stripe, invoice, at).await?);
    let workspace = told.workspace(&mut app.db.read().await?).await?;
    let workspace = workspace.ok_or_else(|| NotApplied::Ignore("About a plan of no workspace here.".into()))?;
    let deed = credits::interleaved(workspace, at, move |tx| {
        let told = told.clone();
        Box::pin(async move {
            if !Invoice(&told.object).is_paid() {
                return declined(tx, &told, at).await;
            }
            let id = format!("asked:{}", told.text("id")?);
            paid(tx, &told, &id, at).await
        })
    });
    app.of::<Ledger>().post(deed).await?;
    app.live.changed(&app.db, workspace.0, &[topics::CREDITS, topics::ORDERS, topics::PLAN, topics::NOTICES]).await;
    Ok(())
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
        // Paid by now: an event of the newer kind is about what Stripe says when asked.
        "invoice.payment_failed" if Invoice(&told.object).is_paid() => paid(tx, told, &claimed.event, at).await?,
        "invoice.payment_failed" => declined(tx, told, at).await?,
        "customer.subscription.updated" => changed(tx, told, at).await?,
        "customer.subscription.deleted" => ended(tx, told, at).await?,
        _ => return Err(NotApplied::Ignore("Other events of the plan say more.".into())),
    };
    Ok(Some(Done { workspace }))
}

/// What an invoice was paid with. Newer versions of the interface tell it only when asked; it is wanted for refunds alone,
/// so no answer holds nothing up.
async fn payment_of(stripe: &Stripe, invoice: &Value) -> Option<String> {
    if let Some(told) = Invoice(invoice).payment_intent() {
        return told;
    }
    let id = path_segment(invoice["id"].as_str()?);
    match stripe.client.get(&format!("/v1/invoices/{id}")).await {
        Ok(asked) => Invoice(&asked).payment_intent().flatten(),
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
    let told = Invoice(&asked);
    is_ours(app, told.details()).await?;
    let mut tx = app.db.read().await?;
    let first = told.is_first().then(|| marks(told.details()).order).flatten();
    let paid = match first {
        Some(order) => crate::billing::store::is_paid(&mut tx, order).await?.then_some(order),
        None => store::order_of_invoice(&mut tx, invoice).await?,
    };
    paid.ok_or_else(|| NotApplied::Later("The invoice of the plan has not been reported yet.".into()))
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
    /// Whether the object is what Stripe answers now, and not what an event said.
    is_asked: bool,
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
    async fn of_invoice(app: &App, stripe: &Stripe, object: &Value, told_at: Instant) -> Result<Self, NotApplied> {
        let invoice = Invoice(object);
        is_ours(app, invoice.details()).await?;
        let reference = invoice.subscription();
        let reference =
            reference.ok_or_else(|| NotApplied::Ignore("An invoice for something else than a plan.".into()))?;
        Ok(Self {
            reference: reference.to_owned(),
            marks_at: invoice.details().clone(),
            object: object.clone(),
            payment_intent: payment_of(stripe, object).await,
            told_at,
            is_asked: false,
        })
    }

    /// Of two changes within one second the later one is not known: Stripe is asked for the state.
    async fn of_subscription(app: &App, stripe: &Stripe, event: &Event, object: &Value) -> Result<Self, NotApplied> {
        is_ours(app, object).await?;
        let reference = object["id"].as_str().unwrap_or_default().to_owned();
        let known = plans::subscription_by_reference(&mut app.db.read().await?, NAME, &reference).await?;
        let changed_at = known.and_then(|known| known.provider_changed_at);
        let is_asked = event.kind == "customer.subscription.updated" && changed_at == Some(event.created);
        let object = match is_asked {
            true => plan_checks::subscription_at_stripe(stripe, &reference).await?.unwrap_or_else(|| object.clone()),
            false => object.clone(),
        };
        let (marks_at, told_at) = (object.clone(), event.created);
        Ok(Self { reference, marks_at, object, payment_intent: None, told_at, is_asked })
    }

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

    /// The month that the invoice is for, where it costs `price_minor`.
    fn month(&self, price_minor: i64) -> Result<Month, NotApplied> {
        let month = Invoice(&self.object).month(price_minor).map_err(NotApplied::Refuse)?;
        month.ok_or_else(|| NotApplied::Ignore("An invoice for no month: it corrects the price of one.".into()))
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

    /// Keeps what an order was paid with and how much that was, for refunds and disputes.
    async fn keep_payment(&self, tx: &mut Tx, order: OrderId, month: Month) -> Result<(), NotApplied> {
        if month.paid_minor != month.price_minor {
            set_paid(tx, order, month.paid_minor).await?;
        }
        if let Some(payment_intent) = &self.payment_intent {
            let order = lock_order(tx, order).await?.ok_or(BillingError::NoOrder(order))?;
            store::set_payment_intent(tx, &order, payment_intent).await?;
        }
        Ok(())
    }
}

async fn paid(tx: &mut Tx, told: &About, event_id: &str, at: Instant) -> Result<WorkspaceId, NotApplied> {
    if !Invoice(&told.object).is_first() {
        return paid_again(tx, told, at).await;
    }
    let order =
        marks(&told.marks_at).order.ok_or_else(|| NotApplied::Refuse("It carries our mark, but no order.".into()))?;
    let ordered = lock_order(tx, order).await?.ok_or(BillingError::NoOrder(order))?;
    let month = told.month(ordered.amount_minor)?;
    plans::activated(tx, NAME, order, &told.reference, month.period).await?;
    let event = PaymentEvent {
        provider: NAME,
        event_id: event_id.to_owned(),
        order,
        outcome: PaymentOutcome::Paid,
        amount_minor: month.price_minor,
        currency: told.text("currency")?.to_owned(),
    };
    settle(tx, &event, at).await?;
    told.keep_payment(tx, order, month).await?;
    let order = lock_known_order(tx, order).await?;
    let began = plans::subscription_by_reference(tx, NAME, &told.reference).await?.is_some();
    if order.state == OrderState::Credited && !began {
        // Another tab was first: its credits came as bought ones, and no second month may be charged.
        subscriptions::end_unwanted(tx, &order, &told.reference, at).await?;
    }
    Ok(order.workspace_id)
}

/// A month after the first.
async fn paid_again(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    let plan = known_plan(tx, told).await?;
    let month = told.month(plan.amount_minor)?;
    let subscription = told.subscription(tx).await.map_err(|refusal| match refusal {
        // Money for nothing: the operator gives it back.
        NotApplied::Ignore(why) => NotApplied::Refuse(why),
        other => other,
    })?;
    let cycle = CyclePaid {
        provider: NAME,
        subscription: subscription.id,
        period_start: month.period.0,
        period_end: month.period.1,
        plan: plan.id,
        amount_minor: month.price_minor,
        currency: told.text("currency")?,
        invoice: told.text("id")?,
    };
    plans::cycle_paid(tx, &cycle, at).await?;
    if let Some(order) = store::order_of_invoice(tx, cycle.invoice).await? {
        told.keep_payment(tx, order, month).await?;
    }
    Ok(subscription.workspace_id)
}

async fn known_plan(tx: &mut Tx, told: &About) -> Result<Plan, NotApplied> {
    let plan = plans::plan(tx, told.plan()?).await?;
    plan.ok_or_else(|| NotApplied::Refuse("It names a plan that is not here.".into()))
}

async fn declined(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    if Invoice(&told.object).is_first() {
        return Err(NotApplied::Ignore("The page at Stripe stays open for another card.".into()));
    }
    let plan = known_plan(tx, told).await?;
    let (period_start, period_end) = told.month(plan.amount_minor)?.period;
    let subscription = told.subscription(tx).await?;
    let failed = CycleFailed {
        provider: NAME,
        subscription: subscription.id,
        period_start,
        period_end,
        plan: plan.id,
        invoice: told.text("id")?,
    };
    plans::payment_failed(tx, &failed, at).await?;
    Ok(subscription.workspace_id)
}

async fn changed(tx: &mut Tx, told: &About, at: Instant) -> Result<WorkspaceId, NotApplied> {
    let subscription = told.subscription(tx).await?;
    if subscription.provider_changed_at == Some(told.told_at) && !told.is_asked {
        return Err(NotApplied::Later("Two changes within one second: Stripe is asked which was last.".into()));
    }
    let number = subscriptions::change_number(&told.object);
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
