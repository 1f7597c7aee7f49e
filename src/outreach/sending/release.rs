//! Holds that are over: those with an end, and those of people who were in another sequence that ended.

use std::collections::BTreeSet;

use sqlx::types::Json;

use super::wake;
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::Key,
};

/// Enrolments released in one round.
const RELEASED: i64 = 500;

/// What an enrolment becomes that is no longer held: due at once if a mailbox has begun its sequence, else waiting for any.
const GOES_ON: &str =
    "state = case when mailbox_id is null then 'waiting' else 'active' end, code = null, params = null,
     since = $1, due_at = case when mailbox_id is null then null else $1 end, held_until = null";

/// Releases what is held until now, and returns the campaigns of it.
///
/// # Errors
/// The database's.
pub(super) async fn release(tx: &mut Tx, at: Instant) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let sql = format!(
        "update enrolments set {GOES_ON} where (workspace_id, campaign_id, lead_id) in (
             select workspace_id, campaign_id, lead_id from enrolments
             where state = 'held' and held_until <= $1 order by held_until limit $2)
         returning workspace_id, campaign_id"
    );
    let released: Vec<(WorkspaceId, CampaignId)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(at).bind(RELEASED).fetch_all(c).await)?;
    wake_all(tx, released, at).await
}

/// Lets those go on who were held because they were in a sequence that has now ended.
///
/// # Errors
/// The database's.
pub(super) async fn freed(
    tx: &mut Tx,
    people: impl Iterator<Item = (WorkspaceId, Key)>,
    at: Instant,
) -> sqlx::Result<()> {
    let mut released = Vec::new();
    for people in batches(people)? {
        let sql = format!(
            "update enrolments as e set {GOES_ON} from json_each($2) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.recipient_key = unhex(j.value ->> 1)
               and e.state = 'held' and e.code = 'other_campaign'
             returning workspace_id, campaign_id"
        );
        let some: Vec<(WorkspaceId, CampaignId)> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(Json(people)).fetch_all(c).await)?;
        released.extend(some);
    }
    wake_all(tx, released, at).await.map(drop)
}

/// What holds leads whose mail cannot be written.
const UNWRITABLE: [&str; 4] = ["missing_fields", "bad_value", "empty_text", "text_too_long"];

/// Lets those go on whose mail could not be written, because a text of their campaign or the leads themselves changed. Whoever still
/// lacks a value is held again.
///
/// # Errors
/// The database's.
pub async fn retry_held(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, at: Instant) -> sqlx::Result<()> {
    release_held(tx, workspace, campaign, &UNWRITABLE, at).await
}

/// Lets those go on who are held with one of these codes.
///
/// # Errors
/// The database's.
pub async fn release_held(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    codes: &[&str],
    at: Instant,
) -> sqlx::Result<()> {
    for codes in batches(codes.iter().map(|code| [code]))? {
        let sql = format!(
            "update enrolments set {GOES_ON} where workspace_id = $2 and campaign_id = $3 and state = 'held'
                 and code in (select j.value ->> 0 from json_each($4) j)"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(at).bind(workspace).bind(campaign).bind(Json(codes)).execute(c).await.map(drop))?;
    }
    wake(tx, workspace, campaign, at).await
}

async fn wake_all(
    tx: &mut Tx,
    campaigns: Vec<(WorkspaceId, CampaignId)>,
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let campaigns: BTreeSet<_> = campaigns.into_iter().collect();
    for (workspace, campaign) in &campaigns {
        wake(tx, *workspace, *campaign, at).await?;
    }
    Ok(campaigns)
}
