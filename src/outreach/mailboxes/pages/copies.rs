//! Whether copies of sent mails are saved in a mailbox.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::MAILBOXES;
use crate::{
    accounts::{Member, Right, audit},
    fields::FieldErrors,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            mailbox,
            sent_copies::{self, SentCopies},
        },
    },
    server::{app::App, error::AppError, form::Form, path::Id},
    ui::{Tone, leave_flash},
};

pub async fn choose(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<MailboxId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let copies = SentCopies::of_word(form.text("copies"))
        .ok_or_else(|| FieldErrors::one("copies", "Choose when copies are saved."))?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    if !sent_copies::choose(&mut tx, member.workspace, id, copies).await? {
        return Err(AppError::NotFound);
    }
    let (actor, detail) = (audit::Actor::User(member.user), format!("Copies of sent mails: {}", copies.label().0));
    audit::record(&mut tx, member.workspace, actor, "Changed a mailbox", &mailbox.address, &detail, at).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, "Saved.").await?;
    Ok(Redirect::to(&format!("{MAILBOXES}/{id}")).into_response())
}
