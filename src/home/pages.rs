//! `/`: the home page for visitors, the campaigns for everybody else.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;

use super::view::{Home, Price};
use crate::{
    accounts::{WelcomeGift, member::Found},
    billing::{self, Package, plans::Plan},
    server::{app::App, error::AppError},
    ui::Page,
};

/// The address of the home page.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(State(app): State<App>, Found(member): Found, page: Page) -> Result<Response, AppError> {
    if member.is_some() {
        return Ok(Redirect::to("/campaigns").into_response());
    }
    let mut tx = app.db.read().await?;
    let packages = billing::packages(&mut tx).await?;
    let plans = billing::plans::plans(&mut tx).await?.into_iter().map(Price::from).collect();
    drop(tx);
    let mut prices: Vec<Price> = packages.into_iter().map(Price::from).collect();
    prices.sort_by_key(|price| price.credits);
    let free_credits = WelcomeGift::promised(&app);
    Ok(page.render("Leads you pay for when they arrive", move || view! { <Home prices plans free_credits /> }))
}

impl From<Plan> for Price {
    fn from(plan: Plan) -> Self {
        Self { credits: plan.credits.get(), price_minor: plan.amount_minor, currency: plan.currency }
    }
}

impl From<Package> for Price {
    fn from(package: Package) -> Self {
        Self { credits: package.credits.get(), price_minor: package.amount_minor, currency: package.currency }
    }
}
