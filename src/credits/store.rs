//! The SQL of the ledger.

use super::{Balance, CampaignId, Credits, HoldId, Lot, LotId, RequestId, hold::Hold, transfer::Transfer};
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{clock::Instant, db::Tx},
};

/// The account row.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Account {
    pub available: Credits,
    pub held: Credits,
    pub spent: Credits,
    pub expired: Credits,
    pub next_seq: i64,
    pub last_hash: Vec<u8>,
    /// Not stored: where grants come from has no balance of its own.
    #[sqlx(default)]
    pub outside: Credits,
}

impl Account {
    pub fn balance(&self) -> Balance {
        Balance { available: self.available, held: self.held, spent: self.spent, expired: self.expired }
    }
}

/// Makes the account if need be and locks its row: on both databases an update that changes nothing does.
pub(super) async fn lock_account(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Account> {
    on!(tx, c => sqlx::query(
        "insert into credit_accounts (workspace_id, last_hash) values ($1, $2) on conflict (workspace_id) do nothing")
        .bind(workspace).bind(Vec::<u8>::new()).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query_as(
        "update credit_accounts set next_seq = next_seq where workspace_id = $1
         returning available, held, spent, expired, next_seq, last_hash")
        .bind(workspace).fetch_one(c).await)
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

pub(super) async fn insert_transfer(tx: &mut Tx, t: &Transfer) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into credit_transfers (workspace_id, seq, kind, from_bucket, to_bucket, amount, lot_id, hold_id,
             campaign_id, request_id, order_id, lead_count, actor_kind, actor_id, reason, price_version, reverses_seq,
             available_after, held_after, idempotency_key, created_at, previous_hash, hash)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)")
        .bind(t.workspace_id).bind(t.seq).bind(t.kind).bind(t.from_bucket).bind(t.to_bucket).bind(t.amount)
        .bind(t.lot_id).bind(t.hold_id).bind(t.campaign_id).bind(t.request_id).bind(t.order_id).bind(t.lead_count)
        .bind(&t.actor_kind).bind(t.actor_id).bind(&t.reason).bind(t.price_version).bind(t.reverses_seq)
        .bind(t.available_after).bind(t.held_after).bind(&t.idempotency_key).bind(t.created_at)
        .bind(&t.previous_hash).bind(&t.hash)
        .execute(c).await.map(drop))
}

/// Whether a movement with this key was posted before.
pub(super) async fn is_posted(tx: &mut Tx, workspace: WorkspaceId, key: &str) -> sqlx::Result<bool> {
    let found: Option<i64> = on!(tx, c => sqlx::query_scalar(
        "select seq from credit_transfers where workspace_id = $1 and idempotency_key = $2")
        .bind(workspace).bind(key).fetch_optional(c).await)?;
    Ok(found.is_some())
}

pub(super) async fn insert_lot(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: LotId,
    grant: &super::Grant,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into credit_lots (workspace_id, id, kind, granted, remaining, expires_at, order_id, reason, created_at)
         values ($1, $2, $3, $4, $4, $5, $6, $7, $8)")
        .bind(workspace).bind(id).bind(grant.kind).bind(grant.credits).bind(grant.expires_at).bind(grant.order)
        .bind(&grant.reason).bind(at)
        .execute(c).await.map(drop))
}

/// All lots of a workspace that can be drawn from, in the published order (C11): earliest expiry first, never-expiring
/// last; then promotion, plan, refund, purchase (and operator); then oldest.
pub async fn drawable_lots(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => sqlx::query_as(
        "select id, kind, granted, remaining, held, captured, refunded, expired, taken_back, moved, expires_at, reason, created_at
         from credit_lots
         where workspace_id = $1 and remaining > 0 and (expires_at is null or expires_at > $2)
         order by case when expires_at is null then 1 else 0 end, expires_at,
             case kind when 'promotion' then 1 when 'plan' then 2 when 'refund' then 3 else 4 end, created_at, id
         limit 1000")
        .bind(workspace).bind(at).fetch_all(c).await)
}

/// Moves credits between the totals of one lot; each delta may be negative. The database refuses totals below zero and
/// totals that do not add up.
pub(super) async fn update_lot(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lot: LotId,
    remaining: i64,
    held: i64,
    captured: i64,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update credit_lots set remaining = remaining + $3, held = held + $4, captured = captured + $5
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(lot).bind(remaining).bind(held).bind(captured)
        .execute(c).await.map(drop))
}

const HOLD: &str =
    "select id, request_id, campaign_id, member_id, amount, captured, released, expires_at, created_at, closed_at
     from credit_holds";

pub(super) async fn hold_of(tx: &mut Tx, workspace: WorkspaceId, request: RequestId) -> sqlx::Result<Option<Hold>> {
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!("{HOLD} where workspace_id = $1 and request_id = $2")))
        .bind(workspace).bind(request).fetch_optional(c).await)
}

/// An open hold with the names behind its ids.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OpenHold {
    #[sqlx(flatten)]
    pub hold: Hold,
    pub campaign_name: Option<String>,
    pub member_name: Option<String>,
}

