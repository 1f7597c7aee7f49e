//! SPF (RFC 7208): the record of a domain with everything that it refers to, looked up once; then any address can be judged
//! without a further question.

use std::net::IpAddr;

use futures::{FutureExt, future::BoxFuture};
use ipnet::IpNet;

use super::{
    finding::Finding,
    macros::{Values, expand},
    spf_policy::{Matches, Policy},
    spf_record::{Lengths, Mechanism, Qualifier, SpfRecord, is_almost_spf, is_spf},
};
use crate::server::dns::{Answer, Records};

/// Look-ups after which receivers give up (section 4.6.4).
const LOOKUPS_MAX: u32 = 10;
/// Look-ups without an answer after which they give up.
const VOIDS_MAX: u32 = 2;
/// Mail servers of one name after which they give up.
const HOSTS_MAX: usize = 10;
/// Look-ups that are counted; a chain that is longer is cut.
const COUNTED_MAX: u32 = 25;

/// The SPF of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spf {
    /// The record of the domain itself.
    pub record: Option<String>,
    pub policy: Policy,
    pub lookups: u32,
    pub voids: u32,
    /// Names of all records that it includes or redirects to, in the order in which receivers come to them, each with the number of
    /// look-ups until it was read.
    pub includes: Vec<(String, u32)>,
    pub findings: Vec<Finding>,
}

impl Spf {
    /// Whether mail that `name` lists is covered, within the look-ups that receivers make.
    pub fn includes(&self, name: &str) -> bool {
        self.includes.iter().any(|(included, lookups)| included == name && *lookups <= LOOKUPS_MAX)
    }
}

/// Looks up the SPF of `domain`, as it concerns mail of `sender` (an address of the domain) from `ip`. `None`: unknown.
pub async fn look_up(records: &impl Records, domain: &str, sender: &str, ip: Option<IpAddr>) -> Option<Spf> {
    let mut walk = Walk { records, sender, ip, lookups: 0, voids: 0, includes: Vec::new(), findings: Vec::new() };
    let texts = match records.texts(domain).await {
        Answer::Unknown => return None,
        answer => answer.records().to_vec(),
    };
    let mut found = texts.iter().filter(|text| is_spf(text));
    let (record, policy) = match (found.next(), found.next()) {
        (None, _) => {
            let almost = texts.iter().find(|text| is_almost_spf(text)).cloned();
            walk.findings.push(Finding::SpfMissing { almost });
            (None, Policy::default())
        }
        (Some(_), Some(_)) => {
            let records = texts.iter().filter(|text| is_spf(text)).cloned().collect();
            walk.findings.push(Finding::SpfSeveral { records });
            (None, Policy::error())
        }
        (Some(text), None) => (Some(text.clone()), walk.policy(text, vec![domain.to_owned()]).await),
    };
    if walk.lookups > LOOKUPS_MAX {
        walk.findings.push(Finding::SpfTooManyLookups { lookups: walk.lookups });
    }
    if walk.voids > VOIDS_MAX {
        walk.findings.push(Finding::SpfTooManyVoids { voids: walk.voids });
    }
    if record.is_some() && !policy.is_error && !policy.is_unknown {
        match policy.last() {
            Some(Qualifier::Pass) => walk.findings.push(Finding::SpfAllowsAll),
            None | Some(Qualifier::Neutral) => walk.findings.push(Finding::SpfSaysNothing),
            Some(Qualifier::Fail | Qualifier::SoftFail) => {}
        }
    }
    let Walk { lookups, voids, includes, findings, .. } = walk;
    Some(Spf { record, policy, lookups, voids, includes, findings })
}

struct Walk<'a, R> {
    records: &'a R,
    sender: &'a str,
    ip: Option<IpAddr>,
    lookups: u32,
    voids: u32,
    includes: Vec<(String, u32)>,
    findings: Vec<Finding>,
}

