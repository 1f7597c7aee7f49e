//! Why a provider gave no token, from the words of its answer.
//!
//! What happens next follows from the `error` of RFC 6749, section 5.2. Of Microsoft's `AADSTS` numbers, which change as its
//! documentation says, six tell whether an administrator has to agree; the others only choose a more exact sentence.

use std::time::Duration;

use super::provider::Provider;

/// Longest description of a provider that is kept.
const WORDS_MAX: usize = 300;

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenFault {
    /// The permission is gone: only signing in again helps.
    Withdrawn { why: Withdrawn, words: String },
    /// An administrator has to allow the app first.
    AdminConsent { words: String },
    /// The person said no.
    Declined,
    /// The provider does not take the app's id or secret: the operator has to act.
    AppRefused { words: String },
    /// The sign-in did not include the permission to send and read mail.
    NoMail,
    /// No refresh token came, so the connection would end within the hour.
    NoRefreshToken,
    /// The token is of another account than the one that signed in before.
    OtherAccount,
    /// Overloaded, late, or not reached: try again.
    Down { words: String, retry_after: Option<Duration> },
    /// Refused otherwise, or an answer that means nothing.
    Refused { words: String },
}

/// Why a permission is gone, as far as the answer tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Withdrawn {
    /// Taken back by the person or an administrator, or for a reason that is not told.
    Revoked,
    /// Not used for too long.
    Unused,
    /// A password was changed, or all sessions were ended.
    PasswordChanged,
    /// The organisation wants another proof of identity, such as a second factor.
    SecondFactor,
    /// The account is disabled.
    Disabled,
}

impl Withdrawn {
    /// What happened, as a sentence.
    pub fn sentence(self, provider: Provider) -> String {
        let name = provider.name();
        match self {
            Self::Revoked => format!("{name} has withdrawn the permission. Sign in again."),
            Self::Unused => {
                format!("{name} has ended the permission, because it was not used for too long. Sign in again.")
            }
            Self::PasswordChanged => {
                format!(
                    "{name} has ended the permission, because the password or the sessions of the account were changed. Sign in again."
                )
            }
            Self::SecondFactor => format!("{name} wants a second proof of who you are. Sign in again."),
            Self::Disabled => format!("{name} says that this account is disabled. Ask your admin, then sign in again."),
        }
    }

    fn of(words: &str) -> Self {
        let code = aadsts(words);
        match code {
            Some(70008 | 700_082 | 700_084 | 70043) => Self::Unused,
            Some(50132 | 50133 | 50173 | 50089) => Self::PasswordChanged,
            Some(50072 | 50074 | 50076 | 50078 | 50079 | 50158 | 53000..=53004 | 530_032..=530_035) => {
                Self::SecondFactor
            }
            Some(50057) => Self::Disabled,
            _ => Self::Revoked,
        }
    }
}

impl TokenFault {
    /// What an answer with this `error` and `description` means. `secrets` are never part of the words that are kept.
    pub fn of(error: &str, description: &str, secrets: &[&str]) -> Self {
        let words = plain_words(if description.is_empty() { error } else { description }, secrets);
        let code = aadsts(&words);
        if matches!(code, Some(90094 | 90095 | 90008 | 65001 | 650_052)) {
            return Self::AdminConsent { words };
        }
        match error {
            "consent_required" if code == Some(65004) => Self::Declined,
            "access_denied" => Self::Declined,
            "consent_required" | "admin_policy_enforced" => Self::AdminConsent { words },
            "invalid_grant" | "interaction_required" | "login_required" => {
                Self::Withdrawn { why: Withdrawn::of(&words), words }
            }
            "invalid_client"
            | "unauthorized_client"
            | "redirect_uri_mismatch"
            | "deleted_client"
            | "disabled_client" => Self::AppRefused { words },
            "temporarily_unavailable" | "server_error" => Self::Down { words, retry_after: None },
            _ => Self::Refused { words },
        }
    }

    /// What people are told.
    pub fn sentence(&self, provider: Provider) -> String {
        let name = provider.name();
        match self {
            Self::Withdrawn { why, .. } => why.sentence(provider),
            Self::AdminConsent { .. } => {
                format!("An administrator of your organisation has to allow this app at {name} first.")
            }
            Self::Declined => format!("You did not allow access at {name}, so nothing was changed."),
            Self::AppRefused { words } => {
                format!(
                    "{name} does not accept the app of this instance: “{words}”. The operator can check it under Administration."
                )
            }
            Self::NoMail => {
                format!(
                    "{name} did not give the permission to send and read mail. Sign in again and leave every permission ticked."
                )
            }
            Self::NoRefreshToken => format!("{name} gave a permission for one hour only. Sign in again."),
            Self::OtherAccount => {
                format!("{name} answered for another account than the one that signed in. Sign in again.")
            }
            Self::Down { .. } => format!("{name} did not answer in time. Try again in a few minutes."),
            Self::Refused { words } => format!("{name} refused the sign-in: “{words}”."),
        }
    }
}

