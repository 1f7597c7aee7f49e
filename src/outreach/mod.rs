//! Outreach: campaigns write to their leads in steps, from the workspace's own mailboxes.
//!
//! | folder | what it is for |
//! |---|---|
//! | `mailboxes/` | the accounts that send, their test; the built-in outbox and its reader |
//! | `sequences/` | steps, variants and texts of a campaign; how a text becomes a mail |
//! | `schedule/` | when a campaign may send: the rules of time, its settings, the forecast |
//! | `sending/` | enrolments, the scheduler, and the way of a mail until its outcome |
//! | `inbox/` | conversations with people who answered |
//! | `people/` | one person by address |
//! | `unsubscribe/` | the way out of every mail |
//! | `replies/` | what comes back: bounces and answers |
//! | `progress/` | start and pause, why nothing is sent, what happened to a campaign and to a lead |

#[cfg(test)]
mod edge_cases;
pub mod ids;
pub mod inbox;
pub mod mailboxes;
pub mod people;
mod place;
pub mod progress;
pub mod replies;
pub mod schedule;
pub mod sending;
pub mod sequences;
pub mod unsubscribe;

use axum::Router;

use crate::server::app::App;

/// The addresses of outreach.
pub fn routes() -> Router<App> {
    mailboxes::routes()
        .merge(replies::recipient::routes())
        .merge(sequences::routes())
        .merge(schedule::routes())
        .merge(progress::routes())
        .merge(inbox::routes())
        .merge(people::routes())
}

/// Starts the scheduler, the sign of life of its worker, the readers and the tests of mailboxes, and the daily look at sending domains.
pub fn start(app: &App) {
    mailboxes::check::start(app);
    sending::start(app);
    replies::sync::start(app);
    mailboxes::oauth::start(app);
    progress::heartbeat::start(app);
    mailboxes::domains::start(app);
    inbox::start(app);
}
