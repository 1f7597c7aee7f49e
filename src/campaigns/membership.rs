//! Which leads are in which campaign. A campaign keeps how many it has, so that pages need not count them: the number changes
//! here, with the rows, and the proof compares them (`campaigns/verify.rs`).

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::{LeadId, ListId},
    credits::CampaignId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Puts leads into a campaign. `list` is the own list that brought them.
///
/// # Errors
/// The database's.
pub(crate) async fn enter(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    list: Option<ListId>,
    leads: impl Iterator<Item = LeadId>,
    at: Instant,
) -> sqlx::Result<()> {
    let mut entered = 0;
    for leads in batches(leads.map(|lead| [lead]))? {
        entered += on!(&mut *tx, c => sqlx::query(
            "insert into campaign_leads (workspace_id, campaign_id, lead_id, list_id, added_at)
             select $1, $2, unhex(value ->> 0, '-'), $3, $4 from json_each($5)")
            .bind(workspace).bind(campaign).bind(list).bind(at).bind(Json(leads))
            .execute(c).await.map(|done| done.rows_affected()))?;
    }
    change(tx, workspace, campaign, i64::try_from(entered).unwrap_or(i64::MAX)).await
}

/// Notes that these leads of a campaign are in its sequence now.
///
/// # Errors
/// The database's.
pub(crate) async fn enrolled(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    leads: impl Iterator<Item = LeadId>,
) -> sqlx::Result<()> {
    for leads in batches(leads.map(|lead| [lead]))? {
        on!(&mut *tx, c => sqlx::query(
            "update campaign_leads set enrolled = true
             where workspace_id = $1 and campaign_id = $2 and lead_id in (select unhex(j.value ->> 0, '-') from json_each($3) j)")
            .bind(workspace).bind(campaign).bind(Json(leads)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Takes a lead out of every campaign that has it.
///
/// # Errors
/// The database's.
pub(crate) async fn leave(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId, at: Instant) -> sqlx::Result<()> {
    let left: Vec<CampaignId> = on!(&mut *tx, c => sqlx::query_scalar(
        "delete from campaign_leads where workspace_id = $1 and lead_id = $2 returning campaign_id")
        .bind(workspace).bind(lead).fetch_all(c).await)?;
    for campaign in left {
        note(tx, (workspace, campaign), (&[lead], "removed"), at).await?;
        change(tx, workspace, campaign, -1).await?;
    }
    Ok(())
}

/// Lets no further mail leave to leads that stay in a campaign: the list that brought them says not to write to them.
///
/// # Errors
/// The database's.
pub(crate) async fn stop_listed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    leads: &[LeadId],
    at: Instant,
) -> sqlx::Result<()> {
    note(tx, (workspace, campaign), (leads, "own_list"), at).await
}

/// Leaves a note for the sender of mails to these leads, with the code of the reason: campaigns do not know outreach, which reads it.
async fn note(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    (leads, code): (&[LeadId], &str),
    at: Instant,
) -> sqlx::Result<()> {
    for leads in batches(leads.iter().map(|lead| [lead]))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into campaign_departures (workspace_id, campaign_id, lead_id, at, code)
             select $1, $2, unhex(value ->> 0, '-'), $3, $5 from json_each($4) where true
             on conflict (workspace_id, campaign_id, lead_id) do nothing")
            .bind(workspace).bind(campaign).bind(at).bind(Json(leads)).bind(code).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Takes leads that an own list brought out of its campaign.
///
/// # Errors
/// The database's.
pub(crate) async fn leave_list(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (campaign, list): (CampaignId, ListId),
    leads: &[LeadId],
    at: Instant,
) -> sqlx::Result<()> {
    let left: Vec<LeadId> = on!(&mut *tx, c => {
        let mut query = sqlx::QueryBuilder::new("delete from campaign_leads where workspace_id = ");
        query.push_bind(workspace).push(" and campaign_id = ").push_bind(campaign);
        query.push(" and list_id = ").push_bind(list).push(" and lead_id in (");
        let mut ids = query.separated(", ");
        for lead in leads {
            ids.push_bind(*lead);
        }
        query.push(") returning lead_id");
        query.build_query_scalar().fetch_all(c).await
    })?;
    note(tx, (workspace, campaign), (&left, "removed"), at).await?;
    change(tx, workspace, campaign, -i64::try_from(left.len()).unwrap_or(i64::MAX)).await
}

async fn change(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, by: i64) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update campaigns set leads = leads + $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).bind(by).execute(c).await.map(drop))
}
