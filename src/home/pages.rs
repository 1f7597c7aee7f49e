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

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use crate::{
        app::testing::{TestApp, test_apps},
        on,
    };

    /// Puts something on sale, behind what is there.
    async fn offer(test: &TestApp, sql: &'static str, credits: i64, position: i64) {
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).bind(Uuid::new_v4()).bind(format!("Offer {credits}")).bind(credits).bind(position)
            .execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
    }

    /// Finding 28: plans stand beside packages, a new small package stands first, and the product is named and shown.
    #[tokio::test]
    async fn visitors_see_what_it_is_and_every_price_by_size() {
        const PACKAGE: &str = "insert into packages (id, name, credits, amount_minor, currency, position, created_at)
            values ($1, $2, $3, 1900, 'USD', $4, 0)";
        const PLAN: &str = "insert into plans (id, name, credits, amount_minor, currency, position, created_at)
            values ($1, $2, $3, 2900, 'USD', $4, 0)";
        for test in test_apps(&[]).await {
            for (place, credits) in [2_600, 9_100, 70].into_iter().enumerate() {
                offer(&test, PACKAGE, credits, 100 + place as i64).await;
            }
            offer(&test, PLAN, 1_150, 100).await;
            let page = test.visitor().get("/").await.body;
            let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text} is there"));
            assert!(place("70 credits") < place("2,600 credits") && place("2,600 credits") < place("9,100 credits"));
            assert!(place("9,100 credits") < place("1,150 credits every month"));
            assert!(page.contains("The cold email agent") && page.contains("<figure class=\"picture\""));
        }
    }
}
