//! Reading a message (RFC 5322, RFC 2045 to 2047) within bounds. Whatever the bytes are, a message comes out.
//!
//! `mail-parser` reads single fields. The tree of parts is walked here, within bounds of number, depth and size: its own walk has none.

mod date;
mod decode;
mod fields;
#[cfg(test)]
mod hostile_tests;
mod html;
mod parts;
#[cfg(test)]
mod tests;

#[cfg(test)]
pub use date::instant;
pub use fields::{Fields, Mailbox};
pub use html::html_to_text;
pub use parts::Part;

use crate::server::clock::Instant;

/// The bytes of a part, by the fields above it and what follows them.
pub fn part_bytes(fields: &[u8], body: &[u8]) -> Vec<u8> {
    decode::transfer(body, Fields::split(fields).0.get("content-transfer-encoding"))
}

/// The bytes of the part `number` (as in IMAP, such as `1.2`) of a whole message; `None` where it has no such part.
pub fn part_of(raw: &[u8], number: &str) -> Option<Vec<u8>> {
    let (fields, body) = Fields::split(raw);
    let (fields, body) = parts::find(fields, body, number)?;
    Some(decode::transfer(body, fields.get("content-transfer-encoding")))
}

/// Longest header block.
pub const HEADER_BYTES_MAX: usize = 64 * 1024;
/// Most fields in one.
pub const FIELDS_MAX: usize = 200;
/// Most parts, containers included.
pub const PARTS_MAX: usize = 20;
/// How deep parts may be in parts.
pub const DEPTH_MAX: usize = 8;
/// Longest decoded text.
pub const TEXT_BYTES_MAX: usize = 100 * 1000;
/// Most ids a message may refer to.
const REFERENCES_MAX: usize = 50;

/// What a message says.
#[derive(Debug, Clone, Default)]
pub struct Message {
    pub fields: Fields,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The ids it answers, without angle brackets: In-Reply-To first, then References, the newest first.
    pub references: Vec<String>,
    /// None unless there is exactly one: who sent a message with two is not known.
    pub from: Option<Mailbox>,
    /// To and Cc.
    pub to: Vec<Mailbox>,
    pub reply_to: Vec<Mailbox>,
    pub subject: String,
    /// None when it is no date that exists.
    pub date: Option<Instant>,
    /// What is to be read, from `text/plain`, else from HTML.
    pub text: String,
    pub html: Option<String>,
    /// All parts that hold something, in order.
    pub parts: Vec<Part>,
    /// Something was beyond the bounds and left out.
    pub is_cut: bool,
}

impl Message {
    /// Reads what is there; never fails.
    pub fn read(raw: &[u8]) -> Self {
        let (fields, body) = Fields::split(raw);
        let tree = parts::Tree::walk(&fields, body);
        let mut references: Vec<String> = Vec::new();
        let answered = fields.all("in-reply-to").flat_map(fields::ids);
        let before: Vec<String> = fields.all("references").flat_map(fields::ids).collect();
        for id in answered.chain(before.into_iter().rev()) {
            if references.len() < REFERENCES_MAX && !references.contains(&id) {
                references.push(id);
            }
        }
        let text = match &tree.html {
            Some(html) if tree.text.trim().is_empty() => html_to_text(html),
            _ => tree.text,
        };
        Self {
            message_id: fields.get("message-id").and_then(|value| fields::ids(value).into_iter().next()),
            references,
            from: fields.sender(),
            to: fields.mailboxes("to").chain(fields.mailboxes("cc")).collect(),
            reply_to: fields.mailboxes("reply-to").collect(),
            subject: fields.get("subject").map(fields::unstructured).unwrap_or_default(),
            date: fields.get("date").and_then(date::instant),
            is_cut: tree.is_cut || fields.is_cut,
            text,
            html: tree.html,
            parts: tree.parts,
            fields,
        }
    }

    /// The first field of this name (in small letters), as it was written, on one line.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// Whether its envelope says that no answer is wanted, as that of a report does.
    pub fn has_null_return_path(&self) -> bool {
        self.header("return-path").is_some_and(|path| path.trim() == "<>")
    }

    /// The kind of report it says it is (RFC 6522): `delivery-status` and others, in small letters.
    pub fn report_type(&self) -> Option<String> {
        let kind = fields::content_type(self.header("content-type")?)?;
        (kind.kind == "multipart/report")
            .then(|| kind.parameter("report-type").unwrap_or_default().to_ascii_lowercase())
    }

    /// The parts of this type.
    pub fn parts_of<'a>(&'a self, kind: &'a str) -> impl Iterator<Item = &'a Part> {
        self.parts.iter().filter(move |part| part.kind == kind)
    }

    /// Files beside the text.
    pub fn attachments(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().filter(|part| part.is_attachment)
    }

    /// What the receiving server found out about the sender (RFC 8601): the topmost field, which no sender can write.
    pub fn authentication_results(&self) -> Option<&str> {
        self.header("authentication-results")
    }
}
