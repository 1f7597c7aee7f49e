//! One lead request: progress, receipt, cancel.

use axum::{
    extract::State,
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    finish, forecast, lead_request,
    returnable::{ReturnRules, Returnable, returnable},
    view::RequestPage,
    waterfall, worker,
};
use crate::{
    accounts::{Member, Right},
    campaigns,
    credits::{Ledger, RequestId, ShowBalance},
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

/// Where the table of held credits is.
const CREDITS: &str = "/settings/cold-email-agent/batches";

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<RequestId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let receipt = lead_request::receipt(&mut tx, member.workspace, id).await?;
    let returnable = if member.role.may(Right::Spend) {
        returnable(&mut tx, member.workspace, id, ReturnRules::of(&app.config), app.clock.now()).await?
    } else {
        Returnable::default()
    };
    let may_end = finish::may_end(&member, receipt.request.requested_by);
    let forecast = forecast::forecast_of(&mut tx, &receipt).await?;
    let lines = waterfall::lines(&mut tx, member.workspace, id).await?;
    let title = format!("Request for {}", receipt.request.campaign_name);
    let page = page.in_section(Section::Campaigns).while_running(receipt.request.state.is_open());
    let page = page.with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render(&title, move || {
        view! { <RequestPage receipt=receipt forecast=forecast lines=lines may_end=may_end returnable=returnable /> }
    }))
}

pub(crate) async fn cancel(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<RequestId>,
    form: Form,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let request = lead_request::request(&mut app.db.read().await?, member.workspace, id).await?;
    let (workspace, at) = (member.workspace, app.clock.now());
    let cancelled = app.of::<Ledger>().post(finish::Cancel { member, request: id, at }).await?;
    worker::tell_of(&app, workspace, id, request.campaign_id).await;
    let (tone, text) = if cancelled {
        (Tone::Good, "The request was cancelled. What it had not spent is available again.")
    } else {
        (Tone::Info, "The request had ended already; nothing was changed.")
    };
    leave_flash(&session, tone, text).await?;
    let back = if form.text("from") == "credits" { CREDITS.to_owned() } else { format!("/requests/{id}") };
    Ok(Redirect::to(&back))
}

/// Takes a request out of the queue until somebody resumes it.
pub(crate) async fn pause(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<RequestId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let campaign = lead_request::request(&mut tx, member.workspace, id).await?.campaign_id;
    let paused = campaigns::pause(&mut tx, &member, id, app.clock.now()).await?;
    tx.commit().await?;
    worker::tell_of(&app, member.workspace, id, campaign).await;
    let (tone, text) = if paused {
        (Tone::Good, "Paused. What is left stays set aside; its deadline stays as well.")
    } else {
        (Tone::Info, "It was not under way any more; nothing was changed.")
    };
    leave_flash(&session, tone, text).await?;
    Ok(Redirect::to(&format!("/requests/{id}")))
}

/// Lets a request go on: after the look at its first batch, or after a pause.
pub(crate) async fn go_on(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<RequestId>,
) -> Result<Redirect, AppError> {
    let member = member.may(Right::Spend)?;
    let mut tx = app.db.write().await?;
    let campaign = lead_request::request(&mut tx, member.workspace, id).await?.campaign_id;
    let goes = campaigns::go_on(&mut tx, &member, id, app.clock.now()).await?;
    tx.commit().await?;
    app.wake.notify_one();
    worker::tell_of(&app, member.workspace, id, campaign).await;
    app.live.changed(&app.db, member.workspace.0, &[topics::NOTICES]).await;
    let (tone, text) = if goes {
        (Tone::Good, "It continues.")
    } else {
        (Tone::Info, "It did not wait any more; nothing was changed.")
    };
    leave_flash(&session, tone, text).await?;
    Ok(Redirect::to(&format!("/requests/{id}")))
}
