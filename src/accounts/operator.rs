//! What the operator does to accounts on the command line.

use super::{password_link, store};
use crate::{
    email::Email,
    server::{app::App, db::Db, error::AppError},
};

/// Lets the account of `email` run this instance; `false` when there is none.
///
/// # Errors
/// Only the database's.
pub async fn make_operator(db: &Db, email: &Email) -> Result<bool, AppError> {
    let mut tx = db.write().await?;
    let exists = store::set_operator(&mut tx, email).await?;
    tx.commit().await?;
    Ok(exists)
}

/// A link to choose a new password for the account of `email`; `None` when there is none.
///
/// # Errors
/// Only the database's.
pub async fn password_link_for(app: &App, email: &Email) -> Result<Option<url::Url>, AppError> {
    let mut tx = app.db.write().await?;
    let Some(account) = store::account(&mut tx, email).await? else { return Ok(None) };
    let link = password_link::link(&mut tx, &app.config.public_url, account.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Some(link))
}
