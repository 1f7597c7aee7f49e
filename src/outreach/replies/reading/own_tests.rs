//! Messages of our own in the manner of programs that are not in `tests/data/mail/bounces` and `replies`, as tables in
//! `tests/data/mail/own`. Each answer is read below five ways of quoting our mail, which has words of every class in its footer.

use std::{collections::BTreeSet, fs};

use super::{Kind, Known, Label, Reading, read};
use crate::mail::message::{Message, instant};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/mail/own");
const DATE: &str = "Sat, 28 Nov 2026 10:00:00 +0000";
/// Our own mail, with words that would be every kind of answer.
const OWN: &str = "Hi Tom,\n\nhow does your team choose cable drums today? Are you interested in a call on Tuesday?\n\nIf you are not the right person, or out of office until 1 December, please contact a colleague.\n\nAda\n\nNot interested? Unsubscribe here or write back \"stop\" and we remove you from our list.";

fn rows(name: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(format!("{FOLDER}/{name}")).unwrap();
    text.lines().skip(1).map(|line| line.split('\t').map(str::to_owned).collect()).collect()
}

fn read_raw(raw: &str, own_texts: &[&str]) -> Reading {
    let now = instant(DATE).unwrap();
    let known = Known {
        own_texts,
        own_subject: Some("Quick question"),
        own_addresses: &["ada@outreach.example"],
        now,
        received_at: now,
    };
    read(&Message::read(raw.replace('\n', "\r\n").as_bytes()), &known)
}

fn head(more: &str) -> String {
    format!(
        "From: Tom Ashby <tom@mill.example>\nTo: Ada Seller <ada@outreach.example>\nDate: {DATE}\nMessage-ID: <a@mill.example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n{more}"
    )
}

/// What was read, what should be, and the message, of each that differs.
struct Tally {
    all: usize,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, seen: &str, right: &str, what: &str) {
        self.all += 1;
        if seen != right {
            self.wrong.push(format!("{seen} should be {right}: {what}"));
        }
    }

    /// At least 98 of 100 are right.
    fn check(&self) {
        println!("{} of {} wrong\n{}", self.wrong.len(), self.all, self.wrong.join("\n"));
        assert!(
            self.wrong.len() * 100 <= self.all * 2,
            "{} of {} wrong\n{}",
            self.wrong.len(),
            self.all,
            self.wrong.join("\n")
        );
    }
}

/// Whether what was read would stop a sequence for good, suppress an address or give a credit back.
fn harms(reading: &Reading) -> bool {
    reading.recipients.iter().any(|found| found.verdict.blames_address() && reading.kind == Kind::Bounce)
        || matches!(reading.kind, Kind::LeftCompany | Kind::Complaint)
        || reading.label == Some(Label::Unsubscribe)
}

#[test]
fn what_servers_said_is_read_as_what_it_means() {
    let mut tally = Tally { all: 0, wrong: Vec::new() };
    for row in rows("reports.tsv") {
        let [right, status, said, by] = &row[..] else { panic!("{row:?}") };
        let (action, said) = match said.split_once(": ") {
            Some((action @ ("delayed" | "delivered" | "relayed"), said)) => (action, said),
            _ => ("failed", said.as_str()),
        };
        let raw = format!(
            "From: Mail Delivery System <MAILER-DAEMON@out.example>\nTo: ada@outreach.example\nDate: {DATE}\nSubject: Undelivered Mail Returned to Sender\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\n\nA message could not be delivered, or not yet.\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; out.example\n\nFinal-Recipient: rfc822; jo@acme.example\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {said}\n\n--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: <q7k2m.step1@outreach.example>\n--b--\n"
        );
        let reading = read_raw(&raw, &[]);
        assert_eq!(reading.originals, ["q7k2m.step1@outreach.example"]);
        let line = reading.summaries().remove(0);
        assert!(right == "hard_address" || !harms(&reading), "{by}: {said} is read as {}", line.verdict);
        assert_ne!(reading.kind, Kind::Human, "{by}: {said}");
        tally.add(line.verdict, right, &format!("{by}: {said}"));
    }
    tally.check();
}

