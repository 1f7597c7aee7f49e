//! What a request would cost, before it is confirmed (rule C1).

use super::{
    forecast::{self, Forecast},
    waterfall::{self, Offered},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{Campaign, LeadCount, OwnedContacts, Quote},
    credits::{self, Draw},
    directory::{Criteria, Directory},
    server::{app::App, error::AppError},
};

/// Credits for one lead, at price version 1.
pub const PRICE: i64 = 1;

/// Everything a person needs to know before confirming: the numbers, and where they come from.
#[derive(Debug, Clone)]
pub struct FullQuote {
    pub numbers: Quote,
    /// The sources it would draw from, in order.
    pub sources: Vec<Offered>,
    /// The lots it would draw from, in the published order (C11).
    pub draws: Vec<Draw>,
    /// How long it would take.
    pub forecast: Forecast,
}

impl std::ops::Deref for FullQuote {
    type Target = Quote;

    fn deref(&self) -> &Quote {
        &self.numbers
    }
}

impl FullQuote {
    /// Whether nobody can be delivered; sources other than the directory say only when they are asked.
    pub fn is_in_vain(&self) -> bool {
        self.deliverable() == 0 && !waterfall::asks_others(&self.sources)
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
) -> Result<FullQuote, AppError> {
    let reach = reach(app, workspace, &campaign.criteria).await?;
    let mut tx = app.db.read().await?;
    let sources = waterfall::plan(&mut tx, workspace, campaign.id).await?;
    let price = waterfall::price_max(&sources);
    let cost_max = price.times(quantity.get()).map_err(anyhow::Error::from)?;
    let numbers = Quote {
        matching: reach.matching,
        owned: reach.owned,
        quantity,
        price,
        cost_max,
        balance: credits::balance(&mut tx, workspace).await?,
    };
    Ok(FullQuote {
        numbers,
        sources,
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
