//! What is said to a server, and the words of a server that are kept.

/// Most of a server's words that is kept.
const CHARACTERS_MAX: usize = 300;

/// A command as a line.
///
/// # Errors
/// The command with its control characters made visible: with one it could be read as two.
pub fn line(command: &str) -> Result<String, String> {
    if command.chars().any(char::is_control) {
        return Err(command.escape_debug().to_string());
    }
    Ok(format!("{command}\r\n"))
}

/// A server's words on one line, as they are kept. Secrets are taken out before, so that no part of one is left at the end.
pub fn kept(words: &str) -> String {
    words.chars().map(|c| if c.is_control() { ' ' } else { c }).take(CHARACTERS_MAX).collect()
}
