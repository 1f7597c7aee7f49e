//! Stripe: Checkout for packages, saved methods for automatic top-ups, the customer portal, webhooks.
//!
//! What we ask is written down before it is asked ([`calls`]); what Stripe tells us is stored before it is acted on.

mod apply;
pub(in crate::billing) mod calls;
mod client;
mod event;
pub(in crate::billing) mod inbox;
mod invoice;
mod letterbox;
mod plan_checks;
mod plans;
mod reconcile;
mod send;
mod signature;
mod store;
pub(in crate::billing) mod subscriptions;
pub(in crate::billing) mod units;
mod webhook;

#[cfg(test)]
mod again_tests;
#[cfg(test)]
mod currency_tests;
#[cfg(test)]
mod debt_tests;
#[cfg(test)]
mod fake;
#[cfg(test)]
pub(crate) mod history;
#[cfg(test)]
mod paid_tests;
#[cfg(test)]
mod plan_tests;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use serde_json::Value;
use tokio::sync::Notify;

use calls::{Call, ask, form};
use client::Client;
pub use client::Fault;
pub(in crate::billing) use send::{hurry, open_calls};
pub use store::payment_intent_of;
pub use webhook::routes;

use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError, Order, OrderKind, OrderState, PaymentEvent, PaymentOutcome, Settlement, settle::settle_alone,
        top_up,
    },
    server::{
        app::App,
        db::{Db, Tx},
        stripe_keys::StripeKeys,
    },
};

/// The word in the database.
pub const NAME: &str = "stripe";
/// How long to wait for the webhook when the buyer is back.
const RETURNED_CHECK: Duration = Duration::from_secs(4);
/// How long after going to pay an order is asked about, when no webhook came.
const FIRST_CHECK: Duration = Duration::from_secs(3 * 60);

/// Where the marks of a payment go, and those of a plan.
const PAYMENT_MARKS: [&str; 3] = [
    "payment_intent_data[metadata][order]",
    "payment_intent_data[metadata][workspace]",
    "payment_intent_data[metadata][instance]",
];
const PLAN_MARKS: [&str; 3] = [
    "subscription_data[metadata][order]",
    "subscription_data[metadata][workspace]",
    "subscription_data[metadata][instance]",
];

/// Starts the work around payments at Stripe: the inbox, the calls that wait, the questions about late payments and months.
pub fn start(app: &App, stripe: &Arc<Stripe>) {
    inbox::start(app, stripe);
    send::start(app, stripe);
    reconcile::start(app, stripe);
    plan_checks::start(app, stripe);
}

/// The queues of payments: calls, questions about orders, events, questions about plans.
/// Calls, orders to ask about, events, plans to ask about.
pub(crate) fn queues() -> [&'static crate::server::queue::Queue; 4] {
    [&send::QUEUE, &store::QUEUE, &inbox::QUEUE, &plan_checks::QUEUE]
}

/// One account at Stripe.
#[derive(Debug)]
pub struct Stripe {
    keys: StripeKeys,
    client: Client,
    /// Where webhooks are put down.
    letterbox: letterbox::Letterbox,
    /// Rings when a webhook came.
    wake: Arc<Notify>,
    /// Rings when a buyer came back.
    returned: Arc<Notify>,
}

impl Stripe {
    pub fn new(keys: StripeKeys, db: &Db) -> Self {
        Self {
            client: Client::new(&keys),
            keys,
            letterbox: letterbox::Letterbox::start(db),
            wake: Arc::default(),
            returned: Arc::default(),
        }
    }

    /// Keeps the webhooks that wait, and takes no more.
    pub(super) async fn end(&self) {
        self.letterbox.end().await;
    }

    /// The address of the order's Checkout page; of its own page when it cannot be paid any more.
    pub(super) async fn checkout(&self, app: &App, order: &Order) -> Result<String, BillingError> {
        let known = store::payment_of(&mut app.db.read().await?, order).await?;
        // An upgrade is paid with the method of its plan, never on a page.
        if order.state != OrderState::Created || order.kind == OrderKind::Upgrade {
            return Ok(format!("/orders/{}", order.id));
        }
        if let Some(url) = known.and_then(|payment| payment.session_url) {
            return Ok(url);
        }
        let body = self.checkout_form(app, order).await?;
        let call = Call {
            workspace: order.workspace_id,
            key: format!("order:{}", order.id),
            kind: "checkout",
            order: Some(order.id),
            refund: None,
            path: "/v1/checkout/sessions".into(),
            body,
            run_at: None,
        };
        let session = ask(app, self, &call).await?;
        let (id, url) = (text(&session, "id")?, text(&session, "url")?);
        let mut tx = app.db.write().await?;
        store::set_session(&mut tx, order, &id, &url, app.clock.now().plus(FIRST_CHECK)).await?;
        tx.commit().await?;
        Ok(url)
    }

