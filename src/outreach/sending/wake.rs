//! Waking mailboxes: those that found nothing to send are not looked at until something changed for them.

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx},
};

/// Lets the scheduler look at the mailboxes of a campaign as soon as their gaps allow. Whatever may give one of them something to
/// send calls it: leads that joined, a start, another window, a hold that is over.
///
/// # Errors
/// The database's.
pub async fn wake(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update mailboxes set look_at = case when free_at > $3 then free_at else $3 end
         where workspace_id = $1 and state in ('active', 'failing') and (look_at is null or look_at > $3)
           and id in (select mailbox_id from campaign_mailboxes where workspace_id = $1 and campaign_id = $2)")
        .bind(workspace).bind(campaign).bind(at).execute(c).await.map(drop))
}
