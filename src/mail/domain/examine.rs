//! All that is looked up about one From domain, and what follows.

use std::{collections::BTreeMap, net::IpAddr};

use serde::{Deserialize, Serialize};

use super::{
    dmarc::{Dmarc, Walk},
    evidence::{Evidence, Signature, Verdict},
    finding::{Finding, Known, Part, Publish, term_of},
    mx,
    spf::{self, Spf},
    spf_policy::Outcome,
    tags::{tag, tags},
};
use crate::{
    mail::dkim::Signer,
    server::dns::{Answer, Records},
};

/// Fields that receivers want covered by the signature (RFC 8058 asks for the last two).
const SIGNED_FIELDS: [&str; 6] = ["from", "subject", "date", "message-id", "list-unsubscribe", "list-unsubscribe-post"];
/// Networks of a provider that are compared with a record.
const COMPARED_MAX: usize = 20;

/// The domain to look at, with what is known about how its mail leaves.
#[derive(Debug, Clone, Default)]
pub struct Subject {
    pub domain: String,
    /// An address of it.
    pub sender: String,
    /// Of each provider that its mail leaves through: the names of SPF records that cover it, the one to publish first.
    pub providers: Vec<&'static [&'static str]>,
    /// What received copies say, the latest of each mailbox.
    pub copies: Vec<Evidence>,
    /// Whether a copy without a signature proves that none is made. Large providers do not sign what stays inside.
    pub unsigned_counts: bool,
    /// Keys that sign here: names and texts of the records that belong to them.
    pub own_keys: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    pub mail_hosts: Vec<String>,
    pub spf: Option<String>,
    /// How many look-ups receivers make for it.
    pub spf_lookups: u32,
    pub dmarc: Option<Dmarc>,
    /// The aligned signatures of received copies.
    pub signatures: Vec<Signature>,
    /// Terms of SPF that cover the mail.
    pub senders: Vec<String>,
    pub findings: Vec<Finding>,
    /// What could not be looked up.
    pub unknown: Vec<Part>,
}

impl Report {
    /// Of a domain about which nothing could be looked up.
    pub fn unknown() -> Self {
        Self { unknown: vec![Part::Mx, Part::Spf, Part::Dkim, Part::Dmarc], ..Self::default() }
    }

    /// The first fault because of which mail fails.
    pub fn first_fault(&self) -> Option<&Finding> {
        self.findings.iter().find(|finding| finding.is_failing())
    }

    /// Whether mail fails because of what was found.
    pub fn is_failing(&self) -> bool {
        self.findings.iter().any(Finding::is_failing)
    }

    /// Whether the records could not be looked up, so that nothing can be said.
    pub fn is_unknown(&self) -> bool {
        !self.is_failing() && [Part::Mx, Part::Spf, Part::Dmarc].iter().any(|part| self.unknown.contains(part))
    }

    pub fn fails(&self, part: Part) -> bool {
        self.of(part).any(Finding::is_failing)
    }

    /// Adds what was found, once: copies of several mailboxes say the same.
    fn note(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    /// What was found about one part.
    pub fn of(&self, part: Part) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.part() == part)
    }

    /// The record that mends a finding.
    pub fn publish(&self, domain: &str, finding: &Finding) -> Option<Publish> {
        finding.publish(Known { domain, spf: self.spf.as_deref(), dmarc: self.dmarc.as_ref(), senders: &self.senders })
    }
}

