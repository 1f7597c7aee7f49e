//! What can be wrong with an order or a payment.

use super::{provider::stripe::Fault, refund::NoRefund};
use crate::{
    credits::{CreditError, OrderId, Refusal},
    server::{
        error::{AppError, Conflict},
        inconsistency::Inconsistency,
    },
};

/// Why a plan stays as it is. The text is for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlanRefusal {
    #[error("This plan is no longer offered. Nothing was ordered. Choose another one.")]
    NotOffered,
    #[error("This workspace has a plan already. Nothing was ordered. Change that plan instead.")]
    Subscribed,
    #[error("A payment for your plan is still on its way. Nothing was changed. Wait until it has arrived or failed.")]
    Pending,
    #[error("This workspace has no plan. Nothing was changed.")]
    None,
    #[error(
        "Your plan cannot be changed at the moment: it is ending, unpaid, or just being renewed. Nothing was changed. Check the plan and try again."
    )]
    NotActive,
    #[error("This plan is no step up from yours. Nothing was ordered. Choose it for the next month instead.")]
    NoUpgrade,
    #[error(
        "This plan is paid through another payment provider than the one that serves now. Nothing was changed. Ask the operator of this server."
    )]
    OtherProvider,
    #[error("Monthly plans cannot be paid on this server. Nothing was ordered. Buy a package, or ask its operator.")]
    NoProvider,
}

impl Conflict for PlanRefusal {}

/// Why a purchase stays as it is. The text is for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PurchaseRefusal {
    #[error("This package is no longer sold. Nothing was ordered. Choose another one.")]
    NotForSale,
    #[error("This page is no longer current. Nothing was ordered. Open it again and choose there.")]
    StalePage,
    #[error("No payment provider is configured on this server. Ask its operator to set one up or to add credits.")]
    NoProvider,
    #[error("No payment provider is configured on this server, so nothing can be topped up. Ask its operator.")]
    NoTopUp,
    #[error("This order was made with another payment provider. Nothing was charged. Make a new order.")]
    OtherProvider,
    #[error("Choose on the checkout page how the payment ends. Nothing was changed.")]
    NoChoice,
    #[error("This page is no longer current. Nothing was changed. Open it again.")]
    StaleRefund,
    /// Rule C19.
    #[error("{} Nothing was changed.", .0.text())]
    NoRefund(NoRefund),
    #[error("The payment provider does not answer at the moment. Nothing was charged. Try again in a few minutes.")]
    ProviderSilent,
    #[error("The payment provider did not accept this. Nothing was charged. Contact the operator of this server.")]
    ProviderRefused,
}

impl Conflict for PurchaseRefusal {}

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
    /// An invoice that pays for no month, or that paid for another one.
    #[error("the invoice {invoice} says {said}; one month, paid by an invoice of its own, was expected")]
    Invoice { invoice: String, said: String },
    #[error("{0}")]
    Plan(#[from] PlanRefusal),
    /// Rule C19.
    #[error("nothing can be refunded: {}", .0.text())]
    NoRefund(NoRefund),
    #[error(transparent)]
    Provider(#[from] Fault),
    #[error(transparent)]
    Credit(#[from] CreditError),
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    #[error(transparent)]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for BillingError {
    fn from(error: sqlx::Error) -> Self {
        Inconsistency::within(error).map_or_else(Self::Database, Self::Inconsistent)
    }
}

impl Refusal for BillingError {
    fn is_contention(&self) -> bool {
        match self {
            Self::Credit(error) => error.is_contention(),
            Self::Database(error) => crate::server::db::is_contention(error),
            _ => false,
        }
    }
}

impl From<BillingError> for AppError {
    fn from(error: BillingError) -> Self {
        match error {
            BillingError::NotForSale => PurchaseRefusal::NotForSale.into(),
            BillingError::Plan(refusal) => refusal.into(),
            BillingError::NoOrder(_) => Self::NotFound,
            BillingError::NoRefund(why) => PurchaseRefusal::NoRefund(why).into(),
            BillingError::Provider(fault) => {
                tracing::warn!("the payment provider: {fault}");
                fault.refusal().into()
            }
            BillingError::Credit(error) => error.into(),
            BillingError::Inconsistent(inconsistency) => inconsistency.into(),
            BillingError::Database(error) => error.into(),
            mismatch @ (BillingError::Mismatch { .. } | BillingError::Invoice { .. }) => {
                Self::Internal(mismatch.into())
            }
        }
    }
}
