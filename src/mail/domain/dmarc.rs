//! DMARC (RFC 9989): which record holds for a domain, by a walk up the tree of names, and what it asks for.

use serde::{Deserialize, Serialize};

use super::{
    finding::Finding,
    tags::{begins_with_version, tag, tags},
};
use crate::server::dns::{Answer, Records};

/// Labels that are left when a long name is cut: so a walk is at most eight questions (section 4.10).
const LABELS_MAX: usize = 7;
/// Tags of RFC 7489 that receivers no longer read.
const IGNORED: [&str; 3] = ["pct", "rf", "ri"];

/// What receivers are asked to do with mail that fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    None,
    Quarantine,
    Reject,
}

impl Policy {
    fn of(value: &str) -> Option<Self> {
        [Self::None, Self::Quarantine, Self::Reject]
            .into_iter()
            .find(|policy| policy.word().eq_ignore_ascii_case(value))
    }

    /// The word in records.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Quarantine => "quarantine",
            Self::Reject => "reject",
        }
    }

    /// One level lower, as a record in test mode asks.
    fn lower(self) -> Self {
        match self {
            Self::Reject => Self::Quarantine,
            Self::Quarantine | Self::None => Self::None,
        }
    }
}

/// The DMARC record that holds for a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dmarc {
    pub record: String,
    /// The domain whose record it is: the domain itself or one above it.
    pub found_at: String,
    /// What it asks for this domain, test mode counted.
    pub policy: Policy,
    pub strict_spf: bool,
    pub strict_dkim: bool,
    pub is_testing: bool,
}

/// The records on the way from a domain up to the top.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    domain: String,
    /// Names with their record, from the longest name up.
    found: Vec<(String, Tags)>,
    /// Of the domain itself: several records, which count as none.
    has_several: bool,
    /// Of the domain itself: a text that was probably meant as a record.
    almost: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Tags {
    record: String,
    tags: Vec<(String, String)>,
}

impl Tags {
    fn get(&self, name: &str) -> Option<&str> {
        tag(&self.tags, name)
    }

    fn is(&self, name: &str, value: &str) -> bool {
        self.get(name).is_some_and(|found| found.eq_ignore_ascii_case(value))
    }
}

impl Walk {
    /// Walks up from `domain`. `None`: a question on the way was not answered.
    pub async fn up(records: &impl Records, domain: &str) -> Option<Self> {
        let labels: Vec<&str> = domain.split('.').filter(|label| !label.is_empty()).collect();
        let mut walk = Self { domain: domain.to_owned(), found: Vec::new(), has_several: false, almost: None };
        let above = (1..labels.len()).filter(|cut| labels.len() - cut <= LABELS_MAX);
        for cut in [0].into_iter().chain(above) {
            let name = labels[cut..].join(".");
            let texts = match records.texts(&format!("_dmarc.{name}")).await {
                Answer::Unknown => return None,
                answer => answer.records().to_vec(),
            };
            let mut policies =
                texts.iter().map(|text| (text, tags(text))).filter(|(_, tags)| begins_with_version(tags, "DMARC1"));
            let (first, second) = (policies.next(), policies.next());
            if cut == 0 {
                walk.has_several = second.is_some();
                walk.almost =
                    texts.iter().find(|text| first.is_none() && text.to_lowercase().contains("dmarc1")).cloned();
            }
            if let (Some((text, tags)), None) = (first, second) {
                let found = Tags { record: text.clone(), tags };
                let ends = found.is("psd", "y") || found.is("psd", "n");
                walk.found.push((name, found));
                if ends {
                    break;
                }
            }
        }
        Some(walk)
    }

    /// The organisational domain (section 4.10.2): domains that share it are aligned.
    pub fn organization(&self) -> &str {
        for (name, record) in &self.found {
            if record.is("psd", "n") {
                return name;
            }
            if record.is("psd", "y") && *name != self.domain {
                let labels = name.split('.').count() + 1;
                let all: Vec<(usize, &str)> = self.domain.rmatch_indices('.').collect();
                return all.get(labels - 1).map_or(self.domain.as_str(), |(at, _)| &self.domain[at + 1..]);
            }
        }
        self.found.last().map_or(self.domain.as_str(), |(name, _)| name)
    }

    /// The record that holds for the domain: its own, that of its organisation, or that of the public suffix above (section 4.10.1).
    fn record(&self) -> Option<&(String, Tags)> {
        let at = |wanted: &str| self.found.iter().find(|(name, _)| name == wanted);
        let suffix = || self.found.iter().find(|(_, record)| record.is("psd", "y"));
        at(&self.domain).or_else(|| at(self.organization())).or_else(suffix)
    }

