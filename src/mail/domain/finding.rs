//! What can be found wrong with a domain, and the record that mends it.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{dmarc::Dmarc, spf_record::is_spf};

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Mx,
    Spf,
    Dkim,
    Dmarc,
}

/// Something wrong, or worth knowing. The database keeps its word and its facts; the sentences are the page's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    /// The domain does not exist.
    NoDomain,
    /// It has neither mail servers nor an address.
    NoMx,
    /// It says that it takes no mail (RFC 7505).
    NullMx,
    NullMxBesideOthers,
    AddressInsteadOfMx,
    SpfMissing {
        /// A text that was probably meant as one.
        almost: Option<String>,
    },
    SpfSeveral {
        records: Vec<String>,
    },
    SpfUnreadable {
        domain: String,
        term: String,
    },
    SpfLoop {
        domain: String,
    },
    SpfIncludeMissing {
        domain: String,
    },
    SpfIncludeSeveral {
        domain: String,
    },
    SpfTooManyHosts {
        domain: String,
    },
    SpfTooManyLookups {
        lookups: u32,
    },
    SpfTooManyVoids {
        voids: u32,
    },
    SpfAllowsAll,
    SpfSaysNothing,
    SpfIgnored {
        term: String,
    },
    SpfPtr,
    /// The provider that mail leaves through is not covered.
    SpfLacksProvider {
        include: String,
    },
    /// The address that delivered a mail is not covered.
    SpfLacksAddress {
        ip: IpAddr,
    },
    /// Mail leaves with another domain in its envelope.
    SpfNotAligned {
        return_path: String,
    },
    DkimUnsigned,
    DkimNotAligned {
        domain: String,
    },
    DkimInvalid {
        domain: String,
        selector: String,
    },
    DkimKeyMissing {
        name: String,
    },
    DkimKeyWithdrawn {
        name: String,
    },
    /// The key that is published is not the one that signs here.
    DkimKeyDiffers {
        name: String,
        record: String,
    },
    DkimFieldsUnsigned {
        fields: Vec<String>,
    },
    DmarcMissing,
    DmarcSeveral,
    DmarcUnreadable {
        record: String,
    },
    DmarcNoPolicy,
    DmarcAsksNothing,
    DmarcTesting,
    DmarcIgnored {
        tag: String,
    },
}

impl Finding {
    pub fn part(&self) -> Part {
        match self {
            Self::NoDomain | Self::NoMx | Self::NullMx | Self::NullMxBesideOthers | Self::AddressInsteadOfMx => {
                Part::Mx
            }
            Self::SpfMissing { .. }
            | Self::SpfSeveral { .. }
            | Self::SpfUnreadable { .. }
            | Self::SpfLoop { .. }
            | Self::SpfIncludeMissing { .. }
            | Self::SpfIncludeSeveral { .. }
            | Self::SpfTooManyHosts { .. }
            | Self::SpfTooManyLookups { .. }
            | Self::SpfTooManyVoids { .. }
            | Self::SpfAllowsAll
            | Self::SpfSaysNothing
            | Self::SpfIgnored { .. }
            | Self::SpfPtr
            | Self::SpfLacksProvider { .. }
            | Self::SpfLacksAddress { .. }
            | Self::SpfNotAligned { .. } => Part::Spf,
            Self::DkimUnsigned
            | Self::DkimNotAligned { .. }
            | Self::DkimInvalid { .. }
            | Self::DkimKeyMissing { .. }
            | Self::DkimKeyWithdrawn { .. }
            | Self::DkimKeyDiffers { .. }
            | Self::DkimFieldsUnsigned { .. } => Part::Dkim,
            Self::DmarcMissing
            | Self::DmarcSeveral
            | Self::DmarcUnreadable { .. }
            | Self::DmarcNoPolicy
            | Self::DmarcAsksNothing
            | Self::DmarcTesting
            | Self::DmarcIgnored { .. } => Part::Dmarc,
        }
    }

    /// Whether mail of the domain fails because of it. The others are worth mending, and hold nothing back.
    pub fn is_failing(&self) -> bool {
        match self.part() {
            Part::Mx => matches!(self, Self::NoDomain | Self::NoMx | Self::NullMx),
            Part::Spf => !matches!(
                self,
                Self::SpfAllowsAll
                    | Self::SpfSaysNothing
                    | Self::SpfIgnored { .. }
                    | Self::SpfPtr
                    | Self::SpfNotAligned { .. }
            ),
            Part::Dkim => !matches!(self, Self::DkimFieldsUnsigned { .. }),
            Part::Dmarc => false,
        }
    }
}

/// A record to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publish {
    pub name: String,
    pub value: String,
}

/// What a record can be made from.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    pub domain: &'a str,
    pub spf: Option<&'a str>,
    pub dmarc: Option<&'a Dmarc>,
    /// What covers the mail of the domain, as terms of SPF.
    pub senders: &'a [String],
}

