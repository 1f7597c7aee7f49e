//! Asking a source: signed, with limits on time, size and repetition.

use std::{net::IpAddr, time::Duration};

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{
    contract::{Answer, Ask, VERSION},
    signature::{HEADER, sign},
};
use crate::server::http_client::{Bounds, CallFault, HttpClient};

/// What one try may take.
const BOUNDS: Bounds =
    Bounds { time_max: Duration::from_millis(if cfg!(test) { 400 } else { 10_000 }), bytes_max: 8 << 20 };
/// Tries of one search.
const TRIES_MAX: u32 = 3;
/// Before the first repetition; each later pause is three times as long.
const PAUSE: Duration = Duration::from_millis(if cfg!(test) { 10 } else { 500 });
/// A longer `Retry-After` is for whoever asks next, not for this search.
const PAUSE_MAX: Duration = Duration::from_secs(5);

/// Why a source gave no page, or is not asked for one. The database keeps the code and its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Fault {
    #[error("it cannot be reached")]
    Unreachable,
    #[error("its address {0} is not public; list its network in FAIRLEAD_NETWORKS to allow it")]
    NotPublic(IpAddr),
    #[error("it did not answer in time")]
    Slow,
    #[error("its answer is larger than {} MB", BOUNDS.bytes_max >> 20)]
    TooLarge,
    /// Overloaded or broken; with the pause it asks for, in seconds.
    #[error("it answered with status {status}")]
    Down { status: u16, retry_after: Option<u64> },
    /// Another status that is not 200: repeating does not help.
    #[error("it refused with status {status}{}", reason_text(.reason))]
    Refused { status: u16, reason: String },
    #[error("its answer is no JSON")]
    NotJson,
    #[error("its answer breaks the contract: {detail}")]
    Shape { detail: String },
    #[error("it sent {sent} contacts, at most {asked} were asked for")]
    TooMany { asked: usize, sent: usize },
    #[error("it sent the same page again")]
    SamePage,
    #[error("its page costs {cost}, at most {cost_max} was allowed")]
    OverCost { cost: i64, cost_max: i64 },

    #[error("it was switched off")]
    SwitchedOff,
    #[error("its cost limit for one request is reached")]
    CostReached,
    #[error("what is left of the hold pays for none of its leads")]
    HoldUsed,
    #[error("it gave too few people in too many pages")]
    TooFew,
    /// Left alone after a failure of which nothing is known any more.
    #[error("it failed a moment ago")]
    Rests,

    /// From before faults had codes, in the words of that time.
    #[error("{text}")]
    Earlier { text: String },
}

fn reason_text(reason: &str) -> String {
    if reason.is_empty() { String::new() } else { format!(": {reason}") }
}

impl Fault {
    /// How long to wait before the same search may have another answer; `None`: not within this search.
    fn pause(&self, tried: u32) -> Option<Duration> {
        let growing = PAUSE * 3_u32.pow(tried.saturating_sub(1));
        match self {
            Self::Unreachable | Self::Down { retry_after: None, .. } => Some(growing),
            Self::Down { retry_after: Some(seconds), .. } => {
                Some(Duration::from_secs(*seconds).max(growing)).filter(|pause| *pause <= PAUSE_MAX)
            }
            // Somebody waited long enough; whoever asked tries again later.
            _ => None,
        }
    }

    /// The pause that the source itself asked for.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Down { retry_after, .. } => retry_after.map(Duration::from_secs),
            _ => None,
        }
    }
}

/// A way to one source. No redirects are followed, and no proxy is asked.
#[derive(Clone)]
pub struct Client {
    http: HttpClient,
    url: String,
    secret: String,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What a search is sent with, where the usual would not do: to see what a source refuses.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Unusual {
    pub no_signature: bool,
    pub wrong_secret: bool,
}

impl Client {
    /// For the source at `base`; searches go to `base` + `/search`.
    pub fn new(http: &HttpClient, base: &Url, secret: &str) -> Self {
        Self {
            http: http.clone(),
            url: format!("{}/search", base.as_str().trim_end_matches('/')),
            secret: secret.to_owned(),
        }
    }

