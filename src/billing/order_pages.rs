//! One order: where it stands, and what can be done with it. Buyers come back here from the provider's page.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Order, OrderState, PurchaseRefusal, RefundState, cancel, order,
    pages::{fresh_key, go_to_pay},
    provider::{Provider, stripe::calls},
    refund::{ask_for_refund, refundable},
    refunds_of,
    view::{OrderPage, OrderPageData},
};
use crate::{
    accounts::{Member, Right},
    credits::{OrderId, ShowBalance},
    server::{app::App, error::AppError, form::Form, path::Id},
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash, money_text},
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/orders/{order}", get(show_order))
        .route("/orders/{order}/pay", post(pay))
        .route("/orders/{order}/cancel", post(give_up))
        .route("/orders/{order}/refund", post(refund_order))
}

/// The order of an address. To another workspace it does not exist.
pub(super) async fn order_at(app: &App, member: &Member, id: OrderId) -> Result<Order, AppError> {
    order(&mut app.db.read().await?, member.workspace, id).await?.ok_or(AppError::NotFound)
}

async fn show_order(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<OrderId>,
    form: Form,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, id).await?;
    let returned = form.has("paid") && order.state == OrderState::Created;
    if let (true, Some(Provider::Stripe(account))) = (returned, Provider::of(&app)) {
        account.expect_payment(&app, &order).await?;
    }
    let mut tx = app.db.snapshot().await?;
    let pay_link = match Provider::of(&app) {
        Some(Provider::Stripe(account)) => account.page_of(&mut tx, &order).await?,
        _ => None,
    };
    let days = app.config.refund_days;
    let data = OrderPageData {
        returned,
        pay_link,
        refunds: refunds_of(&mut tx, &order).await?,
        offer: refundable(&mut tx, &order, days, app.clock.now()).await?,
        may_buy: member.role.may(Right::Buy),
        charging: calls::is_charging(&mut tx, order.workspace_id, order.id).await?,
        can_pay: can_pay(&app, &order),
        purchase_key: fresh_key(),
        support: app.config.support.clone(),
        order,
    };
    let page = page.in_section(Section::Credits).while_running(data.order.state == OrderState::Pending);
    let page = page.with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render("Your order", move || view! { <OrderPage data /> }))
}

/// Asks for the money of what is left (C19).
async fn refund_order(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<OrderId>,
    form: Form,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, id).await?;
    let member = member.may(Right::Buy)?;
    let key = form.line("key", 64).ok().filter(|key| !key.is_empty()).ok_or(PurchaseRefusal::StaleRefund)?;
    let mut tx = app.db.write().await?;
    let refund = ask_for_refund(&mut tx, &member, &order, key, app.config.refund_days, app.clock.now()).await?;
    tx.commit().await?;
    app.live.changed(&app.db, member.workspace.0, &[topics::CREDITS, topics::ORDERS]).await;
    let (credits, money) = (credits_text(refund.credits.get()), money_text(refund.amount_minor, &refund.currency));
    let text = match refund.state {
        RefundState::Done => format!("{credits} taken back, {money} paid back."),
        RefundState::Failed => "The refund failed; your credits are back.".into(),
        _ => format!("{credits} taken back. {money} is on its way to you."),
    };
    leave_flash(&session, Tone::Good, &text).await?;
    Ok(Redirect::to(&format!("/orders/{}", order.id)).into_response())
}

/// Whether the provider of the order is the one that serves now.
fn can_pay(app: &App, order: &Order) -> bool {
    Provider::of(app).is_some_and(|provider| provider.name() == order.provider)
}

async fn pay(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<OrderId>,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, id).await?;
    member.may(Right::Buy)?;
    match Provider::of(&app) {
        Some(provider) if provider.name() == order.provider => {
            Ok(Redirect::to(&go_to_pay(&app, &provider, &session, &order).await?).into_response())
        }
        _ => Err(PurchaseRefusal::OtherProvider.into()),
    }
}

async fn give_up(
    State(app): State<App>,
    member: Member,
    session: Session,
    Id(id): Id<OrderId>,
) -> Result<Response, AppError> {
    let order = order_at(&app, &member, id).await?;
    let member = member.may(Right::Buy)?;
    let mut tx = app.db.write().await?;
    let cancelled = cancel(&mut tx, &order, app.clock.now()).await?;
    tx.commit().await?;
    if cancelled {
        // Best effort: who pays a page that stayed open gets the credits.
        if let Some(Provider::Stripe(account)) = Provider::of(&app)
            && let Err(error) = account.end_session(&app, &order).await
        {
            tracing::warn!(order = %order.id, "a cancelled order can still be paid: {error}");
        }
        app.live.changed(&app.db, member.workspace.0, &[topics::ORDERS]).await;
        leave_flash(&session, Tone::Info, "The order was cancelled. Nothing was charged.").await?;
    }
    Ok(Redirect::to(&format!("/orders/{}", order.id)).into_response())
}
