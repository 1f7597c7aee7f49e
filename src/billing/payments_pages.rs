//! The operator's view of payments: what the provider told us, what waits, and a way to try it again.

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    provider::{
        Provider,
        stripe::{inbox, open_calls},
    },
    view::{PaymentsPage, PaymentsPageData},
};
use crate::{
    accounts::Operator,
    server::{app::App, error::AppError},
    ui::{Page, Section, Tone, leave_flash},
};

/// Events and calls listed on the page.
const ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/admin/payments", get(show)).route("/admin/payments/events/{event}/retry", post(retry))
}

async fn show(State(app): State<App>, page: Page, _: Operator) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let data = PaymentsPageData {
        provider: Provider::of(&app).map(|provider| provider.name()),
        counts: inbox::counts(&mut tx).await?,
        events: inbox::latest(&mut tx, ROWS).await?,
        calls: open_calls(&mut tx, ROWS).await?,
    };
    Ok(page.in_section(Section::Admin).render("Payments", move || view! { <PaymentsPage data /> }))
}

async fn retry(
    State(app): State<App>,
    _operator: Operator,
    session: Session,
    Path(event): Path<String>,
) -> Result<Response, AppError> {
    let mut tx = app.db.write().await?;
    let waits = inbox::queue_again(&mut tx, &event, app.clock.now()).await?;
    tx.commit().await?;
    let (tone, text) = match waits {
        true => (Tone::Good, "The event is tried again. Reload this page to see what became of it."),
        false => (Tone::Info, "This event does not wait any more."),
    };
    leave_flash(&session, tone, text).await?;
    Ok(Redirect::to("/admin/payments").into_response())
}
