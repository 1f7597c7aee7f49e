//! Where a mail server is, and how the conversation with it is kept private.

use url::{Host, Url};

/// How the conversation with a server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS before anything of value is said; a server that does not offer it is left (RFC 3207).
    StartTls,
    /// In the open: only to a server on this machine, which whoever runs the program names.
    None,
}

/// A server by name, or by address.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Server {
    pub host: String,
    pub port: u16,
    pub security: Security,
}

/// The name under which an instance with this address says hello to servers (RFC 5321 section 4.1.3).
pub fn own_name(public_url: &Url) -> String {
    match public_url.host() {
        Some(Host::Domain(domain)) => domain.to_owned(),
        Some(Host::Ipv4(address)) => format!("[{address}]"),
        Some(Host::Ipv6(address)) => format!("[IPv6:{address}]"),
        None => "localhost".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_without_a_domain_says_hello_by_its_address() {
        let name = |url: &str| own_name(&Url::parse(url).unwrap());
        assert_eq!(name("https://leads.acme.example/x"), "leads.acme.example");
        assert_eq!(name("http://127.0.0.1:3000"), "[127.0.0.1]");
        assert_eq!(name("http://[::1]:3000"), "[IPv6:::1]");
    }
}
