//! The addresses of the guide.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::get,
};
use leptos::prelude::*;

use super::{
    topic::Topic,
    view::{Contents, TopicPage},
};
use crate::{
    server::{app::App, error::AppError},
    ui::{Page, Section},
};

/// `/help` and `/help/{topic}`.
pub fn routes() -> Router<App> {
    Router::new().route("/help", get(contents)).route("/help/{topic}", get(topic))
}

async fn contents(State(app): State<App>, page: Page) -> Response {
    let support = app.config.support.clone();
    page.in_section(Section::Help).render("Help", move || view! { <Contents support /> })
}

async fn topic(page: Page, Path(name): Path<String>) -> Result<Response, AppError> {
    let topic = Topic::named(&name).ok_or(AppError::NotFound)?;
    Ok(page.in_section(Section::Help).render(topic.title, move || view! { <TopicPage topic /> }))
}
