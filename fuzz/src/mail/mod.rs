//! The product's readers, as they are in `src/mail/`.
#![allow(dead_code, unused_imports, reason = "what is around the readers uses the rest")]

pub mod domain;
pub mod imap;
#[path = "../../../src/mail/message/mod.rs"]
pub mod message;
pub mod smtp;
#[path = "../../../src/mail/words.rs"]
pub mod words;

/// What the faults of a conversation hold.
pub mod tls {
    #[derive(Debug)]
    pub enum TlsFault {
        Unsafe(String),
        Closed,
    }
}
