//! The handlers of the inbox.

pub mod attachment;
pub mod html;
pub mod list;
pub mod reply;
pub mod settings;
pub mod suppress;
pub mod thread;

use std::collections::BTreeSet;

use axum::response::Redirect;

use super::asked::INBOX;
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{ids::ThreadId, sending},
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

/// After conversations were called something: looks whether their campaigns are finished now, and tells the open pages of the inbox, the
/// campaigns and the suppression list.
async fn tell_labelled(app: &App, workspace: WorkspaceId, threads: &[ThreadId]) -> anyhow::Result<()> {
    let mut campaigns = BTreeSet::new();
    for thread in threads {
        let campaign: Option<Option<CampaignId>> = on!(&mut app.db.read().await?, c => sqlx::query_scalar(
            "select campaign_id from threads where workspace_id = $1 and id = $2")
            .bind(workspace).bind(thread).fetch_optional(c).await)?;
        campaigns.extend(campaign.flatten().map(|campaign| (workspace, campaign)));
    }
    sending::settle(app, &campaigns, app.clock.now()).await?;
    sending::tell(app, campaigns.iter()).await;
    app.live.changed(&app.db, workspace.0, &[topics::INBOX, topics::SUPPRESSION]).await;
    Ok(())
}
