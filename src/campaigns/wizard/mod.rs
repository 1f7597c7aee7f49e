//! The wizard of a campaign: audience, leads, review. A draft is saved on every page.

pub mod api;
mod audience_bar;
mod audience_fields;
mod audience_form;
mod audience_view;
#[cfg(test)]
mod finding_tests;
pub mod frame;
mod leads_view;
mod live_quote;
pub mod pages;
pub mod review_view;

use axum::{
    Router,
    routing::{get, post},
};

use crate::server::{app::App, path::to_page, server_functions::Doors};

/// The addresses of the wizard.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/new", get(pages::start))
        .route("/campaigns/new/count", get(to_page).post(pages::count_audience))
        .route("/campaigns/new/{id}/audience", get(pages::audience))
        .route("/campaigns/new/{id}/leads", get(pages::leads).post(pages::save_quantity))
        .route("/api/audience-values", post(pages::completions))
}

/// What plain forms get of the server functions of the wizard.
pub fn doors(doors: Doors) -> Doors {
    doors.with::<api::SaveAudience, _, _, _>(pages::audience_again)
}
