//! The one error towards pages: what went wrong, in terms a person can act on.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use super::{gate::Closed, inconsistency::Inconsistency};
use crate::fields::{FieldErrors, FormError, failure_text};

const SIGNED_OUT: &str =
    "You are signed out. Sign in again in another tab, then go on here: what you typed is still there.";

/// Why something cannot be done as things are now: the codes of a noun, an enumeration whose texts say what to do.
pub trait Conflict: std::error::Error + Send + Sync + 'static {}

/// Why a request cannot be answered as asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    #[error("not found")]
    NotFound,
    /// The member's role does not allow it; says which role does.
    #[error("{0}")]
    Forbidden(String),
    /// Nobody is signed in; the page to come back to.
    #[error("sign-in needed")]
    SignInNeeded { next: String },
    /// Somebody is signed in who belongs to no workspace.
    #[error("no workspace")]
    NoWorkspace,
    /// Fields that cannot be taken as they are.
    #[error("some fields need a change")]
    Invalid(FieldErrors),
    /// It cannot be done as things are now; the code says why and what to do.
    #[error("{0}")]
    Conflict(Box<dyn Conflict>),
    #[error("not enough credits: {needed} needed, {available} available")]
    NotEnoughCredits { needed: i64, available: i64 },
    #[error("too many attempts")]
    TooMany { retry_after_seconds: u64 },
    /// The request as a whole cannot be read (a broken form, a body that is too large).
    #[error("{1}")]
    Refused(StatusCode, String),
    #[error("busy")]
    Busy,
    /// What a server function refused, for a plain form.
    #[error("{}", .0.summary)]
    Told(FormError),
    /// A row that must exist and does not. Logged once with an id; only the id is shown.
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    /// Logged once with an id; only the id is shown.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// What the error page says: attached to the response, so that one layer can dress every error alike.
#[derive(Debug, Clone)]
pub struct ErrorText {
    pub title: &'static str,
    pub text: String,
}

impl AppError {
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::SignInNeeded { .. } | Self::NoWorkspace => StatusCode::SEE_OTHER,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::NotEnoughCredits { .. } => StatusCode::PAYMENT_REQUIRED,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Refused(status, _) => *status,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Told(error) => error.status_code(),
            Self::Inconsistent(_) | Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn text(&self) -> ErrorText {
        let (title, text) = match self {
            Self::NotFound => (
                "Page not found",
                "There is nothing at this address. It may have been removed, or belong to another workspace.".into(),
            ),
            Self::Forbidden(text) => ("Not allowed", text.clone()),
            Self::SignInNeeded { .. } => ("Sign in", "Sign in to see this page.".into()),
            Self::NoWorkspace => ("No workspace", "You are in no workspace at the moment.".into()),
            Self::Invalid(errors) => {
                ("Some fields need a change", errors.iter().map(|(_, text)| text).collect::<Vec<_>>().join(" "))
            }
            Self::Conflict(code) => ("That has changed in the meantime", code.to_string()),
            Self::NotEnoughCredits { needed, available } => (
                "Not enough credits",
                format!("This needs {needed} credits; {available} are available. Nothing was charged."),
            ),
            Self::TooMany { retry_after_seconds } => {
                ("Too many attempts", format!("Try again in {} minutes.", retry_after_seconds.div_ceil(60)))
            }
            Self::Refused(_, text) => ("The request could not be read", text.clone()),
            Self::Busy => (
                "Busy right now",
                "The database did not answer in time. Nothing was changed; try again in a moment.".into(),
            ),
            Self::Told(error) => (title_of(error.status_code()), error.summary.clone()),
            Self::Inconsistent(inconsistency) => on_our_side(inconsistency.log()),
            Self::Internal(error) => {
                let id = uuid::Uuid::new_v4();
                tracing::error!(%id, error = format!("{error:#}"), "request failed");
                on_our_side(id)
            }
        };
        ErrorText { title, text }
    }
}

/// The title of the page for what a server function refused.
fn title_of(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "Page not found",
        StatusCode::FORBIDDEN => "Not allowed",
        StatusCode::UNPROCESSABLE_ENTITY => "Some fields need a change",
        StatusCode::CONFLICT => "That has changed in the meantime",
        StatusCode::PAYMENT_REQUIRED => "Not enough credits",
        StatusCode::TOO_MANY_REQUESTS => "Too many attempts",
        StatusCode::SERVICE_UNAVAILABLE => "Busy right now",
        status if status.is_client_error() => "The request could not be read",
        _ => "Something went wrong on our side",
    }
}

