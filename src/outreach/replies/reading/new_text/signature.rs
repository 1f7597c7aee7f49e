//! What of a new text says something: not the signature, not what a program or a company puts below.

use super::tables::BELOW;

/// `new_text` without what is below it.
pub fn said(new_text: &str) -> &str {
    let mut at = 0;
    for line in new_text.split_inclusive('\n') {
        let small = line.trim().to_lowercase();
        let is_mark = matches!(line.trim_end_matches(['\n', '\r']), "--" | "-- " | "—") || small == "--";
        let is_below = BELOW.iter().any(|text| small.starts_with(text));
        if (is_mark || is_below) && new_text[..at].chars().any(char::is_alphanumeric) {
            return new_text[..at].trim_end();
        }
        at += line.len();
    }
    new_text
}
