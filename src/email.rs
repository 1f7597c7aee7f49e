//! Email addresses, normalised so that one person has one spelling (rule C7).

mod find;
mod spelling;

pub use find::find;
pub use spelling::{is_invisible, visible};

use std::{collections::HashSet, fmt, str::FromStr, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// An address as a mailbox: trimmed, lower case, one `@`, a domain with a dot, in [one spelling](spelling::address).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(transparent)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

/// Why a text is no email address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmailFault {
    Empty,
    NoAt,
    SeveralAt,
    NoName,
    NoDomain,
    DomainWithoutDot,
    TooLong,
    ForbiddenCharacter,
    MisplacedDot,
}

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What follows the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Whether the address belongs to a free mail service, so that its domain says nothing about an employer.
    pub fn is_free_mail(&self) -> bool {
        is_free_mail_domain(self.domain())
    }

    /// Whether the address is of a provider that gives throw-away addresses to anyone; subdomains count.
    pub fn is_disposable(&self) -> bool {
        let mut rest = self.domain();
        loop {
            if DISPOSABLE.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, parent)) if parent.contains('.') => rest = parent,
                _ => return false,
            }
        }
    }

    /// The mailbox behind the address, as far as it can be seen: without what follows a plus sign, the domain in ASCII, and
    /// without the dots that Google ignores. Addresses of one mailbox are one person's; mail goes to the address itself.
    pub fn mailbox(&self) -> String {
        let (name, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let name = name.split_once('+').map_or(name, |(before, _)| if before.is_empty() { name } else { before });
        let domain = ascii_domain(domain);
        match domain.as_str() {
            "gmail.com" | "googlemail.com" => format!("{}@gmail.com", name.replace('.', "")),
            _ => format!("{name}@{domain}"),
        }
    }

    /// The address with its domain in ASCII: `uma@xn--mnchen-3ya.example` for `uma@münchen.example`.
    pub fn in_ascii(&self) -> String {
        let (name, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        format!("{name}@{}", ascii_domain(domain))
    }
}

/// Whether a domain is of a service that gives anyone an address.
pub fn is_free_mail_domain(domain: &str) -> bool {
    FREE_MAIL.contains(domain)
}

/// A domain in lower case and ASCII (RFC 5891), as far as it can be written so.
pub fn ascii_domain(domain: &str) -> String {
    url::Host::parse(domain).map_or_else(|_| domain.to_lowercase(), |host| host.to_string())
}

static DISPOSABLE: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("email/disposable-domains.txt").lines().filter(|line| !line.starts_with('#')).collect()
});

static FREE_MAIL: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    let kept = include_str!("email/free-mail-domains.txt").lines().filter(|line| !line.starts_with('#'));
    kept.chain(OTHER_FREE_MAIL).collect()
});

/// Services that give anyone an address and that the kept list does not have.
const OTHER_FREE_MAIL: [&str; 7] =
    ["hey.com", "tutanota.com", "tuta.io", "tuta.com", "mailbox.org", "post.at", "chello.at"];

impl FromStr for Email {
    type Err = EmailFault;

    /// RFC 5321: at most 64 octets before the `@`, 255 after it, 254 in all (section 4.5.3.1, erratum 1690);
    /// quoted names and address literals are refused, as nobody's business address has them.
    fn from_str(text: &str) -> Result<Self, EmailFault> {
        let address = spelling::address(text);
        if address.is_empty() {
            return Err(EmailFault::Empty);
        }
        let (name, domain) = address.split_once('@').ok_or(EmailFault::NoAt)?;
        if domain.contains('@') {
            return Err(EmailFault::SeveralAt);
        }
        if name.is_empty() {
            return Err(EmailFault::NoName);
        }
        if domain.is_empty() {
            return Err(EmailFault::NoDomain);
        }
        if name.len() > 64 || domain.len() > 255 || address.len() > 254 {
            return Err(EmailFault::TooLong);
        }
        if !name.chars().all(may_stand_in_a_name) || !domain.chars().all(may_stand_in_a_domain) {
            return Err(EmailFault::ForbiddenCharacter);
        }
        if name.starts_with('.') || name.ends_with('.') || name.contains("..") {
            return Err(EmailFault::MisplacedDot);
        }
        if !domain.contains('.') {
            return Err(EmailFault::DomainWithoutDot);
        }
        let label_is_sound =
            |label: &str| !label.is_empty() && label.len() <= 63 && !label.starts_with('-') && !label.ends_with('-');
        if !domain.split('.').all(label_is_sound) {
            return Err(EmailFault::MisplacedDot);
        }
        Ok(Self(address))
    }
}

