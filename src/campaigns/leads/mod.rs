//! Delivered leads: the list of a campaign, one lead with its trail, the export.

pub mod bounced;
pub mod countries;
mod export;
mod found_by;
mod hidden;
pub mod lead;
pub mod list;
mod mailed;
mod outcome;
mod pages;
pub mod reveal;
mod view;

pub use found_by::{LeadOf, filter_value_text, found_by};
pub use mailed::{mailed, not_mailed};
pub use outcome::{LeadPlace, outcomes_changed};
pub(crate) use pages::reveal_lead;

use axum::{Router, http::Uri, response::Redirect, routing::get};
use futures::future::BoxFuture;
use leptos::prelude::AnyView;

use self::lead::LeadTrail;
use crate::{
    accounts::Member,
    fields::FieldErrors,
    server::{app::App, db::Tx, error::AppError, form::Form, path::to_page},
};

/// A part of a lead's page, to be rendered with it.
pub type LeadPanel = Box<dyn FnOnce() -> AnyView + Send>;

/// Loads what another noun shows of a lead, with what was typed there and what to change.
type LoadLeadPanel = for<'a> fn(
    &'a mut Tx,
    &'a Member,
    &'a LeadTrail,
    (&'a Form, &'a FieldErrors),
) -> BoxFuture<'a, Result<LeadPanel, AppError>>;

/// Loads what outreach shows of a lead on its page, with what to change in its form. `app` fills it in, because campaigns do
/// not know outreach.
#[derive(Clone, Copy)]
pub struct LeadPanels(pub LoadLeadPanel);

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
