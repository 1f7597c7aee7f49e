//! Making an account: where mail is sent, it waits until its mailbox is proven ([`super::confirm`]), and the answer is the same
//! for an address that has an account. Where none is sent, the account is made at once, without free credits; then, an address
//! that has an account cannot be hidden: its own password signs in (pressed twice), any other gets the answer of `/login`.

use super::{
    UserId, WorkspaceId,
    client::ClientAddress,
    confirm::{self, SignUpId},
    invitation::InvitationId,
    join::{Joined, join},
    limits, password_rules,
    passwords::Passwords,
    security_log::{self, Event, Kind},
    sign_in::{Attempt, Refusal, SignedIn, sign_in},
    store::{self, Account},
    wording,
};
use crate::{
    email::Email,
    fields::FieldErrors,
    server::{
        app::App,
        clock::Instant,
        config::Signup,
        db::{Db, Tx},
        form::Form,
    },
};

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
        if let Some(fault) = password_rules::fault_of(&password, address) {
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
    /// In a workspace of their own.
    Own,
    /// In the workspace they are invited to, and in no other.
    Invited(InvitationId),
}

/// What came of signing up.
#[derive(Debug, Clone, Copy)]
pub enum SignedUp {
    /// A link was mailed; the account is made with it.
    Sent(SignUpId),
    /// The account was made at once, or was there.
    In(SignedIn),
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

/// Begins the account, or makes it at once where no mail is sent (see above).
///
/// # Errors
/// [`Refusal::Closed`] when this instance takes no new accounts, [`Refusal::TooMany`]; where no mail is sent also
/// [`Refusal::Wrong`] for an address that has an account, and [`Refusal::InvitationGone`].
pub async fn sign_up(
    app: &App,
    passwords: &Passwords,
    place: Place,
    new: &NewAccount,
    attempt: &Attempt<'_>,
    now: Instant,
) -> Result<SignedUp, Refusal> {
    if !is_allowed(&mut app.db.read().await?, app.config.signup, place).await? {
        return Err(Refusal::Closed);
    }
    attempt.guesses.take(&limits::sign_ups(attempt.address), now)?;
    if app.config.has_mail() {
        let hash = passwords.hash(&new.password).await?;
        return Ok(SignedUp::Sent(confirm::begin(app, new, &hash, place, now).await?));
    }
    if store::account(&mut app.db.read().await?, &new.email).await?.is_none() {
        let hash = passwords.hash(&new.password).await?;
        if let Some(signed_in) = create(&app.db, new, hash, (place, attempt.address), now).await? {
            return Ok(SignedUp::In(signed_in));
        }
        // Pressed twice: the other one was first.
    }
    Ok(SignedUp::In(sign_in(&app.db, passwords, &new.email, &new.password, attempt, now).await?))
}

async fn create(
    db: &Db,
    new: &NewAccount,
    password_hash: String,
    (place, address): (Place, ClientAddress),
    now: Instant,
) -> Result<Option<SignedIn>, Refusal> {
    let mut tx = db.write().await?;
    let user = match place {
        Place::Own => insert(&mut tx, new, password_hash, None, now).await?.map(|(user, _)| user),
        Place::Invited(_) => insert_user(&mut tx, new, password_hash, None, now).await?,
    };
    let Some(user) = user else { return Ok(None) };
    if let Place::Invited(invitation) = place
        && !matches!(join(&mut tx, invitation, user, now).await?, Joined::In(_))
    {
        return Err(Refusal::InvitationGone);
    }
    security_log::record(&mut tx, &Event::new(Kind::AccountMade, Some(user)).from(address), now).await?;
    tx.commit().await?;
    Ok(Some(SignedIn { user, password_changed_at: now }))
}

/// Adds the user alone; `None` when the address has an account.
async fn insert_user(
    tx: &mut Tx,
    new: &NewAccount,
    password_hash: String,
    confirmed_at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<Option<UserId>> {
    let user = UserId::new();
    let account = Account { id: user, email: new.email.clone(), password_hash, password_changed_at: now };
    Ok(store::insert_user(tx, &account, &new.name, confirmed_at).await?.then_some(user))
}

/// Adds the user and the workspace they own. Joins the caller's transaction. `None` when the address has an account; nothing
/// changes then.
///
/// # Errors
/// Only the database's.
pub async fn insert(
    tx: &mut Tx,
    new: &NewAccount,
    password_hash: String,
    confirmed_at: Option<Instant>,
    now: Instant,
) -> sqlx::Result<Option<(UserId, WorkspaceId)>> {
    let Some(user) = insert_user(tx, new, password_hash, confirmed_at, now).await? else { return Ok(None) };
    Ok(Some((user, confirm::found(tx, user, &new.workspace, now).await?)))
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
