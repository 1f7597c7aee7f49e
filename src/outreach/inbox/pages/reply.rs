//! Replies: sent, kept as a draft, taken back.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::{
    tell,
    thread::{again, news},
};
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    outreach::{
        ids::ThreadId,
        inbox::{
            asked::INBOX,
            draft,
            reply::{self, CHARACTERS_MAX, ReplyFault},
            thread_view::Typed,
        },
    },
    server::{app::App, error::AppError, form::Form, path::Id},
    suppression::masked,
    ui::{Page, Tone, leave_flash},
};

/// Takes a reply, which leaves when the time to undo it is over; or keeps it as a draft.
pub async fn send(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (workspace, text, at) = (member.workspace, form.text("reply"), app.clock.now());
    let from = form.text("from");
    let typed = |errors| Typed { reply: Some(text.to_owned()), from: from.to_owned(), errors, ..Typed::default() };
    let is_draft = form.text("act") == "draft";
    if let Some(fault) = fault_of(text, is_draft) {
        return again(&app, page, &member, id, typed(FieldErrors::one("reply", fault))).await;
    }
    let mut tx = app.db.write().await?;
    if is_draft {
        reply::exists(&mut tx, workspace, id).await?;
        draft::keep(&mut tx, (workspace, id), member.user, text, at).await?;
        tx.commit().await?;
        leave_flash(&session, Tone::Good, "Your draft is kept.").await?;
        return Ok(Redirect::to(&format!("{INBOX}/{id}")).into_response());
    }
    if let Some(conflict) = news(&mut tx, workspace, id, &form, at).await? {
        drop(tx);
        return again(&app, page, &member, id, Typed { conflict: Some(conflict), ..typed(FieldErrors::default()) })
            .await;
    }
    let to = match reply::reply(&app, &mut tx, &member, id, (text, from.parse().ok()), at).await? {
        Ok(to) => to,
        Err(fault) => {
            drop(tx);
            let (field, fault) = match fault {
                ReplyFault::Unanswerable(why) => ("reply", why.text()),
                ReplyFault::Sender => ("from", "Choose the mailbox that the reply leaves from."),
                ReplyFault::Address => ("reply", "This address cannot be written to. Answer in your mail program."),
                ReplyFault::Changed => {
                    ("reply", "Another member changed this conversation at the same moment. Send again.")
                }
            };
            return again(&app, page, &member, id, typed(FieldErrors::one(field, fault))).await;
        }
    };
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, workspace, actor, "Replied", &masked(to.as_str()), "", at).await?;
    tx.commit().await?;
    tell(&app, workspace).await;
    Ok(Redirect::to(&format!("{INBOX}/{id}#mails")).into_response())
}

fn fault_of(text: &str, is_draft: bool) -> Option<String> {
    match text.chars().count() {
        0 if !is_draft => Some("Write your reply first.".to_owned()),
        count if count > CHARACTERS_MAX => Some("This is too long: at most 20,000 characters.".to_owned()),
        _ => None,
    }
}

/// Takes a reply back that has not left.
pub async fn undo(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let send = form.text("send").parse().map_err(|_| AppError::NotFound)?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let (tone, text) = match reply::undo(&mut tx, &member, id, send, at).await? {
        true => {
            let actor = audit::Actor::User(member.user);
            audit::record(&mut tx, member.workspace, actor, "Took a reply back", "", "", at).await?;
            tx.commit().await?;
            (Tone::Good, "Your reply was not sent. It is your draft again.")
        }
        false => (Tone::Warning, "It has just left."),
    };
    tell(&app, member.workspace).await;
    leave_flash(&session, tone, text).await?;
    Ok(Redirect::to(&format!("{INBOX}/{id}")))
}
