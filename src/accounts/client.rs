//! The address a request comes from, as far as it can be believed.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use ipnet::IpNet;

use crate::server::{app::App, connect::Networks, error::AppError};

/// Who is on the other end of the connection. Every visitor is one: whose address is not known counts under the machine's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The networks that attempts are counted by, the smallest first: an IPv4 address and its /24; of IPv6 the /64 that one
    /// customer has, and the /56 and /48 that providers give to one customer too.
    pub fn networks(self) -> Vec<IpNet> {
        let address = self.0.to_canonical();
        let lengths: &[u8] = if address.is_ipv4() { &[32, 24] } else { &[64, 56, 48] };
        lengths.iter().filter_map(|length| IpNet::new(address, *length).ok()).map(|network| network.trunc()).collect()
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let connection = connection.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self(visitor(connection, &parts.headers, &app.config.proxies)))
    }
}

/// The last address of `X-Forwarded-For` that is not one of our own proxies, when one of them is connected. Whatever
/// is before it came from outside.
fn visitor(connection: IpAddr, headers: &HeaderMap, proxies: &Networks) -> IpAddr {
    let lines: Vec<_> =
        headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or_default()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    let mut here = connection;
    while proxies.contains(here) {
        let Some(before) = hops.next().and_then(|hop| address_of(hop.trim())) else { break };
        here = before;
    }
    here
}

/// An address, with or without a port.
fn address_of(text: &str) -> Option<IpAddr> {
    text.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn networks(text: &str) -> Vec<String> {
        ClientAddress(text.parse().unwrap()).networks().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_customer_counts_as_one_however_wide_the_network_is_that_they_have() {
        assert_eq!(networks("203.0.113.9"), ["203.0.113.9/32", "203.0.113.0/24"]);
        assert_eq!(networks("::ffff:203.0.113.9"), networks("203.0.113.9"));
        let wide = ["2001:db8:1:2::/64", "2001:db8:1::/56", "2001:db8:1::/48"];
        assert_eq!(networks("2001:db8:1:2:3:4:5:6"), wide);
        assert_eq!(networks("2001:db8:1:2:ffff::1"), wide);
        assert_eq!(
            networks("127.0.0.1"),
            ["127.0.0.1/32", "127.0.0.0/24"],
            "the machine itself is a client like any other"
        );
    }

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        let proxies = Networks::parse("127.0.0.1, 10.0.0.0/8").unwrap();
        let seen = |connection: &str, lines: &[&'static str]| {
            let name = axum::http::HeaderName::from_static("x-forwarded-for");
            let headers = lines.iter().map(|line| (name.clone(), HeaderValue::from_static(line)));
            visitor(connection.parse().unwrap(), &headers.collect(), &proxies).to_string()
        };
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.9"]), "203.0.113.9");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1, 203.0.113.9, 10.1.2.3"]), "203.0.113.9", "two proxies of our own");
        assert_eq!(seen("127.0.0.1", &["1.1.1.1", "203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(seen("198.51.100.7", &["203.0.113.9"]), "198.51.100.7", "a stranger writes the header");
        for lines in [&[][..], &["unknown"], &["1.1.1.1, unknown"], &[""]] {
            assert_eq!(seen("127.0.0.1", lines), "127.0.0.1", "{lines:?}");
        }
    }
}
