//! `fairlead secrets`: what the database keeps encrypted.

use clap::Subcommand;

use super::output::print;
use crate::{
    outreach::mailboxes::secrets::{Rotation, rotate_next},
    server::app::App,
    ui::plural,
};

#[derive(Debug, Subcommand)]
pub enum Secrets {
    /// Encrypt everything with the current FAIRLEAD_SECRET_KEY that one of FAIRLEAD_SECRET_KEYS_OLD encrypted: passwords and tokens of
    /// mailboxes, and the key of the suppression list. May be broken off and run again.
    Rotate,
}

pub async fn run(app: &App, what: &Secrets) -> anyhow::Result<()> {
    match what {
        Secrets::Rotate => rotate(app).await,
    }
}

async fn rotate(app: &App) -> anyhow::Result<()> {
    let (keys, mut rotation) = (app.config.encryption_keys(), Rotation::default());
    loop {
        let mut tx = app.db.write().await?;
        let more = rotate_next(&mut tx, &keys, &mut rotation).await?;
        tx.commit().await?;
        if !more {
            break;
        }
    }
    let count = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    // Opening the database has done it, or would have failed.
    print("The key of the suppression list is encrypted with the current key.")?;
    print(format_args!(
        "{} encrypted with the current key now, {} before.",
        plural(count(rotation.rotated), "secret of a mailbox was", "secrets of mailboxes were"),
        rotation.current
    ))?;
    if rotation.unreadable.is_empty() {
        return print("No secret needs an earlier key any more.");
    }
    let mailboxes: Vec<String> = rotation.unreadable.iter().map(ToString::to_string).collect();
    anyhow::bail!(
        "{} cannot be read with any key of FAIRLEAD_SECRET_KEY and FAIRLEAD_SECRET_KEYS_OLD. Add the key that is missing, or type \
         their passwords again. Mailboxes: {}",
        plural(count(mailboxes.len() as u64), "secret", "secrets"),
        mailboxes.join(", ")
    )
}