/// Looks up everything about the domain.
pub async fn examine(records: &impl Records, subject: &Subject) -> Report {
    let mut report = Report { senders: senders(subject), ..Report::default() };
    match mx::look_up(records, &subject.domain).await {
        Some((hosts, findings)) => (report.mail_hosts, report.findings) = (hosts, findings),
        None => report.unknown.push(Part::Mx),
    }
    let exists = !report.findings.contains(&Finding::NoDomain);
    let walk = Walk::up(records, &subject.domain).await;
    let ip = subject.copies.iter().find_map(|copy| copy.ip);
    match spf::look_up(records, &subject.domain, &subject.sender, ip).await {
        Some(spf) => {
            report.findings.extend(spf.findings.iter().cloned());
            if spf.record.is_some() {
                uncovered(records, subject, &spf, &mut report).await;
            }
            (report.spf, report.spf_lookups) = (spf.record, spf.lookups);
        }
        None => report.unknown.push(Part::Spf),
    }
    match &walk {
        Some(walk) => {
            let (dmarc, findings) = walk.judge(exists);
            report.dmarc = dmarc;
            report.findings.extend(findings);
            align_spf(records, subject, walk, &mut report).await;
        }
        None => report.unknown.push(Part::Dmarc),
    }
    dkim(records, subject, walk.as_ref(), &mut report).await;
    report
}

/// The terms of SPF for the ways that mail leaves.
fn senders(subject: &Subject) -> Vec<String> {
    let providers = subject.providers.iter().filter_map(|names| names.first()).map(|name| format!("include:{name}"));
    let mut terms: Vec<String> = providers.collect();
    if terms.is_empty() {
        terms.extend(subject.copies.iter().filter_map(|copy| copy.ip).filter(|ip| is_public(*ip)).map(term_of));
    }
    terms.sort();
    terms.dedup();
    terms
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()),
        IpAddr::V6(ip) => {
            !(ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified())
        }
    }
}

/// Ways on which mail leaves, but which the record does not cover.
async fn uncovered(records: &impl Records, subject: &Subject, spf: &Spf, report: &mut Report) {
    for names in &subject.providers {
        if names.iter().any(|name| spf.includes(name)) {
            continue;
        }
        if let Some(name) = names.first()
            && is_covered(records, subject, spf, name).await == Some(false)
        {
            report.note(Finding::SpfLacksProvider { include: (*name).to_owned() });
        }
    }
    // What a provider's server has delivered is the provider's to cover.
    if subject.providers.is_empty() {
        let ips = subject.copies.iter().filter_map(|copy| Some((copy.ip?, copy.return_path.as_ref()?)));
        let own = ips.filter(|(ip, return_path)| **return_path == subject.domain && is_public(*ip));
        for (ip, _) in own {
            if matches!(spf.policy.check(ip), Outcome::Fail | Outcome::SoftFail | Outcome::Neutral) {
                report.note(Finding::SpfLacksAddress { ip });
            }
        }
    }
}

/// Whether the record covers the addresses that a provider names, in whatever words: many copy them out. `None`: unknown.
async fn is_covered(records: &impl Records, subject: &Subject, spf: &Spf, provider: &str) -> Option<bool> {
    let theirs = spf::look_up(records, provider, &subject.sender, None).await?;
    let networks = theirs.policy.networks();
    if networks.is_empty() {
        return None;
    }
    let outcomes = networks.iter().take(COMPARED_MAX).map(|network| spf.policy.check(network.addr()));
    let outcomes: Vec<Outcome> = outcomes.collect();
    match outcomes.contains(&Outcome::Pass) {
        true => Some(true),
        false if outcomes.contains(&Outcome::Unclear) || outcomes.contains(&Outcome::Error) => None,
        false => Some(false),
    }
}

async fn align_spf(records: &impl Records, subject: &Subject, walk: &Walk, report: &mut Report) {
    let is_strict = report.dmarc.as_ref().is_some_and(|dmarc| dmarc.strict_spf);
    let return_paths = subject.copies.iter().filter_map(|copy| copy.return_path.as_deref());
    for (return_path, is_aligned) in alignment(records, walk, return_paths, is_strict).await {
        if is_aligned == Some(false) {
            report.note(Finding::SpfNotAligned { return_path: return_path.to_owned() });
        }
    }
}

/// Whether each of these domains is aligned, looked up once however many copies name it.
async fn alignment<'a>(
    records: &impl Records,
    walk: &Walk,
    domains: impl Iterator<Item = &'a str>,
    is_strict: bool,
) -> BTreeMap<&'a str, Option<bool>> {
    let mut known = BTreeMap::new();
    for domain in domains {
        if !known.contains_key(domain) {
            known.insert(domain, walk.is_aligned(records, domain, is_strict).await);
        }
    }
    known
}

