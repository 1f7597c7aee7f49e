//! What a change to a person touched: workspaces and campaigns whose open pages are told of it.

use std::collections::BTreeSet;

use crate::{accounts::WorkspaceId, ids::CampaignId, outreach::sending, server::app::App, topics};

/// A workspace in which something changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Touched {
    pub workspace: WorkspaceId,
    /// Campaigns with a sequence of the person.
    pub campaigns: BTreeSet<CampaignId>,
}

/// Looks whether campaigns are finished now that sequences ended, and tells the open pages.
pub async fn tell(app: &App, touched: &[Touched]) {
    let campaigns: BTreeSet<(WorkspaceId, CampaignId)> =
        touched.iter().flat_map(|one| one.campaigns.iter().map(|campaign| (one.workspace, *campaign))).collect();
    // What was asked for is done, and the scheduler looks at these campaigns too.
    if let Err(error) = sending::settle(app, &campaigns, app.clock.now()).await {
        tracing::warn!(error = format!("{error:#}"), "campaigns could not be looked at after a person was taken out");
    }
    sending::tell(app, campaigns.iter()).await;
    for one in touched {
        let topics = [topics::SUPPRESSION, topics::INBOX, topics::CAMPAIGNS];
        app.live.changed(&app.db, one.workspace.0, &topics).await;
    }
}
