//! Keys that mails are signed with: made here, or pasted as OpenSSL writes them.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};
use ring::{
    rand::SystemRandom,
    signature::{Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use rsa::pkcs8::EncodePrivateKey;

/// Length of the keys that are made: longer ones do not fit one string of a record, and many control panels cut them.
const RSA_BITS: usize = 2_048;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    Rsa,
    Ed25519,
}

/// Why a pasted key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error(
        "This is not a private key. It begins with “-----BEGIN PRIVATE KEY-----” or “-----BEGIN RSA PRIVATE KEY-----”."
    )]
    Unreadable,
    #[error("This key is encrypted with a passphrase. Remove the passphrase first.")]
    Encrypted,
    #[error("This is a public key. The private one is needed to sign.")]
    Public,
    #[error(
        "This key is too short or of a kind that receivers do not accept. Use RSA with 2,048 bits or more, or Ed25519."
    )]
    Unsuitable,
}

/// A private key. Its debug form shows nothing of it.
pub struct SigningKey {
    /// As PKCS #8 or, of RSA, PKCS #1.
    der: Vec<u8>,
    pair: Pair,
}

enum Pair {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Ed25519KeyPair),
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({:?}, …)", self.algorithm())
    }
}

impl SigningKey {
    /// Makes a new key. For RSA it takes a second or so.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub fn make(algorithm: Algorithm) -> anyhow::Result<Self> {
        let der = match algorithm {
            Algorithm::Rsa => {
                let key = rsa::PrivateKey::new(&mut rand::rand_core::UnwrapErr(rand::rngs::SysRng), RSA_BITS)?;
                key.to_pkcs8_der()?.as_bytes().to_vec()
            }
            Algorithm::Ed25519 => {
                let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new());
                document.map_err(|_| anyhow::anyhow!("no random numbers"))?.as_ref().to_vec()
            }
        };
        Ok(Self::of_der(der)?)
    }

    /// Reads a key in PEM, or its base64 alone.
    ///
    /// # Errors
    /// What is wrong with it, in words for the person who pasted it.
    pub fn parse(text: &str) -> Result<Self, KeyFault> {
        if text.contains("ENCRYPTED") {
            return Err(KeyFault::Encrypted);
        }
        if text.contains("BEGIN PUBLIC KEY") || text.contains("BEGIN RSA PUBLIC KEY") {
            return Err(KeyFault::Public);
        }
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("-----"));
        let base64: String = lines.flat_map(|line| line.chars().filter(|sign| !sign.is_whitespace())).collect();
        let der = BASE64_STANDARD.decode(base64).ok().filter(|der| der.len() > 16).ok_or(KeyFault::Unreadable)?;
        Self::of_der(der)
    }

    fn of_der(der: Vec<u8>) -> Result<Self, KeyFault> {
        let rsa = RsaKeyPair::from_pkcs8(&der).or_else(|_| RsaKeyPair::from_der(&der));
        let pair = match rsa {
            Ok(pair) => Pair::Rsa(Box::new(pair)),
            Err(_) => match Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der) {
                Ok(pair) => Pair::Ed25519(pair),
                // A sequence, as every private key is; of what is another matter.
                Err(_) if der.first() == Some(&0x30) => return Err(KeyFault::Unsuitable),
                Err(_) => return Err(KeyFault::Unreadable),
            },
        };
        Ok(Self { der, pair })
    }

    /// The key as text, to be stored as a secret; [`SigningKey::parse`] reads it.
    pub fn to_text(&self) -> String {
        BASE64_STANDARD.encode(&self.der)
    }

    pub fn algorithm(&self) -> Algorithm {
        match &self.pair {
            Pair::Rsa(_) => Algorithm::Rsa,
            Pair::Ed25519(_) => Algorithm::Ed25519,
        }
    }

    /// The text of the record to publish (RFC 6376, section 3.6.1).
    pub fn record(&self) -> String {
        match &self.pair {
            Pair::Rsa(pair) => {
                format!("v=DKIM1; k=rsa; p={}", BASE64_STANDARD.encode(subject_public_key(pair.public().as_ref())))
            }
            Pair::Ed25519(pair) => format!("v=DKIM1; k=ed25519; p={}", BASE64_STANDARD.encode(pair.public_key())),
        }
    }

    /// Signs the header fields of a message, as they are hashed.
    ///
    /// # Errors
    /// When the system gives no random numbers.
    pub(super) fn sign(&self, data: &[u8]) -> anyhow::Result<Vec<u8>> {
        match &self.pair {
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), data, &mut signature)
                    .map_err(|_| anyhow::anyhow!("a mail could not be signed"))?;
                Ok(signature)
            }
            // RFC 8463, section 3: what is signed is the hash.
            Pair::Ed25519(pair) => {
                Ok(pair.sign(ring::digest::digest(&ring::digest::SHA256, data).as_ref()).as_ref().to_vec())
            }
        }
    }
}

/// What records hold: the key (PKCS #1) inside of a `SubjectPublicKeyInfo` that says that it is one of RSA.
fn subject_public_key(key: &[u8]) -> Vec<u8> {
    /// `rsaEncryption` with no parameters.
    const RSA: [u8; 15] = [0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];
    let bits = element(0x03, &[&[0], key].concat());
    element(0x30, &[&RSA[..], &bits].concat())
}

/// An element of DER: tag, length, content.
fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let head = match length.as_slice() {
        [] => vec![tag, 0],
        [short] if *short < 0x80 => vec![tag, *short],
        long => [&[tag, 0x80 | u8::try_from(long.len()).unwrap_or(8)], long].concat(),
    };
    [head.as_slice(), content].concat()
}
