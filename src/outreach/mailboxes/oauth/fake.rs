//! A token server for tests: gives each refresh token once, or breaks the rules in one way.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::State,
    http::{StatusCode, Uri, header},
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;
use url::Url;

use super::{
    answer::ProviderAccount,
    connection::{self, SignedIn, StoredTokens},
    provider::Provider,
};
use crate::{
    mail::sign_in::Secret,
    on,
    outreach::mailboxes::secrets::MailboxKey,
    server::{app::App, form::Form},
};

pub const CLIENT_ID: &str = "the-client-id";
pub const CLIENT_SECRET: &str = "the-client-secret";
/// How long its access tokens last.
const LASTS: Duration = Duration::from_secs(60 * 60);

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Well,
    /// Gives no new refresh token, as Google does.
    KeepsRefreshToken,
    /// Takes a refresh token that was used before, as Microsoft does.
    TakesOldToken,
    /// Holds each answer until one is let go.
    Holding,
    /// The same, and it is a refusal.
    HoldingRefusal,
    /// Never answers.
    Silent,
    Down,
    Withdrawn,
    OtherAccount,
    NoMail,
    NoRefreshToken,
    /// Gives access tokens that no mail server takes.
    GivesDeadTokens,
    /// Does not know the app.
    NoApp,
}

struct Code {
    account: String,
    challenge: String,
    redirect: String,
}

struct Inner {
    mood: Mutex<Mood>,
    calls: AtomicUsize,
    answers: Semaphore,
    held: Semaphore,
    codes: Mutex<HashMap<String, Code>>,
    /// Refresh tokens, with whether each was used.
    refresh: Mutex<HashMap<String, (String, bool)>>,
    /// Whose each access token is.
    access: Mutex<HashMap<String, String>>,
    authority: String,
}

/// A running token server.
#[derive(Clone)]
pub struct TokenServer(Arc<Inner>);

impl TokenServer {
    pub async fn start() -> Self {
        Self::start_at(0).await
    }

    /// At a port that a mail server knows, which asks it whose a token is.
    pub async fn start_at(port: u16) -> Self {
        let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let inner = Arc::new(Inner {
            mood: Mutex::new(Mood::Well),
            calls: AtomicUsize::new(0),
            answers: Semaphore::new(0),
            held: Semaphore::new(0),
            codes: Mutex::default(),
            refresh: Mutex::default(),
            access: Mutex::default(),
            authority: listener.local_addr().unwrap().to_string(),
        });
        let routes = Router::new()
            .route("/token", post(token))
            .route("/introspect", post(introspect))
            .route("/revoke", post(revoke))
            .route("/organizations/oauth2/v2.0/token", post(token))
            .with_state(inner.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self(inner)
    }

    /// The configuration of an instance that asks it.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let url = format!("http://{}", self.0.authority);
        let text = |text: &str| text.to_owned();
        vec![
            ("FAIRLEAD_GOOGLE_CLIENT_ID", text(CLIENT_ID)),
            ("FAIRLEAD_GOOGLE_CLIENT_SECRET", text(CLIENT_SECRET)),
            ("FAIRLEAD_GOOGLE_URL", url.clone()),
            ("FAIRLEAD_MICROSOFT_CLIENT_ID", text(CLIENT_ID)),
            ("FAIRLEAD_MICROSOFT_CLIENT_SECRET", text(CLIENT_SECRET)),
            ("FAIRLEAD_MICROSOFT_URL", url),
        ]
    }

    pub fn be(&self, mood: Mood) {
        *self.0.mood.lock().unwrap() = mood;
    }

    /// Token requests that arrived.
    pub fn calls(&self) -> usize {
        self.0.calls.load(Ordering::SeqCst)
    }

    /// Waits until an answer is held.
    pub async fn holds(&self) {
        self.0.held.acquire().await.unwrap().forget();
    }

