//! Keyed hashes of addresses and domains: what is compared instead of the address itself, so that a person who is erased stays
//! suppressed, and a copy of the database names no one.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::Sha256;
use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

use crate::{email::Email, server::hexadecimal::hexadecimal};

const KEY_BYTES: usize = 32;

/// The keyed hash of an address or a domain. In the database 32 bytes (`BLOB`, `bytea`), in JSON their digits, as `unhex` of
/// both databases reads them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key(pub [u8; KEY_BYTES]);

/// Makes the keys of this instance. Loaded at the start: `app.of::<SuppressionKeys>()`.
#[derive(Clone)]
pub struct SuppressionKeys(Hmac<Sha256>);

impl fmt::Debug for SuppressionKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SuppressionKeys")
    }
}

impl SuppressionKeys {
    pub(super) fn new(secret: &[u8; KEY_BYTES]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of any length"))
    }

    #[cfg(test)]
    pub fn of_tests() -> Self {
        Self::new(&[7; KEY_BYTES])
    }

    /// The key of exactly this address: whether a mail was sent to it before.
    pub fn recipient(&self, email: &Email) -> Key {
        self.of("a:", &email.in_ascii())
    }

    /// The key of the mailbox behind the address, without plus tags and without the dots that Google ignores: whether the person
    /// is suppressed. Equal to [`recipient`](Self::recipient) where there is nothing to leave out.
    pub fn canonical(&self, email: &Email) -> Key {
        self.of("a:", &email.mailbox())
    }

    /// The key of a domain, in any spelling: upper case, or with letters outside ASCII.
    pub fn domain(&self, domain: &str) -> Key {
        self.of("d:", &crate::email::ascii_domain(domain))
    }

    /// The keys that a mail to this address is suppressed by: of its mailbox and of its domain.
    pub fn of_recipient(&self, email: &Email) -> [Key; 2] {
        [self.canonical(email), self.domain(email.domain())]
    }

    /// What a line of the journal is signed with: it was written by an instance with this key.
    pub(super) fn of_journal(&self, text: &str) -> Key {
        self.of("j:", text)
    }

    fn of(&self, kind: &str, text: &str) -> Key {
        Key(self.0.clone().chain_update(kind).chain_update(text).finalize().into_bytes().into())
    }
}

impl<DB: Database> Type<DB> for Key
where
    Vec<u8>: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        <Vec<u8> as Type<DB>>::type_info()
    }

    fn compatible(info: &DB::TypeInfo) -> bool {
        <Vec<u8> as Type<DB>>::compatible(info)
    }
}

impl<'q, DB: Database> Encode<'q, DB> for Key
where
    Vec<u8>: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.to_vec().encode(buffer)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Key
where
    &'r [u8]: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&[u8]>::decode(value)?.try_into()?))
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hexadecimal(&self.0))
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        let wrong = || D::Error::custom("a key has 64 hexadecimal digits");
        if digits.len() != 2 * KEY_BYTES || !digits.is_ascii() {
            return Err(wrong());
        }
        let mut bytes = [0; KEY_BYTES];
        for (at, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_mailbox_have_one_canonical_key_and_those_of_one_address_one_recipient_key() {
        let keys = SuppressionKeys::new(&[7; 32]);
        let email = |text: &str| text.parse::<Email>().unwrap();
        assert_eq!(keys.recipient(&email("Uma@Acme.example")), keys.recipient(&email("uma@acme.example")));
        assert_eq!(keys.recipient(&email("uma@münchen.example")), keys.recipient(&email("uma@xn--mnchen-3ya.example")));
        assert_ne!(keys.recipient(&email("uma+a@acme.example")), keys.recipient(&email("uma@acme.example")));
        for (one, other) in [
            ("uma+a@acme.example", "uma@acme.example"),
            ("u.ma@gmail.com", "uma@googlemail.com"),
            ("u.m.a+x@googlemail.com", "uma@gmail.com"),
        ] {
            assert_eq!(keys.canonical(&email(one)), keys.canonical(&email(other)), "{one} {other}");
        }
        assert_ne!(keys.canonical(&email("u.ma@acme.example")), keys.canonical(&email("uma@acme.example")));
        assert_eq!(keys.canonical(&email("uma@acme.example")), keys.recipient(&email("uma@acme.example")));
        assert_eq!(keys.domain("Acme.Example"), keys.domain("acme.example"));
        assert_eq!(keys.domain("münchen.example"), keys.domain("xn--mnchen-3ya.example"));
    }

    #[test]
    fn keys_depend_on_the_secret_and_keep_addresses_and_domains_apart() {
        let (one, other) = (SuppressionKeys::new(&[1; 32]), SuppressionKeys::new(&[2; 32]));
        assert_ne!(one.domain("acme.example"), other.domain("acme.example"));
        let email: Email = "uma@acme.example".parse().unwrap();
        assert_ne!(one.recipient(&email), one.domain("uma@acme.example"));
    }

    #[test]
    fn a_key_survives_the_way_through_json() {
        let key = SuppressionKeys::new(&[1; 32]).domain("acme.example");
        let text = serde_json::to_string(&key).unwrap();
        assert_eq!(serde_json::from_str::<Key>(&text).unwrap(), key);
        assert!(serde_json::from_str::<Key>("\"00\"").is_err());
        assert!(serde_json::from_str::<Key>(&format!("\"{}\"", "é".repeat(32))).is_err());
    }
}
