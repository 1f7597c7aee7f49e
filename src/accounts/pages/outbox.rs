//! `/outbox` (development only).

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use crate::{
    accounts::{outbox, view::OutboxPage},
    server::{app::App, error::AppError},
    ui::{Page, Section},
};

pub async fn show(State(app): State<App>, page: Page) -> Result<Response, AppError> {
    if app.config.is_production() {
        return Err(AppError::NotFound);
    }
    let messages = outbox::messages(&mut app.db.read().await?).await?;
    let (url, sends) = (app.config.public_url.clone(), app.config.mail.is_some());
    let page = page.in_section(Section::Elsewhere);
    Ok(page.render("Outbox", move || view! { <OutboxPage messages url sends /> }))
}
