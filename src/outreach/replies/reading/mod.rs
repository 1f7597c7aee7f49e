//! What a message is and says: by its form, its fields, and what its sender wrote now.
//!
//! Pure. Rules are tried in order and the first that fits decides; each has its number (R1 to R18). What is quoted, our own words
//! among it, decides nothing. A bounce is ruled out before a message counts as a person's; when in doubt, it is a person's.

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod general_tests;
mod kind;
mod marks;
mod new_text;
#[cfg(test)]
mod other_servers_tests;
#[cfg(test)]
mod own_tests;
mod phrases;
mod report;
mod return_date;
mod rules;
mod summary;

pub use kind::{BounceVerdict, Kind, Label, Reported, Rule, Tone};

use jiff::civil::Date;

use crate::{mail::message::Message, server::clock::Instant};

/// What is known beside the message.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The texts of the mails that were sent in this conversation.
    pub own_texts: &'a [&'a str],
    pub own_subject: Option<&'a str>,
    pub own_addresses: &'a [&'a str],
    pub now: Instant,
    pub received_at: Instant,
}

/// What was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub kind: Kind,
    /// A suggestion, except of what is `Kind::OutOfOffice` and the like.
    pub label: Option<Label>,
    pub rule: Rule,
    /// What the sender wrote now, without what is quoted. Empty in reports.
    pub new_text: String,
    /// The first day on which an absent person is back.
    pub return_date: Option<Date>,
    /// The Message-IDs that a report is about, without angle brackets.
    pub originals: Vec<String>,
    /// What a report says, for each recipient.
    pub recipients: Vec<Reported>,
    /// The address of the person to write to instead, if one is named.
    pub successor: Option<String>,
}

impl Reading {
    fn of(kind: Kind, rule: &'static str) -> Self {
        Self {
            kind,
            label: None,
            rule: Rule(rule),
            new_text: String::new(),
            return_date: None,
            originals: Vec::new(),
            recipients: Vec::new(),
            successor: None,
        }
    }
}

/// Reads what `message` is.
pub fn read(message: &Message, known: &Known<'_>) -> Reading {
    report::read(message, known).unwrap_or_else(|| rules::read(message, known))
}
