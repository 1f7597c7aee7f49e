//! `/signup`.

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
        next::local_path,
        passwords::PASSWORDS,
        sign_in::{Attempt, Refusal},
        sign_up::{NewAccount, Place, Terms, WelcomeGift, is_allowed, sign_up},
        view::{SignUpClosedPage, SignUpPage, SignUpTyped},
    },
    fields::FieldErrors,
    server::{app::App, config::Signup, error::AppError, form::Form},
    ui::{Page, Tone, leave_flash},
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
    let credits = app.of::<WelcomeGift>().credits;
    Ok(page.render(TITLE, move || view! { <SignUpPage next credits /> }))
}

pub async fn submit(
    State(app): State<App>,
    page: Page,
    session: Session,
    address: ClientAddress,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, AppError> {
    let new = match NewAccount::parse(&form) {
        Ok(new) => new,
        Err(errors) => return Ok(again(&app, page.invalid(), &form, errors)),
    };
    let known = KnownDevices::of(&headers, &app.config);
    let attempt = Attempt { address, known: &known };
    let terms = Terms { signup: app.config.signup, place: Place::Own, gift: *app.of() };
    match sign_up(&app.db, &PASSWORDS, terms, &new, &attempt, app.clock.now()).await {
        Ok(signed_in) => {
            let next = local_path(form.text("next"));
            let response = browser_session::begin(&app, &session, &known, signed_in, &next).await?;
            if signed_in.is_new {
                let text = format!("Welcome, {}. {} free credits are in your workspace.", new.name, terms.gift.credits);
                leave_flash(&session, Tone::Good, &text).await?;
            }
            Ok(response)
        }
        Err(Refusal::Wrong(text)) => Ok(again(&app, page.invalid(), &form, whole_form(text))),
        Err(Refusal::TooMany(too_many)) => {
            let errors = whole_form(format!("Too many attempts. Try again in {}.", too_many.wait_text()));
            Ok(retry_after(again(&app, page.with_status(StatusCode::TOO_MANY_REQUESTS), &form, errors), too_many))
        }
        Err(Refusal::Closed | Refusal::InvitationGone) => Ok(closed(&app, page.with_status(StatusCode::FORBIDDEN))),
        Err(Refusal::Failed(error)) => Err(error),
    }
}

fn closed(app: &App, page: Page) -> Response {
    let invited = app.config.signup == Signup::Invited;
    page.render(TITLE, move || view! { <SignUpClosedPage invited /> })
}

/// The form as it was typed, without the password.
fn again(app: &App, page: Page, form: &Form, errors: FieldErrors) -> Response {
    let kept = |field: &str| form.text(field).chars().take(300).collect::<String>();
    let typed = SignUpTyped { name: kept("name"), email: kept("email"), workspace: kept("workspace") };
    let next = local_path(form.text("next"));
    let credits = app.of::<WelcomeGift>().credits;
    page.render(TITLE, move || view! { <SignUpPage typed next errors credits /> })
}
