//! What we ask Stripe about subscriptions: another price, an end, the price of an upgrade.
//!
//! Each wish is a call written down in the transaction that changes our own row, and numbered: calls about one
//! subscription are made in the order of their numbers, and the number stands in Stripe's record afterwards
//! (`metadata[change]`), so news from before a wish can be told from news after it, whatever clock wrote them.

use serde_json::Value;

use super::{
    NAME, Stripe,
    apply::path_segment,
    calls::{self, Call, StoredCall, form, write_down},
    client::Fault,
    plan_checks, store, units,
};
use crate::{
    accounts::WorkspaceId,
    billing::{
        BillingError, Order, PaymentEvent, PaymentOutcome, notifications,
        plans::{self, Plan, Subscription},
        settle,
        store::lock_known_order,
    },
    on,
    server::{app::App, clock::Instant, db::Tx, select::Select},
    ui::credits_text,
};

/// Calls that change a subscription, and that end it.
pub(super) const CHANGE: &str = "change";
pub(super) const END: &str = "cancel";
pub(super) const CHARGE: &str = "charge";
/// Added to a body before its first try: Stripe's own names, which only Stripe can tell.
const ITEM: &str = "items[0][id]";
const METHOD: &str = "payment_method";

/// From the next invoice on, `plan` is what is paid.
pub(in crate::billing) async fn price(
    tx: &mut Tx,
    seen: &Subscription,
    plan: &Plan,
    at: Instant,
) -> Result<(), BillingError> {
    let fields = vec![
        ("items[0][price_data][currency]", plan.currency.to_ascii_lowercase()),
        ("items[0][price_data][unit_amount]", units::amount(plan.amount_minor, &plan.currency)?),
        ("items[0][price_data][recurring][interval]", "month".into()),
        // The difference was paid as an order of its own, or waits for the next month.
        ("proration_behavior", "none".into()),
        ("description", description(plan)),
        ("metadata[plan]", plan.id.to_string()),
    ];
    Ok(change(tx, seen, fields, at).await?)
}

/// The subscription ends with the paid month, or goes on after all.
pub(in crate::billing) async fn ends(tx: &mut Tx, seen: &Subscription, ends: bool, at: Instant) -> sqlx::Result<()> {
    change(tx, seen, vec![("cancel_at_period_end", ends.to_string())], at).await
}

/// The subscription ends now, and its unpaid invoice is not collected any more.
pub(in crate::billing) async fn end(tx: &mut Tx, seen: &Subscription, at: Instant) -> sqlx::Result<()> {
    let Some(reference) = &seen.provider_reference else { return Ok(()) };
    let number = numbers(tx, seen.workspace_id, &path(reference)).await? + 1;
    let key = format!("subscription:{}:{number:08}", seen.id);
    write_down(tx, &call(seen.workspace_id, key, END, path(reference), String::new(), at), at).await
}

/// A subscription at Stripe that began nothing here (another tab was first) is ended there.
pub(super) async fn end_unwanted(tx: &mut Tx, order: &Order, reference: &str, at: Instant) -> sqlx::Result<()> {
    let key = format!("subscription:unwanted:{reference}");
    write_down(tx, &call(order.workspace_id, key, END, path(reference), String::new(), at), at).await
}

async fn change(tx: &mut Tx, seen: &Subscription, mut fields: Vec<(&str, String)>, at: Instant) -> sqlx::Result<()> {
    let Some(reference) = &seen.provider_reference else { return Ok(()) };
    let number = numbers(tx, seen.workspace_id, &path(reference)).await? + 1;
    fields.push(("metadata[change]", number.to_string()));
    let key = format!("subscription:{}:{number:08}", seen.id);
    write_down(tx, &call(seen.workspace_id, key, CHANGE, path(reference), form(&fields), at), at).await
}

fn call(workspace: WorkspaceId, key: String, kind: &'static str, path: String, body: String, at: Instant) -> Call {
    Call { workspace, key, kind, order: None, refund: None, path, body, run_at: Some(at) }
}

/// The price of an upgrade is charged to the method that pays the plan. The worker makes the call, and whoever waits.
pub(in crate::billing) async fn charge_upgrade(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    let instance = store::instance(tx).await?;
    let fields = [
        ("amount", units::amount(order.amount_minor, &order.currency)?),
        ("currency", order.currency.to_ascii_lowercase()),
        ("off_session", "true".into()),
        ("confirm", "true".into()),
        ("description", order.title()),
        ("metadata[order]", order.id.to_string()),
        ("metadata[workspace]", order.workspace_id.to_string()),
        ("metadata[instance]", instance.to_string()),
    ];
    let key = format!("charge:{}", order.id);
    let call = call(order.workspace_id, key, CHARGE, "/v1/payment_intents".into(), form(&fields), at);
    Ok(write_down(tx, &Call { order: Some(order.id), ..call }, at).await?)
}