impl<R: Records> Walk<'_, R> {
    /// Reads one record. `path` holds the domains that led to it, it being the last.
    fn policy<'b>(&'b mut self, text: &'b str, path: Vec<String>) -> BoxFuture<'b, Policy> {
        async move {
            let domain = path.last().cloned().unwrap_or_default();
            let record = match SpfRecord::parse(text) {
                Ok(record) => record,
                Err(term) => return self.error(Finding::SpfUnreadable { domain, term }),
            };
            if path.len() == 1 {
                self.findings.extend(record.ignored.iter().map(|term| Finding::SpfIgnored { term: term.clone() }));
            }
            let mut policy = Policy::default();
            for (qualifier, mechanism) in record.directives {
                let matches = self.matches(mechanism, &domain, &path).await;
                if let Matches::Include(included) = &matches {
                    policy.is_error |= included.is_error;
                    policy.is_unknown |= included.is_unknown;
                }
                policy.directives.push((qualifier, matches));
            }
            if let Some(name) = record.redirect {
                policy.redirect = match self.expand(&name, &domain) {
                    Some(name) => Some(Box::new(self.other(&name, &path).await)),
                    None => Some(Box::new(Policy::unknown())),
                };
            }
            policy
        }
        .boxed()
    }

    async fn matches(&mut self, mechanism: Mechanism, domain: &str, path: &[String]) -> Matches {
        let counts = !matches!(mechanism, Mechanism::All | Mechanism::Network(_) | Mechanism::Include(_));
        self.lookups += u32::from(counts);
        if self.lookups > COUNTED_MAX {
            return Matches::Varies;
        }
        match mechanism {
            Mechanism::All => Matches::All,
            Mechanism::Network(network) => Matches::Networks(vec![network]),
            Mechanism::Ptr => {
                if path.len() == 1 {
                    self.findings.push(Finding::SpfPtr);
                }
                Matches::Varies
            }
            Mechanism::Include(name) => match self.expand(&name, domain) {
                Some(name) => Matches::Include(self.other(&name, path).await),
                None => {
                    self.lookups += 1;
                    Matches::Varies
                }
            },
            // Most names that are asked with `exists` are not there, so they do not count as void.
            Mechanism::Exists(name) => match self.expand(&name, domain) {
                None => Matches::Varies,
                Some(name) => match self.records.addresses(&name).await {
                    Answer::Found(_) => Matches::All,
                    Answer::None | Answer::NoDomain => Matches::Networks(Vec::new()),
                    Answer::Unknown => Matches::Varies,
                },
            },
            Mechanism::A(name, lengths) => match self.expand(name.as_deref().unwrap_or(domain), domain) {
                Some(name) => self.addresses(&name, lengths).await,
                None => Matches::Varies,
            },
            Mechanism::Mx(name, lengths) => match self.expand(name.as_deref().unwrap_or(domain), domain) {
                Some(name) => self.mail_hosts(&name, lengths).await,
                None => Matches::Varies,
            },
        }
    }

    fn expand(&self, name: &str, domain: &str) -> Option<String> {
        expand(name, Values { sender: self.sender, domain, ip: self.ip })
    }

    /// The record of another domain.
    async fn other(&mut self, name: &str, path: &[String]) -> Policy {
        self.lookups += 1;
        if self.lookups > COUNTED_MAX {
            return Policy::unknown();
        }
        if path.iter().any(|known| known == name) {
            return self.error(Finding::SpfLoop { domain: name.to_owned() });
        }
        self.includes.push((name.to_owned(), self.lookups));
        let answer = self.records.texts(name).await;
        self.voids += u32::from(answer.is_void());
        if answer.is_unknown() {
            return Policy::unknown();
        }
        let found: Vec<&String> = answer.records().iter().filter(|text| is_spf(text)).collect();
        match found.as_slice() {
            [text] => {
                let path = path.iter().cloned().chain([name.to_owned()]).collect();
                self.policy(text, path).await
            }
            [] => self.error(Finding::SpfIncludeMissing { domain: name.to_owned() }),
            _ => self.error(Finding::SpfIncludeSeveral { domain: name.to_owned() }),
        }
    }

    async fn addresses(&mut self, name: &str, lengths: Lengths) -> Matches {
        match self.records.addresses(name).await {
            Answer::Unknown => Matches::Varies,
            answer => {
                self.voids += u32::from(answer.is_void());
                Matches::Networks(networks(answer.records(), lengths))
            }
        }
    }

    async fn mail_hosts(&mut self, name: &str, lengths: Lengths) -> Matches {
        let answer = self.records.mail_hosts(name).await;
        self.voids += u32::from(answer.is_void());
        if answer.is_unknown() {
            return Matches::Varies;
        }
        let hosts = answer.records();
        if hosts.len() > HOSTS_MAX {
            return Matches::Include(self.error(Finding::SpfTooManyHosts { domain: name.to_owned() }));
        }
        let mut all = Vec::new();
        for host in hosts.iter().filter(|host| !host.host.is_empty()) {
            match self.records.addresses(&host.host).await {
                Answer::Unknown => return Matches::Varies,
                found => all.extend(networks(found.records(), lengths)),
            }
        }
        Matches::Networks(all)
    }

    fn error(&mut self, finding: Finding) -> Policy {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
        Policy::error()
    }
}

