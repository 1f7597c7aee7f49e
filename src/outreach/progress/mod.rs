//! The progress of a campaign's sending: starting and pausing it, why nothing is sent, what happened.
//!
//! | file | what it is for |
//! |---|---|
//! | `why/`, `why_view.rs` | the reasons why nothing is sent, and their sentences |
//! | `facts.rs`, `note.rs` | what they are decided on, and since when they hold |
//! | `heartbeat.rs` | the sign of life of the workers |
//! | `start.rs`, `pause.rs`, `resume.rs`, `end.rs`, `finish.rs` | the states of a campaign's sending |
//! | `duplicate.rs` | a campaign again, without its leads |
//! | `checklist/` | what is looked at before the start |
//! | `today.rs` | the limits of the day |
//! | `first_run.rs` | the way to the first mail |
//! | `unknown/` | mails whose outcome is unknown, and what a member decides about them |
//! | `lead/` | one lead in its sequences: the timeline, holding, stopping |
//! | `operator/` | stopping all sending, the ceilings of workspaces, how fast new mailboxes may begin |
//! | `event.rs`, `event_view.rs`, `activity/` | what happened |

pub mod activity;
mod change;
pub mod checklist;
mod duplicate;
mod end;
pub mod event;
pub mod event_view;
pub mod facts;
mod finish;
pub mod first_run;
pub mod heartbeat;
pub mod lead;
mod news;
mod note;
pub mod operator;
mod pages;
mod pause;
mod refusal;
mod resume;
mod start;
pub mod today;
mod unknown;
pub mod why;
pub mod why_view;

#[cfg(test)]
mod page_tests;
#[cfg(test)]
pub mod tests;
#[cfg(test)]
mod why_tests;

pub use start::start as start_sending;
pub use {
    finish::finish_if_done,
    note::{forget, note},
    pause::{Protection, protect},
};
/// What tests call besides.
#[cfg(test)]
pub use {note::progress, pause::pause as pause_sending, resume::resume as resume_sending};

use axum::{Router, response::Redirect, routing::get};

use crate::server::{app::App, path::to_page};

/// The addresses of this folder.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns/{id}/start", get(to_page).post(pages::start_campaign))
        .route("/campaigns/{id}/pause", get(to_page).post(pages::pause_campaign))
        .route("/campaigns/{id}/resume", get(to_page).post(pages::resume_campaign))
        .route("/campaigns/{id}/end", get(to_page).post(pages::end_campaign))
        .route("/campaigns/{id}/activity", get(activity::pages::show))
        .route("/campaigns/{id}/activity.csv", get(activity::pages::to_activity).post(activity::pages::export_all))
        .route("/campaigns/{id}/unknown", get(unknown::pages::show).post(unknown::pages::decide_mails))
        .route("/leads/{id}/sequence", get(to_page).post(lead::pages::change_one))
        .route("/leads/{id}/address", get(to_page).post(lead::correct::correct_address))
        .route("/campaigns/{id}/leads/sequence", get(to_page).post(lead::pages::change_many))
        .route("/admin/sending", get(operator::pages::show))
        .route("/admin/sending/stop", get(to_page).post(operator::pages::stop))
        .route("/admin/sending/resume", get(to_page).post(operator::pages::resume))
        .route("/admin/sending/first-day", get(to_admin_sending).post(operator::pages::limit_first_day))
        .route("/admin/sending/workspaces/{id}", get(to_admin_sending).post(operator::pages::limit))
        .route("/campaigns/{id}/duplicate", get(to_page).post(pages::duplicate_campaign))
        .route("/campaigns/{id}/archive", get(to_page).post(pages::archive_campaign))
        .route("/campaigns/{id}/checklist", get(checklist::pages::show).post(checklist::pages::confirm_line))
}

/// The page with the form of a workspace's ceiling.
async fn to_admin_sending() -> Redirect {
    Redirect::to("/admin/sending")
}
