//! The messages of real programs in `tests/data/mail`, with the right verdict for each.

use std::{collections::BTreeMap, fs};

use super::{Known, Reading, read, summary::Summary};
use crate::mail::message::Message;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail");

/// Rows of a table with a heading, each a value by its column.
fn table(name: &str) -> Vec<BTreeMap<String, String>> {
    let text = fs::read_to_string(format!("{FOLDER}/{name}")).unwrap();
    let mut lines = text.lines().map(|line| line.split('\t').map(str::to_owned).collect::<Vec<_>>());
    let heading = lines.next().unwrap();
    lines.map(|line| heading.iter().cloned().zip(line).collect()).collect()
}

fn read_file(name: &str) -> Reading {
    let message = Message::read(&fs::read(format!("{FOLDER}/{name}")).unwrap());
    let now = message.date.unwrap();
    read(&message, &Known { own_texts: &[], own_subject: None, own_addresses: &[], now, received_at: now })
}

#[test]
fn every_bounce_of_a_real_server_is_read_as_what_it_is() {
    let mut wrong = Vec::new();
    let rows = table("bounces/expected.tsv");
    assert!(rows.len() > 280);
    for row in &rows {
        let reading = read_file(&format!("bounces/{}", row["file"]));
        let lines = reading.summaries();
        let line = lines.iter().find(|line| line.recipient == row["final_recipient"]).or(lines.first());
        let verdict = line.map_or("", |line| line.verdict);
        let is_right = if row["verdict"] == "not_a_bounce" {
            !reading.kind.is_report() || verdict == "not_a_bounce"
        } else {
            verdict == row["verdict"]
        };
        let id = line.map(|line| line.message_id.as_str());
        let has_id = row["verdict"] == "not_a_bounce" || id == Some(row["original_message_id"].as_str());
        if !is_right || !has_id || lines.iter().all(|line| line.recipient != row["final_recipient"]) {
            wrong.push(format!(
                "{} {} should be {}: {lines:?} {:?}",
                row["file"], row["final_recipient"], row["verdict"], reading.recipients
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn every_answer_of_a_real_program_is_read_as_what_it_is() {
    let mut wrong = Vec::new();
    let rows = table("replies/expected.tsv");
    assert!(rows.len() > 60);
    for row in &rows {
        let reading = read_file(&format!("replies/{}", row["file"]));
        let Summary { verdict, label, return_date, rule, .. } = reading.summaries().remove(0);
        let text = row["new_text"].replace("\\n", "\n");
        let seen = (verdict, label, return_date.as_str(), reading.new_text.as_str());
        let right = (row["verdict"].as_str(), row["label"].as_str(), row["return_date"].as_str(), text.as_str());
        if seen != right {
            wrong.push(format!("{} by {rule}\n  seen  {seen:?}\n  right {right:?}", row["file"]));
        }
    }
    assert!(wrong.is_empty(), "{} of {}\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// What real programs wrote, cut and with bytes of chance in it. `FAIRLEAD_DAMAGED_MESSAGES` says how many.
#[test]
fn damaged_messages_are_read_as_something() {
    let rounds = std::env::var("FAIRLEAD_DAMAGED_MESSAGES").map_or(500, |rounds| rounds.parse().unwrap());
    let folder = |name: &str| {
        fs::read_dir(format!("{FOLDER}/{name}")).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap())
    };
    let files: Vec<Vec<u8>> = folder("bounces").chain(folder("replies")).collect();
    let first: u64 = rand::random();
    println!("the chance of {first}");
    let mut state = first | 1;
    let mut chance = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % u64::try_from(below.max(1)).unwrap()).unwrap()
    };
    for _ in 0..rounds {
        let mut raw = files[chance(files.len())].clone();
        raw.truncate(chance(2 * raw.len()).max(20));
        for _ in 0..chance(40) {
            let at = chance(raw.len());
            raw[at] = *b"\n\r:=-< >;\"\0\xff?@.1".get(chance(16)).unwrap();
        }
        let message = Message::read(&raw);
        let now = message.date.unwrap_or(crate::server::clock::Instant(0));
        let known = Known {
            own_texts: &["Hi Erika,\n\nhow does your team choose cable drums today?"],
            own_subject: None,
            own_addresses: &[],
            now,
            received_at: now,
        };
        let reading = read(&message, &known);
        assert!(reading.new_text.len() <= crate::mail::message::TEXT_BYTES_MAX);
        assert!(!reading.summaries().is_empty());
    }
}
