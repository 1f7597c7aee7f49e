//! The domains that mailboxes send from: whether receivers can tell that their mail is genuine (`/settings/mailboxes/domains`).

mod copies;
pub mod domain;
mod pages;
pub mod signing;
mod signing_pages;
mod signing_view;
mod subject;
pub(super) mod texts;
mod view;
mod watch;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod tests;

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

pub use copies::note_copy;
pub use subject::{subject, subject_typed};
pub use texts::in_short;
pub use watch::{QUEUE, start};

pub(super) const DOMAINS: &str = "/settings/mailboxes/domains";

/// The addresses of the domains, and of the keys that mailboxes sign with.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(DOMAINS, get(pages::show))
        .route("/settings/mailboxes/domains/checks", get(pages::to_list).post(pages::check))
        .route("/settings/mailboxes/{id}/signing", get(signing_pages::show).post(signing_pages::sign))
        .route("/settings/mailboxes/{id}/signing/removal", get(to_page).post(signing_pages::remove))
}
