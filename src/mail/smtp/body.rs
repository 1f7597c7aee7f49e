//! The message and its final dot (RFC 5321 sections 4.1.1.4 and 4.5.2).

use super::{
    Cause, Fault, Reply, Stage,
    envelope::left_by,
    session::{Session, State, positive},
};

impl Session {
    /// Sends the message that [`Session::envelope`] announced, and returns the words with which the server took it.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Body`]: refused with a reply, or [unknown](Fault::is_unknown): it must not be sent again then. At an
    /// earlier stage, nothing was sent.
    pub async fn body(&mut self, message: &[u8]) -> Result<Reply, Fault> {
        if self.state != State::Data {
            return Err(Stage::Data.fault(Cause::Unreadable("no 354".into())));
        }
        // Until a reply says otherwise.
        self.state = State::Over;
        let sent = self.wire.write(&stuffed(message), self.times.block).await;
        let limit = if sent.is_ok() { self.times.dot } else { self.times.quit };
        match (sent, self.wire.reply(limit).await) {
            (Ok(()), Ok(reply)) => {
                let outcome = positive(reply);
                self.state = outcome.as_ref().err().map_or(State::Ready, |cause| left_by(Stage::Body, cause));
                outcome.map_err(|cause| Stage::Body.fault(cause))
            }
            // A no to the part that it got is one to all; a yes is not.
            (Err(_), Ok(reply)) if reply.is_refusal() => Err(Stage::Body.fault(Cause::Refused(reply))),
            (Err(cause), _) | (Ok(()), Err(cause)) => Err(Stage::Body.fault(cause)),
        }
    }
}

/// A message as it travels: every line ends with CRLF and nothing else ends one, a dot at the beginning of a line is doubled, and
/// the last line is a dot alone.
pub(super) fn stuffed(message: &[u8]) -> Vec<u8> {
    let mut wire = Vec::with_capacity(message.len() + message.len() / 50 + 5);
    let mut is_start = true;
    let mut bytes = message.iter().copied().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\r' | b'\n' => {
                // A bare one would be an end of a line for some servers and none for others, and what follows it a message of
                // its own for some (SMTP smuggling).
                if byte == b'\r' {
                    bytes.next_if_eq(&b'\n');
                }
                wire.extend_from_slice(b"\r\n");
                is_start = true;
            }
            _ => {
                if is_start && byte == b'.' {
                    wire.push(b'.');
                }
                wire.push(byte);
                is_start = false;
            }
        }
    }
    wire.extend_from_slice(if is_start { b".\r\n" } else { b"\r\n.\r\n" });
    wire
}
