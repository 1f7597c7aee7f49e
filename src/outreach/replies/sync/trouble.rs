//! Why a mailbox could not be read, and when it is tried again.

use std::time::Duration;

use crate::{
    mail::imap::{Cause, Fault, Refusal, Stage},
    outreach::{
        ids::MailboxId,
        mailboxes::sign_in::SignInFault,
        schedule::rules::{Chance, Day},
    },
    server::clock::Instant,
};

/// After which failures in a row it is tried again how soon; the last one for all that follow.
const PAUSES: [Duration; 4] =
    [Duration::from_secs(15), Duration::from_secs(60), Duration::from_secs(5 * 60), Duration::from_secs(15 * 60)];
const LATER: Duration = Duration::from_secs(15 * 60);

/// When a mailbox is tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// Soon, and more and more seldom.
    Soon,
    /// In a quarter of an hour: the server has too much to do, or says so.
    Later,
    /// When a member has changed something: trying a refused password again locks accounts.
    AfterChange,
    /// At a moment of its own.
    At(Instant),
}

/// Why a look failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Trouble {
    /// A word of `state_text`.
    pub code: &'static str,
    /// The server's own, or ours.
    pub words: String,
    pub again: Again,
}

impl Trouble {
    pub fn new(code: &'static str, words: impl Into<String>, again: Again) -> Self {
        Self { code, words: words.into(), again }
    }

    /// A failure on our side, which is logged.
    pub fn internal() -> Self {
        Self::new("internal", "", Again::Soon)
    }

    /// What a fault of a conversation means, after this many failures in a row before it.
    pub fn of(fault: &Fault, signs_in_with_token: bool, failures: i64) -> Self {
        let words = fault.cause.to_string();
        if let Cause::Refused(refusal) = &fault.cause {
            return match fault.stage {
                _ if is_busy(refusal) => Self::new("busy", words, Again::Later),
                Stage::SignIn if refusal.is_goodbye() => Self::new("unreachable", words, Again::Soon),
                // A token may have ended before its time.
                Stage::SignIn if signs_in_with_token && failures == 0 => {
                    Self::new("sign_in_refused", words, Again::Soon)
                }
                Stage::SignIn => Self::new("sign_in_refused", words, Again::AfterChange),
                _ => Self::new("not_read", words, Again::Soon),
            };
        }
        match &fault.cause {
            Cause::NoMechanism(_) | Cause::Unspeakable(_) => Self::new("sign_in_refused", words, Again::AfterChange),
            Cause::Tls(_) | Cause::NoTls => Self::new("tls", words, Again::Later),
            Cause::TooMuch | Cause::Unreadable(_) => Self::new("not_read", words, Again::Later),
            _ => Self::new("unreachable", words, Again::Soon),
        }
    }

    /// What it means that there is nothing to sign in with. `None`: a failure on our side.
    pub fn of_sign_in(fault: &SignInFault) -> Option<Self> {
        Some(match fault {
            SignInFault::NoPassword => Self::new("no_password", "", Again::AfterChange),
            SignInFault::NoPermission => Self::new("sign_in_again", "", Again::AfterChange),
            // The mailbox rests or fails because of it, and its state says why.
            SignInFault::NoToken(words) => Self::new("no_token", words.as_str(), Again::Later),
            SignInFault::Internal(_) => return None,
        })
    }

    /// Whether the server has too many connections already.
    pub fn is_crowded(&self) -> bool {
        let words = self.words.to_lowercase();
        self.code == "busy" && (words.contains("[limit]") || (words.contains("too many") && words.contains("connect")))
    }

    /// When it is tried again after `failures` in a row; nothing: when a member has changed something.
    pub fn next(&self, mailbox: MailboxId, failures: i64, at: Instant) -> Option<Instant> {
        let pause = match self.again {
            Again::AfterChange => return None,
            Again::At(next) => return Some(next),
            Again::Later => LATER,
            Again::Soon => {
                let place = usize::try_from(failures - 1).unwrap_or(0).min(PAUSES.len() - 1);
                PAUSES[place]
            }
        };
        // A fifth earlier or later, so that the mailboxes of a server do not come back all at once.
        let chance = Chance::new(uuid::Uuid::nil(), mailbox.0, Day(0)).of(failures, "read again");
        Some(at.plus(pause.mul_f64(0.8 + 0.4 * chance)))
    }
}

