//! The SQL of payments at Stripe: this instance's name, customers, sessions.

use std::time::Duration;

use crate::{
    accounts::WorkspaceId,
    billing::Order,
    credits::OrderId,
    on,
    server::{
        clock::Instant,
        db::Tx,
        inconsistency::Inconsistency,
        queue::{Lease, Queue},
    },
};

/// Orders whose payment is to be asked about.
pub(super) const QUEUE: Queue = Queue {
    table: "order_payments",
    key: "workspace_id, order_id",
    waiting: "run_at is not null",
    sets: "",
    lease: Duration::from_secs(3 * 60),
    per_workspace: true,
};

crate::id!(
    /// This instance, as the provider's records name it.
    InstanceId
);

/// The name of this instance; made when it is first asked for.
pub async fn instance(tx: &mut Tx) -> sqlx::Result<InstanceId> {
    on!(tx, c => sqlx::query("insert into payment_instance (one, id) values (1, $1) on conflict (one) do nothing")
        .bind(InstanceId::new()).execute(c).await.map(drop))?;
    Ok(known_instance(tx).await?.ok_or_else(|| Inconsistency::new("payment_instance", "one", 1))?)
}

/// The name of this instance, when it was needed before.
pub async fn known_instance(tx: &mut Tx) -> sqlx::Result<Option<InstanceId>> {
    on!(tx, c => sqlx::query_scalar("select id from payment_instance").fetch_optional(c).await)
}

/// The customer that stands for a workspace.
pub async fn customer(tx: &mut Tx, workspace: WorkspaceId, livemode: bool) -> sqlx::Result<Option<String>> {
    on!(tx, c => sqlx::query_scalar("select customer from payment_customers where workspace_id = $1 and livemode = $2")
        .bind(workspace).bind(livemode).fetch_optional(c).await)
}

pub async fn insert_customer(
    tx: &mut Tx,
    workspace: WorkspaceId,
    livemode: bool,
    customer: &str,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into payment_customers (workspace_id, livemode, customer, created_at) values ($1, $2, $3, $4)
         on conflict (workspace_id, livemode) do nothing")
        .bind(workspace).bind(livemode).bind(customer).bind(at).execute(c).await.map(drop))
}

/// An order's payment as the provider knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq, sqlx::FromRow)]
pub struct OrderPayment {
    pub session: Option<String>,
    pub session_url: Option<String>,
    pub payment_intent: Option<String>,
    pub run_at: Option<Instant>,
    pub attempt: i64,
}

pub async fn payment_of(tx: &mut Tx, order: &Order) -> sqlx::Result<Option<OrderPayment>> {
    on!(tx, c => sqlx::query_as(
        "select session, session_url, payment_intent, run_at, attempt from order_payments
         where workspace_id = $1 and order_id = $2")
        .bind(order.workspace_id).bind(order.id).fetch_optional(c).await)
}

/// What an order was paid with.
pub async fn payment_intent_of(tx: &mut Tx, order: &Order) -> sqlx::Result<Option<String>> {
    Ok(payment_of(tx, order).await?.and_then(|payment| payment.payment_intent))
}

/// Where the order is paid, and when to ask whether it was.
///
/// # Errors
/// The database's.
pub async fn set_session(tx: &mut Tx, order: &Order, session: &str, url: &str, run_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into order_payments (workspace_id, order_id, session, session_url, run_at) values ($1, $2, $3, $4, $5)
         on conflict (workspace_id, order_id) do update set session = $3, session_url = $4, run_at = $5
         where order_payments.session is null")
        .bind(order.workspace_id).bind(order.id).bind(session).bind(url).bind(run_at).execute(c).await.map(drop))
}

/// The payment that an order was paid with; the first one stays.
pub async fn set_payment_intent(tx: &mut Tx, order: &Order, payment_intent: &str) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into order_payments (workspace_id, order_id, payment_intent) values ($1, $2, $3)
         on conflict (workspace_id, order_id) do update set payment_intent = $3
         where order_payments.payment_intent is null")
        .bind(order.workspace_id).bind(order.id).bind(payment_intent).execute(c).await.map(drop))
}

/// The order that was paid with `payment_intent`.
pub async fn order_paid_with(tx: &mut Tx, payment_intent: &str) -> sqlx::Result<Option<OrderId>> {
    on!(tx, c => sqlx::query_scalar("select order_id from order_payments where payment_intent = $1")
        .bind(payment_intent).fetch_optional(c).await)
}

/// The paid order of a month after the first, by its invoice.
pub async fn order_of_invoice(tx: &mut Tx, invoice: &str) -> sqlx::Result<Option<OrderId>> {
    on!(tx, c => sqlx::query_scalar(
        "select id from orders where provider = 'stripe' and kind = 'plan' and provider_reference = $1
             and state in ('credited', 'refunded') limit 1")
        .bind(invoice).fetch_optional(c).await)
}

/// An order whose payment is to be asked about.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Check {
    pub workspace_id: WorkspaceId,
    pub order_id: OrderId,
    pub session: Option<String>,
    pub payment_intent: Option<String>,
    #[sqlx(flatten)]
    pub lease: Lease,
}

/// Claims the orders whose payment is to be asked about now.
///
/// # Errors
/// The database's.
pub async fn claim_checks(tx: &mut Tx, limit: i64, at: Instant) -> sqlx::Result<Vec<Check>> {
    QUEUE.claim(tx, "workspace_id, order_id, session, payment_intent, lease_until, fence, attempt", limit, at).await
}

/// Puts a claimed order back, to be asked about again at `run_at` (`None`: never), and what went wrong this time.
///
/// # Errors
/// The database's.
pub async fn retry_check(tx: &mut Tx, check: &Check, run_at: Option<Instant>, error: Option<&str>) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update order_payments set run_at = $4, last_error = $5, lease_until = null
         where workspace_id = $1 and order_id = $2 and fence = $3")
        .bind(check.workspace_id).bind(check.order_id).bind(check.lease.fence).bind(run_at).bind(error)
        .execute(c).await.map(drop))
}

/// Asks about an order sooner than planned, once. Returns whether it will be.
///
/// # Errors
/// The database's.
pub async fn hurry(tx: &mut Tx, order: &Order, run_at: Instant) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "update order_payments set run_at = $3, attempt = 1
         where workspace_id = $1 and order_id = $2 and attempt = 0 and run_at > $3")
        .bind(order.workspace_id).bind(order.id).bind(run_at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::server::db::{swallow_inserts, test_databases};

    #[tokio::test]
    async fn an_instance_whose_name_was_not_kept_is_an_inconsistency() {
        for test in test_databases().await {
            swallow_inserts(&test.db, "payment_instance").await;
            let named = instance(&mut test.db.write().await.unwrap()).await;
            let found = Inconsistency::within(named.unwrap_err()).unwrap();
            assert_eq!(found, Inconsistency::new("payment_instance", "one", 1));
        }
    }
}
