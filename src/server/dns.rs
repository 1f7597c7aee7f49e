//! What the domain name system says about mail: whether a domain takes any. Off unless configured, never in the way of pages.

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant as Moment},
};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::runtime::TokioRuntimeProvider,
    proto::rr::RData,
};

/// Which name servers are asked (`FAIRLEAD_DNS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsServer {
    /// Nobody: domains are not checked.
    Off,
    /// Those of `/etc/resolv.conf`.
    System,
    At(SocketAddr),
}

/// For one question to one server; there are two attempts.
const ANSWER_TIME_MAX: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 2_000 });
/// Answers that are remembered, for as long as they say.
const REMEMBERED_MAX: u64 = 50_000;
/// After so many questions in a row without an answer, nobody is asked for a while.
const SILENT_MAX: u32 = 5;
const SILENT_PAUSE: Duration = Duration::from_secs(30);

/// Whether a domain takes mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TakesMail {
    Yes,
    /// It does not exist, names no server and has no address, or says that it takes none (RFC 7505).
    No,
    /// Nobody was asked, or nobody answered.
    Unknown,
}

/// The way to the domain name system. Cheap to clone.
#[derive(Clone)]
pub struct Dns(Option<Arc<Asked>>);

struct Asked {
    resolver: TokioResolver,
    /// Questions in a row that nobody answered.
    silent: AtomicU32,
    silent_since: std::sync::Mutex<Option<Moment>>,
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dns({})", if self.is_on() { "on" } else { "off" })
    }
}

impl Dns {
    /// Nobody is asked.
    pub const OFF: Self = Self(None);

    /// As configured. Without a name server that can be used it is off, and the log says so.
    pub fn configured(server: DnsServer) -> Self {
        let servers = match server {
            DnsServer::Off => return Self::OFF,
            DnsServer::At(address) => vec![address],
            DnsServer::System => named_by(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default()),
        };
        if servers.is_empty() {
            tracing::warn!("FAIRLEAD_DNS=system, and /etc/resolv.conf names no server: domains are not checked");
            return Self::OFF;
        }
        let servers = servers.into_iter().map(|address| {
            let connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()].map(|mut connection| {
                connection.port = address.port();
                connection
            });
            NameServerConfig::new(address.ip(), true, connections.to_vec())
        });
        let config = ResolverConfig::from_parts(None, Vec::new(), servers.collect());
        let mut builder = Resolver::builder_with_config(config, TokioRuntimeProvider::default());
        let options = builder.options_mut();
        (options.timeout, options.attempts, options.cache_size) = (ANSWER_TIME_MAX, 2, REMEMBERED_MAX);
        (options.negative_min_ttl, options.negative_max_ttl) =
            (Some(Duration::from_secs(60)), Some(Duration::from_secs(3_600)));
        match builder.build() {
            Ok(resolver) => {
                let (silent, silent_since) = (AtomicU32::new(0), std::sync::Mutex::default());
                Self(Some(Arc::new(Asked { resolver, silent, silent_since })))
            }
            Err(error) => {
                tracing::warn!(%error, "the name servers cannot be used: domains are not checked");
                Self::OFF
            }
        }
    }

    pub fn is_on(&self) -> bool {
        self.0.is_some()
    }

    /// Whether `domain` takes mail: by its MX records, or without any by its address (RFC 5321, section 5.1). Answers within
    /// a few seconds, and at once while nobody answers.
    pub async fn takes_mail(&self, domain: &str) -> TakesMail {
        let Some(asked) = &self.0 else { return TakesMail::Unknown };
        if asked.is_silent() {
            return TakesMail::Unknown;
        }
        let answer = tokio::time::timeout(ANSWER_TIME_MAX * 5, asked.takes_mail(domain)).await;
        let answer = answer.unwrap_or(TakesMail::Unknown);
        asked.note(answer);
        answer
    }
}

impl Asked {
    async fn takes_mail(&self, domain: &str) -> TakesMail {
        let name = format!("{}.", domain.trim_end_matches('.'));
        match self.resolver.mx_lookup(name.as_str()).await {
            Ok(found) => {
                let mut hosts = found.answers().iter().filter_map(|record| match &record.data {
                    RData::MX(mx) => Some(&mx.exchange),
                    _ => None,
                });
                match hosts.next() {
                    None => self.has_address(&name).await,
                    // The null MX stands alone; beside others it means nothing.
                    Some(first) if first.is_root() && hosts.next().is_none() => TakesMail::No,
                    Some(_) => TakesMail::Yes,
                }
            }
            Err(error) if error.is_nx_domain() => TakesMail::No,
            Err(error) if error.is_no_records_found() => self.has_address(&name).await,
            Err(_) => TakesMail::Unknown,
        }
    }

