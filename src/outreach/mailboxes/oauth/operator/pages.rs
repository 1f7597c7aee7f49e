//! How the operator makes the apps at Google and Microsoft, and whether they are accepted.

use axum::{
    extract::{Path, State},
    response::{Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::view::{AdminSignIn, AppOf};
use crate::{
    accounts::Operator,
    outreach::mailboxes::oauth::{
        client,
        fault::TokenFault,
        provider::{Provider, redirect_url},
    },
    server::{app::App, error::AppError},
    ui::{Page, Section, Tone, leave_flash},
};

pub(super) const PAGE: &str = "/admin/mail-sign-in";

pub(in crate::outreach::mailboxes) async fn show(
    State(app): State<App>,
    page: Page,
    _operator: Operator,
) -> Result<Response, AppError> {
    let app_of = |provider: Provider| {
        let app = provider.app(&app.config)?;
        Some(AppOf { client_id: app.client_id.clone(), tenant: app.tenant.clone(), testing: app.testing })
    };
    let (google, microsoft) = (app_of(Provider::Google), app_of(Provider::Microsoft));
    let redirect = redirect_url(&app.config);
    let page = page.in_section(Section::Admin);
    Ok(page.render("Sign-in of mailboxes", move || view! { <AdminSignIn redirect google microsoft /> }))
}

/// Asks the provider whether it takes the app.
pub(in crate::outreach::mailboxes) async fn check(
    State(app): State<App>,
    _operator: Operator,
    session: Session,
    Path(word): Path<String>,
) -> Result<Redirect, AppError> {
    let provider = Provider::named(&word).ok_or(AppError::NotFound)?;
    provider.app(&app.config).ok_or(AppError::NotFound)?;
    let name = provider.name();
    let (tone, text) = match client::check(&app, provider).await {
        Ok(()) => (Tone::Good, format!("{name} accepts the client id and the secret.")),
        Err(TokenFault::Down { words, .. }) => {
            (Tone::Warning, format!("{name} could not be asked: {words}. Try again."))
        }
        Err(TokenFault::AppRefused { words } | TokenFault::Refused { words }) => {
            (Tone::Bad, format!("{name} does not accept the app: “{words}”."))
        }
        Err(fault) => (Tone::Bad, fault.sentence(provider)),
    };
    leave_flash(&session, tone, &text).await?;
    Ok(Redirect::to(PAGE))
}
