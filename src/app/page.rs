//! What every handler of a page takes: who is asking, and how to answer.

use std::sync::Arc;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use hydration_context::SsrSharedContext;
use leptos::prelude::*;
use tower_sessions::Session;

use super::App;
use crate::{
    accounts::{self, Member, member::Found, notices},
    credits::{self, Balance},
    server::{db::Tx, error::AppError, http::Nonce},
    ui::{AssetNames, Flash, Frame, FrameData, FrameNotice, Section, Tone, Viewer},
};

const SESSION_FLASH: &str = "flash";
/// Messages loaded for the frame; it shows a few and counts the rest.
const NOTICES_MAX: i64 = 50;

/// The frame around one answer: the signed-in member, the balance, the message left by the last form.
pub struct Page {
    data: FrameData,
    status: StatusCode,
}

impl FromRequestParts<App> for Page {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Found(member) = Found::from_request_parts(parts, app).await?;
        let (viewer, notices) = match member {
            Some(member) => {
                let (viewer, notices) = viewer(app, member).await?;
                (Some(viewer), notices)
            }
            None => (None, Vec::new()),
        };
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
    pub fn with_balance(mut self, balance: Balance) -> Self {
        if let Some(viewer) = &mut self.data.viewer {
            (viewer.available, viewer.held) = (balance.available.get(), balance.held.get());
        }
        self
    }

    /// Shows the [balance](Self::with_balance) that the page's transaction sees; after all else was read in it.
    pub async fn with_balance_seen_by(self, tx: &mut Tx, member: &Member) -> Result<Self, AppError> {
        Ok(self.with_balance(credits::balance(tx, member.workspace).await?))
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
        let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
        let html = owner.with(|| view! { <Frame data=data>{body()}</Frame> }.to_html());
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

/// What the frame shows of the member, read in one transaction.
async fn viewer(app: &App, member: Member) -> Result<(Viewer, Vec<FrameNotice>), AppError> {
    let mut tx = app.db.read().await?;
    let balance = credits::balance(&mut tx, member.workspace).await?;
    let open = notices::open_notices(&mut tx, member.workspace, member.user, NOTICES_MAX, app.clock.now()).await?;
    let workspaces = accounts::workspaces_of(&mut tx, member.user).await?;
    let others = workspaces.into_iter().filter(|(id, _)| *id != member.workspace);
    let notices = open.into_iter().map(|notice| FrameNotice {
        dismissal: format!("/notices/{}/dismissal", notice.id),
        tone: Tone::of_word(&notice.tone),
        title: notice.title,
        text: notice.text,
        link: notice.link,
    });
    let viewer = Viewer {
        email: member.email,
        workspace_id: member.workspace.to_string(),
        workspace: member.workspace_name,
        workspaces: others.map(|(id, name)| (id.to_string(), name)).collect(),
        available: balance.available.get(),
        held: balance.held.get(),
        operator: member.operator,
    };
    Ok((viewer, notices.collect()))
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

#[cfg(test)]
mod tests {
    use axum::{Router, extract::State, response::Response, routing::get};

    use super::{App, Page};
    use crate::{
        accounts::{Member, session_layer},
        app::testing::test_apps,
        credits,
        server::error::AppError,
        ui::Section,
    };

    /// Credits arrive after the frame was read and before the page is.
    async fn paid_meanwhile(State(app): State<App>, member: Member, page: Page) -> Result<Response, AppError> {
        let mut tx = app.db.write().await?;
        credits::grant_signup_promotion(&mut tx, member.workspace, app.clock.now()).await?;
        tx.commit().await?;
        let page = page.with_balance_seen_by(&mut app.db.read().await?, &member).await?;
        Ok(page.in_section(Section::Credits).render("Paid", || "100 credits added."))
    }

    #[tokio::test]
    async fn the_balance_has_the_credits_that_the_page_tells_of() {
        for test in test_apps(&[]).await {
            let routes = Router::new().route("/paid", get(paid_meanwhile)).layer(session_layer(&test.app));
            let browser = test.sign_in().await.at(routes.with_state(test.app.clone()));
            let html = browser.get("/paid").await.body;
            assert!(html.contains("100 credits added."), "{html}");
            assert!(html.contains(r#"<span class="balance-value">100</span>"#), "{html}");
        }
    }
}
