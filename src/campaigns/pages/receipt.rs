//! The receipt of a request: as a page, as a file, and beside another one.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

use super::Id;
use crate::{
    accounts::Member,
    app::{App, Page},
    campaigns::{
        lead_request, receipt_file,
        view::{ComparePage, ReceiptPage},
    },
    credits::RequestId,
    server::{error::AppError, form::Form},
    ui::Section,
};

/// Requests to choose from.
const CHOICES_MAX: i64 = 100;

pub(super) async fn show(
    State(app): State<App>,
    member: Member,
    page: Page,
    Id(id): Id<RequestId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let full = receipt_file::full_receipt(&mut tx, member.workspace, id).await?;
    let title = format!("Receipt for {}", full.receipt.request.campaign_name);
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render(&title, move || view! { <ReceiptPage full=full /> }))
}

pub(super) async fn file(State(app): State<App>, member: Member, Id(id): Id<RequestId>) -> Result<Response, AppError> {
    let full = receipt_file::full_receipt(&mut app.db.snapshot().await?, member.workspace, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"receipt.csv\""),
    ];
    Ok((headers, receipt_file::csv(&full)).into_response())
}

/// This request beside the one that `with` names.
pub(super) async fn compare(
    State(app): State<App>,
    member: Member,
    page: Page,
    Id(id): Id<RequestId>,
    form: Form,
) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let this = receipt_file::full_receipt(&mut tx, member.workspace, id).await?;
    let other = match form.text("with").parse() {
        Ok(with) => Some(receipt_file::full_receipt(&mut tx, member.workspace, with).await?),
        Err(_) => None,
    };
    let mut choices = lead_request::requests(&mut tx, member.workspace, None, CHOICES_MAX).await?;
    choices.retain(|one| one.id != id);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render("Compare two requests", move || view! { <ComparePage this=this other=other choices=choices /> }))
}
