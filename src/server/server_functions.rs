//! How server functions are answered: exact statuses, and words instead of internal text.

use axum::{
    body::{Body, to_bytes},
    http::{HeaderMap, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use leptos::server_fn::error::{FromServerFnError, SERVER_FN_ERROR_HEADER};

use super::form::body_of;
use crate::fields::FormError;

/// Largest answer that tells of an error, in bytes.
const ERROR_BYTES_MAX: usize = 64 << 10;

/// Runs the server function at the address of `request`, with `context` provided to it. An error has the status that it
/// names (Leptos 0.8 answers 500 to every one), and a form above the limit is told so.
pub async fn answer(request: Request<Body>, context: impl Fn() + Clone + Send + 'static) -> Response {
    let (mut parts, body) = request.into_parts();
    let body = match body_of(body).await {
        Ok(body) => body,
        Err(error) => return refused(&error.into()),
    };
    // Without it nothing is redirected with an error in its address: whoever takes pages posts to a handler.
    parts.headers.remove(header::ACCEPT);
    let request = Request::from_parts(parts, Body::from(body));
    let response = leptos_axum::handle_server_fns_with_context(context, request).await.into_response();
    if !response.headers().contains_key(SERVER_FN_ERROR_HEADER) {
        return response;
    }
    let told = to_bytes(response.into_body(), ERROR_BYTES_MAX).await.unwrap_or_default();
    refused(&FormError::de(told))
}

fn refused(error: &FormError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut headers = HeaderMap::new();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    (status, headers, error.ser()).into_response()
}
