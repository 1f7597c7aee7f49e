//! Signing mails (DKIM, RFC 6376) for mailboxes whose own mail server does not: RSA, which every receiver checks, and Ed25519
//! (RFC 8463). Canonicalisation is relaxed for header and body, and the whole body is signed.

mod canonical;
mod key;
mod sign;

#[cfg(test)]
mod judged_tests;
#[cfg(test)]
pub mod tests;

pub use key::{Algorithm, SigningKey};
pub use sign::Signer;
