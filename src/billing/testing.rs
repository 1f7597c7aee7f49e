//! What payment providers and banks say of an order, for tests that know no provider.

use super::{
    BillingError, Order, PaymentEvent, PaymentOutcome, dispute, refund, refund_store, settle, store::lock_known_order,
};
use crate::{
    credits::{self, OrderId},
    server::{clock::Instant, db::Tx},
};

/// What happens to the money of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    Paid,
    /// This part of the price went back so far, through the provider's dashboard.
    GivenBack {
        total_minor: i64,
    },
    /// The newest refund that had not failed did not reach the buyer.
    RefundFailed,
    Disputed,
    DisputeWon,
    DisputeLost,
}

/// Does what the message of a provider would do; answers the order afterwards.
///
/// # Errors
/// Those of acting on a message.
pub async fn told(tx: &mut Tx, id: OrderId, news: News, message: &str, at: Instant) -> Result<Order, BillingError> {
    let order = lock_known_order(tx, id).await?;
    credits::lock(tx, order.workspace_id).await?;
    let bank = format!("bank:{id}");
    match news {
        News::Paid => {
            let event = PaymentEvent {
                provider: super::provider::embedded::NAME,
                event_id: message.to_owned(),
                order: id,
                outcome: PaymentOutcome::Paid,
                amount_minor: order.amount_minor,
                currency: order.currency.clone(),
            };
            return Ok(settle(tx, &event, at).await?.order);
        }
        News::GivenBack { total_minor } => refund::told_of_total(tx, &order, total_minor, at, message, at).await?,
        News::RefundFailed => {
            if let Some(refund) = refund_store::standing(tx, &order).await?.pop() {
                refund::failed(tx, &order, refund.id.0, None, at, at).await?;
            }
        }
        News::Disputed => dispute::opened(tx, &order, &bank, at).await?,
        News::DisputeWon => dispute::won(tx, &order, &bank, at).await?,
        News::DisputeLost => dispute::lost(tx, &order, &bank, at).await?,
    }
    lock_known_order(tx, id).await.map_err(Into::into)
}
