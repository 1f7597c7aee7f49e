//! Reads events.

use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::progress::event::{EventId, EventKind},
    server::{clock::Instant, db::Tx},
};

/// One event, with the names of the lead, the mailbox and the member.
#[derive(Debug, Clone, FromRow)]
pub struct EventLine {
    pub id: EventId,
    pub at: Instant,
    pub kind: EventKind,
    pub lead_id: Option<LeadId>,
    /// The name of the lead, while it is known.
    pub lead: Option<String>,
    pub mailbox: Option<String>,
    /// The member who did it; `None`: Fairlead.
    pub actor: Option<String>,
    pub params: Json<Value>,
}

const COLUMNS: &str =
    "e.id, e.at, e.kind, e.lead_id, trim(l.first_name || ' ' || l.last_name) as lead, m.address as mailbox,
     u.name as actor, e.params
     from outreach_events e
     left join leads l on l.workspace_id = e.workspace_id and l.id = e.lead_id
     left join mailboxes m on m.workspace_id = e.workspace_id and m.id = e.mailbox_id
     left join users u on u.id = e.actor";

/// At most `limit` events of a campaign, newest first, all older than `before`; of one kind, if one is asked for.
///
/// # Errors
/// The database's.
pub async fn of_campaign(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    kind: Option<EventKind>,
    before: Option<EventId>,
    limit: i64,
) -> sqlx::Result<Vec<EventLine>> {
    let before = before.unwrap_or(EventId(uuid::Uuid::max()));
    let only = if kind.is_some() { " and e.kind = $5" } else { "" };
    let sql = format!(
        "select {COLUMNS} where e.workspace_id = $1 and e.campaign_id = $2 and e.id < $3{only} order by e.id desc limit $4"
    );
    on!(tx, c => {
        let query = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(campaign).bind(before).bind(limit);
        match kind {
            Some(kind) => query.bind(kind).fetch_all(c).await,
            None => query.fetch_all(c).await,
        }
    })
}

/// The last events of a lead in a campaign, the oldest of them first.
///
/// # Errors
/// The database's.
pub async fn of_lead(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    lead: LeadId,
    limit: i64,
) -> sqlx::Result<Vec<EventLine>> {
    let sql = format!(
        "select {COLUMNS} where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 order by e.id desc limit $4"
    );
    let mut lines: Vec<EventLine> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(lead).bind(limit).fetch_all(c).await)?;
    lines.reverse();
    Ok(lines)
}
