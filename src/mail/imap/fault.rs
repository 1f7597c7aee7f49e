//! What went wrong in a conversation, and how far it had come.

use std::{fmt, io};

use crate::{
    mail::{tls::TlsFault, words},
    server::connect::ConnectFault,
};

/// How far a conversation has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    Connect,
    Tls,
    Greeting,
    SignIn,
    /// Looking at folders and messages.
    Reading,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RefusalKind {
    No,
    Bad,
    Bye,
}

/// A server's NO, BAD or BYE.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub(super) kind: RefusalKind,
    /// Such as `AUTHENTICATIONFAILED` or `UNAVAILABLE` (RFC 5530), in capitals.
    pub code: Option<String>,
    /// At most 300 characters on one line, without control characters.
    pub words: String,
}

impl Refusal {
    pub(super) fn new(kind: RefusalKind, code: Option<String>, text: &str) -> Self {
        let code = code.map(|code| words::kept(code.split(' ').next().unwrap_or_default()).to_ascii_uppercase());
        Self { kind, code, words: words::kept(text) }
    }

    /// Whether the server ended the conversation with it.
    pub fn is_goodbye(&self) -> bool {
        self.kind == RefusalKind::Bye
    }
}

/// A NO with these words.
#[cfg(test)]
pub fn refusal(code: Option<&str>, text: &str) -> Refusal {
    Refusal::new(RefusalKind::No, code.map(str::to_owned), text)
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            RefusalKind::No => "NO",
            RefusalKind::Bad => "BAD",
            RefusalKind::Bye => "BYE",
        })?;
        if let Some(code) = &self.code {
            write!(f, " [{code}]")?;
        }
        if self.words.is_empty() { Ok(()) } else { write!(f, " {}", self.words) }
    }
}

/// Why a conversation came no further.
#[derive(Debug, thiserror::Error)]
pub enum Cause {
    /// The words of the server.
    #[error("{0}")]
    Refused(Refusal),
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
    /// It would be read as something else than it is.
    #[error("“{0}” cannot be said to a mail server")]
    Unspeakable(String),
    #[error("the server closed the connection")]
    Closed,
    #[error("the server did not answer in time")]
    Slow,
    /// More than a command may bring.
    #[error("the server sent more than was asked for")]
    TooMuch,
    /// What came is no answer to what was asked.
    #[error("the server answered with something unexpected: {0}")]
    Unreadable(String),
}

impl From<io::Error> for Cause {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl From<TlsFault> for Cause {
    fn from(fault: TlsFault) -> Self {
        match fault {
            TlsFault::Unsafe(words) => Self::Tls(words),
            TlsFault::Closed => Self::Closed,
        }
    }
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

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connect => "connecting",
            Self::Tls => "TLS",
            Self::Greeting => "greeting",
            Self::SignIn => "sign-in",
            Self::Reading => "reading",
        })
    }
}
