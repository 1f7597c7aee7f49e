//! One order: where it stands, and what can be done with it. Buyers come back here from the provider's page.

use axum::{
    Router,
    extract::{Path, State},
    response::Response,
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Order, cancel, order,
    pages::{fresh_key, go_to_pay},
    provider::Provider,
    view::{OrderPage, OrderPageData},
};
use crate::{
    accounts::{Member, Right},
    app::{App, Page, leave_flash},
    credits::OrderId,
    server::error::AppError,
    ui::{Section, Tone},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/orders/{order}", get(show_order))
        .route("/orders/{order}/pay", post(pay))
        .route("/orders/{order}/cancel", post(give_up))
}

/// The order of an address. To another workspace it does not exist.
pub(super) async fn order_at(app: &App, member: &Member, id: &str) -> Result<Order, AppError> {
    let id: OrderId = id.parse().map_err(|_| AppError::NotFound)?;
    order(&mut app.db.read().await?, member.workspace, id).await?.ok_or(AppError::NotFound)
}

async fn show_order(
    State(app): State<App>,
    member: Member,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, &id).await?;
    let data = OrderPageData {
        may_buy: member.role.may(Right::Buy),
        can_pay: can_pay(&app, &order),
        purchase_key: fresh_key(),
        order,
    };
    Ok(page.in_section(Section::Credits).render("Your order", move || view! { <OrderPage data /> }))
}

/// Whether the provider of the order is the one that serves now.
fn can_pay(app: &App, order: &Order) -> bool {
    Provider::of(app).is_some_and(|provider| provider.name() == order.provider)
}

async fn pay(
    State(app): State<App>,
    member: Member,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, &id).await?;
    member.may(Right::Buy)?;
    match Provider::of(&app) {
        Some(provider) if provider.name() == order.provider => go_to_pay(&app, &provider, &session, &order).await,
        _ => Err(AppError::Conflict(
            "This order was made with another payment provider. Nothing was charged. Make a new order.".into(),
        )),
    }
}

async fn give_up(
    State(app): State<App>,
    member: Member,
    session: Session,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, &id).await?;
    let member = member.may(Right::Buy)?;
    let mut tx = app.db.write().await?;
    let cancelled = cancel(&mut tx, &order, app.clock.now()).await?;
    tx.commit().await?;
    if cancelled {
        app.live.changed(&app.db, member.workspace.0, &["orders"]).await;
        leave_flash(&session, Tone::Info, "The order was cancelled. Nothing was charged.").await?;
    }
    Ok(axum::response::IntoResponse::into_response(axum::response::Redirect::to(&format!("/orders/{}", order.id))))
}
