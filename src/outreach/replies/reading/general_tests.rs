//! No rule rests on words that one sample alone has: what decided a message of one program is also said in messages of others, or
//! in messages of our own.

use std::{collections::BTreeMap, fs, sync::LazyLock};

use super::{
    Kind, Known, Label, Reading,
    new_text::said,
    phrases::{self, Phrase, Text},
    read,
    report::{reply::Found, words},
};
use crate::{mail::message::Message, outreach::sending::verdict::Words};

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

/// What the messages of a folder are read as, by the name of each and that of the program that made it.
fn readings(folder: &str) -> Vec<(String, String, Reading)> {
    let files = fs::read_dir(format!("{FOLDER}/{folder}")).unwrap().map(|file| file.unwrap().path());
    let messages = files.filter(|path| path.extension().is_some_and(|extension| extension == "eml"));
    let read_one = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let message = Message::read(&fs::read(&path).unwrap());
        let now = message.date.unwrap();
        let known = Known { own_texts: &[], own_subject: None, own_addresses: &[], now, received_at: now };
        (name.clone(), name.split('-').next().unwrap().to_owned(), read(&message, &known))
    };
    messages.map(read_one).collect()
}

#[test]
fn words_that_blame_an_address_are_those_of_several_servers() {
    let reports: Vec<(String, String, Words, bool)> = readings("bounces")
        .into_iter()
        .flat_map(|(name, program, reading)| {
            let of = move |found: super::Reported| {
                let by_words = found.verdict.blames_address() && Found::read(&found.words).status.is_none();
                (name.clone(), program.clone(), Words::of_text(&found.words), by_words)
            };
            reading.recipients.into_iter().map(of)
        })
        .collect();
    let own = fs::read_to_string(format!("{FOLDER}/own/reports.tsv")).unwrap();
    let own: Vec<Words> = own.lines().map(Words::of_text).collect();
    let rows = [&words::NO_ADDRESS[..], &words::NO_DOMAIN[..]].concat();
    let (mut decided, mut alone) = (0, Vec::new());
    for (name, program, said, _) in reports.iter().filter(|report| report.3) {
        let found: Vec<&str> = rows.iter().copied().filter(|row| said.have(&[row])).collect();
        let others = reports.iter().filter(|other| other.1 != *program).map(|other| &other.2).chain(own.iter());
        let is_shared = others.into_iter().any(|other| found.iter().any(|row| other.have(&[row])));
        decided += usize::from(!found.is_empty());
        if !found.is_empty() && !is_shared {
            alone.push(format!("{name}: {found:?}"));
        }
    }
    assert!(decided > 10, "{decided}");
    assert!(alone.is_empty(), "only one program has the words that blame an address: {alone:#?}");
}

#[test]
fn what_decided_an_answer_is_said_in_messages_of_other_programs_too() {
    let with_text = |(name, program, reading): (String, String, Reading)| {
        let text = Text::of(said(&reading.new_text));
        (name, program, text, reading)
    };
    let answers: Vec<(String, String, Text, Reading)> = readings("replies").into_iter().map(with_text).collect();
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
