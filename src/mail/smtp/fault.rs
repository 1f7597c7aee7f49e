//! What went wrong in a conversation, and how far it had come.

use std::fmt;

use super::reply::Reply;
use crate::server::connect::ConnectFault;

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Connect,
    Tls,
    Greeting,
    Hello,
    SignIn,
    Sender,
    Recipient,
    Data,
    /// From the first byte of the message on: without a reply, what became of it is unknown.
    Body,
}

/// Why a conversation came no further.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The words of the server: a reply with 4xx or 5xx.
    #[error("{0}")]
    Refused(Reply),
    #[error(transparent)]
    Connect(#[from] ConnectFault),
    /// What is wrong with its certificate, or with its TLS.
    #[error("{0}")]
    Tls(String),
    #[error("the server does not offer TLS")]
    NoTls,
    /// None of the ways to sign in that it offers, which are listed, is one of ours.
    #[error("the server does not offer a way to sign in that fits (it offers: {0})")]
    NoMechanism(String),
    /// The most bytes that the server takes.
    #[error("the server takes messages of {0} bytes at most")]
    TooLarge(u64),
    #[error("the server does not take addresses with letters beyond ASCII")]
    NoInternational,
    /// It would be read as something else than it is.
    #[error("“{0}” cannot be said to a mail server")]
    Unspeakable(String),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server did not answer in time")]
    Slow,
    /// What came is no reply, or none to what was asked.
    #[error("the answer of the server does not fit: {0}")]
    Unreadable(String),
}

/// A conversation that came no further.
#[derive(Debug, thiserror::Error)]
#[error("{stage}: {cause}")]
pub struct Fault {
    pub stage: Stage,
    pub cause: Cause,
}

impl Stage {
    /// Ends the conversation here.
    pub(super) fn fault(self, cause: impl Into<Cause>) -> Fault {
        Fault { stage: self, cause: cause.into() }
    }
}

impl Fault {
    /// What the server said, if it refused.
    pub fn reply(&self) -> Option<&Reply> {
        match &self.cause {
            Cause::Refused(reply) => Some(reply),
            _ => None,
        }
    }

    /// Whether the message may have been taken all the same: it was on its way, and no reply came.
    pub fn is_unknown(&self) -> bool {
        self.stage == Stage::Body && self.reply().is_none()
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Tls => "TLS",
            Self::Greeting => "greeting",
            Self::Hello => "EHLO",
            Self::SignIn => "sign-in",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Data => "DATA",
            Self::Body => "message",
        })
    }
}
