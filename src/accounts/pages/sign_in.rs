//! `/login` and `/logout`.

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use crate::{
    accounts::{
        UserId, browser_session,
        member::{Found, SESSION_USER},
        next::{START, local_path},
        plain_http::PlainHttp,
        view::SignInPage,
    },
    server::{app::App, error::AppError, form::Form, server_functions::Failed},
    ui::Page,
};

const TITLE: &str = "Sign in";

pub async fn show(page: Page, Found(member): Found, PlainHttp(public): PlainHttp, query: Form) -> Response {
    let next = local_path(query.text("next"));
    if member.is_some() {
        return Redirect::to(&next).into_response();
    }
    let notice = match query.text("signed-out") {
        "" => None,
        "everywhere" => Some("You are signed out everywhere.".to_owned()),
        _ => Some("You are signed out.".to_owned()),
    };
    page.render(TITLE, move || view! { <SignInPage next notice public /> })
}

/// The form as it was typed, without the password.
pub async fn again(
    page: Page,
    PlainHttp(public): PlainHttp,
    Extension(Failed { form, error }): Extension<Failed>,
) -> Response {
    let (typed, next) = (form.text("email").chars().take(254).collect::<String>(), local_path(form.text("next")));
    let page = page.with_status(error.status_code());
    page.render(TITLE, move || view! { <SignInPage email=typed next errors=error.shown() public /> })
}

pub async fn sign_out(State(app): State<App>, session: Session) -> Result<Redirect, AppError> {
    let user: Option<UserId> = session.get(SESSION_USER).await.map_err(anyhow::Error::from)?;
    browser_session::end(&session).await?;
    if let Some(user) = user {
        browser_session::end_streams(&app, user).await?;
    }
    Ok(Redirect::to("/login?signed-out=here"))
}

/// Somebody opened the address of the sign-out button.
pub async fn to_start() -> Redirect {
    Redirect::to(START)
}
