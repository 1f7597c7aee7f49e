//! Sealing what a transaction touched, as its last step.
//!
//! Totals are locked in their order and nothing else is locked after them, so transactions that seal never wait for each other
//! in a circle, and those of different workspaces not at all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Seal, Seals, watch::NOTE};
use crate::{
    on,
    server::{batches::batches, db::Tx, hexadecimal::hexadecimal, secret_keys::Key},
};

/// A protected row that was touched, with its text before and after.
#[derive(Debug, Deserialize, sqlx::FromRow)]
pub(super) struct Touched {
    pub table_name: String,
    pub shard: Uuid,
    pub row_key: String,
    pub old: Option<String>,
    pub new: Option<String>,
}

/// A row's place: its table, its workspace, its key.
type Place = (String, Uuid, String);

/// A row's text before and after.
type Images = (Option<String>, Option<String>);

/// The rows of one table and workspace that one key signed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Total {
    pub table_name: String,
    pub shard: Uuid,
    pub key_id: String,
    #[sqlx(rename = "row_count")]
    pub rows: i64,
    total: Vec<u8>,
    mac_key_id: String,
    mac: Vec<u8>,
}

pub(super) const TOTAL_COLUMNS: &str = "t.table_name, t.shard, t.key_id, t.row_count, t.total, t.mac_key_id, t.mac";

impl Total {
    fn none(table_name: String, shard: Uuid, key: &Key) -> Self {
        let (key_id, mac_key_id) = (key.id().to_owned(), key.id().to_owned());
        let mut total = Self {
            table_name,
            shard,
            key_id,
            rows: 0,
            total: 0_u128.to_be_bytes().to_vec(),
            mac_key_id,
            mac: Vec::new(),
        };
        total.mac = total.signature(key);
        total
    }

    pub fn sum(&self) -> Seal {
        self.total.as_slice().try_into().map(Seal::from_be_bytes).unwrap_or_default()
    }

    fn signature(&self, key: &Key) -> Vec<u8> {
        let (rows, name) = (self.rows.to_be_bytes(), self.table_name.as_bytes());
        key.sign("total", &[name, self.shard.as_bytes(), self.key_id.as_bytes(), &rows, &self.total]).to_vec()
    }

    /// Whether Fairlead wrote it.
    pub fn is_sound(&self, seals: &Seals) -> bool {
        seals.keys.named(&self.mac_key_id).is_some_and(|key| self.signature(key) == self.mac)
    }
}

impl Seals {
    pub(super) fn seal(key: &Key, table: &str, image: &str) -> Seal {
        let signature = key.sign("row", &[table.as_bytes(), image.as_bytes()]);
        let half = signature.first_chunk().copied().unwrap_or_default();
        Seal::from_be_bytes(half)
    }

    /// Seals what the open transaction touched.
    ///
    /// # Errors
    /// The database's.
    pub async fn seal_touched(&self, tx: &mut Tx) -> sqlx::Result<()> {
        let touched = match tx {
            Tx::Sqlite(connection) => {
                let touched: Vec<Touched> =
                    sqlx::query_as("select table_name, shard, row_key, old, new from touched_rows order by number")
                        .fetch_all(&mut **connection)
                        .await?;
                if !touched.is_empty() {
                    sqlx::query("delete from touched_rows").execute(&mut **connection).await?;
                }
                touched
            }
            Tx::Postgres(connection) => {
                let note: String = sqlx::query_scalar("select coalesce(current_setting($1, true), '')")
                    .bind(NOTE)
                    .fetch_one(&mut **connection)
                    .await?;
                let lines = note.lines().map(serde_json::from_str).collect::<Result<_, _>>();
                lines.map_err(|error| sqlx::Error::Decode(error.into()))?
            }
        };
        self.apply(tx, touched).await
    }

