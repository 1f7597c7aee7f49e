//! When a campaign may send.

pub mod open_windows;
pub mod rules;
pub mod schedule;
pub mod store;

use axum::Router;

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
}