/// The holds that are open, oldest first.
pub async fn open_holds(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<OpenHold>> {
    on!(tx, c => sqlx::query_as(
        "select h.id, h.request_id, h.campaign_id, h.member_id, h.amount, h.captured, h.released, h.expires_at,
             h.created_at, h.closed_at, p.name as campaign_name, u.name as member_name
         from credit_holds h
         left join campaigns p on p.workspace_id = h.workspace_id and p.id = h.campaign_id
         left join users u on u.id = h.member_id
         where h.workspace_id = $1 and h.closed_at is null order by h.created_at limit 200")
        .bind(workspace).fetch_all(c).await)
}

pub(super) async fn insert_hold(tx: &mut Tx, workspace: WorkspaceId, hold: &Hold) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into credit_holds (workspace_id, id, request_id, campaign_id, member_id, amount, expires_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(workspace).bind(hold.id).bind(hold.request_id).bind(hold.campaign_id).bind(hold.member_id)
        .bind(hold.amount).bind(hold.expires_at).bind(hold.created_at)
        .execute(c).await.map(drop))
}

pub(super) async fn insert_draw(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hold: HoldId,
    position: i64,
    lot: LotId,
    amount: Credits,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into credit_hold_draws (workspace_id, hold_id, position, lot_id, amount) values ($1, $2, $3, $4, $5)")
        .bind(workspace).bind(hold).bind(position).bind(lot).bind(amount)
        .execute(c).await.map(drop))
}

/// What is left of a hold in one lot.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct DrawLeft {
    pub position: i64,
    pub lot_id: LotId,
    pub remaining: Credits,
}

/// The parts of a hold that are neither captured nor released, in draw order.
pub(super) async fn draws_left(tx: &mut Tx, workspace: WorkspaceId, hold: HoldId) -> sqlx::Result<Vec<DrawLeft>> {
    on!(tx, c => sqlx::query_as(
        "select position, lot_id, amount - captured - released as remaining from credit_hold_draws
         where workspace_id = $1 and hold_id = $2 and amount > captured + released order by position")
        .bind(workspace).bind(hold).fetch_all(c).await)
}

/// Adds to what was captured and released of a hold and of one of its draws.
pub(super) async fn update_hold(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hold: HoldId,
    position: i64,
    captured: Credits,
    released: Credits,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update credit_hold_draws set captured = captured + $4, released = released + $5
         where workspace_id = $1 and hold_id = $2 and position = $3")
        .bind(workspace).bind(hold).bind(position).bind(captured).bind(released)
        .execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "update credit_holds set captured = captured + $3, released = released + $4
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(hold).bind(captured).bind(released)
        .execute(c).await.map(drop))
}

pub(super) async fn close_hold(
    tx: &mut Tx,
    workspace: WorkspaceId,
    hold: HoldId,
    reason: &str,
    at: Instant,
) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update credit_holds set closed_at = $3, close_reason = $4 where workspace_id = $1 and id = $2 and closed_at is null")
        .bind(workspace).bind(hold).bind(at).bind(reason)
        .execute(c).await.map(drop))
}

/// The lots of a workspace in which nothing is left to draw, newest first.
pub async fn used_lots(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> sqlx::Result<Vec<Lot>> {
    on!(tx, c => sqlx::query_as(
        "select id, kind, granted, remaining, held, captured, refunded, expired, taken_back, moved, expires_at, reason, created_at
         from credit_lots where workspace_id = $1 and (remaining = 0 or expires_at <= $2)
         order by created_at desc, id desc limit 100")
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

/// The people who can have moved credits of a workspace, by name: for the statement's filter.
pub async fn movers(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(UserId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select u.id, u.name from members m join users u on u.id = m.user_id
         where m.workspace_id = $1 order by u.name, u.id limit 500")
        .bind(workspace).fetch_all(c).await)
}

/// Narrows the statement; `None` leaves a filter out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementFilter {
    pub from: Option<Instant>,
    /// Exclusive.
    pub until: Option<Instant>,
    pub kind: Option<String>,
    pub campaign: Option<CampaignId>,
    pub member: Option<UserId>,
    pub request: Option<RequestId>,
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
    on!(tx, c => sqlx::query_as(
        "select t.*, l.kind as lot_kind, l.reason as lot_reason, p.name as campaign_name, u.name as actor_name
         from credit_transfers t
         join credit_lots l on l.workspace_id = t.workspace_id and l.id = t.lot_id
         left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
         left join users u on u.id = t.actor_id
         where t.workspace_id = $1 and t.seq < $2
           and ($3 is null or t.created_at >= $3) and ($4 is null or t.created_at < $4)
           and ($5 is null or t.kind = $5) and ($6 is null or t.campaign_id = $6)
           and ($7 is null or t.actor_id = $7) and ($8 is null or t.request_id = $8)
         order by t.seq desc limit $9")
        .bind(workspace).bind(before).bind(filter.from).bind(filter.until).bind(filter.kind.as_deref())
        .bind(filter.campaign).bind(filter.member).bind(filter.request).bind(limit)
        .fetch_all(c).await)
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
