//! Making an account: a user, a workspace of their own, and its free credits, all or nothing.
//!
//! **An address that has an account already.** A form that makes accounts without waiting for a mail cannot hide for ever
//! that an address is taken: it cannot sign a stranger in. What it can do, and does: with the account's own password it
//! signs in (somebody forgot that they had signed up, or pressed twice); with any other it says that address and password
//! do not fit together, exactly what `/login` says of any address, with or without an account. Both ways run argon2 once,
//! and the attempt is counted like a sign-in, so this form guesses no better than that one.

use super::{
    Role, UserId, WorkspaceId, audit,
    invitation::InvitationId,
    join::{Joined, join},
    limits,
    passwords::{self, Passwords},
    sign_in::{Attempt, Refusal, SignedIn, WRONG},
    store::{self, Account},
    wording,
};
use crate::{
    email::Email,
    fields::FieldErrors,
    server::{
        clock::Instant,
        config::Signup,
        db::{Db, Tx},
        error::AppError,
        form::Form,
        inconsistency::Inconsistency,
    },
};

use futures::future::BoxFuture;

/// Most characters of a person's name.
pub const NAME_CHARACTERS_MAX: usize = 100;
/// Most characters of a workspace's name.
pub const WORKSPACE_CHARACTERS_MAX: usize = 80;

/// Somebody who wants an account; every field can be taken as it is.
#[derive(Debug, Clone)]
pub struct NewAccount {
    pub name: String,
    pub email: Email,
    pub password: String,
    pub workspace: String,
}

impl NewAccount {
    /// Reads the sign-up form.
    ///
    /// # Errors
    /// What to change, per field.
    pub fn parse(form: &Form) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = wording::filled(form, "name", NAME_CHARACTERS_MAX, "Type your name.", &mut errors);
        let email = wording::email(form, "email", &mut errors);
        let workspace = form.line("workspace", WORKSPACE_CHARACTERS_MAX).unwrap_or_else(|fault| {
            errors.add("workspace", fault);
            ""
        });
        let password = form.exact("password").to_owned();
        let address = email.as_ref().map_or("", Email::as_str);
        if let Some(fault) = passwords::fault_of(&password, address) {
            errors.add("password", fault);
        }
        match email {
            Some(email) if errors.is_empty() => {
                let workspace = if workspace.is_empty() { workspace_name(name, &email) } else { workspace.to_owned() };
                Ok(Self { name: name.to_owned(), email, password, workspace })
            }
            _ => Err(errors),
        }
    }
}

/// What to call the workspace of somebody who did not say: their company after its domain, else themselves.
fn workspace_name(name: &str, email: &Email) -> String {
    let mut labels = email.domain().split('.');
    let company = labels.next().unwrap_or_default();
    if email.is_free_mail() || labels.count() != 1 {
        let first = name.split_whitespace().next().unwrap_or(name);
        return format!("{first}’s workspace").chars().take(WORKSPACE_CHARACTERS_MAX).collect();
    }
    let mut letters = company.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// Where somebody new starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In a workspace of their own, with free credits.
    Own,
    /// In the workspace they are invited to, and in no other.
    Invited(InvitationId),
}

/// What a workspace gets at sign-up. `app` fills it in, so accounts need not know the ledger.
#[derive(Clone, Copy)]
pub struct WelcomeGift {
    /// Free credits, as pages announce them.
    pub credits: i64,
    /// Grants them in the transaction that adds the workspace.
    pub grant: for<'a> fn(&'a mut Tx, WorkspaceId, Instant) -> BoxFuture<'a, Result<(), AppError>>,
}

#[cfg(test)]
impl WelcomeGift {
    pub const NONE: Self = Self { credits: 0, grant: |_, _, _| Box::pin(async { Ok(()) }) };
}

/// Who may sign up here, where they start, and with what.
#[derive(Clone, Copy)]
pub struct Terms {
    pub signup: Signup,
    pub place: Place,
    pub gift: WelcomeGift,
}

/// Whether an account may be made now. The first one always may: somebody has to begin.
pub async fn is_allowed(tx: &mut Tx, signup: Signup, place: Place) -> sqlx::Result<bool> {
    let allowed = match signup {
        Signup::Open => true,
        Signup::Invited => place != Place::Own,
        Signup::Closed => false,
    };
    Ok(allowed || store::is_empty(tx).await?)
}

