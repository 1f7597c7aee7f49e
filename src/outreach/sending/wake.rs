//! Waking mailboxes: those that found nothing to send are not looked at until something changed for them.

use std::collections::BTreeSet;

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx, queue::skip_locked},
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

/// Lets the scheduler look at the mailboxes of these workspaces that found a limit full: a slot was given back. Before counters are
/// locked, as a round of picks does; a mailbox that such a round holds now is left to it.
///
/// # Errors
/// The database's.
pub(super) async fn wake_for_room(tx: &mut Tx, workspaces: &BTreeSet<WorkspaceId>, at: Instant) -> sqlx::Result<()> {
    let sql = format!(
        "update mailboxes set look_at = case when free_at > $2 then free_at else $2 end
         where workspace_id = $1 and id in (
             select m.id from mailboxes m
             where m.workspace_id = $1 and m.state in ('active', 'failing') and (m.look_at is null or m.look_at > $2)
               and m.idle_code in ('mailbox_cap_reached', 'campaign_cap_reached', 'new_lead_cap_reached', 'workspace_cap_reached')
             {})",
        skip_locked(tx, "m")
    );
    for workspace in workspaces {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
            .bind(*workspace).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}
