//! The accounts that send, and the built-in outbox.

pub mod account;
mod account_form;
pub mod check;
pub mod domains;
mod form;
pub mod freezes;
mod import;
pub mod mailbox;
pub mod oauth;
pub mod outbox;
pub mod outbox_answer;
#[cfg(test)]
mod page_tests;
mod pages;
pub mod preset;
pub mod read_state;
pub mod secrets;
pub mod sent_copies;
pub mod sign_in;
pub mod state;
pub mod state_text;
#[cfg(test)]
mod tests;
mod today;
#[cfg(test)]
mod try_out_tests;
mod typed_passwords;
mod usage;
mod view;

pub use {pages::outbox::show_outbox_mail, view::outbox::RecipientForm};

use axum::{Router, routing::get, routing::post};

use crate::server::{app::App, path::to_page};

/// The addresses of mailboxes.
pub fn routes() -> Router<App> {
    check::routes()
        .merge(domains::routes())
        .route("/settings/mailboxes", get(pages::list))
        .route("/settings/mailboxes/new", get(pages::add::new).post(pages::add::add))
        .route("/settings/mailboxes/import", get(pages::import::show).post(pages::import::add))
        .route("/settings/mailboxes/{id}", get(pages::one::show))
        .route("/settings/mailboxes/{id}/settings", get(pages::one::settings).post(pages::one::change))
        .route("/settings/mailboxes/{id}/freezes", get(to_page).post(pages::freezes::add))
        .route("/settings/mailboxes/{id}/freezes/removal", post(pages::freezes::remove))
        .route("/settings/mailboxes/{id}/removal", get(pages::one::removal).post(pages::one::remove))
        .route("/settings/mailboxes/{id}/outbox", get(pages::outbox::list).post(pages::outbox::choose))
        .route("/settings/mailboxes/{id}/outbox/{mail}", get(pages::outbox::mail))
        .route("/settings/mailboxes/{id}/copies", get(to_page).post(pages::copies::choose))
        .route("/settings/mailboxes/{id}/{deed}", post(pages::one::act))
        .merge(oauth::routes())
}
