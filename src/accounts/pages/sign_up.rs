//! `/signup`.

use axum::{
    Extension,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;

use crate::{
    accounts::{
        member::Found,
        next::local_path,
        promotion::WelcomeGift,
        sign_up::{Place, is_allowed},
        view::{SignUpClosedPage, SignUpPage, SignUpTyped},
    },
    server::{app::App, config::Signup, error::AppError, form::Form, server_functions::Failed},
    ui::Page,
};

const TITLE: &str = "Make an account";

pub async fn show(State(app): State<App>, page: Page, Found(member): Found, query: Form) -> Result<Response, AppError> {
    let next = local_path(query.text("next"));
    if member.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    if !is_allowed(&mut app.db.read().await?, app.config.signup, Place::Own).await? {
        return Ok(closed(&app, page));
    }
    let credits = WelcomeGift::promised(&app);
    Ok(page.render(TITLE, move || view! { <SignUpPage next credits /> }))
}

/// The form as it was typed, without the password.
pub async fn again(State(app): State<App>, page: Page, Extension(failed): Extension<Failed>) -> Response {
    let Failed { form, error } = failed;
    let page = page.with_status(error.status_code());
    if error.status_code() == StatusCode::FORBIDDEN {
        return closed(&app, page);
    }
    let kept = |field: &str| form.text(field).chars().take(300).collect::<String>();
    let typed = SignUpTyped { name: kept("name"), email: kept("email"), workspace: kept("workspace") };
    let next = local_path(form.text("next"));
    let credits = WelcomeGift::promised(&app);
    page.render(TITLE, move || view! { <SignUpPage typed next errors=error.shown() credits /> })
}

fn closed(app: &App, page: Page) -> Response {
    let invited = app.config.signup == Signup::Invited;
    page.render(TITLE, move || view! { <SignUpClosedPage invited /> })
}
