//! Finishing: when every lead has an outcome and nothing can bring more.

use super::{
    event::{self, Event, EventKind},
    news,
    note::note,
};
use crate::{
    accounts::{
        WorkspaceId,
        notifications::{self, News},
    },
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx},
};

/// Finishes the sending of a campaign in which no sequence is open, all leads are in the sequence, and no request or standing
/// request can bring more. Returns whether that was so.
///
/// # Errors
/// The database's.
pub async fn finish_if_done(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    at: Instant,
) -> sqlx::Result<bool> {
    let finished = on!(&mut *tx, c => sqlx::query(
        "update campaign_sending set state = 'finished', code = null, since = $3, changed_by = null
         where workspace_id = $1 and campaign_id = $2 and state = 'running'
             and exists (select 1 from enrolments e where e.workspace_id = $1 and e.campaign_id = $2)
             and not exists (select 1 from enrolments e where e.workspace_id = $1 and e.campaign_id = $2
                 and e.state in ('waiting', 'in_flight', 'active', 'held'))
             and not exists (select 1 from campaign_leads l where l.workspace_id = $1 and l.campaign_id = $2
                 and not l.enrolled)
             and not exists (select 1 from lead_requests r where r.workspace_id = $1 and r.campaign_id = $2
                 and r.state in ('queued', 'running'))
             and not exists (select 1 from standing_requests q where q.workspace_id = $1 and q.campaign_id = $2
                 and q.state <> 'ended')")
        .bind(workspace).bind(campaign).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    if finished == 0 {
        return Ok(false);
    }
    event::record(tx, workspace, &[Event::of(EventKind::Finished, campaign)], at).await?;
    note(tx, workspace, campaign, at).await?;
    let (name, link) = (news::name_of(tx, workspace, campaign).await?, format!("/campaigns/{campaign}"));
    let told = News {
        event: notifications::Event::CampaignFinished,
        key: news::finished(campaign),
        title: format!("“{name}” has finished"),
        text: "Every lead has an outcome, and no request can bring more. Answers are read as before.".to_owned(),
        link: &link,
    };
    notifications::tell(tx, workspace, &told, at).await?;
    Ok(true)
}
