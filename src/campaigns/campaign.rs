//! A campaign: a name, the targeting being edited, and the leads delivered into it.

use serde::Deserialize;
use sqlx::types::Json;

use super::{CampaignName, LeadCount};
use crate::{
    accounts::{UserId, WorkspaceId, audit},
    credits::CampaignId,
    directory::Criteria,
    on,
    server::{clock::Instant, db::Tx, error::AppError, select::Select},
};

/// Where a campaign stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum CampaignState {
    /// In the wizard; nothing was requested yet.
    Draft,
    /// At least one request was confirmed.
    Active,
    Archived,
}

/// A stored campaign.
#[derive(Debug, Clone, sqlx::FromRow, Deserialize)]
pub struct Campaign {
    pub id: CampaignId,
    pub name: String,
    pub state: CampaignState,
    pub criteria: Json<Criteria>,
    pub quantity: Option<LeadCount>,
    pub updated_at: Instant,
}

/// One line of the list of campaigns.
#[derive(Debug, Clone, Deserialize)]
pub struct CampaignLine {
    #[serde(flatten)]
    pub campaign: Campaign,
    pub leads: i64,
    /// Requests under way.
    pub open_requests: i64,
}

/// The campaigns of a workspace, the one touched last first.
pub fn select_campaigns(workspace: WorkspaceId) -> Select<Vec<CampaignLine>> {
    Select::rows(
        "id, name, state, criteria json, quantity, updated_at, leads, open_requests",
        "select p.id, p.name, p.state, p.criteria, p.quantity, p.updated_at,
             p.leads,
             (select count(*) from lead_requests r where r.workspace_id = p.workspace_id and r.campaign_id = p.id
                 and r.state in ('queued', 'running')) as open_requests
         from campaigns p where p.workspace_id = $1 and p.state <> 'archived'
         order by p.updated_at desc, p.id desc limit 200",
    )
    .bind(workspace.0)
}

/// The campaigns of a workspace that were touched last, without counting what is in them: those that have leads or asked for
/// some. An abandoned draft has no leads yet.
///
/// # Errors
/// The database's.
pub async fn latest(tx: &mut Tx, workspace: WorkspaceId, limit: i64) -> sqlx::Result<Vec<Campaign>> {
    on!(tx, c => sqlx::query_as(
        "select id, name, state, criteria, quantity, updated_at from campaigns
         where workspace_id = $1 and (state = 'active' or (state = 'draft' and leads > 0))
         order by updated_at desc, id desc limit $2")
        .bind(workspace).bind(limit).fetch_all(c).await)
}

/// One campaign of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn campaign(tx: &mut Tx, workspace: WorkspaceId, id: CampaignId) -> Result<Campaign, AppError> {
    select_campaign(workspace, id).read(tx).await?.ok_or(AppError::NotFound)
}

/// The same, to be read together with other things; nothing for a campaign that does not exist.
pub fn select_campaign(workspace: WorkspaceId, id: CampaignId) -> Select<Option<Campaign>> {
    Select::rows(
        "id, name, state, criteria json, quantity, updated_at",
        "select id, name, state, criteria, quantity, updated_at
         from campaigns where workspace_id = $1 and id = $2 and state <> 'archived'",
    )
    .bind(workspace.0)
    .bind(id.0)
    .first()
}

/// What there is of a campaign, counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
pub struct CampaignTotals {
    pub leads: i64,
    /// Credits; those of leads paid back count too.
    pub spent: i64,
    /// Requests under way.
    pub open_requests: i64,
}

