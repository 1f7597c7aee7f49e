//! The receipt of an order, on screen and as a file, and who it is made out to.

use axum::{
    Router,
    extract::State,
    http::header,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    BillingDetails, Receipt, billing_details, details, pdf, receipt,
    view::{DetailsPage, ReceiptPage},
};
use crate::{
    accounts::{Member, Right, audit},
    billing::order_pages::order_at,
    credits::OrderId,
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form, path::Id},
    ui::{Page, Section, Tone, leave_flash},
};

const DETAILS: &str = "/settings/cold-email-agent/billing-details";

pub(in crate::billing) fn routes() -> Router<App> {
    Router::new()
        .route("/orders/{order}/receipt", get(show_receipt))
        .route("/orders/{order}/receipt.pdf", get(receipt_file))
        .route(DETAILS, get(show_details).post(save_details))
}

/// The receipt at an address; there is none before the order is paid.
async fn receipt_at(app: &App, member: &Member, id: OrderId) -> Result<Receipt, AppError> {
    let order = order_at(app, member, id).await?;
    let mut tx = app.db.read().await?;
    receipt(&mut tx, &order, &app.config).await?.ok_or(AppError::NotFound)
}

async fn show_receipt(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<OrderId>,
) -> Result<Response, AppError> {
    let receipt = receipt_at(&app, &member, id).await?;
    let title = format!("Receipt {}", receipt.number);
    Ok(page.in_section(Section::Credits).render(&title, move || view! { <ReceiptPage order=id.to_string() receipt /> }))
}

async fn receipt_file(State(app): State<App>, member: Member, Id(id): Id<OrderId>) -> Result<Response, AppError> {
    let receipt = receipt_at(&app, &member, id).await?;
    let name = format!("inline; filename=\"{}.pdf\"", receipt.number);
    // Fonts are subset: some milliseconds of work, which the threads of the pages are spared.
    let file = tokio::task::spawn_blocking(move || pdf::pdf(&receipt)).await.map_err(anyhow::Error::from)??;
    let headers = [(header::CONTENT_TYPE, "application/pdf".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, file).into_response())
}

async fn show_details(State(app): State<App>, page: Page, member: Member) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let details = billing_details(&mut app.db.read().await?, member.workspace).await?;
    Ok(details_page(page, &member, details, FieldErrors::default()))
}

fn details_page(page: Page, member: &Member, details: BillingDetails, errors: FieldErrors) -> Response {
    let page = page.in_section(Section::Credits);
    let page = if errors.is_empty() { page } else { page.invalid() };
    let workspace = member.workspace_name.clone();
    page.render("Billing details", move || view! { <DetailsPage details errors workspace /> })
}

async fn save_details(
    State(app): State<App>,
    page: Page,
    member: Member,
    session: Session,
    form: Form,
) -> Result<Response, AppError> {
    let member = member.may(Right::Buy)?;
    let typed = BillingDetails::typed(&form);
    let errors = typed.errors(&form);
    if !errors.is_empty() {
        return Ok(details_page(page, &member, typed, errors));
    }
    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    details::save(&mut tx, member.workspace, &typed, now).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Changed the billing details", "Receipts", "", now).await?;
    tx.commit().await?;
    leave_flash(&session, Tone::Good, "Saved. Receipts show these details from now on; earlier ones stay as they are.")
        .await?;
    Ok(Redirect::to("/settings/cold-email-agent/orders").into_response())
}
