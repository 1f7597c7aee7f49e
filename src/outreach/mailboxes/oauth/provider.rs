//! The providers whose mailboxes sign in with OAuth 2, and the addresses that begin it.
//!
//! Google: <https://developers.google.com/identity/protocols/oauth2/web-server>. Microsoft:
//! <https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow>.

use url::Url;

use crate::{
    mail::server::{Security, Server},
    outreach::mailboxes::{account::Account, mailbox::MailboxKind},
    server::{config::Config, oauth_apps::OauthApp},
};

/// Where the provider answers after a sign-in; registered with the app of the instance.
pub const CALLBACK: &str = "/settings/mailboxes/oauth/callback";

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    Google,
    Microsoft,
}

/// What an authorization request carries beside the app.
pub struct Asking<'a> {
    pub state: &'a str,
    /// The S256 challenge of PKCE (RFC 7636).
    pub challenge: &'a str,
}

/// A provider at which a mailbox can sign in, if its app is set up.
#[derive(Debug, Clone)]
pub struct Offer {
    pub provider: Provider,
    pub ready: bool,
    /// The page on which an administrator allows the app.
    pub consent: Option<String>,
}

impl Provider {
    pub const ALL: [Self; 2] = [Self::Google, Self::Microsoft];

    /// As addresses and the database write it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Google => "google",
            Self::Microsoft => "microsoft",
        }
    }

    /// The provider that `word` names.
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.word() == word)
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Google => "Google",
            Self::Microsoft => "Microsoft",
        }
    }

    /// What a mailbox that signs in there is.
    pub fn kind(self) -> MailboxKind {
        match self {
            Self::Google => MailboxKind::Google,
            Self::Microsoft => MailboxKind::Microsoft,
        }
    }

    /// The provider of a mailbox; `None` for one that signs in with a password, and for the built-in outbox.
    pub fn of_kind(kind: MailboxKind) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.kind() == kind)
    }

    /// The account of a mailbox that signs in as `user`.
    pub fn account(self, user: &str) -> Account {
        let (smtp, imap) = match self {
            Self::Google => (("smtp.gmail.com", 465, Security::Tls), "imap.gmail.com"),
            Self::Microsoft => (("smtp.office365.com", 587, Security::StartTls), "outlook.office365.com"),
        };
        Account {
            smtp: Server { host: smtp.0.to_owned(), port: smtp.1, security: smtp.2 },
            smtp_user: user.to_owned(),
            imap: Some(Server { host: imap.to_owned(), port: 993, security: Security::Tls }),
            imap_user: user.to_owned(),
        }
    }

    /// The app of this instance; `None` when the operator has not set it up.
    pub fn app(self, config: &Config) -> Option<&OauthApp> {
        match self {
            Self::Google => config.oauth.google.as_ref(),
            Self::Microsoft => config.oauth.microsoft.as_ref(),
        }
    }

    /// What is asked for. `openid` and `email` tell which account signed in.
    pub fn scopes(self) -> &'static str {
        match self {
            Self::Google => "openid email https://mail.google.com/",
            Self::Microsoft => {
                "openid profile email offline_access https://outlook.office.com/IMAP.AccessAsUser.All \
                 https://outlook.office.com/SMTP.Send"
            }
        }
    }

    /// What a refresh asks for; empty: what was given.
    pub fn refresh_scopes(self) -> &'static str {
        match self {
            Self::Google => "",
            Self::Microsoft => self.scopes(),
        }
    }

    /// The last part of each permission that sending and reading take.
    fn needed(self) -> &'static [&'static str] {
        match self {
            Self::Google => &["https://mail.google.com/"],
            Self::Microsoft => &["/IMAP.AccessAsUser.All", "/SMTP.Send"],
        }
    }

    /// Whether `granted`, the scope of an answer, lets mail be sent and read. People can untick a permission at Google.
    /// Microsoft may write another host before the permission, and any case.
    pub fn grants_mail(self, granted: &str) -> bool {
        let granted = granted.to_ascii_lowercase();
        let has = |needed: &&str| granted.split_whitespace().any(|scope| scope.ends_with(&needed.to_ascii_lowercase()));
        self.needed().iter().all(has)
    }

    /// Where people sign in and allow it.
    pub fn authorization_url(self, app: &OauthApp, redirect: &Url, asking: &Asking<'_>) -> Url {
        let mut url = match self {
            Self::Google => app.endpoint("https://accounts.google.com", "/o/oauth2/v2/auth"),
            Self::Microsoft => app.endpoint(MICROSOFT, &format!("/{}/oauth2/v2.0/authorize", app.tenant)),
        };
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &app.client_id)
            .append_pair("redirect_uri", redirect.as_str())
            .append_pair("scope", self.scopes())
            .append_pair("state", asking.state)
            .append_pair("code_challenge", asking.challenge)
            .append_pair("code_challenge_method", "S256");
        let more: [(&str, &str); 2] = match self {
            // Without both, Google gives a refresh token only at the first consent of an account.
            Self::Google => [("access_type", "offline"), ("prompt", "consent select_account")],
            Self::Microsoft => [("response_mode", "query"), ("prompt", "select_account")],
        };
        url.query_pairs_mut().extend_pairs(more);
        url
    }

    /// Where codes and refresh tokens are exchanged.
    pub fn token_url(self, app: &OauthApp) -> Url {
        match self {
            Self::Google => app.endpoint("https://oauth2.googleapis.com", "/token"),
            Self::Microsoft => app.endpoint(MICROSOFT, &format!("/{}/oauth2/v2.0/token", app.tenant)),
        }
    }

    /// Where a permission is given back; Microsoft has no such address.
    pub fn revocation_url(self, app: &OauthApp) -> Option<Url> {
        (self == Self::Google).then(|| app.endpoint("https://oauth2.googleapis.com", "/revoke"))
    }

    /// What the form of a new mailbox says of signing in there.
    pub fn offer(self, config: &Config) -> Offer {
        let app = self.app(config);
        let consent = app.and_then(|app| self.admin_consent_url(app, &redirect_url(config)));
        Offer { provider: self, ready: app.is_some(), consent: consent.map(String::from) }
    }

    /// The page on which an administrator allows the app for a whole organisation; Google has none.
    pub fn admin_consent_url(self, app: &OauthApp, redirect: &Url) -> Option<Url> {
        if self == Self::Google {
            return None;
        }
        // Personal accounts cannot give this consent, so Microsoft does not take `common` here.
        let tenant = if app.tenant == "common" { "organizations" } else { &app.tenant };
        let mut url = app.endpoint(MICROSOFT, &format!("/{tenant}/v2.0/adminconsent"));
        url.query_pairs_mut()
            .append_pair("client_id", &app.client_id)
            .append_pair("scope", self.scopes())
            .append_pair("redirect_uri", redirect.as_str());
        Some(url)
    }
}

