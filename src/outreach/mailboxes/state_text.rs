//! The state of a mailbox in words.

use super::{
    mailbox::{Mailbox, MailboxState},
    oauth,
};
use crate::{outreach::schedule::rules::Day, server::clock::Instant, ui::Tone};

impl MailboxState {
    /// The state in a word.
    pub fn label(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Failing => "Failing",
            Self::Removed => "Removed",
        }
    }

    pub fn tone(self) -> Tone {
        match self {
            Self::Active => Tone::Good,
            Self::Paused => Tone::Warning,
            Self::Failing => Tone::Bad,
            Self::Draft | Self::Removed => Tone::Info,
        }
    }

    /// The word of the database and of addresses.
    pub fn of_word(word: &str) -> Option<Self> {
        [Self::Draft, Self::Active, Self::Paused, Self::Failing].into_iter().find(|state| state.word() == word)
    }

    pub fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Failing => "failing",
            Self::Removed => "removed",
        }
    }
}

impl Mailbox {
    /// What its server said, if that is why it is in its state.
    pub fn words(&self) -> Option<&str> {
        self.state_params.as_ref()?.get("words")?.as_str().filter(|words| !words.is_empty())
    }

    /// Whether it rests at this moment because its provider’s limit is reached, say, although it is active.
    pub fn rests(&self, now: Instant) -> bool {
        self.state == MailboxState::Active && self.state_code.is_some() && self.free_at > now
    }

    /// What happened to it, in a sentence; nothing while all is well.
    pub fn cause(&self) -> Option<String> {
        let said = |text: &str| match self.words() {
            Some(words) => format!("{text}: “{words}”."),
            None => format!("{text}."),
        };
        let code = self.state_code.as_deref();
        Some(match (self.state, code) {
            (MailboxState::Draft, None) => "It has not passed its test yet.".to_owned(),
            (MailboxState::Paused, None) => "A member paused it.".to_owned(),
            (_, None) => return None,
            (MailboxState::Removed, _) => return None,
            (_, Some(code)) => {
                let params = self.state_params.as_ref().map(|params| &params.0);
                params.and_then(|params| oauth::cause_text(code, params)).unwrap_or_else(|| said(cause_of(code)))
            }
        })
    }
}

/// What a code says. The session that sends and the test write them.
pub fn cause_of(code: &str) -> &'static str {
    match code {
        "network" => "The server cannot be reached",
        "tls" => "There is no private connection to the server",
        "sign_in_refused" => "The server refuses the sign-in",
        "sign_in_switched_off" => "The provider has switched off sign-in with a password",
        "sign_in_again" => "The provider has withdrawn the permission. Sign in again",
        "no_password" => "No password is stored",
        "busy" => "The server asks to wait before the next sign-in",
        "provider_limit" => "The provider’s limit is reached",
        "sender_refused" | "may_not_send_as" => "The server refuses this address as the sender",
        "sender_blocked" => "The provider has blocked this sender",
        "sender_fault" => "Mails came back because of their sender",
        "policy_refusals" => "Several receivers refuse its mails",
        "address_taken" => "Another mailbox of this instance sends from this address already",
        _ => "The server refuses its mails",
    }
}

/// Why the replies of a mailbox are not read. Its readers write the code.
pub fn read_cause_of(code: &str) -> &'static str {
    match code {
        "unreachable" => "The server cannot be reached",
        "not_read" => "The server does not let its mails be read",
        "no_token" => "The provider gives no permission at present",
        "too_many" => "More mails came today than are stored",
        "internal" => "Reading failed on our side",
        code => cause_of(code),
    }
}

/// A day as pages write it, such as “2 Jan 2027”.
pub fn day_text(day: Day) -> String {
    day.date().strftime("%-d %b %Y").to_string()
}

/// Some days in a row, both ends included.
pub fn days_text(from: Day, to: Day) -> String {
    if from == to { day_text(from) } else { format!("{} – {}", day_text(from), day_text(to)) }
}

/// What the code of the scheduler's last look means for a mailbox.
pub fn idle_text(code: &str) -> &'static str {
    match code {
        "mailbox_frozen" => "It is on holiday.",
        "mailbox_cap_reached" => "The mails of today are sent.",
        "workspace_cap_reached" => "The workspace’s mails of today are sent.",
        "campaign_cap_reached" | "new_lead_cap_reached" => "The campaign’s mails of today are sent.",
        "outside_window" => "Waits for the next sending window.",
        "waiting_for_delay" => "Waits for the next follow-up.",
        "reading" => "Its replies are read before the next follow-up.",
        "not_read" => "Follow-ups wait until its replies can be read again.",
        "no_campaign" => "No running campaign uses it.",
        _ => "No lead waits for it.",
    }
}
