//! What holds for all campaigns of a workspace: the postal address below its mails, and its limits a day.

mod pages;
mod store;
mod view;

pub use store::{SendingSettings, load, save};

use axum::{Router, routing::get};

use crate::server::app::App;

pub(super) fn routes() -> Router<App> {
    Router::new().route(pages::SENDING, get(pages::show).post(pages::change))
}
