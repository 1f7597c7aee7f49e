//! Money that went back is a debt of its lots (rule C19): what is left of the purchase leaves at once, and what comes back to its
//! lots later leaves in the transaction in which it comes.
//!
//! A purchase has several lots when its credits came again, or when what came back to its expired lot moved. A claim reaches all of
//! them, and what comes into one pays what another owes: so no purchase has credits that can be used while it owes.

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits, LotId, LotKind, OrderId,
        ledger::{
            account_state::{AccountState, Entry, add, take},
            read_set::ReadSet,
            rules::{lot::Lot, revoke::spread},
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// The money of a purchase, or a part of it, went back.
#[derive(Debug, Clone)]
pub struct Claim {
    /// The purchase whose lots owe the credits.
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
    /// Left the lots at once.
    pub taken: Credits,
    /// Leaves as soon as it comes back: it is spent or held now.
    pub owed: Credits,
}

impl Claimed {
    pub fn is_zero(self) -> bool {
        self.taken.is_zero() && self.owed.is_zero()
    }
}

/// Takes the credits of a claim out of the lots of its order, and notes what is not there as their debt.
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

/// Cancels at most `credits` of what the lots of `order` owe. Returns how much of it was still owed.
///
/// # Errors
/// The database's, and [`CreditError::Inconsistent`] when the account owes less than its lots.
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

/// Credits of a purchase that come again: what claimed them is over.
#[derive(Debug, Clone)]
pub struct Again {
    /// The purchase that paid for them, and still does.
    pub order: OrderId,
    pub credits: Credits,
    pub reason: String,
    /// Unique in the workspace.
    pub key: String,
}

/// Adds the credits in a lot that does not expire. It belongs to its purchase like the first one: what the others owe is paid from it,
/// and a later claim reaches it. Returns what can be used of it.
///
/// # Errors
/// [`CreditError::OutOfRange`] when the balance would leave 64 bits; nothing changes then.
pub async fn come_again(
    tx: &mut Tx,
    workspace: WorkspaceId,
    again: &Again,
    at: Instant,
) -> Result<Credits, CreditError> {
    let read_set = ReadSet { keys: vec![again.key.clone()], orders: vec![again.order], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let usable = state.come_again(again)?;
    state.close(tx).await?;
    Ok(usable)
}

impl AccountState {
    /// See [`claim()`].
    pub fn claim(&mut self, claim: &Claim) -> Result<Claimed, CreditError> {
        if self.is_posted(&claim.key) {
            return Ok(Claimed::default());
        }
        let lots = self.paid_by(claim.order);
        let (taken, takes) = spread(&lots, claim.credits, |lot| Ok(lot.remaining))?;
        let (owed, debts) =
            spread(&lots, claim.credits.minus(taken)?, |lot| Ok(lot.may_come_back().minus(lot.owed)?))?;
        self.check_account(TransferKind::Revoke, taken)?;
        for (lot, part) in debts {
            add(&mut self.lot(lot)?.owed, part)?;
        }
        self.owe(|total| total.plus(owed))?;
        self.take_out(takes, Some(claim.order), claim.actor, &claim.reason, &claim.key)?;
        Ok(Claimed { taken, owed })
    }

    /// See [`forgive()`].
    pub fn forgive(&mut self, order: OrderId, credits: Credits) -> Result<Credits, CreditError> {
        let (forgiven, debts) = spread(&self.paid_by(order), credits, |lot| Ok(lot.owed))?;
        self.settle(forgiven, debts)?;
        Ok(forgiven)
    }

    /// See [`come_again()`].
    pub fn come_again(&mut self, again: &Again) -> Result<Credits, CreditError> {
        if again.credits.is_zero() || self.is_posted(&again.key) {
            return Ok(Credits::ZERO);
        }
        self.check_room(again.credits)?;
        let order = Some(again.order);
        let full = Lot::full(LotKind::Refund, again.credits, None, &again.reason, self.at);
        let lot = Lot { origin_order_id: order, ..full };
        let id = lot.id;
        self.add_lot(lot);
        let entry = Entry::new(TransferKind::Grant, id, again.credits, Actor::System, &again.reason, again.key.clone());
        self.post(Entry { order, ..entry })?;
        self.pay_debt(id, again.credits, &again.key)
    }

    /// `back` credits came into a lot under `key`: what its purchase owes leaves again, before it can be spent. Returns what is
    /// left of `back`.
    pub(crate) fn pay_debt(&mut self, lot: LotId, back: Credits, key: &str) -> Result<Credits, CreditError> {
        let Some(order) = self.known_lot(lot)?.paid_by() else { return Ok(back) };
        let mut lots = self.paid_by(order);
        // Its own debt first: less can come back to it than before.
        lots.sort_by_key(|other| other.id != lot);
        let (paid, debts) = spread(&lots, back, |lot| Ok(lot.owed))?;
        if paid.is_zero() {
            return Ok(back);
        }
        self.settle(paid, debts)?;
        let reason = "The money of its purchase went back";
        self.take_out(vec![(lot, paid)], Some(order), Actor::System, reason, &format!("debt:{key}"))?;
        Ok(back.minus(paid)?)
    }

    /// Lots owe `sum` less, each its part.
    fn settle(&mut self, sum: Credits, debts: Vec<(LotId, Credits)>) -> Result<(), CreditError> {
        self.owe(|total| total.minus(sum))?;
        for (lot, part) in debts {
            take(&mut self.lot(lot)?.owed, part)?;
        }
        Ok(())
    }

    /// The lots of a purchase: first the one that it brought in, then the others, oldest first.
    fn paid_by(&self, order: OrderId) -> Vec<&Lot> {
        let mut lots: Vec<_> = self.lots.values().filter(|lot| lot.paid_by() == Some(order)).collect();
        lots.sort_by_key(|lot| (lot.order_id.is_none(), lot.created_at, lot.id));
        lots
    }
}
