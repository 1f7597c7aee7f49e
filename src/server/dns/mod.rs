//! What the domain name system says about mail: whether a domain takes any. Off unless configured, never in the way of pages.

mod answer;
mod memory;
mod silence;
#[cfg(test)]
pub mod testing;
#[cfg(test)]
mod tests;

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hickory_resolver::{
    Resolver, TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::{DnsError, NetError, runtime::TokioRuntimeProvider},
    proto::{
        op::ResponseCode,
        rr::{Name, RData, Record, RecordType},
    },
};

pub use answer::{Answer, MailHost, Records};
use memory::{Memory, Route};
use silence::{Heard, Silence};

/// Which name servers are asked (`FAIRLEAD_DNS`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsServer {
    /// None: domains are not checked.
    Off,
    /// Those of `/etc/resolv.conf`.
    System,
    At(SocketAddr),
}

/// For one question to one server; there are two attempts.
const ANSWER_TIME_MAX: Duration = Duration::from_millis(if cfg!(test) { 200 } else { 2_000 });

/// Whether a domain takes mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TakesMail {
    Yes,
    /// It does not exist, names no server and has no address, or says that it takes none (RFC 7505).
    No,
    /// No server was asked, or none answered.
    Unknown,
}

/// The way to the domain name system. Cheap to clone.
#[derive(Clone)]
pub struct Dns(Option<Arc<Asked>>);

struct Asked {
    resolver: TokioResolver,
    silence: Silence,
    memory: Memory,
}

impl std::fmt::Debug for Dns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Dns({})", if self.is_on() { "on" } else { "off" })
    }
}

impl Dns {
    /// No server is asked.
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
        // Where mail goes is kept in `memory.rs`; a record that was just published has to be seen.
        (options.timeout, options.attempts, options.cache_size) = (ANSWER_TIME_MAX, 2, 0);
        match builder.build() {
            Ok(resolver) => {
                Self(Some(Arc::new(Asked { resolver, silence: Silence::default(), memory: Memory::default() })))
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

    /// Whether `domain` takes mail: by its MX records, or without any by its address (RFC 5321, section 5.1). Returns within
    /// a few seconds, and at once while no server answers; an answer is kept for a day.
    pub async fn takes_mail(&self, domain: &str) -> TakesMail {
        let Some(asked) = &self.0 else { return TakesMail::Unknown };
        if let Some(known) = asked.memory.get(domain) {
            return known.takes_mail;
        }
        let route = self.route(domain).await;
        asked.memory.keep(domain, &route);
        route.takes_mail
    }

    /// The preferred mail server of a domain, if it was asked for in the last day.
    pub fn known_mail_host(&self, domain: &str) -> Option<String> {
        Some(self.0.as_ref()?.memory.get(domain)?.host)
    }

    async fn route(&self, domain: &str) -> Route {
        let (takes_mail, host) = match self.mail_hosts(domain).await {
            // A null MX counts alone; beside others it is ignored.
            Answer::Found(hosts) if hosts.len() == 1 && hosts[0].host.is_empty() => (TakesMail::No, None),
            Answer::Found(hosts) => {
                (TakesMail::Yes, hosts.into_iter().map(|host| host.host).find(|host| !host.is_empty()))
            }
            Answer::NoDomain => (TakesMail::No, None),
            Answer::Unknown => (TakesMail::Unknown, None),
            Answer::None => match self.addresses(domain).await {
                Answer::Found(_) => (TakesMail::Yes, None),
                Answer::None | Answer::NoDomain => (TakesMail::No, None),
                Answer::Unknown => (TakesMail::Unknown, None),
            },
        };
        Route { takes_mail, host: host.unwrap_or_else(|| domain.to_owned()) }
    }

    async fn ask<T>(&self, name: &str, kind: RecordType, read: impl Fn(&Record) -> Option<T>) -> Answer<T> {
        let Some(asked) = &self.0 else { return Answer::Unknown };
        let name = name.trim_end_matches('.').to_lowercase();
        if !asked.silence.asks(&name) {
            return Answer::Unknown;
        }
        let (answer, heard) = asked.ask(&name, kind, read).await;
        asked.silence.note(&name, heard);
        answer
    }
}

impl Records for Dns {
    async fn texts(&self, name: &str) -> Answer<String> {
        let text = |record: &Record| match &record.data {
            RData::TXT(text) => Some(String::from_utf8_lossy(&text.txt_data.concat()).into_owned()),
            _ => None,
        };
        self.ask(name, RecordType::TXT, text).await
    }

    async fn mail_hosts(&self, name: &str) -> Answer<MailHost> {
        let host = |record: &Record| match &record.data {
            RData::MX(mx) => Some(MailHost { preference: mx.preference, host: plain(&mx.exchange) }),
            _ => None,
        };
        let mut answer = self.ask(name, RecordType::MX, host).await;
        if let Answer::Found(hosts) = &mut answer {
            hosts.sort_by_key(|host| host.preference);
        }
        answer
    }

    async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        let address = |record: &Record| match &record.data {
            RData::A(address) => Some(IpAddr::V4(address.0)),
            RData::AAAA(address) => Some(IpAddr::V6(address.0)),
            _ => None,
        };
        let v4 = self.ask(name, RecordType::A, address).await;
        let v6 = self.ask(name, RecordType::AAAA, address).await;
        match (v4, v6) {
            (Answer::Found(v4), v6) => Answer::Found(v4.into_iter().chain(v6.records().iter().copied()).collect()),
            (_, Answer::Found(v6)) => Answer::Found(v6),
            (Answer::Unknown, _) | (_, Answer::Unknown) => Answer::Unknown,
            (v4, _) => v4,
        }
    }
}

impl Asked {
    async fn ask<T>(&self, name: &str, kind: RecordType, read: impl Fn(&Record) -> Option<T>) -> (Answer<T>, Heard) {
        // A name that cannot be one: no server can know it. Underscores may be anywhere, as keys and policies need them; the final
        // dot keeps the search list away.
        let parsed =
            if name.is_ascii() { Name::from_ascii(format!("{name}.")) } else { Name::from_utf8(format!("{name}.")) };
        let Ok(parsed) = parsed else { return (Answer::NoDomain, Heard::Answer) };
        match tokio::time::timeout(ANSWER_TIME_MAX * 5, self.resolver.lookup(parsed, kind)).await {
            Ok(Ok(found)) => {
                let records: Vec<T> = found.answers().iter().filter_map(read).collect();
                (if records.is_empty() { Answer::None } else { Answer::Found(records) }, Heard::Answer)
            }
            Ok(Err(NetError::Dns(DnsError::NoRecordsFound(none)))) => match none.response_code {
                ResponseCode::NXDomain => (Answer::NoDomain, Heard::Answer),
                ResponseCode::NoError => (Answer::None, Heard::Answer),
                _ => (Answer::Unknown, Heard::Failure),
            },
            Ok(Err(NetError::Dns(_) | NetError::Proto(_))) => (Answer::Unknown, Heard::Failure),
            Ok(Err(_)) | Err(_) => (Answer::Unknown, Heard::Silence),
        }
    }
}

/// A name in lower case, without the final dot.
fn plain(name: &Name) -> String {
    name.to_ascii().trim_end_matches('.').to_lowercase()
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
