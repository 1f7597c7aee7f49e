//! Header fields: where they begin and end, and what single ones hold.

use mail_parser::{Address, HeaderValue, parsers::MessageStream};

use super::{FIELDS_MAX, HEADER_BYTES_MAX, decode};

/// A header block.
#[derive(Debug, Clone, Default)]
pub struct Fields {
    /// Names in small letters; values on one line.
    list: Vec<(String, String)>,
    /// It was longer than is read.
    pub is_cut: bool,
}

/// An address with the name beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    pub address: String,
    pub name: Option<String>,
}

impl Fields {
    /// The header block of a message or part, and what follows it.
    pub fn split(raw: &[u8]) -> (Self, &[u8]) {
        let mut fields = Self::default();
        let mut at = 0;
        while at < raw.len() {
            let end = raw[at..].iter().position(|byte| *byte == b'\n').map_or(raw.len(), |length| at + length + 1);
            let line = decode::without_line_end(&raw[at..end]);
            at = end;
            if line.is_empty() {
                return (fields, &raw[at..]);
            }
            if at <= HEADER_BYTES_MAX {
                fields.add(line);
            } else {
                fields.is_cut = true;
            }
        }
        (fields, &[])
    }

    /// A header block alone, such as the fields of a report.
    pub fn read(text: &str) -> Self {
        Self::split(text.as_bytes()).0
    }

    fn add(&mut self, line: &[u8]) {
        // No text column takes it, so nothing that was written here may hold it.
        let text = decode::text(line, None).replace('\0', "");
        if line.starts_with(b" ") || line.starts_with(b"\t") {
            if let Some((_, value)) = self.list.last_mut() {
                value.push(' ');
                value.push_str(text.trim());
            }
            return;
        }
        // Lines that are no fields are skipped: some reports have the later lines of a reply among their fields.
        let Some((name, value)) = text.split_once(':') else { return };
        let name = name.trim_end();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) {
            return;
        }
        if self.list.len() < FIELDS_MAX {
            self.list.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        } else {
            self.is_cut = true;
        }
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The first field of this name, in small letters.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.list.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All fields of this name, from the top.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.list.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The names, from the top.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|(name, _)| name.as_str())
    }

    /// The addresses in the fields of this name.
    pub fn mailboxes<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Mailbox> + 'a {
        self.all(name).flat_map(mailboxes)
    }

    /// The ids in the fields of this name, without angle brackets.
    pub fn ids(&self, name: &str) -> Vec<String> {
        self.all(name).flat_map(ids).collect()
    }

    /// Who sent it, if it is one.
    pub(super) fn sender(&self) -> Option<Mailbox> {
        let mut senders = self.mailboxes("from");
        senders.next().filter(|_| senders.next().is_none() && self.all("from").count() == 1)
    }
}

/// Ids in angle brackets, wherever they are in the value; without brackets, the value if it is one word with an `@`.
pub(super) fn ids(value: &str) -> Vec<String> {
    let bracketed = value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).map(|(id, _)| id.trim());
    let mut ids: Vec<String> = bracketed.filter(|id| is_id(id)).map(str::to_owned).collect();
    if ids.is_empty() && !value.contains('<') && value.contains('@') && is_id(value.trim()) {
        ids.push(value.trim().to_owned());
    }
    ids
}

fn is_id(id: &str) -> bool {
    (1..=998).contains(&id.len()) && !id.contains(char::is_whitespace)
}

/// The text of a field with its encoded words decoded (RFC 2047), on one line.
pub(super) fn unstructured(value: &str) -> String {
    let line = format!("{value}\n");
    let text = match MessageStream::new(line.as_bytes()).parse_unstructured() {
        HeaderValue::Text(text) => text.into_owned(),
        _ => value.to_owned(),
    };
    text.chars().map(|c| if c.is_control() || c == '\u{a0}' { ' ' } else { c }).collect::<String>().trim().to_owned()
}

/// Without control characters, which encoded words may hold.
fn printable(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect::<String>().trim().to_owned()
}

fn mailboxes(value: &str) -> Vec<Mailbox> {
    let line = format!("{value}\n");
    let parsed = MessageStream::new(line.as_bytes()).parse_address();
    let HeaderValue::Address(Address::List(_) | Address::Group(_)) = &parsed else { return Vec::new() };
    let Some(addresses) = parsed.as_address() else { return Vec::new() };
    let mailbox = |address: &mail_parser::Addr<'_>| {
        let name = address.name.as_deref().map(printable).filter(|name| !name.is_empty());
        Some(Mailbox { address: printable(address.address.as_deref()?), name })
    };
    addresses.iter().filter_map(mailbox).filter(|mailbox| !mailbox.address.is_empty()).collect()
}

/// The value of Content-Type or Content-Disposition.
#[derive(Debug, Clone)]
pub(super) struct ContentType {
    /// `text/plain`, in small letters.
    pub kind: String,
    parameters: Vec<(String, String)>,
}

impl ContentType {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

pub(super) fn content_type(value: &str) -> Option<ContentType> {
    let line = format!("{value}\n");
    let parsed = MessageStream::new(line.as_bytes()).parse_content_type();
    let found = parsed.as_content_type()?;
    let kind = match found.subtype() {
        Some(subtype) => format!("{}/{subtype}", found.ctype()),
        None => found.ctype().to_owned(),
    };
    let parameters = found.attributes().unwrap_or_default().iter();
    let parameters = parameters.map(|found| (found.name.to_ascii_lowercase(), found.value.clone().into_owned()));
    Some(ContentType { kind: kind.to_ascii_lowercase(), parameters: parameters.collect() })
}
