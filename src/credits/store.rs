//! The SQL of the ledger.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::to_raw_value;
use sqlx::types::{Json, JsonRawValue};

use super::{
    Balance, CampaignId, Credits, HoldId, Lot, LotId, OrderId, RequestId,
    book::{ChargeRow, DrawRow, HeldLots},
    hold::{HOLD_IDLE_MAX, Hold},
    transfer::{Bucket, Transfer, TransferKind},
};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{clock::Instant, db::Tx, hexadecimal},
};

/// Movements of one request that may have paid for the same leads: more lots than a hold ever needs.
const CHARGES_MAX: i64 = 50;

/// The account row.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow, Serialize)]
pub(super) struct Account {
    pub available: Credits,
    pub held: Credits,
    pub spent: Credits,
    pub expired: Credits,
    pub next_seq: i64,
    #[serde(serialize_with = "hexadecimal::serialize")]
    pub last_hash: Vec<u8>,
}

impl Account {
    pub fn balance(&self) -> Balance {
        Balance { available: self.available, held: self.held, spent: self.spent, expired: self.expired }
    }
}

/// Bytes of the rows in one statement. The message then is one record of TLS and one segment of a loopback connection: sqlx
/// 0.9.0 leaves Nagle's algorithm on (its issue 4335), so whatever follows the first of them would wait 40 ms.
const BATCH_BYTES: usize = 15_000;

/// Rows as JSON, in the batches that they are sent in.
fn batches(rows: impl Iterator<Item = impl Serialize>) -> sqlx::Result<Vec<Vec<Box<JsonRawValue>>>> {
    let mut batches = Vec::new();
    let mut bytes = 0;
    for row in rows {
        let row = to_raw_value(&row).map_err(|error| sqlx::Error::Encode(error.into()))?;
        bytes += row.get().len() + 1;
        match batches.last_mut() {
            Some(batch) if bytes <= BATCH_BYTES => Vec::push(batch, row),
            _ => {
                bytes = row.get().len();
                batches.push(vec![row]);
            }
        }
    }
    Ok(batches)
}

/// A row of one workspace, as a statement takes it: many rows travel as one JSON array, so a statement has one text and one
/// parameter however many there are. Both databases unpack it with `json_each`, `->>` and `unhex`. `materialized` where many
/// columns are taken of a row: else SQLite writes it out again for each.
#[derive(Serialize)]
struct Of<T> {
    workspace_id: WorkspaceId,
    #[serde(flatten)]
    row: T,
}

/// Locks the rows of these accounts until the transaction ends, in the order of their ids, so that two callers cannot
/// wait for each other. Accounts are made at their first use.
pub(super) async fn lock_accounts(
    tx: &mut Tx,
    workspaces: &[WorkspaceId],
) -> sqlx::Result<BTreeMap<WorkspaceId, Account>> {
    let mut accounts = locked(tx, workspaces).await?;
    if accounts.len() < workspaces.len() {
        on!(tx, c => sqlx::query(
            "insert into credit_accounts (workspace_id, last_hash)
             select unhex(value ->> 0, '-'), unhex('') from json_each($1) where true
             on conflict (workspace_id) do nothing")
            .bind(Json(workspaces.iter().map(|workspace| [workspace]).collect::<Vec<_>>())).execute(c).await.map(drop))?;
        accounts = locked(tx, workspaces).await?;
    }
    Ok(accounts)
}

async fn locked(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<BTreeMap<WorkspaceId, Account>> {
    // SQLite has one writer, and this transaction is it.
    let lock = if tx.is_postgres() { "for update of a" } else { "" };
    let rows: Vec<AccountRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select a.workspace_id, a.available, a.held, a.spent, a.expired, a.next_seq, a.last_hash
         from json_each($1) w join credit_accounts a on a.workspace_id = unhex(w.value ->> 0, '-')
         order by a.workspace_id {lock}")))
        .bind(Json(workspaces.iter().map(|workspace| [workspace]).collect::<Vec<_>>())).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.account)).collect())
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    account: Account,
}

