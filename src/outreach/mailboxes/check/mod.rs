//! The test of a mailbox: ten checks, from the name of its server to the records of its domain, each with what the server said.
//!
//! ```text
//! host ─ connect ─ TLS ─ greeting ─ sign-in ─ sender ─┬─ IMAP ─ round trip ─ signature
//! └──────────── when these pass, it is active ────────┘  domain
//! ```
//!
//! | part | file |
//! |---|---|
//! | the ten, and how one ends | `kind.rs` |
//! | what was found, as a code with its sentence | `finding.rs`, `sentences.rs` |
//! | asking for a test, within its limits | `ask.rs` |
//! | the rows, which are their own queue | `store.rs` |
//! | doing a test, and looking for a late mail | `run.rs` |
//! | the same for what was typed and is not saved | `typed.rs` |
//! | connection, sign-in and sender | `sending.rs` |
//! | the mailbox over IMAP, and the way of the test mail | `reading.rs`, `round_trip.rs` |
//! | the copy that arrived, and the records of its domain | `signature.rs`, `records.rs` |
//! | pages | `pages.rs`, `view.rs` |

mod ask;
mod finding;
mod kind;
mod pages;
mod reading;
mod records;
mod round_trip;
mod run;
mod sending;
mod sentences;
mod signature;
mod store;
#[cfg(test)]
mod tests;
mod typed;
mod view;

use axum::{Router, routing::get};

pub use run::start;
pub use store::{QUEUE, TestRun, last};
pub use typed::{Typed, check as check_typed};
pub use view::{TestPanel, TypedTest};

use crate::server::{app::App, path::to_page};

/// The addresses of tests.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/mailboxes/checks", get(to_page).post(pages::ask_all))
        .route("/settings/mailboxes/{id}/checks", get(to_page).post(pages::ask))
        .route("/settings/mailboxes/{id}/checks/{check}", get(pages::show))
}
