//! Reads mails whose outcome is unknown.

use sqlx::FromRow;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::ids::SendId,
    server::{clock::Instant, db::Tx},
};

/// A mail to whose final dot no reply came.
#[derive(Debug, Clone, FromRow)]
pub struct UnknownMail {
    pub id: SendId,
    pub lead_id: Option<LeadId>,
    /// The name of the lead, while it is known.
    pub lead: Option<String>,
    pub position: i64,
    pub mailbox: String,
    pub sending_at: Instant,
    /// What happened instead of a reply.
    pub reply_words: Option<String>,
    /// Its sequence waits for the decision; one that has ended gets no mail again.
    pub can_leave_again: bool,
}

/// The mails of a campaign whose outcome is unknown, oldest first.
///
/// # Errors
/// The database's.
pub async fn unknown_mails(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    limit: i64,
) -> sqlx::Result<Vec<UnknownMail>> {
    on!(tx, c => sqlx::query_as(
        "select d.id, d.lead_id, trim(l.first_name || ' ' || l.last_name) as lead, p.position, m.address as mailbox, d.sending_at,
             d.reply_words, coalesce(e.state = 'held' and e.code = 'unknown_outcome', false) as can_leave_again
         from sends d
         join steps p on p.workspace_id = d.workspace_id and p.id = d.step_id
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         left join enrolments e on e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id and e.lead_id = d.lead_id
         where d.workspace_id = $1 and d.campaign_id = $2 and d.state = 'unknown' and d.kind = 'step'
         order by d.state_since, d.id limit $3")
        .bind(workspace).bind(campaign).bind(limit).fetch_all(c).await)
}
