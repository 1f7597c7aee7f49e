//! "Check now".

use axum::{Router, extract::State, response::Redirect, routing::post};
use tower_sessions::Session;

use super::{ProofCause, request_run};
use crate::{
    accounts::Operator,
    server::{app::App, error::AppError},
    ui::{Tone, leave_flash},
};

/// The pages of the proof; its result stands on `/admin`.
pub fn routes() -> Router<App> {
    Router::new().route("/admin/proof", post(check_now))
}

async fn check_now(
    State(app): State<App>,
    Operator(operator): Operator,
    session: Session,
) -> Result<Redirect, AppError> {
    let mut tx = app.db.write().await?;
    let new = request_run(&mut tx, ProofCause::Operator, Some(operator.user), app.clock.now()).await?;
    tx.commit().await?;
    let text = if new { "The check begins. Its result appears here." } else { "A check is under way already." };
    leave_flash(&session, Tone::Info, text).await?;
    Ok(Redirect::to("/admin#proof"))
}
