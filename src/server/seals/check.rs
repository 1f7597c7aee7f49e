//! Finding rows that were changed from outside. What it needs of memory does not grow with the rows.

use std::collections::BTreeMap;

use futures::TryStreamExt;
use uuid::Uuid;

use super::{
    Seal, Seals, Table,
    start::Layout,
    write::{TOTAL_COLUMNS, Total},
};
use crate::{on, server::db::Tx};

/// Rows named of one table and workspace: enough to find the rest.
const NAMED_MAX: i64 = 100;

/// Something that Fairlead did not write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The table, and the key of the row where one is meant.
    pub place: String,
    pub what: String,
}

/// What differs among the protected rows of `shard`, which is a workspace, or nil for those of the whole instance.
///
/// # Errors
/// The database's.
pub async fn check(tx: &mut Tx, shard: Uuid) -> sqlx::Result<Vec<Fault>> {
    let seals = tx.seals().clone();
    let found: Vec<Total> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
        "select {TOTAL_COLUMNS} from seal_totals t where t.shard = $1 order by t.table_name, t.key_id")))
        .bind(shard).fetch_all(c).await)?;
    let mut totals: BTreeMap<String, Vec<Total>> = BTreeMap::new();
    for total in found {
        totals.entry(total.table_name.clone()).or_default().push(total);
    }
    let mut faults = Vec::new();
    for table in seals.tables.iter().filter(|table| table.shard.is_none() == shard.is_nil()) {
        let totals = totals.remove(table.name).unwrap_or_default();
        check_table(tx, &seals, table, shard, &totals, &mut faults).await?;
    }
    for table in totals.into_keys() {
        faults.push(Fault { place: table, what: "has a total, but is no table that is sealed".into() });
    }
    Ok(faults)
}

/// What differs on the instance as a whole: rows of no workspace that exists, and records of what was sealed.
///
/// # Errors
/// The database's.
pub async fn check_instance(tx: &mut Tx) -> sqlx::Result<Vec<Fault>> {
    let seals = tx.seals().clone();
    let mut faults = check(tx, Uuid::nil()).await?;
    for table in seals.tables {
        let counts = format!(
            "select (select count(*) from {name}),
                 (select cast(coalesce(sum(row_count), 0) as bigint) from seal_totals where table_name = '{name}')",
            name = table.name
        );
        let (rows, sealed): (i64, i64) =
            on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(counts.as_str())).fetch_one(c).await)?;
        let mut fault = |what: String| faults.push(Fault { place: table.name.into(), what });
        if rows != sealed {
            fault(format!("has {rows} rows, {sealed} are sealed"));
        }
        match Layout::of(tx, table).await? {
            Some(layout) if layout.is_sound(&seals, table) => {}
            _ => fault("the record of what was sealed is missing, or was changed outside of Fairlead".into()),
        }
    }
    Ok(faults)
}

async fn check_table(
    tx: &mut Tx,
    seals: &Seals,
    table: &Table,
    shard: Uuid,
    totals: &[Total],
    faults: &mut Vec<Fault>,
) -> sqlx::Result<()> {
    let before = faults.len();
    let mut fault = |key: &str, what: &str| {
        let place = if key.is_empty() { table.name.into() } else { format!("{} {key}", table.name) };
        faults.push(Fault { place, what: what.into() });
    };
    for total in totals {
        if seals.keys.named(&total.key_id).is_none() {
            fault("", &format!("is sealed with the key {}, which FAIRLEAD_SECRET_KEYS_OLD lacks", total.key_id));
            return Ok(());
        }
        if !total.is_sound(seals) {
            fault("", "its total was changed outside of Fairlead");
        }
    }
    let expected = totals
        .iter()
        .fold((0, 0), |(rows, sum): (i64, Seal), total| (rows + total.rows, sum.wrapping_add(total.sum())));
    if sum(tx, seals, table, shard, totals).await? == expected {
        return Ok(());
    }
    for (key, what) in name(tx, seals, table, shard).await? {
        fault(&key, what);
    }
    if faults.len() == before {
        let what = "a row was put back to what it was before, or changed outside of Fairlead and overwritten since";
        faults.push(Fault { place: table.name.into(), what: what.into() });
    }
    Ok(())
}

