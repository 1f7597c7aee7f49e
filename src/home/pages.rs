//! `/`: the home page for visitors, the campaigns for everybody else.

use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use leptos::prelude::*;

use super::view::Home;
use crate::{
    accounts::member::Found,
    app::{App, Page},
};

/// The address of the home page.
pub fn routes() -> Router<App> {
    Router::new().route("/", get(home))
}

async fn home(Found(member): Found, page: Page) -> Response {
    if member.is_some() {
        return Redirect::to("/campaigns").into_response();
    }
    page.render("Leads you pay for when they arrive", || view! { <Home prices=Vec::new() free_credits=100 /> })
}
