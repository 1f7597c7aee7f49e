//! Delivered leads: the list of a campaign, one lead with its trail, the export.

pub mod bounced;
mod export;
mod hidden;
pub mod lead;
pub mod list;
mod mailed;
mod pages;
pub mod reveal;
mod view;

pub use mailed::mailed;
pub(crate) use pages::reveal_lead;

use axum::{Router, http::Uri, response::Redirect, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of a campaign's leads.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/{id}/leads", get(pages::list))
        .route("/campaigns/{id}/leads.csv", get(to_leads).post(pages::export))
        .route("/campaigns/{id}/leads/reveal", get(to_page).post(pages::reveal))
}

/// Exporting reveals addresses, so it takes a form; the address alone leads to the page with it.
async fn to_leads(uri: Uri) -> Redirect {
    Redirect::to(uri.path().trim_end_matches(".csv"))
}
