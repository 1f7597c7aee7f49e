//! The wizard of a campaign: audience, leads, review. A draft is saved on every page.

mod audience_view;
pub mod frame;
mod leads_view;
pub mod pages;
mod review_view;

use axum::{
    Router,
    extract::{Request, State},
    response::Response,
    routing::{get, post},
};
use leptos::prelude::provide_context;

use crate::server::{app::App, server_functions};

/// The addresses of the wizard and of the server functions of its islands.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/new", get(pages::start).post(pages::create))
        .route("/campaigns/new/{id}/audience", get(pages::audience).post(pages::save_audience))
        .route("/campaigns/new/{id}/leads", get(pages::leads).post(pages::save_quantity))
        .route("/campaigns/new/{id}/review", get(pages::review).post(pages::confirm))
        .route("/api/audience-preview", post(server_function))
        .route("/api/audience-samples", post(server_function))
        .route("/api/audience-values", post(pages::completions))
}

/// Answers the server functions of islands.
async fn server_function(State(app): State<App>, request: Request) -> Response {
    server_functions::answer(request, move || provide_context(app.clone())).await
}
