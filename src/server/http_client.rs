//! The one way to call another HTTP server.

use std::time::Duration;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

/// Longest time for connecting.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// How long an idle connection is kept for the next call.
const IDLE_TIME_MAX: Duration = Duration::from_secs(20);

/// A client of one server. It follows no redirects and asks no proxy; its caller bounds time and size of an answer.
pub type HttpClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Makes a client with a pool of connections of its own.
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn http_client() -> HttpClient {
    let mut connector = HttpConnector::new();
    connector.enforce_http(false);
    connector.set_connect_timeout(Some(CONNECT_TIME_MAX));
    connector.set_nodelay(true);
    let connector = hyper_rustls::HttpsConnectorBuilder::new()
        .with_webpki_roots()
        .https_or_http()
        .enable_http1()
        .wrap_connector(connector);
    Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_TIME_MAX).build(connector)
}
