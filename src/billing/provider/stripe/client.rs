//! Calls to Stripe's HTTP interface: form-encoded out, JSON in, with limits on time, size and repetition.

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{Method, Request, StatusCode, header},
};
use serde_json::Value;

use crate::{
    billing::PurchaseRefusal,
    server::{
        connect::Networks,
        http_client::{Bounds, CallFault, HttpClient},
        stripe_keys::StripeKeys,
    },
};

/// The shape of answers and events that this code reads.
const API_VERSION: &str = "2024-06-20";
/// What one try may take.
const BOUNDS: Bounds =
    Bounds { time_max: Duration::from_millis(if cfg!(test) { 400 } else { 12_000 }), bytes_max: 1 << 20 };
/// Tries of one call while somebody waits for it.
const TRIES_MAX: u32 = 3;
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 250 });

/// Why a call has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Nobody knows whether it happened: unreachable, slow, overloaded, rubbish. Repeat it with the same key.
    #[error("no usable answer: {0}")]
    Unclear(String),
    /// It did not happen and will not when repeated.
    #[error("refused ({code}): {message}")]
    Refused { code: String, message: String },
}

impl Fault {
    /// What the person who waits for it is told.
    pub fn refusal(&self) -> PurchaseRefusal {
        match self {
            Self::Unclear(_) => PurchaseRefusal::ProviderSilent,
            Self::Refused { .. } => PurchaseRefusal::ProviderRefused,
        }
    }

    pub fn is_final(&self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// An HTTP client for one account. No redirects are followed, and no proxy is asked.
pub(super) struct Client {
    http: HttpClient,
    url: String,
    authorization: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("url", &self.url).finish_non_exhaustive()
    }
}

impl Client {
    pub fn new(keys: &StripeKeys) -> Self {
        Self {
            // The address is ours or the environment's, never that of a form.
            http: HttpClient::new(Networks::all()),
            url: keys.url.as_str().trim_end_matches('/').to_owned(),
            authorization: format!("Bearer {}", keys.secret_key),
        }
    }

    /// Reads something. Safe to repeat.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn get(&self, path: &str) -> Result<Value, Fault> {
        self.repeat(Method::GET, path, None, "").await
    }

    /// Does something once, however often it is repeated with the same `key` and `body`.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn post(&self, path: &str, key: &str, body: &str) -> Result<Value, Fault> {
        self.repeat(Method::POST, path, Some(key), body).await
    }

    /// Ends something. Safe to repeat: what is gone stays gone.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn delete(&self, path: &str) -> Result<Value, Fault> {
        self.repeat(Method::DELETE, path, None, "").await
    }

    async fn repeat(&self, method: Method, path: &str, key: Option<&str>, body: &str) -> Result<Value, Fault> {
        let mut tried = 1;
        loop {
            match self.once(&method, path, key, body).await {
                Err((_, Repeat::Useful)) if tried < TRIES_MAX => {
                    tokio::time::sleep(PAUSE * 3_u32.pow(tried - 1)).await;
                    tried += 1;
                }
                Err((fault, _)) => return Err(fault),
                Ok(answer) => return Ok(answer),
            }
        }
    }

    async fn once(&self, method: &Method, path: &str, key: Option<&str>, body: &str) -> Result<Value, (Fault, Repeat)> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::AUTHORIZATION, &self.authorization)
            .header("stripe-version", API_VERSION);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if method == Method::POST {
            request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        }
        let answer = self.http.call(request, Bytes::copy_from_slice(body.as_bytes()), BOUNDS).await;
        let answer = answer.map_err(|fault| {
            // Somebody waited long enough; whoever asked repeats it later.
            let repeat = if matches!(fault, CallFault::Slow) { Repeat::Useless } else { Repeat::Useful };
            (Fault::Unclear(fault.to_string()), repeat)
        })?;
        let should_retry = answer.headers().get("stripe-should-retry").map(|value| value == "true");
        understand(answer.status(), should_retry, answer.body())
    }
}

/// Whether the same call may have another answer at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Useful,
    Useless,
}

fn understand(status: StatusCode, should_retry: Option<bool>, body: &[u8]) -> Result<Value, (Fault, Repeat)> {
    let value: Option<Value> = serde_json::from_slice(body).ok().filter(Value::is_object);
    if status.is_success() {
        let rubbish = || (Fault::Unclear("the answer could not be read".into()), Repeat::Useless);
        return value.ok_or_else(rubbish);
    }
    let error = value.as_ref().map(|value| &value["error"]);
    let text = |name: &str| error.and_then(|error| error[name].as_str()).unwrap_or_default().to_owned();
    let (kind, message) = (text("type"), text("message"));
    let code = [text("decline_code"), text("code"), kind.clone()].into_iter().find(|code| !code.is_empty());
    // A wrong key of ours, or a call that is still running under the same key: not the fault of what was asked.
    let ours = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::CONFLICT | StatusCode::TOO_MANY_REQUESTS);
    if status.is_client_error() && !ours && !kind.is_empty() {
        return Err((Fault::Refused { code: code.unwrap_or_default(), message: brief(&message) }, Repeat::Useless));
    }
    let repeat = match should_retry {
        Some(true) => Repeat::Useful,
        Some(false) => Repeat::Useless,
        None if status == StatusCode::UNAUTHORIZED => Repeat::Useless,
        None => Repeat::Useful,
    };
    Err((Fault::Unclear(format!("status {} {}", status.as_u16(), brief(&message))), repeat))
}

/// What fits into a log line and a table cell.
fn brief(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_clear_refusal_is_final() {
        let error = |status: u16, body: &str| {
            understand(StatusCode::from_u16(status).unwrap(), None, body.as_bytes()).unwrap_err()
        };
        let card = r#"{"error":{"type":"card_error","code":"card_declined","decline_code":"insufficient_funds","message":"No."}}"#;
        let (fault, repeat) = error(402, card);
        assert_eq!(fault, Fault::Refused { code: "insufficient_funds".into(), message: "No.".into() });
        assert_eq!(repeat, Repeat::Useless);
        let invalid = r#"{"error":{"type":"invalid_request_error","message":"No such customer"}}"#;
        assert!(error(400, invalid).0.is_final() && error(404, invalid).0.is_final());
        for (status, body) in
            [(500, invalid), (503, "down"), (429, invalid), (409, invalid), (401, invalid), (400, "<html>"), (302, "")]
        {
            assert!(!error(status, body).0.is_final(), "{status} {body}");
        }
    }

    #[test]
    fn an_answer_that_is_no_object_is_no_answer() {
        for body in ["", "[]", "null", "<html>", "{\"id\":"] {
            assert!(understand(StatusCode::OK, None, body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(understand(StatusCode::OK, None, b"{\"id\":\"cs_1\"}").unwrap()["id"], "cs_1");
    }
}
