//! Sealing what is there when a table becomes protected, or when other columns of it do.
//!
//! What was sealed, and when, is a signed row of `seal_layouts`. A table without one is sealed as it is, once. When the
//! columns change, each seal moves from the row's old text to its new one, like any other change: what was changed from outside
//! before stays noticed.

use anyhow::Context;
use futures::TryStreamExt;
use uuid::Uuid;

use super::{Seals, Table, write::Touched};
use crate::{
    on,
    server::{
        clock::{Clock, Instant},
        db::{Db, Tx},
    },
};

/// Rows sealed at once.
const PAGE: usize = 2_000;

/// What was sealed of a table.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Layout {
    layout: String,
    sealed_at: Instant,
    key_id: String,
    mac: Vec<u8>,
}

/// What has to be done with a table.
enum Work {
    Nothing,
    /// Everything is sealed for the first time, or anew.
    Seal,
    /// The rows are sealed with other columns than these.
    Move(Vec<String>),
}

impl Layout {
    fn signed(seals: &Seals, table: &Table, at: Instant) -> Self {
        let key = seals.keys.current();
        let mut layout = Self { layout: table.layout(), sealed_at: at, key_id: key.id().into(), mac: Vec::new() };
        layout.mac = layout.signature(seals, table).unwrap_or_default();
        layout
    }

    fn signature(&self, seals: &Seals, table: &Table) -> Option<Vec<u8>> {
        let (at, key) = (self.sealed_at.micros().to_be_bytes(), seals.keys.named(&self.key_id)?);
        Some(key.sign("layout", &[table.name.as_bytes(), self.layout.as_bytes(), &at]).to_vec())
    }

    /// Whether Fairlead wrote it.
    pub fn is_sound(&self, seals: &Seals, table: &Table) -> bool {
        self.signature(seals, table).is_some_and(|signature| signature == self.mac)
    }

    /// The columns, and how often the table was rewritten.
    fn parts(&self) -> (&str, Vec<String>) {
        let (revision, columns) = self.layout.split_once(':').unwrap_or_default();
        (revision, columns.split(',').map(str::to_owned).collect())
    }

    pub(super) async fn of(tx: &mut Tx, table: &Table) -> sqlx::Result<Option<Self>> {
        on!(tx, c => sqlx::query_as("select layout, sealed_at, key_id, mac from seal_layouts where table_name = $1")
            .bind(table.name).fetch_optional(c).await)
    }

    async fn save(&self, tx: &mut Tx, table: &Table) -> sqlx::Result<()> {
        on!(tx, c => sqlx::query(
            "insert into seal_layouts (table_name, layout, sealed_at, key_id, mac) values ($1, $2, $3, $4, $5)
             on conflict (table_name) do update set layout = excluded.layout, sealed_at = excluded.sealed_at,
                 key_id = excluded.key_id, mac = excluded.mac")
            .bind(table.name).bind(&self.layout).bind(self.sealed_at).bind(&self.key_id).bind(&self.mac)
            .execute(c).await.map(drop))
    }
}

impl Seals {
    /// Seals what is not sealed yet, table by table, each in a transaction of its own. Several servers may start at once.
    ///
    /// # Errors
    /// The database's; and when rows are signed with a key that is not configured, in words for the operator.
    pub async fn begin(&self, db: &Db) -> anyhow::Result<()> {
        // One connection for all questions: each keeps what it read in its memory.
        let mut reader = db.read().await?;
        self.know_all_keys(&mut reader).await?;
        let mut wanted = Vec::new();
        for table in self.tables {
            let sealed = matches!(self.work(&mut reader, table).await?, Work::Nothing);
            if !sealed || !self.is_watched(&mut reader, table).await? {
                wanted.push(table);
            }
        }
        drop(reader);
        for table in wanted {
            self.seal_table(db, table).await.with_context(|| format!("{} cannot be sealed", table.name))?;
        }
        Ok(())
    }

    /// Without the key of a row, no change of it could be told from one of our own.
    async fn know_all_keys(&self, tx: &mut Tx) -> anyhow::Result<()> {
        let used: Vec<String> = on!(tx, c => sqlx::query_scalar(
            "select key_id from seal_layouts union select key_id from seal_totals union select mac_key_id from seal_totals")
            .fetch_all(c).await)?;
        if let Some(unknown) = used.iter().find(|id| self.keys.named(id).is_none()) {
            anyhow::bail!(
                "FAIRLEAD_SECRET_KEYS_OLD: this ledger is signed with the key {unknown}, which is derived from neither \
                 FAIRLEAD_SECRET_KEY nor an earlier key named here. Add the value that FAIRLEAD_SECRET_KEY had before. \
                 Example: FAIRLEAD_SECRET_KEYS_OLD=<the earlier key>"
            );
        }
        Ok(())
    }

