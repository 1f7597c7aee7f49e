//! The mails of a campaign: how they are written, and how a text becomes a message.
//!
//! | file | what it is for |
//! |---|---|
//! | `template.rs`, `fault.rs`, `field.rs` | texts with fields and choices, and what can be wrong with them |
//! | `values.rs`, `seed.rs`, `render.rs` | the same text for one lead: its values, what is left to chance, the words |
//! | `closing.rs` | what follows the text of every mail |
//! | `message.rs`, `header.rs`, `transfer.rs` | the bytes of the message |
//! | `sequence.rs`, `edit.rs`, `step_removal.rs` | what is stored: steps, variants and texts, and how they change |
//! | `lead_values.rs`, `closing_store.rs` | what leads have, and what is stored of the closing lines |
//! | `form.rs`, `starter.rs`, `kept.rs`, `editor_view.rs`, `editor_panels.rs`, `pages.rs` | the editor |
//! | `reach.rs` | who gets a text that was changed |
//! | `revisions.rs` and its page, `difference.rs` | every text that was saved, two of them compared |
//! | `preview.rs` and its page, `test_mail.rs` | the mail of one lead, as it would leave now; the same to an own address |

pub mod closing;
pub mod closing_store;
mod difference;
pub mod edit;
mod editor_panels;
mod editor_view;
mod fault;
mod field;
mod form;
mod header;
#[cfg(test)]
mod judged_tests;
mod kept;
pub mod lead_values;
pub mod message;
mod pages;
mod preview;
mod preview_pages;
mod preview_view;
mod reach;
pub mod render;
mod revisions;
mod revisions_pages;
mod revisions_view;
pub mod seed;
pub mod sequence;
mod starter;
mod step_removal;
pub mod template;
mod test_mail;
#[cfg(test)]
mod tests;
mod transfer;
pub mod values;

/// What tests call besides.
#[cfg(test)]
pub use {
    edit::{Draft, StepDraft, VariantDraft, save},
    preview::{Wanted, preview},
};

use axum::{Router, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/{id}/emails", get(pages::of_campaign).post(pages::save_of_campaign))
        .route("/campaigns/new/{id}/emails", get(pages::in_wizard).post(pages::save_in_wizard))
        .route("/campaigns/{id}/emails/tests", get(to_page).post(test_mail::send))
        .route("/campaigns/{id}/emails/template-removals", get(to_page).post(pages::forget_template))
        .route("/campaigns/{id}/emails/continuations", get(to_page).post(pages::continue_finished))
        .route("/campaigns/{id}/emails/{step}/revisions", get(revisions_pages::show))
        .route("/campaigns/{id}/emails/{step}/preview", get(preview_pages::show))
}
