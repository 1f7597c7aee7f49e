//! Protocols of mail: how a server is reached, signed in to and spoken with. Knows no noun.

pub mod dkim;
pub mod domain;
pub mod gate;
pub mod imap;
pub mod message;
pub mod server;
pub mod sign_in;
pub mod smtp;
pub mod tls;
mod words;
