//! Whether mail to an address can reach a person: looked at before a lead is delivered (rule C6).
//!
//! The lists are data files with their origin in `data/`; whether a domain takes mail is asked of the domain name system.

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};

use crate::{
    directory::{Contact, ContactId, EmailStatus},
    email::Email,
    server::dns::{Dns, TakesMail},
};

/// Domains asked about at once.
const QUESTIONS_MAX: usize = 20;

/// How strictly addresses are looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum AddressCheck {
    /// As normal, and only what is sure: no catch-all, guessed or unchecked address, no domain that gives no answer.
    Strict,
    /// No throw-away address, no address of an office, no domain that takes no mail.
    #[default]
    Normal,
    /// Every address that is not known to bounce.
    Off,
}

impl AddressCheck {
    pub const ALL: [Self; 3] = [Self::Strict, Self::Normal, Self::Off];

    pub fn code(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Normal => "normal",
            Self::Off => "off",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Normal => "Normal",
            Self::Off => "Off",
        }
    }

    /// What it leaves out, for people.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Strict => {
                "As normal, and without catch-all, guessed and unchecked addresses and domains that give no answer."
            }
            Self::Normal => {
                "Without throw-away addresses, addresses of an office such as info@, and domains that take no mail."
            }
            Self::Off => "Only addresses that are known to bounce are left out.",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|check| check.code() == code)
    }
}

/// Why an address is not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Known to bounce.
    Invalid,
    Disposable,
    Role,
    /// Its domain takes no mail.
    NoMx,
    /// Not sure enough for a strict look.
    Unsure,
}

/// Looks at the addresses of `contacts`; answers those that must not be delivered. Asks the network: never call it inside a
/// transaction.
pub async fn verify(dns: &Dns, check: AddressCheck, contacts: &[Contact]) -> HashMap<ContactId, Refusal> {
    let mut refused: HashMap<ContactId, Refusal> = HashMap::new();
    for contact in contacts {
        if let Some(refusal) = by_itself(check, &contact.email, contact.email_status) {
            refused.insert(contact.id, refusal);
        }
    }
    if check == AddressCheck::Off || !dns.is_on() {
        return refused;
    }
    let open: Vec<&Contact> = contacts.iter().filter(|contact| !refused.contains_key(&contact.id)).collect();
    let domains: HashSet<String> = open.iter().map(|contact| contact.email.domain().to_owned()).collect();
    let questions = domains.into_iter().map(|domain| {
        let dns = dns.clone();
        async move {
            let answer = dns.takes_mail(&domain).await;
            (domain, answer)
        }
    });
    let questions: Vec<_> = questions.collect();
    let answers: HashMap<String, TakesMail> = stream::iter(questions).buffer_unordered(QUESTIONS_MAX).collect().await;
    for contact in open {
        let refusal = match answers.get(contact.email.domain()) {
            Some(TakesMail::No) => Refusal::NoMx,
            Some(TakesMail::Unknown) if check == AddressCheck::Strict => Refusal::Unsure,
            _ => continue,
        };
        refused.insert(contact.id, refusal);
    }
    refused
}

/// What the address says by itself.
fn by_itself(check: AddressCheck, email: &Email, status: EmailStatus) -> Option<Refusal> {
    let unsure = matches!(status, EmailStatus::CatchAll | EmailStatus::Unknown | EmailStatus::Guessed);
    match check {
        _ if status == EmailStatus::Invalid => Some(Refusal::Invalid),
        AddressCheck::Off => None,
        _ if email.is_disposable() => Some(Refusal::Disposable),
        _ if is_role(email) => Some(Refusal::Role),
        AddressCheck::Strict if unsure => Some(Refusal::Unsure),
        _ => None,
    }
}

/// The lines of a data file that are no comments.
fn lines(text: &'static str) -> HashSet<&'static str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

static ROLES: LazyLock<HashSet<&str>> = LazyLock::new(|| lines(include_str!("data/role-names.txt")));

/// Whether the address belongs to an office or a machine: `info`, `info-de`, `sales.uk`, `support+x`, `office2`.
fn is_role(email: &Email) -> bool {
    let name = email.as_str().split_once('@').map_or("", |(name, _)| name);
    let stem = name.split_once('+').map_or(name, |(stem, _)| stem);
    let stem = stem.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let place = |part: &str| part.len() <= 3 || ROLES.contains(part);
    let in_parts = |sign| stem.split_once(sign).is_some_and(|(first, rest)| is_office(first) && place(rest));
    ROLES.contains(stem) || in_parts('-') || in_parts('.') || in_parts('_')
}

/// Role names that stand in front of a place: short ones may be somebody's first name or initials.
fn is_office(part: &str) -> bool {
    part.len() > 3 && ROLES.contains(part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{directory::contacts::contact::testing::bare, server::dns::testing::name_server};

    #[test]
    fn offices_are_told_from_people() {
        let role = |name: &str| is_role(&format!("{name}@acorn.example").parse().unwrap());
        for office in ["info", "sales", "info-de", "support+x", "no-reply", "office2", "sales.uk", "kontakt", "hr"] {
            assert!(role(office), "{office}");
        }
        for person in ["ann", "it.lee", "hr.muller", "mark.sales", "infobert", "all.wood", "pr", "test.pilot"] {
            assert_eq!(role(person), person == "pr", "{person}");
        }
    }

    #[test]
    fn role_names_are_lower_case_words() {
        assert!(ROLES.len() > 100);
        assert!(ROLES.iter().all(|line| *line == line.to_lowercase() && !line.contains(' ')));
    }

    #[tokio::test]
    async fn each_level_leaves_out_what_it_says() {
        let dns = name_server().await;
        let mut people: Vec<Contact> = [
            "ann@mx.example",
            "bo@null.example",
            "info@mx.example",
            "cy@mailinator.com",
            "di@nowhere.example",
            "ed@silent.example",
            "flo@address.example",
        ]
        .iter()
        .zip(1..)
        .map(|(email, id)| bare(id, email))
        .collect();
        people.push(Contact { email_status: EmailStatus::CatchAll, ..bare(8, "gus@mx.example") });
        people.push(Contact { email_status: EmailStatus::Invalid, ..bare(9, "hal@mx.example") });
        let refused = async |dns: &Dns, check| {
            let mut refused: Vec<_> =
                verify(dns, check, &people).await.into_iter().map(|(id, why)| (id.0, why)).collect();
            refused.sort_unstable_by_key(|(id, _)| *id);
            refused
        };
        let (invalid, role, disposable) = ((9, Refusal::Invalid), (3, Refusal::Role), (4, Refusal::Disposable));
        let no_mx = [(2, Refusal::NoMx), (5, Refusal::NoMx)];
        assert_eq!(refused(&dns, AddressCheck::Off).await, [invalid]);
        assert_eq!(refused(&Dns::OFF, AddressCheck::Normal).await, [role, disposable, invalid]);
        assert_eq!(refused(&dns, AddressCheck::Normal).await, [no_mx[0], role, disposable, no_mx[1], invalid]);
        let unsure = [(6, Refusal::Unsure), (8, Refusal::Unsure)];
        let strict = refused(&dns, AddressCheck::Strict).await;
        assert_eq!(strict, [no_mx[0], role, disposable, no_mx[1], unsure[0], unsure[1], invalid]);
    }
}
