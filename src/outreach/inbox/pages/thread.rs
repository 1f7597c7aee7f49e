//! One conversation, and what a member does about it without writing to the person.

use std::time::Duration;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{list::assignee, tell, tell_labelled};
use crate::{
    accounts::{Member, Right, WorkspaceId},
    fields::FieldErrors,
    on,
    outreach::{
        ids::{MailId, ThreadId},
        inbox::{
            asked::INBOX,
            assigned,
            change::{self, Change, Seen},
            label::{Label, text_of},
            own_labels::{self, OwnLabelId},
            thread::{self, Newest, conversation},
            thread_view::{ThreadPage, Typed},
        },
        replies::label,
        schedule::rules::{Day, day, start_of_day, zone_or_utc},
    },
    server::{app::App, clock::Instant, db::Tx, error::AppError, form::Form, path::Id},
    ui::{Page, Section, Tone, format::duration_text, leave_flash},
};

/// When snoozed conversations come back on their day, after its beginning.
const MORNING: Duration = Duration::from_secs(8 * 60 * 60);
const NOTE_CHARACTERS_MAX: usize = 5_000;

pub async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<ThreadId>,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let conversation = conversation(&mut app.db.read().await?, app.of(), member.workspace, id, member.user).await?;
    // Whoever opens it has read it: not a page that is loaded again to follow changes, nor one that a browser loads ahead.
    let is_opened = !headers.contains_key("x-live") && !headers.contains_key("sec-purpose");
    if conversation.thread.unread && is_opened && member.role.may(Right::Outreach) {
        let mut tx = app.db.write().await?;
        if change::mark_read(&mut tx, member.workspace, id).await? {
            tx.commit().await?;
            tell(&app, member.workspace).await;
        }
    }
    Ok(shown(&app, page, &member, conversation, Typed::default()))
}

/// The page of a conversation with what was typed.
///
/// # Errors
/// [`AppError::NotFound`] for one of another workspace.
pub(super) async fn again(
    app: &App,
    page: Page,
    member: &Member,
    id: ThreadId,
    typed: Typed,
) -> Result<Response, AppError> {
    let conversation = conversation(&mut app.db.read().await?, app.of(), member.workspace, id, member.user).await?;
    Ok(shown(app, page.invalid(), member, conversation, typed))
}

fn shown(app: &App, page: Page, member: &Member, conversation: thread::Conversation, typed: Typed) -> Response {
    let (title, now) = (conversation.thread.person.clone(), app.clock.now());
    let may_change = member.role.may(Right::Outreach);
    let page = page.in_section(Section::Inbox);
    page.render(&title, move || view! { <ThreadPage conversation typed may_change now /> })
}

/// What another mail came or left since the page was shown, as a sentence; nothing: the member has read all.
///
/// # Errors
/// The database's.
pub(super) async fn news(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: ThreadId,
    form: &Form,
    now: Instant,
) -> sqlx::Result<Option<String>> {
    let seen = form.text("newest").parse::<MailId>().ok();
    let Some(newest) = thread::newest(tx, workspace, id).await? else { return Ok(None) };
    if seen == Some(newest.id) {
        return Ok(None);
    }
    let Newest { member, from_name, from_address, received_at, .. } = newest;
    let seconds = (now.micros() - received_at.micros()) / 1_000_000;
    let ago = match seconds {
        ..60 => "just now".to_owned(),
        60..120 => "1 minute ago".to_owned(),
        120..3_600 => format!("{} minutes ago", seconds / 60),
        _ => format!("{} ago", duration_text(seconds)),
    };
    let name = if from_name.trim().is_empty() { from_address } else { from_name };
    Ok(Some(match member {
        Some(member) => format!("{member} replied {ago}. Read it first."),
        None => format!("{name} wrote {ago}. Read it first."),
    }))
}

/// The end of a snooze: a number of days from now, or the day that was typed, in the morning of the mailbox.
fn until(form: &Form, time_zone: &str, now: Instant) -> Result<Instant, FieldErrors> {
    let zone = zone_or_utc(time_zone);
    let fault = |text: &str| FieldErrors::one("until", text);
    let typed = form.text("until");
    let chosen = match form.text("days").parse::<i64>() {
        Ok(days @ 1..=365) => day(now, &zone).plus(days),
        _ if typed.is_empty() => return Err(fault("Choose a day.")),
        _ => Day::parse(typed).ok_or_else(|| fault("Write the day as year-month-day, for example 2026-12-24."))?,
    };
    let until = start_of_day(chosen, &zone).plus(MORNING);
    if until > now { Ok(until) } else { Err(fault("Choose a day after today.")) }
}