/// What is shown of a failure that was logged as `id`.
fn on_our_side(id: uuid::Uuid) -> (&'static str, String) {
    ("Something went wrong on our side", failure_text(id))
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        // `RowNotFound` is no "not found": whoever may ask for what is not there looks with `fetch_optional`.
        match Inconsistency::within(error) {
            Ok(inconsistency) => Self::Inconsistent(inconsistency),
            Err(sqlx::Error::PoolTimedOut) => Self::Busy,
            Err(error) if super::db::is_contention(&error) => Self::Busy,
            Err(error) => Self::Internal(error.into()),
        }
    }
}

impl<Code: Conflict> From<Code> for AppError {
    fn from(code: Code) -> Self {
        Self::Conflict(Box::new(code))
    }
}

impl From<FieldErrors> for AppError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
    }
}

impl From<Closed> for AppError {
    fn from(closed: Closed) -> Self {
        let status = match closed {
            Closed::Full | Closed::Left => StatusCode::SERVICE_UNAVAILABLE,
            Closed::FullForUser => StatusCode::TOO_MANY_REQUESTS,
            Closed::Replaced => StatusCode::CONFLICT,
        };
        Self::Told(FormError::new(status.as_u16(), closed.to_string()))
    }
}

/// What a server function refused, at the plain door.
impl From<FormError> for AppError {
    fn from(error: FormError) -> Self {
        match error.status_code() {
            StatusCode::UNAUTHORIZED => Self::SignInNeeded { next: "/campaigns".into() },
            _ => Self::Told(error),
        }
    }
}

/// What a server function answers.
impl From<AppError> for FormError {
    fn from(error: AppError) -> Self {
        let (status, summary) = match &error {
            AppError::SignInNeeded { .. } => (StatusCode::UNAUTHORIZED, SIGNED_OUT.into()),
            AppError::NoWorkspace => (StatusCode::FORBIDDEN, error.text().text),
            _ => (error.status(), error.text().text),
        };
        let fields = if let AppError::Invalid(fields) = error { fields } else { FieldErrors::default() };
        Self { fields, summary, status: status.as_u16() }
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        if let Self::SignInNeeded { next } = &self {
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            return Redirect::to(&format!("/login?next={next}")).into_response();
        }
        if let Self::NoWorkspace = self {
            return Redirect::to("/workspaces/new").into_response();
        }
        let text = self.text();
        let mut response = (self.status(), text.text.clone()).into_response();
        if let Self::TooMany { retry_after_seconds } = self {
            response.headers_mut().insert(header::RETRY_AFTER, retry_after_seconds.into());
        }
        response.extensions_mut().insert(text);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("Too late.")]
    struct TooLate;

    impl Conflict for TooLate {}

    #[test]
    fn a_missing_row_is_our_fault_and_never_not_found() {
        let missing = || Inconsistency::new("credit_holds", "request_id", 7);
        let passed_on: sqlx::Error = missing().into();
        for error in [missing().into(), passed_on.into(), AppError::from(sqlx::Error::RowNotFound)] {
            assert_eq!(error.status(), StatusCode::INTERNAL_SERVER_ERROR, "{error:?}");
            let text = error.text().text;
            assert!(text.contains("this number: ") && !text.contains("credit_holds"), "{text}");
        }
    }

    #[test]
    fn a_server_function_says_in_words_what_a_page_would() {
        let told = |error: AppError| FormError::from(error);
        assert_eq!(told(AppError::SignInNeeded { next: "/".into() }).status, 401);
        assert_eq!(told(AppError::NoWorkspace).status, 403);
        assert_eq!(told(AppError::NotFound).status, 404);
        assert_eq!(told(TooLate.into()), FormError::new(409, "Too late."));
        let invalid = told(FieldErrors::one("name", "Enter a name.").into());
        assert_eq!((invalid.status, invalid.fields.of("name")), (422, Some("Enter a name.".into())));
        let internal = told(anyhow::anyhow!("no such table: leads").into());
        assert!(internal.status == 500 && !internal.summary.contains("leads"), "{internal:?}");
    }
}
