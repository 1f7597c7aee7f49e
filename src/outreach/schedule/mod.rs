//! When a campaign may send.

pub mod rules;

use axum::Router;

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
}
