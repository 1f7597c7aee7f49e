//! Ids in the path, and addresses that only take forms.

use axum::{
    extract::{FromRequestParts, Path},
    http::{Uri, request::Parts},
    response::Redirect,
};

use super::{app::App, error::AppError};

/// An id in the path; one that cannot be read is a page that does not exist.
pub struct Id<T>(pub T);

impl<T: std::str::FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| AppError::NotFound)?;
        text.parse().map(Self).map_err(|_| AppError::NotFound)
    }
}

/// Redirects to the page that holds the form of this address: someone reloads the answer, or opens the address itself.
pub async fn to_page(uri: Uri) -> Redirect {
    Redirect::to(uri.path().rsplit_once('/').map_or("/", |(page, _)| page))
}
