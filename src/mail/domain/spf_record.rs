//! The text of an SPF record (RFC 7208, section 4.6.1).

use std::net::IpAddr;

use ipnet::IpNet;

/// What a match means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Qualifier {
    Pass,
    Fail,
    SoftFail,
    Neutral,
}

/// What a term matches. Names may hold macros.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mechanism {
    All,
    Include(String),
    /// The addresses of a name (of the domain itself, if none), with the lengths of their networks.
    A(Option<String>, Lengths),
    Mx(Option<String>, Lengths),
    Ptr,
    Network(IpNet),
    Exists(String),
}

/// Lengths of networks, of IPv4 and IPv6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths(pub u8, pub u8);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpfRecord {
    pub directives: Vec<(Qualifier, Mechanism)>,
    pub redirect: Option<String>,
    /// Terms that receivers pass over although they look like more: `include=…`, or what comes after `all`.
    pub ignored: Vec<String>,
}

/// Whether a text is an SPF record: its version is a word of its own, in any case.
pub fn is_spf(text: &str) -> bool {
    text.split(' ').next().is_some_and(|version| version.eq_ignore_ascii_case("v=spf1"))
}

/// Whether a text looks as if it was meant as one.
pub fn is_almost_spf(text: &str) -> bool {
    let text: String = text.chars().filter(|sign| !sign.is_whitespace() && !"\"'“”".contains(*sign)).collect();
    text.to_lowercase().starts_with("v=spf")
}

impl SpfRecord {
    /// Reads a record.
    ///
    /// # Errors
    /// The term that cannot be read: receivers treat the whole record as an error then.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut record = Self { directives: Vec::new(), redirect: None, ignored: Vec::new() };
        let mut is_over = false;
        for term in text.split(' ').skip(1).filter(|term| !term.is_empty()) {
            let unreadable = || term.to_owned();
            if let Some((name, value)) = modifier(term) {
                match name.to_lowercase().as_str() {
                    "redirect" if record.redirect.is_some() || value.is_empty() => return Err(unreadable()),
                    "redirect" => record.redirect = Some(value.to_owned()),
                    "include" | "a" | "mx" | "ip4" | "ip6" | "exists" | "all" => record.ignored.push(unreadable()),
                    _ => {}
                }
                continue;
            }
            let directive = directive(term).ok_or_else(unreadable)?;
            if is_over {
                record.ignored.push(unreadable());
                continue;
            }
            is_over = directive.1 == Mechanism::All;
            record.directives.push(directive);
        }
        if is_over && let Some(name) = record.redirect.take() {
            record.ignored.push(format!("redirect={name}"));
        }
        Ok(record)
    }
}

fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let mut signs = name.chars();
    let is_name =
        signs.next()?.is_ascii_alphabetic() && signs.all(|sign| sign.is_ascii_alphanumeric() || "-_.".contains(sign));
    is_name.then_some((name, value))
}

fn directive(term: &str) -> Option<(Qualifier, Mechanism)> {
    let (qualifier, rest) = match term.chars().next()? {
        '+' => (Qualifier::Pass, &term[1..]),
        '-' => (Qualifier::Fail, &term[1..]),
        '~' => (Qualifier::SoftFail, &term[1..]),
        '?' => (Qualifier::Neutral, &term[1..]),
        _ => (Qualifier::Pass, term),
    };
    let end = rest.find([':', '/']).unwrap_or(rest.len());
    let (name, argument) = rest.split_at(end);
    let value = argument.strip_prefix(':');
    let mechanism = match (name.to_lowercase().as_str(), value) {
        ("all", None) if argument.is_empty() => Mechanism::All,
        ("include", Some(name)) => Mechanism::Include(domain(name)?),
        ("exists", Some(name)) => Mechanism::Exists(domain(name)?),
        ("ptr", _) if !argument.starts_with('/') => Mechanism::Ptr,
        ("ip4", Some(network)) => Mechanism::Network(network_of(network).filter(|network| network.addr().is_ipv4())?),
        ("ip6", Some(network)) => Mechanism::Network(network_of(network).filter(|network| network.addr().is_ipv6())?),
        ("a", _) => with_lengths(argument).map(|(name, lengths)| Mechanism::A(name, lengths))?,
        ("mx", _) => with_lengths(argument).map(|(name, lengths)| Mechanism::Mx(name, lengths))?,
        _ => return None,
    };
    Some((qualifier, mechanism))
}

/// A name of a host, or a macro that makes one.
fn domain(name: &str) -> Option<String> {
    let is_name =
        !name.is_empty() && name.is_ascii() && !name.contains(['"', '/', ':', ',', ';', '@']) && name.contains('.');
    (is_name || name.contains('%')).then(|| name.trim_end_matches('.').to_lowercase_outside_macros())
}

trait Lowercase {
    fn to_lowercase_outside_macros(&self) -> String;
}

impl Lowercase for str {
    /// Letters of macros keep their case, which means something there.
    fn to_lowercase_outside_macros(&self) -> String {
        if self.contains('%') { self.to_owned() } else { self.to_lowercase() }
    }
}

