//! The key that a mailbox signs with: made, pasted, removed.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    signing,
    signing_view::{SigningForm, SigningPage},
};
use crate::{
    accounts::{Member, Right, audit},
    mail::dkim::{Algorithm, Signer, SigningKey},
    outreach::{
        ids::MailboxId,
        mailboxes::mailbox::{self, Mailbox, MailboxKind},
    },
    server::{app::App, db::Tx, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let form = SigningForm::new(app.clock.now());
    show_with(&app, page, &member, id, form).await
}

async fn show_with(
    app: &App,
    page: Page,
    member: &Member,
    id: MailboxId,
    form: SigningForm,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let mailbox = signing_mailbox(&mut tx, member, id).await?;
    let key = signing::published(&mut tx, (member.workspace, id)).await?;
    drop(tx);
    let title = format!("Signature of {}", mailbox.address);
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render(&title, move || view! { <SigningPage mailbox key form /> }))
}

/// A mailbox whose own server may leave signing to us.
async fn signing_mailbox(tx: &mut Tx, member: &Member, id: MailboxId) -> Result<Mailbox, AppError> {
    let mailbox = mailbox::mailbox(tx, member.workspace, id).await?;
    if mailbox.kind == MailboxKind::Smtp { Ok(mailbox) } else { Err(AppError::NotFound) }
}

/// Makes a key, or takes the one that was pasted.
pub(super) async fn sign(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let typed = SigningForm::typed(&form);
    let wanted = match typed.parse(&form) {
        Ok(wanted) => wanted,
        Err(errors) => return show_with(&app, page.invalid(), &member, id, SigningForm { errors, ..typed }).await,
    };
    let key = match wanted.key {
        Some(key) => key,
        None => made(wanted.algorithm).await?,
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = signing_mailbox(&mut tx, &member, id).await?;
    let signer = Signer { domain: mailbox.domain, selector: wanted.selector, key };
    signing::keep(&mut tx, &app.config.encryption_keys(), (member.workspace, id), &signer, at).await?;
    let (actor, name) = (audit::Actor::User(member.user), Signer::record_name(&signer.domain, &signer.selector));
    audit::record(&mut tx, member.workspace, actor, "Set a signing key", &mailbox.address, &name, at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, "Mails of this mailbox are signed from now on. Publish the record.").await?;
    Ok(Redirect::to(&address(id)).into_response())
}

async fn made(algorithm: Algorithm) -> anyhow::Result<SigningKey> {
    tokio::task::spawn_blocking(move || SigningKey::make(algorithm)).await?
}

pub(super) async fn remove(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = signing_mailbox(&mut tx, &member, id).await?;
    signing::forget(&mut tx, (member.workspace, id), at).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Removed a signing key", &mailbox.address, "", at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, "The key was removed. Fairlead no longer signs mails of this mailbox.").await?;
    Ok(Redirect::to(&address(id)))
}

fn address(id: MailboxId) -> String {
    format!("/settings/mailboxes/{id}/signing")
}
