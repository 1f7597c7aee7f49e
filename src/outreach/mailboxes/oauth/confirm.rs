//! A member confirms the account that signed in: a new mailbox, or the one that signs in again.

use super::{
    answered::{self, Answered},
    connection::{self, Connection, SignedIn},
    provider::Provider,
};
use crate::{
    accounts::{Member, WorkspaceId},
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            account::AccountRow,
            mailbox::{self, Mailbox, MailboxSettings, MailboxState},
            secrets::{self, SecretPart},
            state,
        },
    },
    server::{app::App, db::Tx, error::AppError},
};

/// Whether `signed_in` is the account that `mailbox` is of: the one that signed in before, or the one of its address.
pub fn is_same_account(mailbox: &Mailbox, known: Option<&Connection>, signed_in: &SignedIn) -> bool {
    let is_address = |text: &str| text.eq_ignore_ascii_case(&mailbox.address);
    known.is_some_and(|known| known.subject == signed_in.account.subject)
        || is_address(&signed_in.account.user)
        || is_address(&signed_in.account.address)
}

/// Adds the mailbox of a sign-in, as a draft. The sign-in is used up.
///
/// # Errors
/// [`AppError::NotFound`] when it was used already; as for [`mailbox::add`].
pub async fn add(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    (answered, signed_in): (&Answered, &SignedIn),
    settings: &MailboxSettings,
) -> Result<MailboxId, AppError> {
    take(tx, member.workspace, answered).await?;
    let (kind, at) = (answered.provider.kind(), app.clock.now());
    let by = (member.workspace, member.user);
    let id = mailbox::add(tx, by, kind, settings, at).await?;
    let keys = app.config.encryption_keys();
    connection::connect(tx, &keys, (member.workspace, id), (answered.provider, signed_in), at).await?;
    Ok(id)
}

/// Signs a mailbox in with this account from now on. With the account that it had it sends again; with another one it has to pass its
/// test, which asks the provider whether the account may send from the mailbox's address. Returns whether it needs no test.
///
/// # Errors
/// [`AppError::NotFound`] when the sign-in was used already, or the mailbox has just been removed.
pub async fn sign_in_again(
    app: &App,
    tx: &mut Tx,
    mailbox: &Mailbox,
    (workspace, answered, signed_in): (WorkspaceId, &Answered, &SignedIn),
) -> Result<bool, AppError> {
    take(tx, workspace, answered).await?;
    let (key, at) = ((workspace, mailbox.id), app.clock.now());
    let known = connection::connection(key).read(tx).await?;
    let is_known = mailbox.kind == answered.provider.kind() && is_same_account(mailbox, known.as_ref(), signed_in);
    move_to_provider(tx, mailbox, workspace, (answered.provider, &signed_in.account.user)).await?;
    connection::connect(tx, &app.config.encryption_keys(), key, (answered.provider, signed_in), at).await?;
    if is_known {
        state::recover(tx, key, at).await?;
    } else {
        state::to_draft(tx, key, at).await?;
    }
    Ok(is_known && mailbox.state != MailboxState::Draft)
}

/// A mailbox that had a password signs in at the servers of its provider, and its password goes.
async fn move_to_provider(
    tx: &mut Tx,
    mailbox: &Mailbox,
    workspace: WorkspaceId,
    (provider, user): (Provider, &str),
) -> Result<(), AppError> {
    let account = AccountRow::of(Some(&provider.account(user)));
    let moved = on!(&mut *tx, c => sqlx::query(
        "update mailboxes set kind = $3, smtp_host = $4, smtp_port = $5, smtp_security = $6, smtp_user = $7, imap_host = $8,
             imap_port = $9, imap_security = $10, imap_user = $11
         where workspace_id = $1 and id = $2 and state <> 'removed'")
        .bind(workspace).bind(mailbox.id).bind(provider.kind())
        .bind(account.smtp_host).bind(account.smtp_port).bind(account.smtp_security).bind(account.smtp_user)
        .bind(account.imap_host).bind(account.imap_port).bind(account.imap_security).bind(account.imap_user)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if moved == 0 {
        return Err(AppError::NotFound);
    }
    for part in [SecretPart::Smtp, SecretPart::Imap] {
        secrets::forget(tx, (workspace, mailbox.id), part).await?;
    }
    Ok(())
}

async fn take(tx: &mut Tx, workspace: WorkspaceId, answered: &Answered) -> Result<(), AppError> {
    if answered::use_up(tx, workspace, answered.id).await? { Ok(()) } else { Err(AppError::NotFound) }
}
