//! The session of one browser: begun at sign-in, ended at sign-out.

use axum::{
    http::header::SET_COOKIE,
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use tower_sessions::Session;

use super::{
    UserId,
    known_device::KnownDevices,
    member::{SESSION_PASSWORD, SESSION_USER},
    sign_in::SignedIn,
    workspaces::select_workspaces_of,
};
use crate::{
    server::{app::App, error::AppError},
    topics,
};

/// Begins a session for `signed_in` and goes to `next`.
///
/// The session gets a new id, so that an id somebody planted in this browser before is worth nothing, and the browser
/// becomes a known one.
pub async fn begin(
    app: &App,
    session: &Session,
    known: &KnownDevices,
    signed_in: SignedIn,
    next: &str,
) -> Result<Response, AppError> {
    let cookie = enter(app, session, known, signed_in).await?;
    Ok((AppendHeaders([(SET_COOKIE, cookie)]), Redirect::to(next)).into_response())
}

/// Begins a session as above. Returns the cookie by which this browser is known from now on.
///
/// # Errors
/// When the session cannot be written.
pub async fn enter(
    app: &App,
    session: &Session,
    known: &KnownDevices,
    signed_in: SignedIn,
) -> Result<String, AppError> {
    session.clear().await;
    session.cycle_id().await.map_err(anyhow::Error::from)?;
    session.insert(SESSION_USER, signed_in.user).await.map_err(anyhow::Error::from)?;
    session.insert(SESSION_PASSWORD, signed_in.password_changed_at).await.map_err(anyhow::Error::from)?;
    Ok(known.remember(signed_in.user, &app.config))
}

/// Ends the open streams of `user` in every workspace; browsers with a session open theirs again.
///
/// # Errors
/// Only the database's.
pub async fn end_streams(app: &App, user: UserId) -> Result<(), AppError> {
    let workspaces = select_workspaces_of(user).read(&mut app.db.read().await?).await?;
    for workspace in workspaces {
        app.live.changed(&app.db, workspace.id.0, &[&topics::left(user)]).await;
    }
    Ok(())
}

/// Ends the session and takes its cookie away.
pub async fn end(session: &Session) -> Result<(), AppError> {
    session.flush().await.map_err(|error| AppError::Internal(error.into()))
}
