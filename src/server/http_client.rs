//! The one way to call another HTTP server: addresses are checked ([`super::connect`]), no redirect is followed, no proxy
//! asked, and time and size of an answer are bounded.

use std::{
    error::Error,
    net::IpAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use axum::http::{Request, Response, Uri, header, request};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::Client,
    rt::{TokioExecutor, TokioIo},
};
use tokio::net::TcpStream;
use tower::Service;

use super::connect::{ConnectFault, Networks, connect};

/// How long an idle connection is kept for the next call.
const IDLE_TIME_MAX: Duration = Duration::from_secs(20);
/// Largest body of an answer that is no success; a larger one counts as empty.
const REFUSAL_BYTES_MAX: usize = 64 << 10;

/// What an answer may take.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// From the first try to connect until the last byte.
    pub time_max: Duration,
    /// Of the body of a success.
    pub bytes_max: usize,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallFault {
    #[error("it cannot be reached: {0}")]
    Unreachable(String),
    #[error("{0} is not a public address")]
    NotPublic(IpAddr),
    #[error("it did not answer in time")]
    Slow,
    #[error("its answer is too large")]
    TooLarge,
}

/// A client with a pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct HttpClient(Client<HttpsConnector<Connector>, Full<Bytes>>);

impl HttpClient {
    /// A client that reaches public addresses and these networks.
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn new(networks: Networks) -> Self {
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_webpki_roots()
            .https_or_http()
            .enable_http1()
            .wrap_connector(Connector(networks));
        Self(Client::builder(TokioExecutor::new()).pool_idle_timeout(IDLE_TIME_MAX).build(connector))
    }

    /// Makes a call under the name of this product and reads the answer.
    ///
    /// # Errors
    /// [`CallFault`]: there was no answer within the bounds. An answer of any status is one.
    pub async fn call(
        &self,
        request: request::Builder,
        body: Bytes,
        bounds: Bounds,
    ) -> Result<Response<Bytes>, CallFault> {
        let request = request.header(header::USER_AGENT, concat!("Fairlead/", env!("CARGO_PKG_VERSION")));
        let request = request.body(Full::new(body)).map_err(|error| CallFault::Unreachable(error.to_string()))?;
        let answer = tokio::time::timeout(bounds.time_max, self.answer(request, bounds.bytes_max));
        answer.await.unwrap_or(Err(CallFault::Slow))
    }

    async fn answer(&self, request: Request<Full<Bytes>>, bytes_max: usize) -> Result<Response<Bytes>, CallFault> {
        let response = self.0.request(request).await.map_err(|error| fault_of(&error))?;
        let (parts, body) = response.into_parts();
        let limit = if parts.status.is_success() { bytes_max } else { REFUSAL_BYTES_MAX };
        let body = match Limited::new(body, limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(_) if !parts.status.is_success() => Bytes::new(),
            Err(error) if error.is::<LengthLimitError>() => return Err(CallFault::TooLarge),
            Err(error) => return Err(CallFault::Unreachable(error.to_string())),
        };
        Ok(Response::from_parts(parts, body))
    }
}

/// An address that may not be connected to, or the innermost cause.
fn fault_of(mut error: &(dyn Error + 'static)) -> CallFault {
    loop {
        if let Some(ConnectFault::NotPublic(address)) = error.downcast_ref() {
            return CallFault::NotPublic(*address);
        }
        match error.source() {
            Some(cause) => error = cause,
            None => return CallFault::Unreachable(error.to_string()),
        }
    }
}

/// What the HTTP library asks for a connection.
#[derive(Debug, Clone)]
struct Connector(Networks);

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectFault;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, ConnectFault>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectFault>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, server: Uri) -> Self::Future {
        let networks = self.0.clone();
        Box::pin(async move {
            let host = server.host().unwrap_or_default();
            let port = server.port_u16().unwrap_or(if server.scheme_str() == Some("https") { 443 } else { 80 });
            connect(&networks, host, port).await.map(TokioIo::new)
        })
    }
}
