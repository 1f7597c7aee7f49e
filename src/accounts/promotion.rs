//! The free credits of a new workspace (C26): once for each mailbox that was proven, within ceilings.

use futures::future::BoxFuture;

use super::{WorkspaceId, client::ClientAddress, limits};
use crate::{
    email::Email,
    on,
    server::{app::App, clock::Instant, db::Tx, error::AppError},
};

/// What a workspace gets when the mailbox of who makes it is proven. `app` fills it in, so accounts need not know the ledger.
#[derive(Clone, Copy)]
pub struct WelcomeGift {
    /// Free credits, as pages announce them.
    pub credits: i64,
    /// Grants them in the transaction that adds the workspace.
    pub grant: for<'a> fn(&'a mut Tx, WorkspaceId, Instant) -> BoxFuture<'a, Result<(), AppError>>,
}

impl WelcomeGift {
    /// Free credits that this instance promises: none where no mailbox can be proven.
    pub fn promised(app: &App) -> i64 {
        if app.config.has_mail() { app.of::<Self>().credits } else { 0 }
    }
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Promotion {
    Given(i64),
    /// The mailbox had them, under this address or another one.
    HadBefore,
    /// The address is of a provider of throw-away addresses.
    ThrowAway,
    /// Too many were given to this network, or by this instance, today.
    NotToday,
}

impl Promotion {
    /// The sentence for the new member.
    pub fn text(self) -> String {
        match self {
            Self::Given(credits) => format!("{credits} free credits are in your workspace."),
            Self::HadBefore => "This mailbox has had its free credits before, so there are none this time.".into(),
            Self::ThrowAway => "There are no free credits for temporary email addresses.".into(),
            Self::NotToday => {
                "Too many new accounts got free credits today, so there are none now. Ask the operator for them.".into()
            }
        }
    }
}

/// Gives the free credits to `workspace`, whose owner has proven the mailbox of `email` from `address`. Joins the caller's
/// transaction, which adds the workspace.
///
/// # Errors
/// Only the database's.
pub async fn give(
    app: &App,
    tx: &mut Tx,
    email: &Email,
    workspace: WorkspaceId,
    address: ClientAddress,
    now: Instant,
) -> Result<Promotion, AppError> {
    if email.is_disposable() {
        return Ok(Promotion::ThrowAway);
    }
    let mailbox = email.mailbox();
    let had: i64 = on!(&mut *tx, c => sqlx::query_scalar("select count(*) from promotions where mailbox = $1")
        .bind(&mailbox).fetch_one(c).await)?;
    if had > 0 {
        return Ok(Promotion::HadBefore);
    }
    // The instance's ceiling last: what a network is refused is not counted there.
    let all = limits::promotions_of_all(app.config.free_credits_per_day);
    for limit in limits::promotions(address).into_iter().chain([all]) {
        if limit.take(tx, now).await?.is_err() {
            return Ok(Promotion::NotToday);
        }
    }
    let added = on!(&mut *tx, c => sqlx::query(
        "insert into promotions (mailbox, created_at) values ($1, $2) on conflict (mailbox) do nothing")
        .bind(&mailbox).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    if added == 0 {
        return Ok(Promotion::HadBefore);
    }
    let gift = app.of::<WelcomeGift>();
    (gift.grant)(tx, workspace, now).await?;
    Ok(Promotion::Given(gift.credits))
}
