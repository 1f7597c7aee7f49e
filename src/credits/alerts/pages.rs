//! The page on which a workspace says when it wants to be told that credits run low (rule C21).

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    ALERTS, Alerts, alerts, set_alerts,
    view::{AlertsPage, AlertsPageData},
};
use crate::{
    accounts::{Member, Right, audit},
    credits::{balance, runway},
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    topics,
    ui::{Page, Section, Tone, leave_flash},
};

pub(crate) fn routes() -> Router<App> {
    Router::new().route(ALERTS, get(show).post(save))
}

async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let set = alerts(&mut tx, member.workspace).await?;
    let available = balance(&mut tx, member.workspace).await?.available;
    let data = AlertsPageData {
        low_on: set.low_on,
        low_credits: set.low_credits.to_string(),
        runway_on: set.runway_on,
        runway_days: set.runway_days.to_string(),
        errors: FieldErrors::default(),
        may_manage: member.role.may(Right::Manage),
        runway: runway(&mut tx, member.workspace, available, app.clock.now()).await?,
    };
    Ok(page.in_section(Section::Credits).render("Alerts", move || view! { <AlertsPage data /> }))
}

async fn save(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Manage)?;
    let now = app.clock.now();
    let wanted = match Alerts::from_form(&form) {
        Ok(wanted) => wanted,
        Err(errors) => {
            let mut tx = app.db.read().await?;
            let available = balance(&mut tx, member.workspace).await?.available;
            let data = AlertsPageData {
                low_on: form.has("low_on"),
                low_credits: form.text("low_credits").to_owned(),
                runway_on: form.has("runway_on"),
                runway_days: form.text("runway_days").to_owned(),
                errors,
                may_manage: true,
                runway: runway(&mut tx, member.workspace, available, now).await?,
            };
            let page = page.in_section(Section::Credits).invalid();
            return Ok(page.render("Alerts", move || view! { <AlertsPage data /> }));
        }
    };
    let mut tx = app.db.write().await?;
    if alerts(&mut tx, member.workspace).await? != wanted {
        set_alerts(&mut tx, member.workspace, wanted).await?;
        let actor = audit::Actor::User(member.user);
        let (action, subject) = ("Changed the alerts", "Credits");
        audit::record(&mut tx, member.workspace, actor, action, subject, &wanted.summary(), now).await?;
    }
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS]).await;
    leave_flash(&session, Tone::Good, "Saved. It holds from now on.").await?;
    Ok(Redirect::to(ALERTS).into_response())
}
