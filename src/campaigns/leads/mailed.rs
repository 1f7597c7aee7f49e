//! Leads that a mail is about to leave to. A mailed lead is revealed and cannot be returned (C17); a returned one is not mailed: the
//! two exclude each other on the row of the lead.

use std::collections::HashSet;

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Marks leads as mailed and revealed, and returns those that may be: neither returned nor bad. Those that were mailed before are left
/// as they are: their rows are sealed, and a mailed lead cannot be returned any more.
///
/// # Errors
/// The database's.
pub async fn mailed(
    tx: &mut Tx,
    leads: impl Iterator<Item = (WorkspaceId, LeadId)>,
    at: Instant,
) -> sqlx::Result<HashSet<(WorkspaceId, LeadId)>> {
    let mut mailed = HashSet::new();
    for leads in batches(leads)? {
        let leads = Json(leads);
        let before: Vec<(WorkspaceId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
            "select l.workspace_id, l.id from json_each($1) j
             join leads l on l.workspace_id = unhex(j.value ->> 0, '-') and l.id = unhex(j.value ->> 1, '-')
             where l.mailed_at is not null and l.bad_reason is null")
            .bind(&leads).fetch_all(c).await)?;
        mailed.extend(before);
        let some: Vec<(WorkspaceId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
            "update leads as l set mailed_at = $1, revealed_at = coalesce(l.revealed_at, $1),
                 search_text = case when l.revealed_at is null then l.search_text || ' ' || lower(l.email) else l.search_text end
             from json_each($2) j
             where l.workspace_id = unhex(j.value ->> 0, '-') and l.id = unhex(j.value ->> 1, '-')
               and l.mailed_at is null and l.returned_at is null and l.bad_reason is null
             returning workspace_id, id")
            .bind(at).bind(&leads).fetch_all(c).await)?;
        mailed.extend(some);
    }
    Ok(mailed)
}

/// Takes back that a first mail left to a lead at `mailed_at`: the server did not take it. The lead stays revealed.
///
/// # Errors
/// The database's.
pub async fn not_mailed(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId, mailed_at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update leads set mailed_at = null where workspace_id = $1 and id = $2 and mailed_at = $3")
        .bind(workspace).bind(lead).bind(mailed_at).execute(c).await.map(drop))
}
