//! Proof of what refunds and disputes claim (C19), beside the lots that their orders paid for.

use crate::{
    accounts::WorkspaceId,
    credits::{OrderId, ledger::verify::Difference},
    on,
    server::db::Tx,
};

/// Differences shown of one kind.
const SHOWN_MAX: i64 = 1_000;

/// Debts that no refund and no dispute waits for, and orders with more credits than the money that stayed pays for.
///
/// # Errors
/// The database's.
pub(super) async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let mut differences = Vec::new();
    let mut differ = |order: OrderId, what| {
        differences.push(Difference { workspace, place: format!("order {order}"), what });
    };
    for (order, owed, claimed, paid) in wrong_debts(tx, workspace).await? {
        differ(
            order,
            format!("its lots owe {owed}, its refunds and disputes wait for {claimed}, of which {paid} came"),
        );
    }
    for (order, has, pays) in unpaid_credits(tx, workspace).await? {
        differ(order, format!("its lots have {has} credits, the money that stayed pays for {pays}"));
    }
    Ok(differences)
}

/// Orders whose lots owe something else than refunds and disputes wait for: what they owe, what was claimed, what came.
async fn wrong_debts(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(OrderId, i64, i64, i64)>> {
    on!(tx, c => sqlx::query_as(
        "select * from (
             select lots.paid_by, lots.owed,
                 cast(coalesce((select sum(r.owed) from refunds r where r.workspace_id = $1 and r.order_id = lots.paid_by), 0)
                     + coalesce((select sum(d.owed) from disputes d where d.workspace_id = $1 and d.order_id = lots.paid_by), 0)
                     as bigint) as claimed,
                 cast(coalesce((select sum(t.amount) from credit_transfers t where t.workspace_id = $1
                     and t.order_id = lots.paid_by and t.kind = 'take_back' and t.idempotency_key like 'debt:%'), 0) as bigint) as paid
             from (select coalesce(l.order_id, l.origin_order_id) as paid_by, cast(sum(l.owed) as bigint) as owed
                   from credit_lots l
                   where l.workspace_id = $1 and (l.order_id is not null or l.origin_order_id is not null)
                   group by coalesce(l.order_id, l.origin_order_id)) lots) debts
         where owed + paid <> claimed order by paid_by limit $2")
        .bind(workspace).bind(SHOWN_MAX).fetch_all(c).await)
}

/// Orders whose lots have more than their money pays for, but for what they owe: what is left, held or spent, and what is paid.
async fn unpaid_credits(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(OrderId, i64, i64)>> {
    on!(tx, c => sqlx::query_as(
        "select * from (
             select lots.paid_by, lots.has,
                 o.credits - cast(coalesce((select sum(r.credits + r.owed) from refunds r
                     where r.workspace_id = $1 and r.order_id = o.id and r.state <> 'failed'), 0)
                     + coalesce((select sum(d.credits + d.owed) from disputes d
                     where d.workspace_id = $1 and d.order_id = o.id and d.state <> 'won'), 0) as bigint) as pays
             from (select coalesce(l.order_id, l.origin_order_id) as paid_by,
                       cast(sum(l.remaining + l.held + l.captured - l.refunded - l.owed) as bigint) as has
                   from credit_lots l
                   where l.workspace_id = $1 and (l.order_id is not null or l.origin_order_id is not null)
                   group by coalesce(l.order_id, l.origin_order_id)) lots
             join orders o on o.workspace_id = $1 and o.id = lots.paid_by) paid
         where has > pays order by paid_by limit $2")
        .bind(workspace).bind(SHOWN_MAX).fetch_all(c).await)
}