pub(super) async fn update_accounts<'a>(
    tx: &mut Tx,
    accounts: impl Iterator<Item = (WorkspaceId, &'a Account)>,
) -> sqlx::Result<()> {
    for rows in batches(accounts.map(|(workspace_id, row)| Of { workspace_id, row }))? {
        let count = rows.len() as u64;
        let updated = on!(tx, c => sqlx::query(
            "with rows as materialized (select value from json_each($1))
             update credit_accounts set available = n.available, held = n.held, spent = n.spent, expired = n.expired,
                 next_seq = n.next_seq, last_hash = n.last_hash
             from (select unhex(value ->> 'workspace_id', '-') as workspace_id,
                     cast(value ->> 'available' as bigint) as available, cast(value ->> 'held' as bigint) as held,
                     cast(value ->> 'spent' as bigint) as spent, cast(value ->> 'expired' as bigint) as expired,
                     cast(value ->> 'next_seq' as bigint) as next_seq, unhex(value ->> 'last_hash') as last_hash
                 from rows) n
             where credit_accounts.workspace_id = n.workspace_id and credit_accounts.next_seq <= n.next_seq")
            .bind(Json(rows)).execute(c).await.map(|done| done.rows_affected()))?;
        if updated != count {
            return Err(sqlx::Error::RowNotFound);
        }
    }
    Ok(())
}

pub(super) async fn insert_transfers(tx: &mut Tx, transfers: &[&Transfer]) -> sqlx::Result<()> {
    for rows in batches(transfers.iter())? {
        on!(tx, c => sqlx::query(
            "insert into credit_transfers (workspace_id, seq, kind, from_bucket, to_bucket, amount, lot_id, hold_id,
                 campaign_id, request_id, order_id, lead_count, actor_kind, actor_id, reason, price_version,
                 reverses_seq, available_after, held_after, idempotency_key, created_at, previous_hash, hash)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), cast(value ->> 'seq' as bigint), value ->> 'kind',
                 value ->> 'from_bucket', value ->> 'to_bucket', cast(value ->> 'amount' as bigint),
                 unhex(value ->> 'lot_id', '-'), unhex(value ->> 'hold_id', '-'), unhex(value ->> 'campaign_id', '-'),
                 unhex(value ->> 'request_id', '-'), unhex(value ->> 'order_id', '-'), cast(value ->> 'lead_count' as bigint),
                 value ->> 'actor_kind', unhex(value ->> 'actor_id', '-'), value ->> 'reason',
                 cast(value ->> 'price_version' as bigint), cast(value ->> 'reverses_seq' as bigint),
                 cast(value ->> 'available_after' as bigint), cast(value ->> 'held_after' as bigint),
                 value ->> 'idempotency_key', cast(value ->> 'created_at' as bigint), unhex(value ->> 'previous_hash'),
                 unhex(value ->> 'hash')
             from rows")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Which of these idempotency keys were used before. Asked one by one and in the order of the keys, which only their index
/// has: the database then chooses it even for a plan that it made when the table was empty.
pub(super) async fn posted(tx: &mut Tx, keys: &[(WorkspaceId, &str)]) -> sqlx::Result<Vec<(WorkspaceId, String)>> {
    let mut found = Vec::new();
    for keys in batches(keys.iter())? {
        let some: Vec<(WorkspaceId, String)> = on!(tx, c => sqlx::query_as(
            "select unhex(value ->> 0, '-'), value ->> 1 from json_each($1)
             where (select t.idempotency_key from credit_transfers t
                 where t.workspace_id = unhex(value ->> 0, '-') and t.idempotency_key >= value ->> 1
                     and t.idempotency_key <= value ->> 1
                 order by t.idempotency_key limit 1) is not null")
            .bind(Json(keys)).fetch_all(c).await)?;
        found.extend(some);
    }
    Ok(found)
}

const LOT: &str =
    "select id, kind, granted, remaining, held, captured, refunded, expired, taken_back, moved, expires_at,
         order_id, reason, created_at
     from credit_lots";

#[derive(sqlx::FromRow)]
struct LotRow {
    workspace_id: WorkspaceId,
    #[sqlx(flatten)]
    lot: Lot,
}

const LOT_OF: &str =
    "select l.workspace_id, l.id, l.kind, l.granted, l.remaining, l.held, l.captured, l.refunded, l.expired, l.taken_back,
         l.moved, l.expires_at, l.order_id, l.reason, l.created_at
     from json_each($1) w join credit_lots l on l.workspace_id = unhex(w.value ->> 0, '-')";

/// The lots of these workspaces that something is left in or held of.
pub(super) async fn live_lots_of(tx: &mut Tx, workspaces: &[WorkspaceId]) -> sqlx::Result<Vec<(WorkspaceId, Lot)>> {
    let rows: Vec<LotRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT_OF} and (l.remaining > 0 or l.held > 0)")))
        .bind(Json(workspaces.iter().map(|workspace| [workspace]).collect::<Vec<_>>())).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.lot)).collect())
}

