//! The signed-in member, taken from the session and the database, never from a form.

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use jiff::tz::TimeZone;
use serde::Deserialize;
use tower_sessions::Session;

use super::{Right, Role, UserId, WorkspaceId};
use crate::{
    on,
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        error::AppError,
        select::{Select, Selects, together},
        time_zone::zone_or_utc,
    },
};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;

/// The session's key for the signed-in user.
pub const SESSION_USER: &str = "user";
/// The session's key for the moment the password was last changed when it began.
pub const SESSION_PASSWORD: &str = "password_changed_at";
/// The session's key for the workspace that this browser works in.
pub const SESSION_WORKSPACE: &str = "workspace";
/// The session's key for the day it was last used, so that one in use does not expire.
const SESSION_DAY: &str = "day";

/// Somebody signed in, in one workspace.
#[derive(Debug, Clone, Deserialize)]
pub struct Member {
    pub user: UserId,
    pub workspace: WorkspaceId,
    pub role: Role,
    pub email: String,
    pub name: String,
    pub workspace_name: String,
    /// The IANA name of the workspace's time zone; empty: none was chosen.
    pub time_zone: String,
    pub operator: bool,
}

/// Somebody signed in, whatever workspace they are in, if any.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Person {
    pub user: UserId,
    pub email: String,
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

    /// The time zone of the workspace: whose days and hours are counted.
    pub fn zone(&self) -> TimeZone {
        zone_or_utc(&self.time_zone)
    }

    /// Its name.
    pub fn zone_name(&self) -> &str {
        if self.time_zone.is_empty() { "UTC" } else { &self.time_zone }
    }

    /// The member behind `user`, in the workspace joined first; `None` when the password was changed after the session
    /// began, so that a sign-in under way at that moment is over too.
    #[cfg(test)]
    pub async fn of(tx: &mut Tx, user: UserId, password_changed_at: Instant) -> sqlx::Result<Option<Self>> {
        Self::select(user, password_changed_at, None).read(tx).await
    }

    /// The member behind `user`: in the workspace `wanted` while they are in it, else in the one joined first. `None` when
    /// the password was changed after the session began, so that a sign-in under way at that moment is over too.
    fn select(user: UserId, password_changed_at: Instant, wanted: Option<WorkspaceId>) -> Select<Option<Self>> {
        Select::rows(
            "user, workspace, role, email, name, workspace_name, time_zone, operator flag",
            "select u.id as \"user\", w.id as workspace, m.role, u.email, u.name, w.name as workspace_name, w.time_zone, u.operator
             from users u join members m on m.user_id = u.id join workspaces w on w.id = m.workspace_id
             where u.id = $1 and u.password_changed_at = $2
             order by case when w.id = $3 then 0 else 1 end, m.created_at, w.id limit 1",
        )
        .bind(user.0)
        .bind(password_changed_at)
        .bind(wanted.map(|wanted| wanted.0))
        .first()
    }
}

/// Reads the member once per request; later extractors find it in the request.
#[derive(Clone)]
pub struct Found(pub Option<Member>);

/// Who is signed in, with or without a workspace.
#[derive(Clone)]
pub struct SignedInAs(pub Option<Person>);

impl FromRequestParts<App> for Found {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Ok(Self::and(parts, app, |_, _| ()).await?.0)
    }
}

impl Found {
    /// Finds the member and reads `more` about them in the same statement. That is missing when they were found before, or
    /// are not in the workspace that their session names.
    ///
    /// # Errors
    /// When an open page or a form is of another workspace, or the database fails.
    pub async fn and<S: Selects>(
        parts: &mut Parts,
        app: &App,
        more: impl FnOnce(UserId, WorkspaceId) -> S,
    ) -> Result<(Self, Option<S::Read>), AppError> {
        if let Some(found) = parts.extensions.get::<Self>() {
            return Ok((found.clone(), None));
        }
        let SignedIn { member, person, more } = match parts.extensions.get::<Session>() {
            Some(session) => signed_in(app, session, Asking::of(parts), more).await?,
            None => SignedIn { member: None, person: None, more: None },
        };
        let found = Self(member);
        parts.extensions.insert(found.clone());
        parts.extensions.insert(SignedInAs(person));
        Ok((found, more))
    }
}

/// Who is behind a session, and what else was read of them.
struct SignedIn<M> {
    member: Option<Member>,
    person: Option<Person>,
    more: Option<M>,
}

impl FromRequestParts<App> for SignedInAs {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        Found::from_request_parts(parts, app).await?;
        Ok(parts.extensions.get::<Self>().cloned().unwrap_or(Self(None)))
    }
}

