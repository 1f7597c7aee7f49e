//! Reports in prose: whether a message is one, what of it is the server's, and which recipients it is about.

use super::{Known, verdict::Action, words};
use crate::mail::message::{Fields, Message};

/// Who sends reports, as the part of an address before the `@`.
const MAIL_SERVERS: [&str; 8] = [
    "mailer-daemon",
    "mailerdaemon",
    "mail-daemon",
    "postmaster",
    "mail.delivery.system",
    "bounce",
    "double-bounce",
    "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
];

/// Where the returned mail begins, in small letters.
const COPY: [&str; 16] = [
    "message headers follow",                   // dma
    "below this line is a copy of the message", // qmail
    "this is a copy of the message",            // Exim
    "this is a copy of your message",           // Exim
    "below is a copy of the original message",  // OpenSMTPD
    "original message headers",                 // Exchange
    "original message header",
    "original message follows", // Courier and others
    "the original message follows",
    "----- original message -----", // Gmail
    "-----original message-----",
    "--- original message",
    "header of the original message",
    "headers of the original message",
    "the header of the original message is following", // GMX
    "original-nachricht",
];

/// Most recipients that are read in prose.
const RECIPIENTS_MAX: usize = 10;

/// Whether no person sent it: no one is named, or a mail server is, or no answer is wanted.
pub fn is_from_a_mail_server(message: &Message) -> bool {
    names_a_mail_server(message) || message.has_null_return_path()
}

fn names_a_mail_server(message: &Message) -> bool {
    match &message.from {
        Some(from) => is_mail_server(&from.address),
        // Not one with two senders, who are two people.
        None => message.fields.mailboxes("from").next().is_none(),
    }
}

fn is_mail_server(address: &str) -> bool {
    let local = address.rsplit_once('@').map_or(address, |(local, _)| local).to_ascii_lowercase();
    MAIL_SERVERS.contains(&local.as_str()) || local.starts_with("microsoftexchange")
}

/// What a report in prose says was done; none when the message is none.
pub fn action(message: &Message) -> Option<Action> {
    if !is_from_a_mail_server(message) {
        return None;
    }
    // A person's absence note wants no answer either, and may say that a mail was not delivered.
    let prose = if names_a_mail_server(message) { prose(&message.text) } else { "" };
    let (subject, text) = (message.subject.to_lowercase(), prose.to_lowercase());
    let has = |texts: &[&str]| texts.iter().any(|words| subject.contains(words) || text.contains(words));
    let is_failure = message.header("x-failed-recipients").is_some() || has(&words::FAILED);
    let is_warning = words::WARNING.iter().any(|words| subject.contains(words) || text.contains(words));
    if is_warning && !words::FAILED_FOR_GOOD.iter().any(|words| text.contains(words)) {
        return Some(Action::Delayed);
    }
    if is_failure {
        return Some(Action::Failed);
    }
    has(&words::ARRIVED).then_some(Action::Delivered)
}

/// The text before the returned mail.
pub fn prose(text: &str) -> &str {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let small = line.trim_start().to_ascii_lowercase();
        let begins_copy = COPY.iter().any(|mark| small.contains(mark));
        if begins_copy || small.starts_with("return-path:") || small.starts_with("received:") {
            return &text[..at];
        }
        at += line.len();
    }
    text
}

/// What `prose` says of `address`, up to where the next of `all` is named. Of one alone, everything.
pub fn segment(prose: &str, address: &str, all: &[&str]) -> String {
    let names = |line: &str, address: &str| {
        !address.is_empty() && line.to_ascii_lowercase().contains(&address.to_ascii_lowercase())
    };
    let is_another =
        |line: &str| all.iter().any(|other| *other != address && names(line, other)) && !names(line, address);
    if all.len() < 2 {
        return prose.to_owned();
    }
    let lines = prose.lines().skip_while(|line| !names(line, address));
    lines.take_while(|line| !is_another(line)).collect::<Vec<_>>().join("\n")
}

/// The words of the server that refused: from its reply to the end of the paragraph; all where no reply is.
pub fn server_words(text: &str) -> String {
    let is_reply = |line: &str| super::reply::Found::read(line).code.is_some();
    let lines: Vec<&str> = text.lines().collect();
    let whole = match lines.iter().position(|line| is_reply(line)) {
        Some(at) => {
            let end =
                lines[at..].iter().position(|line| line.trim().is_empty()).map_or(lines.len(), |length| at + length);
            lines[at..end].join(" ")
        }
        None => lines.join(" "),
    };
    whole.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The recipients that the report is about: those that a field names, else those of the returned mail, else those in the text.
pub fn recipients(message: &Message, prose: &str, known: &Known<'_>) -> Vec<String> {
    let named: Vec<String> = message.fields.mailboxes("x-failed-recipients").map(|found| found.address).collect();
    if !named.is_empty() {
        return named;
    }
    let is_ours = |address: &str| {
        let is = |other: &str| other.eq_ignore_ascii_case(address);
        known.own_addresses.iter().any(|own| is(own))
            || message.to.iter().any(|to| is(&to.address))
            || is_mail_server(address)
    };
    let in_prose: Vec<String> = addresses(prose).into_iter().filter(|address| !is_ours(address)).collect();
    let copies = message.parts.iter().filter(|part| part.kind.contains("rfc822") || part.kind.contains("global"));
    let copy = copies.map(|part| Fields::read(part.text.trim_start())).find(|fields| !fields.is_empty());
    let copy = copy
        .unwrap_or_else(|| Fields::read(message.text[prose.len()..].split_once("\n\n").map_or("", |(_, copy)| copy)));
    let written_to: Vec<String> =
        copy.mailboxes("to").map(|to| to.address).filter(|address| !is_ours(address)).collect();
    let both = written_to.iter().filter(|to| in_prose.iter().any(|named| named.eq_ignore_ascii_case(to)));
    let both: Vec<String> = both.cloned().collect();
    let chosen = match (both.is_empty(), in_prose.is_empty()) {
        (false, _) => both,
        (true, false) => in_prose.into_iter().take(1).collect(),
        (true, true) => written_to,
    };
    chosen.into_iter().take(RECIPIENTS_MAX).collect()
}

/// The addresses in `text`, in order.
fn addresses(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for word in
        text.split(|c: char| c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '"' | ',' | ';' | '[' | ']'))
    {
        let word = word.trim_matches([':', '.', '\'', '*', '!', '?']);
        let word = word.strip_prefix("mailto:").unwrap_or(word);
        let is_address = word.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.contains('/')
        });
        if is_address && !found.iter().any(|known| known.eq_ignore_ascii_case(word)) && found.len() < RECIPIENTS_MAX {
            found.push(word.to_owned());
        }
    }
    found
}
