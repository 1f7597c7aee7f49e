//! The link that proves a mailbox. It carries the address, encrypted, and the moment until which it works: nothing is kept of who asks.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use super::PAGE;
use crate::{
    email::Email,
    server::{clock::Instant, encryption::EncryptionKeys},
};

/// How long a link works.
const LIFETIME: Duration = Duration::from_secs(48 * 60 * 60);
/// What is encrypted for this page is worth nothing elsewhere.
const PLACE: &[u8] = b"link of an objection, version 1";

/// The path of a link to the person with this address.
pub fn path(keys: &EncryptionKeys, email: &Email, now: Instant) -> String {
    let until = now.plus(LIFETIME).micros().to_be_bytes();
    let encrypted = keys.encrypt(PLACE, &[&until[..], email.as_str().as_bytes()].concat());
    format!("{PAGE}/{}", BASE64_URL_SAFE_NO_PAD.encode(encrypted))
}

/// Whose link this is; `None` for one that is made up or too old.
pub fn owner(keys: &EncryptionKeys, token: &str, now: Instant) -> Option<Email> {
    let encrypted = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let text = keys.decrypt(PLACE, &encrypted).ok()?.text;
    let (until, address) = text.split_first_chunk::<8>()?;
    if Instant(i64::from_be_bytes(*until)) <= now {
        return None;
    }
    std::str::from_utf8(address).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_names_its_owner_for_two_days_and_no_one_else() {
        let (one, other) = (EncryptionKeys::derived(b"one", &[]), EncryptionKeys::derived(b"two", &[]));
        let (email, now): (Email, _) = ("uma@acme.example".parse().unwrap(), Instant(1_800_000_000_000_000));
        let path = path(&one, &email, now);
        let token = path.strip_prefix("/objections/").unwrap();
        assert!(!path.contains("uma"));
        assert_eq!(owner(&one, token, now), Some(email.clone()));
        let hours = |hours: u64| now.plus(Duration::from_secs(hours * 60 * 60));
        assert_eq!(owner(&one, token, hours(47)), Some(email));
        assert_eq!(owner(&one, token, hours(48)), None);
        assert_eq!(owner(&other, token, now), None);
        for wrong in ["", "x", "sent", &token[1..], &token[..token.len() - 1], &format!("{token}A"), "é"] {
            assert_eq!(owner(&one, wrong, now), None, "{wrong}");
        }
    }
}
