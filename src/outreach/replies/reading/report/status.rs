//! The part for programs of a report (RFC 3464).

use super::verdict::Action;
use crate::mail::{
    message::{Fields, Part},
    smtp::Status,
};

/// What it says of one recipient.
#[derive(Debug)]
pub struct Group {
    pub original: Option<String>,
    pub last: Option<String>,
    pub action: Action,
    pub status: Option<Status>,
    /// It names a time until which it is tried.
    pub is_retried: bool,
    /// What was said, without the kind of server that said it.
    pub diagnostic: Option<String>,
}

impl Group {
    pub fn address(&self) -> Option<&str> {
        self.last.as_deref().or(self.original.as_deref())
    }
}

/// The groups of fields about recipients. Some servers put the fields about the message into the same group.
pub fn groups(part: &Part) -> Vec<Group> {
    let mut groups = Vec::new();
    for block in part.text.split("\n\n") {
        let fields = Fields::read(block.trim_start_matches('\n'));
        let (original, last) = (fields.get("original-recipient"), fields.get("final-recipient"));
        if original.is_none() && last.is_none() {
            continue;
        }
        let diagnostic = fields.get("diagnostic-code");
        let diagnostic = diagnostic.map(|value| value.split_once(';').map_or(value, |(_, said)| said).trim());
        let action = fields.get("action").unwrap_or_default().to_ascii_lowercase();
        groups.push(Group {
            original: original.and_then(address),
            last: last.and_then(address),
            action: match action.split(|c: char| !c.is_ascii_alphabetic()).next() {
                Some("delivered" | "relayed" | "expanded") => Action::Delivered,
                Some("delayed") => Action::Delayed,
                _ => Action::Failed,
            },
            status: fields.get("status").and_then(status),
            is_retried: fields.get("will-retry-until").is_some(),
            diagnostic: diagnostic.filter(|said| !said.is_empty()).map(str::to_owned),
        });
    }
    groups
}

/// The code at the beginning: words may follow.
fn status(value: &str) -> Option<Status> {
    Status::parse(value.split(|c: char| c.is_whitespace() || c == '(').next()?)
}

/// `rfc822; jo@acme.example`, `<jo@acme.example>`, or the address alone.
pub fn address(value: &str) -> Option<String> {
    let value = value.split_once(';').map_or(value, |(_, value)| value);
    let address = value.trim().trim_matches(['<', '>']);
    (address.contains('@') && !address.contains(char::is_whitespace)).then(|| address.to_owned())
}