/// The ways in which programs quote our mail: the program, and what it writes below the answer.
fn ways() -> Vec<(&'static str, String)> {
    let quoted: String = OWN.lines().map(|line| format!("> {line}\n")).collect();
    let indented: String = OWN.lines().map(|line| format!(" {line}  \n")).collect();
    let sender = "Ada Seller <ada@outreach.example>";
    vec![
        ("alone", String::new()),
        ("Gmail", format!("\n\nOn Sat, Nov 28, 2026 at 10:00 AM {sender} wrote:\n\n{quoted}")),
        (
            "Outlook",
            format!(
                "\n\nFrom: {sender}\nSent: Saturday, November 28, 2026 10:00 AM\nTo: Tom Ashby <tom@mill.example>\nSubject: Quick question\n\n{OWN}\n"
            ),
        ),
        (
            "Outlook in German",
            format!(
                "\n\n-----Ursprüngliche Nachricht-----\nVon: Ada Seller\nGesendet: Samstag, 28. November 2026 10:00\nAn: Tom\nBetreff: Quick question\n\n{OWN}\n"
            ),
        ),
        ("Apple Mail in French", format!("\n\n> Le 28 nov. 2026 à 10:00, {sender} a écrit :\n> \n{quoted}")),
        ("alone without a mark", format!("\n\n{OWN}\n")),
        (
            "Yahoo Mail",
            format!("\n\n    On Saturday, November 28, 2026 at 10:00:00 AM GMT, {sender} wrote:  \n \n{indented}  "),
        ),
        (
            "Notes",
            format!(
                "\n\n-----{sender} wrote: -----\nTo: tom@mill.example\nFrom: {sender}\nDate: 11/28/2026 10:00AM\nSubject: Quick question\n\n{OWN}\n"
            ),
        ),
        ("K-9 Mail in German", format!("\n\n\nAm 28. November 2026 10:00:00 MEZ schrieb {sender}:\n{quoted}")),
        (
            "GMX in German",
            format!(
                "\n \n\nGesendet: Samstag, 28. November 2026 um 10:00 Uhr\nVon: \"Ada Seller\" <ada@outreach.example>\nAn: tom@mill.example\nBetreff: Quick question\n\n{OWN}\n"
            ),
        ),
        (
            "Samsung Email",
            format!(
                "\n\n-------- Original message --------\nFrom: {sender} \nDate: 28/11/2026  10:00  (GMT+00:00) \nTo: tom@mill.example \nSubject: Quick question \n\n{OWN}\n"
            ),
        ),
        (
            "Zimbra",
            format!(
                "\n\n----- Original Message -----\nFrom: \"Ada Seller\" <ada@outreach.example>\nTo: \"Tom Ashby\" <tom@mill.example>\nSent: Saturday, November 28, 2026 10:00:00 AM\nSubject: Quick question\n\n{OWN}\n"
            ),
        ),
        ("Mutt", format!("\n\nOn Sat, Nov 28, 2026 at 10:00:00AM +0000, Ada Seller wrote:\n{quoted}")),
        ("Roundcube in German", format!("\n\nAm 2026-11-28 10:00, schrieb Ada Seller:\n{quoted}")),
        ("Gmail in Japanese", format!("\n\n2026年11月28日(土) 10:00 {sender}:\n\n{quoted}")),
    ]
}

/// Of the ways that no sample has, those in which one answer is read.
const OTHER_WAYS: usize = 4;

