//! The SQL of the ledger.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{
    Balance, CampaignId, Credits, HoldId, Lot, LotId, OrderId, RequestId,
    book::{ChargeRow, DrawRow, HeldLots},
    hold::{HOLD_IDLE_MAX, Hold},
    transfer::{Bucket, Transfer, TransferKind},
};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{clock::Instant, db::Tx},
};

/// Movements of one request that may have paid for the same leads: more lots than a hold ever needs.
const CHARGES_MAX: i64 = 50;

/// The account row.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub(super) struct Account {
    pub available: Credits,
    pub held: Credits,
    pub spent: Credits,
    pub expired: Credits,
    pub next_seq: i64,
    pub last_hash: Vec<u8>,
}

impl Account {
    pub fn balance(&self) -> Balance {
        Balance { available: self.available, held: self.held, spent: self.spent, expired: self.expired }
    }
}

/// Makes the account if need be and locks its row until the transaction ends.
pub(super) async fn lock_account(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Account> {
    on!(tx, c => sqlx::query_as(
        "insert into credit_accounts (workspace_id, last_hash) values ($1, $2)
         on conflict (workspace_id) do update set next_seq = credit_accounts.next_seq
         returning available, held, spent, expired, next_seq, last_hash")
        .bind(workspace).bind(Vec::<u8>::new()).fetch_one(c).await)
}

pub(super) async fn update_account(tx: &mut Tx, workspace: WorkspaceId, account: &Account) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update credit_accounts set available = $2, held = $3, spent = $4, expired = $5, next_seq = $6, last_hash = $7
         where workspace_id = $1 and next_seq <= $6")
        .bind(workspace).bind(account.available).bind(account.held).bind(account.spent).bind(account.expired)
        .bind(account.next_seq).bind(&account.last_hash)
        .execute(c).await.map(|done| done.rows_affected()))
    .and_then(|rows| if rows == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) })
}

/// The rows to write in one statement: groups of 64, 16, 4 and 1, so that few different statements are prepared.
fn in_groups<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = [64, 16, 4, 1].into_iter().find(|size| *size <= rows.len())?;
        let (group, rest) = rows.split_at(size);
        rows = rest;
        Some(group)
    })
}

/// The values to look for in one statement: as many as the next power of two, the last one repeated, for the same reason.
fn padded<T: Clone>(values: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.into_iter().collect();
    if let Some(last) = values.last().cloned() {
        values.resize(values.len().next_power_of_two(), last);
    }
    values
}

/// Appends `name in ($n, …)`.
macro_rules! push_in {
    ($query:expr, $name:literal, $values:expr) => {{
        $query.push(concat!($name, " in ("));
        let mut list = $query.separated(", ");
        for value in padded($values) {
            list.push_bind(value);
        }
        $query.push(")");
    }};
}

pub(super) async fn insert_transfers(tx: &mut Tx, transfers: &[Transfer]) -> sqlx::Result<()> {
    for group in in_groups(transfers) {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "insert into credit_transfers (workspace_id, seq, kind, from_bucket, to_bucket, amount, lot_id, hold_id,
                     campaign_id, request_id, order_id, lead_count, actor_kind, actor_id, reason, price_version,
                     reverses_seq, available_after, held_after, idempotency_key, created_at, previous_hash, hash) ");
            query.push_values(group, |mut row, t| {
                row.push_bind(t.workspace_id).push_bind(t.seq).push_bind(t.kind).push_bind(t.from_bucket)
                    .push_bind(t.to_bucket).push_bind(t.amount).push_bind(t.lot_id).push_bind(t.hold_id)
                    .push_bind(t.campaign_id).push_bind(t.request_id).push_bind(t.order_id).push_bind(t.lead_count)
                    .push_bind(t.actor_kind.as_str()).push_bind(t.actor_id).push_bind(t.reason.as_str())
                    .push_bind(t.price_version).push_bind(t.reverses_seq).push_bind(t.available_after)
                    .push_bind(t.held_after).push_bind(t.idempotency_key.as_str()).push_bind(t.created_at)
                    .push_bind(t.previous_hash.as_slice()).push_bind(t.hash.as_slice());
            });
            query.build().execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

/// Which of these idempotency keys were used before.
pub(super) async fn posted(tx: &mut Tx, workspace: WorkspaceId, keys: &[String]) -> sqlx::Result<HashSet<String>> {
    let found: Vec<String> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("select idempotency_key from credit_transfers where workspace_id = ");
        query.push_bind(workspace).push(" and ");
        push_in!(query, "idempotency_key", keys.iter().map(String::as_str));
        query.build_query_scalar().fetch_all(c).await
    })?;
    Ok(found.into_iter().collect())
}

const LOT: &str =
    "select id, kind, granted, remaining, held, captured, refunded, expired, taken_back, moved, expires_at,
         order_id, reason, created_at
     from credit_lots";

/// The lots that something is left in or held of, and those of `orders`.
pub(super) async fn live_lots(tx: &mut Tx, workspace: WorkspaceId, orders: &[OrderId]) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(LOT);
        query.push(" where workspace_id = ").push_bind(workspace).push(" and (remaining > 0 or held > 0");
        if !orders.is_empty() {
            push_in!(query, " or order_id", orders.iter().copied());
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })
}

