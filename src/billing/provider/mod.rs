//! Payment providers: who takes the money and tells us about it.

pub mod embedded;
pub mod stripe;

use std::sync::Arc;

use super::{BillingError, Order, Settlement};
use crate::{accounts::WorkspaceId, app::App, server::config::Config};

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
        app.payments.clone()
    }

    /// What the configuration chooses: Stripe when its keys are set, else the embedded one, except in production.
    pub fn configured(config: &Config) -> Option<Self> {
        match &config.stripe {
            Some(keys) => Some(Self::Stripe(Arc::new(Stripe::new(keys.clone())))),
            None if config.is_production() => None,
            None => Some(Self::Embedded),
        }
    }

    pub fn is_embedded(&self) -> bool {
        matches!(self, Self::Embedded)
    }

    /// Whether monthly plans can be paid through it.
    pub fn sells_plans(&self) -> bool {
        match self {
            Self::Embedded => true,
            Self::Stripe(_) => false,
        }
    }

    /// The word in the database.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Embedded => embedded::NAME,
            Self::Stripe(_) => stripe::NAME,
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
