//! The handlers of campaigns. No SQL in here.

mod campaigns;
mod lead;
mod leads;
mod lists;
mod receipt;
mod requests;
mod review;
mod standing;
mod wizard;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Path, State},
    http::{Request, Uri, request::Parts},
    response::{Redirect, Response},
    routing::{get, post},
};
use leptos::prelude::provide_context;

use crate::{
    app::App,
    server::{error::AppError, server_functions},
};

/// The addresses of campaigns, their wizard and their requests.
pub fn routes() -> Router<App> {
    // uploads are streamed to disk and counted there
    let lists = get(lists::of_campaign).post(lists::upload).layer(DefaultBodyLimit::disable());
    Router::new()
        .route("/campaigns", get(campaigns::list))
        .route("/campaigns/new", get(wizard::start).post(wizard::create))
        .route("/campaigns/new/{id}/audience", get(wizard::audience).post(wizard::save_audience))
        .route("/campaigns/new/{id}/leads", get(wizard::leads).post(wizard::save_quantity))
        .route("/campaigns/new/{id}/review", get(wizard::review).post(wizard::confirm))
        .route("/campaigns/{id}", get(campaigns::overview))
        .route("/campaigns/{id}/delete", get(to_page).post(campaigns::delete_draft))
        .route("/campaigns/{id}/requests", get(campaigns::requests))
        .route("/campaigns/{id}/leads", get(leads::list))
        .route("/campaigns/{id}/leads.csv", get(leads::export))
        .route("/campaigns/{id}/lists", lists)
        .route("/lists/{id}", get(lists::show))
        .route("/lists/{id}/start", get(to_page).post(lists::start))
        .route("/lists/{id}/discard", get(to_page).post(lists::discard))
        .route("/lists/{id}/end", get(to_page).post(lists::end))
        .route("/lists/{id}/take-back", get(to_page).post(lists::take_back))
        .route("/lists/{id}/left-out.csv", get(lists::left_out))
        .route("/campaigns/{id}/standing", get(to_page).post(standing::begin))
        .route("/standing/{id}", get(standing::show).post(standing::change))
        .route("/standing/{id}/{deed}", get(to_page).post(standing::act))
        .route("/requests/{id}", get(requests::show))
        .route("/requests/{id}/cancel", get(to_page).post(requests::cancel))
        .route("/requests/{id}/receipt", get(receipt::show))
        .route("/requests/{id}/receipt.csv", get(receipt::file))
        .route("/requests/{id}/compare", get(receipt::compare))
        .route("/requests/{id}/review", get(review::of_request))
        .route("/requests/{id}/more-like", get(review::more_like_request))
        .route("/campaigns/{id}/review", get(review::of_campaign))
        .route("/campaigns/{id}/more-like", get(review::more_like_campaign).post(review::take_over))
        .route("/leads/{id}/mark", get(to_page).post(review::mark))
        .route("/leads/{id}/unmark", get(to_page).post(review::unmark))
        .route("/requests/{id}/pause", get(to_page).post(requests::pause))
        .route("/requests/{id}/go-on", get(to_page).post(requests::go_on))
        .route("/requests/{id}/return", get(to_page).post(lead::return_all))
        .route("/leads/{id}", get(lead::show))
        .route("/leads/{id}/report", get(to_page).post(lead::report))
        .route("/leads/{id}/return", get(to_page).post(lead::return_one))
        .route("/admin/reports", get(lead::reports))
        .route("/admin/reports/{id}", get(to_page).post(lead::decide))
        .route("/api/audience-preview", post(server_function))
        .route("/api/audience-samples", post(server_function))
        .route("/api/audience-values", post(wizard::completions))
}

/// To the page that has the form of this address: somebody loads the answer to it again, or an open one follows.
async fn to_page(uri: Uri) -> Redirect {
    Redirect::to(uri.path().rsplit_once('/').map_or("/campaigns", |(page, _)| page))
}

/// Answers the server functions of islands.
async fn server_function(State(app): State<App>, request: Request<axum::body::Body>) -> Response {
    server_functions::answer(request, move || provide_context(app.clone())).await
}

/// An id in the path; one that cannot be read is a page that does not exist.
pub(super) struct Id<T>(pub T);

impl<T: std::str::FromStr> FromRequestParts<App> for Id<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let Path(text) = Path::<String>::from_request_parts(parts, app).await.map_err(|_| AppError::NotFound)?;
        text.parse().map(Self).map_err(|_| AppError::NotFound)
    }
}
