//! The SQL of refunds.

use super::Order;
use crate::{
    accounts::UserId,
    credits::{Claimed, Credits, OrderId},
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

crate::id!(
    /// Money given back for an order, once.
    RefundId
);

/// Where a refund stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundState {
    /// The provider told us of it before the payment itself.
    Waiting,
    /// The credits are revoked; the money is on its way.
    Sending,
    Done,
    /// The provider refused; the credits are back.
    Failed,
}

impl RefundState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Waiting => "Waiting for the payment",
            Self::Sending => "On its way",
            Self::Done => "Paid back",
            Self::Failed => "Failed",
        }
    }
}

/// Who made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RefundOrigin {
    /// Somebody on the order's page.
    Member,
    /// The operator, in the provider's dashboard.
    Provider,
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Refund {
    pub id: RefundId,
    pub order_id: OrderId,
    /// In minor units of `currency`.
    pub amount_minor: i64,
    pub currency: String,
    /// Taken back for it at once.
    pub credits: Credits,
    /// Taken back for it when it came or comes back to the lots of the order.
    pub owed: Credits,
    pub state: RefundState,
    pub state_since: Instant,
    /// What the provider says of one that failed.
    pub note: Option<String>,
    pub origin: RefundOrigin,
    pub reference: Option<String>,
    pub created_at: Instant,
}

const REFUND: &str =
    "select id, order_id, amount_minor, currency, credits, owed, state, state_since, note, origin, reference, created_at
     from refunds where workspace_id = $1 and order_id = $2";

pub(super) async fn insert(
    tx: &mut Tx,
    order: &Order,
    refund: &Refund,
    requested_by: Option<UserId>,
    key: &str,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into refunds (workspace_id, id, order_id, amount_minor, currency, credits, state, state_since, note,
             origin, reference, requested_by, idempotency_key, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)")
        .bind(order.workspace_id).bind(refund.id).bind(order.id).bind(refund.amount_minor).bind(&refund.currency)
        .bind(refund.credits).bind(refund.state).bind(refund.state_since).bind(&refund.note).bind(refund.origin)
        .bind(&refund.reference).bind(requested_by).bind(key).bind(refund.created_at)
        .execute(c).await.map(drop))
}

pub(super) async fn by_key(tx: &mut Tx, order: &Order, key: &str) -> sqlx::Result<Option<Refund>> {
    let sql = format!("{REFUND} and idempotency_key = $3");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(order.workspace_id).bind(order.id).bind(key).fetch_optional(c).await)
}

pub(super) async fn by_id(tx: &mut Tx, order: &Order, id: RefundId) -> sqlx::Result<Option<Refund>> {
    let sql = format!("{REFUND} and id = $3");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(order.workspace_id).bind(order.id).bind(id).fetch_optional(c).await)
}

/// The refund with the provider's name `reference`, else one of the same sum whose name we were not told.
pub(super) async fn by_reference_or_sum(
    tx: &mut Tx,
    order: &Order,
    reference: &str,
    amount_minor: i64,
) -> sqlx::Result<Option<Refund>> {
    let sql = format!(
        "{REFUND} and state <> 'failed' and (reference = $3 or (reference is null and origin = 'provider' and amount_minor = $4))
         order by case when reference = $3 then 0 else 1 end, created_at limit 1"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(order.workspace_id).bind(order.id).bind(reference).bind(amount_minor).fetch_optional(c).await)
}

/// The refunds of an order, oldest first.
pub async fn refunds_of(tx: &mut Tx, order: &Order) -> sqlx::Result<Vec<Refund>> {
    let sql = format!("{REFUND} order by created_at, id limit 100");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(order.workspace_id).bind(order.id).fetch_all(c).await)
}

/// Those that did not fail, oldest first.
pub(super) async fn standing(tx: &mut Tx, order: &Order) -> sqlx::Result<Vec<Refund>> {
    let mut refunds = refunds_of(tx, order).await?;
    refunds.retain(|refund| refund.state != RefundState::Failed);
    Ok(refunds)
}

pub(super) async fn waiting(tx: &mut Tx, order: &Order) -> sqlx::Result<Vec<Refund>> {
    let sql = format!("{REFUND} and state = 'waiting' order by created_at, id limit 100");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(order.workspace_id).bind(order.id).fetch_all(c).await)
}

