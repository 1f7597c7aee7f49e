//! The address a request comes from, as far as it can be believed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::request::Parts,
};

use crate::server::{app::App, error::AppError};

/// Who is on the other end of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// What attempts are counted by: one IPv4 address, or the /64 network that one IPv6 customer has.
    ///
    /// `None` for the machine itself: that is the operator, or a proxy that the configuration does not know of
    /// (`FAIRLEAD_BEHIND_PROXY`), and then one visitor's failures would count against all.
    pub fn network(self) -> Option<String> {
        match self.0.to_canonical() {
            address if address.is_loopback() => None,
            IpAddr::V4(address) => Some(address.to_string()),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Some(format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
        }
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, AppError> {
        let connection = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        let forwarded = if app.config.behind_proxy { forwarded(parts) } else { None };
        Ok(Self(forwarded.or(connection).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))))
    }
}

/// The last address of `X-Forwarded-For`: the one our own proxy wrote. Whatever stands before it came from outside.
fn forwarded(parts: &Parts) -> Option<IpAddr> {
    let header = parts.headers.get_all("x-forwarded-for").iter().next_back()?;
    let last = header.to_str().ok()?.rsplit(',').next()?.trim();
    last.parse().ok().or_else(|| last.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn address(text: &str) -> ClientAddress {
        ClientAddress(text.parse().unwrap())
    }

    #[test]
    fn an_ipv6_customer_counts_as_one_and_the_machine_itself_is_not_counted() {
        assert_eq!(address("203.0.113.9").network().unwrap(), "203.0.113.9");
        assert_eq!(address("::ffff:203.0.113.9").network().unwrap(), "203.0.113.9");
        assert_eq!(address("2001:db8:1:2:3:4:5:6").network(), address("2001:db8:1:2:ffff::1").network());
        assert_ne!(address("2001:db8:1:2::1").network(), address("2001:db8:1:3::1").network());
        assert_eq!(address("127.0.0.1").network(), None);
        assert_eq!(address("::1").network(), None);
    }

    #[test]
    fn only_the_address_written_by_our_own_proxy_is_believed() {
        let parts = |text: &str| Request::builder().header("x-forwarded-for", text).body(()).unwrap().into_parts().0;
        assert_eq!(forwarded(&parts("1.1.1.1, 203.0.113.9")), Some("203.0.113.9".parse().unwrap()));
        assert_eq!(forwarded(&parts("203.0.113.9:4711")), Some("203.0.113.9".parse().unwrap()));
        assert_eq!(forwarded(&parts("unknown")), None);
    }
}