/// The lots that these orders brought in.
pub(super) async fn lots_of_orders(
    tx: &mut Tx,
    orders: &[(WorkspaceId, OrderId)],
) -> sqlx::Result<Vec<(WorkspaceId, Lot)>> {
    let rows: Vec<LotRow> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT_OF} and l.order_id = unhex(w.value ->> 1, '-')")))
        .bind(Json(orders)).fetch_all(c).await)?;
    Ok(rows.into_iter().map(|row| (row.workspace_id, row.lot)).collect())
}

pub(super) async fn lots_by_id(
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

/// The lot that an order brought in.
pub(super) async fn lot_of_order(tx: &mut Tx, workspace: WorkspaceId, order: OrderId) -> sqlx::Result<Option<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{LOT} where workspace_id = $1 and order_id = $2")))
        .bind(workspace).bind(order).fetch_optional(c).await)
}

/// One lot of the workspace.
pub async fn lot(tx: &mut Tx, workspace: WorkspaceId, id: LotId) -> sqlx::Result<Option<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{LOT} where workspace_id = $1 and id = $2")))
        .bind(workspace).bind(id).fetch_optional(c).await)
}

/// The lots after `after`, by id.
pub(super) async fn lots_after(
    tx: &mut Tx,
    workspace: WorkspaceId,
    after: Option<LotId>,
    limit: i64,
) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT} where workspace_id = $1 and ($2 is null or id > $2) order by id limit $3")))
        .bind(workspace).bind(after).bind(limit).fetch_all(c).await)
}

/// All lots of a workspace that can be drawn from, in the published order (C11).
pub async fn drawable_lots(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<Lot>> {
    let lots: Vec<Lot> = live_lots_of(tx, &[workspace]).await?.into_iter().map(|(_, lot)| lot).collect();
    Ok(super::lot::in_draw_order(lots.iter(), at).into_iter().cloned().collect())
}

/// Workspaces in which something is left of a lot past its date.
pub(super) async fn workspaces_with_due_lots(tx: &mut Tx, at: Instant, limit: i64) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select distinct workspace_id from credit_lots where remaining > 0 and expires_at <= $1 limit $2")
        .bind(at).bind(limit).fetch_all(c).await)
}