/// How many rows there are, and the sum of their signatures.
async fn sum(tx: &mut Tx, seals: &Seals, table: &Table, shard: Uuid, totals: &[Total]) -> sqlx::Result<(i64, Seal)> {
    let current = seals.keys.current();
    let image = seals.dialect.image(table, table.columns(), "t");
    let of_shard = table.shard.map_or("$1 is not null".into(), |column| format!("t.{column} = $1"));
    let mut found = (0, 0);
    let mut add =
        |key, image: &str| found = (found.0 + 1, Seal::wrapping_add(found.1, Seals::seal(key, table.name, image)));
    if let [] | [_] = totals {
        let key = totals.first().and_then(|total| seals.keys.named(&total.key_id)).unwrap_or(current);
        let select = format!("select {image} from {} t where {of_shard}", table.name);
        on!(tx, c => {
            let mut rows = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(select.as_str())).bind(shard).fetch(c);
            while let Some(image) = rows.try_next().await? {
                add(key, &image);
            }
        });
        return Ok(found);
    }
    let select = format!(
        "select {image}, s.key_id from {} t left join row_seals s on s.shard = $1 and s.table_name = '{}' and s.row_key = {}
         where {of_shard}",
        table.name,
        table.name,
        seals.dialect.key(table, "t"),
    );
    on!(tx, c => {
        let rows = sqlx::query_as::<_, (String, Option<String>)>(sqlx::AssertSqlSafe(select.as_str()));
        let mut rows = rows.bind(shard).fetch(c);
        while let Some((image, key_id)) = rows.try_next().await? {
            add(key_id.and_then(|id| seals.keys.named(&id)).unwrap_or(current), &image);
        }
    });
    Ok(found)
}

/// Compares each row with its seal: the keys of those that differ, and how.
async fn name(tx: &mut Tx, seals: &Seals, table: &Table, shard: Uuid) -> sqlx::Result<Vec<(String, &'static str)>> {
    let dialect = &seals.dialect;
    let of_shard = table.shard.map_or("$1 is not null".into(), |column| format!("t.{column} = $1"));
    let key = dialect.key(table, "t");
    let rows = format!(
        "select {key}, {image}, s.key_id, s.seal from {name} t
         left join row_seals s on s.shard = $1 and s.table_name = '{name}' and s.row_key = {key} where {of_shard}",
        name = table.name,
        image = dialect.image(table, table.columns(), "t"),
    );
    let mut named = Vec::new();
    on!(&mut *tx, c => {
        type Row = (String, String, Option<String>, Option<Vec<u8>>);
        let mut rows = sqlx::query_as::<_, Row>(sqlx::AssertSqlSafe(rows.as_str())).bind(shard).fetch(c);
        while let Some((key, image, signer, seal)) = rows.try_next().await? {
            let Some(seal) = seal else {
                named.push((key, "was added outside of Fairlead"));
                continue;
            };
            let signer = signer.and_then(|id| seals.keys.named(&id));
            let fits = signer.is_some_and(|signer| Seals::seal(signer, table.name, &image).to_be_bytes() == *seal);
            if !fits {
                named.push((key, "was changed outside of Fairlead"));
            }
            if named.len() as i64 >= NAMED_MAX {
                break;
            }
        }
    });
    let missing = format!(
        "select s.row_key from row_seals s where s.shard = $1 and s.table_name = '{name}'
             and not exists (select 1 from {name} t where {is_of}) order by s.row_key limit $2",
        name = table.name,
        is_of = dialect.is_of(table, "t", "s"),
    );
    let missing: Vec<String> = on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(missing.as_str()))
        .bind(shard).bind(NAMED_MAX).fetch_all(c).await)?;
    named.extend(missing.into_iter().map(|key| (key, "was deleted outside of Fairlead")));
    let text = |key: String| key.chars().filter(|sign| !"[]\"".contains(*sign)).collect();
    Ok(named.into_iter().map(|(key, what)| (text(key), what)).collect())
}
