//! What a check found: a code with what its sentence names. `words` are the server's own.

use serde::{Deserialize, Serialize};

use crate::{
    mail::{
        domain::{self, Part},
        imap, smtp,
    },
    server::connect::ConnectFault,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Finding {
    NoAddress {
        host: String,
    },
    PrivateNetwork {
        host: String,
    },
    NoAnswer {
        host: String,
        port: u16,
    },
    BadTls {
        words: String,
    },
    NoTls {
        host: String,
    },
    /// The server refused before it was asked for anything.
    Refused {
        words: String,
    },
    Closed,
    Slow,
    Unreadable {
        words: String,
    },
    /// What the server offers.
    Offers {
        size_max: Option<u64>,
        mechanisms: Vec<String>,
    },

    NoPassword,
    NoPermission,
    /// The provider gave no token, in a sentence.
    NoToken {
        words: String,
    },
    SignInRefused {
        words: String,
    },
    SignInSwitchedOff {
        words: String,
    },
    SignInBusy {
        words: String,
    },
    NoMechanism {
        offered: String,
    },

    MayNotSend {
        address: String,
        words: String,
    },
    RecipientRefused {
        address: String,
        words: String,
    },
    /// Another mailbox of the instance sends from the address.
    AddressTaken,

    /// No server to read from was given.
    NoImap,
    Folders {
        count: usize,
        junk: Option<String>,
    },

    MailRefused {
        words: String,
    },
    /// The test mail is under way.
    OnItsWay,
    NeverArrived {
        minutes: u64,
    },
    /// It is not waited for any longer.
    NotYetArrived {
        seconds: u64,
    },
    Arrived {
        seconds: u64,
    },
    ArrivedInJunk {
        folder: String,
    },

    Signed {
        domain: String,
    },
    NotSigned,
    SignedByOther {
        domain: String,
        own: String,
    },
    NotCovered {
        fields: Vec<String>,
    },
    SignatureFails {
        domain: String,
    },
    MessageIdReplaced,

    /// The instance asks no name server.
    DnsOff,
    /// No name server could say, about these kinds of records.
    RecordsUnknown {
        parts: Vec<Part>,
    },
    Record {
        finding: domain::Finding,
    },
}

impl Finding {
    /// What a fault of the connection to a host means.
    fn of_connection(fault: &ConnectFault, host: &str, port: u16) -> Self {
        let host = host.to_owned();
        match fault {
            ConnectFault::Unknown(_) => Self::NoAddress { host },
            ConnectFault::NotPublic(_) => Self::PrivateNetwork { host },
            ConnectFault::Slow | ConnectFault::Io(_) => Self::NoAnswer { host, port },
        }
    }

    /// What a fault in a conversation over SMTP means, apart from refusals.
    pub fn of_smtp(cause: &smtp::Cause, host: &str, port: u16) -> Self {
        use smtp::Cause;
        match cause {
            Cause::Refused(reply) => Self::Refused { words: reply.to_string() },
            Cause::Connect(fault) => Self::of_connection(fault, host, port),
            Cause::Tls(words) => Self::BadTls { words: words.clone() },
            Cause::NoTls => Self::NoTls { host: host.to_owned() },
            Cause::NoMechanism(offered) => Self::NoMechanism { offered: offered.clone() },
            Cause::Closed => Self::Closed,
            Cause::Slow => Self::Slow,
            Cause::TooLarge(_) | Cause::NoInternational | Cause::Unspeakable(_) => {
                Self::MailRefused { words: cause.to_string() }
            }
            Cause::Unreadable(words) => Self::Unreadable { words: words.clone() },
        }
    }

    /// What a fault in a conversation over IMAP means.
    pub fn of_imap(fault: &imap::Fault, host: &str, port: u16) -> Self {
        use imap::{Cause, Stage};
        match &fault.cause {
            Cause::Refused(refusal) => {
                let words = refusal.to_string().trim_end_matches('.').to_owned();
                let is_busy = matches!(refusal.code.as_deref(), Some("UNAVAILABLE" | "LIMIT" | "INUSE"));
                match fault.stage {
                    Stage::SignIn if is_busy => Self::SignInBusy { words },
                    Stage::SignIn => Self::SignInRefused { words },
                    _ => Self::Refused { words },
                }
            }
            Cause::Connect(fault) => Self::of_connection(fault, host, port),
            Cause::Tls(words) => Self::BadTls { words: words.clone() },
            Cause::NoTls => Self::NoTls { host: host.to_owned() },
            Cause::NoMechanism(offered) => Self::NoMechanism { offered: offered.clone() },
            Cause::Closed => Self::Closed,
            Cause::Slow => Self::Slow,
            Cause::TooMuch | Cause::Unspeakable(_) => Self::Unreadable { words: fault.cause.to_string() },
            Cause::Unreadable(words) => Self::Unreadable { words: words.clone() },
        }
    }
}
