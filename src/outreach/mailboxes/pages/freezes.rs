//! Days on which a mailbox sends nothing.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::{MAILBOXES, one::show_with};
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            freezes::{self, Freeze, FreezeFault, NOTE_MAX},
            mailbox,
            state_text::{day_text, days_text},
            view::freezes::FreezeForm,
        },
        schedule::rules::Day,
    },
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Tone, leave_flash},
};

/// Reads the days that a form freezes.
fn parse(form: &Form, today: Day) -> Result<Freeze, FieldErrors> {
    let mut errors = FieldErrors::default();
    let mut day = |field: &str| {
        let day = Day::parse(form.text(field));
        if day.is_none() {
            errors.add(field, "Write the day as year-month-day, for example 2026-12-22.");
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    let note = form.line("note", NOTE_MAX).map_err(|fault| FieldErrors::one("note", fault));
    let (Some(from), Some(to)) = (from, to) else { return Err(errors) };
    Freeze::new(from, to, note?, today).map_err(|fault| {
        FieldErrors::one(
            "to",
            match fault {
                FreezeFault::EndsBeforeItBegins => "The last day lies before the first. Turn them round.",
                FreezeFault::Past => "These days are over.",
                FreezeFault::TooLong => "Choose at most a year, beginning within a year.",
            },
        )
    })
}

/// Freezes some days.
pub async fn add(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let freeze = match parse(&form, mailbox.pace.today(at)) {
        Ok(freeze) => freeze,
        Err(errors) => {
            drop(tx);
            return show_with(&app, page.invalid(), &member, id, FreezeForm::typed(&form, errors)).await;
        }
    };
    let whole = freezes::add(&mut tx, (member.workspace, id), freeze, at).await?;
    let days = days_text(whole.from_day, whole.to_day);
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Froze a mailbox", &mailbox.address, &days, at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, &format!("It sends nothing on these days: {days}.")).await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}

/// Lets the mailbox send on days that were frozen.
pub async fn remove(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let from = Day::parse(form.text("from")).ok_or(AppError::NotFound)?;
    let at = app.clock.now();
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    if freezes::remove(&mut tx, (member.workspace, id), from, at).await? {
        let (actor, day) = (audit::Actor::User(member.user), day_text(from));
        audit::record(&mut tx, member.workspace, actor, "Ended a mailbox’s freeze", &mailbox.address, &day, at).await?;
    }
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    leave_flash(&session, Tone::Good, "The freeze was removed.").await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")))
}