fn networks(addresses: &[IpAddr], Lengths(v4, v6): Lengths) -> Vec<IpNet> {
    let network = |address: &IpAddr| IpNet::new(*address, if address.is_ipv4() { v4 } else { v6 }).ok();
    addresses.iter().filter_map(network).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::{spf_policy::Outcome, testing::Book},
        *,
    };

    async fn spf(book: &Book) -> Spf {
        look_up(book, "acme.example", "jo@acme.example", None).await.unwrap()
    }

    fn checked(spf: &Spf, ip: &str) -> Outcome {
        spf.policy.check(ip.parse().unwrap())
    }

    #[tokio::test]
    async fn a_good_record_covers_what_it_includes() {
        let book = Book::default()
            .text("acme.example", "v=spf1 include:_spf.google.com ip4:198.51.100.7 ~all")
            .text("acme.example", "google-site-verification=abc")
            .text("_spf.google.com", "v=spf1 include:_netblocks.google.com ~all")
            .text("_netblocks.google.com", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 ~all");
        let spf = spf(&book).await;
        assert_eq!((spf.findings.as_slice(), spf.lookups, spf.voids), (&[][..], 2, 0));
        assert!(spf.includes("_spf.google.com") && spf.includes("_netblocks.google.com"));
        for (ip, outcome) in [
            ("192.0.2.9", Outcome::Pass),
            ("2001:db8::1", Outcome::Pass),
            ("198.51.100.7", Outcome::Pass),
            ("203.0.113.1", Outcome::SoftFail),
        ] {
            assert_eq!(checked(&spf, ip), outcome, "{ip}");
        }
    }

    #[tokio::test]
    async fn faults_of_the_domain_are_found() {
        let of = |texts: &[&str]| {
            texts.iter().fold(Book::default().text("x.example", "y"), |book, text| book.text("acme.example", text))
        };
        for (texts, finding) in [
            (&[][..], Finding::SpfMissing { almost: None }),
            (&["google-site-verification=1"], Finding::SpfMissing { almost: None }),
            (&[" v=spf1 mx -all"], Finding::SpfMissing { almost: Some(" v=spf1 mx -all".into()) }),
            (&["\"v=spf1 -all\""], Finding::SpfMissing { almost: Some("\"v=spf1 -all\"".into()) }),
            (
                &["v=spf1 -all", "V=SPF1 ~all"],
                Finding::SpfSeveral { records: vec!["v=spf1 -all".into(), "V=SPF1 ~all".into()] },
            ),
            (
                &["v=spf1 ip:192.0.2.1 -all"],
                Finding::SpfUnreadable { domain: "acme.example".into(), term: "ip:192.0.2.1".into() },
            ),
            (&["v=spf1 +all"], Finding::SpfAllowsAll),
            (&["v=spf1 ?all"], Finding::SpfSaysNothing),
            (&["v=spf1 ip4:192.0.2.1"], Finding::SpfSaysNothing),
            (&["v=spf1 -all ip4:192.0.2.1"], Finding::SpfIgnored { term: "ip4:192.0.2.1".into() }),
            (&["v=spf1 ptr -all"], Finding::SpfPtr),
            (&["v=spf1 include:gone.example -all"], Finding::SpfIncludeMissing { domain: "gone.example".into() }),
            (&["v=spf1 include:x.example -all"], Finding::SpfIncludeMissing { domain: "x.example".into() }),
            (&["v=spf1 include:acme.example -all"], Finding::SpfLoop { domain: "acme.example".into() }),
        ] {
            assert_eq!(spf(&of(texts)).await.findings, [finding], "{texts:?}");
        }
    }

    #[tokio::test]
    async fn strings_of_a_record_join_without_a_space() {
        let long = format!("v=spf1 {} -all", (0..40).map(|n| format!("ip4:192.0.2.{n}")).collect::<Vec<_>>().join(" "));
        assert!(long.len() > 255);
        let spf = spf(&Book::default().text("acme.example", &long)).await;
        assert_eq!((spf.findings.as_slice(), checked(&spf, "192.0.2.39")), (&[][..], Outcome::Pass));
    }

    #[tokio::test]
    async fn ten_lookups_are_read_and_the_eleventh_is_an_error() {
        for (includes, is_error) in [(10, false), (11, true)] {
            let names: Vec<String> = (0..includes).map(|number| format!("n{number}.example")).collect();
            let all: Vec<String> = names.iter().map(|name| format!("include:{name}")).collect();
            let book = Book::default().text("acme.example", &format!("v=spf1 {} -all", all.join(" ")));
            let book = names.iter().fold(book, |book, name| book.text(name, "v=spf1 ip4:192.0.2.1 -all"));
            let spf = spf(&book).await;
            assert_eq!(spf.lookups, includes);
            assert_eq!(spf.findings.contains(&Finding::SpfTooManyLookups { lookups: 11 }), is_error);
            assert_eq!(spf.includes(names.last().unwrap()), !is_error);
        }
    }

    #[tokio::test]
    async fn loops_over_others_end() {
        let book = Book::default()
            .text("acme.example", "v=spf1 include:a.example -all")
            .text("a.example", "v=spf1 include:b.example -all")
            .text("b.example", "v=spf1 redirect=a.example");
        let spf = spf(&book).await;
        assert_eq!(spf.findings, [Finding::SpfLoop { domain: "a.example".into() }]);
        assert_eq!(checked(&spf, "192.0.2.1"), Outcome::Error);
    }

    #[tokio::test]
    async fn a_chain_without_end_is_cut() {
        let mut book = Book::default().text("acme.example", "v=spf1 redirect=n0.example");
        for number in 0..60 {
            book = book.text(&format!("n{number}.example"), &format!("v=spf1 include:n{}.example -all", number + 1));
        }
        let spf = spf(&book).await;
        assert!(spf.lookups > LOOKUPS_MAX && spf.lookups <= COUNTED_MAX + 1, "{}", spf.lookups);
        assert!(book.asked() < 60);
    }

    #[tokio::test]
    async fn redirects_and_hosts_are_followed() {
        let book = Book::default()
            .text("acme.example", "v=spf1 mx a:web.acme.example/28 redirect=%{d}.spf.example")
            .mail_host("acme.example", 10, "mx.acme.example")
            .address("mx.acme.example", "192.0.2.5")
            .address("web.acme.example", "198.51.100.17")
            .text("acme.example.spf.example", "v=spf1 ip4:203.0.113.1 -all");
        let spf = spf(&book).await;
        assert_eq!((spf.findings.as_slice(), spf.lookups), (&[][..], 3));
        for (ip, outcome) in [
            ("192.0.2.5", Outcome::Pass),
            ("198.51.100.30", Outcome::Pass),
            ("203.0.113.1", Outcome::Pass),
            ("198.51.100.40", Outcome::Fail),
        ] {
            assert_eq!(checked(&spf, ip), outcome, "{ip}");
        }
    }

    #[tokio::test]
    async fn void_lookups_are_counted() {
        let book = Book::default().text("acme.example", "v=spf1 a:a.example mx:b.example a:c.example -all");
        let spf = spf(&book).await;
        assert_eq!(spf.findings, [Finding::SpfTooManyVoids { voids: 3 }]);
    }

    #[tokio::test]
    async fn macros_with_the_address_are_unclear_until_it_is_known() {
        let book = Book::default()
            .text("acme.example", "v=spf1 exists:%{i}._spf.%{d} -all")
            .address("192.0.2.1._spf.acme.example", "127.0.0.2");
        let ip: IpAddr = "192.0.2.1".parse().unwrap();
        assert_eq!(spf(&book).await.policy.check(ip), Outcome::Unclear);
        let known = look_up(&book, "acme.example", "jo@acme.example", Some(ip)).await.unwrap();
        assert_eq!(known.policy.check(ip), Outcome::Pass);
        let other: IpAddr = "192.0.2.2".parse().unwrap();
        let known = look_up(&book, "acme.example", "jo@acme.example", Some(other)).await.unwrap();
        assert_eq!(known.policy.check(other), Outcome::Fail);
    }

    #[tokio::test]
    async fn what_is_not_answered_is_unknown_and_no_fault() {
        let book = Book::default().unknown("acme.example");
        assert_eq!(look_up(&book, "acme.example", "jo@acme.example", None).await, None);
        let book = Book::default().text("acme.example", "v=spf1 include:slow.example -all").unknown("slow.example");
        let spf = spf(&book).await;
        assert_eq!((spf.findings.as_slice(), checked(&spf, "192.0.2.1")), (&[][..], Outcome::Unclear));
    }
}
