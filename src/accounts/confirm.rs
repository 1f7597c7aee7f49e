//! Proving that a mailbox is one's own: a link is mailed, and the button on its page is pressed. Opening the link changes
//! nothing, because programs that look through mail open links.
//!
//! **A sign-up** waits as a row until then; the account, its workspace and its free credits are made with the button. Whoever
//! asks for an address that has an account gets the same answer in the same time, and its owner a mail that says so.
//! **An account without a proof** (made before there were proofs, or where no mail is sent) gets its link on the profile page
//! or from the operator.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use tower_sessions::Session;

use super::{
    Role, UserId, WorkspaceId, audit,
    client::ClientAddress,
    invitation::{Invitation, InvitationId},
    join::{Joined, join},
    limits, outbox,
    promotion::{self, Promotion},
    security_log::{self, Event, Kind},
    sign_in::SignedIn,
    sign_up::{NewAccount, Place, is_allowed},
    signed_link::SignedLink,
    store::{self, Account},
    workspaces::select_workspaces_of,
};
use crate::{
    email::Email,
    on,
    server::{app::App, clock::Instant, config::Config, db::Tx, error::AppError, inconsistency::Inconsistency},
};

crate::id!(
    /// A sign-up that waits for its mailbox to be proven.
    SignUpId
);

/// How long a link works.
const LIFETIME: Duration = Duration::from_secs(48 * 60 * 60);
const PREFIX: &str = "/confirm-email/";
const SIGN_UP: SignedLink = SignedLink { purpose: "sign-up", prefix: PREFIX };
const ADDRESS: SignedLink = SignedLink { purpose: "address", prefix: PREFIX };
/// The session's key for the sign-up that this browser began.
const SESSION_SIGN_UP: &str = "sign_up";

/// What a link proves to know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Link {
    SignUp(SignUpId),
    Address(UserId),
}

/// What the link with `token` is for; `None` for anything made up.
pub fn of_token(token: &str, config: &Config) -> Option<Link> {
    let sign_up = SIGN_UP.id_of(token, config).map(|id| Link::SignUp(SignUpId(id)));
    sign_up.or_else(|| ADDRESS.id_of(token, config).map(|id| Link::Address(UserId(id))))
}

/// The path of the link by which the owner of an account's mailbox proves it.
pub fn address_path(user: UserId, config: &Config) -> String {
    ADDRESS.path(user.0, config)
}

/// What a browser remembers of the sign-up that it began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    pub id: SignUpId,
    pub email: Email,
    /// Where to go afterwards.
    pub next: String,
    /// The workspace that is joined, if it is not one of their own.
    pub joins: Option<String>,
}

impl Begun {
    /// # Errors
    /// When the session cannot be read.
    pub async fn of(session: &Session) -> Result<Option<Self>, AppError> {
        Ok(session.get(SESSION_SIGN_UP).await.map_err(anyhow::Error::from)?)
    }

    /// # Errors
    /// When the session cannot be written.
    pub async fn remember(&self, session: &Session) -> Result<(), AppError> {
        Ok(session.insert(SESSION_SIGN_UP, self).await.map_err(anyhow::Error::from)?)
    }
}

/// A sign-up that waits.
#[derive(Debug, Clone, sqlx::FromRow)]
struct Waiting {
    email: Email,
    name: String,
    password_hash: String,
    workspace: String,
    invitation_id: Option<InvitationId>,
}