impl Finding {
    /// The TXT record that mends it, where one does.
    pub fn publish(&self, known: Known<'_>) -> Option<Publish> {
        let spf = |value: String| Some(Publish { name: known.domain.to_owned(), value });
        let own = known.spf.unwrap_or_default();
        match self {
            Self::SpfMissing { almost } => {
                let almost =
                    almost.as_deref().map(|text| text.trim_matches(|sign: char| sign.is_whitespace() || sign == '"'));
                match almost.filter(|text| is_spf(text)) {
                    Some(text) => spf(text.to_owned()),
                    None => spf(fresh(known.senders)),
                }
            }
            Self::SpfSeveral { records } => spf(merged(records)),
            Self::SpfUnreadable { domain, term } if domain == known.domain => spf(without(own, |word| word == term)),
            Self::SpfIgnored { term } => spf(without(own, |word| word == term)),
            Self::SpfPtr => spf(without(own, |word| word.trim_start_matches(['+', '-', '~', '?']).starts_with("ptr"))),
            Self::SpfIncludeMissing { domain } | Self::SpfIncludeSeveral { domain } | Self::SpfLoop { domain } => {
                let names = |word: &str| word.to_lowercase().ends_with(&format!("include:{domain}"));
                own.split(' ').any(names).then(|| without(own, names)).and_then(spf)
            }
            Self::SpfAllowsAll | Self::SpfSaysNothing => {
                let rest = without(own, |word| word.trim_start_matches(['+', '?']).eq_ignore_ascii_case("all"));
                spf(format!("{rest} ~all"))
            }
            Self::SpfLacksProvider { include } => spf(with(own, &format!("include:{include}"))),
            Self::SpfLacksAddress { ip } => spf(with(own, &term_of(*ip))),
            Self::DkimKeyMissing { .. } | Self::DkimKeyWithdrawn { .. } => None,
            Self::DkimKeyDiffers { name, record } => Some(Publish { name: name.clone(), value: record.clone() }),
            Self::DmarcMissing | Self::DmarcSeveral | Self::DmarcUnreadable { .. } => {
                dmarc(known.domain, "v=DMARC1; p=none")
            }
            Self::DmarcNoPolicy => {
                dmarc(known.dmarc?.found_at.as_str(), &format!("{}; p=none", trimmed(&known.dmarc?.record)))
            }
            Self::DmarcAsksNothing => {
                let found = known.dmarc?;
                let tags = found.record.split(';').map(str::trim).filter(|tag| !tag.is_empty());
                let stricter =
                    tags.map(|tag| match tag.split_once('=').map(|(name, _)| name.trim().to_lowercase()).as_deref() {
                        Some("p") => "p=quarantine".to_owned(),
                        _ => tag.to_owned(),
                    });
                dmarc(&found.found_at, &stricter.collect::<Vec<_>>().join("; "))
            }
            Self::DmarcTesting => without_tag(known.dmarc?, "t"),
            Self::DmarcIgnored { tag } => without_tag(known.dmarc?, tag),
            _ => None,
        }
    }
}

/// The term of SPF for one address.
pub fn term_of(ip: IpAddr) -> String {
    format!("{}:{ip}", if ip.is_ipv4() { "ip4" } else { "ip6" })
}

fn fresh(senders: &[String]) -> String {
    match senders {
        [] => "v=spf1 mx ~all".to_owned(),
        senders => format!("v=spf1 {} ~all", senders.join(" ")),
    }
}

fn without(record: &str, is_gone: impl Fn(&str) -> bool) -> String {
    record.split(' ').filter(|word| !word.is_empty() && !is_gone(word)).collect::<Vec<_>>().join(" ")
}

/// The term comes first: receivers stop at ten look-ups and at `all`.
fn with(record: &str, term: &str) -> String {
    match record.split_once(' ') {
        Some((version, rest)) => format!("{version} {term} {}", rest.trim_start()),
        None => format!("v=spf1 {term} ~all"),
    }
}

/// One record that allows what any of several allows.
fn merged(records: &[String]) -> String {
    let mut terms: Vec<&str> = Vec::new();
    let mut all = "~all";
    for term in records.iter().flat_map(|record| record.split(' ').skip(1)).filter(|term| !term.is_empty()) {
        if term.to_lowercase().ends_with("all") && term.len() <= 4 {
            all = if all == "-all" { all } else { term };
        } else if !terms.contains(&term) {
            terms.push(term);
        }
    }
    let all = if ["-all", "~all"].contains(&all) { all } else { "~all" };
    format!("v=spf1 {} {all}", terms.join(" "))
}

fn dmarc(domain: &str, value: &str) -> Option<Publish> {
    Some(Publish { name: format!("_dmarc.{domain}"), value: value.to_owned() })
}

fn trimmed(record: &str) -> &str {
    record.trim_end_matches([';', ' '])
}

