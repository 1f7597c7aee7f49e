//! The handlers of the inbox.

pub mod html;
pub mod list;
pub mod reply;
pub mod suppress;
pub mod thread;

use axum::response::Redirect;

use super::asked::INBOX;
use crate::{
    accounts::WorkspaceId,
    server::app::App,
    topics,
};

/// The address of a form leads to the list.
pub async fn to_inbox() -> Redirect {
    Redirect::to(INBOX)
}

/// Tells the open pages of the inbox.
pub(super) async fn tell(app: &App, workspace: WorkspaceId) {
    app.live.changed(&app.db, workspace.0, &[topics::INBOX]).await;
}