    async fn has_address(&self, name: &str) -> TakesMail {
        match self.resolver.lookup_ip(name).await {
            Ok(found) if found.iter().next().is_some() => TakesMail::Yes,
            Ok(_) => TakesMail::No,
            Err(error) if error.is_no_records_found() => TakesMail::No,
            Err(_) => TakesMail::Unknown,
        }
    }

    fn is_silent(&self) -> bool {
        let since = *self.silent_since.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        since.is_some_and(|since| since.elapsed() < SILENT_PAUSE)
    }

    fn note(&self, answer: TakesMail) {
        let silent = match answer {
            TakesMail::Unknown => self.silent.fetch_add(1, Ordering::Relaxed) + 1,
            _ => {
                self.silent.store(0, Ordering::Relaxed);
                0
            }
        };
        let mut since = self.silent_since.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        *since = (silent >= SILENT_MAX).then(Moment::now);
    }
}

/// The servers that a resolv.conf names.
fn named_by(text: &str) -> Vec<SocketAddr> {
    let address = |line: &str| {
        let mut words = line.split_whitespace();
        let ip = words.next().filter(|word| *word == "nameserver").and(words.next())?;
        Some(SocketAddr::new(ip.parse::<IpAddr>().ok()?, 53))
    };
    text.lines().filter_map(address).take(3).collect()
}

#[cfg(test)]
pub mod testing {
    use super::*;

    /// A name server that knows a few domains of tests: `mx.example`, `null.example` (takes none), `address.example` (no MX,
    /// but an address), `silent.example` (no answer); everything else does not exist.
    pub async fn name_server() -> Dns {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                if let Some(answer) = answer_to(&question[..length]) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        Dns::configured(DnsServer::At(address))
    }

    fn answer_to(question: &[u8]) -> Option<Vec<u8>> {
        let (mut labels, mut at) = (Vec::new(), 12);
        while question[at] > 0 {
            let length = usize::from(question[at]);
            labels.push(String::from_utf8_lossy(&question[at + 1..at + 1 + length]).to_lowercase());
            at += 1 + length;
        }
        let kind = question[at + 2];
        let end = at + 5;
        let data: Option<Vec<u8>> = match (labels.join(".").as_str(), kind) {
            ("silent.example", _) => return None,
            ("mx.example", 15) => Some([&[0, 10, 4][..], b"mail", &[0]].concat()),
            ("null.example", 15) => Some(vec![0, 0, 0]),
            ("address.example", 1) => Some(vec![192, 0, 2, 1]),
            _ => None,
        };
        let exists = ["mx.example", "null.example", "address.example"].contains(&labels.join(".").as_str());
        let mut answer = question[..2].to_vec();
        answer.extend([0x81, if exists { 0x80 } else { 0x83 }, 0, 1, 0, u8::from(data.is_some()), 0, 0, 0, 0]);
        answer.extend(&question[12..end]);
        if let Some(data) = data {
            answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60, 0, u8::try_from(data.len()).unwrap()]);
            answer.extend(data);
        }
        Some(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_domain_takes_mail_by_its_mx_or_its_address_and_may_say_that_it_takes_none() {
        let dns = testing::name_server().await;
        let mut told = Vec::new();
        for domain in ["mx.example", "address.example", "null.example", "nowhere.example"] {
            told.push(dns.takes_mail(domain).await);
        }
        assert_eq!(told, [TakesMail::Yes, TakesMail::Yes, TakesMail::No, TakesMail::No]);
        assert_eq!(Dns::OFF.takes_mail("mx.example").await, TakesMail::Unknown);
    }

    #[tokio::test]
    async fn while_nobody_answers_nobody_waits() {
        let dns = testing::name_server().await;
        for _ in 0..SILENT_MAX {
            assert_eq!(dns.takes_mail("silent.example").await, TakesMail::Unknown);
        }
        let began = Moment::now();
        assert_eq!(dns.takes_mail("mx.example").await, TakesMail::Unknown);
        assert!(began.elapsed() < ANSWER_TIME_MAX);
    }

    #[test]
    fn the_systems_servers_are_read() {
        let text = "# comment\nsearch lan\nnameserver 192.0.2.53\nnameserver  2001:db8::53\nnameserver x\n";
        assert_eq!(named_by(text), ["192.0.2.53:53".parse().unwrap(), "[2001:db8::53]:53".parse().unwrap()]);
    }
}
