//! The number of a receipt.

use crate::{
    credits::OrderId,
    on,
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// Allots the next number to an order that is being credited. The counter's row stays locked until the transaction ends,
/// and goes back with it, so numbers have no gap.
///
/// # Errors
/// The database's, and an [`Inconsistency`] when there is no counter, or the order has a number already.
pub async fn number(tx: &mut Tx, order: OrderId, at: Instant) -> sqlx::Result<i64> {
    let number: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "update receipt_numbers set next_number = next_number + 1 where single = 1 returning next_number - 1")
        .fetch_optional(c).await)?;
    let number = number.ok_or_else(|| Inconsistency::new("receipt_numbers", "single", 1))?;
    let numbered = on!(tx, c => sqlx::query("update orders set receipt_number = $2, credited_at = $3 where id = $1 and receipt_number is null")
        .bind(order).bind(number).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Inconsistency::unless_one(numbered, "orders", "receipt_number", order)?;
    Ok(number)
}
