//! Money that went back is a debt of the lot (rule C19): what is left of the purchase leaves at once, and what comes back to its
//! lot later leaves in the transaction in which it comes.

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits, LotId, OrderId,
        ledger::{
            account_state::{AccountState, Entry, add, take},
            read_set::ReadSet,
            rules::lot::Lot,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// The money of a purchase, or a part of it, went back.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The purchase whose lot owes the credits.
    pub order: OrderId,
    pub credits: Credits,
    pub reason: String,
    pub actor: Actor,
    /// Unique in the workspace.
    pub key: String,
}

/// What became of a claim. The two add up to less than the claim where the rest can never come back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Claimed {
    /// Left the lot at once.
    pub taken: Credits,
    /// Leaves the lot as soon as it comes back: it is spent or held now.
    pub owed: Credits,
}

impl Claimed {
    pub fn is_zero(self) -> bool {
        self.taken.is_zero() && self.owed.is_zero()
    }
}

/// Takes the credits of a claim out of the lot of its order, and notes what is not there as the lot's debt.
///
/// The caller makes sure that a claim is made once, with a row of its own in the same transaction: a claim of which nothing is
/// there leaves no movement whose key would say so.
///
/// # Errors
/// [`CreditError::Inconsistent`] when account and lots disagree; nothing changes then.
pub async fn claim(tx: &mut Tx, workspace: WorkspaceId, claim: &Claim, at: Instant) -> Result<Claimed, CreditError> {
    let read_set = ReadSet { keys: vec![claim.key.clone()], orders: vec![claim.order], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let claimed = state.claim(claim)?;
    state.close(tx).await?;
    Ok(claimed)
}

/// Cancels at most `credits` of what the lot of `order` owes. Returns how much of it was still owed.
///
/// # Errors
/// The database's, and [`CreditError::Inconsistent`] when the account owes less than its lot.
pub async fn forgive(
    tx: &mut Tx,
    workspace: WorkspaceId,
    order: OrderId,
    credits: Credits,
    at: Instant,
) -> Result<Credits, CreditError> {
    let read_set = ReadSet { orders: vec![order], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let forgiven = state.forgive(order, credits)?;
    state.close(tx).await?;
    Ok(forgiven)
}

impl AccountState {
    /// See [`claim()`].
    pub fn claim(&mut self, claim: &Claim) -> Result<Claimed, CreditError> {
        let Some(lot) = self.lot_of(claim.order) else { return Ok(Claimed::default()) };
        if self.is_posted(&claim.key) {
            return Ok(Claimed::default());
        }
        let (id, taken) = (lot.id, lot.remaining.min(claim.credits));
        let owed = claim.credits.minus(taken)?.min(lot.may_come_back().minus(lot.owed)?);
        self.check_account(TransferKind::Revoke, taken)?;
        if !owed.is_zero() {
            add(&mut self.lot(id)?.owed, owed)?;
            self.owe(|total| total.plus(owed))?;
        }
        if !taken.is_zero() {
            let lot = self.lot(id)?;
            take(&mut lot.remaining, taken)?;
            add(&mut lot.revoked, taken)?;
            let entry = Entry::new(TransferKind::Revoke, id, taken, claim.actor, &claim.reason, claim.key.clone());
            self.post(Entry { order: Some(claim.order), ..entry })?;
        }
        Ok(Claimed { taken, owed })
    }

    /// See [`forgive()`].
    pub fn forgive(&mut self, order: OrderId, credits: Credits) -> Result<Credits, CreditError> {
        let Some(lot) = self.lot_of(order) else { return Ok(Credits::ZERO) };
        let (id, forgiven) = (lot.id, lot.owed.min(credits));
        if !forgiven.is_zero() {
            self.owe(|total| total.minus(forgiven))?;
            take(&mut self.lot(id)?.owed, forgiven)?;
        }
        Ok(forgiven)
    }

    /// `back` credits came back to a lot under `key`: what it owes leaves again, before it can be spent. Returns what is
    /// left of `back`.
    pub(crate) fn pay_debt(&mut self, lot: LotId, back: Credits, key: &str) -> Result<Credits, CreditError> {
        let known = self.known_lot(lot)?;
        let (order, paid) = (known.order_id, known.owed.min(back));
        if paid.is_zero() {
            return Ok(back);
        }
        self.owe(|total| total.minus(paid))?;
        let indebted = self.lot(lot)?;
        take(&mut indebted.owed, paid)?;
        take(&mut indebted.remaining, paid)?;
        add(&mut indebted.revoked, paid)?;
        let reason = "The money of its purchase went back";
        let entry = Entry::new(TransferKind::Revoke, lot, paid, Actor::System, reason, format!("debt:{key}"));
        self.post(Entry { order, ..entry })?;
        Ok(back.minus(paid)?)
    }

    fn lot_of(&self, order: OrderId) -> Option<&Lot> {
        self.lots.values().find(|lot| lot.order_id == Some(order))
    }
}
