//! `fairlead backup`: a copy of the database, also beside a running server.

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::output::print;
use crate::server::{config::Config, db::DATABASE_FILE};

/// Copy the SQLite database into FILE, as it is at one moment. A server may run. Keep the secret key, and the journal of opt-outs, elsewhere.
#[derive(Debug, Args)]
pub struct Backup {
    pub(super) file: PathBuf,
}

impl Backup {
    /// Makes the copy.
    ///
    /// # Errors
    /// When there is nothing to copy, or something at FILE already; the database's.
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        if config.database_url.is_some() {
            bail!("this instance keeps its data in Postgres. Copy it with pg_dump");
        }
        let database = config.data.join(DATABASE_FILE);
        ensure!(database.exists(), "there is no database {}", database.display());
        ensure!(!self.file.exists(), "{} is there already", self.file.display());
        let file = self.file.to_str().context("the name of the file is no text")?;
        let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(&database)).await?;
        let copied = sqlx::query("vacuum into $1").bind(file).execute(&mut connection).await;
        connection.close().await?;
        copied.with_context(|| format!("the copy {file} cannot be written"))?;
        std::fs::File::open(&self.file)?.sync_all()?;
        print(format_args!("copied: {file}"))
    }
}
