//! Encryption of what the database keeps and must be able to read again, such as keys: a copy of the database opens nothing
//! without the secret key of the instance.
//!
//! The cipher is XChaCha20-Poly1305 with a random nonce. Each text names the key that it was encrypted with, so that it stays
//! readable under a new secret key while the old one is configured.

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::hexadecimal::hexadecimal;

const KEY_NAME_BYTES: usize = 4;
const NONCE_BYTES: usize = 24;

/// The key that encrypts, and the earlier ones that still decrypt.
pub struct EncryptionKeys {
    current: EncryptionKey,
    old: Vec<EncryptionKey>,
}

struct EncryptionKey {
    name: [u8; KEY_NAME_BYTES],
    cipher: XChaCha20Poly1305,
}

/// What was encrypted.
#[derive(Debug, PartialEq, Eq)]
pub struct Decrypted {
    pub text: Vec<u8>,
    /// Whether the current key encrypted it; if not, encrypt it again.
    pub by_current_key: bool,
}

/// Why something cannot be decrypted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecryptError {
    #[error("it is encrypted with the key {0}, which is not configured")]
    UnknownKey(String),
    #[error("it was changed, or belongs somewhere else")]
    Damaged,
}

impl EncryptionKey {
    fn derived(secret: &[u8]) -> Self {
        let derived = |purpose: &[u8]| -> [u8; 32] {
            let mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
            mac.chain_update(purpose).finalize().into_bytes().into()
        };
        let mut name = [0; KEY_NAME_BYTES];
        name.copy_from_slice(&derived(b"fairlead: the name of the encryption key")[..KEY_NAME_BYTES]);
        let cipher = XChaCha20Poly1305::new(&derived(b"fairlead: the encryption key").into());
        Self { name, cipher }
    }
}

impl EncryptionKeys {
    /// The keys derived from these secrets.
    pub fn derived(current: &[u8], old: &[Vec<u8>]) -> Self {
        let old = old.iter().map(|secret| EncryptionKey::derived(secret)).collect();
        Self { current: EncryptionKey::derived(current), old }
    }

    /// Encrypts `text` for one `place`, such as a table and the key of a row: moved to another one, it cannot be decrypted.
    pub fn encrypt(&self, place: &[u8], text: &[u8]) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: text, aad: place };
        let encrypted = self.current.cipher.encrypt(&XNonce::from(nonce), payload);
        let encrypted = encrypted.expect("only texts of 256 GB and more are too long");
        [&self.current.name[..], &nonce, &encrypted].concat()
    }

    /// Decrypts what [`encrypt`](Self::encrypt) made for the same `place`.
    ///
    /// # Errors
    /// When the key is not configured, and when it is not what was made for this place.
    pub fn decrypt(&self, place: &[u8], encrypted: &[u8]) -> Result<Decrypted, DecryptError> {
        let (name, rest) = encrypted.split_first_chunk::<KEY_NAME_BYTES>().ok_or(DecryptError::Damaged)?;
        let (nonce, text) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(DecryptError::Damaged)?;
        let mut keys = std::iter::once(&self.current).chain(&self.old);
        let key = keys.find(|key| key.name == *name).ok_or_else(|| DecryptError::UnknownKey(hexadecimal(name)))?;
        let payload = Payload { msg: text, aad: place };
        let text = key.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| DecryptError::Damaged)?;
        Ok(Decrypted { text, by_current_key: key.name == self.current.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_read_only_where_it_belongs_and_as_it_was_written() {
        let keys = EncryptionKeys::derived(b"one", &[]);
        let encrypted = keys.encrypt(b"row 1", b"secret");
        assert_eq!(keys.decrypt(b"row 1", &encrypted).unwrap().text, b"secret");
        assert_eq!(keys.decrypt(b"row 2", &encrypted), Err(DecryptError::Damaged));
        for at in KEY_NAME_BYTES..encrypted.len() {
            let mut changed = encrypted.clone();
            changed[at] ^= 1;
            assert_eq!(keys.decrypt(b"row 1", &changed), Err(DecryptError::Damaged), "byte {at}");
            assert!(keys.decrypt(b"row 1", &encrypted[..at]).is_err(), "the first {at} bytes");
        }
        assert_ne!(encrypted, keys.encrypt(b"row 1", b"secret"), "equal texts look different");
    }

    #[test]
    fn a_new_secret_reads_what_an_earlier_one_encrypted() {
        let old = EncryptionKeys::derived(b"one", &[]);
        let encrypted = old.encrypt(b"row", b"secret");
        let new = EncryptionKeys::derived(b"two", &[b"one".to_vec()]);
        assert_eq!(new.decrypt(b"row", &encrypted), Ok(Decrypted { text: b"secret".to_vec(), by_current_key: false }));
        assert!(new.decrypt(b"row", &new.encrypt(b"row", b"secret")).unwrap().by_current_key);
        let other = EncryptionKeys::derived(b"three", &[]);
        assert!(matches!(other.decrypt(b"row", &encrypted), Err(DecryptError::UnknownKey(_))));
    }
}
