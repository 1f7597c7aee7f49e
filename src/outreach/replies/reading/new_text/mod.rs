//! What the sender of a message wrote now: without what is quoted, and without our own words.

mod own;
mod quote;
mod signature;
mod tables;
#[cfg(test)]
mod tests;

pub use signature::said;

use super::Known;
use own::OwnWords;

/// Most lines that are looked at.
const LINES_MAX: usize = 3000;

/// `text` without what is quoted.
pub fn new_text(text: &str, known: &Known<'_>) -> String {
    let text = quote::without_ticket_frame(text);
    let lines: Vec<&str> = text.lines().map(end_trimmed).take(LINES_MAX).collect();
    let own = OwnWords::of(known.own_texts);
    let is_quoted = quote::marks(&lines, &own);
    let end = quote::end(&lines, &is_quoted);
    let above = kept(&lines[..end], &is_quoted[..end]);
    if !above.is_empty() || end == lines.len() {
        return above;
    }
    // Everything is below the mark: the answer comes after what it answers.
    let below = quote::after_head(&lines, end);
    kept(&lines[below..], &is_quoted[below..])
}

/// Without blanks at its end, except in the mark of a signature (RFC 3676 section 4.3).
fn end_trimmed(line: &str) -> &str {
    if line == "-- " { line } else { line.trim_end() }
}

/// Whether `text` quotes anything.
pub fn quotes(text: &str, known: &Known<'_>) -> bool {
    let lines: Vec<&str> = text.lines().map(end_trimmed).take(LINES_MAX).collect();
    let is_quoted = quote::marks(&lines, &OwnWords::of(known.own_texts));
    is_quoted.contains(&true) || quote::end(&lines, &is_quoted) < lines.len()
}

/// Whether a ticket system asks to reply above a line.
pub fn has_ticket_frame(text: &str) -> bool {
    quote::without_ticket_frame(text).len() < text.len()
}

/// The lines that are not quoted, with one empty line at most between two.
fn kept(lines: &[&str], is_quoted: &[bool]) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for (line, is_quoted) in lines.iter().zip(is_quoted) {
        if *is_quoted || (line.trim().is_empty() && kept.last().is_none_or(|last| last.is_empty())) {
            continue;
        }
        kept.push(if line.trim().is_empty() { "" } else { line });
    }
    kept.join("\n").trim().to_owned()
}
