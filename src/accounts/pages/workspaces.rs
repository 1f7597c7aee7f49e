//! Changing between workspaces, and the page of those who are in none.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use crate::{
    accounts::{
        Member, WorkspaceId,
        member::{Found, Person, SESSION_WORKSPACE, SignedInAs},
        next::START,
        sign_up::WORKSPACE_CHARACTERS_MAX,
        team,
        view::NoWorkspacePage,
        wording, workspaces,
    },
    fields::FieldErrors,
    server::{app::App, config::Signup, error::AppError, form::Form},
    ui::{Page, Tone, leave_flash},
};

const NONE: &str = "You are in no workspace";

/// Works in another workspace from now on, in this browser.
pub async fn choose(
    State(app): State<App>,
    session: Session,
    member: Member,
    form: Form,
) -> Result<Redirect, AppError> {
    let workspace: WorkspaceId = form.text("workspace").parse().map_err(|_| AppError::NotFound)?;
    let role = team::role_of(&mut app.db.read().await?, workspace, member.user).await?;
    if role.is_none() {
        return Err(AppError::NotFound);
    }
    work_in(&session, workspace).await?;
    Ok(Redirect::to(START))
}

/// Remembers the workspace in the session.
pub async fn work_in(session: &Session, workspace: WorkspaceId) -> Result<(), AppError> {
    session.insert(SESSION_WORKSPACE, workspace).await.map_err(|error| AppError::Internal(error.into()))
}

/// Somebody opened the address of the form.
pub async fn to_start() -> Redirect {
    Redirect::to(START)
}

pub async fn show_none(
    State(app): State<App>,
    page: Page,
    Found(member): Found,
    SignedInAs(person): SignedInAs,
) -> Result<Response, AppError> {
    match (member, person) {
        (Some(_), _) => Ok(Redirect::to(START).into_response()),
        (None, None) => Err(AppError::SignInNeeded { next: START.into() }),
        (None, Some(person)) => Ok(none(&app, page, person, String::new(), FieldErrors::default())),
    }
}

fn none(app: &App, page: Page, person: Person, typed: String, errors: FieldErrors) -> Response {
    let open = app.config.signup == Signup::Open;
    page.render(NONE, move || view! { <NoWorkspacePage email=person.email open typed errors /> })
}

pub async fn make(
    State(app): State<App>,
    page: Page,
    session: Session,
    SignedInAs(person): SignedInAs,
    form: Form,
) -> Result<Response, AppError> {
    let Some(person) = person else { return Err(AppError::SignInNeeded { next: START.into() }) };
    if app.config.signup != Signup::Open {
        return Err(AppError::Forbidden("New workspaces are made by invitation here. Ask for one.".into()));
    }
    let mut errors = FieldErrors::default();
    let missing = "Type a name for the workspace.";
    let name = wording::filled(&form, "workspace", WORKSPACE_CHARACTERS_MAX, missing, &mut errors);
    if !errors.is_empty() {
        let typed = form.text("workspace").chars().take(300).collect();
        return Ok(none(&app, page.invalid(), person, typed, errors));
    }
    let mut tx = app.db.write().await?;
    let made = workspaces::make(&mut tx, person.user, name, app.clock.now()).await?;
    tx.commit().await?;
    if let Some(workspace) = made {
        work_in(&session, workspace).await?;
        leave_flash(&session, Tone::Good, &format!("The workspace {name} is yours.")).await?;
    }
    Ok(Redirect::to(START).into_response())
}
