//! The server functions of accounts: signing in and signing up.

use axum::{
    extract::FromRequestParts,
    http::{
        StatusCode,
        header::{RETRY_AFTER, SET_COOKIE},
    },
};
use leptos::prelude::*;

use super::{
    Member, browser_session,
    client::ClientAddress,
    confirm::Begun,
    guesses::Guesses,
    known_device::KnownDevices,
    next::local_path,
    pages::SENT,
    passwords::PASSWORDS,
    security_log::SecurityLog,
    sign_in::{self, Attempt, Refusal},
    sign_up::{self, NewAccount, Place, SignedUp},
    wording,
};
use crate::{
    fields::{FieldErrors, FormError, Then},
    server::{
        app::App,
        error::AppError,
        form::Form,
        server_functions::{add_header, asked, session},
    },
    ui::{Tone, leave_flash},
};

/// Signs this browser in, and leads to `next`.
///
/// # Errors
/// 422 for fields to change and for a wrong pair of address and password, 429 after too many attempts.
#[server(prefix = "", endpoint = "login")]
pub async fn sign_in(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<Then<()>, FormError> {
    let (app, mut parts) = asked();
    let mut errors = FieldErrors::default();
    let email = wording::email(&Form::of(&[("email", &email)]), "email", &mut errors);
    if password.is_empty() {
        errors.add("password", "Type your password.");
    }
    let Some(email) = email.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    let known = KnownDevices::of(&parts.headers, &app.config);
    let address = ClientAddress::from_request_parts(&mut parts, &app).await?;
    let attempt = Attempt { address, known: &known, guesses: app.of::<Guesses>(), log: app.of::<SecurityLog>() };
    let signed_in = sign_in::sign_in(&app.db, &PASSWORDS, &email, &password, &attempt, app.clock.now()).await;
    let signed_in = signed_in.map_err(|refusal| {
        refused(refusal, |wait| {
            format!("Too many failed attempts. Try again in {wait}, use a browser you signed in with before, or reset the password.")
        })
    })?;
    add_header(SET_COOKIE, browser_session::enter(&app, &session()?, &known, signed_in).await?);
    Ok(Then { made: (), next: local_path(&next) })
}

/// Begins an account with a workspace of its own: a link is mailed, and its button makes the account. Where no mail is sent, the
/// account is made at once and this browser signed in to it.
///
/// # Errors
/// 422 for fields to change, 403 where no new accounts are taken, 429 after too many attempts.
#[server(prefix = "", endpoint = "signup")]
pub async fn sign_up(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] workspace: String,
    #[server(default)] next: String,
) -> Result<Then<()>, FormError> {
    let (app, mut parts) = asked();
    let fields = [("name", &*name), ("email", &email), ("password", &password), ("workspace", &workspace)];
    let new = NewAccount::parse(&Form::of(&fields))?;
    let known = KnownDevices::of(&parts.headers, &app.config);
    let address = ClientAddress::from_request_parts(&mut parts, &app).await?;
    let attempt = Attempt { address, known: &known, guesses: app.of::<Guesses>(), log: app.of::<SecurityLog>() };
    let signed_up = sign_up::sign_up(&app, &PASSWORDS, Place::Own, &new, &attempt, app.clock.now()).await;
    let signed_up =
        signed_up.map_err(|refusal| refused(refusal, |wait| format!("Too many attempts. Try again in {wait}.")))?;
    let session = session()?;
    match signed_up {
        SignedUp::Sent(id) => {
            Begun { id, email: new.email, next: local_path(&next), joins: None }.remember(&session).await?;
            Ok(Then { made: (), next: SENT.to_owned() })
        }
        SignedUp::In(signed_in) => {
            add_header(SET_COOKIE, browser_session::enter(&app, &session, &known, signed_in).await?);
            let text = "Welcome. This instance sends no mail, so there are no free credits. Ask its operator for some.";
            leave_flash(&session, Tone::Info, text).await?;
            Ok(Then { made: (), next: local_path(&next) })
        }
    }
}

/// The answer to a refused sign-in or sign-up; `too_many` says how long to wait.
fn refused(refusal: Refusal, too_many: impl FnOnce(String) -> String) -> FormError {
    match refusal {
        Refusal::TooMany(limit) => {
            add_header(RETRY_AFTER, limit.seconds());
            FormError::new(StatusCode::TOO_MANY_REQUESTS.as_u16(), too_many(limit.wait_text()))
        }
        Refusal::Failed(error) => error.into(),
        Refusal::Closed => FormError::new(StatusCode::FORBIDDEN.as_u16(), refusal.to_string()),
        Refusal::Wrong(_) | Refusal::InvitationGone => FieldErrors::one("", refusal.to_string()).into(),
    }
}

/// The member who called the server function that runs.
///
/// # Errors
/// 401 for a visitor, 403 for a person without a workspace.
pub async fn calling_member() -> Result<(App, Member), AppError> {
    let (app, mut parts) = asked();
    let member = Member::from_request_parts(&mut parts, &app).await?;
    Ok((app, member))
}
