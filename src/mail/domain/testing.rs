//! Records for tests, in memory.

use std::{
    collections::{HashMap, HashSet},
    net::IpAddr,
    sync::atomic::{AtomicU32, Ordering},
};

use crate::server::dns::{Answer, MailHost, Records};

#[derive(Debug, Default)]
pub struct Book {
    texts: HashMap<String, Vec<String>>,
    mail_hosts: HashMap<String, Vec<MailHost>>,
    addresses: HashMap<String, Vec<IpAddr>>,
    unknown: HashSet<String>,
    asked: AtomicU32,
}

impl Book {
    pub fn text(mut self, name: &str, text: &str) -> Self {
        self.texts.entry(name.to_owned()).or_default().push(text.to_owned());
        self
    }

    pub fn mail_host(mut self, name: &str, preference: u16, host: &str) -> Self {
        let host = MailHost { preference, host: host.to_owned() };
        self.mail_hosts.entry(name.to_owned()).or_default().push(host);
        self
    }

    pub fn address(mut self, name: &str, address: &str) -> Self {
        self.addresses.entry(name.to_owned()).or_default().push(address.parse().unwrap());
        self
    }

    /// Nothing about the name can be looked up.
    pub fn unknown(mut self, name: &str) -> Self {
        self.unknown.insert(name.to_owned());
        self
    }

    /// Questions so far.
    pub fn asked(&self) -> u32 {
        self.asked.load(Ordering::Relaxed)
    }

    fn answer<T: Clone>(&self, of_kind: &HashMap<String, Vec<T>>, name: &str) -> Answer<T> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.unknown.contains(name) {
            return Answer::Unknown;
        }
        match of_kind.get(name) {
            Some(records) => Answer::Found(records.clone()),
            None if self.exists(name) => Answer::None,
            None => Answer::NoDomain,
        }
    }

    fn exists(&self, name: &str) -> bool {
        let mut names = self.texts.keys().chain(self.mail_hosts.keys()).chain(self.addresses.keys());
        names.any(|known| known == name || known.ends_with(&format!(".{name}")))
    }
}

impl Records for Book {
    async fn texts(&self, name: &str) -> Answer<String> {
        self.answer(&self.texts, name)
    }

    async fn mail_hosts(&self, name: &str) -> Answer<MailHost> {
        self.answer(&self.mail_hosts, name)
    }

    async fn addresses(&self, name: &str) -> Answer<IpAddr> {
        self.answer(&self.addresses, name)
    }
}
