//! The operator's view of credits: every workspace with its balance, and a way to add credits with a reason (C25).

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::view::{WorkspacePage, WorkspacePageData, WorkspacesPage};
use crate::{
    accounts::{Operator, WorkspaceId},
    credits::{
        Adjustment, Change, CreditError, Credits, GRANT_MAX, Ledger, WorkspaceBalance, instance_balance,
        workspace_balance, workspace_balances,
    },
    fields::FieldErrors,
    server::{
        app::App,
        error::AppError,
        form::Form,
        paging::{PageOf, ROWS_ASKED},
        path::Id,
        query::{Before, Query},
    },
    topics,
    ui::{Page, Section, Tone, credits_text, leave_flash},
};

/// Longest reason of a grant.
const REASON_CHARACTERS_MAX: usize = 200;

pub(crate) fn routes() -> Router<App> {
    Router::new()
        .route("/admin/workspaces", get(show_workspaces))
        .route("/admin/workspaces/{workspace}", get(show_workspace).post(adjust))
}

async fn show_workspaces(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Query(Before(before)): Query<Before<WorkspaceId>>,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let totals = instance_balance(&mut tx).await?;
    let list = PageOf::new(workspace_balances(&mut tx, before, ROWS_ASKED).await?);
    let first = before.is_none();
    let page = page.in_section(Section::Admin);
    Ok(page.render("Workspaces", move || view! { <WorkspacesPage list first totals /> }))
}

async fn workspace_at(app: &App, id: WorkspaceId) -> Result<WorkspaceBalance, AppError> {
    workspace_balance(&mut app.db.read().await?, id).await?.ok_or(AppError::NotFound)
}

async fn show_workspace(
    State(app): State<App>,
    _operator: Operator,
    page: Page,
    Id(id): Id<WorkspaceId>,
) -> Result<Response, AppError> {
    let workspace = workspace_at(&app, id).await?;
    let data = WorkspacePageData::of(workspace);
    Ok(page.in_section(Section::Admin).render("Workspace", move || view! { <WorkspacePage data /> }))
}

/// Adds credits, or takes some back: the two forms of the page differ in the names of their fields.
async fn adjust(
    State(app): State<App>,
    Operator(operator): Operator,
    page: Page,
    session: Session,
    Id(id): Id<WorkspaceId>,
    form: Form,
) -> Result<Response, AppError> {
    let workspace = workspace_at(&app, id).await?;
    let taking = form.has("back_amount");
    let (amount_name, reason_name) = if taking { ("back_amount", "back_reason") } else { ("amount", "reason") };
    let mut errors = FieldErrors::default();
    let amount = Credits::parse(form.text(amount_name), GRANT_MAX).map_err(|fault| errors.add(amount_name, fault)).ok();
    let reason = match form.line(reason_name, REASON_CHARACTERS_MAX) {
        Ok("") => {
            errors.add(reason_name, "Say why; the workspace reads it on its statement.");
            ""
        }
        Ok(reason) => reason,
        Err(fault) => {
            errors.add(reason_name, fault);
            ""
        }
    };
    let key = form.line("key", 64).unwrap_or_default();
    let adjusted = match (amount, errors.is_empty(), key.is_empty()) {
        (Some(credits), true, false) => {
            let change = if taking { Change::Revoke } else { Change::Add };
            let (operator, reason, key) = (Some(operator.user), reason.to_owned(), key.to_owned());
            let at = app.clock.now();
            write(&app, Adjustment { workspace: workspace.id, change, credits, reason, operator, key, at }).await?
        }
        _ => Err(()),
    };
    let Err(()) = adjusted else {
        let text = match (taking, amount.unwrap_or_default().get()) {
            (true, credits) => format!("{} taken back from {}.", credits_text(credits), workspace.name),
            (false, credits) => format!("{} added to {}.", credits_text(credits), workspace.name),
        };
        leave_flash(&session, Tone::Good, &text).await?;
        return Ok(Redirect::to(&format!("/admin/workspaces/{}", workspace.id)).into_response());
    };
    if errors.is_empty() {
        errors.add(
            amount_name,
            "The workspace has not that many available. Held and spent credits cannot be taken back.",
        );
    }
    let (amount, reason) = (form.text(amount_name).to_owned(), form.text(reason_name).to_owned());
    let empty = WorkspacePageData::of(workspace);
    let data = if taking {
        WorkspacePageData { back_amount: amount, back_reason: reason, errors, ..empty }
    } else {
        WorkspacePageData { amount, reason, errors, ..empty }
    };
    let page = page.in_section(Section::Admin).invalid();
    Ok(page.render("Workspace", move || view! { <WorkspacePage data /> }))
}

/// Moves the credits and writes the line of the audit log; a second click does neither. The inner error: there is not
/// that much to take back.
async fn write(app: &App, adjustment: Adjustment) -> Result<Result<(), ()>, AppError> {
    let workspace = adjustment.workspace;
    match app.of::<Ledger>().post(adjustment).await {
        Err(CreditError::NotEnough { .. }) => return Ok(Err(())),
        adjusted => adjusted?,
    };
    app.live.changed(&app.db, workspace.0, &[topics::CREDITS]).await;
    Ok(Ok(()))
}
