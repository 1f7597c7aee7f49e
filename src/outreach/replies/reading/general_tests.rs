//! No rule rests on words that one sample alone has: what decided a message of one program is also said in messages of others, or
//! in messages of our own.

use std::{collections::BTreeMap, fs, sync::LazyLock};

use super::{
    Kind, Known, Label, Reading,
    new_text::said,
    phrases::{self, Phrase, Text},
    read,
};
use crate::mail::message::Message;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail");

/// The texts of our own messages.
static OWN: LazyLock<Vec<Text>> = LazyLock::new(|| {
    let file = |name: &str| fs::read_to_string(format!("{FOLDER}/own/{name}")).unwrap();
    let rows = [file("answers.tsv"), file("notes.tsv")].concat();
    rows.lines().filter_map(|row| row.rsplit('\t').next()).map(|text| Text::of(&text.replace("\\n", "\n"))).collect()
});

/// The tables of phrases that decide what an answer is.
fn tables(reading: &Reading) -> Vec<&'static [Phrase]> {
    match (reading.kind, reading.label) {
        (Kind::OutOfOffice, _) => vec![&phrases::AWAY],
        (Kind::LeftCompany, _) | (Kind::Human, Some(Label::LeftCompany)) => vec![&phrases::LEFT],
        (Kind::Challenge, _) => vec![&phrases::CHALLENGE],
        (Kind::Human, Some(Label::Unsubscribe)) => vec![&phrases::OPT_OUT, &phrases::OPT_OUT_CLAUSES],
        (Kind::Human, Some(Label::WrongPerson)) => vec![&phrases::WRONG_PERSON],
        (Kind::Human, Some(Label::NotInterested)) => vec![&phrases::NO, &phrases::HARDLY],
        (Kind::Human, Some(Label::NotNow)) => vec![&phrases::NOT_NOW],
        (Kind::Human, Some(Label::Meeting)) => vec![&phrases::MEETING],
        (Kind::Human, Some(Label::Interested)) => vec![&phrases::POSITIVE],
        _ => Vec::new(),
    }
}

#[test]
fn what_decided_an_answer_is_said_in_messages_of_other_programs_too() {
    let mut answers: Vec<(String, String, Text, Reading)> = Vec::new();
    for file in fs::read_dir(format!("{FOLDER}/replies")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "eml") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let message = Message::read(&fs::read(&path).unwrap());
        let now = message.date.unwrap();
        let known = Known { own_texts: &[], own_subject: None, own_addresses: &[], now, received_at: now };
        let reading = read(&message, &known);
        let program = name.split('-').next().unwrap().to_owned();
        answers.push((name, program, Text::of(said(&reading.new_text)), reading));
    }
    let mut alone = BTreeMap::new();
    let mut decided = 0;
    for (name, program, text, reading) in &answers {
        let tables = tables(reading);
        let found: Vec<&Phrase> =
            tables.into_iter().flatten().filter(|phrase| text.has(std::slice::from_ref(phrase))).collect();
        if found.is_empty() {
            continue;
        }
        decided += 1;
        let others = answers.iter().filter(|other| other.1 != *program).map(|other| &other.2).chain(OWN.iter());
        let is_shared =
            others.into_iter().any(|other| found.iter().any(|phrase| other.has(std::slice::from_ref(*phrase))));
        if !is_shared {
            alone.insert(name.clone(), format!("{found:?}"));
        }
    }
    assert!(decided > 40, "{decided}");
    assert!(alone.is_empty(), "only one sample has the words that decide it: {alone:#?}");
}
