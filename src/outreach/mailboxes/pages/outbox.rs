//! What the built-in outbox took.

use axum::{
    extract::{Path, State},
    response::Response,
};
use leptos::prelude::*;

use super::OUTBOX_PAGE;
use crate::{
    accounts::Member,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox,
            outbox::{self, OutboxMailId},
            view::outbox::{OutboxListPage, OutboxMailPage},
        },
    },
    server::{
        app::App,
        error::AppError,
        path::Id,
        query::{Before, Query},
    },
    ui::{Page, Section},
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
    drop(tx);
    let (title, is_first) = (format!("Outbox of {}", mailbox.address), before.is_none());
    Ok(page.in_section(Section::Mailboxes).render(&title, move || view! { <OutboxListPage mailbox mails is_first /> }))
}

pub async fn mail(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((id, mail)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let id: MailboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let mail: OutboxMailId = mail.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let mail = outbox::mail(&mut tx, member.workspace, id, mail).await?.ok_or(AppError::NotFound)?;
    drop(tx);
    let title = mail.subject.clone();
    let own = app.config.public_url.clone();
    Ok(page.in_section(Section::Mailboxes).render(&title, move || view! { <OutboxMailPage mailbox mail own /> }))
}
