//! What a request would cost, before it is confirmed (rule C1).

use super::{
    forecast::{self, Forecast},
    waterfall::{self, Offered},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::{Campaign, LeadCount, OwnedContacts, Quote},
    credits::{self, Credits, Draw, OutOfRange},
    directory::{Asking, Criteria},
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

/// What leads cost, as far as it is known before anyone is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Prices {
    /// People that the directory has, where it is asked first; what other sources hold is known only when they are asked.
    sure: i64,
    sure_price: Credits,
    cheapest: Credits,
    dearest: Credits,
}

impl Prices {
    fn of(sources: &[Offered], in_directory: i64) -> Self {
        let dearest = waterfall::price_max(sources);
        let cheapest = sources.iter().map(|one| one.price).min().unwrap_or(dearest);
        let (sure, sure_price) = match sources.first() {
            Some(first) if first.source.is_none() => (in_directory.max(0), first.price),
            _ => (0, dearest),
        };
        Self { sure, sure_price, cheapest, dearest }
    }

    /// The sure ones at their price, the rest at the dearest.
    fn ceiling(self, quantity: LeadCount) -> Result<Credits, OutOfRange> {
        let sure = quantity.get().min(self.sure);
        self.sure_price.times(sure)?.plus(self.dearest.times(quantity.get() - sure)?)
    }
}

/// Works out the quote for `quantity` leads.
///
/// # Errors
/// When the index or the database does not answer.
pub async fn quote(
    app: &App,
    asking: Asking,
    workspace: WorkspaceId,
    campaign: &Campaign,
    quantity: LeadCount,
) -> Result<FullQuote, AppError> {
    let reach = reach(app, &asking, workspace, &campaign.criteria).await?;
    drop(asking);
    let mut tx = app.db.read().await?;
    let sources = waterfall::plan(&mut tx, workspace, campaign.id).await?;
    let prices = Prices::of(&sources, reach.matching - reach.owned);
    let cost_max = prices.ceiling(quantity).map_err(anyhow::Error::from)?;
    let numbers = Quote {
        matching: reach.matching,
        owned: reach.owned,
        quantity,
        sure: prices.sure,
        sure_price: prices.sure_price,
        price: prices.dearest,
        cost_min: prices.cheapest.times(quantity.get()).map_err(anyhow::Error::from)?,
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
pub async fn reach(app: &App, asking: &Asking, workspace: WorkspaceId, criteria: &Criteria) -> Result<Reach, AppError> {
    let owned = app.of::<OwnedContacts>().of(&mut app.db.read().await?, workspace).await?.all;
    let found = asking.count(criteria).await?;
    let owned_here = asking.count_among(criteria, &owned).await?;
    Ok(Reach { matching: whole(found.total), owned: whole(owned_here) })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::SourceId;

    fn offered(source: Option<SourceId>, price: i64) -> Offered {
        Offered { source, name: String::new(), price: Credits::new(price).unwrap() }
    }

    #[test]
    fn the_directory_counts_at_its_price_where_it_is_asked_first() {
        let (directory, birch, cedar) =
            (offered(None, 1), offered(Some(SourceId::new()), 2), offered(Some(SourceId::new()), 3));
        let ceiling = |sources: &[Offered], people, quantity| {
            Prices::of(sources, people).ceiling(LeadCount::of(quantity).unwrap()).unwrap().get()
        };
        let both = [directory.clone(), birch.clone()];
        assert_eq!(ceiling(&both, 500, 200), 200, "a second source doubles no quote");
        assert_eq!(ceiling(&both, 150, 200), 150 + 50 * 2);
        assert_eq!(ceiling(&both, 0, 200), 400);
        assert_eq!(ceiling(&[directory.clone(), birch.clone(), cedar], 150, 200), 150 + 50 * 3);
        assert_eq!(ceiling(&[birch, directory.clone()], 500, 200), 400, "who is asked first may have all of them");
        assert_eq!(ceiling(&[directory], 10, 200), 200);
    }
}
