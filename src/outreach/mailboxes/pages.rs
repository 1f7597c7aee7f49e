//! Settings › Mailboxes.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    check,
    form::MailboxForm,
    mailbox::{self, MAILBOXES_MAX, MailboxKind},
    outbox::{self, OutboxMailId},
    today,
    view::{MailboxPage, MailboxesPage, NewMailboxPage, OutboxListPage, OutboxMailPage},
};
use crate::{
    accounts::{Member, Right, audit},
    outreach::{ids::MailboxId, sending},
    server::{
        app::App,
        error::AppError,
        form::Form,
        path::Id,
        query::{Before, Query},
    },
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(super) const MAILBOXES: &str = "/settings/mailboxes";
/// Mails on one page of an outbox.
pub(super) const OUTBOX_PAGE: i64 = 50;

pub(super) async fn list(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let mailboxes = mailbox::mailboxes(&mut tx, member.workspace).await?;
    let today = today::today(&mut tx, member.workspace, &mailboxes, app.clock.now()).await?;
    drop(tx);
    let (may_connect, outbox_allowed) = (member.role.may(Right::Connect), !app.config.is_production());
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render("Mailboxes", move || view! { <MailboxesPage mailboxes today may_connect outbox_allowed /> }))
}

pub(super) async fn new(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let form = MailboxForm::new_outbox(&member.email, &member.name);
    new_page(&app, page, form)
}

fn new_page(app: &App, page: Page, form: MailboxForm) -> Result<Response, AppError> {
    let outbox_allowed = !app.config.is_production();
    Ok(page
        .in_section(Section::Mailboxes)
        .render("Add a mailbox", move || view! { <NewMailboxPage form outbox_allowed /> }))
}

/// Adds a built-in outbox.
pub(super) async fn add(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    if app.config.is_production() {
        return Err(AppError::NotFound);
    }
    let typed = MailboxForm::typed(&form);
    let settings = match typed.parse() {
        Ok(settings) => settings,
        Err(errors) => return new_page(&app, page.invalid(), MailboxForm { errors, ..typed }),
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let others = mailbox::mailboxes(&mut tx, member.workspace).await?;
    let mut errors = crate::fields::FieldErrors::default();
    if others.iter().any(|other| other.address == settings.address) {
        errors.add("address", "This workspace has a mailbox with this address.");
    }
    if i64::try_from(others.len()).unwrap_or(i64::MAX) >= MAILBOXES_MAX {
        errors.add("address", "This workspace has 200 mailboxes, which is the most it can have. Remove one first.");
    }
    if !errors.is_empty() {
        drop(tx);
        return new_page(&app, page.invalid(), MailboxForm { errors, ..typed });
    }
    let id = mailbox::add(&mut tx, (member.workspace, member.user), MailboxKind::Outbox, &settings, at).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Added a mailbox", &settings.address, "Built-in outbox", at)
        .await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, "The mailbox was added. Campaigns can send from it.").await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}

pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
) -> Result<Response, AppError> {
    show_with(&app, page, &member, id, None).await
}

async fn show_with(
    app: &App,
    page: Page,
    member: &Member,
    id: MailboxId,
    typed: Option<MailboxForm>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let today = today::today(&mut tx, member.workspace, std::slice::from_ref(&mailbox), app.clock.now()).await?;
    let conversations = mailbox::open_conversations(&mut tx, member.workspace, id).await?;
    let last_test = check::last(&mut tx, (member.workspace, id)).await?;
    drop(tx);
    let (may_connect, form) = (member.role.may(Right::Connect), typed.unwrap_or_else(|| MailboxForm::of(&mailbox)));
    let title = mailbox.address.clone();
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render(&title, move || view! { <MailboxPage mailbox today form may_connect conversations last_test /> }))
}

pub(super) async fn change(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let typed = MailboxForm::typed(&form);
    let settings = match typed.parse() {
        Ok(settings) => settings,
        Err(errors) => {
            return show_with(&app, page.invalid(), &member, id, Some(MailboxForm { errors, ..typed })).await;
        }
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let others = mailbox::mailboxes(&mut tx, member.workspace).await?;
    if others.iter().any(|other| other.id != id && other.address == settings.address) {
        drop(tx);
        let errors =
            crate::fields::FieldErrors::one("address", "This workspace has another mailbox with this address.");
        return show_with(&app, page.invalid(), &member, id, Some(MailboxForm { errors, ..typed })).await;
    }
    mailbox::change(&mut tx, member.workspace, id, &settings, at).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Changed a mailbox", &settings.address, "", at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, "The settings were saved.").await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}

/// Pause and resume.
pub(super) async fn act(
    State(app): State<App>,
    member: Member,
    session: Session,
    Path((id, deed)): Path<(String, String)>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let id: MailboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let (paused, done, text) = match deed.as_str() {
        "pause" => (true, "Paused a mailbox", "Paused. Its conversations wait; new leads start from other mailboxes."),
        "resume" => (false, "Resumed a mailbox", "The mailbox sends again."),
        _ => return Err(AppError::NotFound),
    };
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    if mailbox::set_paused(&mut tx, member.workspace, id, paused, at).await? {
        audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), done, &mailbox.address, "", at)
            .await?;
    }
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, text).await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")))
}

pub(super) async fn remove(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let pass_on = form.text("conversations") == "pass_on";
    let conversations = sending::remove_mailbox(&mut tx, &member, id, pass_on, at).await?;
    let detail = match (conversations, pass_on) {
        (0, _) => String::new(),
        (count, true) => format!("{count} conversations passed on"),
        (count, false) => format!("{count} sequences ended"),
    };
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Removed a mailbox", &mailbox.address, &detail, at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES, topics::CAMPAIGNS]).await;
    leave_flash(&session, Tone::Good, "The mailbox was removed. What it sent stays.").await?;
    Ok(Redirect::to(MAILBOXES))
}

pub(super) async fn outbox(
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

pub(super) async fn outbox_mail(
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
