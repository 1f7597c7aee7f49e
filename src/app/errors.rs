//! Every error, dressed as a page of the product.

use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use leptos::prelude::*;

use crate::{
    accounts::member::Found,
    server::{app::App, error::ErrorText, support::Support},
    ui::{ButtonKind, LinkButton, Page, Section},
};

/// Replaces the plain text of an error with a page, for those who asked for one.
pub async fn error_pages(State(app): State<App>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let mut asked = parts.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    let Some(text) = response.extensions().get::<ErrorText>().cloned() else { return response };
    if asked.uri.path().starts_with("/api/") {
        return response;
    }
    let Some(page) = frame(&mut asked, &app).await else { return response };
    let status = response.status();
    let retry_after = response.headers().get(header::RETRY_AFTER).cloned();
    let page = page.with_status(status).in_section(Section::Elsewhere);
    let support = app.config.support.clone();
    let mut dressed = page.render(text.title, move || view! { <ErrorPage title=text.title text=text.text support /> });
    keep(&mut dressed, header::RETRY_AFTER, retry_after);
    dressed.into_response()
}

/// The frame of the member who asked. Who is refused as a member (their workspace is lost, say) gets the frame of a visitor,
/// so that the answer to a form never moves them to another workspace.
async fn frame(asked: &mut Parts, app: &App) -> Option<Page> {
    if let Ok(page) = Page::from_request_parts(asked, app).await {
        return Some(page);
    }
    asked.extensions.insert(Found(None));
    Page::from_request_parts(asked, app).await.ok()
}

fn keep(response: &mut Response, name: header::HeaderName, value: Option<HeaderValue>) {
    if let Some(value) = value {
        response.headers_mut().insert(name, value);
    }
}

/// What went wrong, and a way on.
#[component]
fn ErrorPage(title: &'static str, text: String, support: Option<Support>) -> impl IntoView {
    let support = support.map(|one| view! { <p class="soft">"Support: " <a href=one.href>{one.text}</a></p> });
    view! {
        <section class="error-page">
            <h1>{title}</h1>
            <p>{text}</p>
            {support}
            <div class="row">
                <LinkButton href="/">"Go to the start"</LinkButton>
                <LinkButton href="/help" kind=ButtonKind::Quiet>"Help"</LinkButton>
            </div>
        </section>
    }
}
