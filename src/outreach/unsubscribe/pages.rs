//! `/u/{token}`: looking changes nothing, a form or a mail program's one click (RFC 8058) acts at once.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderName, StatusCode, header},
    response::{IntoResponse, Response},
};

use super::{
    Attempts,
    opt_out::{self, Mail},
    opt_outs::{OptOut, OptOuts},
    texts::Scope,
    token,
    view::{Says, document},
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::ids::SendId,
    server::{app::App, clock::Instant, db::retried, error::AppError, form::Form},
    topics,
};

/// Asks whether to stop. Scanners of mail follow links, so this changes nothing.
pub(super) async fn show(State(app): State<App>, Path(text): Path<String>) -> Result<Response, AppError> {
    let mail = match known(&app, &text) {
        Some((workspace, send)) => opt_out::mail(&mut app.db.read().await?, workspace, send).await?,
        None => None,
    };
    Ok(answer(&app, mail.as_ref(), Says::Asks))
}

/// Stops the mails, or takes that back. Whatever a mail program sends, it wants out of everything.
pub(super) async fn act(State(app): State<App>, Path(text): Path<String>, body: Bytes) -> Result<Response, AppError> {
    let form = Form::parse(&body);
    let deed = match (form.text("undo"), form.text("scope")) {
        ("", "campaign") => Deed::Stop(Scope::Campaign),
        ("", _) => Deed::Stop(Scope::Workspace),
        _ => Deed::Undo,
    };
    let unknown = match deed {
        Deed::Stop(_) => Says::Stopped(Scope::Workspace),
        Deed::Undo => Says::TooLate,
    };
    let Some(place) = known(&app, &text) else { return Ok(answer(&app, None, unknown)) };
    let Some(mail) = opt_out::mail(&mut app.db.read().await?, place.0, place.1).await? else {
        return Ok(answer(&app, None, unknown));
    };
    if mail.is_test {
        return Ok(answer(&app, Some(&mail), unknown));
    }
    if !app.of::<Attempts>().take(place.1, app.clock.now()) {
        return Ok((StatusCode::TOO_MANY_REQUESTS, answer(&app, Some(&mail), Says::TooMany)).into_response());
    }
    let at = app.clock.now();
    let (says, campaigns) = match deed {
        Deed::Stop(scope) => {
            let one = OptOut { place, mail: mail.clone(), scope, at };
            (Says::Stopped(scope), app.of::<OptOuts>().write(one).await?)
        }
        Deed::Undo => match undo(&app, place, &mail, at).await? {
            Some(campaigns) => (Says::Undone, campaigns),
            None => (Says::TooLate, Vec::new()),
        },
    };
    tell(&app, place.0, &campaigns).await;
    Ok(answer(&app, Some(&mail), says))
}

#[derive(Debug, Clone, Copy)]
enum Deed {
    Stop(Scope),
    Undo,
}

/// Takes an opt-out back, tried again when others write the same rows.
async fn undo(
    app: &App,
    place: (WorkspaceId, SendId),
    mail: &Mail,
    at: Instant,
) -> sqlx::Result<Option<Vec<CampaignId>>> {
    retried(|| async {
        let mut tx = app.db.write().await?;
        let undone = opt_out::undo(&mut tx, place, mail, at).await?;
        tx.commit().await?;
        Ok(undone)
    })
    .await
}

/// The mail of a token that this instance made.
fn known(app: &App, text: &str) -> Option<(WorkspaceId, SendId)> {
    let config = &app.config;
    let secrets = std::iter::once(&config.secret_key).chain(&config.secret_keys_old);
    token::read(secrets.map(Vec::as_slice), text)
}

async fn tell(app: &App, workspace: WorkspaceId, campaigns: &[CampaignId]) {
    if campaigns.is_empty() {
        return;
    }
    let campaigns: Vec<String> = campaigns.iter().map(topics::campaign).collect();
    let all: Vec<&str> = campaigns.iter().map(String::as_str).chain([topics::SUPPRESSION]).collect();
    app.live.changed(&app.db, workspace.0, &all).await;
}

fn answer(app: &App, mail: Option<&Mail>, says: Says) -> Response {
    let css = app.assets.files.as_ref().map(|files| format!("/pkg/{}", files.css)).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (HeaderName::from_static("x-robots-tag"), "noindex"),
        // The address is the permission: it is not passed on.
        (header::REFERRER_POLICY, "no-referrer"),
    ];
    (headers, document(mail, says, &css)).into_response()
}