/// Writes lots: new ones whole, known ones with their new totals. The database refuses totals below zero and totals that
/// do not add up.
pub(super) async fn save_lots(tx: &mut Tx, lots: &[(WorkspaceId, &Lot)]) -> sqlx::Result<()> {
    for rows in batches(lots.iter().map(|(workspace_id, row)| Of { workspace_id: *workspace_id, row }))? {
        on!(tx, c => sqlx::query(
            "insert into credit_lots (workspace_id, id, kind, granted, remaining, held, captured, refunded, expired,
                 taken_back, moved, expires_at, order_id, reason, created_at)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), unhex(value ->> 'id', '-'), value ->> 'kind',
                 cast(value ->> 'granted' as bigint), cast(value ->> 'remaining' as bigint), cast(value ->> 'held' as bigint),
                 cast(value ->> 'captured' as bigint), cast(value ->> 'refunded' as bigint),
                 cast(value ->> 'expired' as bigint), cast(value ->> 'taken_back' as bigint),
                 cast(value ->> 'moved' as bigint), cast(value ->> 'expires_at' as bigint), unhex(value ->> 'order_id', '-'),
                 value ->> 'reason', cast(value ->> 'created_at' as bigint)
             from rows where true
             on conflict (workspace_id, id) do update set granted = excluded.granted,
                 remaining = excluded.remaining, held = excluded.held, captured = excluded.captured,
                 refunded = excluded.refunded, expired = excluded.expired, taken_back = excluded.taken_back,
                 moved = excluded.moved")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

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
pub(super) async fn holds_of(
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
pub(super) async fn save_holds(tx: &mut Tx, holds: &[(WorkspaceId, &HeldLots)]) -> sqlx::Result<()> {
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

/// Captures of one request from the movement `seq` on that paid for the same leads, with what was given back of each.
pub(super) async fn charges(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    seq: i64,
) -> sqlx::Result<Vec<ChargeRow>> {
    on!(tx, c => sqlx::query_as(
        "select t.seq, t.request_id, t.campaign_id, t.hold_id, t.lot_id, t.amount,
             cast(coalesce((select sum(r.amount) from credit_transfers r
                 where r.workspace_id = t.workspace_id and r.reverses_seq = t.seq), 0) as bigint) as refunded
         from credit_transfers t
         where t.workspace_id = $1 and t.request_id = $2 and t.seq >= $3 and t.kind = 'capture'
         order by t.seq limit $4")
        .bind(workspace).bind(request).bind(seq).bind(CHARGES_MAX).fetch_all(c).await)
}

/// An open hold with the names behind its ids.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OpenHold {
    #[sqlx(flatten)]
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

/// The holds that are open, oldest first.
pub async fn open_holds(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<OpenHold>> {
    on!(tx, c => sqlx::query_as(
        "select h.id, h.request_id, h.campaign_id, h.member_id, h.amount, h.captured, h.released, h.expires_at,
             h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name,
             case when r.waiting is null then r.progress_at else h.expires_at end as progress_at
         from credit_holds h
         left join campaigns p on p.workspace_id = h.workspace_id and p.id = h.campaign_id
         left join lead_requests r on r.workspace_id = h.workspace_id and r.id = h.request_id
         left join users u on u.id = h.member_id
         where h.workspace_id = $1 and h.closed_at is null order by h.created_at limit 200")
        .bind(workspace).fetch_all(c).await)
}

/// The lots of a workspace in which nothing is left to draw, newest first.
pub async fn used_lots(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{LOT} where workspace_id = $1 and (remaining = 0 or expires_at <= $2) order by created_at desc, id desc limit 100")))
        .bind(workspace).bind(at).fetch_all(c).await)
}

/// The campaigns that credits of a workspace were moved for, by name: for the statement's filter.
pub async fn moved_campaigns(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(CampaignId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select p.id, p.name from campaigns p
         where p.workspace_id = $1 and exists (select 1 from credit_transfers t
             where t.workspace_id = p.workspace_id and t.campaign_id = p.id)
         order by p.name, p.id limit 500")
        .bind(workspace).fetch_all(c).await)
}

/// The campaigns of a workspace, by name.
pub(super) async fn campaign_names(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(CampaignId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select id, name from campaigns where workspace_id = $1 and state <> 'archived' order by name, id limit 500")
        .bind(workspace).fetch_all(c).await)
}

/// The members of a workspace and those who left but moved credits, by name: for the statement's filter.
pub async fn movers(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(UserId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select u.id, u.name from users u
         where exists (select 1 from members m where m.workspace_id = $1 and m.user_id = u.id)
            or exists (select 1 from credit_transfers t
                where t.workspace_id = $1 and t.actor_id = u.id and t.actor_kind = 'user')
         order by u.name, u.id limit 500")
        .bind(workspace).fetch_all(c).await)
}

/// Narrows the statement; `None` leaves a filter out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementFilter {
    pub from: Option<Instant>,
    /// Exclusive.
    pub until: Option<Instant>,
    pub kind: Option<TransferKind>,
    /// Only movements into this part of the balance and out of it.
    pub of: Option<Bucket>,
    pub campaign: Option<CampaignId>,
    pub member: Option<UserId>,
    pub request: Option<RequestId>,
    pub lot: Option<LotId>,
    pub hold: Option<HoldId>,
    pub order: Option<OrderId>,
    /// What was paid for this lead, and what came back for it.
    pub lead: Option<uuid::Uuid>,
}

impl StatementFilter {
    /// The kinds of movement that fit; `None`: all.
    fn kinds(&self) -> Option<Vec<TransferKind>> {
        if self.kind.is_none() && self.of.is_none() {
            return None;
        }
        let moves = |kind: TransferKind, bucket| kind.buckets().0 == bucket || kind.buckets().1 == bucket;
        let fits = |kind: &TransferKind| {
            self.kind.is_none_or(|wanted| wanted == *kind) && self.of.is_none_or(|bucket| moves(*kind, bucket))
        };
        Some(TransferKind::ALL.into_iter().filter(fits).collect())
    }
}

/// Appends the conditions of a filter. Words of kinds are the code's own, so that partial indexes can be used.
macro_rules! push_filter {
    ($query:expr, $workspace:expr, $filter:expr) => {{
        let filter: &StatementFilter = $filter;
        $query.push(" where t.workspace_id = ").push_bind($workspace);
        if let Some(from) = filter.from {
            $query.push(" and t.created_at >= ").push_bind(from);
        }
        if let Some(until) = filter.until {
            $query.push(" and t.created_at < ").push_bind(until);
        }
        if let Some(kinds) = filter.kinds() {
            let words: Vec<String> = kinds.iter().map(|kind| format!("'{}'", kind.word())).collect();
            let words = if words.is_empty() { "''".to_owned() } else { words.join(", ") };
            $query.push(format!(" and t.kind in ({words})"));
            if !kinds.contains(&TransferKind::Capture) {
                $query.push(" and t.kind <> 'capture'");
            }
        }
        if let Some(campaign) = filter.campaign {
            $query.push(" and t.campaign_id = ").push_bind(campaign);
        }
        if let Some(member) = filter.member {
            $query.push(" and t.actor_id = ").push_bind(member);
        }
        if let Some(request) = filter.request {
            $query.push(" and t.request_id = ").push_bind(request);
        }
        if let Some(lot) = filter.lot {
            $query.push(" and t.lot_id = ").push_bind(lot);
        }
        if let Some(order) = filter.order {
            $query.push(" and t.order_id = ").push_bind(order);
        }
        if let Some(hold) = filter.hold {
            // A hold belongs to one request, which has an index.
            $query.push(" and t.request_id = (select h.request_id from credit_holds h where h.workspace_id = ");
            $query
                .push_bind($workspace)
                .push(" and h.id = ")
                .push_bind(hold)
                .push(") and t.hold_id = ")
                .push_bind(hold);
        }
        if let Some(lead) = filter.lead {
            $query.push(" and (t.seq = (select d.charge_seq from leads d where d.workspace_id = ");
            $query.push_bind($workspace).push(" and d.id = ").push_bind(lead).push(") or ");
            $query.push("t.idempotency_key in (");
            let mut keys = $query.separated(", ");
            for key in refund_keys(lead) {
                keys.push_bind(key);
            }
            $query.push("))");
        }
    }};
}

/// The keys of the movements that give the credits of a lead back.
fn refund_keys(lead: uuid::Uuid) -> Vec<String> {
    let parts = [format!("refund:{lead}"), format!("refund:{lead}:1")];
    parts.into_iter().flat_map(|key| [format!("move:{key}"), format!("rescue:{key}"), key]).collect()
}

/// One line of the statement: a transfer with the names behind its ids.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StatementRow {
    #[sqlx(flatten)]
    pub transfer: Transfer,
    pub lot_kind: super::LotKind,
    pub lot_reason: String,
    pub campaign_name: Option<String>,
    pub actor_name: Option<String>,
}

impl StatementRow {
    /// Who caused the movement, for people.
    pub fn actor(&self) -> String {
        match (self.transfer.actor_kind.as_str(), &self.actor_name) {
            ("operator", _) => "Operator".into(),
            (_, Some(name)) => name.clone(),
            ("user", None) => "Former member".into(),
            _ => "Fairlead".into(),
        }
    }
}

/// Transfers below `before` (exclusive), newest first, at most `limit`.
pub async fn statement(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &StatementFilter,
    before: i64,
    limit: i64,
) -> sqlx::Result<Vec<StatementRow>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "select t.*, l.kind as lot_kind, l.reason as lot_reason, p.name as campaign_name, u.name as actor_name
             from credit_transfers t
             join credit_lots l on l.workspace_id = t.workspace_id and l.id = t.lot_id
             left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
             left join users u on u.id = t.actor_id");
        push_filter!(query, workspace, filter);
        if let Some(until) = filter.until {
            // Begins at the end of the days asked for instead of at the newest movement.
            query.push(" and t.seq <= (select max(x.seq) from credit_transfers x where x.workspace_id = ");
            query.push_bind(workspace).push(" and x.created_at < ").push_bind(until);
            query.push(" and x.created_at >= ").push_bind(filter.from.unwrap_or(Instant(0))).push(")");
        }
        query.push(" and t.seq < ").push_bind(before).push(" order by t.seq desc limit ").push_bind(limit);
        query.build_query_as().fetch_all(c).await
    })
}

/// What all movements of a filter come to, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct KindTotal {
    pub kind: TransferKind,
    pub movements: i64,
    pub credits: i64,
}