fn without_tag(found: &Dmarc, gone: &str) -> Option<Publish> {
    let tags = found.record.split(';').map(str::trim).filter(|tag| !tag.is_empty());
    let kept = tags.filter(|tag| tag.split_once('=').is_none_or(|(name, _)| !name.trim().eq_ignore_ascii_case(gone)));
    dmarc(&found.found_at, &kept.collect::<Vec<_>>().join("; "))
}

#[cfg(test)]
mod tests {
    use super::{super::dmarc::Policy, *};

    fn known(spf: Option<&'static str>) -> Known<'static> {
        Known { domain: "acme.example", spf, dmarc: None, senders: &[] }
    }

    fn value(finding: &Finding, known: Known<'_>) -> Option<String> {
        finding.publish(known).map(|record| record.value)
    }

    #[test]
    fn a_fault_of_spf_comes_with_the_record_that_mends_it() {
        let senders = ["include:_spf.google.com".to_owned()];
        let missing = Finding::SpfMissing { almost: None };
        let with_google = Known { senders: &senders, ..known(None) };
        assert_eq!(value(&missing, with_google).as_deref(), Some("v=spf1 include:_spf.google.com ~all"));
        assert_eq!(value(&missing, known(None)).as_deref(), Some("v=spf1 mx ~all"));
        let several = ["v=spf1 mx include:a.example ~all", "v=spf1 include:a.example ip4:192.0.2.1 -all"];
        for (finding, own, mended) in [
            (Finding::SpfMissing { almost: Some("\" v=spf1 mx -all\"".into()) }, "", Some("v=spf1 mx -all")),
            (
                Finding::SpfSeveral { records: several.map(Into::into).to_vec() },
                "",
                Some("v=spf1 mx include:a.example ip4:192.0.2.1 -all"),
            ),
            (
                Finding::SpfUnreadable { domain: "acme.example".into(), term: "ip:1.2.3.4".into() },
                "v=spf1 ip:1.2.3.4  mx -all",
                Some("v=spf1 mx -all"),
            ),
            (Finding::SpfUnreadable { domain: "other.example".into(), term: "x".into() }, "v=spf1 -all", None),
            (
                Finding::SpfIncludeMissing { domain: "gone.example".into() },
                "v=spf1 include:gone.example mx -all",
                Some("v=spf1 mx -all"),
            ),
            (Finding::SpfIncludeMissing { domain: "deep.example".into() }, "v=spf1 include:a.example -all", None),
            (Finding::SpfAllowsAll, "v=spf1 mx +all", Some("v=spf1 mx ~all")),
            (Finding::SpfSaysNothing, "v=spf1 mx", Some("v=spf1 mx ~all")),
            (Finding::SpfPtr, "v=spf1 ptr mx -all", Some("v=spf1 mx -all")),
            (
                Finding::SpfLacksProvider { include: "_spf.google.com".into() },
                "v=spf1 mx -all",
                Some("v=spf1 include:_spf.google.com mx -all"),
            ),
            (
                Finding::SpfLacksAddress { ip: "192.0.2.1".parse().unwrap() },
                "v=spf1 -all",
                Some("v=spf1 ip4:192.0.2.1 -all"),
            ),
            (Finding::SpfTooManyLookups { lookups: 12 }, "v=spf1 -all", None),
        ] {
            assert_eq!(value(&finding, Known { spf: Some(own), ..known(None) }).as_deref(), mended, "{finding:?}");
        }
    }

    #[test]
    fn a_fault_of_dmarc_comes_with_the_next_record() {
        let found = |record: &str| Dmarc {
            record: record.to_owned(),
            found_at: "acme.example".into(),
            policy: Policy::None,
            strict_spf: false,
            strict_dkim: false,
            is_testing: false,
        };
        for (finding, own, mended) in [
            (Finding::DmarcMissing, "", "v=DMARC1; p=none"),
            (
                Finding::DmarcNoPolicy,
                "v=DMARC1;rua=mailto:d@acme.example;",
                "v=DMARC1;rua=mailto:d@acme.example; p=none",
            ),
            (
                Finding::DmarcAsksNothing,
                "v=DMARC1; p=none; rua=mailto:d@acme.example",
                "v=DMARC1; p=quarantine; rua=mailto:d@acme.example",
            ),
            (Finding::DmarcTesting, "v=DMARC1; p=reject; t=y", "v=DMARC1; p=reject"),
            (Finding::DmarcIgnored { tag: "pct".into() }, "v=DMARC1; PCT=50; p=reject;", "v=DMARC1; p=reject"),
        ] {
            let found = found(own);
            let record = finding.publish(Known { dmarc: Some(&found), ..known(None) }).unwrap();
            assert_eq!((record.name.as_str(), record.value.as_str()), ("_dmarc.acme.example", mended));
        }
    }
}