    /// Asks for one page; `key` is the same when the same page is asked for again, so that it is charged once. `seconds`
    /// since 1970 is now.
    ///
    /// # Errors
    /// [`Fault`], after a few tries where these can help: at most about 20 seconds later.
    pub async fn search(&self, ask: &Ask, key: &str, seconds: i64) -> Result<Answer, Fault> {
        let body = Bytes::from(serde_json::to_vec(ask).unwrap_or_default());
        let mut tried = 1;
        loop {
            match self.once(&body, key, seconds, Unusual::default()).await {
                Ok(answer) => return Answer::read(&answer, ask),
                Err(fault) => match fault.pause(tried).filter(|_| tried < TRIES_MAX) {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(fault),
                },
            }
            tried += 1;
        }
    }

    /// One try; answers the body.
    pub(crate) async fn once(&self, body: &Bytes, key: &str, seconds: i64, unusual: Unusual) -> Result<Bytes, Fault> {
        let secret = if unusual.wrong_secret { "not the secret" } else { &self.secret };
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(&self.url)
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .header("fairlead-version", VERSION)
            .header("fairlead-page", key);
        if !unusual.no_signature {
            request = request.header(HEADER, sign(secret, seconds, body));
        }
        let answer = self.http.call(request, body.clone(), BOUNDS).await?;
        let (parts, body) = answer.into_parts();
        if parts.status.is_success() { Ok(body) } else { Err(refusal(parts.status, &parts.headers, &body, seconds)) }
    }
}

impl From<CallFault> for Fault {
    fn from(fault: CallFault) -> Self {
        match fault {
            CallFault::Unreachable(_) => Self::Unreachable,
            CallFault::NotPublic(address) => Self::NotPublic(address),
            CallFault::Slow => Self::Slow,
            CallFault::TooLarge => Self::TooLarge,
        }
    }
}

/// What a status other than 200 means, at `now` in seconds since 1970.
fn refusal(status: StatusCode, headers: &HeaderMap, body: &[u8], now: i64) -> Fault {
    let code = status.as_u16();
    if status.is_server_error() || matches!(code, 408 | 425 | 429) {
        return Fault::Down { status: code, retry_after: retry_after(headers, now) };
    }
    let told: Option<serde_json::Value> = serde_json::from_slice(body).ok();
    let reason = told.as_ref().and_then(|told| told["error"].as_str()).unwrap_or_default();
    let reason = reason.chars().filter(|letter| !letter.is_control()).take(200).collect();
    Fault::Refused { status: code, reason }
}

/// In seconds, or as a date (RFC 9110, section 10.2.3) that is compared with `now`; at most a day.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<u64> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let seconds = match text.parse::<u64>() {
        Ok(seconds) => seconds,
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
            u64::try_from(at.saturating_sub(now)).unwrap_or(0)
        }
    };
    Some(seconds.min(24 * 60 * 60))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::{
        Criteria,
        sources::fake::{Mood, SECRET, Source},
    };
    use crate::server::connect::Networks;

    fn ask(limit: usize) -> Ask {
        Ask::new(&Criteria::default(), None, limit, Some(1_000))
    }

    async fn fault(mood: Mood) -> Fault {
        let source = Source::start(30, mood).await;
        source.client().search(&ask(10), "page", source.now()).await.unwrap_err()
    }

    #[tokio::test]
    async fn a_sound_source_gives_page_after_page_and_an_end() {
        let source = Source::start(25, Mood::Well).await;
        let (client, mut cursor, mut people) = (source.client(), None, 0);
        for (page, expected) in [10, 10, 5].into_iter().enumerate() {
            let ask = Ask::new(&Criteria::default(), cursor.take(), 10, None);
            let answer = client.search(&ask, &page.to_string(), source.now()).await.unwrap();
            assert_eq!((answer.contacts.len(), answer.total), (expected, Some(25)));
            people += answer.contacts.len();
            cursor = answer.next;
        }
        assert_eq!((people, cursor), (25, None));
    }

    #[tokio::test]
    async fn whatever_a_source_does_there_is_an_answer_in_bounded_time() {
        assert_eq!(fault(Mood::Hanging).await, Fault::Slow);
        assert_eq!(fault(Mood::Dripping).await, Fault::Slow);
        assert_eq!(fault(Mood::Endless).await, Fault::TooLarge);
        assert_eq!(fault(Mood::TooMany).await, Fault::TooMany { asked: 10, sent: 100 });
        assert_eq!(fault(Mood::Rubbish).await, Fault::NotJson);
        assert_eq!(fault(Mood::Dear).await, Fault::OverCost { cost: 5_000, cost_max: 1_000 });
        assert!(matches!(fault(Mood::Elsewhere).await, Fault::Refused { status: 302, .. }));
        let nobody = Url::parse("http://127.0.0.1:9").unwrap();
        let here = HttpClient::new(Networks::parse("127.0.0.0/8").unwrap());
        assert_eq!(Client::new(&here, &nobody, "s").search(&ask(1), "k", 0).await, Err(Fault::Unreachable));
    }

    #[tokio::test]
    async fn a_broken_source_is_asked_three_times_and_a_mended_one_answers() {
        let source = Source::start(30, Mood::Down).await;
        let failed = source.client().search(&ask(10), "page", source.now()).await;
        assert_eq!(failed, Err(Fault::Down { status: 500, retry_after: None }));
        assert_eq!(source.heard(), 3);
        let source = Source::start(30, Mood::DownOnce).await;
        assert!(source.client().search(&ask(10), "page", source.now()).await.is_ok());
        assert_eq!(source.heard(), 2);
    }

    #[tokio::test]
    async fn a_source_that_asks_for_a_long_pause_is_left_alone() {
        let source = Source::start(30, Mood::Busy).await;
        let fault = source.client().search(&ask(10), "page", source.now()).await.unwrap_err();
        assert_eq!((fault.retry_after(), source.heard()), (Some(Duration::from_secs(90)), 1));
    }

    #[tokio::test]
    async fn a_source_inside_the_network_is_asked_only_when_it_is_listed() {
        let source = Source::start(30, Mood::Well).await;
        let client = Client::new(&HttpClient::new(Networks::default()), &source.url, SECRET);
        let refused = client.search(&ask(10), "page", source.now()).await;
        assert_eq!(refused, Err(Fault::NotPublic([127, 0, 0, 1].into())));
        assert_eq!(source.heard(), 0);
        assert!(source.client().search(&ask(10), "page", source.now()).await.is_ok());
    }

    #[tokio::test]
    async fn a_wrong_signature_is_refused() {
        let source = Source::start(30, Mood::Well).await;
        let stranger = source.client_with("another secret");
        let refused = stranger.search(&ask(10), "page", source.now()).await.unwrap_err();
        assert_eq!(refused, Fault::Refused { status: 401, reason: "the signature does not fit".into() });
    }

    #[test]
    fn a_pause_is_told_in_seconds_or_as_a_date() {
        let told = |text: &str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, text.parse().unwrap())]);
            retry_after(&headers, 784_111_747)
        };
        assert_eq!(told("120"), Some(120));
        assert_eq!(told("Sun, 06 Nov 1994 08:49:37 GMT"), Some(30), "by the clock of the product");
        assert_eq!(told("Sun, 06 Nov 1994 08:49:07 GMT"), Some(0));
        assert_eq!(told("Sun, 06 Nov 1994 08:40:00 GMT"), Some(0));
        assert_eq!(told("99999999"), Some(86_400));
        assert_eq!(told("soon"), None);
    }
}