/// How a request stands to the workspace of the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Asking {
    /// Somebody opens a page: it may be of another workspace than the last one.
    Opens,
    /// An open page follows its workspace (when it says which): it must not turn into a page of another one.
    Follows(Option<WorkspaceId>),
    /// A form: it must not act in another workspace than it was written for.
    Acts,
}

impl Asking {
    fn of(parts: &Parts) -> Self {
        let live = parts.headers.get("x-live").map(|value| value.to_str().unwrap_or_default().parse().ok());
        match live {
            _ if !parts.method.is_safe() => Self::Acts,
            Some(workspace) => Self::Follows(workspace),
            None if parts.uri.path() == "/live" => Self::Follows(None),
            None => Self::Opens,
        }
    }
}

async fn signed_in<S: Selects>(
    app: &App,
    session: &Session,
    asking: Asking,
    more: impl FnOnce(UserId, WorkspaceId) -> S,
) -> Result<SignedIn<S::Read>, AppError> {
    let user: Option<UserId> = session.get(SESSION_USER).await.map_err(anyhow::Error::from)?;
    let changed_at: Option<Instant> = session.get(SESSION_PASSWORD).await.map_err(anyhow::Error::from)?;
    let Some((user, changed_at)) = user.zip(changed_at) else {
        return Ok(SignedIn { member: None, person: None, more: None });
    };
    let wanted: Option<WorkspaceId> = session.get(SESSION_WORKSPACE).await.map_err(anyhow::Error::from)?;
    let mut tx = app.db.read().await?;
    let member = Member::select(user, changed_at, wanted);
    let (member, more) = match wanted {
        Some(wanted) => {
            let (member, more) = together(&mut tx, (member, more(user, wanted))).await?;
            let is_there = member.as_ref().is_some_and(|member| member.workspace == wanted);
            (member, is_there.then_some(more))
        }
        None => (member.read(&mut tx).await?, None),
    };
    let Some(member) = member else {
        return Ok(SignedIn { member: None, person: person(&mut tx, user, changed_at).await?, more: None });
    };
    drop(tx);
    in_one_workspace(session, wanted, &member, asking).await?;
    keep_alive(session, app.clock.now()).await?;
    let person = Person { user, email: member.email.clone() };
    Ok(SignedIn { member: Some(member), person: Some(person), more })
}

/// When the session's workspace is not this member's any more, pages move on to the one they joined first; what was rendered
/// for the other must not act or go on here.
async fn in_one_workspace(
    session: &Session,
    wanted: Option<WorkspaceId>,
    member: &Member,
    asking: Asking,
) -> Result<(), AppError> {
    let lost = wanted.is_some_and(|wanted| wanted != member.workspace);
    match asking {
        Asking::Opens if wanted != Some(member.workspace) => {
            let chosen = session.insert(SESSION_WORKSPACE, member.workspace).await;
            chosen.map_err(|error| AppError::Internal(error.into()))
        }
        Asking::Opens => Ok(()),
        Asking::Acts if lost => {
            Err(AppError::Forbidden("You are not in that workspace any more. Nothing was changed.".into()))
        }
        Asking::Follows(of) if lost || of.is_some_and(|of| of != member.workspace) => {
            let text = "You work in another workspace by now. Load this page again.";
            Err(AppError::Refused(StatusCode::PRECONDITION_FAILED, text.into()))
        }
        Asking::Acts | Asking::Follows(_) => Ok(()),
    }
}

async fn person(tx: &mut Tx, user: UserId, password_changed_at: Instant) -> sqlx::Result<Option<Person>> {
    on!(tx, c => sqlx::query_as("select id as \"user\", email, name from users where id = $1 and password_changed_at = $2")
        .bind(user).bind(password_changed_at).fetch_optional(c).await)
}

/// Changes the session once a day, which moves its expiry: not on every request, because each change is a write.
async fn keep_alive(session: &Session, now: Instant) -> Result<(), AppError> {
    let today = now.micros() / DAY_MICROS;
    let day: Option<i64> = session.get(SESSION_DAY).await.map_err(anyhow::Error::from)?;
    if day != Some(today) {
        session.insert(SESSION_DAY, today).await.map_err(anyhow::Error::from)?;
    }
    Ok(())
}

impl FromRequestParts<App> for Member {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Found(member) = Found::from_request_parts(parts, app).await?;
        let is_homeless = matches!(parts.extensions.get(), Some(SignedInAs(Some(_))));
        let missing =
            || if is_homeless { AppError::NoWorkspace } else { AppError::SignInNeeded { next: wanted(parts) } };
        member.ok_or_else(missing)
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