/// DKIM, by what copies prove and by the keys that are published now.
async fn dkim(records: &impl Records, subject: &Subject, walk: Option<&Walk>, report: &mut Report) {
    for (name, record) in &subject.own_keys {
        own_key(records, name, record, report).await;
    }
    let is_strict = report.dmarc.as_ref().is_some_and(|dmarc| dmarc.strict_dkim);
    let domains = subject.copies.iter().flat_map(|copy| &copy.signatures).map(|signature| signature.domain.as_str());
    let aligned = match walk {
        Some(walk) => alignment(records, walk, domains, is_strict).await,
        None => BTreeMap::new(),
    };
    let is_aligned = |signature: &Signature| aligned.get(signature.domain.as_str()).copied().flatten();
    for copy in &subject.copies {
        let own = copy.signatures.iter().filter(|signature| is_aligned(signature) == Some(true));
        for signature in own {
            if !report.signatures.contains(signature) {
                report.signatures.push(signature.clone());
            }
        }
        match copy.signatures.last() {
            None if subject.unsigned_counts && subject.own_keys.is_empty() => report.note(Finding::DkimUnsigned),
            Some(last) if copy.signatures.iter().all(|signature| is_aligned(signature) == Some(false)) => {
                report.note(Finding::DkimNotAligned { domain: last.domain.clone() });
            }
            _ => {}
        }
    }
    for signature in report.signatures.clone() {
        examine_signature(records, &signature, report).await;
    }
    if report.signatures.is_empty() && report.of(Part::Dkim).next().is_none() && subject.own_keys.is_empty() {
        report.unknown.push(Part::Dkim);
    }
}

async fn own_key(records: &impl Records, name: &str, record: &str, report: &mut Report) {
    let differs = || Finding::DkimKeyDiffers { name: name.to_owned(), record: record.to_owned() };
    match records.texts(name).await {
        Answer::Unknown => report.unknown.push(Part::Dkim),
        Answer::Found(texts) if texts.iter().any(|text| key_of(text) == key_of(record)) => {}
        _ => report.note(differs()),
    }
}

fn key_of(record: &str) -> String {
    let tags = tags(record);
    tag(&tags, "p").unwrap_or_default().chars().filter(|sign| !sign.is_whitespace()).collect()
}

async fn examine_signature(records: &impl Records, signature: &Signature, report: &mut Report) {
    let name = Signer::record_name(&signature.domain, &signature.selector);
    match records.texts(&name).await {
        Answer::Unknown => report.unknown.push(Part::Dkim),
        Answer::None | Answer::NoDomain => report.note(Finding::DkimKeyMissing { name }),
        Answer::Found(texts) if texts.iter().all(|text| key_of(text).is_empty()) => {
            report.note(Finding::DkimKeyWithdrawn { name });
        }
        Answer::Found(_) if signature.verdict == Some(Verdict::Fail) => {
            let (domain, selector) = (signature.domain.clone(), signature.selector.clone());
            report.note(Finding::DkimInvalid { domain, selector });
        }
        Answer::Found(_) => {}
    }
    let lacks = SIGNED_FIELDS.into_iter().filter(|field| !signature.fields.contains(&(*field).to_owned()));
    let fields: Vec<String> = lacks.map(str::to_owned).collect();
    if !fields.is_empty() {
        report.note(Finding::DkimFieldsUnsigned { fields });
    }
}

#[cfg(test)]
mod tests {
    use super::{super::testing::Book, *};

    fn good() -> Book {
        Book::default()
            .mail_host("acme.example", 1, "smtp.google.com")
            .text("acme.example", "v=spf1 include:_spf.google.com ~all")
            .text("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 ~all")
            .text("google._domainkey.acme.example", "v=DKIM1; k=rsa; p=MIIB")
            .text("_dmarc.acme.example", "v=DMARC1; p=quarantine")
    }