/// The ways in which the answer of this number is read: all that samples have, and some of the others in turn.
fn ways_of(number: usize, ways: &[(&'static str, String)], samples: &BTreeSet<String>) -> Vec<(&'static str, String)> {
    let (known, others): (Vec<_>, Vec<_>) = ways.iter().cloned().partition(|(way, _)| is_of(samples, way));
    let chosen: Vec<_> = (0..OTHER_WAYS).map(|more| others[(number + more) % others.len()].clone()).collect();
    known.into_iter().chain(chosen).collect()
}

/// The programs that messages of a folder are from, in small letters.
fn programs(folder: &str) -> BTreeSet<String> {
    let files = fs::read_dir(format!("{FOLDER}/../{folder}")).unwrap().map(|file| file.unwrap().file_name());
    files.map(|name| name.to_string_lossy().split(['-', '.']).next().unwrap().to_owned()).collect()
}

/// Whether messages of this program are among the samples, or no program is named.
fn is_of(samples: &BTreeSet<String>, program: &str) -> bool {
    let first = program.split([' ', '\'', ',']).next().unwrap();
    samples.contains(&first.to_lowercase()) || !first.starts_with(char::is_uppercase)
}

#[test]
fn answers_are_read_below_any_way_of_quoting() {
    let (ways, samples) = (ways(), programs("replies"));
    let mut tally = Tally { all: 0, wrong: Vec::new() };
    for (number, row) in rows("answers.tsv").into_iter().enumerate() {
        let [right, text] = &row[..] else { panic!("{row:?}") };
        let text = text.replace("\\n", "\n");
        for (way, quote) in ways_of(number, &ways, &samples) {
            let raw = format!(
                "{}Subject: Re: Quick question\nIn-Reply-To: <q7k2m.step1@outreach.example>\n\n{text}{quote}",
                head("")
            );
            let reading = read_raw(&raw, &[OWN]);
            assert_eq!(reading.new_text, text, "{way}");
            let label = reading.label.map_or("none", Label::name);
            assert!(
                right == "unsubscribe" || !harms(&reading),
                "{way}: {text} is read as {label} by {:?}",
                reading.rule
            );
            let seen = if reading.kind == Kind::Human { label } else { reading.kind.name() };
            tally.add(seen, right, &format!("{way}: {text} by {}", reading.rule.0));
        }
    }
    tally.check();
}

#[test]
fn there_are_enough_messages_and_a_third_is_in_the_manner_of_programs_without_samples() {
    let (reports, replies) = (programs("bounces"), programs("replies"));
    let ways = ways();
    let answers = rows("answers.tsv");
    let of_answers = (0..answers.len()).flat_map(|number| ways_of(number, &ways, &replies));
    let mut others = of_answers.filter(|(way, _)| !is_of(&replies, way)).count();
    let mut all = answers.len() * ways_of(0, &ways, &replies).len() + rows("notes.tsv").len();
    let shapes = fs::read_to_string(format!("{FOLDER}/shapes.txt")).unwrap();
    let titles: Vec<&str> =
        shapes.lines().filter_map(|line| line.strip_prefix("=== ")?.split_once(": ")).map(|(_, by)| by).collect();
    let by: Vec<String> = rows("reports.tsv").into_iter().map(|row| row[3].clone()).collect();
    for program in titles.into_iter().chain(by.iter().map(String::as_str)) {
        all += 1;
        others += usize::from(!is_of(&reports, program));
    }
    println!("{others} of {all} are in the manner of programs without samples");
    assert!(all - answers.len() * (ways_of(0, &ways, &replies).len() - 1) >= 300, "different words");
    assert!(others * 3 >= all, "{others} of {all}");
}

#[test]
fn machines_and_people_are_told_apart() {
    let mut tally = Tally { all: 0, wrong: Vec::new() };
    for row in rows("notes.tsv") {
        let [right, back, fields, text] = &row[..] else { panic!("{row:?}") };
        let raw = format!("{}{}\n\n{}", head(""), fields.replace('|', "\n"), text.replace("\\n", "\n"));
        let reading = read_raw(&raw, &[]);
        let line = reading.summaries().remove(0);
        assert!(right == "left_company" || !harms(&reading), "{text} is read as {}", line.verdict);
        // A machine that is taken for a person would end a sequence.
        assert!(right == "human" || reading.kind != Kind::Human, "{text} is read as a person's by {}", line.rule);
        let seen = format!("{} {}", line.verdict, line.return_date);
        tally.add(&seen, &format!("{right} {back}"), &format!("{text} by {}", line.rule));
    }
    tally.check();
}

#[test]
fn reports_of_other_programs_are_read_in_their_shapes() {
    let text = fs::read_to_string(format!("{FOLDER}/shapes.txt")).unwrap();
    let mut tally = Tally { all: 0, wrong: Vec::new() };
    for case in text.split("=== ").skip(1) {
        let (title, message) = case.split_once('\n').unwrap();
        let (right, by) = title.split_once(": ").unwrap();
        let reading = read_raw(&whole(message), &[]);
        let line = reading.summaries().remove(0);
        assert!(
            right == "hard_address" || right == "not_a_bounce" || !harms(&reading),
            "{by} is read as {}",
            line.verdict
        );
        assert!(right == "human" || reading.kind != Kind::Human, "{by} is read as a person's");
        if right == "hard_address" {
            assert!(
                reading
                    .recipients
                    .iter()
                    .any(|found| found.recipient() == Some("jo@acme.example") && found.verdict.blames_address()),
                "{by}: {reading:?}"
            );
        }
        if right == "not_a_bounce" {
            assert_eq!(reading.kind, Kind::Complaint, "{by}");
        }
        tally.add(line.verdict, right, &format!("{by}: {:?} by {}", reading.recipients, line.rule));
    }
    tally.check();
}

/// The message of a case: lines of `--- type` begin parts.
fn whole(case: &str) -> String {
    let first = case.split("\n--- ").next().unwrap();
    let is_part = |section: &&str| ["text/", "message/"].iter().any(|start| section.starts_with(start));
    let parts: Vec<&str> = case.split("\n--- ").skip(1).filter(is_part).collect();
    let sender = if first.contains("From: ") || first.contains("X-No-From") { "" } else { "From: x@y.example\n" };
    let date =
        format!("{sender}To: Ada Seller <ada@outreach.example>\nDate: {DATE}\nMessage-ID: <report@out.example>\n");
    if parts.is_empty() {
        return format!("{date}{case}");
    }
    let kind = if first.contains("Content-Type: ") {
        ""
    } else {
        "Content-Type: multipart/report; report-type=delivery-status; boundary=\"h1\"\n"
    };
    let parts: String = parts
        .iter()
        .map(|part| format!("--h1\nContent-Type: {}\n\n", part.replacen('\n', "\n\n", 1).trim_end()))
        .collect();
    format!("{date}{kind}{first}\n\n{parts}--h1--\n")
}

/// The first regression tests: what readers by keyword get wrong.
#[test]
fn words_of_ours_and_words_within_others_decide_nothing() {
    let answer = |text: &str| {
        read_raw(&format!("{}Subject: Re: Quick question\n\n{text}\n\n> {}", head(""), OWN.replace('\n', "\n> ")), &[])
    };
    assert_eq!(answer("We have one.").label, None, "the opt-out in our footer");
    assert_eq!(
        answer("I am not interested.").label,
        Some(Label::NotInterested),
        "“interested” within “not interested”"
    );
    let subject = read_raw(&format!("{}Subject: Re: get away from paper\n\nWe use paper.", head("")), &[]);
    assert_eq!(subject.kind, Kind::Human, "“away from” in any subject");
}

#[test]
fn every_kind_and_label_is_kept_under_a_name_of_its_own() {
    for (kind, label) in Kind::ALL.into_iter().zip(Label::ALL) {
        assert_eq!((Kind::parse(kind.name()), Label::parse(label.name())), (Some(kind), Some(label)));
    }
}