/// Writes a sign-up down and mails its link, or a notice to the owner of an address that has an account already.
///
/// # Errors
/// Only the database's.
pub async fn begin(
    app: &App,
    new: &NewAccount,
    password_hash: &str,
    place: Place,
    now: Instant,
) -> Result<SignUpId, AppError> {
    let id = SignUpId::new();
    let invitation = match place {
        Place::Own => None,
        Place::Invited(invitation) => Some(invitation),
    };
    let mut tx = app.db.write().await?;
    on!(&mut tx, c => sqlx::query(
        "insert into sign_ups (id, email, name, password_hash, workspace, invitation_id, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(id).bind(&new.email).bind(&new.name).bind(password_hash).bind(&new.workspace).bind(invitation)
        .bind(now).bind(now.plus(LIFETIME)).execute(c).await.map(drop))?;
    // Beyond the limit no further mail goes out; the links that were sent work on, and the answer is the same.
    if limits::confirmations_sent(&new.email).take(&mut tx, now).await?.is_ok() {
        mail(app, &mut tx, id, &new.email, now).await?;
    }
    tx.commit().await?;
    Ok(id)
}

/// Mails the link of a sign-up again.
///
/// # Errors
/// [`AppError::TooMany`] after too many mails to this address.
pub async fn send_again(app: &App, begun: &Begun, now: Instant) -> Result<(), AppError> {
    let mut tx = app.db.write().await?;
    let taken = limits::confirmations_sent(&begun.email).take(&mut tx, now).await?;
    if taken.is_ok() {
        mail(app, &mut tx, begun.id, &begun.email, now).await?;
    }
    tx.commit().await?;
    Ok(taken?)
}

async fn mail(app: &App, tx: &mut Tx, id: SignUpId, email: &Email, now: Instant) -> Result<(), AppError> {
    let link = SIGN_UP.path(id.0, &app.config);
    let (subject, body, link) = match store::account(tx, email).await? {
        None => (
            "Confirm your email address",
            "You, or someone else, made a Fairlead account with this address.\n\n\
             Open this page within two days and press its button to confirm that the mailbox is yours. \
             If it was not you, nothing needs to be done: without it there is no account.",
            link.as_str(),
        ),
        Some(_) => (
            "You have an account already",
            "You, or someone else, asked for a new Fairlead account with this address. You have one already, and nothing was \
             changed.\n\nIf it was you, sign in here. If you forgot the password, that page helps too.",
            "/login",
        ),
    };
    Ok(outbox::post_with_link(tx, None, email, subject, body, Some(link), now).await?)
}

/// The address that a link is about, while it works.
///
/// # Errors
/// Only the database's.
pub async fn address_of(tx: &mut Tx, link: Link, now: Instant) -> sqlx::Result<Option<Email>> {
    match link {
        Link::SignUp(id) => {
            on!(tx, c => sqlx::query_scalar("select email from sign_ups where id = $1 and expires_at > $2")
                .bind(id).bind(now).fetch_optional(c).await)
        }
        Link::Address(user) => {
            on!(tx, c => sqlx::query_scalar("select email from users where id = $1").bind(user).fetch_optional(c).await)
        }
    }
}

/// What came of pressing the button.
#[derive(Debug, Clone)]
pub enum Confirmed {
    /// The account was made.
    Made(Box<NewMember>),
    /// An account that was there has its proof.
    Address,
    /// The address has an account by now: pressed twice, or signed up twice.
    Taken,
    /// The invitation was used or withdrawn meanwhile.
    InvitationGone,
    /// This instance takes no new accounts any more.
    Closed,
    /// The link is too old, was used, or never was one.
    Gone,
}

/// Whose account was made.
#[derive(Debug, Clone)]
pub struct NewMember {
    pub signed_in: SignedIn,
    pub name: String,
    pub start: Start,
}

/// Where a new account begins.
#[derive(Debug, Clone)]
pub enum Start {
    Own(Promotion),
    Joined(Invitation),
}

/// Does what the button behind a link is for. `address` is where it was pressed.
///
/// # Errors
/// Only the database's.
pub async fn confirm(app: &App, link: Link, address: ClientAddress, now: Instant) -> Result<Confirmed, AppError> {
    match link {
        Link::SignUp(id) => make_account(app, id, address, now).await,
        Link::Address(user) => confirm_address(app, user, address, now).await,
    }
}

async fn make_account(app: &App, id: SignUpId, address: ClientAddress, now: Instant) -> Result<Confirmed, AppError> {
    let mut tx = app.db.write().await?;
    let waiting: Option<Waiting> = on!(&mut tx, c => sqlx::query_as(
        "delete from sign_ups where id = $1 and expires_at > $2
         returning email, name, password_hash, workspace, invitation_id")
        .bind(id).bind(now).fetch_optional(c).await)?;
    let Some(waiting) = waiting else { return Ok(Confirmed::Gone) };
    let place = waiting.invitation_id.map_or(Place::Own, Place::Invited);
    if !is_allowed(&mut tx, app.config.signup, place).await? {
        return Ok(Confirmed::Closed);
    }
    let Waiting { email, name, password_hash, workspace, .. } = waiting;
    let account = Account { id: UserId::new(), email, password_hash, password_changed_at: now };
    if !store::insert_user(&mut tx, &account, &name, Some(now)).await? {
        let known = store::account(&mut tx, &account.email).await?;
        known.ok_or_else(|| Inconsistency::new("users", "email", &account.email))?;
        tx.commit().await?;
        return Ok(Confirmed::Taken);
    }
    // Other sign-ups with this address may have been a stranger's: their links open nothing any more.
    on!(&mut tx, c => sqlx::query("delete from sign_ups where email = $1").bind(&account.email).execute(c).await.map(drop))?;
    let start = match place {
        Place::Own => {
            let own = found(&mut tx, account.id, &workspace, now).await?;
            Start::Own(promotion::give(app, &mut tx, &account.email, own, address, now).await?)
        }
        Place::Invited(invitation) => match join(&mut tx, invitation, account.id, now).await? {
            Joined::In(invitation) => Start::Joined(invitation),
            Joined::Already(_) | Joined::Gone => return Ok(Confirmed::InvitationGone),
        },
    };
    security_log::record(&mut tx, &Event::new(Kind::AccountMade, Some(account.id)).from(address), now).await?;
    tx.commit().await?;
    let signed_in = SignedIn { user: account.id, password_changed_at: now };
    Ok(Confirmed::Made(Box::new(NewMember { signed_in, name, start })))
}

/// Adds the workspace of a new user. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn found(tx: &mut Tx, user: UserId, name: &str, now: Instant) -> sqlx::Result<WorkspaceId> {
    let workspace = WorkspaceId::new();
    store::insert_workspace(tx, workspace, name, now).await?;
    store::insert_member(tx, workspace, user, Role::Owner, now).await?;
    audit::record(tx, workspace, audit::Actor::User(user), "Made the workspace", name, "", now).await?;
    Ok(workspace)
}

async fn confirm_address(app: &App, user: UserId, address: ClientAddress, now: Instant) -> Result<Confirmed, AppError> {
    let mut tx = app.db.write().await?;
    let confirmed: Option<Email> = on!(&mut tx, c => sqlx::query_scalar(
        "update users set confirmed_at = coalesce(confirmed_at, $2) where id = $1 returning email")
        .bind(user).bind(now).fetch_optional(c).await)?;
    let Some(email) = confirmed else { return Ok(Confirmed::Gone) };
    security_log::record(&mut tx, &Event::new(Kind::Confirmed, Some(user)).from(address), now).await?;
    let actor = audit::Actor::User(user);
    for workspace in select_workspaces_of(user).read(&mut tx).await? {
        audit::record(&mut tx, workspace.id, actor, "Confirmed their email address", email.as_str(), "", now).await?;
    }
    tx.commit().await?;
    Ok(Confirmed::Address)
}

/// Mails `user` the link by which the mailbox of their account is proven.
///
/// # Errors
/// [`AppError::TooMany`] after too many mails to this address.
pub async fn send_to(app: &App, user: UserId, now: Instant) -> Result<(), AppError> {
    let mut tx = app.db.write().await?;
    let account = store::account_of(&mut tx, user).await?;
    let taken = limits::confirmations_sent(&account.email).take(&mut tx, now).await?;
    if taken.is_ok() {
        let body = "Open this page and press its button to confirm that the mailbox is yours.";
        let link = address_path(user, &app.config);
        outbox::post_with_link(&mut tx, None, &account.email, "Confirm your email address", body, Some(&link), now)
            .await?;
    }
    tx.commit().await?;
    Ok(taken?)
}

/// Whether the mailbox of `user` was proven.
///
/// # Errors
/// Only the database's.
pub async fn is_confirmed(tx: &mut Tx, user: UserId) -> sqlx::Result<bool> {
    let confirmed: i64 = on!(tx, c => sqlx::query_scalar("select count(confirmed_at) from users where id = $1")
        .bind(user).fetch_one(c).await)?;
    Ok(confirmed > 0)
}

/// The path of the link of the latest sign-up with `email` that waits.
///
/// # Errors
/// Only the database's.
pub async fn latest_path(tx: &mut Tx, email: &Email, config: &Config, now: Instant) -> sqlx::Result<Option<String>> {
    let id: Option<SignUpId> = on!(tx, c => sqlx::query_scalar(
        "select id from sign_ups where email = $1 and expires_at > $2 order by id desc limit 1")
        .bind(email).bind(now).fetch_optional(c).await)?;
    Ok(id.map(|id| SIGN_UP.path(id.0, config)))
}
