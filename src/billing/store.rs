//! The SQL of packages, orders and payment events.

use sqlx::types::Json;

use super::{Order, OrderKind, OrderState, Package, PackageId, PaymentEvent, reason::OrderReason};
use crate::{
    accounts::{Member, WorkspaceId},
    credits::OrderId,
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency, select::Select},
};

const ORDER_COLUMNS: &str =
    "workspace_id, id, kind, package_id, plan_id, subscription_id, period_start, period_end, package_name,
     credits, amount_minor, currency, state, state_since, reason, provider, provider_reference, pays_at, ordered_by,
     created_at, credited_at, paid_minor, receipt_number";

/// What is for sale, in the operator's order.
///
/// # Errors
/// Only the database's.
pub async fn packages(tx: &mut Tx) -> sqlx::Result<Vec<Package>> {
    select_packages().read(tx).await
}

/// The same, to be read together with other things.
pub fn select_packages() -> Select<Vec<Package>> {
    Select::rows(
        "id, name, credits, amount_minor, currency",
        "select id, name, credits, amount_minor, currency from packages where retired_at is null
         order by position, credits limit 50",
    )
}

/// Puts a package on sale.
pub(super) async fn insert_package(tx: &mut Tx, package: &Package, position: i64, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into packages (id, name, credits, amount_minor, currency, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(package.id).bind(&package.name).bind(package.credits).bind(package.amount_minor).bind(&package.currency)
        .bind(position).bind(at).execute(c).await.map(drop))
}

/// Takes a package off sale; `None` when it was not on it, else its position.
pub(super) async fn retire_package(tx: &mut Tx, id: PackageId, at: Instant) -> sqlx::Result<Option<i64>> {
    on!(tx, c => sqlx::query_scalar(
        "update packages set retired_at = $2 where id = $1 and retired_at is null returning position")
        .bind(id).bind(at).fetch_optional(c).await)
}

/// Copies the package into a new order; does nothing when the key was used before or the package is not for sale.
pub(super) async fn insert_order(
    tx: &mut Tx,
    member: &Member,
    id: OrderId,
    provider: &str,
    package: PackageId,
    key: &str,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into orders (workspace_id, id, package_id, package_name, credits, amount_minor, currency, state,
             state_since, provider, ordered_by, idempotency_key, created_at)
         select $1, $2, id, name, credits, amount_minor, currency, 'created', $3, $4, $5, $6, $3
         from packages where id = $7 and retired_at is null
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(member.workspace).bind(id).bind(at).bind(provider).bind(member.user).bind(key).bind(package)
        .execute(c).await.map(drop))
}

pub(super) async fn order_by_key(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> sqlx::Result<Option<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("select {ORDER_COLUMNS} from orders where workspace_id = $1 and idempotency_key = $2")))
        .bind(workspace).bind(key).fetch_optional(c).await)
}

/// One order of `workspace`.
pub async fn order(tx: &mut Tx, workspace: WorkspaceId, id: OrderId) -> sqlx::Result<Option<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("select {ORDER_COLUMNS} from orders where workspace_id = $1 and id = $2")))
        .bind(workspace).bind(id).fetch_optional(c).await)
}

/// The orders of `workspace` whose payment is on its way, newest first.
pub fn select_pending_orders(workspace: WorkspaceId) -> Select<Vec<Order>> {
    let pending = format!(
        "select {ORDER_COLUMNS} from orders where workspace_id = $1 and state = 'pending' order by id desc limit 20"
    );
    Select::rows(ORDER_COLUMNS.replace(" reason,", " reason json,"), pending).bind(workspace.0)
}

/// Orders of `workspace` older than `before` (exclusive), newest first: ids sort by when they were made.
pub async fn orders_before(
    tx: &mut Tx,
    workspace: WorkspaceId,
    before: Option<OrderId>,
    limit: i64,
) -> sqlx::Result<Vec<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {ORDER_COLUMNS} from orders where workspace_id = $1 and ($2 is null or id < $2) order by id desc limit $3")))
        .bind(workspace).bind(before).bind(limit).fetch_all(c).await)
}

/// Orders of one kind on which nothing was decided yet, longest first.
pub(super) async fn orders_waiting(
    tx: &mut Tx,
    kind: OrderKind,
    provider: &str,
    limit: i64,
) -> sqlx::Result<Vec<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {ORDER_COLUMNS} from orders where kind = $1 and state = 'created' and provider = $2 order by created_at limit $3")))
        .bind(kind).bind(provider).bind(limit).fetch_all(c).await)
}

/// An order, whoever's it is, locked until the transaction ends: an update that changes nothing locks on both databases.
pub(super) async fn lock_order(tx: &mut Tx, id: OrderId) -> sqlx::Result<Option<Order>> {
    on!(tx, c => sqlx::query("update orders set state = state where id = $1").bind(id).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("select {ORDER_COLUMNS} from orders where id = $1")))
        .bind(id).fetch_optional(c).await)
}

/// Whose an order is.
pub(super) async fn workspace_of_order(tx: &mut Tx, id: OrderId) -> sqlx::Result<Option<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar("select workspace_id from orders where id = $1").bind(id).fetch_optional(c).await)
}

