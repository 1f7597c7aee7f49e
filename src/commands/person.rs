//! `fairlead person`: what the people that campaigns write to may ask for.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::output::print;
use crate::{
    email::Email,
    people::{self, Erased, Reach},
    server::app::App,
    suppression::SuppressionKeys,
};

/// How often, and how long, a mail that is leaving is waited for.
const PAUSE: Duration = Duration::from_secs(2);
const TRIES: usize = 90;

/// Answer the requests of a person: what is known of them, and erasing it.
#[derive(Debug, Subcommand)]
pub enum Person {
    /// Print everything that this instance knows of the person with ADDRESS, as JSON.
    Export { address: String },
    /// Erase the person with ADDRESS from the directory and all workspaces. They are never written to or imported again; figures and
    /// the ledger stay true.
    Erase { address: String },
}

pub async fn run(app: &App, what: &Person) -> anyhow::Result<()> {
    let (Person::Export { address } | Person::Erase { address }) = what;
    let email: Email = address.parse().with_context(|| format!("“{address}” is not an email address"))?;
    match what {
        Person::Export { .. } => {
            let mut tx = app.db.read().await?;
            let known = people::export(&mut tx, app.of::<SuppressionKeys>(), Reach::Instance, &email).await?;
            print(serde_json::to_string_pretty(&known)?)
        }
        Person::Erase { .. } => erase(app, &email).await,
    }
}

async fn erase(app: &App, email: &Email) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        let mut tx = app.db.write().await?;
        let erased =
            people::erase(&mut tx, app.of::<SuppressionKeys>(), Reach::Instance, email, app.clock.now()).await?;
        let Erased::Done(counts) = erased else {
            drop(tx);
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        tx.commit().await?;
        return print(format_args!("erased: {counts}"));
    }
    bail!("a mail to this person is leaving, and does not end; look at the mailboxes, then run this again")
}
