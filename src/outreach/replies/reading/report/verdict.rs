//! What a report means for the mail and the address, in the order in which evidence counts.
//!
//! The Status field comes last: servers write 5.0.0 whatever the other side said, make 5.1.1 up, turn 4.x into 5.x, or cut codes.
//! What the refusing server itself said decides, its reply code before its enhanced code, and words that blame us before a code
//! that blames the address. Unclear means that no address is blamed.

use super::{reply::Found, words};
use crate::{
    mail::smtp::Status,
    outreach::{
        replies::reading::kind::BounceVerdict,
        sending::verdict::{Rest, Words},
    },
};

/// What the report says was done (RFC 3464 section 2.3.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Failed,
    Delayed,
    /// Delivered, relayed or expanded.
    Delivered,
}

/// What is known of one recipient's failure.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub action: Action,
    /// The Status field.
    pub status: Option<Status>,
    /// It names a time until which it is tried.
    pub is_retried: bool,
    /// What the refusing server said, or what was said in its place.
    pub words: String,
}

impl Evidence {
    pub fn verdict(&self) -> BounceVerdict {
        let found = Found::read(&self.words);
        let words = Words::of_text(&self.words);
        match self.action {
            Action::Delivered => return BounceVerdict::Delivered,
            Action::Delayed if !self.is_over(&words) => return BounceVerdict::Delayed,
            Action::Delayed => return BounceVerdict::Later,
            Action::Failed => (),
        }
        if let Some(verdict) = temporary(found, self.status, &words) {
            return verdict;
        }
        about_us(found.status, &words)
            .or_else(|| by_code(found.status?, &words))
            .or_else(|| self.by_words(found, &words))
            .or_else(|| self.by_field(found))
            .unwrap_or(BounceVerdict::RefusedUnclear)
    }

    /// The last report may call itself a delay: then it names no time until which the mail is tried.
    fn is_over(&self, words: &Words) -> bool {
        if self.is_retried {
            return false;
        }
        matches!(self.status, Some(Status { subject: 4, detail: 7, .. })) || words.have(&words::EXPIRED)
    }

    /// What words alone mean.
    fn by_words(&self, found: Found, words: &Words) -> Option<BounceVerdict> {
        // A server that was reached may mean our domain, unless the field says that it is the recipient's.
        let is_theirs = found.code.is_none()
            || matches!(
                self.status,
                Some(Status { subject: 1, detail: 0 | 2 | 10, .. } | Status { subject: 4, detail: 4, .. })
            );
        if words.say_too_big() || words.say_message_is_malformed() || words.have(&words::MESSAGE) {
            Some(BounceVerdict::MessageRefused)
        } else if is_theirs && words.have(&words::NO_DOMAIN) {
            Some(BounceVerdict::NoSuchDomain)
        } else if words.say_unknown_user() || words.say_recipient_not_found() || words.have(&words::NO_ADDRESS) {
            Some(BounceVerdict::NoSuchAddress)
        } else if words.have(&words::LATER) {
            Some(BounceVerdict::Later)
        } else {
            None
        }
    }

    /// The field alone, where no server was heard: who writes it then knows what it means.
    fn by_field(&self, found: Found) -> Option<BounceVerdict> {
        let is_alone = found == Found::default();
        let status = self.status.filter(|status| is_alone && status.class == 5)?;
        by_code(status, &Words::of_text(""))
    }
}

/// A 4xx reply, or none where the words say that the time ran out.
fn temporary(found: Found, field: Option<Status>, words: &Words) -> Option<BounceVerdict> {
    let is_full = |status: Option<Status>| matches!(status, Some(Status { subject: 2, detail: 2, .. }));
    let is_temporary = match (found.code, found.status) {
        (Some(code), _) => code < 500,
        (None, Some(status)) => status.class == 4,
        (None, None) => words.have(&words::GAVE_UP) || field.is_some_and(|status| status.class == 4),
    };
    let is_over = words.have(&words::EXPIRED) && matches!(found.status, None | Some(Status { subject: 4, .. }));
    if !is_temporary && !is_over {
        return None;
    }
    let is_full = is_full(found.status) || (found.status.is_none() && is_full(field)) || says_full(words);
    Some(if is_full { BounceVerdict::MailboxFull } else { BounceVerdict::Later })
}

fn says_full(words: &Words) -> bool {
    words.say_full() || words.have(&words::FULL)
}

/// Words and codes about who sends: then nothing speaks of the recipient.
fn about_us(status: Option<Status>, words: &Words) -> Option<BounceVerdict> {
    let code = status.map(|status| (status.subject, status.detail));
    match code {
        Some((1, 7 | 8) | (7, 60) | (2, 252)) => return Some(BounceVerdict::SenderFault),
        Some((1, 90) | (4, 5) | (7, 232 | 233 | 236 | 705 | 708)) => return Some(BounceVerdict::ProviderLimit),
        Some((2, 2)) => return Some(BounceVerdict::MailboxFull),
        Some((2, 121 | 122)) => return Some(BounceVerdict::Later),
        _ => (),
    }
    if words.say_recipient_is_busy() {
        return Some(BounceVerdict::Later);
    }
    if words.say_limit() == Some(Rest::Day) {
        return Some(BounceVerdict::ProviderLimit);
    }
    // A full mailbox blames no one, whatever else is said.
    if says_full(words) && !matches!(code, Some((7, _))) {
        return Some(BounceVerdict::MailboxFull);
    }
    if words.say_may_not_send_as() || words.have(&words::SENDER) {
        return Some(BounceVerdict::SenderFault);
    }
    let is_denied = words.have(&["access denied"]) && !words.say_recipient_rejected();
    if is_denied || words.say_sender_is_blocked() || words.blame_us() || words.have(&words::BLAME) {
        return Some(BounceVerdict::PolicyAtReceiver);
    }
    words.say_limit().map(|_| BounceVerdict::ProviderLimit)
}

/// What an enhanced code means (RFC 3463), once no words blame us.
fn by_code(status: Status, words: &Words) -> Option<BounceVerdict> {
    Some(match (status.subject, status.detail) {
        (7, _) => BounceVerdict::PolicyAtReceiver,
        (2, 2) => BounceVerdict::MailboxFull,
        (2, 3) | (3, 4) | (6, _) => BounceVerdict::MessageRefused,
        (1, 10) if words.say_recipient_not_found() => BounceVerdict::NoSuchAddress,
        // Exchange writes 5.4.310 of a domain without records.
        (1, 2 | 10) | (4, 4 | 310) => BounceVerdict::NoSuchDomain,
        (1, 0) if words.have(&words::NO_DOMAIN) => BounceVerdict::NoSuchDomain,
        (1, 0..=6) | (2, 1) => BounceVerdict::NoSuchAddress,
        (4, 1) if words.say_recipient_rejected() => BounceVerdict::NoSuchAddress,
        (4, 7) => BounceVerdict::Later,
        _ => return None,
    })
}
