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
    /// Every card is declined.
    Declining,
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
    /// The paths that were read.
    read: Vec<String>,
    /// Answers by idempotency key, with what was asked.
    keys: HashMap<String, (String, Result<Value, Refusal>)>,
    objects: HashMap<String, Value>,
    /// What each Checkout session was made of.
    checkouts: HashMap<String, HashMap<String, String>>,
    made: u32,
    loses: Option<String>,
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
        let mut inner = self.0.lock().unwrap();
        (inner.mood, inner.loses) = (Some(mood), None);
    }

    /// Every call that was taken, in order.
    pub fn heard(&self, path: &str) -> Vec<Heard> {
        self.0.lock().unwrap().heard.iter().filter(|heard| heard.path == path).cloned().collect()
    }

    /// How often a path was read.
    pub fn reads(&self, path: &str) -> usize {
        self.0.lock().unwrap().read.iter().filter(|read| *read == path).count()
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

    /// Does the next POST to `path`, but loses its answer, and any repetition of it until the mood changes.
    pub fn lose_next(&self, path: &str) {
        self.0.lock().unwrap().loses = Some(path.to_owned());
    }

    /// Everything of a kind.
    pub fn all(&self, kind: &str) -> Vec<Value> {
        self.0.lock().unwrap().objects.values().filter(|object| object["object"] == kind).cloned().collect()
    }

    /// How many objects it keeps whose id begins so.
    pub fn count(&self, prefix: &str) -> usize {
        self.0.lock().unwrap().objects.keys().filter(|id| id.starts_with(prefix)).count()
    }
}

fn refusal(status: StatusCode, kind: &str, message: &str) -> Response {
    (status, Json(json!({ "error": { "type": kind, "message": message } }))).into_response()
}

/// Why something was not made: status, type, code, message.
#[derive(Debug, Clone, Copy)]
struct Refusal(StatusCode, &'static str, &'static str, &'static str);

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let Self(status, kind, code, message) = self;
        (status, Json(json!({ "error": { "type": kind, "code": code, "message": message } }))).into_response()
    }
}

const fn invalid(message: &'static str) -> Refusal {
    Refusal(StatusCode::BAD_REQUEST, "invalid_request_error", "parameter_invalid", message)
}

const MISSING: Refusal = Refusal(StatusCode::NOT_FOUND, "invalid_request_error", "resource_missing", "No such object");
const DECLINED: Refusal =
    Refusal(StatusCode::PAYMENT_REQUIRED, "card_error", "card_declined", "Your card has insufficient funds.");

async fn answer(State(fake): State<Fake>, method: Method, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mood = fake.0.lock().unwrap().mood.unwrap_or(Mood::Well);
    match mood {
        Mood::Down => return (StatusCode::SERVICE_UNAVAILABLE, "down").into_response(),
        Mood::Slow => tokio::time::sleep(Duration::from_secs(3_600)).await,
        Mood::Rubbish => return "<html>It works!</html>".into_response(),
        Mood::Refusing if method == Method::POST => {
            return refusal(StatusCode::BAD_REQUEST, "invalid_request_error", "This charge cannot be refunded.");
        }
        Mood::Well | Mood::Forgetful | Mood::Refusing | Mood::Declining => {}
    }
    if headers.get("authorization").and_then(|value| value.to_str().ok()) != Some("Bearer sk_test_fairlead") {
        return refusal(StatusCode::UNAUTHORIZED, "invalid_request_error", "Invalid API Key provided");
    }
    let path = uri.path().to_owned();
    let answer = match method {
        Method::GET => fake.read(&uri),
        Method::DELETE => fake.delete(&path),
        _ => fake.write(&path, &headers, &body),
    };
    let lost = method == Method::POST && fake.0.lock().unwrap().loses.as_ref() == Some(&path);
    if lost || mood == Mood::Forgetful { (StatusCode::BAD_GATEWAY, "lost").into_response() } else { answer }
}

