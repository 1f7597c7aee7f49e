//! Which URL shows which page.

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, HeaderName, StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::*;
use sha2::{Digest, Sha256};
use tower_http::services::ServeDir;

use super::errors::error_pages;
use crate::{
    accounts::{self, Member},
    audiences, billing, campaigns, credits,
    directory::{self, Directory},
    help, home, insights, outreach, people, screens,
    server::{app::App, error::AppError, http, server_functions::Doors},
    topics,
    ui::{Gallery, Page, Section},
};

/// Every page and endpoint, with the layers that hold for all.
///
/// # Errors
/// When the public address cannot serve as an origin.
pub fn router(app: App) -> anyhow::Result<Router> {
    let pages: Router<App> = Router::new()
        .merge(doors().routes())
        .route("/live", get(live))
        .merge(audiences::routes())
        .merge(campaigns::routes())
        .merge(directory::routes())
        .merge(outreach::routes())
        .merge(insights::routes())
        .merge(people::routes())
        .merge(screens::routes())
        .merge(home::routes())
        .merge(help::routes())
        .route("/ui", get(components))
        .merge(accounts::routes())
        .merge(credits::routes())
        .merge(billing::routes())
        .merge(crate::proof::routes())
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), error_pages));
    // Inside the layer that notes refusals, so that these are noted too.
    let pages = http::refuse_other_origins(pages, &app.config)?
        .layer(middleware::from_fn_with_state(app.clone(), accounts::refusals))
        .layer(accounts::session_layer(&app));
    let files = ServeDir::new(&app.assets.folder).precompressed_br().precompressed_gzip();
    let routes = pages
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(billing::webhook_routes())
        .merge(outreach::unsubscribe::routes())
        .nest_service("/pkg", ServeDir::new(app.assets.folder.join("pkg")).precompressed_br().precompressed_gzip())
        .nest_service("/public", files)
        .with_state(app.clone());
    Ok(http::layers(routes, app.config.clone()))
}

/// What plain forms get of server functions.
fn doors() -> Doors {
    screens::doors(campaigns::doors(billing::doors(accounts::doors(Doors::default()))))
}

/// The stream that tells the open pages of a workspace what changed.
async fn live(State(app): State<App>, member: Member) -> Result<Response, AppError> {
    let follows = app.live.open(member.user.0).ok_or(AppError::TooMany { retry_after_seconds: 60 })?;
    let stream = app.live.stream(member.workspace.0, topics::left(member.user), follows, app.jobs.shutdown.clone());
    // nginx gathers an answer before it passes it on, unless it is told not to.
    Ok(([(HeaderName::from_static("x-accel-buffering"), "no")], stream).into_response())
}

/// Every component of the design system, for those who work on it.
async fn components(State(app): State<App>, page: Page) -> Result<Response, AppError> {
    if app.config.is_production() {
        return Err(AppError::NotFound);
    }
    Ok(page.in_section(Section::Elsewhere).render("Components", || view! { <Gallery /> }))
}

async fn not_found() -> AppError {
    AppError::NotFound
}

/// 200 once the database and the index answer.
async fn ready(State(app): State<App>) -> Result<&'static str, (StatusCode, String)> {
    let unavailable = |what: &str| (StatusCode::SERVICE_UNAVAILABLE, format!("{what} does not answer yet\n"));
    let mut tx = app.db.read().await.map_err(|_| unavailable("the database"))?;
    crate::on!(&mut tx, c => sqlx::query("select 1").execute(c).await.map(drop))
        .map_err(|_| unavailable("the database"))?;
    if !app.of::<Directory>().is_ready() {
        return Err(unavailable("the search index"));
    }
    Ok("ready\n")
}

/// The metrics, for who shows the token: they tell how much business is done here.
async fn metrics(State(app): State<App>, headers: HeaderMap) -> Response {
    let shown = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    let may_read = match &app.config.metrics_token {
        // Hashes are compared, so the time says nothing of the token.
        Some(token) => shown.is_some_and(|shown| Sha256::digest(shown) == Sha256::digest(token)),
        None => !app.config.is_production(),
    };
    if !may_read {
        return StatusCode::NOT_FOUND.into_response();
    }
    let text = app.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
