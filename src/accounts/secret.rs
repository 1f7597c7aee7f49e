//! Random secrets for links: shown once, stored only as their SHA-256.

use sha2::{Digest, Sha256};

use crate::server::hexadecimal::hexadecimal;

/// 256 random bits, written as 64 hexadecimal digits.
pub struct Secret(String);

impl Secret {
    pub fn new() -> Self {
        Self(hexadecimal(&rand::random::<[u8; 32]>()))
    }

    /// What goes into the link.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// What goes into the database.
    pub fn hash(&self) -> Vec<u8> {
        hash_of(&self.0)
    }
}

/// The hash under which a secret from a link is looked up.
pub fn hash_of(text: &str) -> Vec<u8> {
    Sha256::digest(text).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_256_bits_and_is_found_by_its_hash() {
        let (one, other) = (Secret::new(), Secret::new());
        assert_eq!(one.text().len(), 64);
        assert_ne!(one.text(), other.text());
        assert_eq!(hash_of(one.text()), one.hash());
    }
}
