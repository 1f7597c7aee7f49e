//! `/invitations/{token}`: the way into a workspace.

use axum::{
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::*;
use tower_sessions::Session;

use super::{SENT, retry_after, whole_form, workspaces::work_in};
use crate::{
    accounts::{
        browser_session,
        client::ClientAddress,
        confirm::Begun,
        guesses::Guesses,
        invitation::{self, Invitation},
        join::{Joined, join},
        known_device::KnownDevices,
        member::{Person, SignedInAs},
        next::START,
        passwords::PASSWORDS,
        security_log::SecurityLog,
        sign_in::{Attempt, Refusal},
        sign_up::{NewAccount, Place, SignedUp, is_allowed, sign_up},
        store, team,
        view::{InvitationGonePage, JoinPage, JoinPageData, SignUpTyped},
    },
    email::Email,
    fields::FieldErrors,
    server::{app::App, error::AppError, form::Form},
    topics,
    ui::{Page, Tone, leave_flash},
};

pub async fn show(
    State(app): State<App>,
    page: Page,
    SignedInAs(person): SignedInAs,
    Path(token): Path<String>,
) -> Result<Response, AppError> {
    let Some(invitation) = open(&app, &token).await? else { return Ok(gone(page)) };
    render(&app, page, invitation, person, SignUpTyped::default(), FieldErrors::default()).await
}

/// The open invitation behind a token.
async fn open(app: &App, token: &str) -> Result<Option<Invitation>, AppError> {
    let Some(id) = invitation::of_token(token, &app.config) else { return Ok(None) };
    let found = invitation::invitation(&mut app.db.read().await?, id).await?;
    Ok(found.filter(|found| found.is_open(app.clock.now())))
}

fn gone(page: Page) -> Response {
    page.with_status(StatusCode::GONE).render("This invitation no longer works", || view! { <InvitationGonePage /> })
}

async fn render(
    app: &App,
    page: Page,
    invitation: Invitation,
    person: Option<Person>,
    typed: SignUpTyped,
    errors: FieldErrors,
) -> Result<Response, AppError> {
    let mut tx = app.db.read().await?;
    let is_member = match &person {
        Some(person) => team::role_of(&mut tx, invitation.workspace, person.user).await?.is_some(),
        None => false,
    };
    let may_sign_up = is_allowed(&mut tx, app.config.signup, Place::Invited(invitation.id)).await?;
    drop(tx);
    let path = invitation.path(&app.config);
    let title = format!("Join {}", invitation.workspace_name);
    let email = person.map(|person| person.email);
    let data = JoinPageData { invitation, path, email, is_member, may_sign_up, typed, errors };
    Ok(page.render(&title, move || view! { <JoinPage data /> }))
}

/// Joins as the one who is signed in, or makes an account first.
pub async fn submit(
    State(app): State<App>,
    page: Page,
    session: Session,
    from: (ClientAddress, HeaderMap),
    SignedInAs(person): SignedInAs,
    Path(token): Path<String>,
    form: Form,
) -> Result<Response, AppError> {
    let Some(id) = invitation::of_token(&token, &app.config) else { return Ok(gone(page)) };
    let open = open(&app, &token).await?;
    match (person, open) {
        // The form of a new account, but somebody signed in meanwhile: they decide who joins.
        (Some(person), Some(open)) if form.has("password") => {
            render(&app, page, open, Some(person), SignUpTyped::default(), FieldErrors::default()).await
        }
        (Some(person), _) => enter(&app, page, &session, id, person.user).await,
        (None, None) => match accepted_by_this_account(&app, id, &form).await? {
            Some(mine) => sign_up_into(&app, page, &session, from, mine, &form).await,
            None => Ok(gone(page)),
        },
        (None, Some(open)) => sign_up_into(&app, page, &session, from, open, &form).await,
    }
}

/// The invitation, when the account that the form names came in with it: pressed twice. The password is checked later.
async fn accepted_by_this_account(
    app: &App,
    id: invitation::InvitationId,
    form: &Form,
) -> Result<Option<Invitation>, AppError> {
    let mut tx = app.db.read().await?;
    let Some(found) = invitation::invitation(&mut tx, id).await? else { return Ok(None) };
    let Some(user) = found.accepted_by else { return Ok(None) };
    let account = store::account_of(&mut tx, user).await?;
    Ok(form.text("email").parse().is_ok_and(|email: Email| email == account.email).then_some(found))
}

async fn sign_up_into(
    app: &App,
    page: Page,
    session: &Session,
    (address, headers): (ClientAddress, HeaderMap),
    invitation: Invitation,
    form: &Form,
) -> Result<Response, AppError> {
    let kept = |field: &str| form.text(field).chars().take(300).collect::<String>();
    let typed = SignUpTyped { name: kept("name"), email: kept("email"), workspace: String::new() };
    let new = match NewAccount::parse(form) {
        Ok(new) => new,
        Err(errors) => return render(app, page.invalid(), invitation, None, typed, errors).await,
    };
    let known = KnownDevices::of(&headers, &app.config);
    let attempt = Attempt { address, known: &known, guesses: app.of::<Guesses>(), log: app.of::<SecurityLog>() };
    match sign_up(app, &PASSWORDS, Place::Invited(invitation.id), &new, &attempt, app.clock.now()).await {
        Ok(SignedUp::Sent(id)) => {
            let begun = Begun { id, email: new.email, next: START.into(), joins: Some(invitation.workspace_name) };
            begun.remember(session).await?;
            Ok(Redirect::to(SENT).into_response())
        }
        Ok(SignedUp::In(signed_in)) => {
            let response = browser_session::begin(app, session, &known, signed_in, START).await?;
            let entered = enter(app, page, session, invitation.id, signed_in.user).await?;
            // A member already, or gone meanwhile: then that is said instead.
            Ok(if entered.status().is_redirection() { response } else { entered })
        }
        Err(Refusal::InvitationGone) => Ok(gone(page)),
        Err(Refusal::Wrong(text)) => render(app, page.invalid(), invitation, None, typed, whole_form(text)).await,
        Err(Refusal::Closed) => {
            let text = "This instance takes no new accounts. If you have one already, sign in to join.";
            render(app, page.with_status(StatusCode::FORBIDDEN), invitation, None, typed, whole_form(text)).await
        }
        Err(Refusal::TooMany(too_many)) => {
            let errors = whole_form(format!("Too many attempts. Try again in {}.", too_many.wait_text()));
            let page = page.with_status(StatusCode::TOO_MANY_REQUESTS);
            Ok(retry_after(render(app, page, invitation, None, typed, errors).await?, too_many))
        }
        Err(Refusal::Failed(error)) => Err(error),
    }
}

/// Joins, and works in that workspace from now on.
async fn enter(
    app: &App,
    page: Page,
    session: &Session,
    id: invitation::InvitationId,
    user: crate::accounts::UserId,
) -> Result<Response, AppError> {
    let mut tx = app.db.write().await?;
    let joined = join(&mut tx, id, user, app.clock.now()).await?;
    tx.commit().await?;
    let (workspace, tone, text) = match joined {
        Joined::In(invitation) => {
            app.live.changed(&app.db, invitation.workspace.0, &[topics::TEAM]).await;
            let role = invitation.role.with_article();
            let text = format!("Welcome to {}. You are {role} here.", invitation.workspace_name);
            (invitation.workspace, Tone::Good, text)
        }
        Joined::Already(workspace) => {
            (workspace, Tone::Info, "You are in this workspace already. The invitation stays open.".to_owned())
        }
        Joined::Gone => return Ok(gone(page)),
    };
    work_in(session, workspace).await?;
    leave_flash(session, tone, &text).await?;
    Ok(Redirect::to(START).into_response())
}
