//! The proof notices every change of one protected row, in each column, on both databases (invariants 11 and 12).
//!
//! `SEED` says which random changes are tried; the seed is printed.

use std::collections::BTreeSet;

use rand::{
    RngExt, SeedableRng,
    rngs::StdRng,
    seq::{IndexedRandom, SliceRandom},
};

use super::{
    protected::{PROTECTED, REPLAYED},
    testing::TestApp,
};
use crate::{
    accounts::WorkspaceId,
    billing::provider::stripe::history::histories,
    credits::{Transfer, ledger::verify::Difference},
    on,
    proof::{self, Checks},
    server::db::{Db, Tx, change_behind_its_back, test_databases},
};

/// Random changes on each database.
const RANDOM_EDITS: usize = 100;
/// Rows tried for one change.
const TRIES_MAX: usize = 20;
/// The movements: a chain of signatures over all columns.
const CHAIN: &str = "credit_transfers";

/// What the schema says of a column.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Column {
    name: String,
    kind: String,
    key: bool,
}

/// A table and the columns in which a change has to be noticed.
struct Target {
    table: &'static str,
    columns: Vec<Column>,
    noticed: Vec<Column>,
    /// Words that its checks name, for texts that allow nothing else.
    words: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Edit<'a> {
    Update(&'a str),
    Insert,
    Delete,
}

async fn columns(tx: &mut Tx, table: &str) -> Vec<Column> {
    let sql = if tx.is_postgres() {
        "select c.column_name as name, c.data_type as kind, exists (
             select 1 from information_schema.key_column_usage k join information_schema.table_constraints t
                 on t.constraint_name = k.constraint_name and t.constraint_type = 'PRIMARY KEY'
             where k.table_name = c.table_name and k.column_name = c.column_name) as key
         from information_schema.columns c where c.table_name = $1 order by c.ordinal_position"
    } else {
        "select name, lower(type) as kind, pk > 0 as key from pragma_table_info($1) order by cid"
    };
    on!(tx, c => sqlx::query_as(sql).bind(table).fetch_all(c).await).unwrap()
}

