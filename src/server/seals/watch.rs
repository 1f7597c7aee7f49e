//! The triggers that note which protected rows a transaction touches.
//!
//! In SQLite they and their table belong to the connection that Fairlead writes with: another program's changes are not even
//! noted. In Postgres the note is a setting of the open transaction, so it costs no write, and a rollback to a savepoint takes
//! it back.

use sqlx::{PgConnection, SqliteConnection};

use super::{Dialect, Seals, Table};

/// The note of a transaction in Postgres.
pub const NOTE: &str = "fairlead.touched";

impl Seals {
    /// Watches this connection, the one that writes.
    ///
    /// # Errors
    /// The database's.
    pub async fn watch_sqlite(&self, connection: &mut SqliteConnection) -> sqlx::Result<()> {
        let table = "create temp table touched_rows (number integer primary key, table_name text not null,
             shard blob not null, row_key text not null, old text, new text)";
        sqlx::raw_sql(table).execute(&mut *connection).await?;
        for table in self.tables {
            sqlx::raw_sql(sqlx::AssertSqlSafe(self.sqlite_triggers(table))).execute(&mut *connection).await?;
        }
        Ok(())
    }

    fn sqlite_triggers(&self, table: &Table) -> String {
        let (name, columns) = (table.name, table.columns());
        let image = |row: &str| self.dialect.image(table, columns.iter().copied(), row);
        let note = |row: &str, old: &str, new: &str| {
            let (shard, key) = (self.dialect.shard(table, row), self.dialect.key(table, row));
            format!(
                "insert into touched_rows (table_name, shard, row_key, old, new)
                 values ('{name}', {shard}, {key}, {old}, {new});"
            )
        };
        let changed: Vec<_> = columns.iter().map(|column| format!("old.{column} is not new.{column}")).collect();
        format!(
            "create temp trigger touched_{name}_insert after insert on main.{name} begin {inserted} end;
             create temp trigger touched_{name}_update after update of {list} on main.{name}
                 when {changed} begin {updated} end;
             create temp trigger touched_{name}_delete after delete on main.{name} begin {deleted} end;",
            list = columns.join(", "),
            changed = changed.join(" or "),
            inserted = note("new", "null", &image("new")),
            updated = note("new", &image("old"), &image("new")),
            deleted = note("old", &image("old"), "null"),
        )
    }

    /// Watches one table of Postgres, for everyone who writes to it.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn watch_postgres(&self, connection: &mut PgConnection, table: &Table) -> sqlx::Result<()> {
        sqlx::raw_sql(sqlx::AssertSqlSafe(self.postgres_triggers(table))).execute(connection).await.map(drop)
    }

    /// What is inserted is noted by the statement, because leads come a hundred at a time; a trigger that names columns must
    /// be one of each row. None is dropped: that would lock out the connection that reads what is to be sealed.
    fn postgres_triggers(&self, table: &Table) -> String {
        let (name, columns) = (table.name, table.columns());
        let image = |row: &str| self.dialect.image(table, columns.iter().copied(), row);
        let note = |row: &str, old: &str, new: &str| {
            let (shard, key) = (self.dialect.shard(table, row), self.dialect.key(table, row));
            format!("cast(json_build_array('{name}', {shard}, {key}, {old}, {new}) as text) || chr(10)")
        };
        format!(
            "create or replace function touched_{name}() returns trigger language plpgsql as $$
             declare note text;
             begin
                 if tg_op = 'INSERT' then
                     select string_agg({inserted}, '') into note from added n;
                     if note is null then return null; end if;
                 elsif tg_op = 'DELETE' then
                     note := {deleted};
                 elsif {old} = {new} then
                     return null;
                 else
                     note := {updated};
                 end if;
                 perform set_config('{NOTE}', coalesce(current_setting('{NOTE}', true), '') || note, true);
                 return null;
             end $$;
             create or replace trigger touched_insert after insert on {name} referencing new table as added
                 for each statement execute function touched_{name}();
             create or replace trigger touched_update after update of {list} on {name}
                 for each row execute function touched_{name}();
             create or replace trigger touched_delete after delete on {name} for each row execute function touched_{name}();",
            list = columns.join(", "),
            inserted = note("n", "null", &image("n")),
            deleted = note("old", &image("old"), "null"),
            updated = note("new", &image("old"), &image("new")),
            old = image("old"),
            new = image("new"),
        )
    }

    /// Stops watching Postgres: a migration may drop a column that a trigger names.
    ///
    /// # Errors
    /// The database's.
    pub async fn unwatch_postgres(&self, connection: &mut PgConnection) -> sqlx::Result<()> {
        debug_assert!(matches!(self.dialect, Dialect::Postgres));
        for table in self.tables {
            let drop = format!("drop function if exists touched_{}() cascade", table.name);
            sqlx::raw_sql(sqlx::AssertSqlSafe(drop)).execute(&mut *connection).await?;
        }
        Ok(())
    }
}
