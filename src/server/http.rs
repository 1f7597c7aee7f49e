//! The layers around every route: request ids, limits, the origin check, security headers, compression.

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderName, HeaderValue, StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use tokio_util::sync::CancellationToken;
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{NotForContentType, Predicate, SizeAbove},
    },
    csrf::CsrfLayer,
    request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer},
};

use super::{config::Config, form::FORM_BYTES_MAX, server_timing, telemetry, time_limit::limit_time};

tokio::task_local! {
    /// Ends when the client of the change that runs has left.
    static LEFT: CancellationToken;
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The random value that allows the scripts of one response (CSP level 3).
#[derive(Debug, Clone)]
pub struct Nonce(pub String);

/// Refuses changes that a page of another site asks for.
///
/// # Errors
/// When the public address cannot serve as an origin.
pub fn refuse_other_origins<S>(routes: Router<S>, config: &Config) -> anyhow::Result<Router<S>>
where
    S: Clone + Send + Sync + 'static,
{
    let origin = config.public_url.origin().ascii_serialization();
    Ok(routes.layer(CsrfLayer::new().add_trusted_origin(&origin)?.with_rejection_response(|_| cross_origin())))
}

/// Wraps `routes` in everything that holds for all of them.
pub fn layers(routes: Router, config: Arc<Config>) -> Router {
    let compressed = SizeAbove::new(512)
        .and(NotForContentType::const_new("text/event-stream"))
        .and(NotForContentType::const_new("text/csv"));
    // Production does not publish how long things take.
    let routes =
        if config.is_production() { routes } else { routes.layer(middleware::from_fn(server_timing::add_header)) };
    routes
        .layer(middleware::from_fn(finish_changes))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .layer(CatchPanicLayer::custom(|_| panicked()))
        .layer(middleware::from_fn(limit_time))
        .layer(middleware::from_fn_with_state(config.clone(), only_own_host))
        .layer(CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(compressed))
        .layer(middleware::from_fn_with_state(config, security_headers))
        .layer(middleware::from_fn(telemetry::measure))
        .layer(PropagateRequestIdLayer::new(REQUEST_ID))
        .layer(SetRequestIdLayer::new(REQUEST_ID, MakeRequestUuid))
}

/// Finishes a change that was begun when whoever asked for it has left: without this it would end wherever it waits, with
/// what it claimed still claimed. What only waits to read can end with [`client_left`].
async fn finish_changes(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let left = CancellationToken::new();
    let _ends_it = left.clone().drop_guard();
    match tokio::spawn(LEFT.scope(left, next.run(request))).await {
        Ok(response) => response,
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        },
    }
}

/// Ends when the client that sent the form has left. Never for a request that only reads: it is dropped itself.
pub async fn client_left() {
    match LEFT.try_with(CancellationToken::clone) {
        Ok(left) => left.cancelled().await,
        Err(_) => std::future::pending().await,
    }
}

/// Refuses requests for another host (RFC 9110, section 15.5.20). One without a host is not a browser's.
async fn only_own_host(State(config): State<Arc<Config>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    match host.or(request.uri().authority().map(axum::http::uri::Authority::as_str)) {
        Some(host) if !config.answers_to(host) => {
            let text =
                format!("This server answers to {} only. FAIRLEAD_PUBLIC_URL sets its address.", config.public_url);
            (StatusCode::MISDIRECTED_REQUEST, text).into_response()
        }
        _ => next.run(request).await,
    }
}

fn cross_origin() -> Response {
    (
        StatusCode::FORBIDDEN,
        "This form was sent from another site, so it was not accepted. Open the page here and try again.",
    )
        .into_response()
}

fn panicked() -> Response {
    tracing::error!("a handler panicked");
    (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong on our side. Nothing was charged.").into_response()
}

/// Gives the request its nonce and the response its headers.
async fn security_headers(State(config): State<Arc<Config>>, mut request: Request, next: Next) -> Response {
    let nonce = uuid::Uuid::new_v4().simple().to_string();
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let path = request.uri().path();
    let (built, file) = (path.starts_with("/pkg/"), path.starts_with("/public/"));
    // cargo-leptos names files without a hash of their content, unless it is told to.
    let plain = matches!(path, "/pkg/fairlead.css" | "/pkg/fairlead.js" | "/pkg/fairlead.wasm");
    let mut response = next.run(request).await;
    let built = built && response.status().is_success();
    let headers = response.headers_mut();
    let pages = config.page_origins().into_iter().fold(String::new(), |list, page| list + " " + &page);
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'{pages}; base-uri 'none'; frame-ancestors 'none'"
    );
    let mut set = |name: HeaderName, value: &str| {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.entry(name).or_insert(value);
        }
    };
    set(header::CONTENT_SECURITY_POLICY, &policy);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    set(header::REFERRER_POLICY, "same-origin");
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=()");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    let cache = match (built, file) {
        (true, _) if plain => "no-cache",
        (true, _) => "public, max-age=31536000, immutable",
        (_, true) => "public, max-age=86400",
        _ => "no-store",
    };
    set(header::CACHE_CONTROL, cache);
    if config.is_production() {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000; includeSubDomains");
    }
    response
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::{body::Body, routing::post};
    use tokio::{
        sync::Notify,
        time::{Duration, timeout},
    };
    use tower::ServiceExt;

    use super::*;

    #[tokio::test]
    async fn a_change_learns_that_its_client_left_and_is_finished_all_the_same() {
        let (begun, finished) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (in_it, at_its_end) = (begun.clone(), finished.clone());
        let change = move || async move {
            in_it.notify_one();
            client_left().await;
            tokio::task::yield_now().await;
            at_its_end.notify_one();
        };
        let routes = Router::new().route("/", post(change)).layer(middleware::from_fn(finish_changes));
        let client = tokio::spawn(routes.oneshot(Request::post("/").body(Body::empty()).unwrap()));
        begun.notified().await;
        assert!(timeout(Duration::from_millis(20), finished.notified()).await.is_err(), "the client is there");
        client.abort();
        timeout(Duration::from_secs(10), finished.notified()).await.unwrap();
    }
}
