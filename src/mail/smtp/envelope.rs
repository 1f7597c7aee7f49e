//! The envelope: MAIL, RCPT and DATA (RFC 5321 section 3.3), in one round trip where the server takes it (RFC 2920).

use super::{
    Cause, Fault, Stage,
    session::{Session, State, positive},
};
use crate::mail::words;

/// The server waits for the message.
const START: u16 = 354;
/// The server has closed the conversation (RFC 5321 section 3.8).
const CLOSING: u16 = 421;

impl Session {
    /// Begins a message of `bytes` from one address to one other, up to the point where the server waits for it.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Sender`], [`Stage::Recipient`] or [`Stage::Data`]: nothing was taken, and all may be repeated.
    /// [`Session::is_open`] says whether in this session.
    pub async fn envelope(&mut self, from: &str, to: &str, bytes: usize) -> Result<(), Fault> {
        let sender = self.sender(from, to, bytes).map_err(|cause| Stage::Sender.fault(cause))?;
        let recipient = path("RCPT TO", to).map_err(|cause| Stage::Recipient.fault(cause))?;
        self.mails += 1;
        let bare = path("MAIL FROM", from).map_err(|cause| Stage::Sender.fault(cause))?;
        match self.begin([&sender, &recipient, "DATA"]).await {
            // Some servers offer what they then do not understand.
            Err(fault) if sender != bare && is_about_parameters(&fault) && self.is_open() => {
                self.begin([&bare, &recipient, "DATA"]).await
            }
            outcome => outcome,
        }
    }

    /// Asks whether `from` may write to `to`, and withdraws the question. Many servers judge the sender only when they know the
    /// recipient.
    ///
    /// # Errors
    /// [`Fault`] at [`Stage::Sender`] or [`Stage::Recipient`].
    pub async fn check_sender(&mut self, from: &str, to: &str) -> Result<(), Fault> {
        let sender = path("MAIL FROM", from).map_err(|cause| Stage::Sender.fault(cause))?;
        let recipient = path("RCPT TO", to).map_err(|cause| Stage::Recipient.fault(cause))?;
        self.forget().await?;
        self.state = State::Over;
        self.agrees(Stage::Sender, &sender).await?;
        self.agrees(Stage::Recipient, &recipient).await?;
        self.state = State::Begun;
        self.forget().await
    }

    async fn agrees(&mut self, stage: Stage, command: &str) -> Result<(), Fault> {
        self.command(command).await.map(drop).map_err(|cause| {
            self.state = left_by(stage, &cause);
            stage.fault(cause)
        })
    }

    /// MAIL with what the server wants to know about the message.
    fn sender(&self, from: &str, to: &str, bytes: usize) -> Result<String, Cause> {
        let mut command = path("MAIL FROM", from)?;
        if let Some(max) = self.offers.size_max.filter(|max| u64::try_from(bytes).is_ok_and(|bytes| bytes > *max)) {
            return Err(Cause::TooLarge(max));
        }
        if self.offers.size {
            command = format!("{command} SIZE={bytes}");
        }
        if !(from.is_ascii() && to.is_ascii()) {
            if !self.offers.smtp_utf8 {
                return Err(Cause::NoInternational);
            }
            command = format!("{command} BODY=8BITMIME SMTPUTF8");
        }
        Ok(command)
    }

    async fn begin(&mut self, commands: [&str; 3]) -> Result<(), Fault> {
        let stages = [Stage::Sender, Stage::Recipient, Stage::Data];
        self.forget().await?;
        // Until the replies say otherwise.
        self.state = State::Over;
        if self.offers.pipelining {
            self.say(&commands, Stage::Sender).await?;
        }
        let (mut fault, mut left): (Option<Fault>, State) = (None, State::Data);
        for (stage, command) in stages.into_iter().zip(commands) {
            if !self.offers.pipelining {
                self.say(&[command], stage).await?;
            }
            match self.heard(stage).await {
                // It wants the message of a refused recipient, and gets nothing more: without the dot, it takes nothing.
                Ok(()) if stage == Stage::Data && fault.is_some() => left = State::Over,
                Ok(()) => (),
                Err(cause) => {
                    let first = fault.as_ref().map_or(stage, |fault| fault.stage);
                    left = left_by(first, &cause);
                    // The first refusal is the cause of those behind it, and of a server that then closes the connection.
                    fault = Some(fault.unwrap_or_else(|| stage.fault(cause)));
                    if left == State::Over || !self.offers.pipelining {
                        break;
                    }
                }
            }
        }
        if let Err(cause) = self.wire.expect_silence() {
            return Err(fault.unwrap_or_else(|| Stage::Data.fault(cause)));
        }
        self.state = left;
        fault.map_or(Ok(()), Err)
    }

    /// Makes the server forget a message that was begun. If it does not, the next one is not to blame.
    async fn forget(&mut self) -> Result<(), Fault> {
        let is_begun = match self.state {
            State::Ready => return Ok(()),
            State::Begun => true,
            // Once it waits for a message, only that can be said.
            State::Data | State::Over => false,
        };
        self.state = State::Over;
        self.resets += 1;
        let reset = if is_begun { self.command("RSET").await } else { Err(Cause::Closed) };
        let reset = reset.map_err(|cause| match cause {
            Cause::Refused(reply) => Cause::Unreadable(reply.to_string()),
            other => other,
        });
        reset.map_err(|cause| Stage::Sender.fault(cause))?;
        self.state = State::Ready;
        Ok(())
    }

    async fn say(&mut self, commands: &[&str], stage: Stage) -> Result<(), Fault> {
        let lines = commands.iter().map(|command| words::line(command)).collect::<Result<String, String>>();
        let said = match lines {
            Ok(lines) => self.wire.say(&lines, self.times.command).await,
            Err(command) => Err(Cause::Unspeakable(command)),
        };
        said.map_err(|cause| stage.fault(cause))
    }

    /// Whether the server agrees to one of the commands.
    async fn heard(&mut self, stage: Stage) -> Result<(), Cause> {
        let limit = if stage == Stage::Data { self.times.data } else { self.times.command };
        let reply = self.wire.reply(limit).await?;
        match (stage, reply.code) {
            (Stage::Data, START) => Ok(()),
            // The server has not understood the question, nor we the answer.
            (Stage::Data, 200..=299) => Err(Cause::Unreadable(reply.to_string())),
            _ => positive(reply).map(drop),
        }
    }
}

/// Where a session is after a command came to nothing: only a refusal by a server that stays leaves it open.
pub(super) fn left_by(stage: Stage, cause: &Cause) -> State {
    match cause {
        Cause::Refused(reply) if reply.code == CLOSING => State::Over,
        // Before the sender is taken and after the message, there is nothing to forget.
        Cause::Refused(_) if matches!(stage, Stage::Sender | Stage::Body) => State::Ready,
        Cause::Refused(_) => State::Begun,
        _ => State::Over,
    }
}

/// `MAIL FROM:<uma@example.com>`.
fn path(command: &str, address: &str) -> Result<String, Cause> {
    if address.contains(['<', '>', ' ']) || address.chars().any(char::is_control) {
        return Err(Cause::Unspeakable(address.escape_debug().to_string()));
    }
    Ok(format!("{command}:<{address}>"))
}

/// Whether MAIL was refused for what follows the address: not recognised, or not implemented (RFC 5321 section 4.1.1.11).
fn is_about_parameters(fault: &Fault) -> bool {
    fault.stage == Stage::Sender && fault.reply().is_some_and(|reply| matches!(reply.code, 501 | 504 | 555))
}