impl Fake {
    fn read(&self, uri: &Uri) -> Response {
        let mut inner = self.0.lock().unwrap();
        let path = uri.path();
        inner.read.push(path.to_owned());
        let last = path.rsplit('/').next().unwrap_or_default();
        if last == "payment_methods" {
            return Json(json!({ "data": [{ "id": "pm_1" }] })).into_response();
        }
        let query = |name: &str| {
            uri.query().unwrap_or_default().split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
        };
        if path == "/v1/payment_intents" {
            let customer = query("customer");
            let made =
                |object: &&Value| object["object"] == "payment_intent" && object["customer"].as_str() == customer;
            let list: Vec<_> = inner.objects.values().filter(made).collect();
            return Json(json!({ "data": list })).into_response();
        }
        if path == "/v1/refunds" {
            let intent = query("payment_intent");
            let refunds = inner.objects.values().filter(|object| object["object"] == "refund");
            let list: Vec<_> = refunds.filter(|refund| refund["payment_intent"].as_str() == intent).collect();
            return Json(json!({ "data": list })).into_response();
        }
        if path == "/v1/invoices" {
            let subscription = query("subscription");
            let invoices = inner.objects.values().filter(|object| object["object"] == "invoice");
            let mut list: Vec<_> =
                invoices.filter(|invoice| invoice["subscription"].as_str() == subscription).collect();
            list.sort_by_key(|invoice| -invoice["created"].as_i64().unwrap());
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
                true => respond(answer.clone()),
                false => refusal(StatusCode::BAD_REQUEST, "idempotency_error", "Keys are for one request"),
            };
        }
        let answer = inner.make(path, &fields);
        inner.keys.insert(key, (asked, answer.clone()));
        respond(answer)
    }

    /// Only subscriptions can be deleted, and only once.
    fn delete(&self, path: &str) -> Response {
        let mut inner = self.0.lock().unwrap();
        inner.heard.push(Heard { path: path.into(), key: "DELETE".into(), fields: HashMap::new() });
        let id = path.strip_prefix("/v1/subscriptions/").unwrap_or_default();
        match inner.objects.get_mut(id) {
            Some(subscription) if subscription["status"] != "canceled" => {
                subscription["status"] = "canceled".into();
                Json(subscription.clone()).into_response()
            }
            _ => MISSING.into_response(),
        }
    }

    /// What the buyer does on a page in mode "subscription": a subscription with the session's price.
    pub fn subscribe(&self, session: &Value) -> Value {
        let fields = self.0.lock().unwrap().checkouts[session["id"].as_str().unwrap()].clone();
        let id = format!("sub_{}", session["id"].as_str().unwrap());
        self.set(
            session["id"].as_str().unwrap(),
            json!({ "status": "complete", "payment_status": "paid", "subscription": id }),
        );
        self.set(
            &id,
            json!({
                "object": "subscription", "status": "active", "customer": fields["customer"], "cancel_at": null,
                "cancel_at_period_end": false, "default_payment_method": "pm_of_plan",
                "metadata": metadata(&fields, "subscription_data[metadata]"),
                "items": { "data": [{ "id": format!("si_{id}"), "price": {
                    "product": format!("prod_{id}"), "currency": fields["line_items[0][price_data][currency]"],
                    "unit_amount": fields["line_items[0][price_data][unit_amount]"].parse::<i64>().unwrap(),
                } }] },
            }),
        )
    }
}

fn respond(answer: Result<Value, Refusal>) -> Response {
    match answer {
        Ok(object) => Json(object).into_response(),
        Err(refusal) => refusal.into_response(),
    }
}

