//! Where a number comes from: the pages of one lot, one hold, one movement (rule C23).

use axum::{Router, extract::State, response::Response, routing::get};
use leptos::prelude::*;

use super::view::{HoldPage, LotPage, MovementPage};
use crate::{
    accounts::Member,
    credits::{HoldId, LotId, ShowBalance, StatementFilter, hold_details, lot, movement, statement},
    server::{app::App, error::AppError, path::Id},
    ui::{Page, Section},
};

/// Movements listed on the page of a lot or a hold; the statement has them all.
const MOVEMENTS_SHOWN: i64 = 50;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/settings/cold-email-agent/lots/{lot}", get(show_lot))
        .route("/settings/cold-email-agent/holds/{hold}", get(show_hold))
        .route("/settings/cold-email-agent/movements/{number}", get(show_movement))
}

async fn show_lot(State(app): State<App>, page: Page, member: Member, Id(id): Id<LotId>) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let lot = lot(&mut tx, member.workspace, id).await?.ok_or(AppError::NotFound)?;
    let filter = StatementFilter { lot: Some(id), ..StatementFilter::default() };
    let rows = statement(&mut tx, member.workspace, &filter, i64::MAX, MOVEMENTS_SHOWN).await?;
    let now = app.clock.now();
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render("Lot of credits", move || view! { <LotPage lot rows now /> }))
}

async fn show_hold(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(id): Id<HoldId>,
) -> Result<Response, AppError> {
    let mut tx = app.db.snapshot().await?;
    let details = hold_details(&mut tx, member.workspace, id).await?.ok_or(AppError::NotFound)?;
    let filter = StatementFilter { hold: Some(id), ..StatementFilter::default() };
    let rows = statement(&mut tx, member.workspace, &filter, i64::MAX, MOVEMENTS_SHOWN).await?;
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render("Held credits", move || view! { <HoldPage details rows /> }))
}

async fn show_movement(
    State(app): State<App>,
    page: Page,
    member: Member,
    Id(number): Id<i64>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let row = movement(&mut tx, member.workspace, number).await?.ok_or(AppError::NotFound)?;
    let title = format!("Movement {number}");
    let fits = row.transfer.content_hash(tx.keys()).is_some_and(|hash| hash == row.transfer.hash);
    let page = page.in_section(Section::Credits).with_balance_seen_by(&mut tx, &member).await?;
    Ok(page.render(&title, move || view! { <MovementPage row fits /> }))
}
