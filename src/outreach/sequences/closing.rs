//! What follows the text of every mail: signature, unsubscribe line, and the sender's postal address.

pub use crate::outreach::schedule::schedule::Language;

impl Language {
    /// The unsubscribe line with the recipient's own link.
    pub fn unsubscribe_line(self, link: &str) -> String {
        match self {
            Self::En => format!("Not relevant? Stop these mails: {link}"),
            Self::De => format!("Nicht relevant? Diese E-Mails abbestellen: {link}"),
            Self::Fr => format!("Pas pour vous ? Ne plus recevoir ces e-mails : {link}"),
            Self::Es => format!("¿No le interesa? Deje de recibir estos correos: {link}"),
        }
    }
}

/// The text of a mail with what follows it. Empty parts leave no gap.
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
