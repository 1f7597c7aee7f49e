//! What people and their programs write, by language: a file per table, apart from the rules that use it.
//!
//! A phrase is words with a blank between. `one|other` is any of these words, `word~` any that begins so, `*` up to four
//! words. Accents and capital letters do not count.

pub mod machine;
mod phrase;
mod text;

pub use phrase::{Phrase, parse, words};
pub use text::{Found, Text, fold};

use std::sync::LazyLock;

/// A sentence that says that its writer is away.
pub static AWAY: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("away.txt")));
/// A sentence of an absence note that says something else: thanks, who helps meanwhile, what becomes of mails.
pub static BESIDE_ABSENCE: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("beside_absence.txt")));
/// What no absence note says.
pub static NOT_IN_NOTES: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("not_in_notes.txt")));
/// A person has left the company (rule R9).
pub static LEFT: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("left.txt")));
/// The address is not read any more: with the mark of a machine, that a person has left.
pub static UNUSED_ADDRESS: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("unused_address.txt")));
/// A ticket was opened, a form arrived (rule R11).
pub static TICKET: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("ticket.txt")));
/// Proof is asked for that a person sent the mail (rule R6).
pub static CHALLENGE: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("challenge.txt")));
/// The wish to get no more mails (rule R12), anywhere in a short text.
pub static OPT_OUT: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("opt_out.txt")));
/// The same, but only alone in a clause: elsewhere it says something else.
pub static OPT_OUT_CLAUSES: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("opt_out_clauses.txt")));
/// Another way to be reached is wished for.
pub static RATHER_CALLED: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("rather_called.txt")));
/// Another person is the one to write to (rule R13).
pub static WRONG_PERSON: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("wrong_person.txt")));
/// No (rule R14).
pub static NO: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("no.txt")));
/// The same, but only alone in a clause.
pub static NO_CLAUSES: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("no_clauses.txt")));
/// No, unless something positive is said as well.
pub static HARDLY: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("hardly.txt")));
/// Not now.
pub static NOT_NOW: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("not_now.txt")));
/// A later time: with a no, it is not now.
pub static LATER: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("later.txt")));
/// A talk (rule R15).
pub static MEETING: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("meeting.txt")));
/// A talk among others, or one that was.
pub static NO_MEETING: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("no_meeting.txt")));
/// A time for it.
pub static TIME: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("time.txt")));
/// Interest in what was offered (rule R16).
pub static POSITIVE: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("positive.txt")));
/// What is asked about by those who may want it (rule R16).
pub static ASKED_ABOUT: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("asked_about.txt")));
/// Words beside a clause that do not change it.
pub static COURTESIES: LazyLock<Vec<String>> =
    LazyLock::new(|| words(&include_str!("courtesies.txt").replace(',', " ")));
/// Within four words before a positive one, its opposite.
pub static NEGATORS: LazyLock<Vec<String>> = LazyLock::new(|| words(&include_str!("negators.txt").replace(',', " ")));
/// How subjects of absence notes begin, as programs write them in their languages (rule R8).
pub static ABSENCE_SUBJECTS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let rows = include_str!("absence_subjects.txt").lines().filter(|line| !line.starts_with('#'));
    rows.flat_map(|row| row.split(',')).map(|text| fold(text.trim())).filter(|text| !text.is_empty()).collect()
});
/// What programs write before the subject of an answer or a forwarded mail.
pub const ANSWER_PREFIXES: [&str; 24] = [
    "re", "aw", "fw", "fwd", "wg", "antw", "antwort", "sv", "vs", "vl", "vb", "tr", "rv", "res", "enc", "r", "i",
    "odp", "pd", "ynt", "ilt", "ref", "回复", "返信",
];
