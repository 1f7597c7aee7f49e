//! Mailboxes of Google and Microsoft sign in with their permission (OAuth 2): no password is stored.
//!
//! | step | where | what is kept |
//! |---|---|---|
//! | the member asks to sign in | `pages::begin`, `state` | nothing: the state is signed, the verifier of PKCE follows from it |
//! | the provider answers | `pages::callback`, `client`, `answer`, `fault` | what came of it, encrypted for 30 minutes (`answered`) |
//! | the member confirms the account | `pages::submit`, `confirm` | the account and its tokens (`connection`) |
//! | the mailbox sends or reads | `token` | the next tokens, before they are used |
//! | the mailbox is removed | `give_back` | nothing: Google ends the permission |

mod answer;
mod answered;
mod cause;
mod client;
mod confirm;
mod connection;
#[cfg(test)]
pub mod fake;
mod fault;
mod form;
mod give_back;
mod operator;
mod pages;
mod provider;
mod state;
#[cfg(test)]
mod tests;
mod token;
pub mod view;

pub use cause::cause_text;
pub use connection::{SignInOf, connection, sign_in_of};
pub use give_back::permission;
pub use provider::{Offer, Provider};
pub use token::{AccessFault, access, access_after_refusal};

use std::{sync::Arc, time::Duration};

use axum::{Router, response::Redirect, routing::get};

use crate::server::{app::App, jobs::Round, path::to_page};

/// How often sign-ins that were not confirmed are removed.
const SWEPT: Duration = Duration::from_secs(10 * 60);

/// The addresses of signing in.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/settings/mailboxes/oauth/callback", get(pages::callback))
        .route("/settings/mailboxes/oauth/answers/{id}", get(pages::show).post(pages::submit))
        .route("/settings/mailboxes/oauth/{provider}", get(to_new).post(pages::begin))
        .route("/admin/mail-sign-in", get(operator::pages::show))
        .route("/admin/mail-sign-in/{provider}", get(to_page).post(operator::pages::check))
}

async fn to_new() -> Redirect {
    Redirect::to("/settings/mailboxes/new")
}

/// Removes sign-ins that were not confirmed, until shutdown.
pub fn start(app: &App) {
    let (db, clock) = (app.db.clone(), app.clock.clone());
    app.jobs.repeat("unconfirmed sign-ins", SWEPT, Arc::default(), move || {
        let (db, now) = (db.clone(), clock.now());
        async move {
            let mut tx = db.write().await?;
            answered::sweep(&mut tx, now).await?;
            tx.commit().await?;
            Ok(Round::Idle)
        }
    });
}
