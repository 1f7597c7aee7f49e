//! What the fields and the form of a message say about who wrote it, before its words do.

use super::{
    Known,
    phrases::{ABSENCE_SUBJECTS, ANSWER_PREFIXES, fold, machine},
};
use crate::mail::message::Message;

/// Those that rules ask for.
#[derive(Debug, Clone, Copy)]
pub struct Marks {
    /// R7: a field says that no person wrote it. That it may not be answered by machines, or is bulk, or came through a list, is none.
    pub is_automatic: bool,
    /// A field that machines write, and people's companies too.
    pub is_weakly_automatic: bool,
    /// R8.
    pub has_absence_subject: bool,
    /// The subject names a ticket.
    pub has_ticket_subject: bool,
    pub is_of_ticket_system: bool,
    pub has_challenge_field: bool,
    /// A list sent it to its members, and it answers nothing.
    pub is_list_post: bool,
    /// It quotes.
    pub quotes: bool,
}

impl Marks {
    pub fn of(message: &Message, known: &Known<'_>) -> Self {
        let field = |name: &str| message.header(name).map(|value| value.trim().to_ascii_lowercase());
        let says_so = |name: &str| field(name).is_some_and(|value| value != "no" && value != "false");
        let precedence = field("precedence").unwrap_or_default();
        let named = |beginnings: &[&str]| {
            message.fields.names().any(|name| beginnings.iter().any(|start| name.starts_with(start)))
        };
        let by_field = says_so("auto-submitted")
            || ["x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"].iter().any(|name| says_so(name));
        let by_program = field("x-sieve-action").is_some()
            || field("x-ms-exchange-generated-message-source").is_some_and(|source| source.contains("rules"));
        let is_list =
            ["list-id", "list-post", "x-beenthere", "x-mailman-version"].iter().any(|name| field(name).is_some());
        let is_framed = super::new_text::has_ticket_frame(&message.text);
        Self {
            is_automatic: by_field
                || by_program
                || precedence == "auto_reply"
                || field("x-failed-recipients").is_some(),
            is_weakly_automatic: matches!(precedence.as_str(), "bulk" | "junk")
                || message.has_null_return_path()
                || says_so("x-loop"),
            has_absence_subject: begins_as_absence(&message.subject, known),
            has_ticket_subject: names_ticket(&message.subject),
            is_of_ticket_system: is_framed
                || named(machine::TICKET_FIELDS)
                || field("x-mailer").is_some_and(|mailer| mailer.contains("zendesk")),
            has_challenge_field: named(machine::CHALLENGE_FIELDS),
            is_list_post: is_list && message.references.is_empty(),
            quotes: super::new_text::quotes(&message.text, known),
        }
    }
}

/// Whether the subject begins with the words of an absence note and ours is not what begins so.
fn begins_as_absence(found: &str, known: &Known<'_>) -> bool {
    let folded = fold(found.trim());
    if known.own_subject.is_some_and(|own| folded.starts_with(fold(own.trim()).as_str()) && !own.trim().is_empty()) {
        return false;
    }
    ABSENCE_SUBJECTS.iter().any(|prefix| {
        let Some(rest) = folded.strip_prefix(prefix.as_str()) else { return false };
        let rest = rest.trim_start();
        rest.is_empty() || prefix.ends_with(':') || rest.starts_with(|c: char| !c.is_alphanumeric()) || is_answer(rest)
    })
}

/// Whether an answer's subject begins here.
fn is_answer(rest: &str) -> bool {
    rest.split_once(':').is_some_and(|(prefix, _)| ANSWER_PREFIXES.contains(&prefix.trim()))
}

/// Whether a new subject has the number of a ticket in it. An answer keeps the subject that it answers.
fn names_ticket(found: &str) -> bool {
    let folded = fold(found);
    // Some systems put their own number before it, and some behind.
    let behind_mark = folded.split_once(']').map_or("", |(_, rest)| rest.trim_start());
    if is_answer(&folded) || is_answer(behind_mark) {
        return false;
    }
    let words: Vec<&str> =
        folded.split(|c: char| !c.is_alphanumeric() && c != '#').filter(|word| !word.is_empty()).collect();
    let is_number = |word: &str| {
        word.trim_start_matches('#').len() >= 3
            && word.trim_start_matches('#').bytes().all(|byte| byte.is_ascii_digit())
    };
    let is_noun = |word: &str| {
        ["ticket", "request", "case", "anfrage", "vorgang", "demande", "solicitud", "richiesta", "inquiry", "issue"]
            .contains(&word)
    };
    words.windows(2).any(|pair| is_noun(pair[0]) && is_number(pair[1]))
        || words.iter().any(|word| word.starts_with('#') && is_number(word))
        || words.windows(2).any(|pair| pair[0] == "ticket" && matches!(pair[1], "received" | "created" | "opened"))
}
