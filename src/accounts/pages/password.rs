//! `/forgot-password` and `/reset-password`.

use std::time::Duration;

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use leptos::prelude::*;
use tower_sessions::Session;

use crate::{
    accounts::{
        browser_session,
        client::ClientAddress,
        guesses::Guesses,
        known_device::KnownDevices,
        limits,
        next::START,
        password_link, password_rules,
        passwords::PASSWORDS,
        view::{ForgotPasswordPage, LinkSentPage, NoMailPage, PasswordLinkGonePage, ResetPasswordPage},
        wording,
    },
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    ui::{Page, Tone, leave_flash},
};

const FORGOT: &str = "Forgot your password?";
/// How long the answer to "send me a link" takes. It does not wait for the work, which takes longer for an account that
/// exists: its time must tell nothing. By then the mail is usually there.
const ANSWER_TIME: Duration = Duration::from_millis(300);
const RESET: &str = "Choose a new password";

pub async fn show_forgot(State(app): State<App>, page: Page) -> Response {
    if !app.config.has_mail() {
        return page.render(FORGOT, || view! { <NoMailPage /> });
    }
    page.render(FORGOT, || view! { <ForgotPasswordPage /> })
}

pub async fn submit_forgot(
    State(app): State<App>,
    page: Page,
    address: ClientAddress,
    form: Form,
) -> Result<Response, AppError> {
    if !app.config.has_mail() {
        return Ok(page.render(FORGOT, || view! { <NoMailPage /> }));
    }
    let mut errors = FieldErrors::default();
    let Some(email) = wording::email(&form, "email", &mut errors) else {
        let typed = form.text("email").chars().take(254).collect::<String>();
        return Ok(page.invalid().render(FORGOT, move || view! { <ForgotPasswordPage email=typed errors /> }));
    };
    let now = app.clock.now();
    app.of::<Guesses>().take(&limits::links_asked(address), now)?;
    let (db, public_url, recipient) = (app.db.clone(), app.config.public_url.clone(), email.clone());
    app.jobs.tracker.spawn(async move {
        if let Err(error) = password_link::send_link(&db, &public_url, &recipient, now).await {
            tracing::error!(error = format!("{error:#}"), "a password link could not be sent");
        }
    });
    tokio::time::sleep(ANSWER_TIME).await;
    let (email, embedded) = (email.to_string(), app.config.mail.is_none());
    Ok(page.render(FORGOT, move || view! { <LinkSentPage email embedded /> }))
}

pub async fn show_reset(State(app): State<App>, page: Page, query: Form) -> Result<Response, AppError> {
    let token = query.text("token").to_owned();
    if password_link::address_of(&mut app.db.read().await?, &token, app.clock.now()).await?.is_none() {
        return Ok(gone(page));
    }
    Ok(page.render(RESET, move || view! { <ResetPasswordPage token /> }))
}

pub async fn submit_reset(
    State(app): State<App>,
    page: Page,
    session: Session,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, AppError> {
    let (token, password) = (form.text("token").to_owned(), form.exact("password"));
    let email = password_link::address_of(&mut app.db.read().await?, &token, app.clock.now()).await?;
    let Some(email) = email else { return Ok(gone(page)) };
    if let Some(fault) = password_rules::fault_of(password, email.as_str()) {
        let errors = FieldErrors::one("password", fault);
        return Ok(page.invalid().render(RESET, move || view! { <ResetPasswordPage token errors /> }));
    }
    match password_link::reset(&app.db, &PASSWORDS, &token, password, app.clock.now()).await? {
        Some(signed_in) => {
            browser_session::end_streams(&app, signed_in.user).await?;
            let known = KnownDevices::of(&headers, &app.config);
            let response = browser_session::begin(&app, &session, &known, signed_in, START).await?;
            leave_flash(&session, Tone::Good, "Your new password is saved. You are signed out everywhere else.")
                .await?;
            Ok(response)
        }
        None => Ok(gone(page)),
    }
}

fn gone(page: Page) -> Response {
    page.with_status(StatusCode::GONE).render("This link no longer works", || view! { <PasswordLinkGonePage /> })
}