/// The number of the first `AADSTS` code.
fn aadsts(words: &str) -> Option<u32> {
    let (_, rest) = words.split_once("AADSTS")?;
    rest.split(|letter: char| !letter.is_ascii_digit()).next()?.parse().ok()
}

/// One line without control characters, trace numbers and secrets.
fn plain_words(text: &str, secrets: &[&str]) -> String {
    let mut words: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        words = words.replace(secret, "…");
    }
    let end = ["Trace ID:", "Correlation ID:", "Timestamp:"].iter().filter_map(|mark| words.find(mark)).min();
    let words = &words[..end.unwrap_or(words.len())];
    let words: Vec<&str> = words.split_whitespace().collect();
    words.join(" ").chars().take(WORDS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn microsoft(error: &str, words: &str) -> TokenFault {
        let tail = "\r\nTrace ID: 0000aaaa-11bb\r\nCorrelation ID: aaaa0000\r\nTimestamp: 2026-11-29 02:02:12Z";
        TokenFault::of(error, &format!("{words}{tail}"), &[])
    }

    fn why(fault: TokenFault) -> Withdrawn {
        match fault {
            TokenFault::Withdrawn { why, words } => {
                assert!(!words.contains("Trace ID") && !words.contains('\r'), "{words}");
                why
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_refused_refresh_says_why_the_permission_ended() {
        let google = TokenFault::of("invalid_grant", "Token has been expired or revoked.", &[]);
        assert_eq!(why(google.clone()), Withdrawn::Revoked);
        assert_eq!(google.sentence(Provider::Google), "Google has withdrawn the permission. Sign in again.");
        let unused = "AADSTS700082: The refresh token has expired due to inactivity. The token was issued on 2026-01-01 and was inactive for 90.00:00:00.";
        assert_eq!(why(microsoft("invalid_grant", unused)), Withdrawn::Unused);
        let revoked =
            "AADSTS50173: The provided grant has expired due to it being revoked, a fresh auth token is needed.";
        assert_eq!(why(microsoft("invalid_grant", revoked)), Withdrawn::PasswordChanged);
        let factor = "AADSTS50076: Due to a configuration change made by your administrator, you must use multi-factor authentication to access it.";
        assert_eq!(why(microsoft("interaction_required", factor)), Withdrawn::SecondFactor);
        assert_eq!(why(microsoft("invalid_grant", "AADSTS99999: Something new.")), Withdrawn::Revoked);
        assert_eq!(why(TokenFault::of("invalid_grant", "", &[])), Withdrawn::Revoked, "without a description");
    }

    #[test]
    fn consent_of_an_administrator_is_told_apart_from_a_refusal_of_the_person() {
        for (error, words) in [
            (
                "access_denied",
                "AADSTS90094: An administrator of Acme has set a policy that prevents you from granting Fairlead the permissions it is requesting.",
            ),
            (
                "invalid_grant",
                "AADSTS65001: The user or administrator has not consented to use the application with ID '1' named 'Fairlead'.",
            ),
            ("consent_required", "The application needs the consent of an administrator."),
            ("admin_policy_enforced", ""),
        ] {
            assert!(matches!(microsoft(error, words), TokenFault::AdminConsent { .. }), "{error} {words}");
        }
        let declined = microsoft("access_denied", "AADSTS65004: User declined to consent to access the app.");
        assert_eq!(declined, TokenFault::Declined);
        assert_eq!(TokenFault::of("access_denied", "", &[]), TokenFault::Declined, "as Google says it");
    }

    #[test]
    fn a_wrong_secret_is_the_operators_matter() {
        let expired =
            microsoft("invalid_client", "AADSTS7000222: The provided client secret keys for app '1' are expired.");
        assert!(matches!(expired, TokenFault::AppRefused { .. }));
        assert!(expired.sentence(Provider::Microsoft).contains("AADSTS7000222"));
        assert!(matches!(TokenFault::of("invalid_client", "Unauthorized", &[]), TokenFault::AppRefused { .. }));
        let elsewhere = microsoft(
            "unauthorized_client",
            "AADSTS700016: Application with identifier '1' was not found in the directory 'Acme'.",
        );
        assert!(matches!(elsewhere, TokenFault::AppRefused { .. }));
    }

    #[test]
    fn words_hold_no_secret_and_fit_a_line() {
        let fault =
            TokenFault::of("other", &format!("The token r-secret is\0bad\n{}", "x".repeat(999)), &["r-secret", ""]);
        let TokenFault::Refused { words } = fault else { panic!("{fault:?}") };
        assert!(words.starts_with("The token … is bad xxx") && words.chars().count() == WORDS_MAX, "{words}");
    }
}
