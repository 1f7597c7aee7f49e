//! How a campaign's sending stands.

pub mod event;

use axum::Router;

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
}
