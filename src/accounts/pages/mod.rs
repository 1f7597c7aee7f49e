//! The handlers of the account pages.

mod audit;
mod confirmation;
mod invitation;
mod notices;
mod outbox;
mod password;
mod profile;
mod security;
mod sign_in;
mod sign_up;
mod team;
mod workspaces;

pub use confirmation::SENT;
pub use security::refusals;

use axum::{
    Router,
    http::{HeaderValue, header},
    response::Response,
    routing::{get, post},
};

use super::{
    api::{SignIn, SignUp},
    audit_query::LOG,
    limits::TooMany,
    notifications,
};
use crate::{
    fields::FieldErrors,
    server::{app::App, server_functions::Doors},
};

/// Every address of accounts.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/signup", get(sign_up::show))
        .route(SENT, get(confirmation::show_sent).post(confirmation::send_again))
        .route("/confirm-email/{token}", get(confirmation::show).post(confirmation::submit))
        .route("/login", get(sign_in::show))
        .route("/logout", post(sign_in::sign_out).get(sign_in::to_start))
        .route("/forgot-password", get(password::show_forgot).post(password::submit_forgot))
        .route("/reset-password", get(password::show_reset).post(password::submit_reset))
        .route("/settings/profile", get(profile::show))
        .route("/settings/profile/name", get(profile::to_page).post(profile::rename))
        .route("/settings/profile/workspace", get(profile::to_page).post(profile::rename_workspace))
        .route("/settings/profile/password", get(profile::to_page).post(profile::change_password))
        .route("/settings/profile/confirmation", get(profile::to_page).post(profile::send_confirmation))
        .route("/settings/profile/sessions", get(profile::to_page).post(profile::sign_out_everywhere))
        .route("/settings/notifications", get(notifications::pages::show).post(notifications::pages::save))
        .route("/settings/team", get(team::show))
        .route(LOG, get(audit::show))
        .route(&format!("{LOG}.csv"), get(audit::export))
        .route("/settings/team/time-zone", get(team::to_page).post(team::choose_zone))
        .route("/settings/team/invitations", get(team::to_page).post(team::invite))
        .route("/settings/team/invitations/{id}/withdrawal", get(team::to_page).post(team::withdraw))
        .route("/settings/team/members/{user}/role", get(team::to_page).post(team::change_role))
        .route("/settings/team/members/{user}/removal", get(team::to_page).post(team::remove))
        .route("/settings/team/departure", get(team::to_page).post(team::leave))
        .route("/invitations/{token}", get(invitation::show).post(invitation::submit))
        .route("/workspaces/current", get(workspaces::to_start).post(workspaces::choose))
        .route("/workspaces/new", get(workspaces::show_none).post(workspaces::make))
        .route("/notices/{notice}/dismissal", post(notices::dismiss))
        .route("/outbox", get(outbox::show))
        .route("/admin/security", get(security::show))
        .route("/admin/security.jsonl", get(security::export))
}

/// What plain forms get of the server functions of accounts.
pub fn doors(doors: Doors) -> Doors {
    doors.with::<SignIn, _, _, _>(sign_in::again).with::<SignUp, _, _, _>(sign_up::again)
}

/// A message that belongs to no single field.
fn whole_form(message: impl Into<String>) -> FieldErrors {
    FieldErrors::one("", message)
}

/// Says in `Retry-After` when to come back.
fn retry_after(mut response: Response, too_many: TooMany) -> Response {
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(too_many.seconds()));
    response
}