    /// Moves seals and totals by what was touched.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn apply(&self, tx: &mut Tx, touched: Vec<Touched>) -> sqlx::Result<()> {
        let mut rows: BTreeMap<Place, Images> = BTreeMap::new();
        for Touched { table_name, shard, row_key, old, new } in touched {
            rows.entry((table_name, shard, row_key)).and_modify(|row| row.1.clone_from(&new)).or_insert((old, new));
        }
        rows.retain(|_, (old, new)| old != new);
        if rows.is_empty() {
            return Ok(());
        }
        let mut totals = self.lock_totals(tx, &rows).await?;
        let signers = self.signers(tx, &rows, &totals).await?;
        let current = self.keys.current();
        let mut changes = Changes::default();
        for (place, (old, new)) in &rows {
            let signer = signers.get(place).and_then(|id| self.keys.named(id)).unwrap_or(current);
            let old = old.as_ref().map(|image| Self::seal(signer, &place.0, image));
            let new = new.as_ref().map(|image| Self::seal(current, &place.0, image));
            if let Some(seal) = old {
                totals.change(place, signer, -1, seal);
            }
            if let Some(seal) = new {
                totals.change(place, current, 1, seal);
            }
            changes.add(place, old, new);
        }
        changes.write(tx, current.id()).await?;
        totals.write(tx, current).await
    }

    /// The totals that these rows belong to, made where there are none.
    async fn lock_totals(&self, tx: &mut Tx, rows: &BTreeMap<Place, Images>) -> sqlx::Result<Totals> {
        let current = self.keys.current();
        let wanted: BTreeSet<_> = rows.keys().map(|(table, shard, _)| (table.clone(), *shard)).collect();
        let totals = Totals::locked(tx, self, &wanted).await?;
        let missing: Vec<_> = wanted.iter().filter(|(table, shard)| !totals.has(table, *shard, current)).collect();
        if missing.is_empty() {
            return Ok(totals);
        }
        let none = missing.into_iter().map(|(table, shard)| Total::none(table.clone(), *shard, current));
        write_totals(tx, none, "do nothing").await?;
        Totals::locked(tx, self, &wanted).await
    }

    /// Which key signed the rows as they were before: asked only where rows of earlier keys are left.
    async fn signers(
        &self,
        tx: &mut Tx,
        rows: &BTreeMap<Place, Images>,
        totals: &Totals,
    ) -> sqlx::Result<BTreeMap<Place, String>> {
        let current = self.keys.current();
        let asked = rows
            .iter()
            .filter(|((table, shard, _), (old, _))| old.is_some() && totals.has_others(table, *shard, current));
        let mut signers = BTreeMap::new();
        for places in batches(asked.map(|(place, _)| place))? {
            let found: Vec<(String, Uuid, String, String)> = on!(tx, c => sqlx::query_as(
                "select s.table_name, s.shard, s.row_key, s.key_id from json_each($1) w
                 join row_seals s on s.shard = unhex(w.value ->> 1, '-') and s.table_name = w.value ->> 0
                     and s.row_key = w.value ->> 2")
                .bind(Json(places)).fetch_all(c).await)?;
            signers.extend(found.into_iter().map(|(table, shard, key, id)| ((table, shard, key), id)));
        }
        Ok(signers)
    }
}

/// Locked totals, by table, workspace and key.
struct Totals(BTreeMap<Place, Held>);

/// A locked total.
struct Held {
    total: Total,
    /// One that was changed from outside stays noticed: it is not signed again.
    sound: bool,
    changed: bool,
}

