//! What the token endpoint of a provider answers (RFC 6749, section 5), and whose token it is (OpenID Connect Core, 3.1.3).

use std::time::Duration;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::{fault::TokenFault, provider::Provider};
use crate::mail::sign_in::Secret;

/// How long an access token lasts when the provider does not say.
const LIFE: Duration = Duration::from_secs(60 * 60);

/// What a provider gave.
#[derive(Debug, Clone)]
pub struct Tokens {
    pub access: Secret,
    /// Missing from a refresh when the one that was sent stays good.
    pub refresh: Option<Secret>,
    pub lasts: Duration,
    /// How long the connection as a whole lasts, when it ends.
    pub connection_lasts: Option<Duration>,
    pub account: Option<ProviderAccount>,
}

/// The account that signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderAccount {
    /// What the provider knows it by, whatever its names become.
    pub subject: String,
    /// The name that it signs in with; the user of SMTP and IMAP.
    pub user: String,
    /// The address of its mail, as far as the provider tells.
    pub address: String,
}

#[derive(Deserialize)]
struct Success {
    access_token: String,
    refresh_token: Option<String>,
    expires_in: Option<u64>,
    /// Of Google, when the permission itself ends.
    refresh_token_expires_in: Option<u64>,
    scope: Option<String>,
    id_token: Option<String>,
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    #[serde(default)]
    error_description: String,
}

#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    aud: Audience,
    email: Option<String>,
    #[serde(default)]
    email_verified: Option<bool>,
    preferred_username: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

/// What a token has to be for.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    pub provider: Provider,
    pub client_id: &'a str,
    /// The host of the provider's pages, which it names as the issuer.
    pub issuer: &'a str,
}

/// Reads the body of a success.
///
/// # Errors
/// [`TokenFault::NoMail`] without the permission for mail, [`TokenFault::Refused`] for what is no token of this app.
pub fn tokens(body: &[u8], expected: Expected<'_>) -> Result<Tokens, TokenFault> {
    let unreadable = || TokenFault::Refused { words: "its answer holds no token".into() };
    let answer: Success = serde_json::from_slice(body).map_err(|_| unreadable())?;
    if !is_token(&answer.access_token) || !answer.refresh_token.as_deref().is_none_or(is_token) {
        return Err(unreadable());
    }
    // Left out when it is what was asked for (RFC 6749, section 5.1).
    if answer.scope.as_deref().is_some_and(|scope| !expected.provider.grants_mail(scope)) {
        return Err(TokenFault::NoMail);
    }
    Ok(Tokens {
        account: answer.id_token.map(|token| account(&token, expected)).transpose()?,
        access: Secret::new(answer.access_token),
        refresh: answer.refresh_token.map(Secret::new),
        lasts: answer.expires_in.map_or(LIFE, Duration::from_secs),
        connection_lasts: answer.refresh_token_expires_in.filter(|seconds| *seconds > 0).map(Duration::from_secs),
    })
}

