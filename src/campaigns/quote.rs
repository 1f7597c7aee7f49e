//! What a request would cost (rule C1).

use crate::{
    campaigns::LeadCount,
    credits::{Balance, Credits},
};

/// The numbers to know before a request is confirmed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// People who match.
    pub matching: i64,
    /// Of these, how many the workspace owns already and will not be charged for again.
    pub owned: i64,
    pub quantity: LeadCount,
    /// People that the source that is asked first surely has; their price is `sure_price`.
    pub sure: i64,
    pub sure_price: Credits,
    /// The most for one lead of the others: of the dearest source.
    pub price: Credits,
    /// The least that all its leads can cost: at the cheapest price.
    pub cost_min: Credits,
    /// The ceiling: the most this request can cost (C2). The sure ones at their price, the rest at the dearest.
    pub cost_max: Credits,
    pub balance: Balance,
}

impl Quote {
    /// The balance if every lead is delivered; nothing when it does not suffice.
    pub fn available_after(&self) -> Option<Credits> {
        self.balance.available.minus(self.cost_max).ok()
    }

    /// People who can be delivered: matching and not owned.
    pub fn deliverable(&self) -> i64 {
        self.matching - self.owned
    }

    /// Whether the balance covers the ceiling.
    pub fn is_affordable(&self) -> bool {
        self.cost_max <= self.balance.available
    }

    /// How many leads the balance pays for.
    pub fn affordable(&self) -> i64 {
        let (available, sure) = (self.balance.available.get(), self.sure_price.get());
        match available / sure {
            few if few <= self.sure => few,
            _ => self.sure + (available - self.sure * sure) / self.price.get(),
        }
    }
}
