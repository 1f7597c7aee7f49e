//! Credits that leave again: a refunded purchase, a correction by the operator (rule C19).

use super::lot;
use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits, LotId, OrderId,
        ledger::{
            account_state::{AccountState, Entry, add, take},
            read_set::ReadSet,
            store,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// Credits about to leave a workspace.
#[derive(Debug, Clone)]
pub struct Revoke {
    /// `Some`: only from the lots that this order paid for. `None`: from all lots, in the order they are drawn.
    pub order: Option<OrderId>,
    pub credits: Credits,
    pub reason: String,
    pub actor: Actor,
    /// Unique in the workspace: the same key revokes once.
    pub key: String,
}

/// Takes credits out of lots; a repeated key changes nothing. Held and spent credits stay (never a negative balance).
///
/// # Errors
/// [`CreditError::NotEnough`] when less is left, [`CreditError::Inconsistent`] when account and lots disagree; nothing
/// changes then.
#[cfg(test)]
pub async fn revoke(
    tx: &mut Tx,
    workspace: WorkspaceId,
    revoke: &Revoke,
    at: Instant,
) -> Result<crate::credits::Balance, CreditError> {
    let mut state = AccountState::open(tx, workspace, &revoke.read_set(), at).await?;
    state.revoke(revoke)?;
    state.close(tx).await
}

/// What could be revoked of a purchase: what can be used of its lots (C19).
///
/// # Errors
/// The database's.
pub async fn purchase_left(tx: &mut Tx, workspace: WorkspaceId, order: OrderId, at: Instant) -> sqlx::Result<Credits> {
    store::left_of_order(tx, workspace, order, at).await
}

impl Revoke {
    pub(crate) fn read_set(&self) -> ReadSet {
        let (keys, orders) = (vec![self.key.clone()], self.order.into_iter().collect());
        ReadSet { keys, orders, ..ReadSet::default() }
    }
}

impl AccountState {
    /// See [`revoke()`].
    pub fn revoke(&mut self, back: &Revoke) -> Result<(), CreditError> {
        if self.is_posted(&back.key) {
            return Ok(());
        }
        let of_order = |lot: &&lot::Lot| back.order.is_none() || lot.paid_by() == back.order;
        let lots: Vec<_> = self.drawable().into_iter().filter(of_order).collect();
        let draws: Vec<(LotId, Credits)> =
            lot::draws(lots, back.credits).into_iter().map(|draw| (draw.lot.id, draw.amount)).collect();
        let found = draws.iter().try_fold(Credits::ZERO, |sum, (_, amount)| sum.plus(*amount))?;
        if found != back.credits || found.is_zero() {
            return Err(CreditError::NotEnough { needed: back.credits, available: found });
        }
        self.check_account(TransferKind::Revoke, found)?;
        for (number, (id, amount)) in draws.into_iter().enumerate() {
            let lot = self.lot(id)?;
            take(&mut lot.remaining, amount)?;
            add(&mut lot.revoked, amount)?;
            let key = if number == 0 { back.key.clone() } else { format!("{}:{number}", back.key) };
            let entry = Entry::new(TransferKind::Revoke, id, amount, back.actor, &back.reason, key);
            self.post(Entry { order: back.order, ..entry })?;
        }
        Ok(())
    }
}