impl Totals {
    async fn locked(tx: &mut Tx, seals: &Seals, wanted: &BTreeSet<(String, Uuid)>) -> sqlx::Result<Self> {
        // SQLite has one writer, and this transaction is it.
        let lock = if tx.is_postgres() { "for update of t" } else { "" };
        let mut held = BTreeMap::new();
        for wanted in batches(wanted.iter())? {
            let totals: Vec<Total> = on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(format!(
                "select {TOTAL_COLUMNS} from json_each($1) w
                 join seal_totals t on t.shard = unhex(w.value ->> 1, '-') and t.table_name = w.value ->> 0
                 order by t.shard, t.table_name, t.key_id {lock}")))
                .bind(Json(wanted)).fetch_all(c).await)?;
            held.extend(totals.into_iter().map(|total| {
                let sound = total.is_sound(seals);
                ((total.table_name.clone(), total.shard, total.key_id.clone()), Held { total, sound, changed: false })
            }));
        }
        Ok(Self(held))
    }

    fn has(&self, table: &str, shard: Uuid, key: &Key) -> bool {
        self.0.contains_key(&(table.to_owned(), shard, key.id().to_owned()))
    }

    fn has_others(&self, table: &str, shard: Uuid, key: &Key) -> bool {
        let of = |total: &Total| total.table_name == table && total.shard == shard && total.key_id != key.id();
        self.0.values().any(|held| of(&held.total))
    }

    /// Moves a total. One that was removed from outside stays away, and the check misses it.
    fn change(&mut self, place: &Place, key: &Key, rows: i64, seal: Seal) {
        let id = (place.0.clone(), place.1, key.id().to_owned());
        let Some(held) = self.0.get_mut(&id) else { return };
        let sum = if rows < 0 { held.total.sum().wrapping_sub(seal) } else { held.total.sum().wrapping_add(seal) };
        held.total.rows += rows;
        held.total.total = sum.to_be_bytes().to_vec();
        held.changed = true;
    }

    async fn write(self, tx: &mut Tx, key: &Key) -> sqlx::Result<()> {
        let changed = self.0.into_values().filter(|held| held.changed);
        let signed = changed.map(|Held { mut total, sound, .. }| {
            key.id().clone_into(&mut total.mac_key_id);
            total.mac = if sound { total.signature(key) } else { Vec::new() };
            total
        });
        let replace = "do update set row_count = excluded.row_count, total = excluded.total,
             mac_key_id = excluded.mac_key_id, mac = excluded.mac";
        write_totals(tx, signed, replace).await
    }
}

async fn write_totals(tx: &mut Tx, totals: impl Iterator<Item = Total>, on_conflict: &str) -> sqlx::Result<()> {
    let rows = totals.map(|total| {
        let (sum, mac) = (hexadecimal(&total.total), hexadecimal(&total.mac));
        (total.table_name, total.shard, total.key_id, total.rows, sum, total.mac_key_id, mac)
    });
    for rows in batches(rows)? {
        on!(tx, c => sqlx::query(sqlx::AssertSqlSafe(format!(
            "insert into seal_totals (table_name, shard, key_id, row_count, total, mac_key_id, mac)
             select value ->> 0, unhex(value ->> 1, '-'), value ->> 2, cast(value ->> 3 as bigint), unhex(value ->> 4),
                 value ->> 5, unhex(value ->> 6)
             from json_each($1) where true
             on conflict (shard, table_name, key_id) {on_conflict}")))
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// What becomes of the seals of rows.
#[derive(Default)]
struct Changes<'a> {
    added: Vec<(&'a Place, String)>,
    replaced: Vec<(&'a Place, String, String)>,
    removed: Vec<(&'a Place, String)>,
}

impl<'a> Changes<'a> {
    fn add(&mut self, place: &'a Place, old: Option<Seal>, new: Option<Seal>) {
        let text = |seal: Seal| hexadecimal(&seal.to_be_bytes());
        match (old.map(text), new.map(text)) {
            (None, Some(new)) => self.added.push((place, new)),
            (Some(old), Some(new)) => self.replaced.push((place, old, new)),
            (Some(old), None) => self.removed.push((place, old)),
            (None, None) => {}
        }
    }

    /// A seal that does not fit the row before stays, and one that is there already is not replaced: it shows a change from
    /// outside.
    async fn write(self, tx: &mut Tx, key_id: &str) -> sqlx::Result<()> {
        for rows in batches(self.added.into_iter())? {
            on!(tx, c => sqlx::query(
                "insert into row_seals (table_name, shard, row_key, key_id, seal)
                 select value -> 0 ->> 0, unhex(value -> 0 ->> 1, '-'), value -> 0 ->> 2, $2, unhex(value ->> 1)
                 from json_each($1) where true
                 on conflict (shard, table_name, row_key) do nothing")
                .bind(Json(rows)).bind(key_id).execute(c).await.map(drop))?;
        }
        for rows in batches(self.replaced.into_iter())? {
            on!(tx, c => sqlx::query(
                "update row_seals set key_id = $2, seal = n.seal
                 from (select value -> 0 ->> 0 as table_name, unhex(value -> 0 ->> 1, '-') as shard,
                         value -> 0 ->> 2 as row_key, unhex(value ->> 1) as old, unhex(value ->> 2) as seal
                     from json_each($1)) n
                 where row_seals.shard = n.shard and row_seals.table_name = n.table_name
                     and row_seals.row_key = n.row_key and row_seals.seal = n.old")
                .bind(Json(rows)).bind(key_id).execute(c).await.map(drop))?;
        }
        for rows in batches(self.removed.into_iter())? {
            on!(tx, c => sqlx::query(
                "delete from row_seals where (shard, table_name, row_key, seal) in
                     (select unhex(value -> 0 ->> 1, '-'), value -> 0 ->> 0, value -> 0 ->> 2, unhex(value ->> 1)
                      from json_each($1))")
                .bind(Json(rows)).execute(c).await.map(drop))?;
        }
        Ok(())
    }
}
