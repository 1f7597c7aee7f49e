//! Erasing and exporting on behalf of a person, with a line in the log that does not name them.

use axum::{
    http::header,
    response::{IntoResponse, Response},
};

use crate::{
    accounts::{WorkspaceId, audit},
    email::Email,
    people::{Erased, Reach, erase, export},
    server::{app::App, db::is_contention, error::AppError, hexadecimal::hexadecimal},
    suppression::SuppressionKeys,
};

/// How often a change is tried when others write the same rows.
const ATTEMPTS_MAX: u32 = 5;
/// Bytes of a person's key in the log: enough to tell whether two lines are about one person.
const MARK_BYTES: usize = 6;

/// Who answers the request of a person, and for what.
#[derive(Debug, Clone, Copy)]
pub struct Answering {
    pub reach: Reach,
    /// In whose log it stands.
    pub workspace: WorkspaceId,
    pub actor: audit::Actor,
}

/// What the log calls a person: no name or address may survive there.
fn mark(keys: &SuppressionKeys, email: &Email) -> String {
    format!("Person {}", hexadecimal(&keys.canonical(email).0[..MARK_BYTES]))
}

/// Erases the person; nothing changes while a mail to them is leaving.
pub async fn erase_person(app: &App, answering: Answering, email: &Email) -> Result<Erased, AppError> {
    let mut attempt = 1;
    loop {
        match erase_once(app, answering, email).await {
            Err(error) if is_contention(&error) && attempt < ATTEMPTS_MAX => attempt += 1,
            outcome => return Ok(outcome?),
        }
    }
}

async fn erase_once(app: &App, answering: Answering, email: &Email) -> sqlx::Result<Erased> {
    let (keys, at) = (app.of::<SuppressionKeys>(), app.clock.now());
    let mut tx = app.db.write().await?;
    let erased = erase(&mut tx, keys, answering.reach, email, at).await?;
    if let Erased::Done(counts) = erased {
        let Answering { workspace, actor, .. } = answering;
        let (subject, detail) = (mark(keys, email), counts.to_string());
        audit::record(&mut tx, workspace, actor, "Erased a person", &subject, &detail, at).await?;
        tx.commit().await?;
    }
    Ok(erased)
}

/// Everything that is known, as a file of JSON.
pub async fn export_person(app: &App, answering: Answering, email: &Email) -> Result<Response, AppError> {
    let keys = app.of::<SuppressionKeys>();
    let known = export(&mut app.db.read().await?, keys, answering.reach, email).await?;
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
