//! Payment providers: who takes the money and tells us about it.

pub mod embedded;
pub mod stripe;

use std::sync::Arc;

use super::{
    BillingError, Order, Settlement,
    plans::{Plan, Subscription},
};
use crate::{
    accounts::WorkspaceId,
    server::{
        app::App,
        clock::Instant,
        config::Config,
        db::{Db, Tx},
    },
};

use stripe::Stripe;

/// The provider that the configuration chooses. Cheap to clone.
#[derive(Debug, Clone)]
pub enum Provider {
    /// A test payment page of our own: needs no account anywhere, moves no money, never runs in production.
    Embedded,
    /// Stripe Checkout.
    Stripe(Arc<Stripe>),
}

impl Provider {
    /// The provider of this instance; `None` when nothing can be bought.
    pub fn of(app: &App) -> Option<Self> {
        app.of::<Option<Provider>>().clone()
    }

    /// What the configuration chooses: Stripe when its keys are set, else the embedded one, except in production.
    pub fn configured(config: &Config, db: &Db) -> Option<Self> {
        match &config.stripe {
            Some(keys) => Some(Self::Stripe(Arc::new(Stripe::new(keys.clone(), db)))),
            None if config.is_production() => None,
            None => Some(Self::Embedded),
        }
    }

    /// Writes what was received and waits, and takes no more.
    pub async fn end(&self) {
        if let Self::Stripe(stripe) = self {
            stripe.end().await;
        }
    }

    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded)
    }

    /// The word in the database.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => embedded::NAME,
            Self::Stripe(_) => stripe::NAME,
        }
    }

    /// What is wrong with a price, when this provider cannot charge it.
    pub fn price_fault(&self, amount_minor: i64, currency: &str) -> Option<String> {
        match self {
            Self::Embedded => None,
            Self::Stripe(_) => {
                (stripe::units::to_stripe(amount_minor, currency).is_none()).then(|| stripe::units::fault(currency))
            }
        }
    }

    /// Where the buyer of an order goes to pay it. Asked again, the same place. Not inside a transaction.
    ///
    /// # Errors
    /// [`BillingError::Provider`] when the provider cannot be reached or refuses.
    pub async fn checkout(&self, app: &App, order: &Order) -> Result<String, BillingError> {
        match self {
            Self::Embedded => Ok(format!("/checkout/{}", order.id)),
            Self::Stripe(stripe) => stripe.checkout(app, order).await,
        }
    }

    /// Pays `order` with the method that the workspace saved, nobody being there to confirm it, and settles it.
    /// Repeating it never charges twice. Not inside a transaction.
    ///
    /// # Errors
    /// [`BillingError::Provider`] when the outcome is not known yet: ask again later.
    pub async fn charge_saved(&self, app: &App, order: &Order) -> Result<Settlement, BillingError> {
        match self {
            Self::Embedded => embedded::charge_saved(app, order).await,
            Self::Stripe(stripe) => stripe.charge_saved(app, order).await,
        }
    }

    /// Makes what is written down for a workspace now, because somebody waits: changes of its plan, the price of an upgrade.
    /// What the provider does not answer is repeated by a worker. Not inside a transaction.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn pass_on(&self, app: &App, workspace: WorkspaceId) -> Result<(), BillingError> {
        match self {
            Self::Embedded => Ok(()),
            Self::Stripe(stripe) => stripe::hurry(app, stripe, workspace).await,
        }
    }

    /// The provider's own page for payment methods and invoices of a workspace; `None` when there is none yet.
    ///
    /// # Errors
    /// [`BillingError::Provider`].
    pub async fn portal(&self, app: &App, workspace: WorkspaceId) -> Result<Option<String>, BillingError> {
        match self {
            Self::Embedded => Ok(None),
            Self::Stripe(stripe) => stripe.portal(app, workspace).await,
        }
    }
}

/// The most of `amount_minor` that the provider of an order can give back.
pub(super) fn can_give_back(order: &Order, amount_minor: i64) -> i64 {
    match order.provider.as_str() {
        stripe::NAME => stripe::units::round_down(amount_minor, &order.currency),
        _ => amount_minor,
    }
}

/// Asks the provider of a subscription for `plan` from the next month on. Written down in the caller's transaction, made
/// by [`Provider::pass_on`] or a worker. Our own row is the embedded provider's.
pub(super) async fn change_plan(
    tx: &mut Tx,
    seen: &Subscription,
    plan: &Plan,
    at: Instant,
) -> Result<(), BillingError> {
    match seen.provider.as_str() {
        stripe::NAME => stripe::subscriptions::price(tx, seen, plan, at).await,
        _ => Ok(()),
    }
}

/// Asks for the end of a subscription with its paid month; as [`change_plan`].
pub(super) async fn cancel_plan(tx: &mut Tx, seen: &Subscription, at: Instant) -> sqlx::Result<()> {
    match seen.provider.as_str() {
        stripe::NAME => stripe::subscriptions::ends(tx, seen, true, at).await,
        _ => Ok(()),
    }
}

/// Takes [`cancel_plan`] back.
pub(super) async fn resume_plan(tx: &mut Tx, seen: &Subscription, at: Instant) -> sqlx::Result<()> {
    match seen.provider.as_str() {
        stripe::NAME => stripe::subscriptions::ends(tx, seen, false, at).await,
        _ => Ok(()),
    }
}

/// Asks for the end of a subscription now: nothing of it is collected any more; as [`change_plan`].
pub(super) async fn end_plan(tx: &mut Tx, seen: &Subscription, at: Instant) -> sqlx::Result<()> {
    match seen.provider.as_str() {
        stripe::NAME => stripe::subscriptions::end(tx, seen, at).await,
        _ => Ok(()),
    }
}

/// Asks for the price of an upgrade, with the method that pays the plan; as [`change_plan`]. The embedded provider has a
/// page for it.
pub(super) async fn charge_upgrade(tx: &mut Tx, order: &Order, at: Instant) -> Result<(), BillingError> {
    match order.provider.as_str() {
        stripe::NAME => stripe::subscriptions::charge_upgrade(tx, order, at).await,
        _ => Ok(()),
    }
}
