//! What came of the leads: which sources, data sets, requests, own lists and filter values convert. Reads what the other parts write, and
//! writes only its own counts.
//!
//! | file | what it is for |
//! |---|---|
//! | `measures.rs` | rates and costs with their intervals |
//! | `count.rs` | counts leads of which something changed |
//! | `filters.rs` | notes which filter values found a lead |
//! | `totals.rs` | reads the sums of an origin |
//! | `behind.rs` | the leads behind a figure |
//! | `verify.rs` | compares the counts with the rows they were made of |
//! | `pages.rs`, `view.rs` | `/insights/sources` |

mod behind;
mod count;
mod filters;
mod measures;
mod pages;
#[cfg(test)]
mod tests;
mod totals;
mod verify;
mod view;

use axum::{Router, http::Uri, response::Redirect, routing::get};

pub use verify::{Difference, differences};

use crate::server::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/insights/sources", get(pages::show))
        .route("/insights/sources.csv", get(to_sources).post(pages::export))
        .route("/insights/sources/leads", get(pages::leads))
}

/// A file takes a form; the address alone leads to the page with it.
async fn to_sources(uri: Uri) -> Redirect {
    Redirect::to(uri.path().trim_end_matches(".csv"))
}

/// Starts counting.
pub fn start(app: &App) {
    count::start(app);
}
