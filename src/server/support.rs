//! Where people find help with this instance: an address or a page of its operator.

use url::Url;

use super::config::ConfigError;
use crate::email::Email;

/// A contact of the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// As it is shown: the address, or the page without its scheme.
    pub text: String,
    /// Where it leads: `mailto:…` or a web address.
    pub href: String,
}

impl Support {
    /// Reads `FAIRLEAD_SUPPORT`.
    ///
    /// # Errors
    /// When it is neither a mail address nor a web address.
    pub fn parse(value: Option<String>) -> Result<Option<Self>, ConfigError> {
        let Some(text) = value else { return Ok(None) };
        if let Ok(email) = text.parse::<Email>() {
            return Ok(Some(Self { text: email.to_string(), href: format!("mailto:{email}") }));
        }
        match Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "https" | "http") && url.has_host()) {
            Some(url) => {
                let shown =
                    url.as_str().trim_start_matches("https://").trim_start_matches("http://").trim_end_matches('/');
                Ok(Some(Self { text: shown.to_owned(), href: url.to_string() }))
            }
            None => Err(ConfigError {
                variable: "FAIRLEAD_SUPPORT",
                fault: format!("“{text}” is neither a mail address nor a web address"),
                example: "support@example.com",
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn support_is_an_address_or_a_page() {
        let parsed = |text: &str| Support::parse(Some(text.to_owned())).map(|one| one.map(|one| (one.text, one.href)));
        let address = ("help@leads.example".to_owned(), "mailto:help@leads.example".to_owned());
        assert_eq!(parsed("help@leads.example"), Ok(Some(address)));
        let page = ("leads.example/help".to_owned(), "https://leads.example/help".to_owned());
        assert_eq!(parsed("https://leads.example/help"), Ok(Some(page)));
        assert_eq!(Support::parse(None), Ok(None));
        for wrong in ["nobody", "javascript:alert(1)", "ftp://x.example"] {
            assert!(parsed(wrong).is_err(), "{wrong}");
        }
    }
}
