//! Which URL shows which page.

use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    middleware,
    response::{IntoResponse, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_http::services::ServeDir;

use super::errors::error_pages;
use crate::{
    accounts::{self, Member},
    audiences, billing, campaigns, credits,
    directory::{self, Directory},
    help, home, screens,
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
        .merge(screens::routes())
        .merge(home::routes())
        .merge(help::routes())
        .route("/ui", get(components))
        .merge(accounts::routes())
        .merge(credits::routes())
        .merge(billing::routes())
        .merge(crate::proof::routes())
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(app.clone(), error_pages))
        .layer(middleware::from_fn_with_state(app.clone(), accounts::refusals))
        .layer(accounts::session_layer(&app));
    let files = ServeDir::new(&app.assets.folder).precompressed_br().precompressed_gzip();
    let routes = pages
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics))
        .merge(billing::webhook_routes())
        .nest_service("/pkg", ServeDir::new(app.assets.folder.join("pkg")).precompressed_br().precompressed_gzip())
        .nest_service("/public", files)
        .with_state(app.clone());
    http::layers(routes, app.config.clone())
}

/// What plain forms get of server functions.
fn doors() -> Doors {
    campaigns::doors(billing::doors(accounts::doors(Doors::default())))
}

/// The stream that tells the open pages of a workspace what changed.
async fn live(State(app): State<App>, member: Member) -> impl IntoResponse {
    app.live.stream(member.workspace.0, topics::left(member.user), app.jobs.shutdown.clone())
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

async fn metrics(State(app): State<App>) -> Response {
    let text = app.metrics.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
