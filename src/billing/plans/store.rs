//! The SQL of plans, subscriptions and their cycles.

use sqlx::types::Json;

use super::{Plan, PlanId, Subscription, SubscriptionId, SubscriptionState, decide::first_check};
use crate::{
    accounts::{UserId, WorkspaceId},
    billing::{Order, OrderKind, reason::OrderReason},
    credits::{Credits, OrderId},
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency, select::Select},
};

const COLUMNS: &str = "workspace_id, id, plan_id, next_plan_id, state, state_since, anchor_day, period_start, period_end,
     grace_until, provider, provider_reference, provider_changed_at, next_renewal_fails, started_by, created_at, reason";

/// What is offered, in the operator's order.
pub async fn plans(tx: &mut Tx) -> sqlx::Result<Vec<Plan>> {
    on!(tx, c => sqlx::query_as(
        "select id, name, credits, amount_minor, currency from plans where retired_at is null
         order by position, credits, id limit 50")
        .fetch_all(c).await)
}

/// One plan, retired or not.
pub async fn plan(tx: &mut Tx, id: PlanId) -> sqlx::Result<Option<Plan>> {
    on!(tx, c => sqlx::query_as("select id, name, credits, amount_minor, currency from plans where id = $1")
        .bind(id).fetch_optional(c).await)
}

/// The plan that a subscription or an order names.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is none.
pub(super) async fn known_plan(tx: &mut Tx, id: PlanId) -> sqlx::Result<Plan> {
    Ok(plan(tx, id).await?.ok_or_else(|| Inconsistency::new("plans", "id", id))?)
}

/// One plan that is offered.
pub(super) async fn offered_plan(tx: &mut Tx, id: PlanId) -> sqlx::Result<Option<Plan>> {
    on!(tx, c => sqlx::query_as(
        "select id, name, credits, amount_minor, currency from plans where id = $1 and retired_at is null")
        .bind(id).fetch_optional(c).await)
}

/// Adds a plan at the end of the list, or at `position`.
pub(in crate::billing) async fn insert_plan(tx: &mut Tx, plan: &Plan, position: i64, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into plans (id, name, credits, amount_minor, currency, position, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(plan.id).bind(&plan.name).bind(plan.credits).bind(plan.amount_minor).bind(&plan.currency).bind(position)
        .bind(at).execute(c).await.map(drop))
}

/// Takes a plan off the list; `None` when it was not on it, else its position.
pub(in crate::billing) async fn retire_plan(tx: &mut Tx, id: PlanId, at: Instant) -> sqlx::Result<Option<i64>> {
    on!(tx, c => sqlx::query_scalar(
        "update plans set retired_at = $2 where id = $1 and retired_at is null returning position")
        .bind(id).bind(at).fetch_optional(c).await)
}

/// The subscription of `workspace` that has not ended.
///
/// # Errors
/// Only the database's.
pub async fn live_subscription(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Option<Subscription>> {
    select_live_subscription(workspace).read(tx).await
}

/// The same, to be read together with other things.
pub(super) fn select_live_subscription(workspace: WorkspaceId) -> Select<Option<Subscription>> {
    let columns = COLUMNS.replace("next_renewal_fails", "next_renewal_fails flag").replace(" reason", " reason json");
    Select::rows(columns, format!("select {COLUMNS} from subscriptions where workspace_id = $1 and state <> 'ended'"))
        .bind(workspace.0)
        .first()
}

/// One subscription, whoever's it is.
pub async fn subscription(tx: &mut Tx, id: SubscriptionId) -> sqlx::Result<Option<Subscription>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("select {COLUMNS} from subscriptions where id = $1")))
        .bind(id).fetch_optional(c).await)
}

/// The subscription that `provider` calls `reference`.
pub async fn subscription_by_reference(
    tx: &mut Tx,
    provider: &str,
    reference: &str,
) -> sqlx::Result<Option<Subscription>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from subscriptions where provider = $1 and provider_reference = $2")))
        .bind(provider).bind(reference).fetch_optional(c).await)
}

/// Serialises everything that is done to the plan of `workspace`, also when it has none yet: two tabs, two events, a
/// worker and a click. An update that changes nothing locks on both databases.
pub(super) async fn lock(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<()> {
    let locked = on!(tx, c => sqlx::query("update workspaces set name = name where id = $1")
        .bind(workspace).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(locked, "workspaces", "id", workspace)?)
}

pub(super) async fn insert_subscription(tx: &mut Tx, s: &Subscription) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into subscriptions (workspace_id, id, plan_id, state, state_since, anchor_day, period_start, period_end,
             provider, provider_reference, next_renewal_fails, started_by, created_at, run_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
        .bind(s.workspace_id).bind(s.id).bind(s.plan_id).bind(s.state).bind(s.state_since).bind(s.anchor_day)
        .bind(s.period_start).bind(s.period_end).bind(&s.provider).bind(&s.provider_reference)
        .bind(s.next_renewal_fails).bind(s.started_by).bind(s.created_at).bind(first_check(s))
        .execute(c).await.map(drop))
}

