//! The balance in the frame of a page, as the page's own transaction sees it.

use super::{Balance, balance};
use crate::{
    accounts::Member,
    server::{db::Tx, error::AppError},
    ui::Page,
};

/// Shows a balance in the frame.
pub trait ShowBalance: Sized {
    /// Shows this balance.
    fn with_balance(self, balance: Balance) -> Self;

    /// Shows the balance that the page's transaction sees; call it after all else was read in it.
    ///
    /// # Errors
    /// Only the database's.
    async fn with_balance_seen_by(self, tx: &mut Tx, member: &Member) -> Result<Self, AppError>;
}

impl ShowBalance for Page {
    fn with_balance(self, balance: Balance) -> Self {
        self.with_credits(balance.available.get(), balance.held.get())
    }

    async fn with_balance_seen_by(self, tx: &mut Tx, member: &Member) -> Result<Self, AppError> {
        Ok(self.with_balance(balance(tx, member.workspace).await?))
    }
}
