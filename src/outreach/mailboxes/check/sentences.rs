//! What people read of a finding.

use super::finding::Finding;
use crate::outreach::mailboxes::domains::texts;

impl Finding {
    /// The sentence, with what to do where there is something to do.
    pub fn sentence(&self) -> String {
        match self {
            Self::NoAddress { host } => format!("{host} has no address. Check the spelling."),
            Self::PrivateNetwork { host } => {
                format!("{host} is in a private network. The operator of this instance can allow it.")
            }
            Self::NoAnswer { host, port } => format!("No answer from {host} at port {port}. Is the port right?"),
            Self::BadTls { words } => format!("{}.", capitalised(words)),
            Self::NoTls { host } => {
                format!(
                    "{host} offers no encryption at this port, so no password was sent. Use port 465 with TLS, or 587."
                )
            }
            Self::Refused { words } => format!("The server refused: “{words}”."),
            Self::Closed => "The server closed the connection without a word.".into(),
            Self::Slow => "The server did not answer in time.".into(),
            Self::Unreadable { words } => {
                format!("The server sent something unexpected: “{words}”. Is the port right?")
            }
            Self::Offers { size_max, mechanisms } => offers(*size_max, mechanisms),
            Self::NoPassword => "No password is stored. Type it in the settings of the mailbox.".into(),
            Self::NoPermission => "The permission of the provider is missing. Sign in with the provider again.".into(),
            Self::NoToken { words } => words.clone(),
            Self::SignInRefused { words } if says_app_password(words) => {
                format!("Sign-in refused: “{words}”. Create an app password at the provider and use it here.")
            }
            Self::SignInRefused { words } => {
                format!("Sign-in refused: “{words}”. With 2-step verification you need an app password.")
            }
            Self::SignInSwitchedOff { words } if words.contains("5.7.139") || words.contains("5.7.30") => format!(
                "Microsoft has switched off SMTP sign-in for your organisation: “{words}”. Use “Sign in with Microsoft”, or ask \
                 your admin to allow SMTP AUTH for this mailbox."
            ),
            Self::SignInSwitchedOff { words } => {
                format!("Your provider has switched off this way to sign in: “{words}”.")
            }
            Self::SignInBusy { words } => {
                format!("The server takes no sign-in right now: “{words}”. Test again later.")
            }
            Self::NoMechanism { offered } if offered.is_empty() => {
                "The server offers no way to sign in at this port.".into()
            }
            Self::NoMechanism { offered } => {
                format!("The server offers no way to sign in that Fairlead knows. It offers {offered}.")
            }
            Self::MayNotSend { address, words } => format!("You may not send as {address}: “{words}”."),
            Self::RecipientRefused { address, words } => format!("The server takes no mail to {address}: “{words}”."),
            Self::AddressTaken => {
                "Another mailbox on this instance sends from this address. Together they would not keep to its limits."
                    .into()
            }
            Self::NoImap => "No IMAP server is set.".into(),
            Self::Folders { count, junk: Some(junk) } => format!("{count} folders; spam is in “{junk}”."),
            Self::Folders { count, junk: None } => format!("{count} folders; none of them is for spam."),
            _ => self.sentence_about_mail(),
        }
    }

    /// The same of what was found about the test mail.
    fn sentence_about_mail(&self) -> String {
        match self {
            Self::MailRefused { words } => format!("The test mail was refused: “{words}”."),
            Self::OnItsWay => {
                "The test mail was accepted but has not arrived yet. Fairlead looks for it again for 10 minutes.".into()
            }
            Self::NeverArrived { minutes } => {
                format!("The test mail was accepted but did not arrive in {minutes} minutes.")
            }
            Self::NotYetArrived { seconds } => format!(
                "The test mail was accepted but did not arrive within {seconds} seconds. The test of the mailbox, once it is added, waits \
                 longer."
            ),
            Self::Arrived { seconds: 0 } => "Arrived at once.".into(),
            Self::Arrived { seconds: 1 } => "Arrived after 1 second.".into(),
            Self::Arrived { seconds } => format!("Arrived after {seconds} seconds."),
            Self::ArrivedInJunk { folder } => format!("It arrived in “{folder}”, the folder for spam."),
            Self::Signed { domain } => format!("Signed by {domain}."),
            Self::NotSigned => {
                "The copy that arrived has no DKIM signature. Some providers do not sign mails to their own mailboxes."
                    .into()
            }
            Self::SignedByOther { domain, own } => {
                format!("Signed by {domain}, not by {own}. DMARC does not count that signature.")
            }
            Self::NotCovered { fields } if fields.iter().all(|field| field.starts_with("List-")) => {
                "Your provider signs, but not the unsubscribe header. One-click unsubscribe may not show in Gmail."
                    .into()
            }
            Self::NotCovered { fields } => format!("The signature does not cover {}.", fields.join(", ")),
            Self::SignatureFails { domain } => {
                format!("The signature of {domain} was wrong when the mail arrived.")
            }
            Self::MessageIdReplaced => "Your provider replaces Message-IDs. Replies are matched by other means.".into(),
            Self::DnsOff => {
                "The records of the domain were not checked: this instance asks no name server (FAIRLEAD_DNS).".into()
            }
            Self::RecordsUnknown { parts } => {
                let parts: Vec<&str> = parts.iter().map(|part| texts::part(*part).0).collect();
                format!("No name server could say anything about {}.", parts.join(", "))
            }
            Self::Record { finding } => texts::meaning(finding),
            _ => String::new(),
        }
    }
}

fn offers(size_max: Option<u64>, mechanisms: &[String]) -> String {
    let size = size_max.map(|bytes| format!("Takes mails of up to {} MB", bytes / 1_000_000)).unwrap_or_default();
    let ways = if mechanisms.is_empty() { String::new() } else { format!("signs in with {}", mechanisms.join(", ")) };
    match (size.is_empty(), ways.is_empty()) {
        (true, true) => String::new(),
        (false, false) => format!("{size}; {ways}."),
        _ => format!("{}.", capitalised(&format!("{size}{ways}"))),
    }
}

fn says_app_password(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    ["application-specific", "app password", "app-specific", "5.7.9 "].iter().any(|known| words.contains(known))
}

fn capitalised(words: &str) -> String {
    let mut characters = words.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