/// The totals of a campaign.
pub fn select_totals(workspace: WorkspaceId, id: CampaignId) -> Select<CampaignTotals> {
    Select::<Vec<CampaignTotals>>::rows(
        "leads, spent, open_requests",
        "select p.leads,
             (select cast(coalesce(sum(h.captured), 0) as bigint) from lead_requests r
              join credit_holds h on h.workspace_id = r.workspace_id and h.request_id = r.id
              where r.workspace_id = $1 and r.campaign_id = $2) as spent,
             (select count(*) from lead_requests where workspace_id = $1 and campaign_id = $2
                 and state in ('queued', 'running')) as open_requests
         from campaigns p where p.workspace_id = $1 and p.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .first()
    .map(Option::unwrap_or_default)
}

/// Starts a draft.
///
/// # Errors
/// The database's.
pub async fn create(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    name: &CampaignName,
    criteria: &Criteria,
    at: Instant,
) -> sqlx::Result<CampaignId> {
    let id = CampaignId::new();
    create_as(tx, (workspace, id), user, name, criteria, at).await?;
    Ok(id)
}

/// Starts a draft with an id that its page was given, unless this workspace has a campaign of that id already. Returns whether it
/// was made.
///
/// # Errors
/// The database's.
pub async fn create_as(
    tx: &mut Tx,
    (workspace, id): (WorkspaceId, CampaignId),
    user: UserId,
    name: &CampaignName,
    criteria: &Criteria,
    at: Instant,
) -> sqlx::Result<bool> {
    let made = on!(&mut *tx, c => sqlx::query(
        "insert into campaigns (workspace_id, id, name, state, criteria, created_by, created_at, updated_at)
         values ($1, $2, $3, 'draft', $4, $5, $6, $6) on conflict (workspace_id, id) do nothing")
        .bind(workspace).bind(id).bind(name.as_str()).bind(Json(criteria)).bind(user).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if made == 1 {
        audit::record(tx, workspace, audit::Actor::User(user), "Made a campaign", name.as_str(), "", at).await?;
    }
    Ok(made == 1)
}

/// Saves the wizard's audience step. Requests made before keep the criteria they were made with.
///
/// # Errors
/// [`AppError::NotFound`] as for [`campaign`].
pub async fn save_audience(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CampaignId,
    name: &CampaignName,
    criteria: &Criteria,
    at: Instant,
) -> Result<(), AppError> {
    let saved = on!(tx, c => sqlx::query(
        "update campaigns set name = $3, criteria = $4, updated_at = $5
         where workspace_id = $1 and id = $2 and state <> 'archived'")
        .bind(workspace).bind(id).bind(name.as_str()).bind(Json(criteria)).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if saved == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Saves the wizard's leads step.
///
/// # Errors
/// [`AppError::NotFound`] as for [`campaign`].
pub async fn save_quantity(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: CampaignId,
    quantity: LeadCount,
    at: Instant,
) -> Result<(), AppError> {
    let saved = on!(tx, c => sqlx::query(
        "update campaigns set quantity = $3, updated_at = $4 where workspace_id = $1 and id = $2 and state <> 'archived'")
        .bind(workspace).bind(id).bind(quantity).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if saved == 1 { Ok(()) } else { Err(AppError::NotFound) }
}

/// Takes a campaign out of the wizard: from now on its address leads to its overview.
///
/// # Errors
/// The database's.
pub async fn activate(tx: &mut Tx, workspace: WorkspaceId, id: CampaignId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update campaigns set state = 'active', updated_at = $3 where workspace_id = $1 and id = $2 and state = 'draft'")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(drop))
}

/// Puts a campaign away: it is in no list any more, and has no page. Returns whether that was possible: no request or standing
/// request of it may be open.
///
/// # Errors
/// The database's.
pub async fn archive(tx: &mut Tx, workspace: WorkspaceId, id: CampaignId, at: Instant) -> sqlx::Result<bool> {
    let archived = on!(tx, c => sqlx::query(
        "update campaigns set state = 'archived', updated_at = $3 where workspace_id = $1 and id = $2 and state = 'active'
             and not exists (select 1 from lead_requests r where r.workspace_id = $1 and r.campaign_id = $2
                 and r.state in ('queued', 'running'))
             and not exists (select 1 from standing_requests q where q.workspace_id = $1 and q.campaign_id = $2
                 and q.state <> 'ended')")
        .bind(workspace).bind(id).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(archived == 1)
}

/// Deletes a draft. Campaigns that have requested leads stay.
///
/// # Errors
/// [`AppError::NotFound`] when it is no draft of this workspace.
pub async fn delete_draft(tx: &mut Tx, workspace: WorkspaceId, id: CampaignId) -> Result<(), AppError> {
    let deleted = on!(tx, c => sqlx::query("delete from campaigns where workspace_id = $1 and id = $2 and state = 'draft'")
        .bind(workspace).bind(id).execute(c).await.map(|done| done.rows_affected()))?;
    if deleted == 1 { Ok(()) } else { Err(AppError::NotFound) }
}
