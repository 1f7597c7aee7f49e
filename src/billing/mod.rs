//! Buying credits: packages, orders, and the payment providers that say when an order is paid (rule C18).
//!
//! An order is placed ([`place`]), paid or declined at a provider ([`provider`]), and settled ([`settle()`]): the word
//! "credited" and the lot are one transaction. Price and credits are copied from the package when the order is made.

mod admin_pages;
mod api;
mod cancel;
mod debts;
mod dispute;
mod error;
mod expire;
mod history;
mod notifications;
mod notify;
mod order_pages;
mod pages;
mod payments_pages;
mod place;
mod planner;
pub mod plans;
mod price;
pub mod provider;
mod reason;
mod receipt;
pub mod refund;
mod refund_store;
mod settle;
mod start;
mod store;
pub mod top_up;
mod top_up_pages;
mod types;
mod undo;
pub mod verify;
mod view;

#[cfg(test)]
pub mod testing;

#[cfg(test)]
mod inconsistency_tests;
#[cfg(test)]
mod plan_page_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod top_up_tests;

pub use cancel::cancel;
pub use error::{BillingError, PlanRefusal, PurchaseRefusal};
pub use pages::{doors, routes};
pub use place::place;
pub use provider::stripe::routes as webhook_routes;
pub use refund_store::{Refund, RefundState, refunds_of};
pub use settle::{PaymentEvent, PaymentOutcome, Settlement, settle};
pub use start::start;
#[cfg(test)]
pub use store::orders_before;
pub use store::{order, packages, select_packages, select_pending_orders};
pub use types::{Order, OrderKind, OrderState, Package, PackageId};
