//! The recipient acts from the page of the mail.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::act::Act;
use crate::{
    accounts::{Member, Right, audit},
    outreach::{
        ids::MailboxId,
        mailboxes::{
            RecipientForm,
            mailbox::{self, MailboxKind},
            outbox::{self, OutboxMailId},
            show_outbox_mail,
        },
    },
    server::{app::App, error::AppError, form::Form},
    ui::{Page, Tone, leave_flash},
};

pub async fn act(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    Path((id, mail_id)): Path<(String, String)>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let id: MailboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let mail_id: OutboxMailId = mail_id.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let mail = outbox::mail(&mut tx, member.workspace, id, mail_id).await?.ok_or(AppError::NotFound)?;
    drop(tx);
    if mailbox.kind != MailboxKind::Outbox {
        return Err(AppError::NotFound);
    }
    let act = match Act::parse(&form, mailbox.pace.today(app.clock.now())) {
        Ok(act) => act,
        Err(errors) => {
            let form = RecipientForm::typed(&form, errors);
            return show_outbox_mail(&app, page.invalid(), &member, (id, mail_id), form).await;
        }
    };
    super::act(&app, &mailbox, &mail, &act).await?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Acted as a recipient", &mail.recipient, act.done(), at).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, act.done()).await?;
    Ok(Redirect::to(&format!("/settings/mailboxes/{id}/outbox/{mail_id}")).into_response())
}