    /// What holds for the domain, which does not exist unless `exists`, and what is wrong with it.
    pub fn judge(&self, exists: bool) -> (Option<Dmarc>, Vec<Finding>) {
        if self.has_several {
            return (None, vec![Finding::DmarcSeveral]);
        }
        let Some((found_at, record)) = self.record() else {
            let finding = match &self.almost {
                Some(record) => Finding::DmarcUnreadable { record: record.clone() },
                None => Finding::DmarcMissing,
            };
            return (None, vec![finding]);
        };
        let mut findings = Vec::new();
        let is_own = *found_at == self.domain;
        let names: &[&str] = match (is_own, exists) {
            (true, _) => &["p"],
            (false, true) => &["sp", "p"],
            (false, false) => &["np", "sp", "p"],
        };
        let stated = names.iter().find_map(|name| record.get(name));
        let stated = match stated.map(Policy::of) {
            Some(Some(policy)) => policy,
            Some(None) => {
                findings.push(Finding::DmarcUnreadable { record: record.record.clone() });
                Policy::None
            }
            None => {
                findings.push(Finding::DmarcNoPolicy);
                Policy::None
            }
        };
        let is_testing = record.is("t", "y");
        let policy = if is_testing { stated.lower() } else { stated };
        if findings.is_empty() && stated == Policy::None {
            findings.push(Finding::DmarcAsksNothing);
        }
        if is_testing {
            findings.push(Finding::DmarcTesting);
        }
        let ignored = IGNORED.into_iter().filter(|name| record.get(name).is_some());
        findings.extend(ignored.map(|name| Finding::DmarcIgnored { tag: name.to_owned() }));
        let dmarc = Dmarc {
            record: record.record.clone(),
            found_at: found_at.clone(),
            policy,
            strict_spf: record.is("aspf", "s"),
            strict_dkim: record.is("adkim", "s"),
            is_testing,
        };
        (Some(dmarc), findings)
    }

    /// Whether a domain that authenticates the mail is aligned with this one. `None`: unknown.
    pub async fn is_aligned(&self, records: &impl Records, other: &str, is_strict: bool) -> Option<bool> {
        if other == self.domain || is_strict {
            return Some(other == self.domain);
        }
        let organization = self.organization();
        // Without any record, receivers know only the public suffix: names above and below each other are taken as one organisation.
        if self.found.is_empty() {
            return Some(is_below(other, &self.domain) || is_below(&self.domain, other));
        }
        if !is_below(other, organization) {
            return Some(false);
        }
        Some(Self::up(records, other).await?.organization() == organization)
    }
}