pub(super) async fn lots_by_id(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = LotId>,
) -> sqlx::Result<Vec<Lot>> {
    let ids = padded(ids);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(LOT);
        query.push(" where workspace_id = ").push_bind(workspace).push(" and ");
        push_in!(query, "id", ids);
        query.build_query_as().fetch_all(c).await
    })
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
    let lots = live_lots(tx, workspace, &[]).await?;
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
pub(super) async fn save_lots(tx: &mut Tx, workspace: WorkspaceId, lots: &[&Lot]) -> sqlx::Result<()> {
    for group in in_groups(lots) {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "insert into credit_lots (workspace_id, id, kind, granted, remaining, held, captured, refunded, expired,
                     taken_back, moved, expires_at, order_id, reason, created_at) ");
            query.push_values(group, |mut row, lot| {
                row.push_bind(workspace).push_bind(lot.id).push_bind(lot.kind).push_bind(lot.granted)
                    .push_bind(lot.remaining).push_bind(lot.held).push_bind(lot.captured).push_bind(lot.refunded)
                    .push_bind(lot.expired).push_bind(lot.taken_back).push_bind(lot.moved).push_bind(lot.expires_at)
                    .push_bind(lot.order_id).push_bind(lot.reason.as_str()).push_bind(lot.created_at);
            });
            query.push(" on conflict (workspace_id, id) do update set granted = excluded.granted,
                remaining = excluded.remaining, held = excluded.held, captured = excluded.captured,
                refunded = excluded.refunded, expired = excluded.expired, taken_back = excluded.taken_back,
                moved = excluded.moved");
            query.build().execute(c).await.map(drop)
        })?;
    }
    Ok(())
}

const HOLD: &str =
    "select id, request_id, campaign_id, member_id, amount, captured, released, expires_at, created_at, closed_at,
         close_reason
     from credit_holds";

#[derive(sqlx::FromRow)]
struct HoldRow {
    #[sqlx(flatten)]
    hold: Hold,
    close_reason: Option<String>,
}

/// The holds of these requests, with their draws.
pub(super) async fn holds_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    requests: &[RequestId],
) -> sqlx::Result<BTreeMap<RequestId, HeldLots>> {
    let rows: Vec<HoldRow> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(HOLD);
        query.push(" where workspace_id = ").push_bind(workspace).push(" and ");
        push_in!(query, "request_id", requests.iter().copied());
        query.build_query_as().fetch_all(c).await
    })?;
    let mut holds: BTreeMap<RequestId, HeldLots> = rows
        .into_iter()
        .map(|HoldRow { hold, close_reason }| (hold.request_id, HeldLots { hold, close_reason, draws: Vec::new() }))
        .collect();
    let request_of: HashMap<HoldId, RequestId> =
        holds.values().map(|held| (held.hold.id, held.hold.request_id)).collect();
    for draw in draws_of(tx, workspace, request_of.keys().copied()).await? {
        if let Some(held) = request_of.get(&draw.hold_id).and_then(|request| holds.get_mut(request)) {
            held.draws.push(draw);
        }
    }
    Ok(holds)
}

async fn draws_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    holds: impl Iterator<Item = HoldId>,
) -> sqlx::Result<Vec<DrawRow>> {
    let holds = padded(holds);
    if holds.is_empty() {
        return Ok(Vec::new());
    }
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "select hold_id, position, lot_id, amount, captured, released from credit_hold_draws where workspace_id = ");
        query.push_bind(workspace).push(" and ");
        push_in!(query, "hold_id", holds);
        query.push(" order by hold_id, position");
        query.build_query_as().fetch_all(c).await
    })
}

/// Writes holds and their draws: new ones whole, known ones with their new totals.
pub(super) async fn save_holds(tx: &mut Tx, workspace: WorkspaceId, holds: &[&HeldLots]) -> sqlx::Result<()> {
    for group in in_groups(holds) {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "insert into credit_holds (workspace_id, id, request_id, campaign_id, member_id, amount, captured, released,
                     expires_at, created_at, closed_at, close_reason) ");
            query.push_values(group, |mut row, held| {
                let hold = &held.hold;
                row.push_bind(workspace).push_bind(hold.id).push_bind(hold.request_id).push_bind(hold.campaign_id)
                    .push_bind(hold.member_id).push_bind(hold.amount).push_bind(hold.captured).push_bind(hold.released)
                    .push_bind(hold.expires_at).push_bind(hold.created_at).push_bind(hold.closed_at)
                    .push_bind(held.close_reason.as_deref());
            });
            query.push(" on conflict (workspace_id, id) do update set captured = excluded.captured,
                released = excluded.released, closed_at = excluded.closed_at, close_reason = excluded.close_reason");
            query.build().execute(c).await.map(drop)
        })?;
    }
    let draws: Vec<&DrawRow> = holds.iter().flat_map(|held| &held.draws).collect();
    for group in in_groups(&draws) {
        on!(tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "insert into credit_hold_draws (workspace_id, hold_id, position, lot_id, amount, captured, released) ");
            query.push_values(group, |mut row, draw| {
                row.push_bind(workspace).push_bind(draw.hold_id).push_bind(draw.position).push_bind(draw.lot_id)
                    .push_bind(draw.amount).push_bind(draw.captured).push_bind(draw.released);
            });
            query.push(" on conflict (workspace_id, hold_id, position) do update set captured = excluded.captured,
                released = excluded.released");
            query.build().execute(c).await.map(drop)
        })?;
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
    /// When its request last got on.
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
             h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name, r.progress_at
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
            push_in!($query, "t.idempotency_key", refund_keys(lead));
            $query.push(")");
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
             h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name, r.progress_at
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
