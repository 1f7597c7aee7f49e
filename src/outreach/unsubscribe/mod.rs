//! The way out of every mail: the address that it names, its page, and what stops when a person is suppressed.

mod opt_out;
mod opt_outs;
mod pages;
mod suppress;
#[cfg(test)]
mod tests;
mod texts;
mod token;
mod view;

pub use {
    opt_out::{mail, opt_out, undo},
    opt_outs::OptOuts,
    suppress::suppress,
    texts::Scope,
};

use std::time::Duration;

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    routing::get,
};

use crate::{
    accounts::{Guesses, Limit, WorkspaceId},
    outreach::ids::SendId,
    server::{app::App, clock::Instant, error::AppError},
};

/// Largest body, in bytes.
const BODY_BYTES_MAX: usize = 4 << 10;
/// Changes that one link may ask for in an hour.
const CHANGES_MAX: i64 = 20;
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The page of the links. It is outside the pages of the product: no session, and the token alone opens it.
pub fn routes() -> Router<App> {
    Router::new().route("/u/{token}", get(pages::show).post(pages::act)).layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
}

/// The address that a mail names for whoever wants no more of them.
pub fn url(app: &App, workspace: WorkspaceId, send: SendId) -> String {
    format!("{}u/{}", app.config.public_url, token::make(&app.config.secret_key, workspace, send))
}

/// Uses the link of a mail as its recipient's mail program does for one click (RFC 8058).
///
/// # Errors
/// Only the database's.
pub async fn one_click(app: &App, link: &str) -> Result<(), AppError> {
    let token = link.rsplit('/').next().unwrap_or_default().to_owned();
    let body = Bytes::from_static(b"List-Unsubscribe=One-Click");
    pages::act(State(app.clone()), Path(token), body).await.map(drop)
}

/// How often links were used, counted in the memory of this process: by link, because mail programs share their addresses.
pub struct Attempts(Guesses);

impl Attempts {
    pub fn new() -> Self {
        Self(Guesses::new())
    }

    /// Counts a change; false when there were too many.
    fn take(&self, send: SendId, now: Instant) -> bool {
        self.0.take(&[Limit::new(format!("unsubscribe:{send}"), CHANGES_MAX, HOUR)], now).is_ok()
    }
}
