//! Giving up an order before it is paid.

use super::{Order, OrderState, provider::stripe::calls, store};
use crate::server::{clock::Instant, db::Tx};

/// Cancels an order on which nothing was paid. Returns whether it did: an order whose payment is on its way, or that
/// is closed, stays as it is.
pub async fn cancel(tx: &mut Tx, order: &Order, at: Instant) -> sqlx::Result<bool> {
    if calls::is_charging(tx, order.workspace_id, order.id).await? {
        return Ok(false);
    }
    let reason = "Cancelled before paying. Nothing was charged.";
    store::move_order(tx, order.id, &[OrderState::Created], OrderState::Cancelled, reason, at).await
}
