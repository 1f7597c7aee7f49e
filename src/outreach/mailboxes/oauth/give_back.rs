//! Giving a permission back when its mailbox is removed: the provider ends it then, whoever has a copy of the token.

use super::{
    client,
    connection::{connection, stored_tokens},
    provider::Provider,
};
use crate::{
    mail::sign_in::Secret,
    outreach::mailboxes::secrets::MailboxKey,
    server::{app::App, db::Tx},
};

/// What a mailbox may do at its provider.
#[derive(Debug)]
pub struct Permission {
    pub provider: Provider,
    refresh: Secret,
}

/// The permission of a mailbox, if it has signed in. Read it before the mailbox is removed, and give it back when that is committed.
///
/// # Errors
/// The database's. A token that cannot be decrypted is none.
pub async fn permission(app: &App, tx: &mut Tx, mailbox: MailboxKey) -> sqlx::Result<Option<Permission>> {
    let Some(connection) = connection(mailbox).read(tx).await? else { return Ok(None) };
    let tokens = stored_tokens(tx, &app.config.encryption_keys(), mailbox).await;
    let tokens = tokens.unwrap_or_else(|error| {
        tracing::warn!(error = format!("{error:#}"), "a permission cannot be given back");
        None
    });
    Ok(tokens.map(|tokens| Permission { provider: connection.provider, refresh: tokens.refresh }))
}

impl Permission {
    /// Gives it back beside whatever is done next. Returns whether the provider takes permissions back: at Microsoft, a person does that.
    pub fn give_back(self, app: &App) -> bool {
        if !client::can_revoke(app, self.provider) {
            return false;
        }
        let task = app.clone();
        app.jobs.tracker.spawn(async move {
            if let Err(fault) = client::revoke(&task, self.provider, &self.refresh).await {
                tracing::warn!(error = ?fault, "the permission of a removed mailbox could not be given back");
            }
        });
        true
    }
}
