//! The operator's view of credits: every workspace with its balance, and a way to add credits with a reason (C25).

use axum::{
    Router,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{
    Credits, GRANT_MAX, WorkspaceBalance, grant_by_operator,
    view::{WorkspacePage, WorkspacePageData, WorkspacesPage},
    workspace_balance, workspace_balances,
};
use crate::{
    accounts::{Operator, WorkspaceId},
    app::{App, Page, leave_flash},
    fields::FieldErrors,
    server::{error::AppError, form::Form},
    ui::{Section, Tone, credits_text},
};

/// Workspaces on one page.
const PAGE_ROWS: i64 = 50;
/// Longest reason of a grant.
const REASON_CHARACTERS_MAX: usize = 200;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/workspaces", get(show_workspaces))
        .route("/admin/workspaces/{workspace}", get(show_workspace).post(grant))
}

async fn show_workspaces(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    form: Form,
) -> Result<Response, AppError> {
    let before = match form.text("before") {
        "" => None,
        text => Some(text.parse::<WorkspaceId>().map_err(|_| AppError::NotFound)?),
    };
    let mut rows = workspace_balances(&mut app.db.read().await?, before, PAGE_ROWS + 1).await?;
    let more = rows.len() > PAGE_ROWS as usize;
    rows.truncate(PAGE_ROWS as usize);
    let first = before.is_none();
    let page = page.in_section(Section::Admin);
    Ok(page.render("Workspaces", move || view! { <WorkspacesPage rows first more /> }))
}

async fn workspace_at(app: &App, id: &str) -> Result<WorkspaceBalance, AppError> {
    let id: WorkspaceId = id.parse().map_err(|_| AppError::NotFound)?;
    workspace_balance(&mut app.db.read().await?, id).await?.ok_or(AppError::NotFound)
}

async fn show_workspace(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Path(id): Path<String>,
) -> Result<Response, AppError> {
    let workspace = workspace_at(&app, &id).await?;
    let data = WorkspacePageData::of(workspace);
    Ok(page.in_section(Section::Admin).render("Workspace", move || view! { <WorkspacePage data /> }))
}

async fn grant(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, AppError> {
    let workspace = workspace_at(&app, &id).await?;
    let mut errors = FieldErrors::default();
    let amount = Credits::parse(form.text("amount"), GRANT_MAX).map_err(|fault| errors.add("amount", fault)).ok();
    let reason = match form.line("reason", REASON_CHARACTERS_MAX) {
        Ok("") => {
            errors.add("reason", "Say why; the workspace reads it on its statement.");
            ""
        }
        Ok(reason) => reason,
        Err(fault) => {
            errors.add("reason", fault);
            ""
        }
    };
    let key = form.line("key", 64).unwrap_or_default();
    let (Some(amount), true, false) = (amount, errors.is_empty(), key.is_empty()) else {
        let (amount, reason) = (form.text("amount").to_owned(), form.text("reason").to_owned());
        let data = WorkspacePageData { amount, reason, errors, ..WorkspacePageData::of(workspace) };
        let page = page.in_section(Section::Admin).invalid();
        return Ok(page.render("Workspace", move || view! { <WorkspacePage data /> }));
    };
    let mut tx = app.db.write().await?;
    let now = app.clock.now();
    grant_by_operator(&mut tx, workspace.id, amount, reason, Some(operator.user), key, now).await?;
    tx.commit().await?;
    app.live.changed(&app.db, workspace.id.0, &["credits"]).await;
    let text = format!("{} added to {}.", credits_text(amount.get()), workspace.name);
    leave_flash(&session, Tone::Good, &text).await?;
    Ok(Redirect::to(&format!("/admin/workspaces/{}", workspace.id)).into_response())
}
