//! Reports about mails (rules R1 to R4): of failure and delay, of delivery, of reading, of complaints.

mod originals;
pub mod reply;
mod shape;
mod status;
mod verdict;
pub mod words;

use super::{
    Known, Reading,
    kind::{BounceVerdict, Kind, Reported},
};
use crate::mail::message::{Fields, Message, Part};
use verdict::Evidence;

/// Most of the words of a server that is kept, in characters.
const WORDS_MAX: usize = 300;

/// What a report says; none when the message is none.
pub fn read(message: &Message, known: &Known<'_>) -> Option<Reading> {
    let reading = delivery_status(message, known)
        .or_else(|| complaint(message))
        .or_else(|| disposition(message))
        .or_else(|| plain(message, known))?;
    Some(Reading { originals: originals::of(message), ..reading })
}

/// R1: a part for programs (RFC 3464), below whichever multipart. One that a person attached is below a message.
fn delivery_status(message: &Message, known: &Known<'_>) -> Option<Reading> {
    let is_report = message.report_type().as_deref() == Some("delivery-status");
    if !is_report && !shape::is_from_a_mail_server(message) {
        return None;
    }
    let groups: Vec<status::Group> =
        message.parts.iter().filter(|part| is_status(part)).flat_map(status::groups).collect();
    let addresses: Vec<&str> = groups.iter().filter_map(status::Group::address).collect();
    let prose = shape::prose(&message.text);
    let mut recipients = Vec::new();
    for group in &groups {
        let said = || shape::segment(prose, group.address().unwrap_or_default(), &addresses);
        let words = group.diagnostic.clone().unwrap_or_else(said);
        let evidence = Evidence { action: group.action, status: group.status, is_retried: group.is_retried, words };
        recipients.push(reported(group.original.clone(), group.last.clone(), evidence));
    }
    if recipients.is_empty() {
        // A part without recipients: the human text names them.
        return is_report.then(|| plain(message, known).unwrap_or_else(|| Reading::of(Kind::BounceUnclear, "R4")));
    }
    Some(of_recipients(recipients, "R1"))
}

fn is_status(part: &Part) -> bool {
    matches!(part.kind.as_str(), "message/delivery-status" | "message/global-delivery-status")
}

fn reported(original: Option<String>, address: Option<String>, evidence: Evidence) -> Reported {
    let evidence = Evidence { words: shape::server_words(&evidence.words), ..evidence };
    Reported {
        original,
        address,
        verdict: evidence.verdict(),
        status: evidence.status.or_else(|| reply::Found::read(&evidence.words).status),
        words: evidence.words.chars().take(WORDS_MAX).collect(),
    }
}

/// The worst that happened to a recipient names the report.
fn of_recipients(recipients: Vec<Reported>, rule: &'static str) -> Reading {
    let any = |is: fn(BounceVerdict) -> bool| recipients.iter().any(|reported| is(reported.verdict));
    let kind = if any(BounceVerdict::is_final) {
        Kind::Bounce
    } else if any(|verdict| verdict == BounceVerdict::Delayed) {
        Kind::Delay
    } else {
        Kind::Delivered
    };
    Reading { recipients, ..Reading::of(kind, rule) }
}

/// R2: a provider's report of abuse (RFC 5965).
fn complaint(message: &Message) -> Option<Reading> {
    let part = message.parts_of("message/feedback-report").next()?;
    let fields = Fields::read(&part.text);
    let feedback = fields.get("feedback-type").unwrap_or_default().to_ascii_lowercase();
    if matches!(feedback.as_str(), "not-spam" | "auth-failure") {
        return Some(Reading::of(Kind::Automatic, "R2"));
    }
    let recipients = fields.all("original-rcpt-to").map(|value| {
        let address = status::address(value);
        let (original, verdict, words) = (address, BounceVerdict::Delivered, String::new());
        Reported { original, address: None, verdict, status: None, words }
    });
    Some(Reading { recipients: recipients.collect(), ..Reading::of(Kind::Complaint, "R2") })
}

/// R3: a notification of what was done with a mail (RFC 8098), or of a filter that refused it (RFC 5429).
fn disposition(message: &Message) -> Option<Reading> {
    let part = message.parts_of("message/disposition-notification").next()?;
    let fields = Fields::read(&part.text);
    let done = fields.get("disposition").unwrap_or_default().to_ascii_lowercase();
    let says_refused = message.header("auto-submitted").is_some_and(|by| by.contains("rejected"))
        || ["rejected", "refused"].iter().any(|word| message.text.to_ascii_lowercase().contains(word));
    let is_refusal = done.contains("automatic-action") && done.contains("deleted") && says_refused;
    let recipient = Reported {
        original: fields.get("original-recipient").and_then(status::address),
        address: fields.get("final-recipient").and_then(status::address),
        verdict: if is_refusal { BounceVerdict::PolicyAtReceiver } else { BounceVerdict::Delivered },
        status: None,
        words: shape::server_words(if is_refusal { &message.text } else { "" }).chars().take(WORDS_MAX).collect(),
    };
    let kind = if is_refusal { Kind::Bounce } else { Kind::Receipt };
    Some(Reading { recipients: vec![recipient], ..Reading::of(kind, "R3") })
}

/// R4: a report that only people can read.
fn plain(message: &Message, known: &Known<'_>) -> Option<Reading> {
    let action = shape::action(message)?;
    let prose = shape::prose(&message.text);
    let addresses = shape::recipients(message, prose, known);
    let all: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let told = |words| Evidence { action, status: None, is_retried: false, words };
    let one = |address: &&str| {
        let words = shape::segment(prose, address, &all);
        reported(None, Some((*address).to_owned()), told(words))
    };
    let mut recipients: Vec<Reported> = all.iter().map(one).collect();
    if recipients.is_empty() {
        recipients.push(reported(None, None, told(prose.to_owned())));
    }
    let is_unclear =
        recipients.iter().all(|found| found.verdict == BounceVerdict::RefusedUnclear && found.status.is_none());
    let reading = of_recipients(recipients, "R4");
    Some(if is_unclear { Reading { kind: Kind::BounceUnclear, ..reading } } else { reading })
}
