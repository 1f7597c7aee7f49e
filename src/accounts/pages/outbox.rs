//! `/outbox` (development only).

use axum::{extract::State, response::Response};
use leptos::prelude::*;

use crate::{
    accounts::{client::ClientAddress, member::Found, outbox, view::OutboxPage},
    server::{app::App, error::AppError},
    ui::{Page, Section},
};

/// For those at this machine, and for the operator: the mail has links that open accounts.
pub async fn show(
    State(app): State<App>,
    page: Page,
    Found(member): Found,
    address: ClientAddress,
) -> Result<Response, AppError> {
    let is_operator = member.is_some_and(|member| member.operator);
    if app.config.is_production() || !(is_operator || address.0.to_canonical().is_loopback()) {
        return Err(AppError::NotFound);
    }
    let messages = outbox::messages(&mut app.db.read().await?).await?;
    let (url, sends) = (app.config.public_url.clone(), app.config.mail.is_some());
    let page = page.in_section(Section::Elsewhere);
    Ok(page.render("Outbox", move || view! { <OutboxPage messages url sends /> }))
}
