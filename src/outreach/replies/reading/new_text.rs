//! What the sender of a message wrote now.

use super::Known;

/// `text` without what is quoted.
pub fn new_text(text: &str, _known: &Known<'_>) -> String {
    let own = text.lines().filter(|line| !line.starts_with('>'));
    own.collect::<Vec<_>>().join("\n").trim().to_owned()
}
