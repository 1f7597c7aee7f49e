//! Which rows are sealed, and how each database writes one as text.

use std::collections::HashSet;

use sqlx::{Sqlite, SqliteConnection};

/// A table whose rows are protected against changes from outside.
#[derive(Debug)]
pub struct Table {
    pub name: &'static str,
    /// Raised by a migration that rewrites sealed columns: what it wrote is sealed anew at the next start.
    pub revision: u32,
    /// The column with the workspace. Without one, all rows of the table share one total.
    pub shard: Option<&'static str>,
    /// What identifies a row within its workspace.
    pub key: &'static [Key],
    /// The columns that every change from outside is noticed in, beside the workspace and the key.
    pub sealed: &'static [&'static str],
    /// The other columns, with the reason.
    pub elsewhere: &'static [(&'static str, &'static str)],
}

/// A column of a key.
#[derive(Debug, Clone, Copy)]
pub enum Key {
    Id(&'static str),
    Number(&'static str),
    Text(&'static str),
}

impl Key {
    pub fn column(self) -> &'static str {
        match self {
            Self::Id(column) | Self::Number(column) | Self::Text(column) => column,
        }
    }
}

impl Table {
    /// The workspace, the key, and what is sealed with them.
    pub fn columns(&self) -> Vec<&'static str> {
        let key = self.key.iter().map(|key| key.column());
        self.shard.into_iter().chain(key).chain(self.sealed.iter().copied()).collect()
    }

    /// What seals depend on: when it changes, the rows are sealed anew.
    pub fn layout(&self) -> String {
        format!("{}:{}", self.revision, self.columns().join(","))
    }
}

/// How rows are written as text. The text only has to be the same each time in one database.
#[derive(Debug, Clone)]
pub enum Dialect {
    /// With the columns that hold bytes, as `table.column`.
    Sqlite {
        bytes: HashSet<String>,
    },
    Postgres,
}

impl Dialect {
    /// Reads from the schema which columns hold bytes.
    ///
    /// # Errors
    /// The database's.
    pub async fn of_sqlite(connection: &mut SqliteConnection, tables: &[Table]) -> sqlx::Result<Self> {
        let mut bytes = HashSet::new();
        for table in tables {
            let columns: Vec<String> =
                sqlx::query_scalar::<Sqlite, _>("select name from pragma_table_info($1) where type = 'BLOB'")
                    .bind(table.name)
                    .fetch_all(&mut *connection)
                    .await?;
            bytes.extend(columns.iter().map(|column| format!("{}.{column}", table.name)));
        }
        Ok(Self::Sqlite { bytes })
    }

    /// The columns of `row` (`new`, `old`, an alias) as one text. Neither `quote` nor `json_array` alone would do in SQLite:
    /// the one ends a text at a NUL, the other takes no bytes.
    pub fn image<'a>(&self, table: &Table, columns: impl IntoIterator<Item = &'a str>, row: &str) -> String {
        let columns: Vec<String> = columns
            .into_iter()
            .map(|column| match self {
                Self::Sqlite { bytes } if bytes.contains(&format!("{}.{column}", table.name)) => {
                    format!("quote({row}.{column})")
                }
                _ => format!("{row}.{column}"),
            })
            .collect();
        match self {
            Self::Sqlite { .. } => format!("json_array({})", columns.join(", ")),
            Self::Postgres => format!("cast(row({}) as text)", columns.join(", ")),
        }
    }

    /// The key of `row`, as the text of a JSON array.
    pub fn key(&self, table: &Table, row: &str) -> String {
        let columns = table.key.iter().map(|key| match (self, key) {
            (Self::Sqlite { .. }, Key::Id(column)) => format!("lower(hex({row}.{column}))"),
            (_, key) => format!("{row}.{}", key.column()),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        match self {
            Self::Sqlite { .. } => format!("json_array({columns})"),
            Self::Postgres => format!("cast(json_build_array({columns}) as text)"),
        }
    }

    /// The workspace of `row`.
    pub fn shard(&self, table: &Table, row: &str) -> String {
        match (table.shard, self) {
            (Some(column), _) => format!("{row}.{column}"),
            (None, Self::Sqlite { .. }) => "zeroblob(16)".into(),
            (None, Self::Postgres) => "cast('00000000-0000-0000-0000-000000000000' as uuid)".into(),
        }
    }

    /// Whether `row` is the one that the seal `seal` is of.
    pub fn is_of(&self, table: &Table, row: &str, seal: &str) -> String {
        let text = |index: usize| match self {
            Self::Sqlite { .. } => format!("({seal}.row_key ->> {index})"),
            Self::Postgres => format!("(cast({seal}.row_key as jsonb) ->> {index})"),
        };
        let shard = table.shard.map(|column| format!("{row}.{column} = {seal}.shard"));
        let key = table.key.iter().enumerate().map(|(index, key)| match key {
            Key::Id(column) => format!("{row}.{column} = unhex({}, '-')", text(index)),
            Key::Number(column) => format!("{row}.{column} = cast({} as bigint)", text(index)),
            Key::Text(column) => format!("{row}.{column} = {}", text(index)),
        });
        shard.into_iter().chain(key).collect::<Vec<_>>().join(" and ")
    }
}
