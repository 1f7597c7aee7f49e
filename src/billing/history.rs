//! Every order of a workspace, a page at a time.

use axum::{Router, extract::State, response::Response, routing::get};
use leptos::prelude::*;

use super::{
    provider::Provider,
    receipt::billing_details,
    store,
    view::{HistoryPage, HistoryPageData},
};
use crate::{
    accounts::{Member, Right},
    credits::{OrderId, ShowBalance},
    server::{
        app::App,
        error::AppError,
        paging::{PageOf, ROWS_ASKED},
        query::{Before, Query},
    },
    ui::{Page, Section},
};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/cold-email-agent/orders", get(show_orders))
}

async fn show_orders(
    State(app): State<App>,
    page: Page,
    member: Member,
    Query(Before(before)): Query<Before<OrderId>>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let orders = PageOf::new(store::orders_before(&mut tx, member.workspace, before, ROWS_ASKED).await?);
    let data = HistoryPageData {
        older: orders.last_before_more().map(|order| format!("?before={}", order.id)),
        first: before.is_none(),
        orders: orders.rows,
        details: billing_details(&mut tx, member.workspace).await?,
        workspace: member.workspace_name.clone(),
        may_change: member.role.may(Right::Buy),
        has_checkout: Provider::of(&app).is_some(),
    };
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render("Orders and receipts", move || view! { <HistoryPage data /> }))
}
