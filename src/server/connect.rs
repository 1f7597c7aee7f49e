//! The one way to a host that a customer or an operator names: only to public addresses, and to the networks that
//! `FAIRLEAD_NETWORKS` lists. So an address typed into a form reaches nothing inside the operator's own network.
//!
//! The name is resolved here, and what is checked is the very address that is connected to: a name server that says
//! something else a moment later changes nothing. No proxy of the environment is asked.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use tokio::{
    net::{TcpStream, lookup_host},
    time::timeout,
};

/// Longest time for resolving a name, and again for connecting to its addresses.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(5);
/// Addresses of one name that are tried.
const ADDRESSES_MAX: usize = 8;

/// IPv4 that is not the public internet (IANA's registry of special-purpose addresses, and multicast).
const SPECIAL_V4: [Ipv4Net; 15] = [
    v4([0, 0, 0, 0], 8),       // this network
    v4([10, 0, 0, 0], 8),      // private
    v4([100, 64, 0, 0], 10),   // shared by carriers (CGNAT)
    v4([127, 0, 0, 0], 8),     // loopback
    v4([169, 254, 0, 0], 16),  // link-local, cloud metadata among it
    v4([172, 16, 0, 0], 12),   // private
    v4([192, 0, 0, 0], 24),    // protocol assignments
    v4([192, 0, 2, 0], 24),    // documentation
    v4([192, 88, 99, 0], 24),  // 6to4 relays
    v4([192, 168, 0, 0], 16),  // private
    v4([198, 18, 0, 0], 15),   // benchmarks
    v4([198, 51, 100, 0], 24), // documentation
    v4([203, 0, 113, 0], 24),  // documentation
    v4([224, 0, 0, 0], 4),     // multicast
    v4([240, 0, 0, 0], 4),     // reserved, broadcast among it
];

/// The only IPv6 that is handed out for the public internet, and what is special inside.
const GLOBAL_V6: Ipv6Net = v6([0x2000, 0, 0, 0, 0, 0, 0, 0], 3);
const SPECIAL_V6: [Ipv6Net; 3] = [
    v6([0x2001, 0, 0, 0, 0, 0, 0, 0], 23), // protocol assignments, Teredo among them
    v6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0], 32), // documentation
    v6([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20), // documentation
];

/// IPv6 in which an IPv4 address is written, and at which bit it begins: what is reached is the IPv4 address.
const MAPPED: [(Ipv6Net, u32); 4] = [
    (v6([0, 0, 0, 0, 0, 0xffff, 0, 0], 96), 96),    // IPv4-mapped
    (v6([0, 0, 0, 0, 0, 0, 0, 0], 96), 96),         // IPv4-compatible
    (v6([0x64, 0xff9b, 0, 0, 0, 0, 0, 0], 96), 96), // NAT64
    (v6([0x2002, 0, 0, 0, 0, 0, 0, 0], 16), 16),    // 6to4
];

const fn v4([a, b, c, d]: [u8; 4], bits: u8) -> Ipv4Net {
    Ipv4Net::new_assert(Ipv4Addr::new(a, b, c, d), bits)
}

const fn v6([a, b, c, d, e, f, g, h]: [u16; 8], bits: u8) -> Ipv6Net {
    Ipv6Net::new_assert(Ipv6Addr::new(a, b, c, d, e, f, g, h), bits)
}

/// Where a packet to this address ends up.
fn reached(address: IpAddr) -> IpAddr {
    let IpAddr::V6(long) = address else { return address };
    // `::` and `::1` are addresses of their own, not IPv4 in disguise.
    if long.is_unspecified() || long.is_loopback() {
        return address;
    }
    let mapped = MAPPED.iter().find(|(network, _)| network.contains(&long));
    mapped.map_or(address, |(_, bit)| {
        let octets = (long.to_bits() << bit >> 96).to_be_bytes();
        IpAddr::from([octets[12], octets[13], octets[14], octets[15]])
    })
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(short) => !SPECIAL_V4.iter().any(|network| network.contains(&short)),
        IpAddr::V6(long) => GLOBAL_V6.contains(&long) && !SPECIAL_V6.iter().any(|network| network.contains(&long)),
    }
}