    async fn is_watched(&self, tx: &mut Tx, table: &Table) -> sqlx::Result<bool> {
        match tx {
            Tx::Sqlite(_) => Ok(true),
            Tx::Postgres(connection) => {
                sqlx::query_scalar("select to_regproc($1) is not null")
                    .bind(format!("touched_{}", table.name))
                    .fetch_one(&mut **connection)
                    .await
            }
        }
    }

    async fn work(&self, tx: &mut Tx, table: &Table) -> sqlx::Result<Work> {
        let Some(known) = Layout::of(tx, table).await? else {
            let sealed: bool = on!(tx, c => sqlx::query_scalar(
                "select exists (select 1 from seal_totals where table_name = $1)")
                .bind(table.name).fetch_one(c).await)?;
            // A record that was removed from outside does not bring seals for what was changed there: the check reports it.
            return Ok(if sealed { Work::Nothing } else { Work::Seal });
        };
        if known.layout == table.layout() || !known.is_sound(self, table) {
            return Ok(Work::Nothing);
        }
        let (revision, columns) = known.parts();
        Ok(if revision == table.revision.to_string() { Work::Move(columns) } else { Work::Seal })
    }

    async fn seal_table(&self, db: &Db, table: &Table) -> anyhow::Result<()> {
        let mut tx = db.write().await?;
        if let Tx::Postgres(connection) = &mut tx {
            // Until the triggers are there, no one else writes.
            let lock = format!("lock table {} in share row exclusive mode", table.name);
            sqlx::raw_sql(sqlx::AssertSqlSafe(lock)).execute(&mut **connection).await?;
            self.watch_postgres(connection, table).await?;
        }
        let before = match self.work(&mut tx, table).await? {
            Work::Nothing => return Ok(tx.commit().await?),
            Work::Move(columns) => Some(columns),
            Work::Seal => {
                self.forget(&mut tx, table).await?;
                None
            }
        };
        let rows = self.seal_rows(db, &mut tx, table, before.as_deref()).await?;
        Layout::signed(self, table, Clock::System.now()).save(&mut tx, table).await?;
        tx.commit().await?;
        if rows > 0 {
            tracing::info!(table = table.name, rows, "sealed the rows that were there");
        }
        Ok(())
    }

    async fn forget(&self, tx: &mut Tx, table: &Table) -> sqlx::Result<()> {
        for sealed in ["row_seals", "seal_totals"] {
            let delete = format!("delete from {sealed} where table_name = $1");
            on!(tx, c => sqlx::query(sqlx::AssertSqlSafe(delete.as_str())).bind(table.name).execute(c).await.map(drop))?;
        }
        Ok(())
    }

    /// Reads the rows through another connection, which sees the same ones, and seals them page by page.
    async fn seal_rows(&self, db: &Db, tx: &mut Tx, table: &Table, before: Option<&[String]>) -> anyhow::Result<usize> {
        let old =
            before.map_or("null".into(), |columns| self.dialect.image(table, columns.iter().map(String::as_str), "t"));
        let select = format!(
            "select {}, {}, {old}, {} from {} t",
            self.dialect.shard(table, "t"),
            self.dialect.key(table, "t"),
            self.dialect.image(table, table.columns(), "t"),
            table.name
        );
        let mut sealed = 0;
        let mut reader = db.read().await?;
        on!(&mut reader, c => {
            let rows = sqlx::query_as::<_, (Uuid, String, Option<String>, String)>(sqlx::AssertSqlSafe(select.as_str()));
            let mut pages = rows.fetch(c).try_chunks(PAGE);
            while let Some(page) = pages.try_next().await.map_err(|error| error.1)? {
                sealed += page.len();
                let touched = page.into_iter().map(|(shard, row_key, old, new)| {
                    Touched { table_name: table.name.into(), shard, row_key, old, new: Some(new) }
                });
                self.apply(tx, touched.collect()).await?;
            }
        });
        Ok(sealed)
    }
}
