//! What people think of delivered leads: reviews and marks, reports, returns, and more of the good ones.

pub mod lead_view;
pub mod mark;
pub mod more_like;
mod pages;
pub mod report;
mod reports_view;
pub mod return_leads;
pub mod review;
mod review_pages;
mod review_view;

#[cfg(test)]
mod mark_tests;
#[cfg(test)]
mod review_page_tests;
#[cfg(test)]
mod tests;

pub(crate) use pages::lead_page;

use axum::{Router, routing::get};

use super::leads::reveal_lead;
use crate::server::{app::App, path::to_page};

/// The addresses of a lead, of reviews and of the operator's list of reports.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/leads/{id}", get(pages::show))
        .route("/leads/{id}/reveal", get(to_page).post(reveal_lead))
        .route("/leads/{id}/report", get(to_page).post(pages::report))
        .route("/leads/{id}/return", get(to_page).post(pages::return_one))
        .route("/leads/{id}/mark", get(to_page).post(review_pages::mark))
        .route("/leads/{id}/unmark", get(to_page).post(review_pages::unmark))
        .route("/requests/{id}/return", get(to_page).post(pages::return_all))
        .route("/requests/{id}/review", get(review_pages::of_request))
        .route("/requests/{id}/more-like", get(review_pages::more_like_request))
        .route("/campaigns/{id}/review", get(review_pages::of_campaign))
        .route("/campaigns/{id}/more-like", get(review_pages::more_like_campaign).post(review_pages::take_over))
        .route("/admin/reports", get(pages::reports))
        .route("/admin/reports/{id}", get(to_page).post(pages::decide))
}
