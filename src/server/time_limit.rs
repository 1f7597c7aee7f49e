//! How long a request may take.

use std::{
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    body::Body,
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures::StreamExt;
use tokio::time::{Instant, timeout_at};

/// After this long without an answer, counted from the last piece of the body, the request is given up.
const LIMIT: Duration = Duration::from_secs(300);

/// Gives a request up that has no answer five minutes after the last piece of its body came: a slow upload that moves is never cut, one
/// that stands still is.
pub async fn limit_time(request: Request, next: Next) -> Response {
    within(LIMIT, request, next).await
}

async fn within(limit: Duration, request: Request, next: Next) -> Response {
    let moved = Arc::new(Mutex::new(Instant::now()));
    let noted = moved.clone();
    let request = match request.method().is_safe() {
        true => request,
        false => request.map(|body| {
            Body::from_stream(body.into_data_stream().inspect(move |_| {
                *noted.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
            }))
        }),
    };
    let mut answer = pin!(next.run(request));
    loop {
        let until = *moved.lock().unwrap_or_else(PoisonError::into_inner) + limit;
        match timeout_at(until, &mut answer).await {
            Ok(response) => return response,
            Err(_) if *moved.lock().unwrap_or_else(PoisonError::into_inner) + limit > until => {}
            Err(_) => return (StatusCode::GATEWAY_TIMEOUT, "This took too long and was given up.").into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Bytes, middleware, routing::post};
    use tower::ServiceExt;

    use super::*;

    /// What a body answers that comes in pieces, each after its pause in milliseconds, with a limit of 300.
    async fn status(pauses: &'static [u64]) -> StatusCode {
        let pieces = futures::stream::iter(pauses).then(|pause| async {
            tokio::time::sleep(Duration::from_millis(*pause)).await;
            Ok::<_, std::io::Error>(Bytes::from_static(b"x"))
        });
        let limited = |request, next| within(Duration::from_millis(300), request, next);
        let routes =
            Router::new().route("/", post(|body: Bytes| async move { body })).layer(middleware::from_fn(limited));
        routes.oneshot(Request::post("/").body(Body::from_stream(pieces)).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_that_moves_is_taken_and_one_that_stands_still_is_not() {
        assert_eq!(status(&[100; 8]).await, StatusCode::OK);
        assert_eq!(status(&[1, 3_000]).await, StatusCode::GATEWAY_TIMEOUT);
    }
}
