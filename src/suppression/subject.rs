//! What can be suppressed, and why.

use serde::{Deserialize, Serialize};

use super::{Key, SuppressionKeys};
use crate::email::{Email, find, visible};

/// Whether a row is about one person or about everyone at a domain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    Address,
    Domain,
}

/// Who must not be sourced or mailed: a person or a domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    pub key: Key,
    pub kind: SubjectKind,
    /// How the list shows it.
    pub shown: String,
}

impl Subject {
    /// The person behind an address, whatever spelling of it is mailed.
    pub fn address(keys: &SuppressionKeys, email: &Email) -> Self {
        Self { key: keys.canonical(email), kind: SubjectKind::Address, shown: email.to_string() }
    }

    /// Everyone at a domain, and the company that has it.
    pub fn domain(keys: &SuppressionKeys, domain: &str) -> Self {
        Self { key: keys.domain(domain), kind: SubjectKind::Domain, shown: domain.to_lowercase() }
    }

    /// Reads an address or a domain as people write them: `uma@acme.example`, `acme.example`, `@acme.example`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(keys: &SuppressionKeys, text: &str) -> Result<Self, String> {
        let text = &*visible(text);
        let domain = text.strip_prefix('@').unwrap_or(text);
        if domain.contains('@') {
            return match find(text) {
                Ok(found) if found.others.is_empty() => Ok(Self::address(keys, &found.email)),
                Ok(_) => Err("several addresses; give each its own line".into()),
                Err(fault) => Err(fault.to_string()),
            };
        }
        // A domain is right when an address can have it.
        match format!("x@{domain}").parse::<Email>() {
            Ok(email) if email.is_free_mail() => {
                Err("anyone can have an address there; add the addresses instead".into())
            }
            Ok(email) => Ok(Self::domain(keys, email.domain())),
            Err(_) => Err("neither an address nor a domain".into()),
        }
    }
}

/// Why someone is suppressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They used the link or the button of their mail program, or said so.
    Unsubscribed,
    /// They reported a mail as spam.
    Complained,
    /// Their mail server says that the address does not exist.
    Bounced,
    /// A member put them on the list.
    Person,
    /// They were on a list that a member added.
    Imported,
    /// Their data was erased; they must not come back with the next list.
    Erased,
    /// A court or an authority asked for it.
    Legal,
}

impl Reason {
    pub fn label(self) -> &'static str {
        match self {
            Self::Unsubscribed => "Unsubscribed",
            Self::Complained => "Reported as spam",
            Self::Bounced => "Bounced",
            Self::Person => "Added by a member",
            Self::Imported => "Imported",
            Self::Erased => "Data erased",
            Self::Legal => "Legal request",
        }
    }

    /// Whether the person asked for it.
    pub fn is_wish_of_the_person(self) -> bool {
        matches!(self, Self::Unsubscribed | Self::Complained)
    }
}

/// An address for people who need not know it whole: `u••@acme.example`.
pub fn masked(address: &str) -> String {
    let (name, domain) = address.rsplit_once('@').unwrap_or(("", address));
    let first: String = name.chars().take(1).collect();
    format!("{first}••@{domain}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_domain_is_read_as_people_write_it() {
        let keys = SuppressionKeys::new(&[1; 32]);
        let parse = |text: &str| Subject::parse(&keys, text);
        let uma = parse(" Uma+x@Acme.example ").unwrap();
        assert_eq!((uma.kind, uma.shown.as_str()), (SubjectKind::Address, "uma+x@acme.example"));
        assert_eq!(uma.key, parse("uma@acme.example").unwrap().key);
        for spelling in
            ["mailto:uma@acme.example", "<uma@acme.example>", "\u{200b}uma＠acme.example", "'uma@acme.example'"]
        {
            assert_eq!(uma.key, parse(spelling).unwrap().key, "{spelling}");
        }
        // case 21: one mailbox in Unicode and in Punycode, with composed and decomposed accents
        assert_eq!(parse("info@müller.example").unwrap().key, parse("info@xn--mller-kva.example").unwrap().key);
        assert_eq!(parse("josé@café.example").unwrap().key, parse("jose\u{301}@cafe\u{301}.example").unwrap().key);
        assert!(parse("uma@acme.example, ann@acme.example").unwrap_err().contains("own line"));
        for domain in ["Acme.example", "@acme.example", " acme.example"] {
            let subject = parse(domain).unwrap();
            assert_eq!((subject.kind, subject.shown.as_str()), (SubjectKind::Domain, "acme.example"), "{domain}");
        }
        assert!(parse("Gmail.com").unwrap_err().contains("anyone"));
        for wrong in ["", "acme", "uma@", "a b.example", "uma@acme@example.com", "@", "-acme.example"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_masked_address_keeps_its_first_letter_and_its_domain() {
        assert_eq!(masked("uma.rossi@acme.example"), "u••@acme.example");
        assert_eq!(masked("çelik@acme.example"), "ç••@acme.example");
    }
}