fn network_of(text: &str) -> Option<IpNet> {
    match text.split_once('/') {
        Some(_) => text.parse::<IpNet>().ok(),
        None => text.parse::<IpAddr>().ok().map(IpNet::from),
    }
}

/// `:name/24//64`, each part optional.
fn with_lengths(argument: &str) -> Option<(Option<String>, Lengths)> {
    let (argument, v6) = match argument.split_once("//") {
        Some((before, length)) => (before, length.parse().ok().filter(|length| *length <= 128)?),
        None => (argument, 128),
    };
    // A slash inside of `{…}` belongs to a macro.
    let (name, v4) = match argument.rfind('/').filter(|at| !argument[*at..].contains('}')) {
        Some(at) => (&argument[..at], argument[at + 1..].parse().ok().filter(|length| *length <= 32)?),
        None => (argument, 32),
    };
    let name = match name.strip_prefix(':') {
        Some(name) => Some(domain(name)?),
        None if name.is_empty() => None,
        None => return None,
    };
    Some((name, Lengths(v4, v6)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(text: &str) -> Vec<(Qualifier, Mechanism)> {
        SpfRecord::parse(text).unwrap().directives
    }

    #[test]
    fn a_record_is_known_by_its_version() {
        for text in ["v=spf1", "v=spf1 -all", "V=SPF1 ~ALL"] {
            assert!(is_spf(text), "{text}");
        }
        for text in [" v=spf1 -all", "v=spf10 -all", "v=spf1include:x", "spf2.0/pra -all", "\"v=spf1 -all\"", ""] {
            assert!(!is_spf(text), "{text}");
        }
        assert!(is_almost_spf(" v=spf1 -all") && is_almost_spf("\"v=spf1 -all\"") && is_almost_spf("v = spf1 -all"));
        assert!(!is_almost_spf("google-site-verification=v=spf1"));
    }

    #[test]
    fn terms_are_read_whatever_their_case_and_however_many_spaces_are_between() {
        let google = Mechanism::Include("_spf.google.com".into());
        let network = Mechanism::Network("192.0.2.0/24".parse().unwrap());
        assert_eq!(
            directives("V=spf1   INCLUDE:_SPF.Google.com.  IP4:192.0.2.0/24 ?all "),
            [(Qualifier::Pass, google), (Qualifier::Pass, network), (Qualifier::Neutral, Mechanism::All)]
        );
        assert_eq!(
            directives("v=spf1 a mx a:mail.acme.example/28 mx//64 ip6:2001:db8::/32 ptr -exists:%{i}.acme.example"),
            [
                (Qualifier::Pass, Mechanism::A(None, Lengths(32, 128))),
                (Qualifier::Pass, Mechanism::Mx(None, Lengths(32, 128))),
                (Qualifier::Pass, Mechanism::A(Some("mail.acme.example".into()), Lengths(28, 128))),
                (Qualifier::Pass, Mechanism::Mx(None, Lengths(32, 64))),
                (Qualifier::Pass, Mechanism::Network("2001:db8::/32".parse().unwrap())),
                (Qualifier::Pass, Mechanism::Ptr),
                (Qualifier::Fail, Mechanism::Exists("%{i}.acme.example".into())),
            ]
        );
    }

    #[test]
    fn a_term_that_cannot_be_read_is_named() {
        for (text, term) in [
            ("v=spf1 ip:192.0.2.1 -all", "ip:192.0.2.1"),
            ("v=spf1 ip4:192.0.2.256 -all", "ip4:192.0.2.256"),
            ("v=spf1 ip4:2001:db8::1 -all", "ip4:2001:db8::1"),
            ("v=spf1 ip4:192.0.2.1/33 -all", "ip4:192.0.2.1/33"),
            ("v=spf1 include:", "include:"),
            ("v=spf1 include:\"x.example\"", "include:\"x.example\""),
            ("v=spf1 include:x.example,y.example", "include:x.example,y.example"),
            ("v=spf1 a/40", "a/40"),
            ("v=spf1 all:x.example", "all:x.example"),
            ("v=spf1\tmx -all", ""),
            ("v=spf1 mx;-all", "mx;-all"),
            ("v=spf1 redirect=a.example redirect=b.example", "redirect=b.example"),
            ("v=spf1 −all", "−all"),
        ] {
            if term.is_empty() {
                assert!(!is_spf(text), "{text}");
            } else {
                assert_eq!(SpfRecord::parse(text), Err(term.to_owned()));
            }
        }
    }

    #[test]
    fn what_receivers_pass_over_is_kept_apart() {
        let record =
            SpfRecord::parse("v=spf1 include=_spf.google.com exp=e.x -all mx redirect=x.example unknown=1").unwrap();
        assert_eq!(record.directives, [(Qualifier::Fail, Mechanism::All)]);
        assert_eq!(record.ignored, ["include=_spf.google.com", "mx", "redirect=x.example"]);
        assert_eq!(record.redirect, None);
    }
}
