//! A reference source for tests: does what the contract says, or breaks it in one way.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::StreamExt;
use serde_json::{Value, json};
use url::Url;

use super::{Client, signature};
use crate::server::{connect::Networks, http_client::HttpClient};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    Hanging,
    /// Sends its answer for ever, a byte at a time.
    Dripping,
    /// Sends without an end, as fast as it is read.
    Endless,
    Down,
    DownOnce,
    /// 429 with `Retry-After: 90`.
    Busy,
    /// A redirect.
    Elsewhere,
    /// Ten times what was asked for.
    TooMany,
    /// The first page for ever, under new cursors.
    SamePage,
    SameCursor,
    Rubbish,
    NoAddress,
    Dear,
    /// Takes every signature.
    Careless,
}

pub const SECRET: &str = "a secret of tests";

struct Inner {
    people: usize,
    mood: Mutex<Mood>,
    heard: AtomicUsize,
    asked: Mutex<Vec<Value>>,
    /// Its clock, in seconds since 1970.
    now: AtomicI64,
}

/// A running source with `people` marketing directors.
#[derive(Clone)]
pub struct Source {
    inner: Arc<Inner>,
    pub url: Url,
}

impl Source {
    pub async fn start(people: usize, mood: Mood) -> Self {
        let (heard, asked) = (AtomicUsize::new(0), Mutex::default());
        let inner = Arc::new(Inner { people, mood: Mutex::new(mood), heard, asked, now: AtomicI64::new(NOW) });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/v1", listener.local_addr().unwrap())).unwrap();
        let routes = Router::new().route("/v1/search", post(answer)).with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { inner, url }
    }

    pub fn be(&self, mood: Mood) {
        *self.inner.mood.lock().unwrap() = mood;
    }

    pub fn client_with(&self, secret: &str) -> Client {
        let networks = Networks::parse("127.0.0.0/8").unwrap();
        Client::new(&HttpClient::new(networks), &self.url, secret)
    }

    pub fn client(&self) -> Client {
        self.client_with(SECRET)
    }

    /// Its clock, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.inner.now.load(Ordering::SeqCst)
    }

    /// Sets its clock.
    pub fn set_clock(&self, seconds: i64) {
        self.inner.now.store(seconds, Ordering::SeqCst);
    }

    /// Searches that arrived.
    pub fn heard(&self) -> usize {
        self.inner.heard.load(Ordering::SeqCst)
    }

    /// What was asked, in order.
    pub fn asked(&self) -> Vec<Value> {
        self.inner.asked.lock().unwrap().clone()
    }
}

/// The moment at which the clocks of tests stand.
const NOW: i64 = 1_795_340_190;

async fn answer(State(source): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let before = source.heard.fetch_add(1, Ordering::SeqCst);
    let mood = *source.mood.lock().unwrap();
    let refuse = |status: StatusCode, reason: &str| (status, Json(json!({ "error": reason }))).into_response();
    if mood != Mood::Careless
        && let Err(reason) = check(&headers, &body, source.now.load(Ordering::SeqCst))
    {
        return refuse(StatusCode::UNAUTHORIZED, reason);
    }
    let Ok(ask) = serde_json::from_slice::<Value>(&body) else {
        return refuse(StatusCode::BAD_REQUEST, "the body is no JSON");
    };
    if ask["version"] != 1 {
        return refuse(StatusCode::BAD_REQUEST, "this version is not spoken here");
    }
    source.asked.lock().unwrap().push(ask.clone());
    match mood {
        Mood::Hanging => tokio::time::sleep(Duration::from_secs(3_600)).await,
        Mood::Down => return (StatusCode::INTERNAL_SERVER_ERROR, "out of order").into_response(),
        Mood::DownOnce if before == 0 => return StatusCode::BAD_GATEWAY.into_response(),
        Mood::Busy => return (StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, "90")]).into_response(),
        Mood::Elsewhere => return (StatusCode::FOUND, [(header::LOCATION, "/v2/search")]).into_response(),
        Mood::Rubbish => return "<html>It works!</html>".into_response(),
        Mood::Dripping | Mood::Endless => return without_end(mood),
        _ => {}
    }
    Json(page(&source, mood, &ask)).into_response()
}

fn check(headers: &HeaderMap, body: &[u8], now: i64) -> Result<(), &'static str> {
    let header = headers.get(signature::HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let time = header.split(',').next().and_then(|part| part.strip_prefix("t=")?.parse::<i64>().ok());
    match time {
        None => Err("the signature is missing"),
        Some(time) if header != signature::sign(SECRET, time, body) => Err("the signature does not fit"),
        // The clocks of tests stand where they are set: only one long before them is old.
        Some(time) if time < now - 300 => Err("the signature is too old"),
        Some(_) => Ok(()),
    }
}

fn without_end(mood: Mood) -> Response {
    let pieces = futures::stream::repeat(()).then(move |()| async move {
        if mood == Mood::Dripping {
            tokio::time::sleep(Duration::from_millis(50)).await;
            return Ok::<_, std::io::Error>(Bytes::from_static(b" "));
        }
        Ok(Bytes::from_static(&[b' '; 65_536]))
    });
    Body::from_stream(pieces).into_response()
}

fn page(source: &Inner, mood: Mood, ask: &Value) -> Value {
    let limit = usize::try_from(ask["limit"].as_u64().unwrap_or(0)).unwrap_or(0);
    let limit = if mood == Mood::TooMany { limit * 10 } else { limit };
    let wants_others = ask["criteria"]["domains"].is_array();
    let people = if wants_others { 0 } else { source.people.max(limit * usize::from(mood == Mood::TooMany)) };
    let cursor = ask["cursor"].as_str().and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let from = if matches!(mood, Mood::SamePage) { 0 } else { cursor };
    let until = people.min(from + limit);
    let contacts: Vec<Value> = (from..until).map(|number| person(number, mood)).collect();
    let next = match mood {
        _ if people == 0 => None,
        Mood::SamePage => Some((cursor + 1).to_string()),
        Mood::SameCursor => Some("1".to_owned()),
        _ => (until < people).then(|| until.to_string()),
    };
    let cost = if mood == Mood::Dear { 5_000 } else { contacts.len() };
    json!({ "contacts": contacts, "next": next, "total": people, "cost": cost })
}

fn person(number: usize, mood: Mood) -> Value {
    let email = format!("source{number}@birch.example");
    let email = if mood == Mood::NoAddress { Value::Null } else { email.into() };
    json!({ "email": email, "email_status": "verified", "first_name": "Özlem", "last_name": format!("Ng {number}"),
        "title": "Marketing Director", "company": "Birch", "domain": "birch.example", "employees": "51-200",
        "industry": "Retail", "city": "Nairobi", "country": "Kenya" })
}