    /// The open Checkout page of an order, for a link.
    pub(in crate::billing) async fn page_of(&self, tx: &mut Tx, order: &Order) -> sqlx::Result<Option<String>> {
        let url = store::payment_of(tx, order).await?.and_then(|payment| payment.session_url);
        let safe = |url: &String| url.starts_with("https://") || url.starts_with(self.keys.url.as_str());
        Ok(url.filter(safe).filter(|_| order.state == OrderState::Created))
    }

    /// The buyer says to have paid: Stripe is asked soon, if no webhook comes. Once for each order.
    pub(in crate::billing) async fn expect_payment(&self, app: &App, order: &Order) -> Result<(), BillingError> {
        let mut tx = app.db.write().await?;
        let sooner = store::hurry(&mut tx, order, app.clock.now().plus(RETURNED_CHECK)).await?;
        tx.commit().await?;
        if sooner {
            let (returned, shutdown) = (self.returned.clone(), app.jobs.shutdown.clone());
            app.jobs.tracker.spawn(async move {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = tokio::time::sleep(RETURNED_CHECK) => returned.notify_one(),
                }
            });
        }
        Ok(())
    }

    async fn checkout_form(&self, app: &App, order: &Order) -> Result<String, BillingError> {
        let customer = self.customer(app, order.workspace_id).await?;
        let back = address(app, &format!("orders/{}", order.id));
        let product = order.title();
        let monthly = order.kind == OrderKind::Plan;
        let mut fields = vec![
            ("mode", if monthly { "subscription" } else { "payment" }.into()),
            ("client_reference_id", order.id.to_string()),
            ("customer", customer),
            ("success_url", format!("{back}?paid")),
            ("cancel_url", back),
            ("line_items[0][quantity]", "1".into()),
            ("line_items[0][price_data][currency]", order.currency.to_ascii_lowercase()),
            ("line_items[0][price_data][unit_amount]", units::amount(order.amount_minor, &order.currency)?),
        ];
        let marks = self.marks(app, order).await?;
        let names = ["metadata[order]", "metadata[workspace]", "metadata[instance]"];
        fields.extend(names.into_iter().zip(marks.clone()));
        if monthly {
            let plan = match order.plan_id {
                Some(plan) => crate::billing::plans::plan(&mut app.db.read().await?, plan).await?,
                None => None,
            };
            let plan = plan.ok_or(BillingError::NotForSale)?;
            fields.push(("line_items[0][price_data][recurring][interval]", "month".into()));
            // The product stays when the plan changes; the description says which plan it is.
            fields.push(("line_items[0][price_data][product_data][name]", "Lead credits each month".into()));
            fields.push(("subscription_data[description]", subscriptions::description(&plan)));
            fields.push(("subscription_data[metadata][plan]", plan.id.to_string()));
        } else {
            fields.push(("line_items[0][price_data][product_data][name]", product.clone()));
            fields.push(("payment_intent_data[description]", product));
            if wants_saved_method(app, order).await? {
                fields.push(("payment_intent_data[setup_future_usage]", "off_session".into()));
            }
        }
        let names = if monthly { PLAN_MARKS } else { PAYMENT_MARKS };
        fields.extend(names.into_iter().zip(marks));
        Ok(form(&fields))
    }

    /// What names our order in Stripe's records: order, workspace, instance.
    async fn marks(&self, app: &App, order: &Order) -> Result<[String; 3], BillingError> {
        let mut tx = app.db.write().await?;
        let instance = store::instance(&mut tx).await?;
        tx.commit().await?;
        Ok([order.id.to_string(), order.workspace_id.to_string(), instance.to_string()])
    }

    /// The customer that stands for a workspace, made when it is first needed.
    pub(in crate::billing) async fn customer(&self, app: &App, workspace: WorkspaceId) -> Result<String, BillingError> {
        let mut tx = app.db.write().await?;
        let known = store::customer(&mut tx, workspace, self.keys.livemode).await?;
        let instance = store::instance(&mut tx).await?;
        tx.commit().await?;
        if let Some(customer) = known {
            return Ok(customer);
        }
        let marks = [("metadata[workspace]", workspace.to_string()), ("metadata[instance]", instance.to_string())];
        let call = Call {
            workspace,
            key: format!("customer:{workspace}:{}", if self.keys.livemode { "live" } else { "test" }),
            kind: "customer",
            order: None,
            refund: None,
            path: "/v1/customers".into(),
            body: form(&marks),
            run_at: None,
        };
        let customer = text(&ask(app, self, &call).await?, "id")?;
        let mut tx = app.db.write().await?;
        store::insert_customer(&mut tx, workspace, self.keys.livemode, &customer, app.clock.now()).await?;
        tx.commit().await?;
        Ok(customer)
    }

    /// Charges the saved method, the buyer not being there.
    pub(super) async fn charge_saved(&self, app: &App, order: &Order) -> Result<Settlement, BillingError> {
        let outcome = match self.charge(app, order).await {
            Ok(intent) => subscriptions::outcome_of_intent(&intent),
            Err(BillingError::Provider(Fault::Refused { .. })) => PaymentOutcome::Declined,
            Err(error) => return Err(error),
        };
        let event = PaymentEvent {
            provider: NAME,
            event_id: format!("charge:{}:{}", order.id, outcome.word()),
            order: order.id,
            outcome,
            amount_minor: order.amount_minor,
            currency: order.currency.clone(),
        };
        settle_alone(app, order, event).await
    }

    async fn charge(&self, app: &App, order: &Order) -> Result<Value, BillingError> {
        let customer = self.customer(app, order.workspace_id).await?;
        let Some(method) = self.saved_method(&customer).await? else {
            let message = "no payment method is saved".into();
            return Err(Fault::Refused { code: "no_payment_method".into(), message }.into());
        };
        let [id, workspace, instance] = self.marks(app, order).await?;
        let fields = [
            ("amount", units::amount(order.amount_minor, &order.currency)?),
            ("currency", order.currency.to_ascii_lowercase()),
            ("customer", customer),
            ("payment_method", method),
            ("off_session", "true".into()),
            ("confirm", "true".into()),
            ("description", order.title()),
            ("metadata[order]", id),
            ("metadata[workspace]", workspace),
            ("metadata[instance]", instance),
        ];
        let call = Call {
            workspace: order.workspace_id,
            key: format!("charge:{}", order.id),
            kind: "charge",
            order: Some(order.id),
            refund: None,
            path: "/v1/payment_intents".into(),
            body: form(&fields),
            run_at: None,
        };
        let intent = ask(app, self, &call).await?;
        let mut tx = app.db.write().await?;
        store::set_payment_intent(&mut tx, order, &text(&intent, "id")?).await?;
        tx.commit().await?;
        Ok(intent)
    }

    /// The method that a customer chose for what is paid by itself, else the newest one.
    async fn saved_method(&self, customer: &str) -> Result<Option<String>, Fault> {
        let customer = format!("/v1/customers/{}", apply::path_segment(customer));
        let chosen = self.client.get(&customer).await?;
        if let Some(method) = chosen["invoice_settings"]["default_payment_method"].as_str() {
            return Ok(Some(method.to_owned()));
        }
        let methods = self.client.get(&format!("{customer}/payment_methods?limit=1")).await?;
        Ok(methods["data"][0]["id"].as_str().map(str::to_owned))
    }

    /// A link into the customer portal, good for some minutes; `None` when the workspace never paid here.
    pub(super) async fn portal(&self, app: &App, workspace: WorkspaceId) -> Result<Option<String>, BillingError> {
        let customer = store::customer(&mut app.db.read().await?, workspace, self.keys.livemode).await?;
        let Some(customer) = customer else { return Ok(None) };
        let back = address(app, "settings/cold-email-agent");
        let body = form(&[("customer", customer), ("return_url", back)]);
        // Each click is a new session: nothing is charged, nothing is kept.
        let key = format!("portal:{}", uuid::Uuid::new_v4());
        let session = self.client.post("/v1/billing_portal/sessions", &key, &body).await?;
        Ok(Some(text(&session, "url")?))
    }
}

/// Whether the workspace agreed to be charged without being asked (C20): only then is the method saved.
async fn wants_saved_method(app: &App, order: &Order) -> Result<bool, BillingError> {
    Ok(top_up::top_up(&mut app.db.read().await?, order.workspace_id).await?.is_some_and(|rule| rule.active))
}

/// An address of ours for people coming back.
fn address(app: &App, path: &str) -> String {
    format!("{}/{path}", app.config.public_url.as_str().trim_end_matches('/'))
}

/// A text that an answer must have.
fn text(value: &Value, name: &str) -> Result<String, Fault> {
    let found = value[name].as_str().filter(|text| !text.is_empty());
    found.map(str::to_owned).ok_or_else(|| Fault::Unclear(format!("the answer has no {name}")))
}
