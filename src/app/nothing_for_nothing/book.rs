//! What a workspace was given, paid and saw, written down beside the product from what happened and from what its pages show.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    campaigns::ids::LeadId,
    credits::{OrderId, SIGNUP_PROMOTION},
    server::clock::Instant,
};

/// Leads that a workspace may return in 30 days, however few it was delivered, and its share.
const RETURNS_MIN: i64 = 25;
pub const RETURNS_PERCENT: i64 = 20;
const MONTH_MICROS: i64 = 30 * 24 * 60 * 60 * 1_000_000;

/// How a dispute at the bank stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Dispute {
    #[default]
    None,
    Open,
    Won,
    Lost,
}

/// Money that went back for an order.
#[derive(Debug, Clone, Copy)]
pub struct Back {
    pub minor: i64,
    /// The credits that it pays for.
    pub credits: i64,
    pub failed: bool,
}

/// A paid order.
#[derive(Debug, Clone)]
pub struct Bought {
    pub id: OrderId,
    pub credits: i64,
    pub price_minor: i64,
    pub back: Vec<Back>,
    pub dispute: Dispute,
}

impl Bought {
    pub fn new(id: OrderId, credits: i64, price_minor: i64) -> Self {
        Self { id, credits, price_minor, back: Vec::new(), dispute: Dispute::None }
    }

    pub fn returned_minor(&self) -> i64 {
        self.back.iter().filter(|back| !back.failed).map(|back| back.minor).sum()
    }

    /// Part of its price is `minor`: what of its credits that pays for. Prices are chosen so that nothing is left over.
    pub fn share(&self, minor: i64) -> i64 {
        self.credits * minor / self.price_minor
    }

    /// The credits that the money which is still here pays for.
    pub fn paid_for(&self) -> i64 {
        let gone: i64 = self.back.iter().filter(|back| !back.failed).map(|back| back.credits).sum();
        match self.dispute {
            Dispute::Open | Dispute::Lost => 0,
            _ if self.returned_minor() >= self.price_minor => 0,
            Dispute::None | Dispute::Won => (self.credits - gone).max(0),
        }
    }
}

/// The book of one workspace.
#[derive(Debug, Default)]
pub struct Book {
    pub gift: i64,
    pub bought: Vec<Bought>,
    /// Every lead that a request delivered, and when.
    pub delivered: BTreeMap<LeadId, Instant>,
    /// Those whose address was seen, and the people behind them.
    pub seen: BTreeSet<LeadId>,
    pub people: BTreeSet<String>,
    /// Addresses that the workspace brought itself.
    pub own: BTreeSet<String>,
    /// Leads that were paid back for a cause.
    causes: BTreeSet<LeadId>,
    /// When how many were returned.
    returned: Vec<(Instant, i64)>,
}

/// What the product says that the workspace has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Account {
    pub available: i64,
    pub held: i64,
    pub spent: i64,
    pub expired: i64,
    /// What comes back to lots whose money went back, and leaves again then.
    pub owed: i64,
}

impl Book {
    /// Free credits came.
    pub fn given(&mut self, credits: i64) {
        assert_eq!(credits, SIGNUP_PROMOTION);
        self.gift += credits;
    }

    /// A lead was paid back because it was bad.
    pub fn paid_back_for_a_cause(&mut self, lead: LeadId) {
        assert!(self.causes.insert(lead), "{lead} is paid back twice");
    }

    /// Whether the workspace may know this address: it was revealed, or it brought it itself.
    pub fn knows(&self, address: &str) -> bool {
        self.people.contains(address) || self.own.contains(address)
    }

    pub fn returned(&mut self, leads: i64, at: Instant) {
        self.returned.push((at, leads));
        let month = |moment: Instant| moment.micros() > at.micros() - MONTH_MICROS;
        let delivered = count(self.delivered.values().filter(|moment| month(**moment)));
        let returned: i64 = self.returned.iter().filter(|(moment, _)| month(*moment)).map(|(_, leads)| leads).sum();
        let most = RETURNS_MIN.max(delivered * RETURNS_PERCENT / 100);
        assert!(returned <= most, "{returned} of {delivered} were returned in 30 days");
    }

    /// Invariant 10, and that nothing appears from nowhere.
    pub fn check(&self, account: Account) {
        let Account { available, held, spent, expired, owed } = account;
        let (causes, people) = (count(self.causes.iter()), count(self.people.iter()));
        assert!(people <= spent + causes, "{people} people were seen for {spent} credits and {causes} causes");
        let returned: i64 = self.returned.iter().map(|(_, leads)| leads).sum();
        assert_eq!(
            count(self.delivered.keys()),
            spent + causes + returned,
            "each delivered lead was paid for, returned, or paid back for a cause"
        );
        let paid_for: i64 = self.bought.iter().map(Bought::paid_for).sum();
        assert_eq!(
            self.gift + paid_for + owed,
            available + held + spent + expired,
            "{} given, the money pays for {paid_for}: {account:?}",
            self.gift
        );
    }
}

fn count<T>(all: impl Iterator<Item = T>) -> i64 {
    i64::try_from(all.count()).unwrap()
}
