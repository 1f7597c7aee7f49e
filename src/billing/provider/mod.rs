//! Payment providers: who takes the money and tells us about it.

pub mod embedded;

use crate::{credits::OrderId, server::config::Config};

/// The provider that the configuration chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Provider {
    /// A test payment page of our own: needs no account anywhere, moves no money, never runs in production.
    Embedded,
}

impl Provider {
    /// The provider of this instance; `None` when nothing can be bought.
    pub fn of(config: &Config) -> Option<Self> {
        (!config.is_production()).then_some(Self::Embedded)
    }

    /// The word in the database.
    pub fn name(self) -> &'static str {
        match self {
            Self::Embedded => embedded::NAME,
        }
    }

    /// Where the buyer goes to pay.
    pub fn checkout(self, order: OrderId) -> String {
        match self {
            Self::Embedded => format!("/checkout/{order}"),
        }
    }
}
