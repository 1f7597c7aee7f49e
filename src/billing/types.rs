//! Packages and orders.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{
    plans::{PlanId, SubscriptionId},
    reason::OrderReason,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{Credits, OrderId},
    server::clock::Instant,
    ui::credits_text,
};

crate::id!(
    /// Something that can be bought.
    PackageId
);

/// An amount of credits at a price.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct Package {
    pub id: PackageId,
    pub name: String,
    pub credits: Credits,
    /// The price in minor units of `currency`.
    pub amount_minor: i64,
    /// ISO 4217, upper case.
    pub currency: String,
}

impl Package {
    /// What it is called in a line of text, with its credits.
    pub fn title(&self) -> String {
        titled(&self.name, self.credits)
    }
}

/// A name with its credits; most packages are named by their credits alone.
pub fn titled(name: &str, credits: Credits) -> String {
    let credits = credits_text(credits.get());
    if name == credits { credits } else { format!("{name}: {credits}") }
}

/// What an order is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// A package, bought by somebody on a page.
    Package,
    /// A package, bought by automatic top-up (C20).
    TopUp,
    /// A month of a plan.
    Plan,
    /// The step to a better plan in the middle of a month.
    Upgrade,
}

/// Where an order stands (rule C18).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Nothing paid yet.
    Created,
    /// The payment is on its way.
    Pending,
    /// Paid, and the credits are there: both at once.
    Credited,
    /// The payment was declined.
    Failed,
    /// Given up before paying.
    Cancelled,
    Refunded,
}

impl OrderState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Created => "Not paid yet",
            Self::Pending => "Payment pending",
            Self::Credited => "Paid",
            Self::Failed => "Declined",
            Self::Cancelled => "Cancelled",
            Self::Refunded => "Refunded",
        }
    }

    /// Whether a payment may still arrive as the order's owner expects it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending)
    }
}

/// One purchase. Price and credits are the package's at the moment of ordering.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Deserialize)]
pub struct Order {
    pub workspace_id: WorkspaceId,
    pub id: OrderId,
    pub kind: OrderKind,
    /// Of a package or a top-up.
    pub package_id: Option<PackageId>,
    /// Of a month of a plan or an upgrade.
    pub plan_id: Option<PlanId>,
    /// The plan's month that it pays for; known once it is paid, and before that for renewals and upgrades.
    pub subscription_id: Option<SubscriptionId>,
    pub period_start: Option<Instant>,
    pub period_end: Option<Instant>,
    /// What was bought, as it was called then.
    pub package_name: String,
    pub credits: Credits,
    pub amount_minor: i64,
    pub currency: String,
    pub state: OrderState,
    pub state_since: Instant,
    pub reason: Option<Json<OrderReason>>,
    pub provider: String,
    /// The provider's name for what paid it.
    pub provider_reference: Option<String>,
    pub pays_at: Option<Instant>,
    pub ordered_by: UserId,
    pub created_at: Instant,
    /// When it was paid and its credits came.
    pub credited_at: Option<Instant>,
    /// How much of the price was charged, when that is less than the price: a discount or credit at the provider paid the rest.
    pub paid_minor: Option<i64>,
    /// Gapless on this instance; allotted when it was paid.
    pub receipt_number: Option<i64>,
}

impl Order {
    /// What was bought in a line of text, with its credits.
    pub fn title(&self) -> String {
        titled(&self.package_name, self.credits)
    }

    /// How much of its price is charged, in minor units: what can go back.
    pub fn charged_minor(&self) -> i64 {
        self.paid_minor.unwrap_or(self.amount_minor)
    }

    /// The reason of its state as a sentence; empty when it has none.
    pub fn reason_text(&self) -> &str {
        self.reason.as_ref().map_or("", |reason| reason.sentence())
    }
}
