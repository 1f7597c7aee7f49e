//! `fairlead restore`: a database from an earlier day, and what people asked for since.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use clap::Args;
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

use super::output::print;
use crate::{
    accounts,
    app::{
        self,
        journal::{Found, stop, take_over_from},
    },
    outreach::progress::operator::PutBack,
    server::{
        app::App,
        config::Config,
        db::{DATABASE_FILE, is_contention},
    },
    suppression::{
        SuppressionKeys,
        journal::{Journal, TakenOver},
    },
    ui::plural,
};

/// Put COPY of the SQLite database in the place of the present one, which is kept beside it, and take over the opt-outs since from the
/// journal. Without COPY, only the journal is taken over: after a Postgres database was put back, and beside a running server.
/// All sending is stopped afterwards, until an operator lets it continue on /admin/sending.
#[derive(Debug, Args)]
pub struct Restore {
    copy: Option<PathBuf>,
    /// The journal of opt-outs. Without it: the one that FAIRLEAD_JOURNAL names, or opt-outs.journal in the data folder.
    #[arg(long)]
    journal: Option<PathBuf>,
}

impl Restore {
    /// Does it, and prints what was found.
    ///
    /// # Errors
    /// When a server uses the database, when COPY is none, when the journal cannot be read.
    pub async fn run(self, config: Config) -> anyhow::Result<()> {
        if let Some(journal) = &self.journal {
            ensure!(journal.is_file(), "there is no journal {}", journal.display());
        }
        let is_put_back = self.copy.is_some();
        if let Some(copy) = &self.copy {
            if config.database_url.is_some() {
                bail!(
                    "this instance keeps its data in Postgres. Put the copy back with pg_restore, then run this without it"
                );
            }
            put_back(copy, &config.data).await?;
        }
        let path = self.journal.unwrap_or_else(|| config.journal.clone());
        let app = app::open(config).await?;
        let done = from_journal(&app, path, is_put_back).await;
        app::finish(&app).await;
        done
    }
}

async fn from_journal(app: &App, path: PathBuf, is_put_back: bool) -> anyhow::Result<()> {
    accounts::record_command(app, "Ran fairlead restore").await?;
    let shown = path.display().to_string();
    let journal = Journal::new(path, app.of::<SuppressionKeys>().clone());
    let found = take_over_from(app, &journal).await?;
    if is_put_back {
        // Whatever the journal said: what left since the copy is not known.
        let mut tx = app.db.write().await?;
        stop(app, &mut tx, PutBack::JournalMissing).await?;
        tx.commit().await?;
    }
    match found {
        Found::PutBack(taken_over) => print(of(taken_over))?,
        Found::Current | Found::Missing => {
            print(format_args!("The journal {shown} holds nothing that this database does not know."))?;
        }
    }
    if is_put_back || matches!(found, Found::PutBack(_)) {
        print("All sending is stopped. An operator reads why on /admin/sending, and lets it continue there.")?;
    }
    Ok(())
}

fn of(taken_over: TakenOver) -> String {
    let count = |count: u64, one: &str, many: &str| plural(i64::try_from(count).unwrap_or(i64::MAX), one, many);
    format!(
        "Taken over: {} added, {} taken off, {}.",
        count(taken_over.added, "entry of a suppression list", "entries of suppression lists"),
        taken_over.removed,
        count(taken_over.objections, "objection", "objections"),
    )
}

/// Puts a copy in the place of the database.
async fn put_back(copy: &Path, data: &Path) -> anyhow::Result<()> {
    let wrong = || format!("{} is no copy of a Fairlead database", copy.display());
    ensure!(copy.is_file(), wrong());
    fs::create_dir_all(data)?;
    let database = data.join(DATABASE_FILE);
    if database.exists() {
        close(&database).await?;
    }
    // Complete and looked at before it takes the place, so that a full disk or a wrong file costs nothing.
    let arriving = data.join("fairlead.db.arriving");
    fs::copy(copy, &arriving).with_context(|| format!("{} cannot be copied", copy.display()))?;
    if let Err(fault) = check(&arriving).await {
        fs::remove_file(&arriving)?;
        return Err(fault.context(wrong()));
    }
    fs::File::open(&arriving)?.sync_all()?;
    if database.exists() {
        let kept = free_name(data);
        // Under both names, so that a process that ends here leaves a database in its place. Not every file system has a second name.
        fs::hard_link(&database, &kept).or_else(|_| fs::rename(&database, &kept))?;
        print(format_args!("The present database is kept: {}", kept.display()))?;
    }
    fs::rename(&arriving, &database)?;
    fs::File::open(data)?.sync_all()?;
    print(format_args!("Put back: {}", copy.display()))
}

/// The first name that is free for what was there.
fn free_name(data: &Path) -> PathBuf {
    let names = (1..).map(|number| data.join(format!("fairlead.db.before-restore-{number}")));
    names.into_iter().find(|name| !name.exists()).unwrap_or_else(|| data.join("fairlead.db.before-restore"))
}

/// Whether this file is a sound database with our migrations.
async fn check(copy: &Path) -> anyhow::Result<()> {
    let options = SqliteConnectOptions::new().filename(copy);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let sound: String = sqlx::query_scalar("pragma quick_check(1)").fetch_one(&mut connection).await?;
    let migrations: i64 =
        sqlx::query_scalar("select count(*) from _sqlx_migrations where success").fetch_one(&mut connection).await?;
    connection.close().await?;
    ensure!(sound == "ok", "it is damaged: {sound}");
    ensure!(migrations > 0, "it is empty");
    Ok(())
}

