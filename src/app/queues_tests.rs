//! Every queue: a workspace with ten thousand rows due delays another by one claim.

use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::MAIL_QUEUE,
    billing::provider::stripe,
    campaigns::{lists, requests},
    on,
    outreach::mailboxes::{check, domains},
    proof,
    server::{
        clock::Instant,
        db::{Db, Tx, test_databases},
        queue::Queue,
    },
};

const NOW: Instant = Instant(1_000_000_000);
const MANY: i64 = 10_000;
const LARGE: Uuid = Uuid::from_u128(5);
const SMALL: Uuid = Uuid::from_u128(1);
/// Queues of rows that belong to no workspace: the operator's imports, and the proof of all workspaces.
const OF_THE_INSTANCE: [&str; 2] = ["imports", "proof_runs"];

/// The scheduler of mails has leases and takes turns of its own (`outreach/sending/pick.rs`).
const OF_THE_SCHEDULER: [&str; 2] = ["mailboxes", "sends"];

/// Readers take turns of their own too (`outreach/replies/sync/leases.rs`): a workspace has 200 mailboxes at most.
const OF_THE_READERS: [&str; 1] = ["mailbox_syncs"];

/// Leased while the next token is fetched; no row waits in it for a worker.
const OF_SIGN_INS: [&str; 1] = ["mailbox_connections"];

/// A queue with the rows that wait in it, as columns and values. `NUMBER` is the row's, `RANDOM` a new id.
struct Filled {
    queue: &'static Queue,
    columns: &'static str,
    values: &'static str,
}

fn queues() -> Vec<Filled> {
    let [calls, payments, events, plans] = stripe::queues();
    let filled = |queue, columns, values| Filled { queue, columns, values };
    vec![
        filled(&requests::claim::QUEUE, "id, state, delivered", "RANDOM, 'queued', 0"),
        filled(&lists::store::QUEUE, "id, state", "RANDOM, 'queued'"),
        filled(&domains::QUEUE, "domain, state, failed_looks, holds", "NUMBER, 'unknown', 0, FALSE"),
        filled(&check::QUEUE, "id, state", "RANDOM, 'queued'"),
        filled(&MAIL_QUEUE, "id, state", "RANDOM, 'queued'"),
        filled(calls, "key, kind, path, state", "NUMBER, 'refund', '/v1/refunds', 'open'"),
        filled(payments, "order_id", "RANDOM"),
        filled(events, "provider, event_id, state", "'stripe', NUMBER, 'waiting'"),
        filled(plans, "id", "RANDOM"),
    ]
}

#[derive(FromRow)]
struct Claimed {
    workspace_id: Uuid,
}

impl Filled {
    /// Puts a table without keys and constraints in front of the queue's own, and fills it.
    async fn fill(&self, tx: &mut Tx) {
        let Self { queue: Queue { table, .. }, columns, values } = self;
        let random = if tx.is_postgres() { "gen_random_uuid()" } else { "randomblob(16)" };
        let values = values.replace("RANDOM", random).replace("NUMBER", "cast($2 + n as text)");
        let front = format!("create temporary table {table} as select * from {table} where 1 = 0");
        on!(&mut *tx, c => sqlx::raw_sql(sqlx::AssertSqlSafe(front)).execute(c).await.map(drop)).unwrap();
        let rows = format!(
            "with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < $3)
             insert into {table} (workspace_id, run_at, fence, attempt, {columns})
             select $1, $2 + n, 0, 0, {values} from numbers"
        );
        for (workspace, run_at, rows_of_it) in [(LARGE, 0, MANY), (SMALL, MANY, 1)] {
            on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(rows.as_str()))
                .bind(workspace).bind(run_at).bind(rows_of_it).execute(c).await.map(drop))
            .unwrap();
        }
    }
}

#[tokio::test]
async fn another_workspace_waits_for_one_claim_in_every_queue() {
    for test in test_databases().await {
        for filled in queues() {
            let mut tx = test.db.write().await.unwrap();
            filled.fill(&mut tx).await;
            for limit in [1, 25] {
                let mut served = Vec::new();
                for _ in 0..2 {
                    let claimed: Vec<Claimed> = filled.queue.claim(&mut tx, "workspace_id", limit, NOW).await.unwrap();
                    served.push(claimed.iter().any(|row| row.workspace_id == SMALL));
                    assert_eq!(claimed.len() as i64, limit, "{}", filled.queue.table);
                }
                assert_eq!(served.contains(&true), limit == 1, "{}: served once", filled.queue.table);
            }
            drop(tx); // and the table in front with it
        }
    }
}

#[tokio::test]
async fn every_queue_with_a_workspace_takes_turns_and_has_the_index_for_it() {
    for test in test_databases().await {
        let mut known = Vec::new();
        for Filled { queue, .. } in self::queues() {
            assert!(queue.per_workspace, "{}", queue.table);
            for columns in ["(run_at)", "(workspace_id, run_at)"] {
                assert!(has_index(&test.db, queue, columns).await, "{}: no index on {columns}", queue.table);
            }
            known.push(queue.table);
        }
        const { assert!(!proof::QUEUE.per_workspace) };
        known.extend(OF_THE_INSTANCE);
        known.extend(OF_THE_SCHEDULER);
        known.extend(OF_THE_READERS);
        known.extend(OF_SIGN_INS);
        known.sort_unstable();
        assert_eq!(tables_with_leases(&test.db).await, known);
    }
}

async fn has_index(db: &Db, queue: &Queue, columns: &str) -> bool {
    let mut tx = db.write().await.unwrap();
    let sql = if tx.is_postgres() {
        "select indexdef from pg_indexes where tablename = $1"
    } else {
        "select sql from sqlite_master where type = 'index' and tbl_name = $1 and sql is not null"
    };
    let indexes: Vec<String> = on!(&mut tx, c => sqlx::query_scalar(sql).bind(queue.table).fetch_all(c).await).unwrap();
    let is_it = |sql: &String| sql.contains(columns) && sql.to_lowercase().contains(" where ");
    let by_state = |sql: &String| sql.contains("(state, run_at)");
    indexes.iter().any(is_it) && !indexes.iter().any(by_state)
}

async fn tables_with_leases(db: &Db) -> Vec<String> {
    let mut tx = db.write().await.unwrap();
    let sql = if tx.is_postgres() {
        "select cast(table_name as text) from information_schema.columns
         where column_name = 'lease_until' and table_schema = 'public' order by table_name"
    } else {
        "select t.name from sqlite_master t join pragma_table_info(t.name) c
         where t.type = 'table' and c.name = 'lease_until' order by t.name"
    };
    on!(&mut tx, c => sqlx::query_scalar(sql).fetch_all(c).await).unwrap()
}
