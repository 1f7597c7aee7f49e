//! What is asked of a source and what it answers. Everything that comes in is read like a row of an imported file.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::client::Fault;
use crate::directory::{
    Contact, Criteria, EmailStatus,
    imports::{Field, Mapping, Row, RowReader},
};

/// The version of the contract.
pub const VERSION: u32 = 1;
/// Most contacts that are asked for at once.
pub const PAGE_CONTACTS_MAX: usize = 200;
/// Longest cursor, in bytes.
const CURSOR_BYTES_MAX: usize = 2_000;
/// Pages that are remembered, to notice one that comes again.
const SEEN_MAX: usize = 100;

/// One search, as it is sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ask {
    pub version: u32,
    /// What is not asked for is left out.
    pub criteria: Value,
    /// Where to go on; `None` begins.
    pub cursor: Option<String>,
    /// Most contacts in the answer.
    pub limit: usize,
    /// The most this answer may cost, in hundredths of the currency that operator and source agreed on; `None`: no limit.
    pub cost_max: Option<i64>,
}

impl Ask {
    pub fn new(criteria: &Criteria, cursor: Option<String>, limit: usize, cost_max: Option<i64>) -> Self {
        Self { version: VERSION, criteria: wanted(criteria), cursor, limit: limit.min(PAGE_CONTACTS_MAX), cost_max }
    }
}

/// The criteria without what is not asked for.
fn wanted(criteria: &Criteria) -> Value {
    let mut value = serde_json::to_value(criteria).unwrap_or_default();
    let open = serde_json::to_value(Criteria::default()).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        fields.retain(|name, value| name == "quality" || open.get(name) != Some(value));
    }
    value
}

/// One page, read.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// Ids are 0 until they are stored.
    pub contacts: Vec<Contact>,
    /// Why others could not be taken, each with its place on the page (from 1).
    pub rejected: Vec<(usize, String)>,
    pub next: Option<String>,
    /// How many match in all, as the source says.
    pub total: Option<i64>,
    /// In hundredths of the currency agreed on.
    pub cost: i64,
}

impl Answer {
    /// How many contacts came, sound or not.
    pub fn received(&self) -> usize {
        self.contacts.len() + self.rejected.len()
    }

    /// Reads the body that answers `ask`.
    ///
    /// # Errors
    /// The [`Fault`] of a page that must not be used at all.
    pub fn read(body: &[u8], ask: &Ask) -> Result<Self, Fault> {
        let page: Value = serde_json::from_slice(body).map_err(|_| Fault::NotJson)?;
        let shape = |text: &str| Fault::Shape { detail: text.to_owned() };
        let page = page.as_object().ok_or_else(|| shape("the answer is no JSON object"))?;
        let people = page.get("contacts").and_then(Value::as_array);
        let people = people.ok_or_else(|| shape("“contacts” is no list"))?;
        if people.len() > ask.limit {
            return Err(Fault::TooMany { asked: ask.limit, sent: people.len() });
        }
        let next = match page.get("next") {
            None | Some(Value::Null) => None,
            Some(Value::String(next)) if next.is_empty() => None,
            Some(Value::String(next)) if next.len() <= CURSOR_BYTES_MAX && !next.contains('\0') => Some(next.clone()),
            _ => return Err(shape("“next” is neither null nor a text of at most 2,000 bytes")),
        };
        let total = count(page.get("total")).map_err(|()| shape("“total” is no whole number"))?;
        let cost = count(page.get("cost")).map_err(|()| shape("“cost” is no whole number"))?.unwrap_or(0);
        if let Some(cost_max) = ask.cost_max.filter(|most| cost > *most) {
            return Err(Fault::OverCost { cost, cost_max });
        }
        let mut answer = Self { contacts: Vec::new(), rejected: Vec::new(), next, total, cost };
        for (place, person) in people.iter().enumerate() {
            match read_contact(person) {
                Ok(contact) => answer.contacts.push(contact),
                Err(reason) => answer.rejected.push((place + 1, reason)),
            }
        }
        Ok(answer)
    }
}

fn count(value: Option<&Value>) -> Result<Option<i64>, ()> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(value) => value.as_i64().filter(|number| *number >= 0).map(Some).ok_or(()),
    }
}

