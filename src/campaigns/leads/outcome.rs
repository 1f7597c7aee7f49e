//! Leads of which something changed that counts for the question which sources convert: a mail, a bounce, an answer, a label, a refund.
//! Written in the transaction of the change; `insights` counts them.

use sqlx::types::Json;

use super::super::ids::LeadId;
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::{batches::batches, db::Tx},
};

/// A lead in a campaign.
pub type LeadPlace = (WorkspaceId, CampaignId, LeadId);

/// The outcome of these leads may have changed.
///
/// # Errors
/// The database's.
pub async fn outcomes_changed(tx: &mut Tx, leads: impl Iterator<Item = LeadPlace>) -> sqlx::Result<()> {
    for leads in batches(leads)? {
        on!(&mut *tx, c => sqlx::query(
            "with rows as materialized (select value from json_each($1))
             insert into outcome_changes (workspace_id, campaign_id, lead_id)
             select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), unhex(value ->> 2, '-') from rows where true")
            .bind(Json(leads)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// The same for a lead in every campaign that it is in or was counted in.
///
/// # Errors
/// The database's.
pub async fn outcome_changed(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into outcome_changes (workspace_id, campaign_id, lead_id)
         select workspace_id, campaign_id, lead_id from campaign_leads where workspace_id = $1 and lead_id = $2
         union select workspace_id, campaign_id, lead_id from lead_outcomes where workspace_id = $1 and lead_id = $2")
        .bind(workspace).bind(lead).execute(c).await.map(drop))
}
