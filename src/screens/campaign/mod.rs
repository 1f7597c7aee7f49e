//! The list of campaigns, and one campaign at a glance: its leads, its requests and its sending.

mod begin_standing;
mod first_run;
mod list_view;
mod pages;
mod review;
mod review_view;
mod sending_view;
#[cfg(test)]
mod tests;
mod view;

use axum::{Router, routing::get};

use crate::{
    campaigns::wizard::api::RequestLeadsForm,
    server::{app::App, path::to_page, server_functions::Doors},
};

/// The addresses of these pages.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/campaigns", get(pages::list))
        .route("/campaigns/{id}", get(pages::overview))
        .route("/campaigns/new/{id}/review", get(review::review).post(review::get_and_start))
        .route("/campaigns/{id}/standing", get(to_page).post(begin_standing::begin))
}

/// What the plain form of the review gets when its request is refused.
pub(super) fn doors(doors: Doors) -> Doors {
    doors.with::<RequestLeadsForm, _, _, _>(review::review_refused)
}