/// Printable and of a bounded length: it goes into a line of SMTP.
fn is_token(token: &str) -> bool {
    !token.is_empty() && token.len() <= 16 << 10 && token.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Reads the body of an answer that is no success. `secrets` are what the request held.
pub fn refusal(status: u16, retry_after: Option<Duration>, body: &[u8], secrets: &[&str]) -> TokenFault {
    if status >= 500 || matches!(status, 408 | 429) {
        return TokenFault::Down { words: format!("status {status}"), retry_after };
    }
    match serde_json::from_slice::<Refusal>(body) {
        Ok(refusal) => TokenFault::of(&refusal.error, &refusal.error_description, secrets),
        Err(_) => TokenFault::Refused { words: format!("status {status}") },
    }
}

/// The account of an identity token. It comes from the provider itself over TLS, which takes the place of checking its
/// signature (OpenID Connect Core, 3.1.3.7, number 6).
fn account(token: &str, expected: Expected<'_>) -> Result<ProviderAccount, TokenFault> {
    let refused = || TokenFault::Refused { words: "its answer does not say whose token it is".into() };
    let claims = token.split('.').nth(1).and_then(|part| BASE64_URL_SAFE_NO_PAD.decode(part).ok());
    let claims: Claims = claims.and_then(|claims| serde_json::from_slice(&claims).ok()).ok_or_else(refused)?;
    let ours = match &claims.aud {
        Audience::One(app) => app == expected.client_id,
        Audience::Several(apps) => apps.iter().any(|app| app == expected.client_id),
    };
    let issuer = claims.iss.split_once("://").map_or(claims.iss.as_str(), |(_, rest)| rest);
    let issuer = issuer.split('/').next().unwrap_or_default();
    if !ours || issuer != expected.issuer || claims.sub.is_empty() {
        return Err(refused());
    }
    let email = claims.email.filter(|_| claims.email_verified != Some(false));
    let user = match expected.provider {
        Provider::Google => email.clone(),
        Provider::Microsoft => claims.preferred_username.or_else(|| email.clone()),
    };
    let user = user.filter(|user| user.contains('@') && !user.chars().any(char::is_control)).ok_or_else(refused)?;
    let address = email.filter(|email| email.contains('@')).unwrap_or_else(|| user.clone());
    Ok(ProviderAccount { subject: claims.sub, user, address })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const GOOGLE: Expected<'_> =
        Expected { provider: Provider::Google, client_id: "the-id", issuer: "accounts.google.com" };
    const MICROSOFT: Expected<'_> =
        Expected { provider: Provider::Microsoft, client_id: "the-id", issuer: "login.microsoftonline.com" };

    fn id_token(claims: &Value) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
    }

    fn read(answer: &Value, expected: Expected<'_>) -> Result<Tokens, TokenFault> {
        tokens(answer.to_string().as_bytes(), expected)
    }

    #[test]
    fn a_success_names_the_account_and_how_long_it_lasts() {
        let claims = json!({ "iss": "https://accounts.google.com", "sub": "1089", "aud": "the-id", "email": "jo@acme.example", "email_verified": true });
        let answer = json!({ "access_token": "a-token", "refresh_token": "r-token", "expires_in": 3599, "token_type": "Bearer",
            "refresh_token_expires_in": 604_799, "scope": "openid https://mail.google.com/", "id_token": id_token(&claims) });
        let tokens = read(&answer, GOOGLE).unwrap();
        assert_eq!((tokens.access.reveal(), tokens.lasts), ("a-token", Duration::from_secs(3_599)));
        assert_eq!(tokens.connection_lasts, Some(Duration::from_secs(604_799)));
        assert_eq!(tokens.account.as_ref().unwrap().user, "jo@acme.example");
        assert!(!format!("{tokens:?}").contains("token\""), "{tokens:?}");
    }

    #[test]
    fn an_account_of_microsoft_signs_in_with_its_user_name() {
        let claims = json!({ "iss": "https://login.microsoftonline.com/aaaabbbb/v2.0", "sub": "AAAA", "aud": ["the-id"],
            "preferred_username": "jo@acme.onmicrosoft.com", "email": "jo@acme.example" });
        let tokens = read(&json!({ "access_token": "a", "id_token": id_token(&claims) }), MICROSOFT).unwrap();
        let account = tokens.account.unwrap();
        assert_eq!((account.user.as_str(), account.address.as_str()), ("jo@acme.onmicrosoft.com", "jo@acme.example"));
        assert_eq!((tokens.lasts, tokens.refresh), (LIFE, None));
    }

    #[test]
    fn a_token_of_another_app_issuer_or_shape_is_refused() {
        let good = json!({ "iss": "accounts.google.com", "sub": "1", "aud": "the-id", "email": "jo@acme.example" });
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            read(&json!({ "access_token": "a", "id_token": id_token(&claims) }), GOOGLE)
        };
        assert!(with("sub", json!("2")).is_ok());
        for (name, value) in [
            ("aud", json!("another-app")),
            ("iss", json!("https://evil.example/accounts.google.com")),
            ("iss", json!("https://accounts.google.com.evil.example")),
            ("sub", json!("")),
            ("email", json!("jo")),
            ("email", Value::Null),
            ("email_verified", json!(false)),
        ] {
            assert!(matches!(with(name, value.clone()), Err(TokenFault::Refused { .. })), "{name} {value}");
        }
        for answer in [
            json!({}),
            json!({ "access_token": "" }),
            json!({ "access_token": "two\r\nlines" }),
            json!({ "access_token": "a", "refresh_token": "" }),
            json!({ "access_token": "a", "id_token": "x" }),
            json!([]),
        ] {
            assert!(matches!(read(&answer, GOOGLE), Err(TokenFault::Refused { .. })), "{answer}");
        }
    }

    #[test]
    fn an_unticked_permission_is_told() {
        let answer = json!({ "access_token": "a", "scope": "openid https://www.googleapis.com/auth/userinfo.email" });
        assert_eq!(read(&answer, GOOGLE).unwrap_err(), TokenFault::NoMail);
    }

    #[test]
    fn a_server_in_trouble_is_asked_again_and_words_of_a_page_are_not_repeated() {
        let pause = Some(Duration::from_secs(30));
        assert!(
            matches!(refusal(503, pause, b"<html>", &[]), TokenFault::Down { retry_after, .. } if retry_after == pause)
        );
        assert!(matches!(refusal(429, None, b"{}", &[]), TokenFault::Down { .. }));
        assert_eq!(refusal(404, None, b"<html>", &[]), TokenFault::Refused { words: "status 404".into() });
        let body = br#"{"error":"invalid_grant","error_description":"Bad r-secret"}"#;
        assert!(
            matches!(refusal(400, None, body, &["r-secret"]), TokenFault::Withdrawn { words, .. } if words == "Bad …")
        );
    }
}