    /// Lets one answer go.
    pub fn let_go(&self) {
        self.0.answers.add_permits(1);
    }

    /// Whether a refresh token is still good.
    pub fn knows(&self, refresh: &str) -> bool {
        self.0.refresh.lock().unwrap().contains_key(refresh)
    }

    /// Signs a mailbox in, as if its owner had come back from the provider's page. Returns its access token.
    pub async fn sign_in(&self, app: &App, mailbox: MailboxKey, account: &str) -> String {
        let tokens = self.0.give(account);
        let signed_in = SignedIn {
            account: ProviderAccount {
                subject: subject(account),
                user: account.to_owned(),
                address: account.to_owned(),
            },
            tokens: StoredTokens { access: Secret::new(&tokens.0), refresh: Secret::new(tokens.1) },
            expires_at: app.clock.now().plus(LASTS),
            ends_at: None,
        };
        let mut tx = app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update mailboxes set kind = 'google' where workspace_id = $1 and id = $2")
            .bind(mailbox.0).bind(mailbox.1).execute(c).await.map(drop))
        .unwrap();
        let (keys, now) = (app.config.encryption_keys(), app.clock.now());
        connection::connect(&mut tx, &keys, mailbox, (Provider::Google, &signed_in), now).await.unwrap();
        tx.commit().await.unwrap();
        tokens.0
    }

    /// Takes back every access token.
    pub fn revoke(&self) {
        self.0.access.lock().unwrap().clear();
    }

    /// What the provider's page does when `account` signs in and allows all: the address that it sends the browser back to.
    pub fn allow(&self, authorization: &str, account: &str) -> String {
        let url = Url::parse(authorization).unwrap();
        let query: HashMap<String, String> = url.query_pairs().into_owned().collect();
        assert_eq!((query["client_id"].as_str(), query["code_challenge_method"].as_str()), (CLIENT_ID, "S256"));
        let code = format!("4/code-{}", uuid::Uuid::new_v4().simple());
        let (challenge, redirect) = (query["code_challenge"].clone(), query["redirect_uri"].clone());
        self.0.codes.lock().unwrap().insert(code.clone(), Code { account: account.to_owned(), challenge, redirect });
        back(&url, &[("code", &code)])
    }

    /// The same when a person refuses, with these words.
    pub fn refuse(authorization: &str, error: &str, description: &str) -> String {
        back(&Url::parse(authorization).unwrap(), &[("error", error), ("error_description", description)])
    }
}

/// The path of the redirect address with the state and `answer`.
fn back(authorization: &Url, answer: &[(&str, &str)]) -> String {
    let value = |name: &str| authorization.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let mut url = Url::parse(&value("redirect_uri")).unwrap();
    url.query_pairs_mut().append_pair("state", &value("state")).extend_pairs(answer);
    format!("{}?{}", url.path(), url.query().unwrap())
}

async fn token(State(inner): State<Arc<Inner>>, uri: Uri, form: Form) -> Response {
    inner.calls.fetch_add(1, Ordering::SeqCst);
    let mood = *inner.mood.lock().unwrap();
    match mood {
        Mood::Silent => tokio::time::sleep(Duration::from_secs(600)).await,
        Mood::Down => return (StatusCode::SERVICE_UNAVAILABLE, [(header::RETRY_AFTER, "120")], "busy").into_response(),
        _ => {}
    }
    let answer = inner.answer(&form, mood, uri.path() != "/token");
    if matches!(mood, Mood::Holding | Mood::HoldingRefusal) {
        inner.held.add_permits(1);
        inner.answers.acquire().await.unwrap().forget();
    }
    match answer {
        Ok(tokens) => axum::Json(tokens).into_response(),
        Err((error, description)) => {
            let refusal = json!({ "error": error, "error_description": description });
            (StatusCode::BAD_REQUEST, axum::Json(refusal)).into_response()
        }
    }
}

