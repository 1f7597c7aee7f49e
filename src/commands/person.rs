//! `fairlead person`: what the people that campaigns write to may ask for.

use std::time::Duration;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::output::print;
use crate::{
    accounts::audit,
    email::Email,
    people::{self, By, Erased, Reach},
    server::{app::App, db::retried},
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
            let mut tx = app.db.snapshot().await?;
            let known = people::export(&mut tx, app.of::<SuppressionKeys>(), Reach::Instance, &email).await?;
            print(serde_json::to_string_pretty(&known)?)
        }
        Person::Erase { .. } => erase(app, &email).await,
    }
}

async fn erase(app: &App, email: &Email) -> anyhow::Result<()> {
    for _ in 0..TRIES {
        let Erased::Done(done) = retried(|| erase_once(app, email)).await? else {
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        people::tell(app, &done.touched).await;
        return print(format_args!("erased: {}", done.counts));
    }
    bail!("a mail to this person is leaving, and does not end; look at the mailboxes, then run this again")
}

async fn erase_once(app: &App, email: &Email) -> sqlx::Result<Erased> {
    let (keys, wanted) = (app.of::<SuppressionKeys>(), (Reach::Instance, By::Actor(audit::Actor::Operator(None))));
    let mut tx = app.db.write().await?;
    let erased = people::erase(&mut tx, keys, wanted, email, app.clock.now()).await?;
    if matches!(erased, Erased::Done(_)) {
        tx.commit().await?;
    }
    Ok(erased)
}
