//! Erasing and exporting on behalf of a person, with a line in the log that does not name them.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    accounts::{WorkspaceId, audit},
    email::Email,
    people::{By, Erased, Reach, erase, export, mark::mark, tell},
    server::{app::App, db::retried, error::AppError},
    suppression::SuppressionKeys,
};

/// Who answers the request of a person, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Answering {
    pub reach: Reach,
    /// In whose log it stands.
    pub workspace: WorkspaceId,
    pub actor: audit::Actor,
}

/// Erases the person, and tells the open pages; nothing changes while a mail to them is leaving.
pub async fn erase_person(app: &App, answering: Answering, email: &Email) -> Result<Erased, AppError> {
    let erased = retried(|| erase_once(app, answering, email)).await?;
    if let Erased::Done(done) = &erased {
        tell(app, &done.touched).await;
    }
    Ok(erased)
}

async fn erase_once(app: &App, answering: Answering, email: &Email) -> sqlx::Result<Erased> {
    let (keys, at) = (app.of::<SuppressionKeys>(), app.clock.now());
    let Answering { reach, workspace, actor } = answering;
    let mut tx = app.db.write().await?;
    let erased = erase(&mut tx, keys, (reach, By::Actor(actor)), email, at).await?;
    if let Erased::Done(done) = &erased {
        // Beside the lines of the workspaces: what the operator did, where they look for it.
        if reach == Reach::Instance {
            let (subject, detail) = (mark(keys, email), done.counts.to_string());
            audit::record(&mut tx, workspace, actor, "Erased a person everywhere", &subject, &detail, at).await?;
        }
        tx.commit().await?;
    }
    Ok(erased)
}

/// Everything that is known, as a file of JSON.
pub async fn export_person(app: &App, answering: Answering, email: &Email) -> Result<Response, AppError> {
    let keys = app.of::<SuppressionKeys>();
    let known = export(&mut app.db.snapshot().await?, keys, answering.reach, email).await?;
    let mut tx = app.db.write().await?;
    let Answering { workspace, actor, .. } = answering;
    audit::record(&mut tx, workspace, actor, audit::EXPORTED, &mark(keys, email), "What is known", app.clock.now())
        .await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"person.json\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, serde_json::to_string_pretty(&known).map_err(anyhow::Error::from)?).into_response())
}
