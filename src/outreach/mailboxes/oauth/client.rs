//! Calls to the token endpoint of a provider.
//!
//! There is no OAuth library here: two forms go out and one JSON object comes back, and what takes care is elsewhere (who may
//! begin, whose token it is, one refresh at a time).

use std::time::Duration;

use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Request, header, request::Builder},
};
use url::Url;

use super::{
    answer::{Expected, Tokens, refusal, tokens},
    fault::TokenFault,
    provider::{Asking, Provider, redirect_url},
};
use crate::{
    mail::sign_in::Secret,
    server::{
        app::App,
        config::Config,
        http_client::{Bounds, CallFault},
        oauth_apps::OauthApp,
    },
};

/// What one call may take.
const BOUNDS: Bounds =
    Bounds { time_max: Duration::from_millis(if cfg!(test) { 3_000 } else { 15_000 }), bytes_max: 256 << 10 };
/// A longer pause that a provider asks for counts as this one.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(60 * 60);

/// Exchanges the code of a sign-in.
///
/// # Errors
/// [`TokenFault`]; a code serves once, so it is not sent again.
pub async fn exchange(app: &App, provider: Provider, code: &Secret, verifier: &str) -> Result<Tokens, TokenFault> {
    let (registered, redirect) = (registered(app, provider)?, redirect_url(&app.config));
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect.as_str()),
        ("code_verifier", verifier),
    ];
    let tokens = ask(app, (provider, registered), &form, &[code.reveal(), verifier]).await?;
    if tokens.refresh.is_none() {
        return Err(TokenFault::NoRefreshToken);
    }
    Ok(tokens)
}

/// Fetches the next access token.
///
/// # Errors
/// [`TokenFault`].
pub async fn refresh(app: &App, provider: Provider, refresh: &Secret) -> Result<Tokens, TokenFault> {
    let form =
        [("grant_type", "refresh_token"), ("refresh_token", refresh.reveal()), ("scope", provider.refresh_scopes())];
    ask(app, (provider, registered(app, provider)?), &form, &[refresh.reveal()]).await
}

/// Asks whether the provider takes the app's id and secret. No account is needed.
///
/// # Errors
/// What the provider says against the app, or that it did not answer.
pub async fn check(app: &App, provider: Provider) -> Result<(), TokenFault> {
    let (mut registered, redirect) = (registered(app, provider)?.clone(), redirect_url(&app.config));
    let form: &[(&str, &str)] = match provider {
        // The app is looked at before the code.
        Provider::Google => {
            &[("grant_type", "authorization_code"), ("code", "4/check"), ("redirect_uri", redirect.as_str())]
        }
        // Microsoft may look at the code first, so the app signs in as itself. What it gets is thrown away.
        Provider::Microsoft => {
            &[("grant_type", "client_credentials"), ("scope", "https://graph.microsoft.com/.default")]
        }
    };
    if registered.tenant == "common" {
        // Where an app cannot sign in as itself.
        "organizations".clone_into(&mut registered.tenant);
    }
    match ask(app, (provider, &registered), form, &[]).await {
        Ok(_) | Err(TokenFault::Withdrawn { .. } | TokenFault::NoMail) => Ok(()),
        Err(fault) => Err(fault),
    }
}

/// Whether the provider ends a permission when it is asked to.
pub fn can_revoke(app: &App, provider: Provider) -> bool {
    provider.app(&app.config).is_some_and(|registered| provider.revocation_url(registered).is_some())
}

/// Ends a permission, with every token that was made from it.
///
/// # Errors
/// [`TokenFault`].
pub async fn revoke(app: &App, provider: Provider, refresh: &Secret) -> Result<(), TokenFault> {
    let Some(url) = provider.revocation_url(registered(app, provider)?) else { return Ok(()) };
    let body = url::form_urlencoded::Serializer::new(String::new()).append_pair("token", refresh.reveal()).finish();
    let answer = app.http.call(post(&url), Bytes::from(body), BOUNDS).await.map_err(|fault| down(&fault))?;
    let (parts, body) = answer.into_parts();
    if parts.status.is_success() {
        return Ok(());
    }
    Err(refusal(parts.status.as_u16(), retry_after(&parts.headers), &body, &[refresh.reveal()]))
}

fn post(url: &Url) -> Builder {
    Request::builder()
        .method(Method::POST)
        .uri(url.as_str())
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ACCEPT, "application/json")
}

fn registered(app: &App, provider: Provider) -> Result<&OauthApp, TokenFault> {
    provider.app(&app.config).ok_or_else(|| TokenFault::AppRefused { words: "it is not set up".into() })
}

async fn ask(
    app: &App,
    (provider, registered): (Provider, &OauthApp),
    form: &[(&str, &str)],
    secrets: &[&str],
) -> Result<Tokens, TokenFault> {
    let fields = form.iter().filter(|(_, value)| !value.is_empty());
    let body = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .append_pair("client_id", &registered.client_id)
        .append_pair("client_secret", &registered.client_secret)
        .finish();
    let request = post(&provider.token_url(registered));
    let answer = app.http.call(request, Bytes::from(body), BOUNDS).await.map_err(|fault| down(&fault))?;
    let (parts, body) = answer.into_parts();
    if parts.status.is_success() {
        let issuer = issuer(&app.config, provider, registered);
        return tokens(&body, Expected { provider, client_id: &registered.client_id, issuer: &issuer });
    }
    let secrets: Vec<&str> = secrets.iter().copied().chain([registered.client_secret.as_str()]).collect();
    Err(refusal(parts.status.as_u16(), retry_after(&parts.headers), &body, &secrets))
}

/// The host of the provider's pages, with the port of one that stands in.
fn issuer(config: &Config, provider: Provider, app: &OauthApp) -> String {
    let url = provider.authorization_url(app, &redirect_url(config), &Asking { state: "", challenge: "" });
    url.authority().to_owned()
}

fn down(fault: &CallFault) -> TokenFault {
    TokenFault::Down { words: fault.to_string(), retry_after: None }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds).min(RETRY_AFTER_MAX))
}