/// Whether the server has too much to do, or says so.
fn is_busy(refusal: &Refusal) -> bool {
    let code = refusal.code.as_deref().unwrap_or_default();
    let words = refusal.words.to_lowercase();
    ["UNAVAILABLE", "LIMIT", "INUSE", "THROTTLED", "OVERQUOTA", "SERVERBUG", "CONTACTADMIN"].contains(&code)
        || ["too many", "try again", "temporar", "rate limit", "bandwidth"].iter().any(|part| words.contains(part))
}

/// Whether the server refused this one thing, and would answer something else.
pub(super) fn is_about_this(fault: &Fault) -> bool {
    match &fault.cause {
        Cause::Refused(refusal) => !refusal.is_goodbye() && !is_busy(refusal),
        Cause::Unspeakable(_) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mail::imap::refusal;

    fn refused(stage: Stage, code: Option<&str>, words: &str) -> Fault {
        Fault { stage, cause: Cause::Refused(refusal(code, words)) }
    }

    #[test]
    fn a_refused_sign_in_waits_for_a_member_and_anything_that_passes_is_tried_again() {
        let cases = [
            (
                Stage::SignIn,
                Some("AUTHENTICATIONFAILED"),
                "Authentication failed.",
                "sign_in_refused",
                Again::AfterChange,
            ),
            (Stage::SignIn, None, "Login failed.", "sign_in_refused", Again::AfterChange),
            (
                Stage::SignIn,
                Some("ALERT"),
                "Application-specific password required",
                "sign_in_refused",
                Again::AfterChange,
            ),
            (Stage::SignIn, Some("UNAVAILABLE"), "Temporary authentication failure", "busy", Again::Later),
            (Stage::SignIn, Some("ALERT"), "Too many simultaneous connections. (Failure)", "busy", Again::Later),
            (Stage::SignIn, Some("LIMIT"), "LOGIN Rate limit hit", "busy", Again::Later),
            (Stage::Reading, Some("OVERQUOTA"), "Account exceeded command or bandwidth limits", "busy", Again::Later),
            (Stage::Reading, Some("NONEXISTENT"), "Unknown Mailbox", "not_read", Again::Soon),
        ];
        for (stage, code, words, expected, again) in cases {
            let trouble = Trouble::of(&refused(stage, code, words), false, 0);
            assert_eq!((trouble.code, trouble.again), (expected, again), "{words}");
            assert!(trouble.words.contains(words));
            assert_eq!(trouble.is_crowded(), words.contains("simultaneous") || code == Some("LIMIT"), "{words}");
        }
        let token = |failures| Trouble::of(&refused(Stage::SignIn, None, "Invalid credentials"), true, failures).again;
        assert_eq!((token(0), token(1)), (Again::Soon, Again::AfterChange), "a token is replaced once");
        let other = |cause| Trouble::of(&Fault { stage: Stage::Reading, cause }, false, 0);
        assert_eq!((other(Cause::Closed).code, other(Cause::Slow).again), ("unreachable", Again::Soon));
        assert_eq!((other(Cause::TooMuch).again, other(Cause::NoTls).code), (Again::Later, "tls"));
    }

    #[test]
    fn a_refusal_of_one_thing_is_told_from_one_of_everything() {
        let about_this = |code, words| is_about_this(&refused(Stage::Reading, code, words));
        assert!(about_this(None, "The message cannot be converted") && about_this(Some("NOPERM"), "Not yours"));
        assert!(!about_this(Some("THROTTLED"), "Slower") && !about_this(None, "Too many commands"));
        assert!(!is_about_this(&Fault { stage: Stage::Reading, cause: Cause::Closed }));
    }

    #[test]
    fn pauses_grow_to_a_quarter_of_an_hour_and_differ_between_mailboxes() {
        let at = Instant(1_795_340_190_000_000);
        let soon = Trouble::new("unreachable", "", Again::Soon);
        let pause = |mailbox, failures| {
            let next = soon.next(mailbox, failures, at).unwrap();
            (next.micros() - at.micros()) / 1_000_000
        };
        let (one, other) = (MailboxId::new(), MailboxId::new());
        for (failures, seconds) in [(1, 15), (2, 60), (3, 300), (4, 900), (50, 900)] {
            let found = pause(one, failures);
            assert!((seconds * 8 / 10..=seconds * 12 / 10).contains(&found), "{failures}: {found}");
        }
        assert_ne!(pause(one, 9), pause(other, 9));
        assert_eq!(Trouble::new("sign_in_refused", "", Again::AfterChange).next(one, 1, at), None);
    }
}
