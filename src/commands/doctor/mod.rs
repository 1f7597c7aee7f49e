//! `fairlead doctor`: looks at a live instance, and says what is well, what is not, and what to do.
//!
//! It only reads. Each area is a file that returns its findings; one that cannot be looked at is a finding itself.

mod configuration;
mod database;
mod finding;
mod index;
mod insights;
mod journal;
mod ledger;
mod mailboxes;
mod queues;
mod workers;

use anyhow::Context;
use clap::Args;

use self::finding::{Finding, Level};
use super::output::print;
use crate::{
    app,
    server::{clock::Clock, config::Config, db::Db, served_at},
    ui::plural,
};

/// Look at this instance: configuration, database, index, ledger, queues, counts, journal, mailboxes, workers. Ends with 1 when something is at fault.
#[derive(Debug, Args)]
pub struct Doctor {
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Something is at fault; what it is was printed.
#[derive(Debug, thiserror::Error)]
#[error("something is at fault")]
pub struct AtFault;

impl Doctor {
    /// Looks at everything and prints what was found.
    ///
    /// # Errors
    /// [`AtFault`] when a finding is a fault; what keeps the findings from being printed.
    pub async fn run(self) -> anyhow::Result<()> {
        let findings = findings().await;
        if self.json {
            print(serde_json::to_string_pretty(&findings).context("the findings as JSON")?)?;
        } else {
            findings.iter().try_for_each(print)?;
            print(summary(&findings))?;
        }
        if findings.iter().any(|finding| finding.level == Level::Fault) { Err(AtFault.into()) } else { Ok(()) }
    }
}

async fn findings() -> Vec<Finding> {
    let config = match Config::from_environment() {
        Ok(config) => served_at::recall(config),
        Err(error) => return vec![configuration::unreadable(&error)],
    };
    let mut findings = configuration::look(&config);
    findings.extend(database::disk(&config));
    let (schema, can_be_read) = database::schema(&config).await;
    findings.extend(schema);
    if !can_be_read {
        return findings;
    }
    match app::open_database(&config).await {
        Ok(db) => {
            findings.extend(inside(&config, &db).await);
            db.close().await;
        }
        Err(error) => findings.push(database::unopened(&error)),
    }
    findings
}

/// What is known of an instance whose database can be read.
async fn inside(config: &Config, db: &Db) -> Vec<Finding> {
    let now = config.clock_file.clone().map_or(Clock::System, Clock::following).now();
    let mut findings = Vec::new();
    let (workers, are_alive) = workers::look(db, now).await;
    findings.extend(index::look(config, db).await);
    findings.extend(ledger::look(db, now).await);
    findings.extend(queues::look(db, now).await);
    findings.extend(insights::look(db).await);
    findings.extend(journal::look(config, db).await);
    findings.extend(mailboxes::look(config, db, are_alive, now).await);
    findings.push(workers);
    findings
}

fn summary(findings: &[Finding]) -> String {
    let of = |level: Level| {
        i64::try_from(findings.iter().filter(|finding| finding.level == level).count()).unwrap_or(i64::MAX)
    };
    match (of(Level::Fault), of(Level::Warning)) {
        (0, 0) => "All is well.".to_owned(),
        (faults, warnings) => {
            format!("{}, {}.", plural(faults, "fault", "faults"), plural(warnings, "warning", "warnings"))
        }
    }
}