/// Networks that may be reached beside the public internet. Cheap to clone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Networks(Arc<[IpNet]>);

impl Networks {
    /// Reads a list such as `10.20.0.0/16, fd00::/8`; an address alone is a network of one.
    ///
    /// # Errors
    /// The first part that is neither, or whose bits go beyond its length (`10.0.0.1/8`).
    pub fn parse(text: &str) -> Result<Self, String> {
        let network = |part: &str| {
            let network = part.parse::<IpNet>().ok().or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from));
            match network {
                Some(network) if network.addr() == network.network() => Ok(network),
                Some(network) => Err(format!("“{part}” has bits beyond its length; write {}", network.trunc())),
                None => Err(format!("“{part}” is not a network")),
            }
        };
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(network).collect::<Result<_, _>>().map(Self)
    }

    /// Every network: for hosts that whoever runs the program names on the command line or in its environment.
    pub fn all() -> Self {
        Self([IpNet::V4(v4([0; 4], 0)), IpNet::V6(v6([0; 8], 0))].into())
    }

    /// Whether the address is in one of the networks that are listed.
    pub fn contains(&self, address: IpAddr) -> bool {
        let reached = reached(address);
        self.0.iter().any(|network| network.contains(&reached))
    }

    /// Whether this address may be connected to.
    fn allow(&self, address: IpAddr) -> bool {
        is_public(reached(address)) || self.contains(address)
    }
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectFault {
    #[error("{0} has no address")]
    Unknown(String),
    /// None of its addresses is public or in a listed network; this is the first.
    #[error("{0} is not a public address, and in none of FAIRLEAD_NETWORKS")]
    NotPublic(IpAddr),
    #[error("it did not answer in time")]
    Slow,
    /// What the operating system says, without its number: the words end up on pages.
    #[error("{}", plain_words(.0))]
    Io(io::Error),
}

