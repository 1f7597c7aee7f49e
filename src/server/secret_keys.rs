//! The keys that the ledger and its rows are signed with. They are derived from the secret key of the instance, so a copy of
//! the database does not hold them; each signature names its key, so that a new secret key changes no row.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::hexadecimal::hexadecimal;

/// Bytes of a key's digest that name it.
const NAME_BYTES: usize = 4;

/// One key.
#[derive(Debug, Clone)]
pub struct Key {
    id: String,
    begun: Hmac<Sha256>,
}

/// The key that signs, and the earlier ones that can still be checked.
#[derive(Debug, Clone)]
pub struct Keys {
    current: Key,
    old: Vec<Key>,
}

impl Key {
    fn derived(secret: &[u8]) -> Self {
        let derived = begin(secret).chain_update(b"fairlead: the proof of the ledger").finalize().into_bytes();
        let begun = begin(&derived);
        let digest = begun.clone().chain_update(b"name").finalize().into_bytes();
        Self { id: hexadecimal(&digest[..NAME_BYTES]), begun }
    }

    /// What signatures call it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// HMAC-SHA256 over what the signature is for and its parts, each with its length before it.
    pub fn sign(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.begun.clone();
        for part in std::iter::once(&purpose.as_bytes()).chain(parts) {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

/// HMAC takes keys of any length.
fn begin(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

impl Keys {
    /// The keys derived from these secrets.
    pub fn derived(current: &[u8], old: &[Vec<u8>]) -> Self {
        Self { current: Key::derived(current), old: old.iter().map(|secret| Key::derived(secret)).collect() }
    }

    /// The key that signs now.
    pub fn current(&self) -> &Key {
        &self.current
    }

    /// The key with this name; nothing when its secret is not configured any more.
    pub fn named(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.current).chain(&self.old).find(|key| key.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_moved_into_each_other() {
        let keys = Keys::derived(b"one", &[b"two".to_vec()]);
        let key = keys.current();
        assert_ne!(key.sign("row", &[b"ab", b"c"]), key.sign("row", &[b"a", b"bc"]));
        assert_ne!(key.sign("row", &[b"a"]), key.sign("total", &[b"a"]));
        assert_ne!(key.sign("row", &[b"a"]), Keys::derived(b"two", &[]).current().sign("row", &[b"a"]));
        let old = Keys::derived(b"two", &[]);
        assert!(keys.named(old.current().id()).is_some(), "an earlier key is known");
        assert!(old.named(key.id()).is_none());
    }
}
