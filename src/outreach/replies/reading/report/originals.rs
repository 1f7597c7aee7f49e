//! Which mail a report is about.

use crate::mail::message::{Fields, Message};

/// Most ids that are read in one report.
const ORIGINALS_MAX: usize = 5;

/// The Message-IDs, the surest first: that of the returned mail, what a notification names, what is in the text, what it answers.
pub fn of(message: &Message) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |id: String| {
        if !found.contains(&id) && found.len() < ORIGINALS_MAX {
            found.push(id);
        }
    };
    for part in &message.parts {
        match part.kind.as_str() {
            "message/rfc822"
            | "message/rfc822-headers"
            | "text/rfc822-headers"
            | "message/global"
            | "message/global-headers" => {
                Fields::read(part.text.trim_start()).ids("message-id").into_iter().for_each(&mut add);
            }
            "message/disposition-notification" | "message/delivery-status" | "message/feedback-report" => {
                for block in part.text.split("\n\n") {
                    Fields::read(block).ids("original-message-id").into_iter().for_each(&mut add);
                }
            }
            _ => (),
        }
    }
    in_text(&message.text).into_iter().for_each(&mut add);
    message.references.iter().cloned().for_each(&mut add);
    found
}

/// The ids after `Message-ID:` in prose: a plain report quotes the fields of the mail, folded or behind marks.
fn in_text(text: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(['>', ' ', '\t', '|']);
        let Some((name, value)) = line.split_once(':') else { continue };
        let name = name.to_ascii_lowercase();
        if !matches!(name.trim(), "message-id" | "original-message-id" | "original message-id" | "internet message id")
        {
            continue;
        }
        let next = lines.peek().copied().unwrap_or_default();
        let block = format!("message-id: {}{}\n", value.trim(), if value.trim().is_empty() { next.trim() } else { "" });
        ids.extend(Fields::read(&block).ids("message-id"));
    }
    ids
}
