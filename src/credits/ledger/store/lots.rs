//! Lots.

use sqlx::types::Json;

use super::rows::{Of, keys};
use crate::{
    accounts::WorkspaceId,
    credits::{Credits, Lot, LotId, OrderId, ledger::rules::lot::in_draw_order},
    on,
    server::{batches::batches, clock::Instant, db::Tx, select::Select},
};

const LOT_COLUMNS: &str = "id, kind, granted, remaining, held, captured, refunded, expired, taken_back, moved, owed,
     expires_at, order_id, origin_order_id, reason, created_at";

#[derive(sqlx::FromRow)]
struct LotRow {
    workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    lot: Lot,
}

const LOT_OF: &str =
    "select l.workspace_id, l.id, l.kind, l.granted, l.remaining, l.held, l.captured, l.refunded, l.expired, l.taken_back,
         l.moved, l.owed, l.expires_at, l.order_id, l.origin_order_id, l.reason, l.created_at
     from json_each($1) w join credit_lots l on l.workspace_id = unhex(w.value ->> 0, '-')";

/// The lots of these workspaces that something is left in or held of, or that owe something.
pub async fn live_lots_of(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<Vec<(WorkspaceId, Lot)>> {
    let rows: Vec<LotRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT_OF} and (l.remaining > 0 or l.held > 0 or l.owed > 0)")))
        .bind(keys(workspaces)).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.lot)).collect())
}

/// The lots that these orders paid for.
pub async fn lots_of_orders(tx: &mut Tx, orders: &[(WorkspaceId, OrderId)]) -> sqlx::Result<Vec<(WorkspaceId, Lot)>> {
    let rows: Vec<LotRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT_OF} and (l.order_id = unhex(w.value ->> 1, '-') or l.origin_order_id = unhex(w.value ->> 1, '-'))")))
        .bind(Json(orders)).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.lot)).collect())
}

pub async fn lots_by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = LotId>,
) -> sqlx::Result<Vec<Lot>> {
    let wanted: Vec<_> = ids.map(|id| (workspace, id)).collect();
    let rows: Vec<LotRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT_OF} and l.id = unhex(w.value ->> 1, '-')")))
        .bind(Json(wanted)).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| row.lot).collect())
}

/// What can be used of the lots that an order paid for.
pub async fn left_of_order(tx: &mut Tx, workspace: WorkspaceId, order: OrderId, at: Instant) -> sqlx::Result<Credits> {
    on!(tx, c => sqlx::query_scalar(
        "select cast(coalesce(sum(remaining), 0) as bigint) from credit_lots
         where workspace_id = $1 and (order_id = $2 or origin_order_id = $2) and (expires_at is null or expires_at > $3)")
        .bind(workspace).bind(order).bind(at).fetch_one(c).await)
}

/// One lot of the workspace.
pub async fn lot(tx: &mut Tx, workspace: WorkspaceId, id: LotId) -> sqlx::Result<Option<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("select {LOT_COLUMNS} from credit_lots where workspace_id = $1 and id = $2")))
        .bind(workspace).bind(id).fetch_optional(c).await)
}

/// The lots after `after`, by id.
pub async fn lots_after(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<LotId>,
    limit: i64,
) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {LOT_COLUMNS} from credit_lots where workspace_id = $1 and ($2 is null or id > $2) order by id limit $3")))
        .bind(workspace).bind(after).bind(limit).fetch_all(c).await)
}

/// All lots of a workspace that can be drawn from, in the published order (C11).
pub fn select_drawable_lots(workspace: WorkspaceId, at: Instant) -> Select<Vec<Lot>> {
    Select::rows(
        LOT_COLUMNS,
        format!("select {LOT_COLUMNS} from credit_lots where workspace_id = $1 and remaining > 0"),
    )
    .bind(workspace.0)
    .map(move |lots: Vec<Lot>| in_draw_order(lots.iter(), at).into_iter().cloned().collect())
}

/// The lots of a workspace in which nothing is left to draw, newest first.
pub fn select_used_lots(workspace: WorkspaceId, at: Instant) -> Select<Vec<Lot>> {
    let used = format!(
        "select {LOT_COLUMNS} from credit_lots where workspace_id = $1 and (remaining = 0 or expires_at <= $2) order by created_at desc, id desc limit 100"
    );
    Select::rows(LOT_COLUMNS, used).bind(workspace.0).bind(at)
}

/// Workspaces in which something is left of a lot past its date.
pub async fn workspaces_with_due_lots(tx: &mut Tx, at: Instant, limit: i64) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select distinct workspace_id from credit_lots where remaining > 0 and expires_at <= $1 limit $2")
        .bind(at).bind(limit).fetch_all(c).await)
}

/// Writes lots: new ones whole, known ones with their new totals. The database refuses totals below zero and totals that
/// do not add up.
pub async fn save_lots(tx: &mut Tx, lots: &[(WorkspaceId, &Lot)]) -> sqlx::Result<()> {
    for rows in batches(lots.iter().map(|(workspace_id, row)| Of { workspace_id: *workspace_id, row }))? {
        on!(tx, c => sqlx::query(
            "insert into credit_lots (workspace_id, id, kind, granted, remaining, held, captured, refunded, expired,
                 taken_back, moved, owed, expires_at, order_id, origin_order_id, reason, created_at)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), unhex(value ->> 'id', '-'), value ->> 'kind',
                 cast(value ->> 'granted' as bigint), cast(value ->> 'remaining' as bigint), cast(value ->> 'held' as bigint),
                 cast(value ->> 'captured' as bigint), cast(value ->> 'refunded' as bigint),
                 cast(value ->> 'expired' as bigint), cast(value ->> 'taken_back' as bigint),
                 cast(value ->> 'moved' as bigint), cast(value ->> 'owed' as bigint), cast(value ->> 'expires_at' as bigint), unhex(value ->> 'order_id', '-'),
                 unhex(value ->> 'origin_order_id', '-'), value ->> 'reason', cast(value ->> 'created_at' as bigint)
             from rows where true
             on conflict (workspace_id, id) do update set granted = excluded.granted,
                 remaining = excluded.remaining, held = excluded.held, captured = excluded.captured,
                 refunded = excluded.refunded, expired = excluded.expired, taken_back = excluded.taken_back,
                 moved = excluded.moved, owed = excluded.owed")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}
