//! `POST /webhooks/stripe`: checks who sent it, keeps it, answers. What it means is the worker's business.

use axum::{
    Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde::Deserialize;

use super::{letterbox::Letter, signature};
use crate::{billing::provider::Provider, server::app::App};

/// Largest event, in bytes.
const EVENT_BYTES_MAX: usize = 512 << 10;
/// Longest id and type of an event.
const NAME_BYTES_MAX: usize = 255;

/// The endpoint. It stands outside the pages: no session, no form, and only a signature opens it.
pub fn routes() -> Router<App> {
    Router::new().route("/webhooks/stripe", post(receive)).layer(DefaultBodyLimit::max(EVENT_BYTES_MAX))
}

/// The two fields that every event has.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
}

async fn receive(State(app): State<App>, headers: HeaderMap, body: Bytes) -> (StatusCode, &'static str) {
    let Some(Provider::Stripe(stripe)) = Provider::of(&app) else { return (StatusCode::NOT_FOUND, "not found\n") };
    let header = headers.get("stripe-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let now = app.clock.now();
    let secrets = &stripe.keys.webhook_secrets;
    if let Err(forged) = signature::check(header, &body, secrets, now.micros().div_euclid(1_000_000)) {
        metrics::counter!("fairlead_webhooks_total", "outcome" => "refused").increment(1);
        tracing::warn!("a webhook was refused: {forged}");
        return (StatusCode::BAD_REQUEST, "the signature does not fit\n");
    }
    let envelope = serde_json::from_slice::<Envelope>(&body).ok();
    let good =
        |text: &str| !text.is_empty() && text.len() <= NAME_BYTES_MAX && text.bytes().all(|b| b.is_ascii_graphic());
    let Some(event) = envelope.filter(|event| good(&event.id) && good(&event.kind)) else {
        return (StatusCode::BAD_REQUEST, "this is not an event\n");
    };
    let letter = Letter { id: event.id, kind: event.kind, payload: body, at: now };
    match stripe.letterbox.put(letter).await {
        Ok(new) => {
            let outcome = if new { "stored" } else { "repeated" };
            metrics::counter!("fairlead_webhooks_total", "outcome" => outcome).increment(1);
            stripe.wake.notify_one();
            (StatusCode::OK, "stored\n")
        }
        Err(error) => {
            // Stripe sends it again.
            tracing::error!(%error, "a webhook could not be stored");
            (StatusCode::SERVICE_UNAVAILABLE, "try again\n")
        }
    }
}