/// Makes the account, or signs in to the one that is there (see above).
///
/// # Errors
/// [`Refusal::Closed`] when this instance takes no new accounts, [`Refusal::Wrong`] when address and password do not
/// fit together, [`Refusal::InvitationGone`], [`Refusal::TooMany`].
pub async fn sign_up(
    db: &Db,
    passwords: &Passwords,
    Terms { signup, place, gift }: Terms,
    new: &NewAccount,
    attempt: &Attempt<'_>,
    now: Instant,
) -> Result<SignedIn, Refusal> {
    let mut tx = db.write().await?;
    if !is_allowed(&mut tx, signup, place).await? {
        return Err(Refusal::Closed);
    }
    let account = store::account(&mut tx, &new.email).await?;
    let counted =
        limits::guesses(&new.email, account.as_ref().map(|account| account.id), attempt.known, attempt.address);
    let sign_ups: Vec<_> = limits::sign_ups(attempt.address).into_iter().collect();
    let taken = limits::take_all(&mut tx, &[&counted[..], &sign_ups[..]].concat(), now).await?;
    tx.commit().await?;
    taken?;

    let signed_in = match account {
        Some(account) => fits(passwords, new, account).await?,
        None => {
            let hash = passwords.hash(&new.password).await?;
            match create(db, new, hash, (place, gift), now).await? {
                Some(signed_in) => signed_in,
                // Pressed twice: the other one was first.
                None => {
                    let account = store::account(&mut db.read().await?, &new.email).await?;
                    let account = account.ok_or_else(|| Inconsistency::new("users", "email", &new.email))?;
                    fits(passwords, new, account).await?
                }
            }
        }
    };
    let mut tx = db.write().await?;
    for limit in &counted {
        limit.uncount(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(signed_in)
}

async fn fits(passwords: &Passwords, new: &NewAccount, account: Account) -> Result<SignedIn, Refusal> {
    if passwords.fits(&new.password, Some(&account.password_hash)).await? {
        Ok(SignedIn { user: account.id, password_changed_at: account.password_changed_at, is_new: false })
    } else {
        Err(Refusal::Wrong(WRONG))
    }
}

async fn create(
    db: &Db,
    new: &NewAccount,
    password_hash: String,
    (place, gift): (Place, WelcomeGift),
    now: Instant,
) -> Result<Option<SignedIn>, Refusal> {
    let mut tx = db.write().await?;
    let user = match place {
        Place::Own => insert(&mut tx, new, password_hash, gift, now).await?.map(|(user, _)| user),
        Place::Invited(_) => insert_user(&mut tx, new, password_hash, now).await?,
    };
    let Some(user) = user else { return Ok(None) };
    if let Place::Invited(invitation) = place
        && !matches!(join(&mut tx, invitation, user, now).await?, Joined::In(_))
    {
        return Err(Refusal::InvitationGone);
    }
    tx.commit().await?;
    Ok(Some(SignedIn { user, password_changed_at: now, is_new: true }))
}

/// Adds the user alone; `None` when the address has an account.
async fn insert_user(
    tx: &mut Tx,
    new: &NewAccount,
    password_hash: String,
    now: Instant,
) -> sqlx::Result<Option<UserId>> {
    let user = UserId::new();
    let account = Account { id: user, email: new.email.clone(), password_hash, password_changed_at: now };
    Ok(store::insert_user(tx, &account, &new.name).await?.then_some(user))
}

/// Adds the user, the workspace they own, and its free credits (one promotion lot). Joins the caller's transaction.
/// `None` when the address has an account; nothing changes then.
///
/// # Errors
/// Only the database's.
pub async fn insert(
    tx: &mut Tx,
    new: &NewAccount,
    password_hash: String,
    gift: WelcomeGift,
    now: Instant,
) -> Result<Option<(UserId, WorkspaceId)>, AppError> {
    let workspace = WorkspaceId::new();
    let Some(user) = insert_user(tx, new, password_hash, now).await? else { return Ok(None) };
    store::insert_workspace(tx, workspace, &new.workspace, now).await?;
    store::insert_member(tx, workspace, user, Role::Owner, now).await?;
    audit::record(tx, workspace, audit::Actor::User(user), "Made the workspace", &new.workspace, "", now).await?;
    (gift.grant)(tx, workspace, now).await?;
    Ok(Some((user, workspace)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(pairs: &[(&str, &str)]) -> Result<NewAccount, FieldErrors> {
        NewAccount::parse(&Form::parse(serde_urlencoded::to_string(pairs).unwrap().as_bytes()))
    }

    #[test]
    fn every_fault_of_the_form_is_told_beside_its_field() {
        let errors =
            parse(&[("name", "a\0b"), ("email", "nobody"), ("password", "short"), ("workspace", &"x".repeat(81))]);
        let errors = errors.unwrap_err();
        let fields: Vec<_> = errors.iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["email", "name", "password", "workspace"]);
        assert!(errors.of("email").unwrap().contains("no @"), "{errors:?}");
        let errors = parse(&[]).unwrap_err();
        assert!(errors.of("name").is_some() && errors.of("email").is_some() && errors.of("password").is_some());
        assert!(errors.of("workspace").is_none(), "a workspace name may be left out");
    }

    #[test]
    fn a_workspace_without_a_name_is_called_after_the_company_or_the_person() {
        let name = |email: &str| {
            parse(&[("name", "Uma Rossi"), ("email", email), ("password", "correct horse battery")]).unwrap().workspace
        };
        assert_eq!(name("uma@acme.example"), "Acme");
        assert_eq!(name("uma@gmail.com"), "Uma’s workspace");
        assert_eq!(name("uma@mail.acme.example"), "Uma’s workspace");
    }
}
