//! A mail with its formatting: a page that shows it in a frame, and the frame's own document.

use axum::{
    extract::State,
    http::{HeaderName, header},
    response::{IntoResponse, Response},
};

use crate::{
    accounts::Member,
    outreach::{
        ids::MailId,
        inbox::html::{POLICY, html_of, page},
    },
    server::{app::App, error::AppError, path::Id},
};

/// The HTML of a mail, made harmless, under a policy that lets it do nothing.
pub async fn show(State(app): State<App>, member: Member, Id(id): Id<MailId>) -> Result<Response, AppError> {
    let html = html_of(&mut app.db.read().await?, member.workspace, id).await?.ok_or(AppError::NotFound)?;
    let page = tokio::task::spawn_blocking(move || page(&html)).await.map_err(anyhow::Error::from)?;
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_FRAME_OPTIONS, "SAMEORIGIN"),
        (header::REFERRER_POLICY, "no-referrer"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    Ok((headers, page).into_response())
}
