//! The pages of billing and what they are made of.

mod checkout;
mod order;
mod orders;
mod packages;
mod planner;
mod settings;

pub use checkout::{CheckoutPage, CheckoutPageData};
pub use order::{OrderPage, OrderPageData};
pub use packages::Buying;
pub use planner::{PlannerPage, PlannerPageData};
pub use settings::{SettingsPage, SettingsPageData};
