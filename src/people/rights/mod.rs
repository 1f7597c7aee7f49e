//! Pages on which what a person asks for is answered: a copy of what is known, and erasing it.

mod act;
mod asked;
mod operator;
#[cfg(test)]
mod tests;
mod view;
mod workspace;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/people/erasure", get(workspace::show).post(workspace::erase))
        .route("/people/export", get(to_page).post(workspace::export))
        .route("/admin/people", get(operator::show))
        .route("/admin/people/erasure", get(to_page).post(operator::erase))
        .route("/admin/people/export", get(to_page).post(operator::export))
}
