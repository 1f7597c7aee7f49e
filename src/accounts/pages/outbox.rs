//! `/outbox` (development only).

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use crate::{
    accounts::{outbox, view::OutboxPage},
    app::{App, Page},
    server::error::AppError,
    ui::Section,
};

pub async fn show(State(app): State<App>, page: Page) -> Result<Response, AppError> {
    if app.config.is_production() {
        return Err(AppError::NotFound);
    }
    let messages = outbox::messages(&mut app.db.read().await?).await?;
    Ok(page.in_section(Section::Elsewhere).render("Outbox", move || view! { <OutboxPage messages /> }))
}
