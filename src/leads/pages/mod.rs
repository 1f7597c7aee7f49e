//! The operator's pages of the directory. No SQL in here.

#[cfg(test)]
mod import_tests;
mod imports;
mod overview;
pub(super) mod sources;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path},
    http::{Uri, request::Parts},
    response::Redirect,
    routing::{get, post},
};

use crate::{app::App, server::error::AppError};

/// The addresses of the operator's pages of the directory.
pub fn routes() -> Router<App> {
    // uploads are streamed to disk and counted there
    let upload = get(imports::list).post(imports::upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/admin", get(overview::show))
        .route("/admin/sources", get(sources::list).post(sources::add))
        .route("/admin/sources/{id}", get(sources::show).post(sources::change))
        .route("/admin/sources/{id}/enable", get(to_page).post(sources::enable))
        .route("/admin/sources/{id}/test", get(to_page).post(sources::test))
        .route("/admin/imports", upload)
        .route("/admin/imports/{id}", get(imports::show))
        .route("/admin/imports/{id}/start", post(imports::start))
        .route("/admin/imports/{id}/discard", post(imports::discard))
        .route("/admin/imports/{id}/end", get(to_page).post(imports::end))
        .route("/admin/imports/{id}/undo", get(to_page).post(imports::undo))
        .route("/admin/imports/{id}/rejected.csv", get(imports::rejected))
}

/// To the page that has the form of this address: somebody loads the answer to it again.
async fn to_page(uri: Uri) -> Redirect {
    Redirect::to(uri.path().rsplit_once('/').map_or("/admin", |(page, _)| page))
}

/// An id in the path; one that cannot be read is a page that does not exist.
struct Id<T>(T);

impl<T: std::str::FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| AppError::NotFound)?;
        text.parse().map(Self).map_err(|_| AppError::NotFound)
    }
}
