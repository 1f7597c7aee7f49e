//! `fairlead credits`: operator grants, the balance, and the proof of the ledger.

use std::{
    fs::File,
    io::{IsTerminal, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Subcommand;

use super::output::{print, progress};
use crate::{
    accounts::WorkspaceId,
    credits::{
        self, Adjustment, Change, Credits, GRANT_MAX, Ledger,
        ledger::{anchor, verify::Difference},
    },
    proof,
    server::{app::App, db::Tx},
    topics,
    ui::{count_text, credits_text, plural},
};

/// Longest reason of a grant.
const REASON_CHARACTERS_MAX: usize = 200;

#[derive(Debug, Subcommand)]
pub enum Credit {
    /// Give credits to a workspace, with the reason that its members read on the statement.
    Grant {
        /// The workspace's id, or the email address of somebody in it.
        workspace: String,
        /// How many credits, for example 500.
        #[arg(allow_negative_numbers = true, value_parser = amount)]
        amount: Credits,
        /// Why, for example "Makes up for the outage of 3 May".
        #[arg(long, value_parser = reason)]
        reason: String,
        /// The same key grants once, however often the command runs.
        #[arg(long, value_parser = key)]
        key: Option<String>,
    },
    /// Show what a workspace has.
    Balance {
        /// The workspace's id, or the email address of somebody in it.
        workspace: String,
    },
    /// Replay every movement and report each number that is not what the movements say, and each row that was changed
    /// outside of Fairlead.
    Verify {
        /// Only this workspace: its id, or the email address of somebody in it.
        #[arg(long)]
        workspace: Option<String>,
        /// Also check that everything which this anchor names is still there.
        #[arg(long, value_name = "FILE", conflicts_with = "workspace")]
        anchor: Option<PathBuf>,
    },
    /// Print an anchor: the newest movement of each workspace, signed. Keep it elsewhere; `verify --anchor` finds what was cut
    /// off or written anew since.
    Anchor {
        /// Write it to this file instead.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
    },
}

fn amount(text: &str) -> Result<Credits, String> {
    Credits::parse(text, GRANT_MAX)
}

fn reason(text: &str) -> Result<String, String> {
    let reason = text.trim();
    if reason.is_empty() {
        return Err("Say why; the workspace reads it on its statement.".into());
    }
    if reason.chars().count() > REASON_CHARACTERS_MAX || reason.chars().any(char::is_control) {
        return Err(format!("Write one line of at most {REASON_CHARACTERS_MAX} characters."));
    }
    Ok(reason.to_owned())
}

fn key(text: &str) -> Result<String, String> {
    let fits = (1..=100).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic());
    if fits { Ok(text.to_owned()) } else { Err("Use 1 to 100 letters, digits and signs, without spaces.".into()) }
}

pub async fn run(app: &App, what: Credit) -> anyhow::Result<()> {
    match what {
        Credit::Grant { workspace, amount, reason, key } => grant(app, &workspace, amount, &reason, key).await,
        Credit::Balance { workspace } => balance(app, &workspace).await,
        Credit::Verify { workspace, anchor } => verify(app, workspace.as_deref(), anchor.as_deref()).await,
        Credit::Anchor { to } => write_anchor(app, to.as_deref()).await,
    }
}

/// The workspace that `text` names.
async fn find(tx: &mut Tx, text: &str) -> anyhow::Result<credits::WorkspaceBalance> {
    let id = match text.parse::<WorkspaceId>() {
        Ok(id) => id,
        Err(_) if text.contains('@') => {
            let email = text.trim().to_lowercase();
            credits::workspace_of_email(tx, &email)
                .await?
                .with_context(|| format!("no one has signed up as {email}"))?
        }
        Err(_) => bail!("“{text}” is neither the id of a workspace nor an email address"),
    };
    credits::workspace_balance(tx, id).await?.with_context(|| format!("there is no workspace {id}"))
}

async fn grant(app: &App, workspace: &str, amount: Credits, reason: &str, key: Option<String>) -> anyhow::Result<()> {
    let key = key.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let id = find(&mut app.db.read().await?, workspace).await?.id;
    let (change, reason, at) = (Change::Add, reason.to_owned(), app.clock.now());
    let adjustment = Adjustment { workspace: id, change, credits: amount, reason, operator: None, key, at };
    let is_new = app.of::<Ledger>().post(adjustment).await?;
    app.live.changed(&app.db, id.0, &[topics::CREDITS]).await;
    let after = find(&mut app.db.read().await?, workspace).await?;
    let available = credits_text(after.balance.available.get());
    if is_new {
        print(format_args!("Added {}. {} has {available} available.", credits_text(amount.get()), after.name))
    } else {
        print(format_args!("Nothing was added: this key granted before. {} has {available} available.", after.name))
    }
}

async fn balance(app: &App, workspace: &str) -> anyhow::Result<()> {
    let found = find(&mut app.db.read().await?, workspace).await?;
    let balance = found.balance;
    print(format_args!("{} ({})", found.name, found.id))?;
    for (name, amount) in [
        ("available", balance.available),
        ("held", balance.held),
        ("spent", balance.spent),
        ("expired", balance.expired),
    ] {
        print(format_args!("  {name:<10}{:>15}", count_text(amount.get())))?;
    }
    Ok(())
}

async fn write_anchor(app: &App, to: Option<&Path>) -> anyhow::Result<()> {
    let (mut tx, at) = (app.db.snapshot().await?, app.clock.now());
    let Some(path) = to else {
        let mut text = Vec::new();
        anchor::write_anchor(&mut tx, at, &mut text).await?;
        return print(String::from_utf8(text)?.trim_end());
    };
    let unwritable = || format!("the anchor {} cannot be written", path.display());
    let mut file = File::create(path).with_context(unwritable)?;
    let workspaces = anchor::write_anchor(&mut tx, at, &mut file).await.with_context(unwritable)?;
    file.flush().and_then(|()| file.sync_all()).with_context(unwritable)?;
    print(format_args!("Anchored {} in {}.", plural(workspaces, "workspace", "workspaces"), path.display()))
}

async fn verify(app: &App, workspace: Option<&str>, anchor: Option<&Path>) -> anyhow::Result<()> {
    let workspaces = match workspace {
        Some(text) => vec![find(&mut app.db.read().await?, text).await?.id],
        None => credits::verify::workspaces(&mut app.db.read().await?).await?,
    };
    let (started, mut seen) = (app.clock.now(), proof::Findings::default());
    let report = Report { shows_progress: std::io::stderr().is_terminal(), workspaces: workspaces.len() };
    for (done, id) in workspaces.iter().enumerate() {
        let movements = seen.movements;
        let tell = |rows: i64| report.progress(done, movements + rows);
        tell(0);
        let (rows, found) = proof::prove(app, *id, tell).await?;
        seen.add(rows, &found);
        report.differences(found)?;
    }
    if workspace.is_none() {
        let found = proof::prove_instance(&mut app.db.snapshot().await?).await?;
        seen.note(&found);
        report.differences(found)?;
    }
    if let Some(path) = anchor {
        let found = anchor::check_anchor(&mut app.db.snapshot().await?, || File::open(path))
            .await
            .with_context(|| format!("{} cannot be compared", path.display()))?;
        seen.note(&found);
        report.differences(found)?;
    }
    report.clear();
    if workspace.is_none() {
        let mut tx = app.db.write().await?;
        proof::record_command(&mut tx, &seen, started, app.clock.now()).await?;
        tx.commit().await?;
    }
    let workspaces = plural(seen.workspaces, "workspace", "workspaces");
    let transfers = plural(seen.movements, "movement", "movements");
    if seen.differences > 0 {
        bail!("{} in {workspaces} with {transfers}", plural(seen.differences, "difference", "differences"));
    }
    print(format_args!("Checked {workspaces} with {transfers}: every number is what the movements say."))?;
    if anchor.is_some() {
        print("Everything that the anchor names is there.")?;
    }
    Ok(())
}

/// What is shown while the proof is under way.
struct Report {
    shows_progress: bool,
    workspaces: usize,
}

impl Report {
    fn progress(&self, done: usize, movements: i64) {
        if self.shows_progress {
            let movements = plural(movements, "movement", "movements");
            progress(format_args!("\r{done} of {} workspaces, {movements}", self.workspaces));
        }
    }

    fn differences(&self, found: Vec<Difference>) -> anyhow::Result<()> {
        if self.shows_progress && !found.is_empty() {
            progress("\r");
        }
        found.into_iter().try_for_each(print)
    }

    fn clear(&self) {
        if self.shows_progress {
            progress(format_args!("\r{:60}\r", ""));
        }
    }
}
