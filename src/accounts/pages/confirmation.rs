//! `/signup/sent` and `/confirm-email/{token}`: the link is on its way, and its page with the button.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::workspaces::work_in;
use crate::{
    accounts::{
        browser_session,
        client::ClientAddress,
        confirm::{self, Begun, Confirmed, Link, NewMember, Start},
        guesses::Guesses,
        known_device::KnownDevices,
        limits,
        next::START,
        promotion::{Promotion, WelcomeGift},
        view::{ConfirmPage, ConfirmationSentPage, LinkGonePage},
    },
    server::{app::App, error::AppError},
    topics,
    ui::{Page, Tone, leave_flash},
};

/// The page after signing up.
pub const SENT: &str = "/signup/sent";

/// The mail is on its way; the same for an address that has an account.
pub async fn show_sent(State(app): State<App>, page: Page, session: Session) -> Result<Response, AppError> {
    let Some(begun) = Begun::of(&session).await? else { return Ok(Redirect::to("/signup").into_response()) };
    let (credits, embedded) = (WelcomeGift::promised(&app), app.config.mail.is_none());
    Ok(page.render("Confirm your email address", move || view! { <ConfirmationSentPage begun credits embedded /> }))
}

pub async fn send_again(
    State(app): State<App>,
    session: Session,
    address: ClientAddress,
) -> Result<Redirect, AppError> {
    let Some(begun) = Begun::of(&session).await? else { return Ok(Redirect::to("/signup")) };
    let now = app.clock.now();
    app.of::<Guesses>().take(&limits::sign_ups(address), now)?;
    confirm::send_again(&app, &begun, now).await?;
    leave_flash(&session, Tone::Good, "The link was sent again.").await?;
    Ok(Redirect::to(SENT))
}

/// The page behind the mailed link. Opening it changes nothing.
pub async fn show(State(app): State<App>, page: Page, Path(token): Path<String>) -> Result<Response, AppError> {
    let Some(link) = confirm::of_token(&token, &app.config) else { return Ok(gone(page)) };
    let email = confirm::address_of(&mut app.db.read().await?, link, app.clock.now()).await?;
    let Some(email) = email else { return Ok(gone(page)) };
    let is_new = matches!(link, Link::SignUp(_));
    Ok(page.render("Confirm your email address", move || view! { <ConfirmPage email=email.to_string() is_new /> }))
}

pub async fn submit(
    State(app): State<App>,
    page: Page,
    session: Session,
    (address, headers): (ClientAddress, HeaderMap),
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    let Some(link) = confirm::of_token(&token, &app.config) else { return Ok(gone(page)) };
    let begun = Begun::of(&session).await?.filter(|begun| link == Link::SignUp(begun.id));
    match confirm::confirm(&app, link, address, app.clock.now()).await? {
        Confirmed::Made(new) => {
            if let Start::Joined(invitation) = &new.start {
                app.live.changed(&app.db, invitation.workspace.0, &[topics::TEAM]).await;
            }
            match begun {
                Some(begun) => enter(&app, &session, &headers, *new, &begun.next).await,
                // Who confirms in another browser has proven the mailbox, not that they chose the password.
                None => to_sign_in(&session, "Your account is made. Sign in with the password you chose.").await,
            }
        }
        Confirmed::Address => to_sign_in(&session, "Your email address is confirmed.").await,
        Confirmed::Taken => {
            to_sign_in(&session, "This email address has an account. Sign in, or reset the password.").await
        }
        Confirmed::Gone | Confirmed::InvitationGone | Confirmed::Closed => Ok(gone(page)),
    }
}

async fn to_sign_in(session: &Session, text: &str) -> Result<Response, AppError> {
    leave_flash(session, Tone::Good, text).await?;
    Ok(Redirect::to("/login").into_response())
}

/// Signs the browser that began the sign-up in to its new account.
async fn enter(
    app: &App,
    session: &Session,
    headers: &HeaderMap,
    NewMember { signed_in, name, start }: NewMember,
    next: &str,
) -> Result<Response, AppError> {
    let known = KnownDevices::of(headers, &app.config);
    let next = if matches!(start, Start::Own(_)) { next } else { START };
    let response = browser_session::begin(app, session, &known, signed_in, next).await?;
    match start {
        Start::Own(promotion) => {
            let tone = if matches!(promotion, Promotion::Given(_)) { Tone::Good } else { Tone::Info };
            leave_flash(session, tone, &format!("Welcome, {name}. {}", promotion.text())).await?;
        }
        Start::Joined(invitation) => {
            work_in(session, invitation.workspace).await?;
            let role = invitation.role.with_article();
            let text = format!("Welcome to {}. You are {role} here.", invitation.workspace_name);
            leave_flash(session, Tone::Good, &text).await?;
        }
    }
    Ok(response)
}

fn gone(page: Page) -> Response {
    page.with_status(StatusCode::GONE).render("This link no longer works", || view! { <LinkGonePage /> })
}
