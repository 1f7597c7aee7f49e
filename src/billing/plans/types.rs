//! Plans and subscriptions.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::month_after;
use crate::{
    accounts::{UserId, WorkspaceId},
    billing::reason::PlanEndReason,
    credits::Credits,
    server::clock::Instant,
};

crate::id!(
    /// A plan that is offered, or was.
    PlanId
);

crate::id!(
    /// A workspace's plan, from its first payment to its end.
    SubscriptionId
);

/// Credits for every month at a price for every month. Never changed: the operator retires it and adds another.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct Plan {
    pub id: PlanId,
    pub name: String,
    /// Each month.
    pub credits: Credits,
    /// The price of a month in minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl Plan {
    /// Whether changing from `current` to this is an upgrade: more credits for more of the same money. Anything else
    /// waits for the end of the paid month.
    pub fn is_upgrade_from(&self, current: &Self) -> bool {
        self.currency == current.currency && self.credits > current.credits && self.amount_minor > current.amount_minor
    }
}

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    Active,
    /// A renewal was declined; it ends at `grace_until` unless that is paid. Credits and sourcing are untouched.
    PastDue,
    /// Ends with the paid month.
    Cancelling,
    Ended,
}

impl SubscriptionState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::PastDue => "Payment failed",
            Self::Cancelling => "Ends soon",
            Self::Ended => "Ended",
        }
    }
}

/// A workspace's plan. At most one that has not ended.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct Subscription {
    pub workspace_id: WorkspaceId,
    pub id: SubscriptionId,
    pub plan_id: PlanId,
    /// The plan from the next month on, when it is another one.
    pub next_plan_id: Option<PlanId>,
    pub state: SubscriptionState,
    pub state_since: Instant,
    /// The day of the month on which it renews; in shorter months their last day.
    pub anchor_day: i64,
    /// Of the newest paid month.
    pub period_start: Instant,
    pub period_end: Instant,
    pub grace_until: Option<Instant>,
    pub provider: String,
    /// What the provider calls it.
    pub provider_reference: Option<String>,
    pub provider_changed_at: Option<Instant>,
    pub next_renewal_fails: bool,
    pub started_by: UserId,
    pub created_at: Instant,
    /// Why it ended.
    pub reason: Option<Json<PlanEndReason>>,
}

impl Subscription {
    /// When the credits of the month that ends at `period_end` expire: at the end of the following one.
    pub fn credits_expire_at(&self, period_end: Instant) -> Instant {
        month_after(period_end, self.anchor_day)
    }

    /// The plan that the next month is for.
    pub fn coming_plan(&self) -> PlanId {
        self.next_plan_id.unwrap_or(self.plan_id)
    }
}
