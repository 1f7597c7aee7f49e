//! How far the schema of a database is, read without changing anything.

use std::{collections::BTreeSet, str::FromStr};

use sqlx::{
    Connection, PgConnection, SqliteConnection, migrate::Migrator, postgres::PgConnectOptions,
    sqlite::SqliteConnectOptions,
};

use super::{
    config::Config,
    db::{DATABASE_FILE, include_migrations},
};

/// The schema of a database, compared with the one that this program knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// `SQLite` or `Postgres`.
    pub kind: &'static str,
    /// Of the database server, or of the SQLite in this program.
    pub version: String,
    /// Migrations that were applied.
    pub applied: usize,
    /// Migrations that are still to come.
    pub missing: usize,
    /// Migrations that this program does not know.
    pub unknown: usize,
}

/// Reads how far the schema is. A database that does not exist yet has no migration.
///
/// # Errors
/// When the database cannot be reached or read.
pub async fn schema(config: &Config) -> anyhow::Result<Schema> {
    match &config.database_url {
        Some(url) => of_postgres(url).await,
        None => of_sqlite(config).await,
    }
}

async fn of_sqlite(config: &Config) -> anyhow::Result<Schema> {
    let file = config.data.join(DATABASE_FILE);
    let options = match file.exists() {
        true => SqliteConnectOptions::new().filename(&file).read_only(true),
        false => SqliteConnectOptions::from_str("sqlite::memory:")?,
    };
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let version = sqlx::query_scalar("select sqlite_version()").fetch_one(&mut connection).await?;
    let known: Option<String> = sqlx::query_scalar("select name from sqlite_master where name = '_sqlx_migrations'")
        .fetch_optional(&mut connection)
        .await?;
    let applied: Vec<i64> = match known {
        Some(_) => sqlx::query_scalar(APPLIED).fetch_all(&mut connection).await?,
        None => Vec::new(),
    };
    connection.close().await?;
    Ok(compared("SQLite", version, &applied, &include_migrations::sqlite()))
}

async fn of_postgres(url: &str) -> anyhow::Result<Schema> {
    let options = PgConnectOptions::from_str(url)?.application_name("fairlead");
    let mut connection = PgConnection::connect_with(&options).await?;
    let version = sqlx::query_scalar("select current_setting('server_version')").fetch_one(&mut connection).await?;
    let is_known: bool =
        sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null").fetch_one(&mut connection).await?;
    let applied: Vec<i64> = match is_known {
        true => sqlx::query_scalar(APPLIED).fetch_all(&mut connection).await?,
        false => Vec::new(),
    };
    connection.close().await?;
    Ok(compared("Postgres", version, &applied, &include_migrations::postgres()))
}

const APPLIED: &str = "select version from _sqlx_migrations where success order by version";

fn compared(kind: &'static str, version: String, applied: &[i64], known: &Migrator) -> Schema {
    let known: BTreeSet<i64> = known.iter().map(|migration| migration.version).collect();
    let there: BTreeSet<i64> = applied.iter().copied().collect();
    Schema {
        kind,
        version,
        applied: there.len(),
        missing: known.difference(&there).count(),
        unknown: there.difference(&known).count(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_database_that_is_not_there_has_everything_to_come_and_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().to_str().unwrap();
        let config = Config::parse(|name| (name == "FAIRLEAD_DATA").then(|| data.to_owned())).unwrap();
        let found = schema(&config).await.unwrap();
        assert_eq!((found.applied, found.unknown, found.missing), (0, 0, include_migrations::sqlite().iter().count()));
        assert!(!folder.path().join(DATABASE_FILE).exists());
    }

    #[test]
    fn migrations_are_compared_by_their_numbers() {
        let known = include_migrations::sqlite();
        let all: Vec<i64> = known.iter().map(|migration| migration.version).collect();
        let of = |applied: &[i64]| {
            let found = compared("SQLite", String::new(), applied, &known);
            (found.applied, found.missing, found.unknown)
        };
        assert_eq!(of(&all), (all.len(), 0, 0));
        assert_eq!(of(&all[1..]), (all.len() - 1, 1, 0));
        assert_eq!(of(&[&all[..], &[999_999]].concat()), (all.len() + 1, 0, 1));
    }
}
