//! What somebody changes about themselves and their workspace.

use super::{
    Member, audit,
    guesses::Guesses,
    limits,
    passwords::Passwords,
    sign_in::{Refusal, SignedIn},
    store,
};
use crate::server::{clock::Instant, db::Db, error::AppError};

/// What a wrong current password is told.
const NOT_CURRENT: &str = "This is not your current password.";

/// Changes the password of `member` and ends all of their sessions; the caller begins a new one for this browser.
///
/// # Errors
/// [`Refusal::Wrong`] when `current` is not the password, [`Refusal::TooMany`] after too many of those.
pub async fn change_password(
    (db, passwords, guesses): (&Db, &Passwords, &Guesses),
    member: &Member,
    current: &str,
    new: &str,
    now: Instant,
) -> Result<SignedIn, Refusal> {
    let limit = [limits::password_changes(member.user)];
    guesses.take(&limit, now)?;
    let account = store::account_of(&mut db.read().await?, member.user).await?;
    if !passwords.fits(current, Some(&account.password_hash)).await? {
        return Err(Refusal::Wrong(NOT_CURRENT));
    }
    guesses.uncount(&limit);
    let hash = passwords.hash(new).await?;
    let mut tx = db.write().await?;
    store::set_password(&mut tx, member.user, &hash, now).await?;
    store::close_password_links(&mut tx, member.user, now).await?;
    store::end_sessions(&mut tx, member.user).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, audit::PASSWORD_CHANGED, &member.email, "", now).await?;
    tx.commit().await?;
    Ok(SignedIn { user: member.user, password_changed_at: now })
}

/// Ends every session of `member`, in this browser and all others.
///
/// # Errors
/// Only the database's.
pub async fn sign_out_everywhere(db: &Db, member: &Member, now: Instant) -> Result<(), AppError> {
    let mut tx = db.write().await?;
    store::end_sessions(&mut tx, member.user).await?;
    let actor = audit::Actor::User(member.user);
    audit::record(&mut tx, member.workspace, actor, "Signed out everywhere", &member.email, "", now).await?;
    Ok(tx.commit().await?)
}