/// The same for an order that another row names, or that was read before.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is none.
pub(super) async fn lock_known_order(tx: &mut Tx, id: OrderId) -> sqlx::Result<Order> {
    Ok(lock_order(tx, id).await?.ok_or_else(|| Inconsistency::new("orders", "id", id))?)
}

/// Whether an order was paid, also when the money went back since.
pub(super) async fn is_paid(tx: &mut Tx, id: OrderId) -> sqlx::Result<bool> {
    let paid: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from orders where id = $1 and state in ('credited', 'refunded')")
        .bind(id).fetch_one(c).await)?;
    Ok(paid > 0)
}

/// Moves an order on, if it is in one of the states `from`. Returns whether it was.
pub(super) async fn move_order(
    tx: &mut Tx,
    id: OrderId,
    from: &[OrderState],
    to: OrderState,
    reason: &OrderReason,
    at: Instant,
) -> sqlx::Result<bool> {
    let from = |index: usize| from.get(index).copied();
    let rows = on!(tx, c => sqlx::query(
        "update orders set state = $2, state_since = $3, reason = $4, pays_at = null
         where id = $1 and state in ($5, $6, $7, $8)")
        .bind(id).bind(to).bind(at).bind(Json(reason)).bind(from(0)).bind(from(1)).bind(from(2)).bind(from(3))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// How much of the price of a paid order was charged, when that is less: the rest was a discount, or credit at the provider.
pub(super) async fn set_paid(tx: &mut Tx, id: OrderId, paid_minor: i64) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update orders set paid_minor = $2 where id = $1 and paid_minor is null")
        .bind(id).bind(paid_minor).execute(c).await.map(drop))
}

/// The last try to pay an order failed, as the provider says; it can still be paid.
pub(super) async fn note_failed_try(tx: &mut Tx, id: OrderId, message: Option<&str>) -> sqlx::Result<()> {
    let reason = OrderReason::CardDeclined { message: message.map(str::to_owned) };
    on!(tx, c => sqlx::query("update orders set reason = $2 where id = $1 and state = 'created'")
        .bind(id).bind(Json(reason)).execute(c).await.map(drop))
}

/// Orders on which nothing was paid since `before`, oldest first, and that no charge of a saved method is open for.
pub(super) async fn unpaid_orders(tx: &mut Tx, before: Instant, limit: i64) -> sqlx::Result<Vec<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {ORDER_COLUMNS} from orders where state = 'created' and created_at < $1 and not exists (select 1 from payment_calls p
             where p.workspace_id = orders.workspace_id and p.order_id = orders.id and p.kind = 'charge' and p.state = 'open')
         order by created_at limit $2")))
        .bind(before).bind(limit).fetch_all(c).await)
}

/// When the payment of a pending order arrives (embedded provider).
pub(super) async fn set_pays_at(tx: &mut Tx, id: OrderId, pays_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update orders set pays_at = $2 where id = $1 and state = 'pending'")
        .bind(id).bind(pays_at).execute(c).await.map(drop))
}

/// Pending orders of `provider` whose payment has arrived, longest first.
pub(super) async fn due_orders(tx: &mut Tx, provider: &str, at: Instant, limit: i64) -> sqlx::Result<Vec<Order>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {ORDER_COLUMNS} from orders where state = 'pending' and pays_at <= $1 and provider = $2 order by pays_at limit $3")))
        .bind(at).bind(provider).bind(limit).fetch_all(c).await)
}

/// Notes an event; `false` when it was seen before.
pub(super) async fn insert_event(tx: &mut Tx, event: &PaymentEvent, at: Instant) -> sqlx::Result<bool> {
    let rows = on!(tx, c => sqlx::query(
        "insert into payment_events (provider, event_id, order_id, outcome, amount_minor, currency, received_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (provider, event_id) do nothing")
        .bind(event.provider).bind(&event.event_id).bind(event.order).bind(event.outcome.word())
        .bind(event.amount_minor).bind(&event.currency).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// An order and the lot that names it; one of the two may be missing.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct OrderAndLot {
    pub order_id: OrderId,
    pub state: Option<OrderState>,
    pub credits: Option<i64>,
    pub granted: Option<i64>,
}

/// Every order of `workspace` after `after` with the lot it credited, and every lot that names an order.
pub(super) async fn orders_and_lots(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<OrderId>,
    limit: i64,
) -> sqlx::Result<Vec<OrderAndLot>> {
    on!(tx, c => sqlx::query_as(
        "select named.order_id, o.state, o.credits, l.granted
         from (select id as order_id from orders where workspace_id = $1
               union select order_id from credit_lots where workspace_id = $1 and order_id is not null) named
         left join orders o on o.workspace_id = $1 and o.id = named.order_id
         left join credit_lots l on l.workspace_id = $1 and l.order_id = named.order_id
         where $2 is null or named.order_id > $2
         order by named.order_id limit $3")
        .bind(workspace).bind(after).bind(limit).fetch_all(c).await)
}
