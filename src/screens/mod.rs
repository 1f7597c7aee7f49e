//! Pages that put several nouns together. No SQL in here, and nothing but `app` calls it.

mod administration;
mod campaign;

use axum::{Router, routing::get};

use crate::server::app::App;

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    campaign::routes().route("/admin", get(administration::show))
}
