//! What goes to the provider and comes back with its answer: signed, for one browser, for ten minutes.
//!
//! Nothing is stored when a sign-in begins. The signature covers who began it and in which session, and the verifier of PKCE
//! follows from the id, so an answer that another browser was made to bring is refused.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::provider::Provider;
use crate::{
    accounts::{UserId, WorkspaceId},
    outreach::ids::MailboxId,
    server::clock::Instant,
};

/// How long people have to sign in at the provider.
pub const STATE_TIME_MAX: Duration = Duration::from_secs(10 * 60);
/// Provider, id, mailbox and expiry.
const BODY_BYTES: usize = 1 + 16 + 16 + 8;
const SIGNATURE_BYTES: usize = 32;

/// A sign-in that was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Begun {
    pub id: Uuid,
    pub provider: Provider,
    /// The mailbox that signs in again; `None`: a new one.
    pub mailbox: Option<MailboxId>,
    pub until: Instant,
}

/// Who began it.
#[derive(Debug, Clone, Copy)]
pub struct Beginner<'a> {
    pub workspace: WorkspaceId,
    pub user: UserId,
    /// The id of the browser's session.
    pub session: &'a str,
}

/// Why an answer belongs to no sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateFault {
    /// Made up, or begun in another browser, workspace or account.
    NotBegunHere,
    Expired,
}

impl Begun {
    pub fn new(provider: Provider, mailbox: Option<MailboxId>, now: Instant) -> Self {
        Self { id: Uuid::new_v4(), provider, mailbox, until: now.plus(STATE_TIME_MAX) }
    }

    /// The text for the provider.
    pub fn signed(&self, by: Beginner<'_>, key: &[u8]) -> String {
        let body = self.body();
        let signature = signature(&body, by, key).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&body[..], &signature].concat())
    }

    /// The sign-in that `text` proves `by` to have begun.
    ///
    /// # Errors
    /// [`StateFault`].
    pub fn read(text: &str, by: Beginner<'_>, key: &[u8], now: Instant) -> Result<Self, StateFault> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| StateFault::NotBegunHere)?;
        let whole: [u8; BODY_BYTES + SIGNATURE_BYTES] = bytes.try_into().map_err(|_| StateFault::NotBegunHere)?;
        let (body, claimed) = whole.split_at(BODY_BYTES);
        signature(body, by, key).verify_slice(claimed).map_err(|_| StateFault::NotBegunHere)?;
        let begun = Self::of_body(body).ok_or(StateFault::NotBegunHere)?;
        if begun.until > now { Ok(begun) } else { Err(StateFault::Expired) }
    }

    /// The secret that the exchange proves this sign-in with (RFC 7636): 43 characters.
    pub fn verifier(&self, key: &[u8]) -> String {
        let mac = keyed(key).chain_update(b"OAuth verifier, version 1: ").chain_update(self.id.as_bytes());
        BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// What the provider compares the verifier with.
    pub fn challenge(&self, key: &[u8]) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(self.verifier(key)))
    }

    fn body(&self) -> [u8; BODY_BYTES] {
        let provider = u8::from(self.provider == Provider::Microsoft);
        let mailbox = self.mailbox.map_or(Uuid::nil(), |mailbox| mailbox.0);
        let parts: [&[u8]; 4] =
            [&[provider], self.id.as_bytes(), mailbox.as_bytes(), &self.until.micros().to_be_bytes()];
        let mut body = [0; BODY_BYTES];
        body.copy_from_slice(&parts.concat());
        body
    }

    fn of_body(body: &[u8]) -> Option<Self> {
        let (provider, rest) = body.split_first()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let (mailbox, until) = rest.split_first_chunk::<16>()?;
        let mailbox = Uuid::from_bytes(*mailbox);
        Some(Self {
            id: Uuid::from_bytes(*id),
            provider: if *provider == 0 { Provider::Google } else { Provider::Microsoft },
            mailbox: (!mailbox.is_nil()).then_some(MailboxId(mailbox)),
            until: Instant(i64::from_be_bytes(until.try_into().ok()?)),
        })
    }
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn signature(body: &[u8], by: Beginner<'_>, key: &[u8]) -> Hmac<Sha256> {
    keyed(key)
        .chain_update(b"OAuth sign-in, version 1: ")
        .chain_update(body)
        .chain_update(by.workspace.0.as_bytes())
        .chain_update(by.user.0.as_bytes())
        .chain_update(by.session.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";
    const NOW: Instant = Instant(1_795_340_190_000_000);

    #[test]
    fn only_the_browser_that_began_a_sign_in_brings_its_answer() {
        let by = Beginner { workspace: WorkspaceId::new(), user: UserId::new(), session: "one" };
        for mailbox in [None, Some(MailboxId::new())] {
            let begun = Begun::new(Provider::Microsoft, mailbox, NOW);
            let text = begun.signed(by, KEY);
            assert_eq!(Begun::read(&text, by, KEY, NOW), Ok(begun));
            let refused = |by, key: &[u8]| assert_eq!(Begun::read(&text, by, key, NOW), Err(StateFault::NotBegunHere));
            refused(Beginner { session: "other", ..by }, KEY);
            refused(Beginner { user: UserId::new(), ..by }, KEY);
            refused(Beginner { workspace: WorkspaceId::new(), ..by }, KEY);
            refused(by, b"another key another key another key");
            for at in 0..text.len() {
                let other = if text.as_bytes()[at] == b'A' { 'B' } else { 'A' };
                let forged = format!("{}{other}{}", &text[..at], &text[at + 1..]);
                assert_eq!(Begun::read(&forged, by, KEY, NOW), Err(StateFault::NotBegunHere), "character {at}");
            }
        }
        for wrong in ["", "x", "é", "AAAA", &"A".repeat(98)] {
            assert_eq!(Begun::read(wrong, by, KEY, NOW), Err(StateFault::NotBegunHere), "{wrong}");
        }
    }

    #[test]
    fn a_sign_in_ends_after_ten_minutes() {
        let by = Beginner { workspace: WorkspaceId::new(), user: UserId::new(), session: "one" };
        let text = Begun::new(Provider::Google, None, NOW).signed(by, KEY);
        let at = |seconds| Begun::read(&text, by, KEY, NOW.plus(Duration::from_secs(seconds)));
        assert!(at(599).is_ok());
        assert_eq!(at(600), Err(StateFault::Expired));
    }

    #[test]
    fn the_challenge_follows_from_a_verifier_that_only_this_instance_knows() {
        let begun = Begun::new(Provider::Google, None, NOW);
        let verifier = begun.verifier(KEY);
        assert_eq!(verifier.len(), 43, "RFC 7636 wants 43 to 128 characters");
        assert_eq!(begun.challenge(KEY), BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&verifier)));
        assert_ne!(verifier, begun.verifier(b"another key another key another key"));
        assert_ne!(verifier, Begun::new(Provider::Google, None, NOW).verifier(KEY));
    }
}
