//! What the log calls a person: no name or address may survive there.

use crate::{email::Email, server::hexadecimal::hexadecimal, suppression::SuppressionKeys};

/// Bytes of a person's key in the log: enough to tell whether two lines are about one person.
const MARK_BYTES: usize = 6;

/// A person in the log.
pub(super) fn mark(keys: &SuppressionKeys, email: &Email) -> String {
    format!("Person {}", hexadecimal(&keys.canonical(email).0[..MARK_BYTES]))
}
