//! Monthly plans: what is paid every month, and the credits that come with each paid month.
//!
//! The words: a [`Plan`] is offered, a [`Subscription`] is a workspace's plan, a cycle is one paid month of it. Each
//! payment is an order ([`OrderKind::Plan`](super::OrderKind) or `Upgrade`), so it has a lot and a receipt, and
//! "paid" and the credits are one transaction.
//!
//! What the buyer does: [`subscribe`], [`upgrade`], [`change_at_end`], [`cancel`], [`resume`]. What a provider tells, in
//! any order and any number of times: [`activated`], [`cycle_paid`], [`payment_failed`], [`changed`], [`ended`].
//!
//! Each locks the plan of its workspace and reads; `decide` says what follows, in plain functions; then it is written.
//!
//! The credits of a month expire at the end of the following month: what is left over rolls over once, so there are
//! never more than twice the monthly grant (C13).

mod api;
mod buyer;
mod decide;
mod fulfil;
mod month;
mod pages;
mod panel;
mod provider_events;
mod renew;
mod store;
mod types;
mod view;

#[cfg(test)]
pub(super) mod tests;

pub(super) use api::ChoosePlan;
pub use buyer::{cancel, change_at_end, resume, subscribe, upgrade};
pub(super) use decide::first_check;
pub(super) use fulfil::{declined, fulfil};
pub use month::month_after;
pub(super) use month::month_start;
pub(super) use pages::routes;
pub(super) use panel::{panel_data, select_panel};
pub use provider_events::{
    CycleFailed, CyclePaid, ProviderChange, activated, changed, corrected, cycle_paid, ended, payment_failed,
};
pub(super) use renew::{end_if_over, start};
#[cfg(test)]
pub(super) use renew::{renew_what_is_due, tell_of_renewals};
pub(super) use store::{cycles_and_orders, insert_plan, retire_plan};
pub use store::{live_subscription, plan, plans, subscription, subscription_by_reference};
pub use types::{Plan, PlanId, Subscription, SubscriptionId, SubscriptionState};
pub(super) use view::{PlanPanel, PlanPanelData};
