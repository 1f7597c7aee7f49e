//! Composed mails for leads that are hard to write to, judged by Python's `email` package (`tests/judge_mails.py`).
//! `JUDGED_MAILS` names a folder that they are written to, for other judges (`make form`).

use std::{
    collections::BTreeMap,
    io::Write as _,
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use super::{
    closing::{Language, with_closing},
    message::{Message, message_id, reply_subject},
    seed::Seed,
    template::Template,
    values::{LeadFields, Values},
};
use crate::{accounts::WorkspaceId, outreach::ids::StepId, server::clock::Instant};

/// Sunday, 29 November 2026, 16:47:08 UTC.
const SECOND: i64 = 1_795_970_828;

/// First name and company of a lead; whatever lists bring.
const LEADS: [(&str, &str); 16] = [
    ("Mara", "Acorn"),
    ("Łukasz-Őrsi", "Müller & Söhne GmbH"),
    ("小林 さくら", "株式会社ドングリ"),
    ("Анастасия", "ООО «Жёлудь»"),
    ("محمد", "شركة البلوط"),
    ("דוד", "בלוט בע\"מ"),
    ("👩‍👩‍👧‍👦", "Acorn 🌰🌰🌰"),
    ("Zoë {{first_name}}", "{a|b} 100%"),
    ("O'Neil, \"Bob\" <x@y.example>", "A; B, C: D <acorn@acorn.example>"),
    ("=?utf-8?q?x?=", "=?UTF-8?B?QQ==?="),
    ("\\backslash\\", "(comment) [brackets] @home."),
    (".", "From "),
    ("n\u{303}e\u{301}", "Å\u{30a}corn\u{a0}Ltd\u{2009}."),
    ("𝕸𝖆𝖗𝖆", "ﬁnanciers"),
    (
        "Anne-Marie-Élisabeth-Françoise-Géraldine-Hélène-Irène-Joséphine-Köçek-Łucja-Małgorzata",
        "Donaudampfschifffahrtsgesellschaft",
    ),
    ("JOHN", "ACORN\tINC"),
];
const SENDERS: [&str; 8] = [
    "",
    "Jo Quill",
    "Jo Quill, Acme",
    "Žofie Čermáková",
    "\"Jo\"",
    "小林",
    "Jo (Acme) <jo>",
    "Jo 🌰 of the very long name that needs more than one line of a head to be written down in",
];
const SUBJECTS: [&str; 6] = [
    "About {{company}}",
    "{{first_name}}, {{company}}: {{first_name}} and {{company}} once more, because a subject may be longer than a line of a head is",
    "Größe 🌰 {{first_name}}",
    "{One|Another} question",
    "Re: Re: {{company}}",
    "日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名日本語の件名 {{first_name}}",
];

/// Bodies that a transfer may break.
fn bodies() -> [String; 5] {
    [
        "Hi {{first_name}},\n\nhow is {{company}}?\n\nJo".into(),
        ".\n..\n.hidden\nFrom here on\n>From there\n--\n-- \n\ttab\ntrailing space \n{{first_name}}".into(),
        format!("{{{{first_name}}}} {}", "word ".repeat(1_000)),
        format!("{} {{{{company}}}}", "x".repeat(5_000)),
        format!("{{{{first_name}}}} = {} =3D =\n==\n%41 &amp; \u{ad}\u{200b}\u{feff}", "я".repeat(700)),
    ]
}

/// The mail to the lead of this number, with what a reader has to find in it. `None`: no mail may be made of it.
fn mail(number: usize) -> Option<Value> {
    let (first_name, company) = LEADS[number % LEADS.len()];
    let lead = LeadFields { first_name: first_name.into(), company: company.into(), ..LeadFields::default() };
    let sender = SENDERS[(number / 3) % SENDERS.len()];
    let values = Values::of(&lead, &BTreeMap::new(), sender);
    let template = Template::parse(SUBJECTS[(number / LEADS.len()) % SUBJECTS.len()], &bodies()[number % 5]).unwrap();
    let seed = Seed::of(WorkspaceId(uuid::Uuid::nil()), StepId(uuid::Uuid::nil()), &number.to_be_bytes());
    let rendered = template.render(&values, &seed).ok()?;
    let ids: Vec<String> =
        (0..number % 24).map(|at| message_id([u8::try_from(at).unwrap(); 16], "acme.example")).collect();
    let subject = if ids.is_empty() { rendered.subject } else { reply_subject(&rendered.subject) };
    let link = format!("https://mail.acme.example/u/{}", "token".repeat(1 + number % 30));
    let languages = [Language::En, Language::De, Language::Fr, Language::Es];
    let line = languages[number % 4].unsubscribe_line(&link);
    let message = Message {
        date: Instant((SECOND + number as i64) * 1_000_000),
        from: (sender.into(), "jo@acme.example".into()),
        reply_to: None,
        to: format!("p{number}+a.b@bücher.example"),
        subject,
        message_id: message_id([u8::try_from(number % 256).unwrap(); 16], "acme.example"),
        in_reply_to: ids.last().cloned(),
        references: ids.clone(),
        unsubscribe_url: Some(link.clone()),
        body: with_closing(&rendered.body, "Žofie\n-- \nAcme", &line, "1 Main Street\nSpringfield"),
    };
    let bytes = message.compose().unwrap();
    // The first id and the newest ones.
    let kept: Vec<&String> = ids.iter().take(1).chain(ids.iter().skip(1.max(ids.len().saturating_sub(19)))).collect();
    Some(json!({
        "message": String::from_utf8(bytes).unwrap(),
        "name": sender.trim(),
        "from": "jo@acme.example",
        "to": format!("p{number}+a.b@xn--bcher-kva.example"),
        "subject": message.subject.trim(),
        "message_id": message.message_id,
        "in_reply_to": ids.last().cloned().unwrap_or_default(),
        "references": kept,
        "unsubscribe": link,
        "text": format!("{}\n", message.body.trim_end()),
        "date": SECOND + number as i64,
    }))
}

#[test]
fn python_reads_every_mail_as_it_was_meant() {
    let mails: Vec<Value> = (0..288).filter_map(mail).collect();
    assert!(mails.len() > 240, "{} mails", mails.len());
    if let Some(folder) = std::env::var_os("JUDGED_MAILS") {
        for (number, mail) in mails.iter().enumerate() {
            let file = std::path::Path::new(&folder).join(format!("{number}.eml"));
            std::fs::write(file, mail["message"].as_str().unwrap()).unwrap();
        }
    }
    let script = format!("{}/tests/judge_mails.py", env!("CARGO_MANIFEST_DIR"));
    let mut python = Command::new("python3")
        .args(["-X", "utf8", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is installed for the tests");
    python.stdin.take().unwrap().write_all(serde_json::to_string(&mails).unwrap().as_bytes()).unwrap();
    let judged = python.wait_with_output().unwrap();
    assert!(judged.status.success(), "{}", String::from_utf8_lossy(&judged.stdout));
}
