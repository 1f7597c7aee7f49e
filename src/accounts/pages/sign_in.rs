//! `/login` and `/logout`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{retry_after, whole_form};
use crate::{
    accounts::{
        browser_session,
        client::ClientAddress,
        known_device::KnownDevices,
        member::Found,
        next::{START, local_path},
        passwords::PASSWORDS,
        sign_in::{Attempt, Refusal, sign_in},
        view::SignInPage,
        wording,
    },
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    ui::Page,
};

const TITLE: &str = "Sign in";

pub async fn show(page: Page, Found(member): Found, query: Form) -> Response {
    let next = local_path(query.text("next"));
    if member.is_some() {
        return Redirect::to(&next).into_response();
    }
    let notice = match query.text("signed-out") {
        "" => None,
        "everywhere" => Some("You are signed out everywhere.".to_owned()),
        _ => Some("You are signed out.".to_owned()),
    };
    page.render(TITLE, move || view! { <SignInPage next notice /> })
}

pub async fn submit(
    State(app): State<App>,
    page: Page,
    session: Session,
    address: ClientAddress,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, AppError> {
    let next = local_path(form.text("next"));
    let typed = form.text("email").chars().take(254).collect::<String>();
    let again = move |page: Page, errors: FieldErrors| {
        page.render(TITLE, move || view! { <SignInPage email=typed next errors /> })
    };
    let mut errors = FieldErrors::default();
    let email = wording::email(&form, "email", &mut errors);
    if form.exact("password").is_empty() {
        errors.add("password", "Type your password.");
    }
    let Some(email) = email.filter(|_| errors.is_empty()) else { return Ok(again(page.invalid(), errors)) };

    let known = KnownDevices::of(&headers, &app.config);
    let attempt = Attempt { address, known: &known };
    let next = local_path(form.text("next"));
    match sign_in(&app.db, &PASSWORDS, &email, form.exact("password"), &attempt, app.clock.now()).await {
        Ok(signed_in) => browser_session::begin(&app, &session, &known, signed_in, &next).await,
        Err(Refusal::TooMany(too_many)) => {
            let errors = whole_form(format!(
                "Too many failed attempts. Try again in {}, use a browser you signed in with before, or reset the password.",
                too_many.wait_text()
            ));
            Ok(retry_after(again(page.with_status(StatusCode::TOO_MANY_REQUESTS), errors), too_many))
        }
        Err(Refusal::Failed(error)) => Err(error),
        Err(refusal @ (Refusal::Wrong(_) | Refusal::Closed | Refusal::InvitationGone)) => {
            Ok(again(page.invalid(), whole_form(refusal.to_string())))
        }
    }
}

pub async fn sign_out(session: Session) -> Result<Redirect, AppError> {
    browser_session::end(&session).await?;
    Ok(Redirect::to("/login?signed-out=here"))
}

/// Somebody opened the address of the sign-out button.
pub async fn to_start() -> Redirect {
    Redirect::to(START)
}
