//! Sequences that were stopped and continue after all: an opt-out that was undone, an answer that was automatic.

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, types::Json};

use super::{enrol, stop::suppressed, wake};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// The sequence of a lead as it was before it was stopped, so that it can continue there.
#[derive(Debug, Clone, FromRow, Serialize, Deserialize)]
pub struct Sequence {
    pub campaign_id: CampaignId,
    pub lead_id: LeadId,
    pub state: String,
    pub code: Option<String>,
    pub params: Option<Json<serde_json::Value>>,
    pub held_until: Option<Instant>,
    pub due_at: Option<Instant>,
    pub occupies: bool,
}

/// The columns of a [`Sequence`].
pub const SEQUENCE: &str = "campaign_id, lead_id, state, code, params, held_until, due_at, occupies";

/// The sequences of these leads that are still open.
///
/// # Errors
/// The database's.
pub async fn open_sequences(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: impl Iterator<Item = (CampaignId, LeadId)>,
) -> sqlx::Result<Vec<Sequence>> {
    let mut open = Vec::new();
    for leads in batches(leads)? {
        let sql = format!(
            "select {SEQUENCE} from enrolments
             where workspace_id = $1 and state not in ('finished', 'stopped') and (campaign_id, lead_id) in (
                 select unhex(j.value ->> 0, '-'), unhex(j.value ->> 1, '-') from json_each($2) j)"
        );
        let some: Vec<Sequence> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(Json(leads)).fetch_all(c).await)?;
        open.extend(some);
    }
    Ok(open)
}

/// When and why a sequence was stopped, and when its next mail may leave at the earliest.
#[derive(Debug, Clone, Copy)]
pub struct Reopened<'a> {
    pub code: &'a str,
    pub since: Instant,
    pub not_before: Instant,
}

/// Puts a sequence back to where it was, unless it changed since or another reason keeps it stopped. A mail that was on its way is due
/// at once. Returns whether it continues.
///
/// # Errors
/// The database's.
pub async fn reopen(
    tx: &mut Tx,
    workspace: WorkspaceId,
    before: &Sequence,
    why: Reopened<'_>,
    at: Instant,
) -> sqlx::Result<bool> {
    let suppressed = suppressed();
    let sql = format!(
        "update enrolments as e set
             state = case when $5 <> 'in_flight' then $5 when begun_at is null then 'waiting' else 'active' end,
             due_at = case when $5 = 'active' or ($5 = 'in_flight' and begun_at is not null)
                 then case when coalesce($6, $11) > $13 then coalesce($6, $11) else $13 end end,
             code = $7, params = $8, held_until = $9, since = $11,
             occupies = $10 and not exists (select 1 from enrolments o where o.workspace_id = e.workspace_id
                 and o.recipient_key = e.recipient_key and o.occupies)
         where e.workspace_id = $1 and e.campaign_id = $2 and e.lead_id = $3 and e.state = 'stopped' and e.code = $12
           and e.since = $4 and not {suppressed}"
    );
    let Sequence { campaign_id, lead_id, state, code, params, held_until, due_at, occupies } = before;
    let changed = on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(*campaign_id).bind(*lead_id).bind(why.since).bind(state).bind(*due_at).bind(code).bind(params)
        .bind(*held_until).bind(*occupies).bind(at).bind(why.code).bind(why.not_before)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if changed > 0 {
        // It may have been the last one of its campaign.
        enrol::continue_finished(tx, (workspace, *campaign_id), None, at).await?;
        wake(tx, workspace, *campaign_id, at).await?;
    }
    Ok(changed > 0)
}
