//! Giving up an order before it is paid.

use super::{Order, OrderState, provider::stripe::calls, reason::OrderReason, store};
use crate::server::{clock::Instant, db::Tx};

/// Cancels an order on which nothing was paid. Returns whether it did: an order whose payment is on its way, or that
/// is closed, stays as it is.
pub async fn cancel(tx: &mut Tx, order: &Order, at: Instant) -> sqlx::Result<bool> {
    if calls::is_charging(tx, order.workspace_id, order.id).await? {
        return Ok(false);
    }
    let from = [OrderState::Created];
    store::move_order(tx, order.id, &from, OrderState::Cancelled, &OrderReason::Cancelled, at).await
}
