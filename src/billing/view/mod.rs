//! The pages of billing and what they are made of.

mod checkout;
mod order;
mod orders;
mod packages;
mod payments;
mod planner;
mod refunds;
mod settings;

pub use checkout::{CheckoutPage, CheckoutPageData};
pub use order::{OrderPage, OrderPageData};
pub use packages::Buying;
pub use payments::{PaymentsPage, PaymentsPageData};
pub use planner::{PlannerPage, PlannerPageData};
pub use settings::{SettingsPage, SettingsPageData};