/// The names of a contact's fields.
const FIELDS: [(Field, &str); 20] = [
    (Field::Email, "email"),
    (Field::EmailStatus, "email_status"),
    (Field::FirstName, "first_name"),
    (Field::LastName, "last_name"),
    (Field::FullName, "name"),
    (Field::Title, "title"),
    (Field::Seniority, "seniority"),
    (Field::Departments, "departments"),
    (Field::Company, "company"),
    (Field::Website, "domain"),
    (Field::Employees, "employees"),
    (Field::Industry, "industry"),
    (Field::Keywords, "keywords"),
    (Field::Technologies, "technologies"),
    (Field::Revenue, "revenue"),
    (Field::Linkedin, "linkedin"),
    (Field::Phone, "phone"),
    (Field::City, "city"),
    (Field::Region, "region"),
    (Field::Country, "country"),
];

static READER: LazyLock<RowReader> = LazyLock::new(|| {
    let mapping = Mapping(FIELDS.iter().map(|(field, _)| Some(*field)).collect());
    RowReader::new(&mapping, FIELDS.len(), EmailStatus::Unknown)
});

/// One contact, or the reason why it cannot be taken.
fn read_contact(person: &Value) -> Result<Contact, String> {
    let person = person.as_object().ok_or("it is no JSON object")?;
    let mut cells = Vec::with_capacity(FIELDS.len());
    for (field, name) in FIELDS {
        let cell = person.get(name).map_or(Ok(String::new()), text_of);
        let cell = cell.map_err(|()| format!("“{name}” is neither a text nor a number"))?;
        // At its ends, too: what is cut off there could have been the start of another header.
        if field == Field::Email && cell.chars().any(char::is_control) {
            return Err("the address holds a line break or another control character".into());
        }
        cells.push(cell);
    }
    match READER.read(&cells.iter().map(String::as_str).collect::<Vec<_>>()) {
        Row::Person(contact) => Ok(*contact),
        Row::Rejected(reason) => Err(reason),
        Row::Blank => Err("no email address".into()),
    }
}

/// Texts, numbers, and lists of them.
fn text_of(value: &Value) -> Result<String, ()> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Array(values) if !values.iter().any(Value::is_array) => {
            Ok(values.iter().map(text_of).collect::<Result<Vec<_>, ()>>()?.join("|"))
        }
        _ => Err(()),
    }
}

/// The pages of a walk so far, to notice one that comes again: a source may give the same page for ever.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Seen(Vec<i64>);

impl Seen {
    /// Notes the page that answered `ask`.
    ///
    /// # Errors
    /// [`Fault::SamePage`] when its cursor or its people came before.
    pub fn note(&mut self, ask: &Ask, answer: &Answer) -> Result<(), Fault> {
        if self.0.is_empty() {
            self.0.push(mark("cursor", ask.cursor.as_deref().unwrap_or_default()));
        }
        let mut people: Vec<&str> = answer.contacts.iter().map(|contact| contact.email.as_str()).collect();
        people.sort_unstable();
        let mut marks = vec![mark("people", &people.join("\n"))];
        marks.extend(answer.next.as_deref().map(|next| mark("cursor", next)));
        // A last page that is empty is a fine end, however often.
        if answer.next.is_some() && marks.iter().any(|mark| self.0.contains(mark)) {
            return Err(Fault::SamePage);
        }
        self.0.extend(marks);
        let surplus = self.0.len().saturating_sub(2 * SEEN_MAX);
        self.0.drain(..surplus);
        Ok(())
    }
}

