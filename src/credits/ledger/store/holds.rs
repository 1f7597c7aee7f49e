//! Holds and what they drew from which lot.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::rows::Of;
use crate::{
    accounts::WorkspaceId,
    credits::{
        Credits, HOLD_IDLE_MAX, Hold, HoldId, LotId, LotKind, RequestId,
        ledger::account_state::{DrawRow, HeldLots},
    },
    on,
    server::{batches::batches, clock::Instant, db::Tx, inconsistency::Inconsistency, select::Select},
};

#[derive(sqlx::FromRow)]
struct HoldRow {
    workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    hold: Hold,
    close_reason: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DrawOf {
    workspace_id: WorkspaceId,
    request_id: RequestId,
    #[sqlx(flatten)]
    draw: DrawRow,
}

/// The holds of these requests, with their draws.
pub async fn holds_of(
    tx: &mut Tx,
    requests: &[(WorkspaceId, RequestId)],
) -> sqlx::Result<BTreeMap<(WorkspaceId, RequestId), HeldLots>> {
    let rows: Vec<HoldRow> = on!(tx, c => sqlx::query_as(
        "select h.workspace_id, h.id, h.request_id, h.campaign_id, h.member_id, h.amount, h.captured, h.released,
             h.expires_at, h.created_at, h.closed_at, h.close_reason
         from json_each($1) w join credit_holds h
             on h.workspace_id = unhex(w.value ->> 0, '-') and h.request_id = unhex(w.value ->> 1, '-')")
        .bind(Json(requests)).fetch_all(c).await)?;
    let mut holds: BTreeMap<_, _> = rows
        .into_iter()
        .map(|HoldRow { workspace_id, hold, close_reason }| {
            ((workspace_id, hold.request_id), HeldLots { hold, close_reason, draws: Vec::new() })
        })
        .collect();
    if holds.is_empty() {
        return Ok(holds);
    }
    let draws: Vec<DrawOf> = on!(tx, c => sqlx::query_as(
        "select h.workspace_id, h.request_id, d.hold_id, d.position, d.lot_id, d.amount, d.captured, d.released
         from json_each($1) w
         join credit_holds h on h.workspace_id = unhex(w.value ->> 0, '-') and h.request_id = unhex(w.value ->> 1, '-')
         join credit_hold_draws d on d.workspace_id = h.workspace_id and d.hold_id = h.id
         order by d.hold_id, d.position")
        .bind(Json(requests)).fetch_all(c).await)?;
    for DrawOf { workspace_id, request_id, draw } in draws {
        if let Some(held) = holds.get_mut(&(workspace_id, request_id)) {
            held.draws.push(draw);
        }
    }
    Ok(holds)
}

#[derive(Serialize)]
struct HoldColumns {
    #[serde(flatten)]
    hold: Hold,
    close_reason: Option<String>,
}

/// Writes holds and their draws: new ones whole, known ones with their new totals.
pub async fn save_holds(tx: &mut Tx, holds: &[(WorkspaceId, &HeldLots)]) -> sqlx::Result<()> {
    let columns = |(workspace_id, held): &(WorkspaceId, &'_ HeldLots)| Of {
        workspace_id: *workspace_id,
        row: HoldColumns { hold: held.hold.clone(), close_reason: held.close_reason.clone() },
    };
    for rows in batches(holds.iter().map(columns))? {
        on!(tx, c => sqlx::query(
            "insert into credit_holds (workspace_id, id, request_id, campaign_id, member_id, amount, captured, released,
                 expires_at, created_at, closed_at, close_reason)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), unhex(value ->> 'id', '-'), unhex(value ->> 'request_id', '-'),
                 unhex(value ->> 'campaign_id', '-'), unhex(value ->> 'member_id', '-'), cast(value ->> 'amount' as bigint),
                 cast(value ->> 'captured' as bigint), cast(value ->> 'released' as bigint),
                 cast(value ->> 'expires_at' as bigint), cast(value ->> 'created_at' as bigint),
                 cast(value ->> 'closed_at' as bigint), value ->> 'close_reason'
             from rows where true
             on conflict (workspace_id, id) do update set captured = excluded.captured,
                 released = excluded.released, closed_at = excluded.closed_at, close_reason = excluded.close_reason")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    let draws = holds
        .iter()
        .flat_map(|(workspace_id, held)| held.draws.iter().map(|row| Of { workspace_id: *workspace_id, row }));
    for rows in batches(draws)? {
        on!(tx, c => sqlx::query(
            "insert into credit_hold_draws (workspace_id, hold_id, position, lot_id, amount, captured, released)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), unhex(value ->> 'hold_id', '-'),
                 cast(value ->> 'position' as bigint), unhex(value ->> 'lot_id', '-'), cast(value ->> 'amount' as bigint),
                 cast(value ->> 'captured' as bigint), cast(value ->> 'released' as bigint)
             from rows where true
             on conflict (workspace_id, hold_id, position) do update set captured = excluded.captured,
                 released = excluded.released")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// An open hold with the names behind its ids.
#[derive(Debug, Clone, sqlx::FromRow, Deserialize)]
pub struct OpenHold {
    #[sqlx(flatten)]
    #[serde(flatten)]
    pub hold: Hold,
    pub campaign_name: Option<String>,
    pub member_name: Option<String>,
    /// When its request last got on; while it waits for somebody, the end of the hold: only that counts then.
    pub progress_at: Option<Instant>,
}

impl OpenHold {
    /// When it ends by itself if nothing more arrives (C9).
    pub fn idle_until(&self) -> Instant {
        let idle = self.progress_at.unwrap_or(self.hold.created_at).plus(HOLD_IDLE_MAX);
        idle.min(self.hold.expires_at)
    }
}

const OPEN_HOLD_COLUMNS: &str =
    "id, request_id, campaign_id, member_id, amount, captured, released, expires_at, created_at,
     closed_at, campaign_name, member_name, progress_at";

const OPEN_HOLD: &str =
    "select h.id, h.request_id, h.campaign_id, h.member_id, h.amount, h.captured, h.released, h.expires_at,
         h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name,
         case when r.waiting is null then r.progress_at else h.expires_at end as progress_at
     from credit_holds h
     left join campaigns p on p.workspace_id = h.workspace_id and p.id = h.campaign_id
     left join lead_requests r on r.workspace_id = h.workspace_id and r.id = h.request_id
     left join users u on u.id = h.member_id";

/// The holds that are open, oldest first.
pub fn select_open_holds(workspace: WorkspaceId) -> Select<Vec<OpenHold>> {
    let open = format!("{OPEN_HOLD} where h.workspace_id = $1 and h.closed_at is null order by h.created_at limit 200");
    Select::rows(OPEN_HOLD_COLUMNS, open).bind(workspace.0)
}

#[derive(serde::Deserialize)]
struct HoldCount {
    holds: i64,
}

/// How many holds are open.
pub fn select_open_holds_count(workspace: WorkspaceId) -> Select<i64> {
    let open = "select count(*) as holds from credit_holds where workspace_id = $1 and closed_at is null";
    Select::rows("holds", open).bind(workspace.0).map(|rows: Vec<HoldCount>| rows.first().map_or(0, |row| row.holds))
}

/// A hold with the names behind its ids, and the lots it was drawn from.
#[derive(Debug, Clone)]
pub struct HoldDetails {
    pub open: OpenHold,
    pub close_reason: Option<String>,
    pub draws: Vec<HoldDraw>,
}

/// What a hold took of one lot.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct HoldDraw {
    pub lot_id: LotId,
    pub lot_kind: LotKind,
    pub lot_reason: String,
    pub amount: Credits,
    pub captured: Credits,
    pub released: Credits,
}

/// One hold of the workspace.
pub async fn hold_details(tx: &mut Tx, workspace: WorkspaceId, id: HoldId) -> sqlx::Result<Option<HoldDetails>> {
    let open: Option<OpenHold> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{OPEN_HOLD} where h.workspace_id = $1 and h.id = $2")))
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    let Some(open) = open else { return Ok(None) };
    let close_reason: Option<Option<String>> = on!(tx, c => sqlx::query_scalar(
        "select close_reason from credit_holds where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    let close_reason = close_reason.ok_or_else(|| Inconsistency::new("credit_holds", "id", id))?;
    let draws = on!(tx, c => sqlx::query_as(
        "select d.lot_id, l.kind as lot_kind, l.reason as lot_reason, d.amount, d.captured, d.released
         from credit_hold_draws d join credit_lots l on l.workspace_id = d.workspace_id and l.id = d.lot_id
         where d.workspace_id = $1 and d.hold_id = $2 order by d.position")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    Ok(Some(HoldDetails { open, close_reason, draws }))
}
