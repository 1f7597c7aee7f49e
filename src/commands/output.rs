//! What commands print. Readers may stop at any time (`| head`); the command then ends without a message, as other
//! programs do.

use std::{
    fmt::Display,
    io::{ErrorKind, Write},
};

/// The reader of standard output is gone.
#[derive(Debug, thiserror::Error)]
#[error("nothing reads standard output any more")]
pub struct Unread;

/// Prints a line to standard output.
///
/// # Errors
/// [`Unread`] when its reader is gone; whatever else keeps the line from being written, such as a full disk.
pub fn print(line: impl Display) -> anyhow::Result<()> {
    match writeln!(std::io::stdout(), "{line}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unread.into()),
        written => Ok(written?),
    }
}

/// Prints a line to standard error. What it says is not the command's result, so losing it changes nothing.
pub fn remark(line: impl Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// Prints to standard error without ending the line, so that the next text can replace it.
pub fn progress(text: impl Display) {
    let mut terminal = std::io::stderr();
    let _ = write!(terminal, "{text}").and_then(|()| terminal.flush());
}
