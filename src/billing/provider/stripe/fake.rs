//! Stripe in miniature, for tests: answers our calls in this process, and can be down, slow, or talk rubbish.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    Down,
    /// Never answers.
    Slow,
    /// Answers something that is not JSON.
    Rubbish,
    /// Does what it is told, but the answer is lost.
    Forgetful,
    /// Refuses every POST for good.
    Refusing,
}

/// A call that arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub path: String,
    pub key: String,
    pub fields: HashMap<String, String>,
}

#[derive(Default)]
struct Inner {
    mood: Option<Mood>,
    heard: Vec<Heard>,
    /// Answers by idempotency key, with what was asked.
    keys: HashMap<String, (String, Value)>,
    objects: HashMap<String, Value>,
    made: u32,
}

/// A running fake.
#[derive(Clone, Default)]
pub struct Fake(Arc<Mutex<Inner>>);

impl Fake {
    /// Starts it; returns its address too.
    pub async fn start() -> (Self, String) {
        let fake = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let routes = Router::new().fallback(answer).with_state(fake.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (fake, url)
    }

    pub fn be(&self, mood: Mood) {
        self.0.lock().unwrap().mood = Some(mood);
    }

    /// Every call that was taken, in order.
    pub fn heard(&self, path: &str) -> Vec<Heard> {
        self.0.lock().unwrap().heard.iter().filter(|heard| heard.path == path).cloned().collect()
    }

    /// What it keeps under an id.
    pub fn object(&self, id: &str) -> Value {
        self.0.lock().unwrap().objects.get(id).cloned().unwrap_or(Value::Null)
    }

    /// Changes fields of what it keeps under an id.
    pub fn set(&self, id: &str, fields: Value) -> Value {
        let mut inner = self.0.lock().unwrap();
        let object = inner.objects.entry(id.to_owned()).or_insert_with(|| json!({ "id": id }));
        for (name, value) in fields.as_object().unwrap() {
            object[name] = value.clone();
        }
        object.clone()
    }

    /// How many objects it keeps whose id begins so.
    pub fn count(&self, prefix: &str) -> usize {
        self.0.lock().unwrap().objects.keys().filter(|id| id.starts_with(prefix)).count()
    }
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "type": kind, "message": message } }))).into_response()
}

async fn answer(State(fake): State<Fake>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mood = fake.0.lock().unwrap().mood.unwrap_or(Mood::Well);
    match mood {
        Mood::Down => return (StatusCode::SERVICE_UNAVAILABLE, "down").into_response(),
        Mood::Slow => tokio::time::sleep(Duration::from_secs(3_600)).await,
        Mood::Rubbish => return "<html>It works!</html>".into_response(),
        Mood::Refusing if method == Method::POST => {
            return refusal(StatusCode::BAD_REQUEST, "invalid_request_error", "This charge cannot be refunded.");
        }
        Mood::Well | Mood::Forgetful | Mood::Refusing => {}
    }
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some("Bearer sk_test_fairlead") {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_request_error", "Invalid API Key provided");
    }
    let path = uri.path().to_owned();
    let answer = if method == Method::GET { fake.read(&uri) } else { fake.write(&path, &headers, &body) };
    if mood == Mood::Forgetful { (StatusCode::BAD_GATEWAY, "lost").into_response() } else { answer }
}

impl Fake {
    fn read(&self, uri: &Uri) -> Response {
        let inner = self.0.lock().unwrap();
        let path = uri.path();
        let last = path.rsplit('/').next().unwrap_or_default();
        if last == "payment_methods" {
            return Json(json!({ "data": [{ "id": "pm_1" }] })).into_response();
        }
        if path == "/v1/refunds" {
            let intent =
                uri.query().unwrap_or_default().split('&').find_map(|part| part.strip_prefix("payment_intent="));
            let refunds = inner.objects.values().filter(|object| object["object"] == "refund");
            let list: Vec<_> = refunds.filter(|refund| refund["payment_intent"].as_str() == intent).collect();
            return Json(json!({ "data": list })).into_response();
        }
        match inner.objects.get(last) {
            Some(object) => Json(object.clone()).into_response(),
            None => refusal(StatusCode::NOT_FOUND, "invalid_request_error", "No such object"),
        }
    }

    fn write(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Response {
        let fields: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
        let key = headers.get("idempotency-key").map_or("", |value| value.to_str().unwrap()).to_owned();
        let mut inner = self.0.lock().unwrap();
        inner.heard.push(Heard { path: path.into(), key: key.clone(), fields: fields.clone() });
        let asked = format!("{path} {}", String::from_utf8_lossy(body));
        if let Some((before, answer)) = inner.keys.get(&key) {
            return match *before == asked {
                true => Json(answer.clone()).into_response(),
                false => refusal(StatusCode::BAD_REQUEST, "idempotency_error", "Keys are for one request"),
            };
        }
        match inner.make(path, &fields) {
            Ok(object) => {
                inner.keys.insert(key, (asked, object.clone()));
                Json(object).into_response()
            }
            Err(message) => refusal(StatusCode::BAD_REQUEST, "invalid_request_error", message),
        }
    }
}

impl Inner {
    fn make(&mut self, path: &str, fields: &HashMap<String, String>) -> Result<Value, &'static str> {
        self.made += 1;
        let number = self.made;
        let metadata = metadata(fields, "metadata");
        let amount = |name: &str| fields.get(name).and_then(|text| text.parse::<i64>().ok());
        let object = match path {
            "/v1/customers" => json!({ "id": format!("cus_{number}"), "metadata": metadata }),
            "/v1/billing_portal/sessions" => {
                json!({ "id": format!("bps_{number}"), "url": "https://billing.example/x" })
            }
            "/v1/checkout/sessions" => json!({
                "id": format!("cs_{number}"), "object": "checkout.session", "mode": fields["mode"],
                "url": format!("https://checkout.example/cs_{number}"), "status": "open", "payment_status": "unpaid",
                "client_reference_id": fields["client_reference_id"], "metadata": metadata, "livemode": false,
                "amount_total": amount("line_items[0][price_data][unit_amount]"), "payment_intent": null,
                "currency": fields["line_items[0][price_data][currency]"],
            }),
            "/v1/payment_intents" => json!({
                "id": format!("pi_{number}"), "status": "succeeded", "metadata": metadata, "amount": amount("amount"),
                "amount_received": amount("amount"), "currency": fields["currency"],
            }),
            "/v1/refunds" => json!({
                "id": format!("re_{number}"), "object": "refund", "status": "succeeded", "metadata": metadata,
                "payment_intent": fields["payment_intent"], "amount": amount("amount").unwrap_or(4_900),
            }),
            path => return self.expire(path.trim_end_matches("/expire").rsplit('/').next().unwrap_or_default()),
        };
        self.objects.insert(object["id"].as_str().unwrap().to_owned(), object.clone());
        Ok(object)
    }

    fn expire(&mut self, id: &str) -> Result<Value, &'static str> {
        let session = self.objects.get_mut(id).ok_or("No such session")?;
        if session["status"] != "open" {
            return Err("Only open sessions can be expired");
        }
        session["status"] = "expired".into();
        Ok(session.clone())
    }
}

fn metadata(fields: &HashMap<String, String>, name: &str) -> Value {
    let inside = |key: &String| Some(key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.to_owned());
    fields
        .iter()
        .filter_map(|(key, text)| Some((inside(key)?, Value::from(text.clone()))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