/// Writes the log of the present database back into its file, which only works while nothing else uses it.
async fn close(database: &Path) -> anyhow::Result<()> {
    let in_use = || format!("{} is in use. Stop the server first", database.display());
    let options = SqliteConnectOptions::new().filename(database).busy_timeout(std::time::Duration::from_secs(1));
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mode: sqlx::Result<String> =
        sqlx::query_scalar("pragma journal_mode = delete").fetch_one(&mut connection).await;
    connection.close().await?;
    match mode {
        Ok(mode) if mode == "delete" => Ok(()),
        Ok(_) => bail!(in_use()),
        Err(error) if is_contention(&error) => bail!(in_use()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::journal::write,
        commands::backup::Backup,
        on,
        suppression::{object, objected},
    };

    fn config(data: &Path, journal: &Path) -> Config {
        let (data, journal) = (data.to_str().unwrap().to_owned(), journal.to_str().unwrap().to_owned());
        Config::parse(|name| match name {
            "FAIRLEAD_DATA" => Some(data.clone()),
            "FAIRLEAD_JOURNAL" => Some(journal.clone()),
            _ => None,
        })
        .unwrap()
    }

    /// A person objects, and a server writes it into the journal.
    async fn opt_out(app: &App, address: &str) {
        let mut tx = app.db.write().await.unwrap();
        object(&mut tx, app.of(), &address.parse().unwrap(), app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        write(app).await.unwrap();
    }

    /// Whether the person is known to have objected, and why all sending is stopped.
    async fn standing(config: &Config, address: &str) -> (bool, Option<String>) {
        let app = app::open(config.clone()).await.unwrap();
        let mut tx = app.db.read().await.unwrap();
        let key = app.of::<SuppressionKeys>().canonical(&address.parse().unwrap());
        let known = !objected(&mut tx, &[key]).await.unwrap().is_empty();
        let code =
            on!(&mut tx, c => sqlx::query_scalar("select code from sending_stop").fetch_optional(c).await).unwrap();
        drop(tx);
        app::finish(&app).await;
        (known, code)
    }

    async fn restore(config: &Config, copy: Option<&Path>, journal: Option<&Path>) -> anyhow::Result<()> {
        let (copy, journal) = (copy.map(Path::to_owned), journal.map(Path::to_owned));
        Restore { copy, journal }.run(config.clone()).await
    }

    #[tokio::test]
    async fn a_copy_that_is_put_back_learns_from_the_journal_who_opted_out_since() {
        let folder = tempfile::tempdir().unwrap();
        let (data, copy) = (folder.path().join("data"), folder.path().join("copy.db"));
        let (journal, lost) = (folder.path().join("kept.journal"), folder.path().join("lost.journal"));
        let (config, without) = (config(&data, &journal), config(&data, &lost));
        let app = app::open(config.clone()).await.unwrap();
        opt_out(&app, "early@acme.example").await;
        let backup = || Backup { file: copy.clone() }.run(&config);
        backup().await.unwrap();
        assert!(backup().await.unwrap_err().to_string().contains("is there already"));
        opt_out(&app, "uma@acme.example").await;
        opt_out(&app, "bo@acme.example").await;
        let in_use = restore(&config, Some(&copy), None).await.unwrap_err().to_string();
        assert!(in_use.contains("Stop the server first"), "{in_use}");
        app::finish(&app).await;
        assert_eq!(standing(&config, "uma@acme.example").await, (true, None), "nothing was changed");

        restore(&config, Some(&copy), None).await.unwrap();
        let taken_over = Some("journal_taken_over".to_owned());
        for address in ["early@acme.example", "uma@acme.example", "bo@acme.example"] {
            assert_eq!(standing(&config, address).await, (true, taken_over.clone()), "{address}");
        }
        assert!(data.join("fairlead.db.before-restore-1").exists(), "the database from before is kept");

        restore(&without, Some(&copy), None).await.unwrap();
        assert_eq!(standing(&without, "uma@acme.example").await, (false, Some("journal_missing".to_owned())));
        restore(&without, None, Some(&journal)).await.unwrap();
        assert_eq!(standing(&without, "uma@acme.example").await, (true, taken_over), "it was found after all");
        assert!(restore(&without, None, Some(&lost)).await.unwrap_err().to_string().contains("there is no journal"));
    }

    #[tokio::test]
    async fn a_file_that_is_no_copy_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (data, wrong) = (folder.path().join("data"), folder.path().join("letter.txt"));
        let config = config(&data, &folder.path().join("kept.journal"));
        let app = app::open(config.clone()).await.unwrap();
        opt_out(&app, "uma@acme.example").await;
        app::finish(&app).await;
        std::fs::write(&wrong, "Dear Uma").unwrap();
        for copy in [wrong, folder.path().join("nothing.db")] {
            let refused = restore(&config, Some(&copy), None).await.unwrap_err().to_string();
            assert!(refused.contains("is no copy of a Fairlead database"), "{refused}");
        }
        assert_eq!(standing(&config, "uma@acme.example").await, (true, None));
    }
}
