//! Which filter values found a lead. Noted once, when the lead is first counted: the directory changes, and people are erased.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use sqlx::types::Json;
use uuid::Uuid;

use crate::{
    accounts::WorkspaceId,
    campaigns::{
        ids::LeadId,
        leads::{LeadOf, found_by},
    },
    ids::uuid_v7,
    on,
    server::{batches::batches, db::Tx},
};

/// Notes the values of those of these leads that have been counted nowhere yet.
///
/// # Errors
/// The database's.
pub(super) async fn note(tx: &mut Tx, leads: &BTreeSet<LeadOf>) -> sqlx::Result<()> {
    let noted = noted(tx, leads).await?;
    let found = found_by(tx, leads.difference(&noted).copied()).await?;
    let values: BTreeSet<_> = found.iter().flat_map(|(lead, values)| values.iter().map(|one| (lead.0, one))).collect();
    let rows = values.iter().map(|(workspace, one)| json!([workspace, uuid_v7(), one.field, one.key, one.value]));
    for rows in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into filter_values (workspace_id, id, field, key, value)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), value ->> 2, value ->> 3, value ->> 4 from rows where true
             on conflict do nothing")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    let rows = found.iter().flat_map(|((workspace, lead), values)| {
        values.iter().map(move |one| json!([workspace, lead, one.field, one.key]))
    });
    for rows in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into lead_matches (workspace_id, lead_id, value_id)
             with rows as materialized (select value from json_each($1))
             select v.workspace_id, unhex(r.value ->> 1, '-'), v.id from rows r
             join filter_values v on v.workspace_id = unhex(r.value ->> 0, '-') and v.field = r.value ->> 2 and v.key = r.value ->> 3
             where true
             on conflict do nothing")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Those whose values were noted before, in whatever campaign.
async fn noted(tx: &mut Tx, leads: &BTreeSet<LeadOf>) -> sqlx::Result<BTreeSet<LeadOf>> {
    let mut noted = BTreeSet::new();
    for leads in batches(leads.iter())? {
        let some: Vec<LeadOf> = on!(&mut *tx, c => sqlx::query_as(
            "select distinct o.workspace_id, o.lead_id from json_each($1) j
             join lead_outcomes o on o.workspace_id = unhex(j.value ->> 0, '-') and o.lead_id = unhex(j.value ->> 1, '-') and o.noted")
            .bind(Json(leads)).fetch_all(c).await)?;
        noted.extend(some);
    }
    Ok(noted)
}

/// The values that found each of these leads.
///
/// # Errors
/// The database's.
pub(super) async fn values(tx: &mut Tx, leads: &BTreeSet<LeadOf>) -> sqlx::Result<BTreeMap<LeadOf, Vec<Uuid>>> {
    let mut found: BTreeMap<LeadOf, Vec<Uuid>> = BTreeMap::new();
    for leads in batches(leads.iter())? {
        let some: Vec<(WorkspaceId, LeadId, Uuid)> = on!(&mut *tx, c => sqlx::query_as(
            "select m.workspace_id, m.lead_id, m.value_id from json_each($1) j
             join lead_matches m on m.workspace_id = unhex(j.value ->> 0, '-') and m.lead_id = unhex(j.value ->> 1, '-')")
            .bind(Json(leads)).fetch_all(c).await)?;
        for (workspace, lead, value) in some {
            found.entry((workspace, lead)).or_default().push(value);
        }
    }
    Ok(found)
}
