//! HTTP sources: services that answer a search with contacts, by the contract in `docs/sources.md`.
//!
//! [`contract`] is what is said, [`client`] how it is asked within bounds, [`check`] tells the author of a source what is
//! wrong with it, [`store`] keeps what the operator entered.

pub mod check;
pub mod client;
pub mod contract;
#[cfg(test)]
pub mod fake;
mod keep;
mod pages;
mod signature;
pub mod store;
mod view;

pub use client::{Client, Fault};
pub use contract::{Answer, Ask, Seen};
pub use keep::keep;
pub use store::{HttpSource, Settings, http_source, http_sources};

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of HTTP sources.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/admin/sources", get(pages::list).post(pages::add))
        .route("/admin/sources/{id}", get(pages::show).post(pages::change))
        .route("/admin/sources/{id}/enable", get(to_page).post(pages::enable))
        .route("/admin/sources/{id}/test", get(to_page).post(pages::test))
}