/// The totals of all movements of `filter`, whatever page of them is shown.
pub async fn statement_totals(
    tx: &mut Tx,
    workspace: WorkspaceId,
    filter: &StatementFilter,
) -> sqlx::Result<Vec<KindTotal>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "select t.kind, count(*) as movements, cast(sum(t.amount) as bigint) as credits from credit_transfers t");
        push_filter!(query, workspace, filter);
        query.push(" group by t.kind");
        query.build_query_as().fetch_all(c).await
    })
}

/// One movement.
pub async fn movement(tx: &mut Tx, workspace: WorkspaceId, seq: i64) -> sqlx::Result<Option<StatementRow>> {
    if seq == i64::MAX {
        return Ok(None);
    }
    let rows = statement(tx, workspace, &StatementFilter::default(), seq + 1, 1).await?;
    Ok(rows.into_iter().find(|row| row.transfer.seq == seq))
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
    pub lot_kind: super::LotKind,
    pub lot_reason: String,
    pub amount: Credits,
    pub captured: Credits,
    pub released: Credits,
}

/// One hold of the workspace.
pub async fn hold_details(tx: &mut Tx, workspace: WorkspaceId, id: HoldId) -> sqlx::Result<Option<HoldDetails>> {
    let open: Option<OpenHold> = on!(tx, c => sqlx::query_as(
        "select h.id, h.request_id, h.campaign_id, h.member_id, h.amount, h.captured, h.released, h.expires_at,
             h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name,
             case when r.waiting is null then r.progress_at else h.expires_at end as progress_at
         from credit_holds h
         left join campaigns p on p.workspace_id = h.workspace_id and p.id = h.campaign_id
         left join lead_requests r on r.workspace_id = h.workspace_id and r.id = h.request_id
         left join users u on u.id = h.member_id
         where h.workspace_id = $1 and h.id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    let Some(open) = open else { return Ok(None) };
    let close_reason: Option<String> = on!(tx, c => sqlx::query_scalar(
        "select close_reason from credit_holds where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).fetch_one(c).await)?;
    let draws = on!(tx, c => sqlx::query_as(
        "select d.lot_id, l.kind as lot_kind, l.reason as lot_reason, d.amount, d.captured, d.released
         from credit_hold_draws d join credit_lots l on l.workspace_id = d.workspace_id and l.id = d.lot_id
         where d.workspace_id = $1 and d.hold_id = $2 order by d.position")
        .bind(workspace).bind(id).fetch_all(c).await)?;
    Ok(Some(HoldDetails { open, close_reason, draws }))
}

/// A workspace as the operator sees it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct WorkspaceBalance {
    pub id: WorkspaceId,
    pub name: String,
    pub created_at: Instant,
    /// The address of the member who joined first.
    pub owner_email: Option<String>,
    #[sqlx(flatten)]
    pub balance: Balance,
}

const WORKSPACE_BALANCE: &str = "select w.id, w.name, w.created_at,
         (select u.email from members m join users u on u.id = m.user_id where m.workspace_id = w.id
          order by m.created_at, u.id limit 1) as owner_email,
         coalesce(a.available, 0) as available, coalesce(a.held, 0) as held, coalesce(a.spent, 0) as spent,
         coalesce(a.expired, 0) as expired
     from workspaces w left join credit_accounts a on a.workspace_id = w.id";

/// The workspaces made before `before` (exclusive), newest first, with their balances.
pub async fn workspace_balances(
    tx: &mut Tx,
    before: Option<WorkspaceId>,
    limit: i64,
) -> sqlx::Result<Vec<WorkspaceBalance>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "{WORKSPACE_BALANCE} where $1 is null or w.id < $1 order by w.id desc limit $2")))
        .bind(before).bind(limit).fetch_all(c).await)
}

/// All workspaces together.
pub async fn instance_balance(tx: &mut Tx) -> sqlx::Result<Balance> {
    on!(tx, c => sqlx::query_as(
        "select cast(coalesce(sum(available), 0) as bigint) as available, cast(coalesce(sum(held), 0) as bigint) as held,
             cast(coalesce(sum(spent), 0) as bigint) as spent, cast(coalesce(sum(expired), 0) as bigint) as expired
         from credit_accounts")
        .fetch_one(c).await)
}

/// One workspace with its balance.
pub async fn workspace_balance(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Option<WorkspaceBalance>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{WORKSPACE_BALANCE} where w.id = $1")))
        .bind(workspace).fetch_optional(c).await)
}

/// The workspace that the user with this address joined first.
pub async fn workspace_of_email(tx: &mut Tx, email: &str) -> sqlx::Result<Option<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select m.workspace_id from members m join users u on u.id = m.user_id where u.email = $1
         order by m.created_at, m.workspace_id limit 1")
        .bind(email).fetch_optional(c).await)
}
