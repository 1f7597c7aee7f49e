//! The pages of billing and what they are made of.

mod checkout;
mod fold;
mod history;
mod offers;
mod order;
mod orders;
mod packages;
mod payments;
mod planner;
mod refunds;
mod settings;
mod top_up;

pub use checkout::{CheckoutPage, CheckoutPageData};
pub use history::{HistoryPage, HistoryPageData};
pub use offers::{OfferPage, OffersPage, OffersPageData};
pub use order::{OrderPage, OrderPageData};
pub use packages::Buying;
pub use payments::{PaymentsPage, PaymentsPageData};
pub use planner::{PlannerPage, PlannerPageData};
pub use settings::{SettingsPage, SettingsPageData};
pub use top_up::{TopUpPage, TopUpPageData};