/// The words in quotes of the table's checks.
async fn words(tx: &mut Tx, table: &str) -> Vec<String> {
    let sql = if tx.is_postgres() {
        "select coalesce(string_agg(pg_get_constraintdef(oid), ' '), '') from pg_constraint
         where conrelid = cast($1 as regclass) and contype = 'c'"
    } else {
        "select sql from sqlite_master where type = 'table' and name = $1"
    };
    let text: String = on!(tx, c => sqlx::query_scalar(sql).bind(table).fetch_one(c).await).unwrap();
    text.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

async fn targets(tx: &mut Tx) -> Vec<Target> {
    let mut targets = Vec::new();
    let chain = columns(tx, CHAIN).await;
    targets.push(Target { table: CHAIN, noticed: chain.clone(), columns: chain, words: words(tx, CHAIN).await });
    for table in PROTECTED {
        let columns = columns(tx, table.name).await;
        let replayed = table.elsewhere.iter().filter(|(_, reason)| *reason == REPLAYED).map(|(column, _)| *column);
        let noticed: Vec<_> = table.columns().into_iter().chain(replayed).collect();
        let noticed = columns.iter().filter(|column| noticed.contains(&column.name.as_str())).cloned().collect();
        targets.push(Target { table: table.name, columns, noticed, words: words(tx, table.name).await });
    }
    targets
}

impl Column {
    /// Values that a change may set, as SQL: the first that the schema allows is taken.
    fn values(&self, words: &[String], postgres: bool, random: &mut StdRng) -> Vec<String> {
        let column = &self.name;
        let number: i64 = random.random_range(1..5);
        let id = uuid::Uuid::from_u128(random.random());
        let mut values = match (self.kind.as_str(), postgres) {
            ("bigint" | "integer", _) => vec![
                format!("coalesce({column}, 0) + {number}"),
                format!("coalesce({column}, 0) - {number}"),
                format!("1 - {column}"),
                "null".into(),
            ],
            ("boolean", _) => vec![format!("not {column}")],
            ("uuid", _) => vec![format!("cast('{id}' as uuid)"), "null".into()],
            ("bytea", _) => vec![format!("decode('{}', 'hex')", id.simple())],
            ("blob", _) => vec![format!("x'{}'", id.simple()), "null".into()],
            ("jsonb", _) => vec![format!("cast('{{\"changed\": {number}}}' as jsonb)"), "null".into()],
            _ => vec![format!("coalesce({column}, '') || 'x'"), format!("'{{\"changed\": {number}}}'"), "null".into()],
        };
        values.shuffle(random);
        let mut words: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
        words.shuffle(random);
        if self.kind == "text" {
            values.extend(words);
        }
        values
    }

    /// What a copy of a row has here instead, so that it is another row.
    fn fresh(&self, table: &str, random: &mut StdRng) -> Option<String> {
        const UNIQUE: &[&str] = &[
            "id",
            "order_id",
            "subject_id",
            "email",
            "idempotency_key",
            "reference",
            "provider_reference",
            "session",
            "payment_intent",
            "receipt_number",
        ];
        let unique = self.key || UNIQUE.contains(&self.name.as_str());
        let unique = unique || (table, self.name.as_str()) == ("credit_holds", "request_id");
        if self.name == "workspace_id" || !unique {
            return None;
        }
        let id = uuid::Uuid::from_u128(random.random());
        Some(match self.kind.as_str() {
            "uuid" => format!("cast('{id}' as uuid)"),
            "blob" => format!("x'{}'", id.simple()),
            "bigint" | "integer" => format!("coalesce({}, 0) + {}", self.name, random.random_range(1_000..1_000_000)),
            _ => format!("'{id}'"),
        })
    }
}

impl Target {
    /// Makes one change, of whichever row the schema allows it for.
    async fn edit(&self, tx: &mut Tx, edit: Edit<'_>, random: &mut StdRng) -> bool {
        for _ in 0..TRIES_MAX {
            if self.try_edit(tx, edit, random).await {
                return true;
            }
        }
        false
    }

    /// Makes one change to a random row; false when the schema refuses it, or there is no row.
    async fn try_edit(&self, tx: &mut Tx, edit: Edit<'_>, random: &mut StdRng) -> bool {
        let (table, postgres) = (self.table, tx.is_postgres());
        let rows: i64 =
            on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(format!("select count(*) from {table}")))
            .fetch_one(c).await)
            .unwrap();
        if rows == 0 {
            return false;
        }
        let row = if postgres { "ctid" } else { "rowid" };
        let nth = random.random_range(0..rows);
        let at = format!("{row} = (select {row} from {table} order by {row} limit 1 offset {nth})");
        let changes = match edit {
            Edit::Delete => vec![format!("delete from {table} where {at}")],
            Edit::Update(name) => {
                let column = self.columns.iter().find(|column| column.name == name).unwrap();
                let is_other = if postgres { "is distinct from" } else { "is not" };
                let values = column.values(&self.words, postgres, random).into_iter();
                values
                    .map(|value| {
                        format!("update {table} set {name} = {value} where {at} and {name} {is_other} {value}")
                    })
                    .collect()
            }
            Edit::Insert => {
                let names: Vec<_> = self.columns.iter().map(|column| column.name.clone()).collect();
                let other = uuid::Uuid::from_u128(random.random());
                let other =
                    if postgres { format!("cast('{other}' as uuid)") } else { format!("x'{}'", other.simple()) };
                // Where one workspace has one row, the copy is in another one.
                let copy = |in_other: bool, random: &mut StdRng| {
                    let values = self.columns.iter().map(|column| match column.name.as_str() {
                        "workspace_id" if in_other => other.clone(),
                        name => column.fresh(table, random).unwrap_or_else(|| name.to_owned()),
                    });
                    let values = values.collect::<Vec<_>>().join(", ");
                    format!("insert into {table} ({}) select {values} from {table} where {at}", names.join(", "))
                };
                vec![copy(false, random), copy(true, random)]
            }
        };
        for (checked, sql) in [true, false].iter().flat_map(|checked| changes.iter().map(move |sql| (*checked, sql))) {
            tx.savepoint().await.unwrap();
            check_constraints(tx, table, checked).await;
            let done = on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql.as_str())).execute(c).await
                .map(|done| done.rows_affected()));
            if matches!(tx, Tx::Sqlite(_)) {
                check_constraints(tx, table, true).await;
            }
            match done {
                Ok(1) => return true,
                _ => tx.back_to_savepoint().await.unwrap(),
            }
        }
        false
    }
}

/// Whoever can write to the database can also take a check away. In Postgres it comes back with the savepoint.
async fn check_constraints(tx: &mut Tx, table: &str, on: bool) {
    let sql = match tx {
        Tx::Sqlite(_) => format!("pragma ignore_check_constraints = {}", if on { "off" } else { "on" }),
        Tx::Postgres(_) if on => return,
        Tx::Postgres(_) => format!(
            "do $$ declare checks text; begin
                 select string_agg(format('drop constraint %I', conname), ', ') into checks from pg_constraint
                     where conrelid = '{table}'::regclass and contype = 'c';
                 if checks is not null then execute 'alter table {table} ' || checks; end if;
             end $$"
        ),
    };
    on!(tx, c => sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(c).await.map(drop)).unwrap();
}

async fn differences(tx: &mut Tx, test: &TestApp, workspace: WorkspaceId) -> Vec<Difference> {
    let (_, mut found) = proof::prove_with(tx, test.app.of::<Checks>(), workspace, |_| ()).await.unwrap();
    found.extend(proof::prove_instance(tx).await.unwrap());
    found
}

