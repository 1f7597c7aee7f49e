//! What stands below every mail's own words: signature, the way out, and the sender's postal address.

use serde::{Deserialize, Serialize};

/// The language of a campaign's closing lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Language {
    #[default]
    En,
    De,
    Fr,
    Es,
}

impl Language {
    /// The line that leads out, with the recipient's own link.
    pub fn unsubscribe_line(self, link: &str) -> String {
        match self {
            Self::En => format!("Not relevant? Stop these mails: {link}"),
            Self::De => format!("Nicht relevant? Diese E-Mails abbestellen: {link}"),
            Self::Fr => format!("Pas pour vous ? Ne plus recevoir ces e-mails : {link}"),
            Self::Es => format!("¿No le interesa? Deje de recibir estos correos: {link}"),
        }
    }
}

/// A mail's own words with what stands below them. Empty parts leave no gap.
pub fn with_closing(body: &str, signature: &str, unsubscribe_line: &str, postal_address: &str) -> String {
    let last_lines: Vec<&str> =
        [unsubscribe_line, postal_address].map(str::trim).into_iter().filter(|part| !part.is_empty()).collect();
    let last_lines = last_lines.join("\n");
    let parts: Vec<&str> =
        [body, signature, &last_lines].map(str::trim).into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n\n").replace("\r\n", "\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signature_way_out_and_address_follow_the_words() {
        let line = Language::De.unsubscribe_line("https://acme.example/u/abc");
        assert_eq!(
            with_closing("Hi Mara\n", "Jo\r\nAcme", &line, "Acme, 1 High Street"),
            "Hi Mara\n\nJo\nAcme\n\nNicht relevant? Diese E-Mails abbestellen: https://acme.example/u/abc\nAcme, 1 High Street"
        );
        assert_eq!(with_closing("Hi", "", "Stop", ""), "Hi\n\nStop");
    }
}
