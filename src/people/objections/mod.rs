//! `/objections`: a person asks that no one on this server writes to them or keeps what is known of them. A link in a mail proves the
//! mailbox, the button behind it acts.

mod link;
mod pages;
#[cfg(test)]
mod tests;
mod view;

use axum::{Router, routing::get};

use crate::server::app::App;

const PAGE: &str = "/objections";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(PAGE, get(pages::show).post(pages::ask))
        .route("/objections/sent", get(pages::sent))
        .route("/objections/done", get(pages::done))
        .route("/objections/{token}", get(pages::decide).post(pages::act))
}
