//! The receipt of a request: as a page, as a file, and beside another one.

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

use super::{
    file,
    view::{ComparePage, ReceiptPage},
};
use crate::{
    accounts::Member,
    campaigns::requests::lead_request,
    credits::{RequestId, ShowBalance},
    server::{
        app::App,
        error::AppError,
        form::Form,
        path::Id,
        query::{FromQuery, Query},
    },
    ui::{Page, Section},
};

/// Requests to choose from.
const CHOICES_MAX: i64 = 100;

pub(crate) async fn show(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<RequestId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let full = file::full_receipt(&mut tx, member.workspace, id).await?;
    let title = format!("Receipt for {}", full.receipt.request.campaign_name);
    let page = page.in_section(Section::Campaigns).with_balance_seen_by(&mut tx, &member).await?;
    let seller = app.config.seller();
    Ok(page.render(&title, move || view! { <ReceiptPage full=full seller=seller /> }))
}

pub(crate) async fn file(State(app): State<App>, member: Member, Id(id): Id<RequestId>) -> Result<Response, AppError> {
    let full = file::full_receipt(&mut app.db.snapshot().await?, member.workspace, id).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"receipt.csv\""),
    ];
    Ok((headers, file::csv(&full)).into_response())
}

/// The request to compare with; `None`: it is still to be chosen.
pub(crate) struct With(Option<RequestId>);

impl FromQuery for With {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        Ok(Self(query.text("with").parse().ok()))
    }
}

/// This request beside the one that `with` names.
pub(crate) async fn compare(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<RequestId>,
    Query(With(with)): Query<With>,
) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let this = file::full_receipt(&mut tx, member.workspace, id).await?;
    let other = match with {
        Some(with) => Some(file::full_receipt(&mut tx, member.workspace, with).await?),
        None => None,
    };
    let mut choices = lead_request::select_requests(member.workspace, None, CHOICES_MAX).read(&mut tx).await?;
    choices.retain(|one| one.id != id);
    let page = page.in_section(Section::Campaigns);
    Ok(page.render(
        "Compare two requests",
        move || view! { <ComparePage this=this other=other choices=choices zone=member.zone() /> },
    ))
}
