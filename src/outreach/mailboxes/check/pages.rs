//! Asking for a test, and its result.

use axum::{
    extract::{Path, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    ask,
    store::{self, TestId},
    view::TestPage,
};
use crate::{
    accounts::{Member, Right},
    outreach::{ids::MailboxId, mailboxes::mailbox},
    server::{app::App, error::AppError, path::Id},
    topics,
    ui::{Page, Section, Tone, leave_flash, plural},
};

pub(super) async fn ask(State(app): State<App>, member: Member, Id(id): Id<MailboxId>) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let mut tx = app.db.write().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let test = ask::ask(&mut tx, &member, &mailbox, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    Ok(Redirect::to(&format!("/settings/mailboxes/{id}/checks/{test}")))
}

/// Asks for a test of every mailbox that has something to test. Those that were tested often in the last hour are left out.
pub(super) async fn ask_all(State(app): State<App>, member: Member, session: Session) -> Result<Redirect, AppError> {
    let member = member.may(Right::Connect)?;
    let at = app.clock.now();
    let (mut asked, mut left_out) = (0_i64, 0_i64);
    let mut tx = app.db.write().await?;
    for mailbox in mailbox::mailboxes(member.workspace, None).read(&mut tx).await? {
        if mailbox.account().is_none() {
            continue;
        }
        match ask::ask(&mut tx, &member, &mailbox, at).await {
            Ok(_) => asked += 1,
            Err(AppError::TooMany { .. }) => left_out += 1,
            Err(error) => return Err(error),
        }
    }
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::MAILBOXES]).await;
    let (tone, text) = match (asked, left_out) {
        (0, 0) => (Tone::Info, "There is no mailbox to test: a built-in outbox needs none.".to_owned()),
        (0, _) => (Tone::Warning, "Every mailbox was tested often in the last hour. Try again later.".to_owned()),
        (_, 0) => (Tone::Good, format!("{} being tested.", plural(asked, "mailbox is", "mailboxes are"))),
        _ => {
            let tested = plural(asked, "mailbox is", "mailboxes are");
            (Tone::Good, format!("{tested} being tested. {left_out} had too many tests in the last hour."))
        }
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to("/settings/mailboxes"))
}

pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Path((id, test)): Path<(String, String)>,
) -> Result<Response, AppError> {
    let id: MailboxId = id.parse().map_err(|_| AppError::NotFound)?;
    let test: TestId = test.parse().map_err(|_| AppError::NotFound)?;
    let mut tx = app.db.read().await?;
    let mailbox = mailbox::mailbox(&mut tx, member.workspace, id).await?;
    let mut earlier = store::of_mailbox(&mut tx, (member.workspace, id)).await?;
    drop(tx);
    let at = earlier.iter().position(|known| known.id == test).ok_or(AppError::NotFound)?;
    let test = earlier.remove(at);
    let may_connect = member.role.may(Right::Connect);
    let title = format!("Test of {}", mailbox.address);
    Ok(page
        .in_section(Section::Mailboxes)
        .render(&title, move || view! { <TestPage mailbox test earlier may_connect /> }))
}
