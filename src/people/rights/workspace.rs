//! `/people/erasure` and `/people/export`: what a workspace keeps of a person.

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
    accounts::{Member, Right, audit},
    people::{Done, Erased, Reach, known::known},
    server::{app::App, error::AppError, form::Form, query::Query},
    suppression::SuppressionKeys,
    ui::{Page, Section, Tone, leave_flash},
};

const PEOPLE: &str = "/people";

fn answering(member: &Member) -> Answering {
    let reach = Reach::Workspace(member.workspace);
    Answering { reach, workspace: member.workspace, actor: audit::Actor::User(member.user) }
}

/// What would be erased, and what would stay.
pub(super) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(asked): Query<Asked>,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    if asked.email.is_none() {
        return Ok(Redirect::to(&asked.page(PEOPLE)).into_response());
    }
    erasure_page(&app, page, &member, asked).await
}

async fn erasure_page(app: &App, page: Page, member: &Member, asked: Asked) -> Result<Response, AppError> {
    let email = asked.email.clone().ok_or(AppError::NotFound)?;
    let keys = app.of::<SuppressionKeys>();
    let known = known(&mut app.db.read().await?, keys, Reach::Workspace(member.workspace), &email).await?;
    let page = page.in_section(Section::Inbox);
    Ok(page.render("Erase a person", move || view! { <ErasurePage whose=Whose::Workspace asked known=Some(known) /> }))
}

pub(super) async fn erase(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let mut asked = Asked::of(&form);
    let Some(email) = asked.email.clone() else { return Ok(Redirect::to(&asked.page(PEOPLE)).into_response()) };
    if !asked.is_confirmed(&form) {
        asked.errors.add("confirmation", format!("Type {email} to erase this person."));
        return erasure_page(&app, page.invalid(), &member, asked).await;
    }
    let Erased::Done(Done { counts, .. }) = erase_person(&app, answering(&member), &email).await? else {
        asked.errors.add("confirmation", Erased::LEAVING);
        return erasure_page(&app, page.invalid(), &member, asked).await;
    };
    leave_flash(&session, Tone::Good, &format!("The person is erased: {counts}.")).await?;
    Ok(Redirect::to(PEOPLE).into_response())
}

pub(super) async fn export(State(app): State<App>, member: Member, form: Form) -> Result<Response, AppError> {
    let member = member.may(Right::Connect)?;
    let asked = Asked::of(&form);
    match &asked.email {
        Some(email) => export_person(&app, answering(&member), email).await,
        None => Ok(Redirect::to(&asked.page(PEOPLE)).into_response()),
    }
}
