//! One person by address: whether we wrote to them, what they said, and why nothing more is sent.

mod pages;
mod read;
#[cfg(test)]
mod tests;
mod view;

use axum::{Router, routing::get};

use crate::server::app::App;

/// The address of this folder.
pub fn routes() -> Router<App> {
    Router::new().route("/people", get(pages::show))
}