impl Inner {
    fn make(&mut self, path: &str, fields: &HashMap<String, String>) -> Result<Value, Refusal> {
        if let Some(id) = path.strip_prefix("/v1/subscriptions/") {
            return self.change(id, fields);
        }
        check(path, fields)?;
        if path == "/v1/payment_intents" && self.mood == Some(Mood::Declining) {
            return Err(DECLINED);
        }
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
                "id": format!("pi_{number}"), "object": "payment_intent", "customer": fields["customer"],
                "payment_method": fields["payment_method"], "status": "succeeded", "metadata": metadata, "amount": amount("amount"),
                "amount_received": amount("amount"), "currency": fields["currency"],
            }),
            "/v1/refunds" => json!({
                "id": format!("re_{number}"), "object": "refund", "status": "succeeded", "metadata": metadata,
                "payment_intent": fields["payment_intent"], "amount": amount("amount").unwrap_or(4_900), "currency": "usd",
            }),
            path => return self.expire(path.trim_end_matches("/expire").rsplit('/').next().unwrap_or_default()),
        };
        let id = object["id"].as_str().unwrap().to_owned();
        if path == "/v1/checkout/sessions" {
            self.checkouts.insert(id.clone(), fields.clone());
        }
        self.objects.insert(id, object.clone());
        Ok(object)
    }

    /// An inline price needs a product that exists, and the item that it is for.
    fn change(&mut self, id: &str, fields: &HashMap<String, String>) -> Result<Value, Refusal> {
        let subscription = self.objects.get_mut(id).ok_or(MISSING)?;
        if subscription["status"] == "canceled" {
            return Err(invalid("A canceled subscription can only update its cancellation_details and metadata."));
        }
        let price = |name: &str| fields.get(&format!("items[0][price_data]{name}"));
        if let Some(currency) = price("[currency]") {
            let item = &mut subscription["items"]["data"][0];
            if fields.get("items[0][id]").map(String::as_str) != item["id"].as_str() {
                return Err(invalid("Missing or unknown items[0][id]: it would be a second item."));
            }
            if price("[product]").map(String::as_str) != item["price"]["product"].as_str() {
                return Err(invalid("Missing required param: items[0][price_data][product]."));
            }
            let amount = price("[unit_amount]").and_then(|text| text.parse::<i64>().ok());
            let month = price("[recurring][interval]").map(String::as_str) == Some("month");
            if amount.is_none() || !month || Some(currency.as_str()) != item["price"]["currency"].as_str() {
                return Err(invalid("Invalid items[0][price_data]."));
            }
            if fields.get("proration_behavior").map(String::as_str) != Some("none") {
                return Err(invalid("This would charge a part of the month."));
            }
            item["price"]["unit_amount"] = amount.into();
        }
        if let Some(cancels) = fields.get("cancel_at_period_end") {
            subscription["cancel_at_period_end"] = (cancels == "true").into();
        }
        for (name, value) in metadata(fields, "metadata").as_object().unwrap() {
            subscription["metadata"][name] = value.clone();
        }
        Ok(subscription.clone())
    }

    fn expire(&mut self, id: &str) -> Result<Value, Refusal> {
        let session = self.objects.get_mut(id).ok_or(MISSING)?;
        if session["status"] != "open" {
            return Err(invalid("Only open sessions can be expired"));
        }
        session["status"] = "expired".into();
        Ok(session.clone())
    }
}

/// What Stripe would not take.
fn check(path: &str, fields: &HashMap<String, String>) -> Result<(), Refusal> {
    let has = |name: &str| fields.get(name).is_some_and(|text| !text.is_empty());
    let any = |prefix: &str| fields.keys().any(|key| key.starts_with(prefix));
    match path {
        "/v1/payment_intents" => {
            let needed = ["amount", "currency", "customer", "payment_method", "off_session", "confirm"];
            if !needed.into_iter().all(has) {
                return Err(invalid("Missing required param."));
            }
        }
        "/v1/checkout/sessions" => {
            let monthly = fields.get("mode").is_some_and(|mode| mode == "subscription");
            if monthly != has("line_items[0][price_data][recurring][interval]") {
                return Err(invalid("A recurring price goes with mode subscription, and with no other."));
            }
            if (monthly && any("payment_intent_data")) || (!monthly && any("subscription_data")) {
                return Err(invalid("These data do not go with this mode."));
            }
            if !has("line_items[0][price_data][product_data][name]") || !has("customer") {
                return Err(invalid("Missing required param."));
            }
        }
        _ => {}
    }
    Ok(())
}

fn metadata(fields: &HashMap<String, String>, name: &str) -> Value {
    let inside = |key: &String| Some(key.strip_prefix(name)?.strip_prefix('[')?.strip_suffix(']')?.to_owned());
    fields
        .iter()
        .filter_map(|(key, text)| Some((inside(key)?, Value::from(text.clone()))))
        .collect::<serde_json::Map<_, _>>()
        .into()
}
