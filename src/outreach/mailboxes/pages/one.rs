//! One mailbox: how it is, its settings, pause and resume, removal.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{MAILBOXES, add::keep_passwords, utc_day};
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            account_form::{AccountForm, Before},
            check,
            form::{MailboxForm, Parsed},
            freezes,
            mailbox::{self, Mailbox, MailboxKind},
            oauth::{self, Provider},
            preset::Preset,
            read_state::read_states,
            secrets::{self, SecretPart},
            state, today,
            usage::{conversations, health},
            view::{
                freezes::FreezeForm,
                one::{About, MailboxPage},
                removal::RemovalPage,
                settings::SettingsPage,
            },
        },
        sending,
    },
    server::{app::App, db::Tx, error::AppError, form::Form, path::Id, select::together},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
) -> Result<Response, AppError> {
    show_with(&app, page, &member, id, FreezeForm::default()).await
}

/// The page of a mailbox, with what was typed into the form for its freezes.
pub(super) async fn show_with(
    app: &App,
    page: Page,
    member: &Member,
    id: MailboxId,
    freeze: FreezeForm,
) -> Result<Response, AppError> {
    let (workspace, at) = (member.workspace, app.clock.now());
    let (one, day) = (Some(id), utc_day(at));
    let selects = (
        (mailbox::mailboxes(workspace, one).first(), today::used(workspace, one, day), health((workspace, id), day)),
        freezes::freezes(workspace, one, day.plus(-1)),
        (oauth::connection((workspace, id)), conversations((workspace, id)), check::last((workspace, id))),
        read_states(workspace, one),
    );
    let ((mailbox, used, health), mut freezes, (connection, conversations, last_test), mut read) =
        together(&mut app.db.read().await?, selects).await?;
    let mailbox = mailbox.ok_or(AppError::NotFound)?;
    let today = mailbox.pace.today(at);
    let mut freezes = freezes.remove(&id).unwrap_or_default();
    freezes.retain(|freeze| freeze.to_day >= today);
    let about = About {
        today: used.of(&mailbox, at),
        health: health.unwrap_or_default(),
        frozen_until: freezes::frozen_until(&freezes, today),
        freezes,
        rests: mailbox.rests(at),
        sign_in: oauth::sign_in_of(&app.config, &mailbox, connection),
        conversations: conversations.iter().map(|one| one.leads).sum(),
        may_connect: member.role.may(Right::Connect),
        last_test,
        read: read.remove(&id),
    };
    let title = mailbox.address.clone();
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render(&title, move || view! { <MailboxPage mailbox about freeze /> }))
}

pub async fn settings(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let form = MailboxForm::of(&mailbox);
    settings_page(&mut tx, page, mailbox, form).await
}

async fn settings_page(tx: &mut Tx, page: Page, mailbox: Mailbox, form: MailboxForm) -> Result<Response, AppError> {
    let stored = secrets::stored(tx, (mailbox.workspace, mailbox.id)).await?;
    let title = format!("Settings of {}", mailbox.address);
    let form = MailboxForm { first_day: mailbox.pace.first_day, ..form };
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render(&title, move || view! { <SettingsPage mailbox form stored /> }))
}

pub async fn change(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let (at, key) = (app.clock.now(), (member.workspace, id));
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let preset = match mailbox.kind {
        MailboxKind::Outbox => Preset::outbox(),
        _ => Preset::of_host(&form.text("smtp_host").to_lowercase()),
    };
    let mut typed = MailboxForm::typed(preset, &form);
    if let Some(account) = mailbox.account().filter(|_| Provider::of_kind(mailbox.kind).is_some()) {
        // Its token is for the servers of its provider alone.
        (typed.preset, typed.account) = (mailbox.preset(), AccountForm::of(&account));
    }
    let before = before(&mut tx, &mailbox).await?;
    let parsed = typed.parse(before.as_ref());
    let others = mailbox::addresses(&mut tx, member.workspace).await?;
    let is_taken = |address: &str| address != mailbox.address && others.iter().any(|other| other == address);
    let Parsed { settings, passwords } = match parsed {
        Ok(parsed) if !is_taken(&parsed.settings.address) => parsed,
        refused => {
            let taken = || FieldErrors::one("address", "This workspace has another mailbox with this address.");
            let errors = refused.err().unwrap_or_else(taken);
            return settings_page(&mut tx, page.invalid(), mailbox, MailboxForm { errors, ..typed }).await;
        }
    };
    mailbox::change(&mut tx, member.workspace, id, &settings, at).await?;
    keep_passwords(&mut tx, &app.config.encryption_keys(), key, &passwords).await?;
    let has_typed_password = passwords.smtp.is_some() || passwords.imap.is_some();
    let is_other = settings.account != mailbox.account() || settings.address != mailbox.address;
    let text = if is_other && mailbox.kind != MailboxKind::Outbox {
        state::to_draft(&mut tx, key, at).await?;
        "The settings were saved. The mailbox is a draft again: it sends when its test has passed."
    } else {
        if has_typed_password {
            state::retry_soon(&mut tx, key, at).await?;
        }
        "The settings were saved."
    };
    let actor = audit::Actor::User(member.user);
    let detail = if has_typed_password { "With another password" } else { "" };
    audit::record(&mut tx, member.workspace, actor, "Changed a mailbox", &settings.address, detail, at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, text).await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}

/// What a mailbox signs in with so far; an outbox does not.
async fn before(tx: &mut Tx, mailbox: &Mailbox) -> sqlx::Result<Option<Before>> {
    let Some(account) = mailbox.account() else { return Ok(None) };
    let stored: Vec<SecretPart> = secrets::stored(tx, (mailbox.workspace, mailbox.id)).await?;
    Ok(Some(Before { account, stored, has_permission: mailbox.kind != MailboxKind::Smtp }))
}

/// Pause and resume.
pub async fn act(
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
    // A draft is not paused, and a second click finds nothing to do.
    if mailbox::set_paused(&mut tx, member.workspace, id, paused, at).await? {
        audit::record(&mut tx, member.workspace, audit::Actor::User(member.user), done, &mailbox.address, "", at)
            .await?;
        tx.commit().await?;
        app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
        leave_flash(&session, Tone::Good, text).await?;
    }
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")))
}

/// What removing a mailbox ends.
pub async fn removal(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<MailboxId>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let conversations = conversations((member.workspace, id)).read(&mut tx).await?;
    drop(tx);
    let title = format!("Remove {}", mailbox.address);
    let page = page.in_section(Section::Mailboxes);
    Ok(page.render(&title, move || view! { <RemovalPage mailbox conversations /> }))
}

pub async fn remove(
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
    let permission = oauth::permission(&app, &mut tx, (member.workspace, id)).await?;
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
    let text = match permission.map(|permission| permission.give_back(&app)) {
        Some(false) => {
            "The mailbox was removed. What it sent stays. Its permission ends when you remove the app at myapps.microsoft.com."
        }
        _ => "The mailbox was removed. What it sent stays.",
    };
    leave_flash(&session, Tone::Good, text).await?;
    Ok(Redirect::to(MAILBOXES))
}
