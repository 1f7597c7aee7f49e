//! Follow-ups whose delay was changed: due by the new one.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::plan::Plans;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::ids::StepId,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Computes anew when those are due who wait for `step`. What is overdue then leaves at the pace of its mailbox. Whoever calls it wakes
/// the mailboxes.
///
/// # Errors
/// The database's.
pub async fn due_anew(tx: &mut Tx, (workspace, campaign): (WorkspaceId, CampaignId), step: StepId) -> sqlx::Result<()> {
    let plans = Plans::load(tx, &BTreeSet::from([(workspace, campaign)])).await?;
    let waiting: Vec<(LeadId, String, Instant)> = on!(&mut *tx, c => sqlx::query_as(
        "select lead_id, zone, last_sent_at from enrolments
         where workspace_id = $1 and campaign_id = $2 and state = 'active' and next_step_id = $3 and last_sent_at is not null")
        .bind(workspace).bind(campaign).bind(step).fetch_all(c).await)?;
    let due = waiting.into_iter().filter_map(|(lead, zone, sent_at)| {
        let due = plans.due((workspace, campaign), step, &zone, sent_at)?;
        Some((workspace, campaign, lead, due))
    });
    for rows in batches(due)? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set due_at = cast(j.value ->> 3 as bigint) from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 1, '-')
               and e.lead_id = unhex(j.value ->> 2, '-') and e.state = 'active'")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}