fn mark(kind: &str, text: &str) -> i64 {
    let digest = Sha256::digest(format!("{kind}\n{text}"));
    digest.iter().take(6).fold(0, |number, byte| number << 8 | i64::from(*byte))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ask(limit: usize) -> Ask {
        Ask::new(&Criteria::default(), None, limit, Some(500))
    }

    fn read(page: &Value) -> Result<Answer, Fault> {
        Answer::read(page.to_string().as_bytes(), &ask(3))
    }

    #[test]
    fn only_what_is_asked_for_is_sent() {
        let criteria = Criteria::parse(&[("titles".into(), "CEO".into())]).unwrap();
        let sent = serde_json::to_value(Ask::new(&criteria, None, 1_000, None)).unwrap();
        let expected = json!({ "version": 1, "criteria": { "titles": ["CEO"], "quality": "standard" }, "cursor": null,
            "limit": 200, "cost_max": null });
        assert_eq!(sent, expected);
    }

    #[test]
    fn a_contact_is_read_like_a_row_of_a_file() {
        let long = "x".repeat(10_000);
        let page = json!({ "contacts": [{ "email": "ANN@X.Example", "email_status": "valid", "first_name": "Ánn\u{301} 😀",
            "last_name": "آنا", "title": "VP\nMarketing", "employees": 120, "keywords": ["a", "b"], "company": long,
            "unheard_of": { "of": 1 } }], "next": "2", "total": 7, "cost": 3 });
        let answer = read(&page).unwrap();
        let ann = &answer.contacts[0];
        assert_eq!((ann.email.as_str(), ann.email_status), ("ann@x.example", EmailStatus::Verified));
        assert_eq!((ann.first_name.as_str(), ann.last_name.as_str()), ("Ánn\u{301} 😀", "آنا"));
        assert_eq!((ann.title.as_str(), ann.keywords.len(), ann.company.len()), ("VP Marketing", 2, 300));
        assert_eq!((answer.next.as_deref(), answer.total, answer.cost), (Some("2"), Some(7), 3));
    }

    #[test]
    fn contacts_that_cannot_be_taken_are_counted_with_their_reasons() {
        let contacts = json!([{ "name": "Nobody" }, { "email": "a@x.example\nBcc: b@x.example" }, { "email": ["a"], "title": {} }]);
        let answer = read(&json!({ "contacts": contacts })).unwrap();
        let reasons: Vec<&str> = answer.rejected.iter().map(|(_, reason)| reason.as_str()).collect();
        assert_eq!(reasons[0], "no email address");
        assert!(reasons[1].contains("line break"), "{reasons:?}");
        assert_eq!(reasons[2], "“title” is neither a text nor a number");
        let contacts = json!(["a@x.example", { "email": "a@x.example\n" }, { "email": "a@x.example", "city": "a\0b" }]);
        assert_eq!(read(&json!({ "contacts": contacts })).unwrap().rejected.len(), 3);
    }

    #[test]
    fn a_page_that_breaks_the_contract_is_not_used() {
        let four = json!({ "contacts": [{}, {}, {}, {}] });
        assert_eq!(read(&four), Err(Fault::TooMany { asked: 3, sent: 4 }));
        assert_eq!(read(&json!({ "contacts": [], "cost": 501 })), Err(Fault::OverCost { cost: 501, cost_max: 500 }));
        assert_eq!(Answer::read(b"<html>", &ask(3)), Err(Fault::NotJson));
        assert_eq!(Answer::read(&[b'['; 100_000], &ask(3)), Err(Fault::NotJson));
        for page in [
            json!([]),
            json!({}),
            json!({ "contacts": {} }),
            json!({ "contacts": [], "next": 7 }),
            json!({ "contacts": [], "total": -1 }),
            json!({ "contacts": [], "cost": 0.5 }),
        ] {
            assert!(matches!(read(&page), Err(Fault::Shape { .. })), "{page}");
        }
    }

    #[test]
    fn a_page_that_comes_again_is_noticed_by_its_cursor_or_its_people() {
        let page =
            |email: &str, next: Option<&str>| read(&json!({ "contacts": [{ "email": email }], "next": next })).unwrap();
        let mut seen = Seen::default();
        seen.note(&ask(3), &page("a@x.example", Some("2"))).unwrap();
        let kept = serde_json::to_string(&seen).unwrap();
        let mut other: Seen = serde_json::from_str(&kept).unwrap();
        assert_eq!(seen.note(&ask(3), &page("b@x.example", Some("2"))), Err(Fault::SamePage));
        assert_eq!(other.note(&ask(3), &page("a@x.example", Some("3"))), Err(Fault::SamePage));
        assert_eq!(other.note(&ask(3), &page("c@x.example", None)), Ok(()));
    }

    #[test]
    fn every_filter_is_in_the_description_for_authors() {
        for text in [include_str!("../../../docs/sources.md"), include_str!("../../../docs/sources.openapi.yaml")] {
            for filter in &crate::directory::FILTERS {
                let field = filter.field.strip_prefix("exclude_").unwrap_or(filter.field);
                assert!(text.contains(field), "{} is not described", filter.field);
            }
        }
    }
}
