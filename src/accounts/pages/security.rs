//! `/admin/security`: the security log, for the operator.

use axum::{
    extract::{FromRequestParts, MatchedPath, Request, State},
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use crate::{
    accounts::{
        Operator, UserId, audit,
        client::ClientAddress,
        member::SESSION_USER,
        security_log::{self, Event, Kind, SecurityEventId, SecurityLog},
        view::{SecurityPage, SecurityQuery},
    },
    server::{
        app::App,
        error::AppError,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        query::{FromQuery, Query},
    },
    ui::{Page, Section},
};

/// Rows of the file.
const FILE_ROWS_MAX: i64 = 100_000;

impl FromQuery for SecurityQuery {
    /// What cannot be read is the first page of all kinds.
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let kind = Kind::ALL.into_iter().find(|kind| kind.word() == query.text("kind"));
        Ok(Self { kind, before: query.text("before").parse::<SecurityEventId>().ok() })
    }
}

pub async fn show(
    State(app): State<App>,
    page: Page,
    Operator(_): Operator,
    Query(query): Query<SecurityQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let list = PageOf::new(security_log::rows(&mut tx, query.kind, query.before, ROWS_ASKED).await?);
    drop(tx);
    Ok(page.in_section(Section::Admin).render("Security log", move || view! { <SecurityPage query list /> }))
}

/// The same as a file, one JSON object a line, newest first.
pub async fn export(
    State(app): State<App>,
    Operator(operator): Operator,
    Query(query): Query<SecurityQuery>,
) -> Result<Response, AppError> {
    let mut tx = app.db.write().await?;
    let actor = audit::Actor::Operator(Some(operator.user));
    audit::record(&mut tx, operator.workspace, actor, audit::EXPORTED, "The security log", "", app.clock.now()).await?;
    tx.commit().await?;
    let rows = security_log::rows(&mut app.db.read().await?, query.kind, None, FILE_ROWS_MAX).await?;
    let lines = rows.iter().map(|row| serde_json::to_string(row).map(|line| line + "\n"));
    let text: String = lines.collect::<Result<_, _>>().map_err(anyhow::Error::from)?;
    let headers = [
        (header::CONTENT_TYPE, "application/x-ndjson"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"security-log.jsonl\""),
    ];
    Ok((headers, text).into_response())
}

/// Notes every answer that refuses someone: 403 for what is not theirs, 429 for what is too much.
pub async fn refusals(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address = ClientAddress::from_request_parts(&mut parts, &app).await;
    let session = parts.extensions.get::<Session>().cloned();
    let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
    let what = format!("{} {route}", parts.method);
    let response = next.run(Request::from_parts(parts, body)).await;
    if let (StatusCode::FORBIDDEN | StatusCode::TOO_MANY_REQUESTS, Ok(address)) = (response.status(), address) {
        let user: Option<UserId> = match session {
            Some(session) => session.get(SESSION_USER).await.ok().flatten(),
            None => None,
        };
        let event = Event::new(Kind::Refused, user).from(address).about(&what, response.status().as_str());
        app.of::<SecurityLog>().note(event, app.clock.now());
    }
    response
}
