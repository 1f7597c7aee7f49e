//! The accounts that send, and the built-in outbox.

pub mod account;
mod form;
pub mod mailbox;
pub mod outbox;
mod pages;
pub mod secrets;
pub mod sign_in;
pub mod state;
mod today;
mod view;

use axum::{Router, routing::get, routing::post};

use crate::server::{app::App, path::to_page};

/// The addresses of mailboxes.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/mailboxes", get(pages::list))
        .route("/settings/mailboxes/new", get(pages::new).post(pages::add))
        .route("/settings/mailboxes/{id}", get(pages::show).post(pages::change))
        .route("/settings/mailboxes/{id}/removal", get(to_page).post(pages::remove))
        .route("/settings/mailboxes/{id}/outbox", get(pages::outbox))
        .route("/settings/mailboxes/{id}/outbox/{mail}", get(pages::outbox_mail))
        .route("/settings/mailboxes/{id}/{deed}", post(pages::act))
}