/// What the plan is called in Stripe's records and on its pages.
pub(super) fn description(plan: &Plan) -> String {
    format!("{} plan: {} a month", plan.name, credits_text(plan.credits.get()))
}

fn path(reference: &str) -> String {
    format!("/v1/subscriptions/{}", path_segment(reference))
}

async fn numbers(tx: &mut Tx, workspace: WorkspaceId, path: &str) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("select count(*) from payment_calls where workspace_id = $1 and path = $2")
        .bind(workspace).bind(path).fetch_one(c).await)
}

/// The number of our newest wish that Stripe took or will take; 0 when there was none.
pub(super) async fn newest_change(tx: &mut Tx, workspace: WorkspaceId, reference: &str) -> sqlx::Result<i64> {
    let key: Option<String> = on!(tx, c => sqlx::query_scalar(
        "select max(key) from payment_calls
         where workspace_id = $1 and path = $2 and kind = 'change' and state <> 'refused'")
        .bind(workspace).bind(path(reference)).fetch_one(c).await)?;
    Ok(key.and_then(|key| key.rsplit(':').next()?.parse().ok()).unwrap_or(0))
}

/// Whether a wish about the plan of `workspace` has not reached Stripe yet.
pub(in crate::billing) fn select_is_waiting(workspace: WorkspaceId) -> Select<bool> {
    Select::exists(
        "select 1 from payment_calls where workspace_id = $1 and kind in ('change', 'cancel') and state = 'open'",
    )
    .bind(workspace.0)
}

/// Puts Stripe's own names into a call that lacks them, and keeps it: from now on it is repeated word for word.
pub(super) async fn complete(app: &App, stripe: &Stripe, call: &StoredCall) -> Result<StoredCall, Fault> {
    let more = match call.kind.as_str() {
        CHANGE if call.has("items[0][price_data][currency]") && !call.has(ITEM) => item(stripe, call).await?,
        CHARGE if !call.has(METHOD) => payer(app, stripe, call).await?,
        _ => return Ok(call.clone()),
    };
    let body = format!("{}&{}", call.body, form(&more));
    let kept = async {
        let mut tx = app.db.write().await?;
        let kept = calls::replace_body(&mut tx, call, &body).await?;
        tx.commit().await?;
        Ok::<_, sqlx::Error>(kept)
    };
    kept.await.map_err(|error| Fault::Unclear(format!("the database: {error}")))
}

async fn item(stripe: &Stripe, call: &StoredCall) -> Result<Vec<(&'static str, String)>, Fault> {
    let subscription = stripe.client.get(&call.path).await?;
    let item = &subscription["items"]["data"][0];
    let product = &item["price"]["product"];
    let id = |value: &Value| value.as_str().or(value["id"].as_str()).map(str::to_owned);
    match (id(&item["id"]), id(product)) {
        (Some(item), Some(product)) => Ok(vec![(ITEM, item), ("items[0][price_data][product]", product)]),
        _ => Err(Fault::Unclear("the subscription names no item".into())),
    }
}

/// Who pays an upgrade, and with what: the method of the subscription, else the customer's.
async fn payer(app: &App, stripe: &Stripe, call: &StoredCall) -> Result<Vec<(&'static str, String)>, Fault> {
    let database = |error: sqlx::Error| Fault::Unclear(format!("the database: {error}"));
    let mut tx = app.db.read().await.map_err(database)?;
    let order = match call.order_id {
        Some(order) => crate::billing::order(&mut tx, call.workspace_id, order).await.map_err(database)?,
        None => None,
    };
    let subscription = match order.and_then(|order| order.subscription_id) {
        Some(id) => plans::subscription(&mut tx, id).await.map_err(database)?,
        None => None,
    };
    drop(tx);
    let refused = |code: &str, message: &str| Fault::Refused { code: code.into(), message: message.into() };
    let reference = subscription.and_then(|subscription| subscription.provider_reference);
    let reference = reference.ok_or_else(|| refused("no_subscription", "there is no subscription to pay for"))?;
    let subscription = stripe.client.get(&path(&reference)).await?;
    if !matches!(subscription["status"].as_str(), Some("active" | "trialing")) {
        return Err(refused("subscription_not_active", "the subscription is not active"));
    }
    let customer = super::text(&subscription, "customer")?;
    let method = match subscription["default_payment_method"].as_str() {
        Some(method) => Some(method.to_owned()),
        None => stripe.saved_method(&customer).await?,
    };
    let method = method.ok_or_else(|| refused("no_payment_method", "no payment method is saved"))?;
    Ok(vec![("customer", customer), (METHOD, method)])
}

/// The payment that an earlier try of this charge made, found by our mark: Stripe has forgotten the key.
pub(super) async fn charged_before(stripe: &Stripe, call: &StoredCall) -> Result<Option<Value>, Fault> {
    let (Some(customer), Some(order)) = (call.field("customer"), call.field("metadata[order]")) else {
        return Ok(None);
    };
    let list =
        stripe.client.get(&format!("/v1/payment_intents?customer={}&limit=100", path_segment(&customer))).await?;
    let ours = |made: &&Value| made["metadata"]["order"].as_str() == Some(order.as_str());
    Ok(list["data"].as_array().into_iter().flatten().find(ours).cloned())
}

/// What an answer to a charge means for its order; `None` while it is not known.
pub(super) fn outcome_of(answer: &Result<Value, Fault>) -> Option<PaymentOutcome> {
    match answer {
        Ok(intent) => Some(outcome_of_intent(intent)),
        Err(Fault::Refused { .. }) => Some(PaymentOutcome::Declined),
        Err(Fault::Unclear(_)) => None,
    }
}

/// What a payment that was made without anybody there means: what waits for a person will not come.
pub(super) fn outcome_of_intent(intent: &Value) -> PaymentOutcome {
    match intent["status"].as_str() {
        Some("succeeded") => PaymentOutcome::Paid,
        Some("processing") => PaymentOutcome::Pending,
        _ => PaymentOutcome::Declined,
    }
}

/// Settles the order of a charge by its answer.
pub(super) async fn charged(
    tx: &mut Tx,
    call: &StoredCall,
    answer: &Result<Value, Fault>,
    at: Instant,
) -> Result<(), BillingError> {
    let (Some(outcome), Some(order)) = (outcome_of(answer), call.order_id) else { return Ok(()) };
    let order = lock_known_order(tx, order).await?;
    if let Ok(intent) = answer {
        store::set_payment_intent(tx, &order, &super::text(intent, "id")?).await?;
    }
    let event = PaymentEvent {
        provider: NAME,
        event_id: format!("charge:{}:{}", order.id, outcome.word()),
        order: order.id,
        outcome,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
    };
    let settled = settle(tx, &event, at).await?;
    // Whoever clicked has left the page by the second try.
    if settled.changed && outcome == PaymentOutcome::Declined && call.lease.attempt > 1 {
        notifications::upgrade_declined(tx, &order, at).await?;
    }
    Ok(())
}

/// How the subscription of a refused change really stands; `None` when Stripe does not know it.
pub(super) async fn truth(stripe: &Stripe, call: &StoredCall) -> Result<Option<Value>, Fault> {
    match stripe.client.get(&call.path).await {
        Ok(subscription) => Ok(Some(subscription)),
        Err(fault) if fault.is_final() => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Stripe refused a change for good: our row becomes what Stripe says, and the workspace is told.
pub(super) async fn revert_change(
    tx: &mut Tx,
    call: &StoredCall,
    truth: Option<&Value>,
    at: Instant,
) -> Result<(), BillingError> {
    let reference = call.path.rsplit('/').next().unwrap_or_default();
    let Some(seen) = plans::subscription_by_reference(tx, NAME, reference).await? else { return Ok(()) };
    match truth {
        Some(truth) if !plan_checks::is_over(truth) => {
            let plan = truth["metadata"]["plan"].as_str().and_then(|text| text.parse().ok());
            plans::corrected(tx, seen.id, cancels(truth), plan, at).await?;
            notifications::plan_change_refused(tx, &seen, &call.key, at).await
        }
        _ => plans::ended(tx, seen.id, at).await.map(drop),
    }
}

/// The number of our newest wish that a subscription at Stripe knows; 0 when there was none.
pub(super) fn change_number(subscription: &Value) -> i64 {
    subscription["metadata"]["change"].as_str().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// Whether a subscription at Stripe ends by itself.
pub(super) fn cancels(subscription: &Value) -> bool {
    subscription["cancel_at_period_end"].as_bool().unwrap_or_default() || subscription["cancel_at"].is_i64()
}
