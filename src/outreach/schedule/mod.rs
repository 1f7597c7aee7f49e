//! When a campaign may send.
//!
//! | file | what it is for |
//! |---|---|
//! | `rules/` | the rules of time and pace, without a database |
//! | `types.rs`, `store.rs` | the schedule of a campaign, and how it is kept |
//! | `stored_pace.rs` | how much a mailbox may send today |
//! | `open_windows.rs` | the next window of a running campaign as instants, for the scheduler |
//! | `forecast.rs`, `facts.rs` | what it will send on the next days |
//! | `form.rs`, `pages.rs`, `*view.rs` | its pages |
//! | `settings/` | what holds for all campaigns of a workspace |

mod choices;
mod facts;
mod forecast;
mod forecast_view;
mod form;
mod open_windows;
mod pages;
pub mod rules;
pub mod settings;
mod store;
mod stored_pace;
mod types;
mod view;
mod week_view;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
mod store_tests;

pub use {
    facts::forecast_of,
    forecast_view::sentences,
    open_windows::{open_windows, wake, zone_of_lead},
    store::{for_new_campaign, load, save},
    stored_pace::{FIRST_DAY, StoredPace},
    types::{Language, MAILBOXES_MAX, Schedule},
};

/// What tests call besides.
#[cfg(test)]
pub use types::{ChosenMailbox, ChosenState, First};

use axum::{Router, routing::get};

use crate::server::app::App;

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/new/{id}/schedule", get(pages::step).post(pages::save_step))
        .route("/campaigns/{id}/schedule", get(pages::of_campaign).post(pages::save_of_campaign))
        .merge(settings::routes())
}