    fn signature(domain: &str, verdict: Verdict) -> Signature {
        let fields = SIGNED_FIELDS.map(str::to_owned).to_vec();
        Signature { domain: domain.into(), selector: "google".into(), fields, verdict: Some(verdict) }
    }

    fn subject(signatures: Vec<Signature>) -> Subject {
        let return_path = Some("acme.example".to_owned());
        Subject {
            domain: "acme.example".into(),
            sender: "jo@acme.example".into(),
            providers: vec![&["_spf.google.com"]],
            copies: vec![Evidence {
                signatures,
                return_path,
                spf: Some(Verdict::Pass),
                ip: Some("192.0.2.1".parse().unwrap()),
            }],
            unsigned_counts: true,
            own_keys: Vec::new(),
        }
    }

    #[tokio::test]
    async fn a_domain_in_order_passes() {
        let report = examine(&good(), &subject(vec![signature("acme.example", Verdict::Pass)])).await;
        assert_eq!((report.findings.as_slice(), report.unknown.as_slice()), (&[][..], &[][..]));
        assert_eq!((report.mail_hosts.as_slice(), report.spf_lookups), (&["smtp.google.com".to_owned()][..], 1));
        let kept: Report = serde_json::from_str(&serde_json::to_string(&report).unwrap()).unwrap();
        assert_eq!(kept, report);
    }

    #[tokio::test]
    async fn dkim_is_judged_by_copies_and_by_the_key_of_today() {
        let other = || signature("gappssmtp.com", Verdict::Pass);
        let own = |verdict| signature("acme.example", verdict);
        for (signatures, finding) in [
            (vec![], Finding::DkimUnsigned),
            (vec![other()], Finding::DkimNotAligned { domain: "gappssmtp.com".into() }),
            (
                vec![own(Verdict::Fail)],
                Finding::DkimInvalid { domain: "acme.example".into(), selector: "google".into() },
            ),
            (
                vec![Signature { selector: "old".into(), ..own(Verdict::Pass) }],
                Finding::DkimKeyMissing { name: "old._domainkey.acme.example".into() },
            ),
            (
                vec![
                    other(),
                    Signature {
                        fields: vec!["from".into(), "date".into(), "subject".into(), "message-id".into()],
                        ..own(Verdict::Pass)
                    },
                ],
                Finding::DkimFieldsUnsigned { fields: vec!["list-unsubscribe".into(), "list-unsubscribe-post".into()] },
            ),
        ] {
            assert_eq!(examine(&good(), &subject(signatures)).await.findings, [finding]);
        }
        let withdrawn = Book::default().text("google._domainkey.acme.example", "v=DKIM1; p=");
        let report = examine(&withdrawn, &subject(vec![own(Verdict::Pass)])).await;
        assert!(report.findings.contains(&Finding::DkimKeyWithdrawn { name: "google._domainkey.acme.example".into() }));
        let inside = Subject { unsigned_counts: false, ..subject(vec![]) };
        assert_eq!(examine(&good(), &inside).await.unknown, [Part::Dkim]);
        let unseen = Subject { copies: vec![], ..subject(vec![]) };
        assert_eq!(examine(&good(), &unseen).await.unknown, [Part::Dkim]);
    }

    #[tokio::test]
    async fn a_copy_is_judged_by_its_own_signatures_and_a_fault_of_several_is_said_once() {
        let own = || signature("acme.example", Verdict::Pass);
        let copy = |signatures| subject(signatures).copies.remove(0);
        let of = |copies| Subject { copies, unsigned_counts: false, ..subject(vec![]) };
        let inside = of(vec![copy(vec![signature("gappssmtp.com", Verdict::Pass), own()]), copy(vec![])]);
        assert_eq!(examine(&good(), &inside).await.findings, []);
        let other = |domain| copy(vec![signature(domain, Verdict::Pass)]);
        let several = of(vec![other("a.example"), other("b.example"), copy(vec![own()]), other("a.example")]);
        let not_aligned = |domain: &str| Finding::DkimNotAligned { domain: domain.into() };
        let found = examine(&good(), &several).await.findings;
        assert_eq!(found, [not_aligned("a.example"), not_aligned("b.example")]);
    }