/// Without the guard of foreign keys, as another program may write.
async fn unguarded(db: &Db) -> Tx {
    let mut tx = db.write().await.unwrap();
    let off = match tx {
        Tx::Sqlite(_) => "pragma defer_foreign_keys = on",
        Tx::Postgres(_) => "set local session_replication_role = replica",
    };
    on!(&mut tx, c => sqlx::query(off).execute(c).await.map(drop)).unwrap();
    tx
}

fn seed() -> u64 {
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random)
}

#[tokio::test]
async fn every_change_of_one_row_is_noticed() {
    let seed = seed();
    println!("SEED={seed}");
    for (test, browser) in histories(make_older).await {
        let mut random = StdRng::seed_from_u64(seed);
        let mut tx = unguarded(&test.app.db).await;
        assert_eq!(differences(&mut tx, &test, browser.workspace).await, []);
        let targets = targets(&mut tx).await;
        let mut edits: Vec<_> = targets.iter().flat_map(every_edit).collect();
        let in_order = edits.len();
        while edits.len() < in_order + RANDOM_EDITS {
            edits.push(random_edit(&targets, &mut random));
        }
        let (mut missed, mut refused) = (Vec::new(), Vec::new());
        for (target, edit) in edits {
            let name = format!("{} {edit:?}", target.table);
            if !target.edit(&mut tx, edit, &mut random).await {
                refused.push(name);
                continue;
            }
            if differences(&mut tx, &test, browser.workspace).await.is_empty() {
                missed.push(name);
            }
            tx.back_to_savepoint().await.unwrap();
        }
        println!(
            "{}: {RANDOM_EDITS} random changes and {in_order} in order, {} missed",
            test.app.db.kind(),
            missed.len()
        );
        assert_eq!(missed, Vec::<String>::new(), "not noticed; SEED={seed}");
        assert_eq!(refused, Vec::<String>::new(), "cannot be tried; SEED={seed}");
        assert_eq!(differences(&mut tx, &test, browser.workspace).await, [], "all were rolled back");
    }
}

fn every_edit(target: &Target) -> Vec<(&Target, Edit<'_>)> {
    let updates = target.noticed.iter().map(|column| Edit::Update(&column.name));
    updates.chain([Edit::Insert, Edit::Delete]).map(|edit| (target, edit)).collect()
}

fn random_edit<'a>(targets: &'a [Target], random: &mut StdRng) -> (&'a Target, Edit<'a>) {
    let target = targets.choose(random).unwrap();
    let edit = match random.random_range(0..4) {
        0 => Edit::Insert,
        1 => Edit::Delete,
        _ => Edit::Update(&target.noticed.choose(random).unwrap().name),
    };
    (target, edit)
}

/// As an instance is whose version knew no keys and no seals, at its first start with this one.
async fn make_older(test: &TestApp) {
    let db = &test.app.db;
    let mut tx = unguarded(db).await;
    let transfers: Vec<Transfer> = on!(&mut tx, c => sqlx::query_as(
        "select * from credit_transfers order by workspace_id, seq").fetch_all(c).await)
    .unwrap();
    let mut last = Vec::new();
    for mut transfer in transfers {
        transfer.key_id = None;
        transfer.previous_hash = if transfer.seq == 1 { Vec::new() } else { last };
        last = transfer.content_hash(tx.keys()).unwrap();
        on!(&mut tx, c => sqlx::query(
            "update credit_transfers set key_id = null, previous_hash = $3, hash = $4 where workspace_id = $1 and seq = $2")
            .bind(transfer.workspace_id).bind(transfer.seq).bind(&transfer.previous_hash).bind(&last)
            .execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("update credit_accounts set last_hash = $2 where workspace_id = $1")
            .bind(transfer.workspace_id).bind(&last).execute(c).await.map(drop))
        .unwrap();
    }
    tx.commit().await.unwrap();
    for sql in [
        "delete from row_seals",
        "delete from seal_totals",
        "delete from seal_layouts",
        // As the migration does.
        "insert into credit_boundaries (workspace_id, seq, hash)
             select workspace_id, next_seq - 1, last_hash from credit_accounts where next_seq > 1",
    ] {
        change_behind_its_back(db, sql).await;
    }
    db.seal_what_is_there().await.unwrap();
}

#[tokio::test]
async fn every_column_is_sealed_or_left_out_with_a_reason() {
    for test in test_databases().await {
        let mut tx = test.db.read().await.unwrap();
        for table in PROTECTED {
            let known = columns(&mut tx, table.name).await.into_iter().map(|column| column.name);
            let mut listed: Vec<_> = table.columns();
            listed.extend(table.elsewhere.iter().map(|(column, _)| *column));
            let unique: BTreeSet<String> = listed.iter().map(|column| (*column).to_owned()).collect();
            assert_eq!(unique.len(), listed.len(), "{} names a column twice", table.name);
            assert_eq!(
                known.collect::<BTreeSet<_>>(),
                unique,
                "{}: app/protected.rs and the schema differ",
                table.name
            );
        }
    }
}
