//! What the operator does to accounts on the command line.

use super::{
    confirm, password_link,
    security_log::{self, Event, Kind},
    store,
};
use crate::{
    email::Email,
    server::{app::App, error::AppError},
};

/// What came of making an operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MadeOperator {
    Made,
    NoAccount,
    /// The mailbox was not proven yet. Without a mail server: the link that proves it.
    Unconfirmed(Option<url::Url>),
}

/// Lets the account of `email` run this instance, once its mailbox is proven: whoever signs up with another person's address
/// must not become the operator.
///
/// # Errors
/// Only the database's.
pub async fn make_operator(app: &App, email: &Email) -> Result<MadeOperator, AppError> {
    let mut tx = app.db.write().await?;
    let link = match store::account(&mut tx, email).await? {
        Some(account) if confirm::is_confirmed(&mut tx, account.id).await? => {
            store::set_operator(&mut tx, account.id).await?;
            let event = Event::new(Kind::Operator, Some(account.id)).about("Made an operator", "On the command line");
            security_log::record(&mut tx, &event, app.clock.now()).await?;
            tx.commit().await?;
            return Ok(MadeOperator::Made);
        }
        Some(account) => confirm::address_path(account.id, &app.config),
        None => match confirm::latest_path(&mut tx, email, &app.config, app.clock.now()).await? {
            Some(link) => link,
            None => return Ok(MadeOperator::NoAccount),
        },
    };
    let link = app.config.public_url.join(&link).map_err(anyhow::Error::from)?;
    Ok(MadeOperator::Unconfirmed(app.config.mail.is_none().then_some(link)))
}

/// Writes down that a command of the operator changes the instance.
///
/// # Errors
/// Only the database's.
pub async fn record_command(app: &App, what: &str) -> Result<(), AppError> {
    let mut tx = app.db.write().await?;
    let event = Event::new(Kind::Operator, None).about(what, "On the command line");
    security_log::record(&mut tx, &event, app.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// A link to choose a new password for the account of `email`; `None` when there is none.
///
/// # Errors
/// Only the database's.
pub async fn password_link_for(app: &App, email: &Email) -> Result<Option<url::Url>, AppError> {
    let mut tx = app.db.write().await?;
    let Some(account) = store::account(&mut tx, email).await? else { return Ok(None) };
    let link = password_link::link(&mut tx, &app.config.public_url, account.id, app.clock.now()).await?;
    let event =
        Event::new(Kind::Operator, Some(account.id)).about("Made a link for a new password", "On the command line");
    security_log::record(&mut tx, &event, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Some(link))
}
