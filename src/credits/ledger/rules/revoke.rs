//! Credits that leave again: a refunded purchase, a correction by the operator (rule C19).

use super::lot::Lot;
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
        let of_order = |lot: &&Lot| back.order.is_none() || lot.paid_by() == back.order;
        let lots: Vec<_> = self.drawable().into_iter().filter(of_order).collect();
        let (found, parts) = spread(&lots, back.credits, |lot| Ok(lot.remaining))?;
        if found != back.credits || found.is_zero() {
            return Err(CreditError::NotEnough { needed: back.credits, available: found });
        }
        self.check_account(TransferKind::Revoke, found)?;
        self.take_out(parts, back.order, back.actor, &back.reason, &back.key)
    }

    /// Takes a part out of each lot, the first under `key`, the others under keys that continue it. The caller has checked that the
    /// account and the lots have it.
    pub(super) fn take_out(
        &mut self,
        parts: Vec<(LotId, Credits)>,
        order: Option<OrderId>,
        actor: Actor,
        reason: &str,
        key: &str,
    ) -> Result<(), CreditError> {
        for (number, (id, part)) in parts.into_iter().enumerate() {
            let lot = self.lot(id)?;
            take(&mut lot.remaining, part)?;
            add(&mut lot.revoked, part)?;
            let key = if number == 0 { key.to_owned() } else { format!("{key}:{number}") };
            let entry = Entry::new(TransferKind::Revoke, id, part, actor, reason, key);
            self.post(Entry { order, ..entry })?;
        }
        Ok(())
    }
}

/// At most `needed` of what each lot has, in their order: the sum, and the part of each.
pub(super) fn spread(
    lots: &[&Lot],
    needed: Credits,
    has: impl Fn(&Lot) -> Result<Credits, CreditError>,
) -> Result<(Credits, Vec<(LotId, Credits)>), CreditError> {
    let (mut sum, mut parts) = (Credits::ZERO, Vec::new());
    for lot in lots {
        let part = has(lot)?.min(needed.minus(sum)?);
        if !part.is_zero() {
            sum = sum.plus(part)?;
            parts.push((lot.id, part));
        }
    }
    Ok((sum, parts))
}
