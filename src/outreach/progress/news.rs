//! What members are told of a campaign, and when it is over.

use crate::{
    accounts::{WorkspaceId, notifications},
    ids::CampaignId,
    on,
    server::db::Tx,
};

/// Names the news that a campaign was paused to protect its domain.
pub(super) fn paused(campaign: CampaignId) -> String {
    format!("campaign-paused:{campaign}")
}

/// Names the news that a campaign has finished.
pub(super) fn finished(campaign: CampaignId) -> String {
    format!("campaign-finished:{campaign}")
}

pub(super) async fn name_of(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<String> {
    on!(tx, c => sqlx::query_scalar("select name from campaigns where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).fetch_one(c).await)
}

/// The sending changed: what was told of its pause or its end is over.
///
/// # Errors
/// The database's.
pub(super) async fn over(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<()> {
    notifications::withdraw(tx, workspace, &paused(campaign)).await?;
    notifications::withdraw(tx, workspace, &finished(campaign)).await.map(drop)
}
