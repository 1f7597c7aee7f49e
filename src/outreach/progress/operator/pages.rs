//! `/admin/sending`: stopping all sending, the ceilings of workspaces, and how fast new mailboxes may begin.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    change::{
        StoppedBy, continue_everything, first_day, sending_workspaces, set_ceiling, set_first_day, stop_everything,
        stopped,
    },
    put_back::put_back,
    view::{AdminSending, SendingForm},
};
use crate::{
    accounts::{Operator, WorkspaceId, audit},
    server::{
        app::App,
        error::AppError,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{Before, Query},
    },
    ui::{Page, Section, Tone, leave_flash},
};

/// Longest reason of a stop; members of every workspace read it.
const REASON_CHARACTERS_MAX: usize = 200;
/// The largest ceiling that can be typed.
const CEILING_MAX: i64 = 10_000_000;
/// The largest number of mails on a first day.
const FIRST_DAY_MAX: i64 = 10_000;
const PAGE: &str = "/admin/sending";

pub(crate) async fn show(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Query(Before(before)): Query<Before<WorkspaceId>>,
) -> Result<Response, AppError> {
    sending_page(&app, page, before, SendingForm::default()).await
}

async fn sending_page(
    app: &App,
    page: Page,
    before: Option<WorkspaceId>,
    form: SendingForm,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let stop = stopped(&mut tx).await?;
    let put_back = put_back(&mut tx).await?;
    let first_day = first_day(&mut tx).await?;
    let list = PageOf::new(sending_workspaces(&mut tx, before, ROWS_ASKED, app.clock.now()).await?);
    let is_first = before.is_none();
    let page = page.in_section(Section::Admin);
    Ok(page.render("Sending", move || view! { <AdminSending stop put_back first_day list is_first form /> }))
}

pub(crate) async fn stop(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let reason = match form.line("reason", REASON_CHARACTERS_MAX) {
        Ok("") => Err("Say why; members of every workspace read it.".to_owned()),
        other => other,
    };
    let reason = match reason {
        Ok(reason) => reason,
        Err(fault) => {
            let form =
                SendingForm { reason: form.text("reason").to_owned(), fault: Some(fault), ..SendingForm::default() };
            return sending_page(&app, page.invalid(), None, form).await;
        }
    };
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    if stop_everything(&mut tx, reason, StoppedBy::Operator(operator.user), now).await? {
        let actor = audit::Actor::Operator(Some(operator.user));
        audit::record(&mut tx, operator.workspace, actor, "Stopped all sending", "", reason, now).await?;
        tx.commit().await?;
    }
    leave_flash(&session, Tone::Good, "All sending is stopped. What is being handed over now cannot be called back.")
        .await?;
    Ok(Redirect::to(PAGE).into_response())
}

pub(crate) async fn resume(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
) -> Result<Redirect, AppError> {
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    if continue_everything(&mut tx).await? {
        let actor = audit::Actor::Operator(Some(operator.user));
        audit::record(&mut tx, operator.workspace, actor, "Let all sending continue", "", "", now).await?;
        tx.commit().await?;
    }
    leave_flash(&session, Tone::Good, "Sending continues, at the normal pace.").await?;
    Ok(Redirect::to(PAGE))
}

pub(crate) async fn limit(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Id(id): Id<WorkspaceId>,
    form: Form,
) -> Result<Response, AppError> {
    let typed = form.text("ceiling");
    let ceiling = match typed {
        "" => Ok(None),
        text => text.parse::<i64>().ok().filter(|number| (0..=CEILING_MAX).contains(number)).map(Some).ok_or(()),
    };
    let Ok(ceiling) = ceiling else {
        let fault = format!("Write a whole number from 0 to {CEILING_MAX}, or nothing for no limit.");
        let form =
            SendingForm { ceiling: Some((id, typed.chars().take(20).collect(), fault)), ..SendingForm::default() };
        // The page that begins with this workspace.
        let before = WorkspaceId(uuid::Uuid::from_u128(id.0.as_u128().saturating_add(1)));
        return sending_page(&app, page.invalid(), Some(before), form).await;
    };
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    let name = set_ceiling(&mut tx, id, ceiling, now).await?.ok_or(AppError::NotFound)?;
    let detail = ceiling.map_or_else(|| "no limit".to_owned(), |ceiling| format!("{ceiling} mails a day"));
    let actor = audit::Actor::Operator(Some(operator.user));
    audit::record(&mut tx, id, actor, "Limited the mails of the workspace", &name, &detail, now).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, &format!("{name}: {detail}.")).await?;
    Ok(Redirect::to(PAGE).into_response())
}

/// Limits how fast new mailboxes may begin.
pub(crate) async fn limit_first_day(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let typed = form.text("first_day");
    let limit = match typed {
        "" => Ok(None),
        text => text.parse::<i64>().ok().filter(|number| (1..=FIRST_DAY_MAX).contains(number)).map(Some).ok_or(()),
    };
    let Ok(limit) = limit else {
        let fault = format!("Write a whole number from 1 to {FIRST_DAY_MAX}, or nothing for no limit.");
        let form = SendingForm { first_day: Some((typed.chars().take(20).collect(), fault)), ..SendingForm::default() };
        return sending_page(&app, page.invalid(), None, form).await;
    };
    let (mut tx, now) = (app.db.write().await?, app.clock.now());
    set_first_day(&mut tx, limit, now).await?;
    let detail = limit.map_or_else(|| "no limit".to_owned(), |limit| format!("{limit} mails on the first day"));
    let actor = audit::Actor::Operator(Some(operator.user));
    audit::record(&mut tx, operator.workspace, actor, "Limited the start of new mailboxes", "", &detail, now).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, &format!("New mailboxes: {detail}.")).await?;
    Ok(Redirect::to(PAGE).into_response())
}
