//! Movements as they are written.

use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    credits::{RequestId, Transfer, ledger::account_state::ChargeRow},
    on,
    server::{batches::batches, db::Tx},
};

/// Movements of one request that may have paid for the same leads: more lots than a hold ever needs.
const CHARGES_MAX: i64 = 50;

pub async fn insert_transfers(tx: &mut Tx, transfers: &[&Transfer]) -> sqlx::Result<()> {
    for rows in batches(transfers.iter())? {
        on!(tx, c => sqlx::query(
            "insert into credit_transfers (workspace_id, seq, kind, from_bucket, to_bucket, amount, lot_id, hold_id,
                 campaign_id, request_id, order_id, lead_count, actor_kind, actor_id, reason, price_version,
                 reverses_seq, available_after, held_after, idempotency_key, created_at, previous_hash, hash, key_id)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'workspace_id', '-'), cast(value ->> 'seq' as bigint), value ->> 'kind',
                 value ->> 'from_bucket', value ->> 'to_bucket', cast(value ->> 'amount' as bigint),
                 unhex(value ->> 'lot_id', '-'), unhex(value ->> 'hold_id', '-'), unhex(value ->> 'campaign_id', '-'),
                 unhex(value ->> 'request_id', '-'), unhex(value ->> 'order_id', '-'), cast(value ->> 'lead_count' as bigint),
                 value ->> 'actor_kind', unhex(value ->> 'actor_id', '-'), value ->> 'reason',
                 cast(value ->> 'price_version' as bigint), cast(value ->> 'reverses_seq' as bigint),
                 cast(value ->> 'available_after' as bigint), cast(value ->> 'held_after' as bigint),
                 value ->> 'idempotency_key', cast(value ->> 'created_at' as bigint), unhex(value ->> 'previous_hash'),
                 unhex(value ->> 'hash'), value ->> 'key_id'
             from rows")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Which of these idempotency keys were used before. Asked one by one and in the order of the keys, which only their index
/// has: the database then chooses it even for a plan that it made when the table was empty.
pub async fn posted(tx: &mut Tx, keys: &[(WorkspaceId, &str)]) -> sqlx::Result<Vec<(WorkspaceId, String)>> {
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

/// Captures of one request from the movement `seq` on that paid for the same leads, with what was given back of each.
pub async fn charges(
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