impl From<io::Error> for ConnectFault {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn plain_words(error: &io::Error) -> String {
    let words = error.to_string();
    words.split(" (os error ").next().unwrap_or_default().to_owned()
}

/// Connects to a host by name or address, if it is public or in one of `networks`.
///
/// # Errors
/// [`ConnectFault`], within ten seconds; of several addresses the fault of the last.
pub async fn connect(networks: &Networks, host: &str, port: u16) -> Result<TcpStream, ConnectFault> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let found = timeout(CONNECT_TIME_MAX, resolve(host, port)).await.map_err(|_| ConnectFault::Slow)??;
    let Some(first) = found.first() else { return Err(ConnectFault::Unknown(host.to_owned())) };
    let mut fault = ConnectFault::NotPublic(first.ip());
    let allowed: Vec<&SocketAddr> = found.iter().filter(|address| networks.allow(address.ip())).collect();
    let each = CONNECT_TIME_MAX / u32::try_from(allowed.len().max(1)).unwrap_or(1);
    for address in allowed {
        match timeout(each, open(*address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => fault = error.into(),
            Err(_) => fault = ConnectFault::Slow,
        }
    }
    Err(fault)
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
async fn resolve(host: &str, port: u16) -> Result<Vec<SocketAddr>, ConnectFault> {
    let found = lookup_host((host, port)).await.map_err(|_| ConnectFault::Unknown(host.to_owned()))?;
    Ok(found.take(ADDRESSES_MAX).collect())
}

#[expect(clippy::disallowed_methods, reason = "this is the one place")]
async fn open(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(networks: &Networks, address: &str) -> bool {
        networks.allow(address.parse().unwrap())
    }

    #[test]
    fn only_public_addresses_may_be_reached_in_whatever_form_they_are_written() {
        let public = [
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.32.0.1",
            "192.0.3.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2a00:1450:4001::1",
            "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8",
            "2002:808:808::1",
        ];
        let special = [
            ("this network", "0.0.0.0"),
            ("loopback", "127.0.0.1"),
            ("loopback", "127.255.255.254"),
            ("private", "10.0.0.1"),
            ("private", "172.16.0.1"),
            ("private", "172.31.255.255"),
            ("private", "192.168.1.1"),
            ("link-local", "169.254.169.254"),
            ("CGNAT", "100.64.0.1"),
            ("CGNAT", "100.127.255.255"),
            ("protocol assignments", "192.0.0.8"),
            ("documentation", "192.0.2.1"),
            ("documentation", "198.51.100.7"),
            ("documentation", "203.0.113.9"),
            ("6to4 relays", "192.88.99.1"),
            ("benchmarks", "198.19.255.255"),
            ("multicast", "224.0.0.1"),
            ("reserved", "240.0.0.1"),
            ("broadcast", "255.255.255.255"),
            ("unspecified", "::"),
            ("loopback", "::1"),
            ("unique local", "fd12:3456::1"),
            ("link-local", "fe80::1"),
            ("site-local", "fec0::1"),
            ("multicast", "ff02::1"),
            ("discard", "100::1"),
            ("documentation", "2001:db8::1"),
            ("documentation", "3fff::1"),
            ("Teredo", "2001:0:4136:e378::1"),
            ("segment routing", "5f00::1"),
            ("local NAT64", "64:ff9b:1::10.0.0.1"),
            ("IPv4-mapped loopback", "::ffff:127.0.0.1"),
            ("IPv4-mapped metadata", "::ffff:a9fe:a9fe"),
            ("IPv4-compatible private", "::10.0.0.1"),
            ("NAT64 private", "64:ff9b::192.168.0.1"),
            ("NAT64 metadata", "64:ff9b::a9fe:a9fe"),
            ("6to4 private", "2002:a00:1::1"),
            ("6to4 loopback", "2002:7f00:1::"),
        ];
        for address in public {
            assert!(allowed(&Networks::default(), address), "{address}");
        }
        for (kind, address) in special {
            assert!(!allowed(&Networks::default(), address), "{kind}: {address}");
            assert!(allowed(&Networks::all(), address), "{kind}: {address}");
        }
    }

    #[test]
    fn listed_networks_may_be_reached_in_whatever_form_and_no_others() {
        let networks = Networks::parse("10.20.0.0/16, fd00::/8,192.168.1.7").unwrap();
        for address in ["10.20.0.1", "::ffff:10.20.0.1", "64:ff9b::10.20.255.1", "fd00::9", "192.168.1.7"] {
            assert!(allowed(&networks, address), "{address}");
        }
        for address in ["10.21.0.1", "192.168.1.8", "fe80::1", "127.0.0.1"] {
            assert!(!allowed(&networks, address), "{address}");
        }
    }

    #[test]
    fn a_malformed_list_says_which_part() {
        let fault = |text: &str| Networks::parse(text).unwrap_err();
        assert_eq!(fault("10.0.0.0/8, ten"), "“ten” is not a network");
        assert_eq!(fault("10.0.0.0/33"), "“10.0.0.0/33” is not a network");
        assert_eq!(fault("10.1.0.0/8"), "“10.1.0.0/8” has bits beyond its length; write 10.0.0.0/8");
        assert_eq!(Networks::parse(" , ").unwrap(), Networks::default());
    }

    #[test]
    fn a_fault_of_the_system_shows_its_words_without_its_number() {
        let refused = ConnectFault::from(io::Error::from_raw_os_error(111));
        assert_eq!(refused.to_string(), "Connection refused");
        let caused = anyhow::Error::from(refused).context("no connection");
        assert_eq!(format!("{caused:#}"), "no connection: Connection refused");
    }

    #[tokio::test]
    async fn a_server_of_this_machine_is_reached_only_when_its_network_is_listed() {
        let server = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = server.local_addr().unwrap().port();
        for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
            let refused = connect(&Networks::default(), host, port).await.unwrap_err();
            assert!(matches!(refused, ConnectFault::NotPublic(_)), "{host}: {refused}");
            let listed = Networks::parse("127.0.0.0/8,::1").unwrap();
            let stream = connect(&listed, host, port).await.unwrap();
            assert_eq!(stream.peer_addr().unwrap().port(), port);
        }
        let heard = tokio::time::timeout(Duration::from_secs(5), async {
            for _ in 0..3 {
                server.accept().await.unwrap();
            }
        });
        assert!(heard.await.is_ok(), "three connections came, none of the refused ones");
    }
}
