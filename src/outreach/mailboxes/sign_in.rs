//! What a mailbox signs in with.

use super::{
    account::account,
    oauth::{self, AccessFault, Provider},
    secrets::{self, MailboxKey, SecretPart},
};
use crate::{
    accounts::WorkspaceId,
    mail::sign_in::SignIn,
    on,
    outreach::{ids::MailboxId, mailboxes::mailbox::MailboxKind},
    server::app::App,
};

/// Which of the two servers of a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    Smtp,
    Imap,
}

/// Why a mailbox cannot sign in before a server was asked.
#[derive(Debug, thiserror::Error)]
pub enum SignInFault {
    /// No password is stored.
    #[error("no password is stored")]
    NoPassword,
    /// It has not signed in at Google or Microsoft yet.
    #[error("the permission of the provider is missing")]
    NoPermission,
    /// Google or Microsoft gave no token, in a sentence. The mailbox is failing or rests because of it: its state says so already.
    #[error("{0}")]
    NoToken(String),
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<sqlx::Error> for SignInFault {
    fn from(error: sqlx::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<AccessFault> for SignInFault {
    fn from(fault: AccessFault) -> Self {
        match fault {
            AccessFault::NotSignedIn => Self::NoPermission,
            AccessFault::Internal(error) => Self::Internal(error),
            AccessFault::Provider(..) => Self::NoToken(fault.to_string()),
        }
    }
}

/// What to sign in with after a server refused `refused`: another token, because one may end before its time. `None`: a password is what
/// it is.
///
/// # Errors
/// [`SignInFault`] when there is no other token.
pub async fn renewed(app: &App, mailbox: MailboxKey, refused: &SignIn) -> Result<Option<SignIn>, SignInFault> {
    let SignIn::Bearer { token, .. } = refused else { return Ok(None) };
    let (user, token) = oauth::access_after_refusal(app, mailbox, token).await?;
    Ok(Some(SignIn::Bearer { user, token }))
}

/// What to sign in with at the mailbox's server for this protocol.
///
/// # Errors
/// What is missing; and failures on our side.
pub async fn sign_in(
    app: &App,
    workspace: WorkspaceId,
    mailbox: MailboxId,
    protocol: Protocol,
) -> Result<SignIn, SignInFault> {
    let mut tx = app.db.read().await?;
    let kind: MailboxKind = on!(&mut tx, c => sqlx::query_scalar(
        "select kind from mailboxes where workspace_id = $1 and id = $2")
        .bind(workspace).bind(mailbox).fetch_one(c).await)?;
    if Provider::of_kind(kind).is_some() {
        drop(tx);
        let (user, token) = oauth::access(app, (workspace, mailbox)).await?;
        return Ok(SignIn::Bearer { user, token });
    }
    let account = account(&mut tx, workspace, mailbox).await?;
    let keys = app.config.encryption_keys();
    let (user, own) = match protocol {
        Protocol::Smtp => (account.smtp_user, None),
        Protocol::Imap => {
            (account.imap_user, secrets::read(&mut tx, &keys, (workspace, mailbox), SecretPart::Imap).await?)
        }
    };
    let password = match own {
        Some(password) => password,
        None => secrets::read(&mut tx, &keys, (workspace, mailbox), SecretPart::Smtp)
            .await?
            .ok_or(SignInFault::NoPassword)?,
    };
    Ok(SignIn::Password { user, password })
}