fn may_stand_in_a_name(letter: char) -> bool {
    !letter.is_whitespace() && !letter.is_control() && !r#"<>()[]\,;:""#.contains(letter)
}

fn may_stand_in_a_domain(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '-' || letter == '.'
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Email {
    type Error = EmailFault;

    fn try_from(text: String) -> Result<Self, EmailFault> {
        text.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for EmailFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "no email address",
            Self::NoAt => "the address has no @",
            Self::SeveralAt => "the address has more than one @",
            Self::NoName => "nothing stands before the @",
            Self::NoDomain => "nothing stands after the @",
            Self::DomainWithoutDot => "the part after the @ has no dot",
            Self::TooLong => "the address is too long",
            Self::ForbiddenCharacter => "the address has a character that addresses cannot have",
            Self::MisplacedDot => "the address has a dot or hyphen where none may stand",
        })
    }
}

impl std::error::Error for EmailFault {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_person_has_one_spelling() {
        let email: Email = "  Uma.ROSSI@Acme.Example \t".parse().unwrap();
        assert_eq!(email.as_str(), "uma.rossi@acme.example");
        assert_eq!(email.domain(), "acme.example");
    }

    #[test]
    fn one_mailbox_has_many_addresses() {
        let mailbox = |text: &str| text.parse::<Email>().unwrap().mailbox();
        for text in ["uma.rossi@gmail.com", "U.m.a.Rossi+leads@GoogleMail.com", "umarossi+a+b@gmail.com"] {
            assert_eq!(mailbox(text), "umarossi@gmail.com", "{text}");
        }
        assert_eq!(mailbox("uma.rossi+x@acme.example"), "uma.rossi@acme.example");
        assert_eq!(mailbox("uma@münchen.example"), mailbox("uma@xn--mnchen-3ya.example"));
        for text in ["uma@münchen.example", "uma@straße.example", "uma@faß.example", "josé@café.example"] {
            let email: Email = text.parse().unwrap();
            assert_eq!(email.in_ascii().parse::<Email>().as_ref(), Ok(&email), "{text}");
        }
        assert_eq!(mailbox("jose\u{301}@cafe\u{301}.example"), mailbox("josé@café.example"));
        assert_ne!(mailbox("+uma@acme.example"), mailbox("uma@acme.example"));
    }

    #[test]
    fn throw_away_domains_and_their_subdomains_are_known() {
        let is_disposable = |domain: &str| format!("ann@{domain}").parse::<Email>().unwrap().is_disposable();
        assert!(is_disposable("mailinator.com") && is_disposable("eu.mailinator.com"));
        assert!(!is_disposable("acorn.example") && !is_disposable("notmailinator.example"));
        assert!(DISPOSABLE.len() > 10_000);
        assert!(DISPOSABLE.iter().all(|line| *line == line.to_lowercase() && !line.contains(' ')));
        assert!(FREE_MAIL.iter().all(|domain| !is_disposable(domain)));
    }

    #[test]
    fn services_that_give_anyone_an_address_are_known() {
        for domain in [
            "gmail.com",
            "hotmail.fr",
            "outlook.de",
            "gmx.at",
            "t-online.de",
            "libero.it",
            "wp.pl",
            "qq.com",
            "uol.com.br",
        ] {
            assert!(is_free_mail_domain(domain), "{domain}");
        }
        assert!(!is_free_mail_domain("acorn.example"));
        assert!(FREE_MAIL.len() > 5_000);
    }

    #[test]
    fn every_fault_is_told() {
        use EmailFault as F;
        let long = format!("{}@x.example", "a".repeat(65));
        for (text, fault) in [
            ("", F::Empty),
            ("  ", F::Empty),
            ("n/a", F::NoAt),
            ("two@at@x.example", F::SeveralAt),
            ("@x.example", F::NoName),
            ("a@", F::NoDomain),
            ("a@b", F::DomainWithoutDot),
            ("a b@x.example", F::ForbiddenCharacter),
            ("a\u{0}b@x.example", F::ForbiddenCharacter),
            ("<a@x.example>", F::ForbiddenCharacter),
            ("a..b@x.example", F::MisplacedDot),
            ("a@.example", F::MisplacedDot),
            ("a@x..example", F::MisplacedDot),
            (long.as_str(), F::TooLong),
        ] {
            assert_eq!(text.parse::<Email>(), Err(fault), "{text:?}");
        }
    }
}
