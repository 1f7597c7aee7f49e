//! Visits by another way than the public address, when that is https: browsers keep no secure cookie there, so a sign-in would
//! succeed and be forgotten at once.

use std::{convert::Infallible, net::SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, header, request::Parts},
};

use crate::server::{app::App, config::Config};

/// The public address, when this request came by another way on which a sign-in cannot last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainHttp(pub Option<String>);

impl FromRequestParts<App> for PlainHttp {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let from_proxy = connection.is_some_and(|address| app.config.proxies.contains(address));
        let plain = is_plain(&parts.headers, from_proxy, &app.config);
        Ok(Self(plain.then(|| app.config.public_url.to_string())))
    }
}

/// TLS ends in front of this program, so it sees http either way. What differs: the name that was asked for, and what
/// a proxy of our own says.
fn is_plain(headers: &HeaderMap, from_proxy: bool, config: &Config) -> bool {
    if config.public_url.scheme() != "https" {
        return false;
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let asked = text(header::HOST.as_str()).and_then(|host| url::Url::parse(&format!("https://{host}")).ok());
    let elsewhere = asked.is_some_and(|asked| asked.host_str() != config.public_url.host_str());
    let scheme = text("x-forwarded-proto").and_then(|schemes| schemes.rsplit(',').next());
    elsewhere || from_proxy && scheme.is_some_and(|scheme| scheme.trim().eq_ignore_ascii_case("http"))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    #[test]
    fn a_visit_that_cannot_keep_a_secure_cookie_is_recognised() {
        let config = |url: &str| Config::parse(|name| (name == "FAIRLEAD_PUBLIC_URL").then(|| url.to_owned())).unwrap();
        let (https, http) = (config("https://leads.example"), config("http://leads.example"));
        let headers = |pairs: &[(&'static str, &'static str)]| -> HeaderMap {
            let pairs =
                pairs.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
            pairs.collect()
        };
        let (public, by_number) = (("host", "leads.example"), ("host", "192.0.2.7:3000"));
        let (secure, plain) = (("x-forwarded-proto", "https"), ("x-forwarded-proto", "http"));
        assert!(is_plain(&headers(&[by_number]), false, &https));
        assert!(is_plain(&headers(&[public, plain]), true, &https));
        for pairs in [&[public][..], &[public, secure], &[]] {
            assert!(!is_plain(&headers(pairs), true, &https), "{pairs:?}");
        }
        assert!(!is_plain(&headers(&[public, plain]), false, &https), "anyone can write the header");
        assert!(!is_plain(&headers(&[by_number]), false, &http), "without https cookies stay");
    }
}
