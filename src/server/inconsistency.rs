//! Rows that must exist and do not.

use std::fmt::Display;

use uuid::Uuid;

use super::{db::Tx, error::AppError};
use crate::on;

/// Stored data that contradicts itself: a row that other rows rely on is missing, or says something they rule out. Never the
/// fault of who asks, so it is no "not found": it is logged with an id and answered 500.
///
/// Functions that only fail with the database's errors pass it on as one of those; [`AppError`](super::error::AppError)
/// finds it there again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("inconsistent data: table {table}, column {column}, row {row}")]
pub struct Inconsistency {
    pub table: &'static str,
    /// What the row was looked for by, or the column that contradicts the rest.
    pub column: &'static str,
    /// What that column should hold, or the key of the row.
    pub row: String,
}

impl Inconsistency {
    pub fn new(table: &'static str, column: &'static str, row: impl Display) -> Self {
        Self { table, column, row: row.to_string() }
    }

    /// Makes sure that a statement about one row changed it.
    ///
    /// # Errors
    /// The inconsistency when no row, or more than one, was changed.
    pub fn unless_one(
        rows_affected: u64,
        table: &'static str,
        column: &'static str,
        row: impl Display,
    ) -> Result<(), Self> {
        if rows_affected == 1 { Ok(()) } else { Err(Self::new(table, column, row)) }
    }

    /// Logs it under an id, which is all that is shown of it.
    pub fn log(&self) -> Uuid {
        let id = Uuid::new_v4();
        let Self { table, column, row } = self;
        tracing::error!(%id, table, column, row, "inconsistent data");
        id
    }

    /// The inconsistency that `error` passes on.
    ///
    /// # Errors
    /// `error` as it was, when it is another one.
    pub fn within(error: sqlx::Error) -> Result<Self, sqlx::Error> {
        match error {
            sqlx::Error::Decode(source) => source.downcast().map(|it| *it).map_err(sqlx::Error::Decode),
            other => Err(other),
        }
    }
}

impl From<Inconsistency> for sqlx::Error {
    fn from(inconsistency: Inconsistency) -> Self {
        // What sqlx says of rows that do not hold what they should.
        Self::Decode(Box::new(inconsistency))
    }
}

/// What to say when a row was not found together with the rows that it names: that it does not exist; or, when it does, that
/// one of those is missing. `names` are the columns that name them, `workspace` is the tenant of the row.
pub async fn not_found(
    tx: &mut Tx,
    table: &'static str,
    names: &'static str,
    workspace: Option<Uuid>,
    id: Uuid,
) -> AppError {
    let sql = format!("select count(*) from {table} where id = $1 and ($2 is null or workspace_id = $2)");
    let rows: sqlx::Result<i64> =
        on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).bind(id).bind(workspace).fetch_one(c).await);
    match rows {
        Ok(0) => AppError::NotFound,
        Ok(_) => Inconsistency::new(table, names, id).into(),
        Err(error) => error.into(),
    }
}
