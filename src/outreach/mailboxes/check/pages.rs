//! Asking for a test, and its result.

use axum::{
    extract::{Path, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;

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
    ui::{Page, Section},
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