/// What went back of an order in minor units, or is on its way. With `as_of`: what the provider knew then, when refunds
/// that failed later still counted.
pub async fn returned_minor(tx: &mut Tx, order: &Order, as_of: Option<Instant>) -> sqlx::Result<i64> {
    let as_of = as_of.unwrap_or(Instant(i64::MAX));
    on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(amount_minor), 0) as bigint) from refunds
         where workspace_id = $1 and order_id = $2 and (state <> 'failed' or state_since > $3)")
        .bind(order.workspace_id).bind(order.id).bind(as_of).fetch_one(c).await)
}

/// Moves a refund on, if it is in one of the states `from`. Returns whether it was.
#[expect(clippy::too_many_arguments, reason = "one column each")]
pub(super) async fn close(
    tx: &mut Tx,
    order: &Order,
    id: RefundId,
    from: &[RefundState],
    to: RefundState,
    reference: Option<&str>,
    note: Option<&str>,
    at: Instant,
) -> sqlx::Result<bool> {
    let from = |index: usize| from.get(index).copied();
    let rows = on!(tx, c => sqlx::query(
        "update refunds set state = $4, state_since = $5, note = $6, reference = coalesce(reference, $7)
         where workspace_id = $1 and order_id = $2 and id = $3 and state in ($8, $9, $10)")
        .bind(order.workspace_id).bind(order.id).bind(id).bind(to).bind(at).bind(note).bind(reference)
        .bind(from(0)).bind(from(1)).bind(from(2))
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(rows == 1)
}

/// The provider's name for a refund that is on its way.
pub(super) async fn set_reference(tx: &mut Tx, order: &Order, id: RefundId, reference: &str) -> sqlx::Result<()> {
    let noted = on!(tx, c => sqlx::query(
        "update refunds set reference = coalesce(reference, $4) where workspace_id = $1 and order_id = $2 and id = $3")
        .bind(order.workspace_id).bind(order.id).bind(id).bind(reference).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(noted, "refunds", "id", id)?)
}

/// What is left of the claim of a refund that failed: less, by what its lots did not owe any more, and by what others inherited.
pub(super) async fn set_claimed(tx: &mut Tx, order: &Order, id: RefundId, kept: Claimed) -> sqlx::Result<()> {
    let noted = on!(tx, c => sqlx::query(
        "update refunds set credits = $4, owed = $5 where workspace_id = $1 and order_id = $2 and id = $3")
        .bind(order.workspace_id).bind(order.id).bind(id).bind(kept.taken).bind(kept.owed)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(noted, "refunds", "id", id)?)
}

/// A refund takes over a part of a claim that is over.
pub(super) async fn inherit(tx: &mut Tx, order: &Order, id: RefundId, part: Claimed) -> sqlx::Result<()> {
    let noted = on!(tx, c => sqlx::query(
        "update refunds set credits = credits + $4, owed = owed + $5 where workspace_id = $1 and order_id = $2 and id = $3")
        .bind(order.workspace_id).bind(order.id).bind(id).bind(part.taken).bind(part.owed)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(noted, "refunds", "id", id)?)
}

/// The credits of an order that refunds and disputes took back or wait for, as long as they stay.
pub(super) async fn claimed(tx: &mut Tx, order: &Order) -> sqlx::Result<Credits> {
    on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(credits + owed), 0) as bigint) from (
             select credits, owed from refunds where workspace_id = $1 and order_id = $2 and state <> 'failed'
             union all
             select credits, owed from disputes where workspace_id = $1 and order_id = $2 and state <> 'won') claims")
        .bind(order.workspace_id).bind(order.id).fetch_one(c).await)
}

/// The credits of a refund that waited are revoked now.
pub(super) async fn set_taken(tx: &mut Tx, order: &Order, refund: &Refund, at: Instant) -> sqlx::Result<()> {
    let taken = on!(tx, c => sqlx::query(
        "update refunds set state = 'done', state_since = $4, credits = $5, owed = $6
         where workspace_id = $1 and order_id = $2 and id = $3 and state = 'waiting'")
        .bind(order.workspace_id).bind(order.id).bind(refund.id).bind(at).bind(refund.credits).bind(refund.owed)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(Inconsistency::unless_one(taken, "refunds", "id", refund.id)?)
}
