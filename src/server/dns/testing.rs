//! A name server for tests.

use std::{
    collections::HashMap,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use tokio::net::UdpSocket;

use super::{Dns, DnsServer};

/// What the name server says about a name.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    texts: Vec<String>,
    mail_hosts: Vec<(u16, String)>,
    addresses: Vec<IpAddr>,
    /// Instead of an answer, this code.
    code: Option<u8>,
    is_silent: bool,
}

/// Names with their records. Every other name does not exist, unless one below it does.
#[derive(Debug, Clone, Default)]
pub struct Zones(HashMap<String, Zone>);

impl Zones {
    fn change(mut self, name: &str, change: impl FnOnce(&mut Zone)) -> Self {
        change(self.0.entry(name.to_owned()).or_default());
        self
    }

    pub fn text(self, name: &str, text: &str) -> Self {
        self.change(name, |zone| zone.texts.push(text.to_owned()))
    }

    /// The host `.` is a null MX.
    pub fn mail_host(self, name: &str, preference: u16, host: &str) -> Self {
        self.change(name, |zone| zone.mail_hosts.push((preference, host.to_owned())))
    }

    pub fn address(self, name: &str, address: &str) -> Self {
        self.change(name, |zone| zone.addresses.push(address.parse().unwrap()))
    }

    /// Answers with a code and no records; SERVFAIL is 2, REFUSED 5.
    pub fn fails(self, name: &str, code: u8) -> Self {
        self.change(name, |zone| zone.code = Some(code))
    }

    pub fn silent(self, name: &str) -> Self {
        self.change(name, |zone| zone.is_silent = true)
    }

    /// The way to a server that gives these answers until the test is over.
    pub async fn serve(self) -> Dns {
        Dns::configured(DnsServer::At(self.listen().await))
    }

    /// The address of such a server.
    pub async fn listen(self) -> SocketAddr {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut question = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut question).await {
                if let Some(answer) = self.answer_to(&question[..length]) {
                    let _ = socket.send_to(&answer, from).await;
                }
            }
        });
        address
    }

    pub fn answer_to(&self, question: &[u8]) -> Option<Vec<u8>> {
        let (mut labels, mut at) = (Vec::new(), 12);
        while question[at] > 0 {
            let length = usize::from(question[at]);
            labels.push(String::from_utf8_lossy(&question[at + 1..at + 1 + length]).to_lowercase());
            at += 1 + length;
        }
        let (kind, end, name) = (question[at + 2], at + 5, labels.join("."));
        let zone = self.0.get(&name);
        if zone.is_some_and(|zone| zone.is_silent) {
            return None;
        }
        let records = zone.map(|zone| zone.records(kind)).unwrap_or_default();
        let exists = zone.is_some() || self.0.keys().any(|known| known.ends_with(&format!(".{name}")));
        let code = zone.and_then(|zone| zone.code).unwrap_or(if exists { 0 } else { 3 });
        let mut answer = question[..2].to_vec();
        answer.extend([0x81, 0x80 | code, 0, 1, 0, u8::try_from(records.len()).unwrap(), 0, 0, 0, 0]);
        answer.extend(&question[12..end]);
        for data in records {
            answer.extend([0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 60]);
            answer.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
            answer.extend(data);
        }
        Some(answer)
    }
}

impl Zone {
    fn records(&self, kind: u8) -> Vec<Vec<u8>> {
        match kind {
            15 => {
                self.mail_hosts.iter().map(|(order, host)| [&order.to_be_bytes()[..], &name(host)].concat()).collect()
            }
            16 => self.texts.iter().map(|text| text.as_bytes().chunks(255).flat_map(counted).collect()).collect(),
            kind => {
                let octets = self.addresses.iter().filter_map(|address| match (address, kind) {
                    (IpAddr::V4(address), 1) => Some(address.octets().to_vec()),
                    (IpAddr::V6(address), 28) => Some(address.octets().to_vec()),
                    _ => None,
                });
                octets.collect()
            }
        }
    }
}

fn counted(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn name(text: &str) -> Vec<u8> {
    let labels = text.split('.').filter(|label| !label.is_empty());
    labels.flat_map(|label| counted(label.as_bytes())).chain([0]).collect()
}

/// A name server that knows a few domains of tests: `mx.example`, `null.example` (takes none), `address.example` (no MX, but an
/// address), `silent.example` (no answer); everything else does not exist.
pub async fn name_server() -> Dns {
    let zones = Zones::default().mail_host("mx.example", 10, "mail.mx.example").mail_host("null.example", 0, ".");
    zones.address("address.example", "192.0.2.1").silent("silent.example").serve().await
}
