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
    let mut sealed = Vec::new();
    for table in seals.tables.iter().filter(|table| table.shard.is_none() == shard.is_nil()) {
        sealed.push(Sealed { table, totals: totals.remove(table.name).unwrap_or_default() });
    }
    let mut faults = Vec::new();
    for table in totals.into_keys() {
        faults.push(Fault { place: table, what: "has a total, but is no table that is sealed".into() });
    }
    sealed.retain(|sealed| !sealed.is_unsound(&seals, &mut faults));
    let sums = sums(tx, &seals, &sealed, shard).await?;
    for (sealed, sum) in sealed.iter().zip(sums) {
        if sum == sealed.expected() {
            continue;
        }
        let named = name(tx, &seals, sealed.table, shard).await?;
        if named.is_empty() {
            let what = "a row was put back to what it was before, or changed outside of Fairlead and overwritten since";
            faults.push(sealed.fault("", what));
        }
        faults.extend(named.into_iter().map(|(key, what)| sealed.fault(&key, what)));
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

/// A table of one workspace, with the totals of the keys that signed rows of it.
struct Sealed {
    table: &'static Table,
    totals: Vec<Total>,
}

impl Sealed {
    fn fault(&self, key: &str, what: impl Into<String>) -> Fault {
        let name = self.table.name;
        Fault { place: if key.is_empty() { name.into() } else { format!("{name} {key}") }, what: what.into() }
    }

    /// Whether rows cannot be compared, because a key is not known. Reports totals that Fairlead did not write.
    fn is_unsound(&self, seals: &Seals, faults: &mut Vec<Fault>) -> bool {
        for total in &self.totals {
            if seals.keys.named(&total.key_id).is_none() {
                let what = format!("is sealed with the key {}, which FAIRLEAD_SECRET_KEYS_OLD lacks", total.key_id);
                faults.push(self.fault("", what));
                return true;
            }
            if !total.is_sound(seals) {
                faults.push(self.fault("", "its total was changed outside of Fairlead"));
            }
        }
        false
    }

    fn expected(&self) -> Sum {
        let add = |(rows, sum): Sum, total: &Total| (rows + total.rows, sum.wrapping_add(total.sum()));
        self.totals.iter().fold((0, 0), add)
    }
}

/// How many rows there are, and the sum of their signatures.
type Sum = (i64, Seal);

/// The sums of all tables, in one statement. Which key signed a row is read only where several did.
async fn sums(tx: &mut Tx, seals: &Seals, sealed: &[Sealed], shard: Uuid) -> sqlx::Result<Vec<Sum>> {
    let selects = sealed.iter().enumerate().map(|(number, Sealed { table, totals })| {
        let (name, image) = (table.name, seals.dialect.image(table, table.columns(), "t"));
        let (signer, joined) = match totals.len() {
            0 | 1 => ("null".into(), String::new()),
            _ => {
                let key = seals.dialect.key(table, "t");
                let on = format!("s.shard = $1 and s.table_name = '{name}' and s.row_key = {key}");
                ("s.key_id".to_owned(), format!("left join row_seals s on {on}"))
            }
        };
        format!("select {number}, {image}, {signer} from {name} t {joined} where {}", of_shard(table))
    });
    let select = selects.collect::<Vec<_>>().join(" union all ");
    let current = seals.keys.current();
    let mut sums = vec![(0, 0); sealed.len()];
    on!(tx, c => {
        let rows = sqlx::query_as::<_, (i32, String, Option<String>)>(sqlx::AssertSqlSafe(select.as_str()));
        let mut rows = rows.bind(shard).fetch(c);
        while let Some((number, image, signer)) = rows.try_next().await? {
            let Some((sealed, sum)) = usize::try_from(number).ok().and_then(|at| Some((sealed.get(at)?, sums.get_mut(at)?)))
            else {
                continue;
            };
            let signer = signer.as_ref().or(sealed.totals.first().map(|total| &total.key_id));
            let key = signer.and_then(|id| seals.keys.named(id)).unwrap_or(current);
            *sum = (sum.0 + 1, Seal::wrapping_add(sum.1, Seals::seal(key, sealed.table.name, &image)));
        }
    });
    Ok(sums)
}

/// Which rows of a table belong to the workspace `$1`.
fn of_shard(table: &Table) -> String {
    table.shard.map_or("$1 is not null".into(), |column| format!("t.{column} = $1"))
}

/// Compares each row with its seal: the keys of those that differ, and how.
async fn name(tx: &mut Tx, seals: &Seals, table: &Table, shard: Uuid) -> sqlx::Result<Vec<(String, &'static str)>> {
    let dialect = &seals.dialect;
    let of_shard = of_shard(table);
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
