//! `/settings/profile`.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::retry_after;
use crate::{
    accounts::{
        Member, Right, audit, browser_session, confirm,
        guesses::Guesses,
        known_device::KnownDevices,
        password_rules,
        passwords::PASSWORDS,
        profile,
        sign_in::Refusal,
        sign_up::{NAME_CHARACTERS_MAX, WORKSPACE_CHARACTERS_MAX},
        store,
        view::{Profile, ProfilePage},
        wording,
    },
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    ui::{Page, Section, Tone, leave_flash},
};

const ADDRESS: &str = "/settings/profile";

pub async fn show(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    render(&app, page, member, &Form::default(), FieldErrors::default()).await
}

/// The addresses of the single forms have no page of their own.
pub async fn to_page() -> Redirect {
    Redirect::to(ADDRESS)
}

pub async fn rename(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let mut errors = FieldErrors::default();
    let name = wording::filled(&form, "name", NAME_CHARACTERS_MAX, "Type your name.", &mut errors);
    if !errors.is_empty() {
        return render(&app, page.invalid(), member, &form, errors).await;
    }
    let mut tx = app.db.write().await?;
    store::rename_user(&mut tx, member.user, name).await?;
    let (actor, now) = (audit::Actor::User(member.user), app.clock.now());
    audit::record(&mut tx, member.workspace, actor, "Changed their name", name, &format!("Was {}", member.name), now)
        .await?;
    tx.commit().await?;
    saved(&session, "Your name is saved.").await
}

pub async fn rename_workspace(
    State(app): State<App>,
    page: Page,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Manage)?;
    let mut errors = FieldErrors::default();
    let missing = "Type a name for the workspace.";
    let name = wording::filled(&form, "workspace", WORKSPACE_CHARACTERS_MAX, missing, &mut errors);
    if !errors.is_empty() {
        return render(&app, page.invalid(), member, &form, errors).await;
    }
    let mut tx = app.db.write().await?;
    store::rename_workspace(&mut tx, member.workspace, name).await?;
    let (actor, now) = (audit::Actor::User(member.user), app.clock.now());
    let before = format!("Was {}", member.workspace_name);
    audit::record(&mut tx, member.workspace, actor, "Renamed the workspace", name, &before, now).await?;
    tx.commit().await?;
    saved(&session, "The workspace name is saved.").await
}

pub async fn change_password(
    State(app): State<App>,
    page: Page,
    session: Session,
    headers: HeaderMap,
    member: Member,
    form: Form,
) -> Result<Response, AppError> {
    let (current, new) = (form.exact("current_password"), form.exact("new_password"));
    let mut errors = FieldErrors::default();
    if current.is_empty() {
        errors.add("current_password", "Type your current password.");
    }
    if let Some(fault) = password_rules::fault_of(new, &member.email) {
        errors.add("new_password", fault);
    }
    if !errors.is_empty() {
        return render(&app, page.invalid(), member, &form, errors).await;
    }
    match profile::change_password((&app.db, &PASSWORDS, app.of::<Guesses>()), &member, current, new, app.clock.now())
        .await
    {
        Ok(signed_in) => {
            browser_session::end_streams(&app, signed_in.user).await?;
            let known = KnownDevices::of(&headers, &app.config);
            let response = browser_session::begin(&app, &session, &known, signed_in, ADDRESS).await?;
            leave_flash(&session, Tone::Good, "Your password is changed. You are signed out everywhere else.").await?;
            Ok(response)
        }
        Err(Refusal::TooMany(too_many)) => {
            let text = format!("Too many wrong passwords. Try again in {}.", too_many.wait_text());
            let errors = FieldErrors::one("current_password", text);
            let page = page.with_status(StatusCode::TOO_MANY_REQUESTS);
            Ok(retry_after(render(&app, page, member, &form, errors).await?, too_many))
        }
        Err(Refusal::Failed(error)) => Err(error),
        Err(refusal @ (Refusal::Wrong(_) | Refusal::Closed | Refusal::InvitationGone)) => {
            let errors = FieldErrors::one("current_password", refusal.to_string());
            render(&app, page.invalid(), member, &form, errors).await
        }
    }
}

/// Mails the link by which the address is confirmed.
pub async fn send_confirmation(State(app): State<App>, session: Session, member: Member) -> Result<Response, AppError> {
    if !app.config.has_mail() {
        return Err(AppError::NotFound);
    }
    confirm::send_to(&app, member.user, app.clock.now()).await?;
    saved(&session, &format!("A message with the link is on its way to {}.", member.email)).await
}

pub async fn sign_out_everywhere(
    State(app): State<App>,
    session: Session,
    member: Member,
) -> Result<Redirect, AppError> {
    profile::sign_out_everywhere(&app.db, &member, app.clock.now()).await?;
    browser_session::end(&session).await?;
    browser_session::end_streams(&app, member.user).await?;
    Ok(Redirect::to("/login?signed-out=everywhere"))
}

async fn saved(session: &Session, text: &str) -> Result<Response, AppError> {
    leave_flash(session, Tone::Good, text).await?;
    Ok(Redirect::to(ADDRESS).into_response())
}

/// The page with what was typed (never a password) where it was typed, and what is stored elsewhere.
async fn render(app: &App, page: Page, member: Member, form: &Form, errors: FieldErrors) -> Result<Response, AppError> {
    let typed = |field: &str, stored: &str| {
        let text = if form.has(field) { form.text(field) } else { stored };
        text.chars().take(300).collect::<String>()
    };
    let mut tx = app.db.read().await?;
    let sessions = store::count_sessions(&mut tx, member.user, app.clock.now()).await?;
    let confirmed = confirm::is_confirmed(&mut tx, member.user).await?;
    drop(tx);
    let profile = Profile {
        name: typed("name", &member.name),
        workspace: typed("workspace", &member.workspace_name),
        sessions,
        confirmed,
        has_mail: app.config.has_mail(),
        errors,
        member,
    };
    Ok(page.in_section(Section::Profile).render("Profile", move || view! { <ProfilePage profile /> }))
}