/// Whether a name is `above` or below it.
pub fn is_below(name: &str, above: &str) -> bool {
    name.strip_suffix(above).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::{super::testing::Book, *};

    async fn walk(book: &Book, domain: &str) -> Walk {
        Walk::up(book, domain).await.unwrap()
    }

    async fn policy(book: &Book, domain: &str, exists: bool) -> (Option<Policy>, Vec<Finding>) {
        let (dmarc, findings) = walk(book, domain).await.judge(exists);
        (dmarc.map(|dmarc| dmarc.policy), findings)
    }

    #[tokio::test]
    async fn the_record_of_the_domain_comes_before_that_of_its_organisation() {
        let book = Book::default()
            .text("_dmarc.acme.example", "v=DMARC1; p=reject; sp=quarantine; np=none")
            .text("_dmarc.mail.acme.example", "v=DMARC1;p=none;aspf=s;adkim=S");
        let (own, _) = walk(&book, "mail.acme.example").await.judge(true);
        let own = own.unwrap();
        assert_eq!((own.policy, own.strict_spf, own.strict_dkim), (Policy::None, true, true));
        assert_eq!(policy(&book, "acme.example", true).await, (Some(Policy::Reject), vec![]));
        assert_eq!(policy(&book, "news.acme.example", true).await, (Some(Policy::Quarantine), vec![]));
        let none = (Some(Policy::None), vec![Finding::DmarcAsksNothing]);
        assert_eq!(policy(&book, "ghost.acme.example", false).await, none);
        assert_eq!(walk(&book, "a.b.mail.acme.example").await.organization(), "acme.example");
    }

    #[tokio::test]
    async fn records_between_the_domain_and_its_organisation_do_not_count() {
        let book = Book::default()
            .text("_dmarc.acme.example", "v=DMARC1; p=reject")
            .text("_dmarc.mail.acme.example", "v=DMARC1; p=none");
        assert_eq!(policy(&book, "a.mail.acme.example", true).await, (Some(Policy::Reject), vec![]));
    }

    /// The example of section 4.10 of the standard: eight questions for a name of eleven labels.
    #[tokio::test]
    async fn a_walk_is_at_most_eight_questions() {
        let book = Book::default();
        assert_eq!(
            walk(&book, "a.b.c.d.e.f.g.h.mail.acme.example").await.organization(),
            "a.b.c.d.e.f.g.h.mail.acme.example"
        );
        assert_eq!(book.asked(), 8);
        let book = Book::default();
        walk(&book, "acme.example").await;
        assert_eq!(book.asked(), 2);
    }

    #[tokio::test]
    async fn a_public_suffix_ends_the_walk_and_its_organisation_is_one_below() {
        let book = Book::default()
            .text("_dmarc.bank.example", "v=DMARC1; p=reject; psd=y")
            .text("_dmarc.example", "v=DMARC1; p=none");
        let giant = walk(&book, "mail.giant.bank.example").await;
        assert_eq!(giant.organization(), "giant.bank.example");
        assert_eq!(giant.judge(true).0.unwrap().found_at, "bank.example");
        assert_eq!(giant.is_aligned(&book, "news.giant.bank.example", false).await, Some(true));
        assert_eq!(giant.is_aligned(&book, "mega.bank.example", false).await, Some(false));
        // The suffix itself, as an author.
        assert_eq!(walk(&book, "bank.example").await.organization(), "bank.example");
    }

    #[tokio::test]
    async fn an_organisation_may_say_that_it_is_one() {
        let book = Book::default()
            .text("_dmarc.acme.example", "v=DMARC1; p=reject")
            .text("_dmarc.mail.acme.example", "v=DMARC1; p=quarantine; psd=n");
        let mail = walk(&book, "a.mail.acme.example").await;
        assert_eq!(mail.organization(), "mail.acme.example");
        assert_eq!(mail.judge(true).0.unwrap().policy, Policy::Quarantine);
        assert_eq!(mail.is_aligned(&book, "b.mail.acme.example", false).await, Some(true));
        assert_eq!(mail.is_aligned(&book, "acme.example", false).await, Some(false));
    }

    #[tokio::test]
    async fn records_that_are_wrong_are_said_to_be_so() {
        for (texts, policy_found, found) in [
            (&[][..], None, vec![Finding::DmarcMissing]),
            (&["v=spf1 -all"], None, vec![Finding::DmarcMissing]),
            (&["v=DMARC1; p=none", "v=DMARC1; p=reject"], None, vec![Finding::DmarcSeveral]),
            (&["p=none; v=DMARC1"], None, vec![Finding::DmarcUnreadable { record: "p=none; v=DMARC1".into() }]),
            (&["v=dmarc1; p=none"], None, vec![Finding::DmarcUnreadable { record: "v=dmarc1; p=none".into() }]),
            (&["v=DMARC1"], Some(Policy::None), vec![Finding::DmarcNoPolicy]),
            (&["v=DMARC1; rua=mailto:d@acme.example"], Some(Policy::None), vec![Finding::DmarcNoPolicy]),
            (
                &["v=DMARC1; p=block"],
                Some(Policy::None),
                vec![Finding::DmarcUnreadable { record: "v=DMARC1; p=block".into() }],
            ),
            (&["v=DMARC1 ; P = Reject ;"], Some(Policy::Reject), vec![]),
            (&["v=DMARC1; rua=mailto:d@acme.example; p=quarantine"], Some(Policy::Quarantine), vec![]),
            (&["v=DMARC1; p=reject; t=y"], Some(Policy::Quarantine), vec![Finding::DmarcTesting]),
            (
                &["v=DMARC1; p=reject; pct=50; ri=3600; fo=1"],
                Some(Policy::Reject),
                vec![Finding::DmarcIgnored { tag: "pct".into() }, Finding::DmarcIgnored { tag: "ri".into() }],
            ),
        ] {
            let book = texts
                .iter()
                .fold(Book::default().text("acme.example", "x"), |book, text| book.text("_dmarc.acme.example", text));
            assert_eq!(policy(&book, "acme.example", true).await, (policy_found, found), "{texts:?}");
        }
    }

    #[tokio::test]
    async fn alignment_is_by_organisation_unless_strict() {
        let book = Book::default().text("_dmarc.acme.example", "v=DMARC1; p=none");
        let walk = walk(&book, "acme.example").await;
        for (other, is_strict, aligned) in [
            ("acme.example", true, true),
            ("mail.acme.example", true, false),
            ("mail.acme.example", false, true),
            ("notacme.example", false, false),
            ("gappssmtp.com", false, false),
        ] {
            assert_eq!(walk.is_aligned(&book, other, is_strict).await, Some(aligned), "{other}");
        }
        let nothing = Walk::up(&Book::default(), "acme.example").await.unwrap();
        assert_eq!(nothing.is_aligned(&Book::default(), "em.acme.example", false).await, Some(true));
        assert_eq!(nothing.is_aligned(&Book::default(), "other.example", false).await, Some(false));
    }

    #[tokio::test]
    async fn what_is_not_answered_on_the_way_is_unknown() {
        let book = Book::default().text("_dmarc.mail.acme.example", "v=DMARC1; p=none").unknown("_dmarc.acme.example");
        assert_eq!(Walk::up(&book, "mail.acme.example").await, None);
    }
}
