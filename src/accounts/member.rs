//! The signed-in member, taken from the session and the database, never from a form.

use axum::{extract::FromRequestParts, http::request::Parts};
use tower_sessions::Session;

use super::{Right, Role, UserId, WorkspaceId};
use crate::{app::App, on, server::db::Tx, server::error::AppError};

/// The session's key for the signed-in user.
pub const SESSION_USER: &str = "user";

/// Somebody signed in, in one workspace.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Member {
    pub user: UserId,
    pub workspace: WorkspaceId,
    pub role: Role,
    pub email: String,
    pub name: String,
    pub workspace_name: String,
    pub operator: bool,
}

/// A member who also runs the instance.
#[derive(Debug, Clone)]
pub struct Operator(pub Member);

impl Member {
    /// This member, if the role has `right`.
    ///
    /// # Errors
    /// [`AppError::Forbidden`] with which role it takes.
    pub fn may(self, right: Right) -> Result<Self, AppError> {
        if self.role.may(right) { Ok(self) } else { Err(AppError::Forbidden(right.refusal().into())) }
    }

    /// The member behind `user`, in the workspace joined first.
    pub async fn of(tx: &mut Tx, user: UserId) -> sqlx::Result<Option<Self>> {
        on!(tx, c => sqlx::query_as(
            "select u.id as \"user\", w.id as workspace, m.role, u.email, u.name, w.name as workspace_name, u.operator
             from users u join members m on m.user_id = u.id join workspaces w on w.id = m.workspace_id
             where u.id = $1 order by m.created_at limit 1")
            .bind(user).fetch_optional(c).await)
    }
}

/// Reads the member once per request; later extractors find it in the request.
#[derive(Clone)]
pub struct Found(pub Option<Member>);

impl FromRequestParts<App> for Found {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        if let Some(found) = parts.extensions.get::<Self>() {
            return Ok(found.clone());
        }
        let session = parts.extensions.get::<Session>().cloned();
        let user = match session {
            Some(session) => session.get::<UserId>(SESSION_USER).await.map_err(anyhow::Error::from)?,
            None => None,
        };
        let member = match user {
            Some(user) => Member::of(&mut app.db.read().await?, user).await?,
            None => None,
        };
        let found = Self(member);
        parts.extensions.insert(found.clone());
        Ok(found)
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Found(member) = Found::from_request_parts(parts, app).await?;
        member.ok_or_else(|| AppError::SignInNeeded { next: wanted(parts) })
    }
}

impl FromRequestParts<App> for Operator {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let member = Member::from_request_parts(parts, app).await?;
        // To everybody else these pages do not exist.
        if member.operator { Ok(Self(member)) } else { Err(AppError::NotFound) }
    }
}

/// The page to come back to after signing in: the one asked for, or the start when it was a form.
fn wanted(parts: &Parts) -> String {
    if parts.method == axum::http::Method::GET {
        parts.uri.path_and_query().map_or("/campaigns".into(), |path| path.as_str().to_owned())
    } else {
        "/campaigns".into()
    }
}
