//! The mail server of the instance: from the environment, checked at start.

use lettre::message::Mailbox;
use url::Url;

use super::config::{ConfigError, is_local};

/// How the conversation with the mail server is kept private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// Begins in the open and must turn to TLS before anything is said (`smtp://`).
    Starttls,
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// Only on this machine (`smtp://localhost:25?tls=none`).
    None,
}

/// Where mail goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    /// User and password.
    pub credentials: Option<(String, String)>,
    /// The sender of the mail.
    pub from: Mailbox,
}

impl MailServer {
    /// Reads both variables through `value`, or neither: a server needs a sender.
    ///
    /// # Errors
    /// The first variable that has a wrong value, without repeating a password.
    pub(super) fn parse(value: impl Fn(&str) -> Option<String>) -> Result<Option<Self>, ConfigError> {
        const URL: (&str, &str) = ("FAIRLEAD_SMTP_URL", "smtp://user:password@mail.example.com:587");
        const FROM: (&str, &str) = ("FAIRLEAD_MAIL_FROM", "Fairlead <leads@example.com>");
        let error = |(variable, example): (&'static str, &'static str), fault: &str| ConfigError {
            variable,
            fault: fault.into(),
            example,
        };
        let (url, from) = match (value(URL.0), value(FROM.0)) {
            (None, None) => return Ok(None),
            (Some(_), None) => return Err(error(FROM, "is required with FAIRLEAD_SMTP_URL")),
            (None, Some(_)) => return Err(error(URL, "is required with FAIRLEAD_MAIL_FROM")),
            (Some(url), Some(from)) => (url, from),
        };
        let from = from
            .parse()
            .map_err(|_| error(FROM, &format!("“{from}” is not an email address, with or without a name")))?;
        // The address is not repeated in any message: it may hold a password.
        let url = Url::parse(&url).map_err(|_| error(URL, "is not an address of a mail server"))?;
        let host = url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| error(URL, "names no host"))?;
        let host = host.trim_matches(['[', ']']).to_owned();
        let (security, port) = match (url.scheme(), url.query()) {
            ("smtp", None) => (MailSecurity::Starttls, 587),
            ("smtps", None) => (MailSecurity::Tls, 465),
            ("smtp", Some("tls=none")) if is_local(&url) => (MailSecurity::None, 25),
            ("smtp", Some("tls=none")) => {
                return Err(error(URL, "may leave TLS out only for this machine (localhost)"));
            }
            ("smtp" | "smtps", Some(_)) => return Err(error(URL, "has a part after “?” that means nothing here")),
            _ => return Err(error(URL, "must begin with smtp:// or smtps://")),
        };
        let decoded = |text: &str| {
            let pair = format!("x={}", text.replace('+', "%2B"));
            url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, text)| text.into_owned()).unwrap_or_default()
        };
        let credentials = match (url.username(), url.password()) {
            ("", None) => None,
            (user, Some(password)) if !user.is_empty() => Some((decoded(user), decoded(password))),
            _ => return Err(error(URL, "needs a user and a password, or neither")),
        };
        Ok(Some(Self { host, port: url.port().unwrap_or(port), security, credentials, from }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<Option<MailServer>, ConfigError> {
        MailServer::parse(|name| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn a_mail_server_is_reached_privately_and_never_without_a_sender() {
        let from = ("FAIRLEAD_MAIL_FROM", "Fairlead <leads@example.com>");
        let with = |url: &str| parse(&[("FAIRLEAD_SMTP_URL", url), from]);
        let server = with("smtp://uma%40x:p%2Fa+s@mail.example.com").unwrap().unwrap();
        assert_eq!(
            (server.host.as_str(), server.port, server.security),
            ("mail.example.com", 587, MailSecurity::Starttls)
        );
        assert_eq!(server.credentials.unwrap(), ("uma@x".to_owned(), "p/a+s".to_owned()));
        assert_eq!(server.from.email.to_string(), "leads@example.com");
        assert_eq!(with("smtps://mail.example.com").unwrap().unwrap().port, 465);
        for local in ["smtp://localhost:2525?tls=none", "smtp://127.0.0.1?tls=none", "smtp://[::1]:25?tls=none"] {
            assert_eq!(with(local).unwrap().unwrap().security, MailSecurity::None, "{local}");
        }
        for wrong in [
            "smtp://mail.example.com?tls=none",
            "smtp://127.0.0.1.example.com?tls=none",
            "smtps://localhost?tls=none",
            "smtp://localhost?tls=maybe",
            "http://mail.example.com",
            "smtp://",
            "mail.example.com",
            "smtp://uma@mail.example.com",
            "smtp://:secret-words@mail.example.com",
        ] {
            let error = with(wrong).unwrap_err();
            assert_eq!(error.variable, "FAIRLEAD_SMTP_URL", "{wrong}");
            assert!(!error.to_string().contains("secret-words"), "a password is never repeated");
        }
        assert_eq!(parse(&[from]).unwrap_err().variable, "FAIRLEAD_SMTP_URL");
        let url = ("FAIRLEAD_SMTP_URL", "smtps://mail.example.com");
        assert_eq!(parse(&[url]).unwrap_err().variable, "FAIRLEAD_MAIL_FROM");
        assert_eq!(parse(&[url, ("FAIRLEAD_MAIL_FROM", "nobody")]).unwrap_err().variable, "FAIRLEAD_MAIL_FROM");
    }
}
