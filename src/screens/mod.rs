//! Pages that put several nouns together. No SQL in here, and nothing but `app` calls it.

mod administration;
mod campaign;
mod suppression;

use axum::{Router, routing::get};

use crate::server::{app::App, server_functions::Doors};

/// The addresses of these pages.
pub fn routes() -> Router<App> {
    Router::new().route("/admin", get(administration::show)).merge(campaign::routes()).merge(suppression::routes())
}

/// What plain forms get of server functions whose page puts several nouns together.
pub fn doors(doors: Doors) -> Doors {
    campaign::doors(doors)
}
