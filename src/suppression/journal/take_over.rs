//! Writing into a database that was put back what changed since.

use std::collections::{BTreeMap, HashSet};

use serde::Serialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    change::{Added, Change},
    page::Page,
};
use crate::{
    accounts::WorkspaceId,
    on,
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::{Key, Reason, SubjectKind, list::SuppressionId},
};

/// The journal knows no address: the list shows that there is one.
const SHOWN: &str = "••••";
const NOTE: &str = "Taken over from the journal";

/// What the database had missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenOver {
    /// People and domains that came onto a list.
    pub added: u64,
    /// Rows that were taken off a list.
    pub removed: u64,
    pub objections: u64,
}

impl TakenOver {
    pub fn is_something(self) -> bool {
        self != Self::default()
    }
}

/// People whose data a database from an earlier day has again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wishes {
    /// Who was erased, in each workspace.
    pub erased: HashSet<(WorkspaceId, Key)>,
    /// Who objected to being listed and written to.
    pub objected: HashSet<Key>,
}

/// What the people of these pages asked for beyond not being written to.
pub fn wishes(pages: &[Page]) -> Wishes {
    let mut wishes = Wishes::default();
    for change in pages.iter().flat_map(|page| &page.changes) {
        match change {
            Change::Added(added) if added.reason == Reason::Erased => {
                wishes.erased.insert((added.workspace, added.key));
            }
            Change::Objected { key, .. } => {
                wishes.objected.insert(*key);
            }
            Change::Added(_) | Change::Removed { .. } => {}
        }
    }
    wishes
}

/// Writes the changes of these pages where they are missing. What belongs to a workspace or campaign that this database does not have is
/// left out. Mails that are under way are stopped where they ask for the list, before they leave.
///
/// # Errors
/// The database's.
pub async fn take_over(tx: &mut Tx, pages: &[Page]) -> sqlx::Result<TakenOver> {
    let mut rows: BTreeMap<(WorkspaceId, SuppressionId), Option<&Added>> = BTreeMap::new();
    let mut objected: BTreeMap<Key, Instant> = BTreeMap::new();
    for change in pages.iter().flat_map(|page| &page.changes) {
        match change {
            Change::Added(added) => {
                rows.insert((added.workspace, added.id), Some(added));
            }
            Change::Removed { workspace, id } => {
                rows.insert((*workspace, *id), None);
            }
            Change::Objected { key, at } => {
                objected.entry(*key).or_insert(*at);
            }
        }
    }
    let removed: Vec<_> = rows.iter().filter(|(_, added)| added.is_none()).map(|(place, _)| *place).collect();
    let added: Vec<&Added> = rows.into_values().flatten().collect();
    let taken_over = TakenOver {
        added: add(tx, &added).await?,
        removed: remove(tx, &removed).await?,
        objections: object(tx, &objected).await?,
    };
    for pages in batches(pages.iter().map(|page| (page.page, page.at)))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into suppression_pages (id, written_at)
             select unhex(j.value ->> 0, '-'), cast(j.value ->> 1 as bigint) from json_each($1) j where true on conflict (id) do nothing")
            .bind(Json(pages)).execute(c).await.map(drop))?;
    }
    Ok(taken_over)
}

async fn add(tx: &mut Tx, rows: &[&Added]) -> sqlx::Result<u64> {
    #[derive(Serialize)]
    struct Row {
        w: WorkspaceId,
        id: SuppressionId,
        key: Key,
        kind: SubjectKind,
        reason: Reason,
        campaign: Option<Uuid>,
        cause: Option<Uuid>,
        at: Instant,
    }
    let rows = batches(rows.iter().map(|added| Row {
        w: added.workspace,
        id: added.id,
        key: added.key,
        kind: added.kind,
        reason: added.reason,
        campaign: added.campaign,
        cause: added.cause,
        at: added.at,
    }))?;
    let mut added = 0;
    for rows in rows {
        added += on!(&mut *tx, c => sqlx::query(
            "insert into suppressions (workspace_id, id, key, kind, shown, reason, campaign_id, note, cause_id, created_at)
             with rows as materialized (select value from json_each($1))
             select w.id, unhex(value ->> 'id', '-'), unhex(value ->> 'key'), value ->> 'kind', $2, value ->> 'reason',
                 unhex(value ->> 'campaign', '-'), $3, unhex(value ->> 'cause', '-'), cast(value ->> 'at' as bigint)
             from rows
             join workspaces w on w.id = unhex(value ->> 'w', '-')
             left join campaigns p on p.workspace_id = w.id and p.id = unhex(value ->> 'campaign', '-')
             where value ->> 'campaign' is null or p.id is not null
             on conflict do nothing")
            .bind(Json(rows)).bind(SHOWN).bind(NOTE).execute(c).await.map(|done| done.rows_affected()))?;
    }
    Ok(added)
}

async fn remove(tx: &mut Tx, places: &[(WorkspaceId, SuppressionId)]) -> sqlx::Result<u64> {
    let mut removed = 0;
    for places in batches(places.iter())? {
        removed += on!(&mut *tx, c => sqlx::query(
            "delete from suppressions where (workspace_id, id) in (
                 select unhex(j.value ->> 0, '-'), unhex(j.value ->> 1, '-') from json_each($1) j)")
            .bind(Json(places)).execute(c).await.map(|done| done.rows_affected()))?;
    }
    Ok(removed)
}

async fn object(tx: &mut Tx, objections: &BTreeMap<Key, Instant>) -> sqlx::Result<u64> {
    let mut added = 0;
    for rows in batches(objections.iter())? {
        added += on!(&mut *tx, c => sqlx::query(
            "insert into objections (key, created_at)
             select unhex(j.value ->> 0), cast(j.value ->> 1 as bigint) from json_each($1) j where true on conflict (key) do nothing")
            .bind(Json(rows)).execute(c).await.map(|done| done.rows_affected()))?;
    }
    Ok(added)
}
