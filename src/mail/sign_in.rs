//! As which user a server is signed in to, and the secret that proves it.

use std::fmt;

use base64::{Engine, prelude::BASE64_STANDARD};

/// A password or token. Nothing prints it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the server that it belongs to.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

/// How to sign in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignIn {
    /// PLAIN (RFC 4616), or LOGIN where only that is offered.
    Password { user: String, password: Secret },
    /// An access token of OAuth 2 (XOAUTH2, as Google and Microsoft describe it).
    Bearer { user: String, token: Secret },
}

impl SignIn {
    /// What PLAIN sends, in base64.
    pub fn plain(user: &str, password: &Secret) -> String {
        base64(&format!("\0{user}\0{}", password.reveal()))
    }

    /// What XOAUTH2 sends, in base64.
    pub fn xoauth2(user: &str, token: &Secret) -> String {
        base64(&format!("user={user}\u{1}auth=Bearer {}\u{1}\u{1}", token.reveal()))
    }

    /// `words` of a server without the secret, in whatever form it was sent: some servers repeat what they were told.
    pub fn scrub(&self, words: &str) -> String {
        let (secret, whole) = match self {
            Self::Password { user, password } => (password, Self::plain(user, password)),
            Self::Bearer { user, token } => (token, Self::xoauth2(user, token)),
        };
        let forms = [whole, base64(secret.reveal()), secret.reveal().to_owned()];
        let forms = forms.iter().filter(|form| !form.is_empty());
        forms.fold(words.to_owned(), |words, form| words.replace(form.as_str(), "…"))
    }
}

/// Base64 with padding, as every mechanism sends it (RFC 4954 section 4).
pub fn base64(text: &str) -> String {
    BASE64_STANDARD.encode(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_neither_printed_nor_left_in_the_words_of_a_server() {
        let password = SignIn::Password { user: "uma".into(), password: Secret::new("p/a ss+1") };
        let token = SignIn::Bearer { user: "uma".into(), token: Secret::new("ya29.token") };
        for (sign_in, secret) in [(&password, "p/a ss+1"), (&token, "ya29.token")] {
            assert!(!format!("{sign_in:?}").contains(secret), "{sign_in:?}");
            let words = format!("535 “{secret}” ({}) is wrong for uma", base64(secret));
            assert_eq!(sign_in.scrub(&words), "535 “…” (…) is wrong for uma");
        }
        let (plain, xoauth2) =
            (SignIn::plain("uma", &Secret::new("p/a ss+1")), SignIn::xoauth2("uma", &Secret::new("ya29.token")));
        assert_eq!(plain, "AHVtYQBwL2Egc3MrMQ==");
        assert_eq!(password.scrub(&format!("Bad argument {plain}")), "Bad argument …");
        assert_eq!(xoauth2, "dXNlcj11bWEBYXV0aD1CZWFyZXIgeWEyOS50b2tlbgEB");
        assert_eq!(token.scrub(&format!("Bad argument {xoauth2}")), "Bad argument …");
    }

    #[test]
    fn an_empty_secret_leaves_words_as_they_are() {
        let sign_in = SignIn::Password { user: "uma".into(), password: Secret::new("") };
        assert_eq!(sign_in.scrub("Wrong password"), "Wrong password");
    }
}
