//! What every handler of a page takes: who is asking, and how to answer.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use futures::future::BoxFuture;
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use tower_sessions::Session;

use super::{AssetNames, Flash, Frame, FrameData, FrameNotice, Section, Tone, Viewer};
use crate::server::{app::App, error::AppError, http::Nonce, server_timing};

const SESSION_FLASH: &str = "flash";

/// Loads what the frame shows of the signed-in member. `app` fills it in, because the frame knows no noun.
#[derive(Clone, Copy)]
pub struct FrameLoader(pub for<'a> fn(&'a mut Parts, &'a App) -> BoxFuture<'a, Result<Shown, AppError>>);

/// What the frame shows of the signed-in member; nothing of a visitor.
#[derive(Default)]
pub struct Shown {
    pub viewer: Option<Viewer>,
    pub notices: Vec<FrameNotice>,
}

/// The frame around one answer: the signed-in member, the balance, the message left by the last form.
pub struct Page {
    data: FrameData,
    status: StatusCode,
}

impl FromRequestParts<App> for Page {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Shown { viewer, notices } = (app.of::<FrameLoader>().0)(parts, app).await?;
        let flash = take_flash(parts).await?;
        let nonce = parts.extensions.get::<Nonce>().map(|nonce| nonce.0.clone()).unwrap_or_default();
        Ok(Self {
            data: FrameData {
                nonce,
                assets: asset_names(app),
                viewer,
                flash,
                notices,
                here: here(parts),
                support: app.config.support.as_ref().map(|one| (one.text.clone(), one.href.clone())),
                development: !app.config.is_production(),
                ..FrameData::default()
            },
            status: StatusCode::OK,
        })
    }
}

impl Page {
    /// Marks where in the navigation this page stands.
    pub fn in_section(mut self, section: Section) -> Self {
        self.data.section = section;
        self
    }

    /// Shows this balance, which was read with the page. The frame is read before: without this, a page can tell of
    /// credits that the balance beside it does not have yet.
    pub fn with_credits(mut self, available: i64, held: i64) -> Self {
        if let Some(viewer) = &mut self.data.viewer {
            (viewer.available, viewer.held) = (available, held);
        }
        self
    }

    /// Loads the page again every few seconds where there is no JavaScript to follow what is running on it.
    pub fn while_running(mut self, is_running: bool) -> Self {
        self.data.reloads = is_running;
        self
    }

    /// Answers with `status` instead of 200.
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// Answers 422: the form comes back as it was typed, with what to change.
    pub fn invalid(self) -> Self {
        self.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }

    /// Renders the whole document. All data is loaded before; the view cannot fail or wait.
    pub fn render<V: IntoView + 'static>(mut self, title: &str, body: impl FnOnce() -> V + Send + 'static) -> Response {
        title.clone_into(&mut self.data.title);
        let data = self.data;
        let timer = server_timing::rendering();
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let html = owner.with(|| view! { <Frame data=data>{body()}</Frame> }.to_html());
        drop(timer);
        let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8")];
        (self.status, headers, format!("<!DOCTYPE html>{html}")).into_response()
    }
}

/// Takes the message left for this page. Pages that refresh themselves leave it to the one it is meant for; without a
/// message the session is not touched, because each change of it is a write.
async fn take_flash(parts: &Parts) -> Result<Option<Flash>, AppError> {
    let session = parts.extensions.get::<Session>().filter(|session| session.id().is_some());
    let Some(session) = session.filter(|_| !parts.headers.contains_key("x-live")) else { return Ok(None) };
    let flash = session.get(SESSION_FLASH).await.map_err(anyhow::Error::from)?;
    if flash.is_some() {
        session.remove_value(SESSION_FLASH).await.map_err(anyhow::Error::from)?;
    }
    Ok(flash)
}

/// Leaves a message for the next page this browser opens.
///
/// # Errors
/// When the session cannot be read.
pub async fn leave_flash(session: &Session, tone: Tone, text: &str) -> Result<(), AppError> {
    let flash = Flash { tone, text: text.to_owned() };
    session.insert(SESSION_FLASH, flash).await.map_err(|error| AppError::Internal(error.into()))
}

/// The page asked for; the answer to a form has no address to come back to.
fn here(parts: &Parts) -> String {
    let path = (parts.method == axum::http::Method::GET).then(|| parts.uri.path_and_query()).flatten();
    path.map(|path| path.as_str().to_owned()).unwrap_or_default()
}

fn asset_names(app: &App) -> AssetNames {
    let Some(files) = &app.assets.files else { return AssetNames::default() };
    let address = |file: &str| format!("/pkg/{file}");
    AssetNames { css: address(&files.css), js: address(&files.js), wasm: address(&files.wasm) }
}