    #[tokio::test]
    async fn a_provider_is_covered_by_its_name_or_by_its_networks() {
        let of = |record: &str| {
            Book::default()
                .mail_host("acme.example", 1, "mx")
                .text("acme.example", record)
                .text("_spf.google.com", "v=spf1 ip4:192.0.2.0/24 ~all")
        };
        let lacks = Finding::SpfLacksProvider { include: "_spf.google.com".into() };
        let dmarc = Finding::DmarcMissing;
        for (record, found) in [
            ("v=spf1 ip4:192.0.2.0/24 -all", vec![dmarc.clone()]),
            ("v=spf1 exists:%{i}.acme.example -all", vec![dmarc.clone()]),
            ("v=spf1 ip4:198.51.100.0/24 -all", vec![lacks, dmarc.clone()]),
        ] {
            let subject = Subject { copies: vec![], ..subject(vec![]) };
            assert_eq!(examine(&of(record), &subject).await.findings, found, "{record}");
        }
        let relay = Subject { providers: vec![], ..subject(vec![]) };
        let report = examine(&of("v=spf1 ip4:198.51.100.0/24 -all"), &relay).await;
        assert!(report.findings.contains(&Finding::SpfLacksAddress { ip: "192.0.2.1".parse().unwrap() }));
        assert_eq!(report.senders, ["ip4:192.0.2.1"]);
    }

    #[tokio::test]
    async fn the_envelope_of_another_domain_is_told() {
        let mut subject = subject(vec![signature("acme.example", Verdict::Pass)]);
        subject.copies[0].return_path = Some("amazonses.example".into());
        let report = examine(&good(), &subject).await;
        assert_eq!(report.findings, [Finding::SpfNotAligned { return_path: "amazonses.example".into() }]);
        assert!(!report.is_failing());
    }

    #[tokio::test]
    async fn a_key_of_ours_must_be_the_one_that_is_published() {
        let record = "v=DKIM1; k=rsa; p=MIIBxyz";
        let subject = Subject {
            own_keys: vec![("fl1._domainkey.acme.example".into(), record.into())],
            copies: vec![],
            ..subject(vec![])
        };
        let published = good().text("fl1._domainkey.acme.example", "v=DKIM1; t=s; p=MIIB xyz");
        assert_eq!(examine(&published, &subject).await.findings, []);
        let differs = Finding::DkimKeyDiffers { name: "fl1._domainkey.acme.example".into(), record: record.into() };
        assert_eq!(examine(&good(), &subject).await.findings, [differs]);
    }

    #[tokio::test]
    async fn domains_without_mail_servers_are_told_apart() {
        let base = || Book::default().text("acme.example", "v=spf1 -all");
        for (book, finding) in [
            (Book::default(), Finding::NoDomain),
            (base(), Finding::NoMx),
            (base().mail_host("acme.example", 0, ""), Finding::NullMx),
            (base().mail_host("acme.example", 0, "").mail_host("acme.example", 5, "mx"), Finding::NullMxBesideOthers),
            (base().address("acme.example", "192.0.2.1"), Finding::AddressInsteadOfMx),
        ] {
            let report = examine(&book, &Subject { domain: "acme.example".into(), ..Subject::default() }).await;
            assert_eq!(report.of(Part::Mx).collect::<Vec<_>>(), [&finding]);
        }
    }

    #[tokio::test]
    async fn without_answers_nothing_is_said() {
        let book = Book::default()
            .unknown("acme.example")
            .unknown("_dmarc.acme.example")
            .unknown("google._domainkey.acme.example");
        let report = examine(&book, &subject(vec![signature("acme.example", Verdict::Pass)])).await;
        assert!(report.findings.is_empty() && report.is_unknown() && !report.is_failing());
    }
}
