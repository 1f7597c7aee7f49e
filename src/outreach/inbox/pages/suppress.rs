//! People who must not be written to again, and mails that were no reply to us.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::tell;
use crate::{
    accounts::{Member, Right, audit},
    email::Email,
    fields::FieldErrors,
    outreach::{
        ids::ThreadId,
        inbox::{asked::INBOX, unmatch},
        replies::label,
        unsubscribe,
    },
    server::{app::App, db::Tx, error::AppError, form::Form, path::Id},
    suppression::{Cause, Reason, Subject, SubjectKind, SuppressionKeys, masked},
    topics,
    ui::{Tone, leave_flash},
};

async fn address_of(tx: &mut Tx, member: &Member, id: ThreadId) -> Result<String, AppError> {
    let address: Option<String> = crate::on!(tx, c => sqlx::query_scalar(
        "select address from threads where workspace_id = $1 and id = $2")
        .bind(member.workspace).bind(id).fetch_optional(c).await)?;
    address.ok_or(AppError::NotFound)
}

/// Puts the person, or everyone at the company, on the suppression list; their sequences stop.
pub async fn suppress(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Outreach)?;
    let (workspace, keys, at) = (member.workspace, app.of::<SuppressionKeys>(), app.clock.now());
    let mut tx = app.db.write().await?;
    let address = address_of(&mut tx, &member, id).await?;
    let subject = match form.text("who") {
        "domain" => {
            let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
            Subject::parse(keys, domain).map_err(|fault| FieldErrors::one("who", format!("{domain}: {fault}.")))?
        }
        _ => {
            let email: Email =
                address.parse().map_err(|_| FieldErrors::one("who", "This address cannot be suppressed."))?;
            Subject::address(keys, &email)
        }
    };
    let cause = Cause { by: Some(member.user), ..Cause::of(Reason::Person) };
    let shown = match subject.kind {
        SubjectKind::Address => masked(&subject.shown),
        SubjectKind::Domain => subject.shown.clone(),
    };
    let stopped = unsubscribe::suppress(&mut tx, workspace, &[subject], &cause, at).await?;
    audit::record(&mut tx, workspace, audit::Actor::User(member.user), "Suppressed", &shown, "", at).await?;
    tx.commit().await?;
    let campaigns: Vec<String> = stopped.campaigns().iter().map(topics::campaign).collect();
    let all: Vec<&str> = campaigns.iter().map(String::as_str).chain([topics::SUPPRESSION, topics::INBOX]).collect();
    app.live.changed(&app.db, workspace.0, &all).await;
    leave_flash(
        &session,
        Tone::Good,
        &format!("{shown} is on the suppression list now. Nothing more is sent there by a sequence."),
    )
    .await?;
    Ok(Redirect::to(&format!("{INBOX}/{id}")).into_response())
}

/// Undoes what an answer was taken for: the person did not ask for no more mails.
pub async fn take_back_opt_out(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let address = address_of(&mut tx, &member, id).await?;
    if !label::take_back_opt_out(&mut tx, &member, id, at).await? {
        let text = "This was longer than a day ago, or is undone already. The suppression list shows the person, if they are still on it.";
        return Err(FieldErrors::one("thread", text).into());
    }
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Took an opt-out back", &masked(&address), "", at).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::SUPPRESSION, topics::INBOX, topics::CAMPAIGNS]).await;
    leave_flash(&session, Tone::Good, "Taken back. Sequences that this had stopped continue.").await?;
    Ok(Redirect::to(&format!("{INBOX}/{id}")))
}

/// Takes a conversation out that was matched by its address only.
pub async fn unmatch(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<ThreadId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Outreach)?;
    let (mut tx, at) = (app.db.write().await?, app.clock.now());
    let address = address_of(&mut tx, &member, id).await?;
    if !unmatch::unmatch(&mut tx, &member, id, at).await? {
        return Err(FieldErrors::one(
            "thread",
            "Only conversations that were matched by their address can be taken out.",
        )
        .into());
    }
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Took a conversation out", &masked(&address), "", at).await?;
    tx.commit().await?;
    tell(&app, member.workspace).await;
    leave_flash(&session, Tone::Good, "Taken out. The mails stay in your mailbox.").await?;
    Ok(Redirect::to(INBOX))
}
