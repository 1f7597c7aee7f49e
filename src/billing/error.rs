//! What can be wrong with an order or a payment.

use super::{provider::stripe::Fault, refund::NoRefund};
use crate::{
    credits::{CreditError, OrderId},
    server::error::AppError,
};

/// Why nothing was ordered or settled. Nothing changed then.
#[derive(Debug, thiserror::Error)]
pub enum BillingError {
    /// The package does not exist or is retired.
    #[error("this package is not for sale")]
    NotForSale,
    #[error("there is no order {0}")]
    NoOrder(OrderId),
    /// A payment event that does not fit its order: somebody's mistake, or an attempt to pay less.
    #[error("order {order} is about {expected}, the event {event} says {said}")]
    Mismatch { order: OrderId, event: String, expected: String, said: String },
    /// Rule C19.
    #[error("nothing can be refunded: {}", .0.text())]
    NoRefund(NoRefund),
    #[error(transparent)]
    Provider(#[from] Fault),
    #[error(transparent)]
    Credit(#[from] CreditError),
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

impl From<BillingError> for AppError {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::NotForSale => {
                Self::Conflict("This package is no longer sold. Nothing was ordered. Choose another one.".into())
            }
            BillingError::NoOrder(_) => Self::NotFound,
            BillingError::NoRefund(why) => Self::Conflict(format!("{} Nothing was changed.", why.text())),
            BillingError::Provider(fault) => {
                tracing::warn!("the payment provider: {fault}");
                Self::Conflict(fault.for_people().into())
            }
            BillingError::Credit(error) => error.into(),
            BillingError::Database(error) => error.into(),
            mismatch @ BillingError::Mismatch { .. } => Self::Internal(mismatch.into()),
        }
    }
}
