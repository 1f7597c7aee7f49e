//! Passwords that were typed into the form of a new mailbox and tested there. They wait in the page until the form is sent: encrypted
//! for the member who typed them and for the account that they were typed for, and stored nowhere.

use std::time::Duration;

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};

use super::{
    account::{Account, AccountRow},
    account_form::{Before, Passwords},
    secrets::SecretPart,
};
use crate::{
    accounts::Member,
    mail::sign_in::Secret,
    server::{clock::Instant, encryption::EncryptionKeys},
};

/// How long they wait.
const LASTS: Duration = Duration::from_secs(30 * 60);

/// What waits in a page.
#[derive(Debug, Clone)]
pub struct TypedPasswords {
    account: Account,
    smtp: Option<Secret>,
    imap: Option<Secret>,
    /// As the page has it.
    pub sealed: String,
}

/// Written as text only to be encrypted.
#[derive(Serialize, Deserialize)]
struct Sealed {
    account: AccountRow,
    smtp: Option<String>,
    imap: Option<String>,
    until: i64,
}

fn place(member: &Member) -> Vec<u8> {
    [b"typed passwords", member.workspace.0.as_bytes().as_slice(), member.user.0.as_bytes()].concat()
}

impl TypedPasswords {
    /// Encrypts what a member typed for an account.
    ///
    /// # Errors
    /// None that a form could cause.
    pub fn seal(
        keys: &EncryptionKeys,
        member: &Member,
        (account, passwords): (&Account, &Passwords),
        at: Instant,
    ) -> anyhow::Result<Self> {
        let text = |secret: &Option<Secret>| secret.as_ref().map(|secret| secret.reveal().to_owned());
        let sealed = Sealed {
            account: AccountRow::of(Some(account)),
            smtp: text(&passwords.smtp),
            imap: text(&passwords.imap),
            until: at.plus(LASTS).micros(),
        };
        let encrypted = keys.encrypt(&place(member), &serde_json::to_vec(&sealed)?);
        Ok(Self {
            account: account.clone(),
            smtp: passwords.smtp.clone(),
            imap: passwords.imap.clone(),
            sealed: BASE64_STANDARD.encode(encrypted),
        })
    }

    /// What a form brings back. `None`: nothing, or nothing that this member's page had within the last half hour.
    pub fn open(keys: &EncryptionKeys, member: &Member, sealed: &str, at: Instant) -> Option<Self> {
        let encrypted = BASE64_STANDARD.decode(sealed).ok().filter(|encrypted| !encrypted.is_empty())?;
        let text = keys.decrypt(&place(member), &encrypted).ok()?.text;
        let Sealed { account, smtp, imap, until } = serde_json::from_slice(&text).ok()?;
        (at.micros() < until).then_some(())?;
        let (smtp, imap) = (smtp.map(Secret::new), imap.map(Secret::new));
        Some(Self { account: account.account()?, smtp, imap, sealed: sealed.to_owned() })
    }

    /// Which passwords there are.
    pub fn parts(&self) -> Vec<SecretPart> {
        let smtp = self.smtp.as_ref().map(|_| SecretPart::Smtp);
        smtp.into_iter().chain(self.imap.as_ref().map(|_| SecretPart::Imap)).collect()
    }

    /// What the form is compared with: for another server or user, they do not count.
    pub fn before(&self) -> Before {
        Before { account: self.account.clone(), stored: self.parts(), has_permission: false }
    }

    /// Fills in what was not typed again.
    pub fn fill(&self, passwords: Passwords) -> Passwords {
        let imap = passwords.imap.or_else(|| self.imap.clone().filter(|_| !passwords.forget_imap));
        Passwords { smtp: passwords.smtp.or_else(|| self.smtp.clone()), imap, forget_imap: false }
    }
}