async fn time_zone(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> Result<String, AppError> {
    let zone: Option<String> = on!(tx, c => sqlx::query_scalar(
        "select b.time_zone from threads t join mailboxes b on b.workspace_id = t.workspace_id and b.id = t.mailbox_id
         where t.workspace_id = $1 and t.id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    zone.ok_or(AppError::NotFound)
}

/// Done, open again, unread, snoozed, labelled or assigned.
pub async fn change_one(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (workspace, now) = (member.workspace, app.clock.now());
    let mut tx = app.db.write().await?;
    let zone = time_zone(&mut tx, workspace, id).await?;
    let (made, text, stays) = match form.text("act") {
        "done" => (Some(Change::Done), "Done.".to_owned(), false),
        "open" => (Some(Change::Open), "Open again.".to_owned(), true),
        "unread" => (Some(Change::Unread), "Marked as unread.".to_owned(), false),
        "snooze" => match until(&form, &zone, now) {
            Ok(until) => (
                Some(Change::Snooze(until)),
                "Snoozed. It comes back on its day, or when a new mail comes.".to_owned(),
                false,
            ),
            Err(errors) => {
                drop(tx);
                return again(&app, page, &member, id, Typed { errors, ..Typed::default() }).await;
            }
        },
        "assign" => {
            let user = assignee(&mut tx, &member, form.text("assignee")).await?;
            let assigned = assigned::assign(&mut tx, workspace, &[Seen(id, None)], user).await?;
            assigned::tell(&mut tx, &member, user, &assigned.newly, now).await?;
            (None, if user.is_some() { "Assigned." } else { "Assigned to no one." }.to_owned(), true)
        }
        "label" => {
            let chosen = Label::parse(form.text("label"));
            label::set(&mut tx, &member, id, chosen, now).await?;
            (
                None,
                chosen.map_or("The label is taken away.".to_owned(), |label| format!("Labelled: {}.", text_of(label))),
                true,
            )
        }
        act @ ("put" | "take") => {
            let Ok(own) = form.text("own").parse::<OwnLabelId>() else {
                return Err(FieldErrors::one("own", "Choose a label.").into());
            };
            match act {
                "put" => own_labels::put(&mut tx, (workspace, member.user), &[id], own, now).await?,
                _ => own_labels::take(&mut tx, workspace, &[id], own).await?,
            };
            (None, if act == "put" { "The label is on it." } else { "The label is taken off." }.to_owned(), true)
        }
        "undo-label" => match label::undo(&mut tx, &member, id, now).await? {
            true => (None, "The label is what it was before.".to_owned(), true),
            false => (None, "The last label is not yours to undo.".to_owned(), true),
        },
        _ => return Err(FieldErrors::one("act", "Choose what to do.").into()),
    };
    if matches!(made, Some(Change::Done | Change::Snooze(_)))
        && let Some(conflict) = news(&mut tx, workspace, id, &form, now).await?
    {
        drop(tx);
        return again(&app, page, &member, id, Typed { conflict: Some(conflict), ..Typed::default() }).await;
    }
    if let Some(made) = made {
        change::change(&mut tx, workspace, &[Seen(id, None)], made).await?;
    }
    tx.commit().await?;
    match form.text("act") {
        "label" | "undo-label" => tell_labelled(&app, workspace, &[id]).await?,
        _ => tell(&app, workspace).await,
    }
    leave_flash(&session, Tone::Good, &text).await?;
    let next = if stays { format!("{INBOX}/{id}") } else { INBOX.to_owned() };
    Ok(Redirect::to(&next).into_response())
}

/// Adds a note that only members see.
pub async fn add_note(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<ThreadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (workspace, text, now) = (member.workspace, form.text("note"), app.clock.now());
    let fault = match text.chars().count() {
        0 => Some("Write the note first.".to_owned()),
        NOTE_CHARACTERS_MAX.. => Some(format!("This is too long: at most {} characters.", NOTE_CHARACTERS_MAX - 1)),
        _ => None,
    };
    if let Some(fault) = fault {
        let typed = Typed { note: text.to_owned(), errors: FieldErrors::one("note", fault), ..Typed::default() };
        return again(&app, page, &member, id, typed).await;
    }
    let mut tx = app.db.write().await?;
    time_zone(&mut tx, workspace, id).await?;
    change::add_note(&mut tx, (workspace, id), member.user, text, now).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{INBOX}/{id}")).into_response())
}
