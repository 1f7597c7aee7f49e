//! What a request would cost, before it is confirmed (rule C1).

use super::{
    forecast::{self, Forecast},
    waterfall::{self, Offered},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{Campaign, LeadCount, OwnedContacts},
    credits::{self, Balance, Credits, Draw},
    directory::{Criteria, Directory},
    server::{app::App, error::AppError},
};

/// Credits for one lead, at price version 1.
pub const PRICE: i64 = 1;

/// Everything a person needs to know before confirming.
#[derive(Debug, Clone)]
pub struct Quote {
    /// People who match.
    pub matching: i64,
    /// Of these, how many the workspace owns already and will not be charged for again.
    pub owned: i64,
    pub quantity: LeadCount,
    /// The most for one lead: of its dearest source.
    pub price: Credits,
    /// The sources it would draw from, in order.
    pub sources: Vec<Offered>,
    /// The ceiling: the most this request can cost (C2).
    pub cost_max: Credits,
    pub balance: Balance,
    /// The lots it would draw from, in the published order (C11).
    pub draws: Vec<Draw>,
    /// How long it would take.
    pub forecast: Forecast,
}

impl Quote {
    /// People who can be delivered: matching and not owned.
    pub fn deliverable(&self) -> i64 {
        self.matching - self.owned
    }

    /// Whether nobody can be delivered; sources other than the directory say only when they are asked.
    pub fn is_in_vain(&self) -> bool {
        self.deliverable() == 0 && !waterfall::asks_others(&self.sources)
    }

    /// Whether the balance covers the ceiling.
    pub fn is_affordable(&self) -> bool {
        self.cost_max <= self.balance.available
    }

    /// The balance if every lead is delivered; nothing when it does not suffice.
    pub fn available_after(&self) -> Option<Credits> {
        self.balance.available.minus(self.cost_max).ok()
    }

    /// How many leads the balance pays for.
    pub fn affordable(&self) -> i64 {
        self.balance.available.get() / self.price.get()
    }
}

/// Works out the quote for `quantity` leads.
///
/// # Errors
/// When the index or the database does not answer.
pub async fn quote(
    app: &App,
    workspace: WorkspaceId,
    campaign: &Campaign,
    quantity: LeadCount,
) -> Result<Quote, AppError> {
    let reach = reach(app, workspace, &campaign.criteria).await?;
    let mut tx = app.db.read().await?;
    let sources = waterfall::plan(&mut tx, workspace, campaign.id).await?;
    let price = waterfall::price_max(&sources);
    let cost_max = price.times(quantity.get()).map_err(anyhow::Error::from)?;
    Ok(Quote {
        matching: reach.matching,
        owned: reach.owned,
        quantity,
        price,
        sources,
        cost_max,
        balance: credits::balance(&mut tx, workspace).await?,
        draws: credits::planned_draws(&mut tx, workspace, cost_max, app.clock.now()).await?,
        forecast: forecast::forecast(&mut tx, workspace).await?,
    })
}

/// How many people match, and how many of them the workspace owns.
#[derive(Debug, Clone, Copy)]
pub struct Reach {
    pub matching: i64,
    pub owned: i64,
}

/// Counts exactly, from the index and the workspace's leads.
///
/// # Errors
/// When the index or the database does not answer.
pub async fn reach(app: &App, workspace: WorkspaceId, criteria: &Criteria) -> Result<Reach, AppError> {
    let owned = app.of::<OwnedContacts>().of(&mut app.db.read().await?, workspace).await?.all;
    let found = app.of::<Directory>().count(criteria).await?;
    let owned_here = app.of::<Directory>().count_among(criteria, &owned).await?;
    Ok(Reach { matching: whole(found.total), owned: whole(owned_here) })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
