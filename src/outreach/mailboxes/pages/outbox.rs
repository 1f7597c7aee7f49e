//! What the built-in outbox took.

use axum::{
    extract::{Path, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{MAILBOXES, OUTBOX_PAGE};
use crate::{
    accounts::{Member, Right, audit},
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox::{self, MailboxKind},
            outbox::{self, OutboxMailId},
            outbox_answer::{self, OutboxAnswer, answers},
            view::outbox::{OutboxListPage, OutboxMailPage, RecipientForm},
        },
    },
    server::{
        app::App,
        error::AppError,
        form::Form,
        path::Id,
        query::{Before, Query},
    },
    ui::{Page, Section, Tone, leave_flash},
};

pub async fn list(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
    Query(Before(before)): Query<Before<OutboxMailId>>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let mails = outbox::mails(&mut tx, member.workspace, id, before, OUTBOX_PAGE).await?;
    let answer = answers(&mut tx, std::iter::once((member.workspace, id))).await?.remove(&id).unwrap_or_default();
    drop(tx);
    let answer = (mailbox.kind == MailboxKind::Outbox && member.role.may(Right::Connect)).then_some(answer);
    let (title, is_first) = (format!("Outbox of {}", mailbox.address), before.is_none());
    Ok(page
        .in_section(Section::Mailboxes)
        .render(&title, move || view! { <OutboxListPage mailbox mails is_first answer /> }))
}

/// Chooses what it answers to the next mails.
pub async fn choose(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let answer = OutboxAnswer::of_word(form.text("answer")).unwrap_or_default();
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    if !outbox_answer::choose(&mut tx, member.workspace, id, answer).await? {
        return Err(AppError::NotFound);
    }
    let (actor, label) = (audit::Actor::User(member.user), answer.label().0);
    audit::record(&mut tx, member.workspace, actor, "Chose what an outbox answers", &mailbox.address, label, at)
        .await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, &format!("To the next mails: {label}.")).await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}/outbox")))
}

pub async fn mail(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((id, mail)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let id: MailboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let mail: OutboxMailId = mail.parse().map_err(|_| AppError::NotFound)?;
    show_outbox_mail(&app, page, &member, (id, mail), RecipientForm::default()).await
}

/// The page of a mail, with what was typed into the forms of its recipient.
///
/// # Errors
/// [`AppError::NotFound`] for a mail of another outbox.
pub async fn show_outbox_mail(
    app: &App,
    page: Page,
    member: &Member,
    (id, mail): (MailboxId, OutboxMailId),
    form: RecipientForm,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let found = outbox::mail(&mut tx, member.workspace, id, mail).await?.ok_or(AppError::NotFound)?;
    drop(tx);
    let title = found.subject.clone();
    let own = app.config.public_url.clone();
    let form = member.role.may(Right::Outreach).then_some(form);
    Ok(page.in_section(Section::Mailboxes).render(&title, move || {
        view! { <OutboxMailPage mailbox id=mail mail=found own form /> }
    }))
}
