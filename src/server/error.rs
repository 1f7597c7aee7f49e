//! The one error towards pages: what went wrong, in terms a person can act on.

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};

use crate::fields::FieldErrors;

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
    /// The state changed in between; says what to do.
    #[error("{0}")]
    Conflict(String),
    #[error("not enough credits: {needed} needed, {available} available")]
    NotEnoughCredits { needed: i64, available: i64 },
    #[error("too many attempts")]
    TooMany { retry_after_seconds: u64 },
    /// The request as a whole cannot be read (a broken form, a body that is too large).
    #[error("{1}")]
    Refused(StatusCode, String),
    #[error("busy")]
    Busy,
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
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
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
            Self::Conflict(text) => ("That has changed meanwhile", text.clone()),
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
            Self::Internal(error) => {
                let id = uuid::Uuid::new_v4();
                tracing::error!(%id, error = format!("{error:#}"), "request failed");
                (
                    "Something went wrong on our side",
                    format!("Nothing was charged. If it happens again, tell the operator this number: {id}"),
                )
            }
        };
        ErrorText { title, text }
    }
}

impl From<sqlx::Error> for AppError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy,
            error if super::db::is_contention(&error) => Self::Busy,
            error => Self::Internal(error.into()),
        }
    }
}

impl From<FieldErrors> for AppError {
    fn from(errors: FieldErrors) -> Self {
        Self::Invalid(errors)
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