const MICROSOFT: &str = "https://login.microsoftonline.com";

/// The address that is registered with the apps of this instance.
pub fn redirect_url(config: &Config) -> Url {
    let mut url = config.public_url.clone();
    url.set_path(CALLBACK);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    fn app(tenant: &str) -> OauthApp {
        OauthApp { tenant: tenant.into(), ..OauthApp::new("the-id", "the-secret") }
    }

    fn redirect() -> Url {
        Url::parse("https://leads.example.com/settings/mailboxes/oauth/callback").unwrap()
    }

    #[test]
    fn an_authorization_url_asks_for_mail_and_holds_no_secret() {
        let asking = Asking { state: "the-state", challenge: "the-challenge" };
        let google = Provider::Google.authorization_url(&app("common"), &redirect(), &asking);
        let query: Vec<_> = google.query_pairs().into_owned().collect();
        let value = |name: &str| query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        assert!(google.as_str().starts_with("https://accounts.google.com/o/oauth2/v2/auth?"), "{google}");
        assert_eq!(value("redirect_uri"), Some(redirect().as_str()));
        assert_eq!((value("access_type"), value("prompt")), (Some("offline"), Some("consent select_account")));
        assert_eq!((value("code_challenge"), value("code_challenge_method")), (Some("the-challenge"), Some("S256")));
        let microsoft = Provider::Microsoft.authorization_url(&app("organizations"), &redirect(), &asking);
        assert!(
            microsoft.as_str().starts_with("https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?")
        );
        assert!(
            microsoft.as_str().contains("offline_access") && microsoft.as_str().contains("SMTP.Send"),
            "{microsoft}"
        );
        for url in [google, microsoft] {
            assert!(!url.as_str().contains("the-secret"), "{url}");
        }
    }

    #[test]
    fn an_administrator_allows_the_app_for_organisations_only() {
        let url = |tenant: &str| Provider::Microsoft.admin_consent_url(&app(tenant), &redirect()).unwrap();
        assert!(
            url("common").as_str().starts_with("https://login.microsoftonline.com/organizations/v2.0/adminconsent?")
        );
        assert!(url("acme.example").path().starts_with("/acme.example/"));
        assert_eq!(Provider::Google.admin_consent_url(&app("common"), &redirect()), None);
    }

    #[test]
    fn a_permission_that_was_unticked_is_missed() {
        assert!(
            Provider::Google
                .grants_mail("openid https://mail.google.com/ https://www.googleapis.com/auth/userinfo.email")
        );
        assert!(!Provider::Google.grants_mail("openid https://www.googleapis.com/auth/userinfo.email"));
        let both = "https://outlook.office365.com/smtp.send https://outlook.office.com/IMAP.AccessAsUser.All openid";
        assert!(Provider::Microsoft.grants_mail(both));
        assert!(!Provider::Microsoft.grants_mail("https://outlook.office.com/SMTP.Send openid"));
    }
}