/// What it knows an account by.
fn subject(account: &str) -> String {
    format!("subject of {account}")
}

/// RFC 7009, as Google has it.
async fn revoke(State(inner): State<Arc<Inner>>, form: Form) -> Response {
    if *inner.mood.lock().unwrap() == Mood::Down {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    match inner.refresh.lock().unwrap().remove(form.text("token")) {
        Some(_) => StatusCode::OK.into_response(),
        None => (StatusCode::BAD_REQUEST, axum::Json(json!({ "error": "invalid_token" }))).into_response(),
    }
}

/// RFC 7662, as a mail server asks.
async fn introspect(State(inner): State<Arc<Inner>>, form: Form) -> axum::Json<Value> {
    let account = inner.access.lock().unwrap().get(form.text("token")).cloned();
    axum::Json(json!({ "active": account.is_some(), "username": account }))
}

impl Inner {
    /// The next access token and refresh token of an account.
    fn give(&self, account: &str) -> (String, String) {
        let number = uuid::Uuid::new_v4().simple();
        let (access, refresh) = (format!("access-{number}"), format!("refresh-{number}"));
        self.refresh.lock().unwrap().insert(refresh.clone(), (account.to_owned(), false));
        self.access.lock().unwrap().insert(access.clone(), account.to_owned());
        (access, refresh)
    }

    fn answer(&self, form: &Form, mood: Mood, microsoft: bool) -> Result<Value, (&'static str, String)> {
        if mood == Mood::NoApp || form.text("client_id") != CLIENT_ID || form.text("client_secret") != CLIENT_SECRET {
            let words = format!("AADSTS7000215: Invalid client secret {} provided.", form.text("client_secret"));
            return Err(("invalid_client", words));
        }
        let bad = |words: &str| ("invalid_grant", words.to_owned());
        let account = match form.text("grant_type") {
            "client_credentials" => return Ok(json!({ "access_token": "of-the-app", "expires_in": 3599 })),
            "authorization_code" => {
                let code =
                    self.codes.lock().unwrap().remove(form.text("code")).ok_or_else(|| bad("Malformed auth code."))?;
                let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(form.text("code_verifier")));
                if challenge != code.challenge || form.text("redirect_uri") != code.redirect {
                    return Err(bad("Invalid code verifier."));
                }
                code.account
            }
            _ => {
                let mut known = self.refresh.lock().unwrap();
                let (account, used) = known
                    .get_mut(form.text("refresh_token"))
                    .ok_or_else(|| bad("Token has been expired or revoked."))?;
                if matches!(mood, Mood::Withdrawn | Mood::HoldingRefusal) || (*used && mood != Mood::TakesOldToken) {
                    return Err(bad(&format!("Token {} has been expired or revoked.", form.text("refresh_token"))));
                }
                *used |= mood != Mood::KeepsRefreshToken;
                account.clone()
            }
        };
        let whose = if mood == Mood::OtherAccount { "otto@other.example" } else { &account };
        let (access, refresh) = self.give(&account);
        if mood == Mood::GivesDeadTokens {
            self.access.lock().unwrap().remove(&access);
        }
        let granted = if microsoft {
            "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send"
        } else {
            "openid https://mail.google.com/"
        };
        let scope = if mood == Mood::NoMail { "openid email" } else { granted };
        let mut tokens = json!({ "access_token": access, "token_type": "Bearer", "expires_in": LASTS.as_secs(), "scope": scope,
            "id_token": self.id_token(whose) });
        if !matches!(mood, Mood::KeepsRefreshToken | Mood::NoRefreshToken) {
            tokens["refresh_token"] = refresh.into();
        }
        Ok(tokens)
    }

    fn id_token(&self, account: &str) -> String {
        let claims = json!({ "iss": format!("http://{}/v2.0", self.authority), "aud": CLIENT_ID, "sub": subject(account),
            "email": account, "preferred_username": account });
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()))
    }
}
