//! The guarded counters of a day: how many mails a mailbox, a campaign, a company's domain and the workspace have taken.
//!
//! A slot is reserved in the transaction that makes the send, and given back only for a mail that never reached a mail
//! server. Nothing counts sends.

use std::collections::BTreeMap;

use serde::Serialize;
use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    on,
    outreach::schedule::rules::Day,
    server::{batches::batches, db::Tx, hexadecimal::hexadecimal},
};

/// What a counter counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(super) enum Scope {
    Mailbox,
    Campaign,
    /// First mails of a campaign.
    CampaignNew,
    /// Mails to one company's domain.
    Domain,
    Workspace,
}

/// Which counter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct CounterKey {
    pub workspace: WorkspaceId,
    pub scope: Scope,
    /// The id of the mailbox or campaign, the key of the domain, or nothing.
    pub subject: Vec<u8>,
    pub day: Day,
}

/// How full each of some counters is.
pub(super) type Counters = BTreeMap<CounterKey, i64>;

#[derive(Serialize)]
struct KeyRow {
    w: WorkspaceId,
    scope: Scope,
    subject: String,
    day: Day,
    /// What is added, and the limit that it must stay within.
    add: i64,
    limit: i64,
}

impl KeyRow {
    fn new(key: &CounterKey, add: i64, limit: i64) -> Self {
        Self { w: key.workspace, scope: key.scope, subject: hexadecimal(&key.subject), day: key.day, add, limit }
    }
}

#[derive(FromRow)]
struct CounterRow {
    workspace_id: WorkspaceId,
    scope: Scope,
    subject: Vec<u8>,
    day: Day,
    used: i64,
}

const KEY: &str = "d.workspace_id = unhex(j.value ->> 'w', '-') and d.scope = j.value ->> 'scope'
     and d.subject = unhex(j.value ->> 'subject') and d.day = cast(j.value ->> 'day' as bigint)";

/// Reads counters; those without a row are empty.
pub(super) async fn read(tx: &mut Tx, keys: impl Iterator<Item = &CounterKey>) -> sqlx::Result<Counters> {
    let mut counters = Counters::new();
    for rows in batches(keys.map(|key| KeyRow::new(key, 0, 0)))? {
        let sql = format!(
            "select d.workspace_id, d.scope, d.subject, d.day, d.used from json_each($1) j join send_days d on {KEY}"
        );
        let found: Vec<CounterRow> =
            on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(Json(rows)).fetch_all(c).await)?;
        counters.extend(found.into_iter().map(|row| {
            let CounterRow { workspace_id: workspace, scope, subject, day, used } = row;
            (CounterKey { workspace, scope, subject, day }, used)
        }));
    }
    Ok(counters)
}

/// Reserves slots: adds to each counter, which must stay within its limit. `read` is how full they were: a counter that was used has
/// its row. Returns `false` when another server took slots at the same moment and one of them would exceed its limit: roll back and
/// choose anew.
pub(super) async fn reserve(
    tx: &mut Tx,
    slots: &BTreeMap<CounterKey, (i64, i64)>,
    read: &Counters,
) -> sqlx::Result<bool> {
    let begun = slots.keys().filter(|key| read.get(key).copied().unwrap_or(0) == 0);
    for rows in batches(begun.map(|key| KeyRow::new(key, 0, 0)))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into send_days (workspace_id, scope, subject, day, used)
             with rows as materialized (select value from json_each($1))
             select unhex(value ->> 'w', '-'), value ->> 'scope', unhex(value ->> 'subject'), cast(value ->> 'day' as bigint), 0
             from rows where true on conflict (workspace_id, scope, subject, day) do nothing")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    // In the order of the keys, so that servers lock rows in one order.
    for rows in batches(slots.iter().map(|(key, (add, limit))| KeyRow::new(key, *add, *limit)))? {
        let wanted = rows.len() as u64;
        let rows = Json(rows);
        let sql = format!(
            "with j as materialized (select value from json_each($1))
             update send_days as d set used = d.used + cast(j.value ->> 'add' as bigint) from j
             where {KEY} and d.used + cast(j.value ->> 'add' as bigint) <= cast(j.value ->> 'limit' as bigint)"
        );
        let reserved = on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(&rows).execute(c).await.map(|done| done.rows_affected()))?;
        if reserved != wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Gives slots back.
pub(super) async fn give_back(tx: &mut Tx, slots: &BTreeMap<CounterKey, i64>) -> sqlx::Result<()> {
    for rows in batches(slots.iter().map(|(key, count)| KeyRow::new(key, *count, 0)))? {
        let sql = format!(
            "update send_days as d set used = d.used - cast(j.value ->> 'add' as bigint) from json_each($1) j where {KEY}"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}
