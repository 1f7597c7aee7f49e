//! The way out of every mail.

use crate::{accounts::WorkspaceId, outreach::ids::SendId, server::app::App};

/// The address that a mail names for whoever wants no more of them.
pub fn url(app: &App, workspace: WorkspaceId, send: SendId) -> String {
    format!("{}u/{}{}", app.config.public_url, workspace.0.simple(), send.0.simple())
}