/// Writes everything of a subscription that can change.
pub(super) async fn save(tx: &mut Tx, s: &Subscription) -> sqlx::Result<()> {
    let saved = on!(tx, c => sqlx::query(
        "update subscriptions set plan_id = $3, next_plan_id = $4, state = $5, state_since = $6, period_start = $7,
             period_end = $8, grace_until = $9, provider_reference = $10, provider_changed_at = $11,
             next_renewal_fails = $12, reason = $13,
             run_at = case when $14 is null or run_at is null or period_end <> $8 then $14 else run_at end,
             attempt = case when period_end <> $8 then 0 else attempt end
         where workspace_id = $1 and id = $2")
        .bind(s.workspace_id).bind(s.id).bind(s.plan_id).bind(s.next_plan_id).bind(s.state).bind(s.state_since)
        .bind(s.period_start).bind(s.period_end).bind(s.grace_until).bind(&s.provider_reference)
        .bind(s.provider_changed_at).bind(s.next_renewal_fails).bind(&s.reason).bind(first_check(s))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(saved, "subscriptions", "id", s.id)?)
}

/// Notes a paid month, which was not paid before.
pub(super) async fn insert_cycle(
    tx: &mut Tx,
    order: &Order,
    subscription: SubscriptionId,
    plan: PlanId,
    (start, end): (Instant, Instant),
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into subscription_cycles (workspace_id, subscription_id, period_start, period_end, plan_id, order_id, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)")
        .bind(order.workspace_id).bind(subscription).bind(start).bind(end).bind(plan).bind(order.id).bind(at)
        .execute(c).await.map(drop))
}

/// Whether a month that begins within `tolerance` of `start` is paid: a provider's clock and ours differ by seconds.
pub(super) async fn is_paid(
    tx: &mut Tx,
    subscription: &Subscription,
    start: Instant,
    tolerance: std::time::Duration,
) -> sqlx::Result<bool> {
    let cycles: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from subscription_cycles
         where workspace_id = $1 and subscription_id = $2 and period_start between $3 and $4")
        .bind(subscription.workspace_id).bind(subscription.id).bind(start.minus(tolerance)).bind(start.plus(tolerance))
        .fetch_one(c).await)?;
    Ok(cycles > 0)
}

/// Whether an invoice of the provider paid another month of this subscription already.
pub(super) async fn invoice_is_used(
    tx: &mut Tx,
    subscription: &Subscription,
    invoice: &str,
    start: Instant,
) -> sqlx::Result<bool> {
    let orders: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from orders where workspace_id = $1 and provider = $2 and provider_reference = $3
             and period_start <> $4 and state in ('credited', 'refunded')")
        .bind(subscription.workspace_id).bind(&subscription.provider).bind(invoice).bind(start)
        .fetch_one(c).await)?;
    Ok(orders > 0)
}

/// What an order for a plan is about.
pub(super) struct NewOrder<'a> {
    pub kind: OrderKind,
    pub workspace: WorkspaceId,
    pub ordered_by: UserId,
    pub provider: &'a str,
    pub provider_reference: Option<&'a str>,
    /// What the order is called on pages and receipts.
    pub name: String,
    pub plan: PlanId,
    pub credits: Credits,
    pub amount_minor: i64,
    pub currency: &'a str,
    pub subscription: Option<SubscriptionId>,
    pub period: Option<(Instant, Instant)>,
    pub key: &'a str,
}

/// Makes the order, unless its key has one already; returns the order of the key.
pub(super) async fn insert_order(tx: &mut Tx, new: &NewOrder<'_>, at: Instant) -> sqlx::Result<Order> {
    let (start, end) = new.period.unzip();
    on!(tx, c => sqlx::query(
        "insert into orders (workspace_id, id, kind, plan_id, package_name, credits, amount_minor, currency, state,
             state_since, provider, provider_reference, ordered_by, idempotency_key, created_at, subscription_id,
             period_start, period_end)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'created', $9, $10, $11, $12, $13, $9, $14, $15, $16)
         on conflict (workspace_id, idempotency_key) do nothing")
        .bind(new.workspace).bind(OrderId::new()).bind(new.kind).bind(new.plan).bind(&new.name).bind(new.credits)
        .bind(new.amount_minor).bind(new.currency).bind(at).bind(new.provider).bind(new.provider_reference)
        .bind(new.ordered_by).bind(new.key).bind(new.subscription).bind(start).bind(end)
        .execute(c).await.map(drop))?;
    let order = crate::billing::store::order_by_key(tx, new.workspace, new.key).await?;
    Ok(order.ok_or_else(|| Inconsistency::new("orders", "idempotency_key", new.key))?)
}

/// Orders for a plan or an upgrade on which nothing was paid are given up for a newer one.
pub(super) async fn cancel_open_orders(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: OrderKind,
    except_key: &str,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update orders set state = 'cancelled', state_since = $4, reason = $5
         where workspace_id = $1 and kind = $2 and state = 'created' and idempotency_key <> $3
             and (kind = 'upgrade' or subscription_id is null)")
        .bind(workspace).bind(kind).bind(except_key).bind(at).bind(Json(OrderReason::Replaced)).execute(c).await.map(drop))
}

