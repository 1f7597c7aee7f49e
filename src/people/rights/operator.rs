//! `/admin/people`: what the whole instance knows of a person.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    act::{Answering, erase_person, export_person},
    asked::Asked,
    view::{ErasurePage, Whose},
};
use crate::{
    accounts::{Member, Operator, audit},
    people::{Done, Erased, Reach, known::known},
    server::{app::App, error::AppError, form::Form, query::Query},
    suppression::SuppressionKeys,
    ui::{Page, Section, Tone, leave_flash},
};

const PAGE: &str = "/admin/people";

fn answering(operator: &Member) -> Answering {
    let actor = audit::Actor::Operator(Some(operator.user));
    Answering { reach: Reach::Instance, workspace: operator.workspace, actor }
}

pub(super) async fn show(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let page = if asked.errors.is_empty() { page } else { page.invalid() };
    people_page(&app, page, asked).await
}

async fn people_page(app: &App, page: Page, asked: Asked) -> Result<Response, AppError> {
    let keys = app.of::<SuppressionKeys>();
    let known = match &asked.email {
        Some(email) => Some(known(&mut app.db.read().await?, keys, Reach::Instance, email).await?),
        None => None,
    };
    let page = page.in_section(Section::Admin);
    Ok(page.render("What is known of a person", move || view! { <ErasurePage whose=Whose::Instance asked known /> }))
}

pub(super) async fn erase(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let mut asked = Asked::of(&form);
    let Some(email) = asked.email.clone() else { return people_page(&app, page.invalid(), asked).await };
    if !asked.is_confirmed(&form) {
        asked.errors.add("confirmation", format!("Type {email} to erase this person."));
        return people_page(&app, page.invalid(), asked).await;
    }
    let Erased::Done(Done { counts, .. }) = erase_person(&app, answering(&operator), &email).await? else {
        asked.errors.add("confirmation", Erased::LEAVING);
        return people_page(&app, page.invalid(), asked).await;
    };
    leave_flash(&session, Tone::Good, &format!("The person is erased everywhere: {counts}.")).await?;
    Ok(Redirect::to(PAGE).into_response())
}

pub(super) async fn export(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    form: Form,
) -> Result<Response, AppError> {
    let asked = Asked::of(&form);
    match asked.email.clone() {
        Some(email) => export_person(&app, answering(&operator), &email).await,
        None => people_page(&app, page.invalid(), asked).await,
    }
}
