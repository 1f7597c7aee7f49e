//! What a file says of a person who must not be written to: they bounced, unsubscribed or complained.

use super::keys::fold;

/// Why a person of a list must not be written to, as the list itself says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    Bounced,
    Unsubscribed,
    Complained,
    /// Marked as "do not contact", without a reason.
    DoNotContact,
    Invalid,
}

impl Standing {
    /// For people: why the row was left out.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Bounced => "Your file says that mail to this address bounced.",
            Self::Unsubscribed => "Your file says that this person unsubscribed.",
            Self::Complained => "Your file says that this person complained.",
            Self::DoNotContact => "Your file says not to contact this person.",
            Self::Invalid => "Your file says that this address is not valid.",
        }
    }

    /// Reads the words that mail programs, CRMs and checkers of addresses use.
    pub fn recognise(text: &str) -> Option<Self> {
        Some(match fold(text).as_str() {
            "bounced" | "bounce" | "hard bounce" | "hard bounced" | "hardbounce" | "hardbounced" | "email bounced"
            | "cleaned" | "undelivered" | "delivery failed" | "non delivered" => Self::Bounced,
            "unsubscribed"
            | "unsubscribe"
            | "opted out"
            | "opt out"
            | "optout"
            | "optedout"
            | "unsubscribed from all email"
            | "unsubscribed from all"
            | "removed"
            | "abgemeldet"
            | "desinscrit"
            | "desabonne"
            | "dado de baja"
            | "baja"
            | "disiscritto"
            | "cancellato"
            | "uitgeschreven"
            | "afgemeld"
            | "descadastrado"
            | "wypisany" => Self::Unsubscribed,
            "complained" | "complaint" | "complainer" | "spam complaint" | "marked as spam" | "reported as spam"
            | "abuse" | "spam" | "beschwerde" => Self::Complained,
            "do not mail"
            | "do not contact"
            | "do not email"
            | "do not call or mail"
            | "dnc"
            | "blocked"
            | "blocklisted"
            | "blacklisted"
            | "blacklist"
            | "suppressed"
            | "suppression"
            | "not interested do not contact"
            | "nicht kontaktieren"
            | "ne pas contacter"
            | "no contactar" => Self::DoNotContact,
            "invalid"
            | "undeliverable"
            | "not deliverable"
            | "non deliverable"
            | "spamtrap"
            | "spam trap"
            | "toxic"
            | "disabled"
            | "bad"
            | "does not exist"
            | "mailbox not found"
            | "invalid mailbox"
            | "invalid domain"
            | "mailbox does not exist"
            | "email disabled"
            | "invalid email"
            | "ungultig"
            | "nicht zustellbar"
            | "invalide"
            | "non valide"
            | "no valido"
            | "invalido"
            | "non valido"
            | "ongeldig"
            | "nieprawidlowy" => Self::Invalid,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_of_many_programs_are_understood() {
        for (text, standing) in [
            ("Bounced", Standing::Bounced),
            ("HARD_BOUNCE", Standing::Bounced),
            ("Unsubscribed", Standing::Unsubscribed),
            ("opted-out", Standing::Unsubscribed),
            ("Abgemeldet", Standing::Unsubscribed),
            ("Complained", Standing::Complained),
            ("Do not mail", Standing::DoNotContact),
            ("do_not_mail", Standing::DoNotContact),
            ("undeliverable", Standing::Invalid),
            ("Ungültig", Standing::Invalid),
        ] {
            assert_eq!(Standing::recognise(text), Some(standing), "{text}");
        }
        for text in ["Verified", "", "Subscribed", "not bounced", "soft bounce"] {
            assert_eq!(Standing::recognise(text), None, "{text}");
        }
    }
}
