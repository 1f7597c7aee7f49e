//! How sure it is that an address receives mail, and how sure an audience asks for (rule C8).

use serde::{Deserialize, Serialize};

use super::standing::Standing;

/// What is known about an address.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum EmailStatus {
    /// The receiving server confirmed it.
    Verified,
    /// Others have had answers from it.
    Likely,
    /// Made from the company's pattern.
    Guessed,
    /// The domain accepts everything, so nobody knows.
    CatchAll,
    /// Never checked.
    #[default]
    Unknown,
    /// Known to bounce; never delivered to anybody.
    Invalid,
}

impl EmailStatus {
    pub const ALL: [Self; 6] =
        [Self::Verified, Self::Likely, Self::Guessed, Self::CatchAll, Self::Unknown, Self::Invalid];

    pub fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Likely => "likely",
            Self::Guessed => "guessed",
            Self::CatchAll => "catch_all",
            Self::Unknown => "unknown",
            Self::Invalid => "invalid",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Verified => "Verified",
            Self::Likely => "Likely",
            Self::Guessed => "Guessed",
            Self::CatchAll => "Catch-all domain",
            Self::Unknown => "Not checked",
            Self::Invalid => "Bounces",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// Reads the words that exports use for it.
    pub fn recognise(text: &str) -> Option<Self> {
        let text = super::keys::fold(text);
        Some(match text.as_str() {
            "verified" | "valid" | "deliverable" | "ok" | "safe" | "verified email" | "safe to send"
            | "valid email" | "confirmed" | "verifiziert" | "gultig" | "zustellbar" | "verifie" | "valide"
            | "verificado" | "valido" | "verificato" | "geverifieerd" | "geldig" | "zweryfikowany" | "prawidlowy" => {
                Self::Verified
            }
            "likely" | "likely to engage" | "probable" | "likely valid" => Self::Likely,
            "guessed" | "extrapolated" | "pattern" | "risky guess" => Self::Guessed,
            "catch all"
            | "catchall"
            | "accept all"
            | "acceptall"
            | "risky"
            | "accept all unverifiable"
            | "accepts all"
            | "catch all risky" => Self::CatchAll,
            "unknown" | "unavailable" | "unverified" | "not verified" | "pending" | "unverifiable" | "not checked"
            | "error" | "timeout" | "role" | "role based" | "role account" | "disposable" | "mailbox full"
            | "inbox full" | "soft bounce" => Self::Unknown,
            text => return Standing::recognise(text).map(|_| Self::Invalid),
        })
    }
}

/// Which addresses an audience takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Only addresses that the receiving server confirmed.
    Verified,
    /// Verified, likely and guessed ones: everything but catch-all and unknown (rule C8).
    #[default]
    Standard,
    /// Catch-all and unknown ones too.
    Any,
}

impl Quality {
    pub const ALL: [Self; 3] = [Self::Verified, Self::Standard, Self::Any];

    pub fn code(self) -> &'static str {
        match self {
            Self::Verified => "verified",
            Self::Standard => "standard",
            Self::Any => "any",
        }
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::Verified => "Verified only",
            Self::Standard => "Verified, likely and guessed",
            Self::Any => "All, also catch-all and unchecked",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|quality| quality.code() == code)
    }

    /// The address statuses it takes.
    pub fn statuses(self) -> &'static [EmailStatus] {
        use EmailStatus::{CatchAll, Guessed, Likely, Unknown, Verified};
        match self {
            Self::Verified => &[Verified],
            Self::Standard => &[Verified, Likely, Guessed],
            Self::Any => &[Verified, Likely, Guessed, CatchAll, Unknown],
        }
    }

    pub fn takes(self, status: EmailStatus) -> bool {
        self.statuses().contains(&status)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn catch_all_and_unknown_addresses_are_left_out_unless_asked_for() {
        assert!(!Quality::default().takes(EmailStatus::CatchAll));
        assert!(!Quality::default().takes(EmailStatus::Unknown));
        assert!(Quality::Any.takes(EmailStatus::Unknown));
        assert!(!Quality::Any.takes(EmailStatus::Invalid));
    }

    #[test]
    fn the_words_of_exports_are_understood() {
        assert_eq!(EmailStatus::recognise("Likely to engage"), Some(EmailStatus::Likely));
        assert_eq!(EmailStatus::recognise("Unavailable"), Some(EmailStatus::Unknown));
        assert_eq!(EmailStatus::recognise("Accept All"), Some(EmailStatus::CatchAll));
        assert_eq!(EmailStatus::recognise("Unsubscribed"), Some(EmailStatus::Invalid));
        assert_eq!(EmailStatus::recognise("do_not_mail"), Some(EmailStatus::Invalid));
        assert_eq!(EmailStatus::recognise("Safe to Send"), Some(EmailStatus::Verified));
        assert_eq!(EmailStatus::recognise("42"), None);
    }
}
