//! The number of a receipt, and who it is made out to.

use sqlx::types::Json;

use super::{BillingDetails, billing_details};
use crate::{
    billing::Order,
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// Allots the next number to an order that is being credited, and keeps who buys. The counter's row stays locked until the
/// transaction ends, and goes back with it, so numbers have no gap.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is no counter, or the order has a number already.
pub async fn number(tx: &mut Tx, order: &Order, at: Instant) -> sqlx::Result<i64> {
    let buyer = buyer_now(tx, order).await?;
    let number: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "update receipt_numbers set next_number = next_number + 1 where single = 1 returning next_number - 1")
        .fetch_optional(c).await)?;
    let number = number.ok_or_else(|| Inconsistency::new("receipt_numbers", "single", 1))?;
    let numbered = on!(tx, c => sqlx::query(
        "update orders set receipt_number = $2, credited_at = $3, buyer = $4 where id = $1 and receipt_number is null")
        .bind(order.id).bind(number).bind(at).bind(Json(&buyer)).execute(c).await.map(|done| done.rows_affected()))?;
    Inconsistency::unless_one(numbered, "orders", "receipt_number", order.id)?;
    Ok(number)
}

/// The details of the workspace as they are now, under its own name where it gave none.
async fn buyer_now(tx: &mut Tx, order: &Order) -> sqlx::Result<BillingDetails> {
    let details = billing_details(tx, order.workspace_id).await?;
    if !details.name.is_empty() {
        return Ok(details);
    }
    let name: Option<String> = on!(tx, c => sqlx::query_scalar("select name from workspaces where id = $1")
        .bind(order.workspace_id).fetch_optional(c).await)?;
    let name = name.ok_or_else(|| Inconsistency::new("workspaces", "id", order.workspace_id))?;
    Ok(BillingDetails { name, ..details })
}

/// Who the receipt of a paid order is made out to; `None` before it is paid.
///
/// # Errors
/// Only the database's.
pub async fn buyer_of(tx: &mut Tx, order: &Order) -> sqlx::Result<Option<BillingDetails>> {
    let kept: Option<Option<Json<BillingDetails>>> = on!(tx, c => sqlx::query_scalar("select buyer from orders where id = $1")
        .bind(order.id).fetch_optional(c).await)?;
    Ok(kept.flatten().map(|kept| kept.0))
}
