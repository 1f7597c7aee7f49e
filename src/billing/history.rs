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
    server::{app::App, error::AppError, form::Form},
    ui::{Page, Section},
};

/// Orders on one page.
const PAGE_ROWS: i64 = 50;

pub(super) fn routes() -> Router<App> {
    Router::new().route("/settings/cold-email-agent/orders", get(show_orders))
}

async fn show_orders(State(app): State<App>, member: Member, page: Page, form: Form) -> Result<Response, AppError> {
    let before: Option<OrderId> = match form.text("before") {
        "" => None,
        text => Some(text.parse().map_err(|_| AppError::NotFound)?),
    };
    let mut tx = app.db.read().await?;
    let mut orders = store::orders_before(&mut tx, member.workspace, before, PAGE_ROWS + 1).await?;
    let more = orders.len() > PAGE_ROWS as usize;
    orders.truncate(PAGE_ROWS as usize);
    let data = HistoryPageData {
        older: orders.last().filter(|_| more).map(|order| format!("?before={}", order.id)),
        first: before.is_none(),
        orders,
        details: billing_details(&mut tx, member.workspace).await?,
        workspace: member.workspace_name.clone(),
        may_change: member.role.may(Right::Buy),
        has_checkout: Provider::of(&app).is_some(),
    };
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render("Orders and receipts", move || view! { <HistoryPage data /> }))
}
