//! The demo user: an account that everybody knows the password of.

use super::{
    Member, Role, UserId, WorkspaceId,
    passwords::{NOBODY, PASSWORDS},
    promotion::WelcomeGift,
    sign_up::{self, NewAccount},
    store,
};
use crate::{
    email::Email,
    server::{
        app::App,
        error::{AppError, Conflict},
    },
};

const EMAIL: &str = "demo@fairlead.example";
const PASSWORD: &str = "fair leads for everyone";
const NAME: &str = "Dana Demo";
const WORKSPACE: &str = "Fairlead demo";

/// Who to sign in as, and where the demo takes place.
#[derive(Debug, Clone, Copy)]
pub struct DemoUser {
    pub user: UserId,
    pub workspace: WorkspaceId,
    pub email: &'static str,
    pub password: &'static str,
}

impl DemoUser {
    /// The user as the owner of their workspace.
    pub fn member(&self) -> Member {
        Member {
            user: self.user,
            workspace: self.workspace,
            role: Role::Owner,
            email: self.email.into(),
            name: NAME.into(),
            workspace_name: WORKSPACE.into(),
            time_zone: "UTC".into(),
            operator: false,
        }
    }
}

/// Lets no one in as the demo user any more, who may be left from development.
///
/// # Errors
/// Only the database's.
pub async fn close_demo_user(app: &App) -> Result<(), AppError> {
    let mut tx = app.db.write().await?;
    let email: Email = EMAIL.parse().map_err(anyhow::Error::from)?;
    if let Some(account) = store::account(&mut tx, &email).await? {
        store::set_password(&mut tx, account.id, NOBODY, app.clock.now()).await?;
        store::end_sessions(&mut tx, account.id).await?;
        store::close_password_links(&mut tx, account.id, app.clock.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Two commands made the demo user at once, and this one was second.
#[derive(Debug, thiserror::Error)]
#[error("Another command made the demo user at this moment. Try again.")]
struct DemoBeingMade;

impl Conflict for DemoBeingMade {}

/// Makes the demo user with a workspace of their own; the next times, sees to it that the known password still fits.
///
/// # Errors
/// [`AppError::Forbidden`] in production: its password is no secret.
pub async fn demo_user(app: &App) -> Result<DemoUser, AppError> {
    if app.config.is_production() {
        return Err(AppError::Forbidden("The demo user has a password that everyone knows: not in production.".into()));
    }
    let email: Email = EMAIL.parse().map_err(anyhow::Error::from)?;
    let known = store::account(&mut app.db.read().await?, &email).await?;
    let hash = known.as_ref().map(|account| account.password_hash.as_str());
    let fits = PASSWORDS.fits(PASSWORD, hash).await?;
    let hash = if fits { None } else { Some(PASSWORDS.hash(PASSWORD).await?) };

    let now = app.clock.now();
    let mut tx = app.db.write().await?;
    let (user, workspace) = match (known, hash) {
        (Some(account), hash) => {
            if let Some(hash) = hash {
                store::set_password(&mut tx, account.id, &hash, now).await?;
                store::end_sessions(&mut tx, account.id).await?;
            }
            (account.id, store::workspace_of(&mut tx, account.id).await?)
        }
        (None, hash) => {
            let new = NewAccount { name: NAME.into(), email, password: PASSWORD.into(), workspace: WORKSPACE.into() };
            let made = sign_up::insert(&mut tx, &new, hash.unwrap_or_default(), Some(now), now).await?;
            let (user, workspace) = made.ok_or(DemoBeingMade)?;
            (app.of::<WelcomeGift>().grant)(&mut tx, workspace, now).await?;
            (user, workspace)
        }
    };
    tx.commit().await?;
    Ok(DemoUser { user, workspace, email: EMAIL, password: PASSWORD })
}