/// Whether a payment for a plan or an upgrade is on its way, or is being asked for.
pub(super) async fn payment_is_pending(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<bool> {
    select_payment_is_pending(workspace).read(tx).await
}

/// The same, to be read together with other things.
pub(super) fn select_payment_is_pending(workspace: WorkspaceId) -> Select<bool> {
    Select::exists(
        "select 1 from orders o where workspace_id = $1 and kind in ('plan', 'upgrade') and (state = 'pending'
             or (state = 'created' and exists (select 1 from payment_calls p where p.workspace_id = o.workspace_id
                 and p.order_id = o.id and p.kind = 'charge' and p.state = 'open')))",
    )
    .bind(workspace.0)
}

/// Ties an order to the subscription and month it paid for, or unties it.
pub(super) async fn set_order_period(
    tx: &mut Tx,
    order: OrderId,
    subscription: Option<SubscriptionId>,
    period: Option<(Instant, Instant)>,
) -> sqlx::Result<()> {
    let (start, end) = period.unzip();
    let tied = on!(tx, c => sqlx::query(
        "update orders set subscription_id = $2, period_start = $3, period_end = $4 where id = $1")
        .bind(order).bind(subscription).bind(start).bind(end).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(tied, "orders", "id", order)?)
}

/// Notes what the provider says about an order for a plan before it is settled.
pub(super) async fn set_order_reference(
    tx: &mut Tx,
    order: OrderId,
    reference: &str,
    (start, end): (Instant, Instant),
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update orders set provider_reference = $2, period_start = $3, period_end = $4
         where id = $1 and subscription_id is null and state not in ('credited', 'refunded')")
        .bind(order).bind(reference).bind(start).bind(end).execute(c).await.map(drop))
}

/// Subscriptions in `state` whose time has come, longest first: `active` and `cancelling` ones by the end of their month,
/// `past_due` ones by the end of their grace. `provider` narrows it.
pub(super) async fn due(
    tx: &mut Tx,
    state: SubscriptionState,
    provider: Option<&str>,
    at: Instant,
    limit: i64,
) -> sqlx::Result<Vec<Subscription>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from subscriptions where state = $1 and ($2 is null or provider = $2)
             and (case when state = 'past_due' then grace_until else period_end end) <= $3
         order by period_end, id limit $4")))
        .bind(state).bind(provider).bind(at).bind(limit).fetch_all(c).await)
}

/// Subscriptions that renew after `from` and until `until` and were not announced.
pub(super) async fn renewing(
    tx: &mut Tx,
    from: Instant,
    until: Instant,
    limit: i64,
) -> sqlx::Result<Vec<Subscription>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {COLUMNS} from subscriptions where state = 'active' and period_end > $1 and period_end <= $2
             and (announced_end is null or announced_end <> period_end) order by period_end, id limit $3")))
        .bind(from).bind(until).bind(limit).fetch_all(c).await)
}

/// Notes that a renewal is announced; `false` when it was before, or is not due any more.
pub(super) async fn announce(tx: &mut Tx, s: &Subscription) -> sqlx::Result<bool> {
    let noted = on!(tx, c => sqlx::query(
        "update subscriptions set announced_end = period_end where workspace_id = $1 and id = $2 and period_end = $3
             and state = 'active' and (announced_end is null or announced_end <> period_end)")
        .bind(s.workspace_id).bind(s.id).bind(s.period_end).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(noted == 1)
}

/// A paid month, or a paid order for one, with the other half where there is one.
#[derive(Debug, sqlx::FromRow)]
pub(in crate::billing) struct CycleAndOrder {
    pub order_id: OrderId,
    /// Whether the month is noted.
    pub cycle: bool,
    /// Whether there is a paid order for the month of a subscription.
    pub paid: bool,
    /// Whether the order's lot is one of a plan.
    pub lot: bool,
}

/// Every month of `workspace` and every paid order for one, after `after`.
pub(in crate::billing) async fn cycles_and_orders(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<OrderId>,
    limit: i64,
) -> sqlx::Result<Vec<CycleAndOrder>> {
    on!(tx, c => sqlx::query_as(
        "select named.order_id, y.order_id is not null as cycle,
             coalesce(o.state in ('credited', 'refunded') and o.kind = 'plan', false) as paid,
             coalesce(l.kind = 'plan', false) as lot
         from (select order_id from subscription_cycles where workspace_id = $1
               union select id from orders where workspace_id = $1 and kind = 'plan' and subscription_id is not null
                   and state in ('credited', 'refunded')) named
         left join subscription_cycles y on y.workspace_id = $1 and y.order_id = named.order_id
         left join orders o on o.workspace_id = $1 and o.id = named.order_id
         left join credit_lots l on l.workspace_id = $1 and l.order_id = named.order_id
         where $2 is null or named.order_id > $2
         order by named.order_id limit $3")
        .bind(workspace).bind(after).bind(limit).fetch_all(c).await)
}
