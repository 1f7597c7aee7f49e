//! The statement: movements as people read them, narrowed and summed up.

use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{
        Bucket, CampaignId, HoldId, LotId, LotKind, OrderId, RequestId, Transfer, TransferKind,
        ledger::transfer::actor_text,
    },
    on,
    server::{clock::Instant, db::Tx},
};

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
    /// Of each lead request its newest movement alone, which stands for all of them.
    pub by_request: bool,
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
        if filter.by_request {
            $query.push(
                " and (t.request_id is null or not exists (select 1 from credit_transfers n
                    where n.workspace_id = t.workspace_id and n.request_id = t.request_id and n.seq > t.seq))",
            );
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
    pub lot_kind: LotKind,
    pub lot_reason: String,
    pub campaign_name: Option<String>,
    pub actor_name: Option<String>,
}

impl StatementRow {
    /// Who caused the movement, for people.
    pub fn actor(&self) -> String {
        actor_text(&self.transfer.actor_kind, self.actor_name.clone())
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

/// What the movements of one lead request come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct RequestSum {
    pub request_id: RequestId,
    pub movements: i64,
    pub held: i64,
    pub spent: i64,
    pub released: i64,
    /// Paid back for returned and bad leads.
    pub refunded: i64,
}

impl RequestSum {
    /// What all of them did to the available credits.
    pub fn available_change(&self) -> i64 {
        self.released + self.refunded - self.held
    }
}

/// The sums of the lead requests among `rows`.
///
/// # Errors
/// The database's.
pub async fn request_sums(tx: &mut Tx, workspace: WorkspaceId, rows: &[StatementRow]) -> sqlx::Result<Vec<RequestSum>> {
    let requests: Vec<RequestId> = rows.iter().filter_map(|row| row.transfer.request_id).collect();
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("select request_id, count(*) as movements");
        for (kind, name) in [("hold", "held"), ("capture", "spent"), ("release", "released"), ("refund", "refunded")] {
            query.push(format!(", cast(sum(case when kind = '{kind}' then amount else 0 end) as bigint) as {name}"));
        }
        query.push(" from credit_transfers where workspace_id = ").push_bind(workspace).push(" and request_id in (");
        let mut ids = query.separated(", ");
        for request in requests {
            ids.push_bind(request);
        }
        query.push(") group by request_id");
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

/// The campaigns that credits of a workspace were moved for, by name: for the statement's filter.
pub async fn moved_campaigns(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(CampaignId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select p.id, p.name from campaigns p
         where p.workspace_id = $1 and exists (select 1 from credit_transfers t
             where t.workspace_id = p.workspace_id and t.campaign_id = p.id)
         order by p.name, p.id limit 500")
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
