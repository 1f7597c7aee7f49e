//! What a rule makes sure of before it changes the account state: that rows which rely on each other are there and agree. So what is
//! refused has changed nothing, and others may follow it in the same account state.

use crate::{
    credits::{
        CreditError, Credits, HoldId, Lot, LotId, RequestId,
        ledger::{
            account_state::{AccountState, ChargeRow, HeldLots},
            transfer::{Bucket, TransferKind},
        },
    },
    server::inconsistency::Inconsistency,
};

impl AccountState {
    /// The hold of a request: every request has one.
    pub(crate) fn known_hold(&self, request: RequestId) -> Result<&HeldLots, Inconsistency> {
        self.holds.get(&request).ok_or_else(|| no_hold(request))
    }

    /// The lot that another row names.
    pub(crate) fn known_lot(&self, id: LotId) -> Result<&Lot, Inconsistency> {
        self.lots.get(&id).ok_or_else(|| no_lot(id))
    }

    /// The capture that paid for a lead of `request`.
    pub(crate) fn known_charge(&self, request: RequestId, seq: i64) -> Result<&ChargeRow, Inconsistency> {
        self.charges.get(&seq).filter(|row| row.request_id == request).ok_or_else(|| no_charge(seq))
    }

    /// Makes sure that what is left of a hold is what its draws add up to, and that their lots hold it.
    pub(crate) fn check_held(&self, held: &HeldLots) -> Result<(), CreditError> {
        let mut left = Credits::ZERO;
        for draw in held.draws.iter().filter(|draw| !draw.left().is_zero()) {
            left = left.plus(draw.left())?;
            if self.known_lot(draw.lot_id)?.held < draw.left() {
                return Err(Inconsistency::new("credit_lots", "held", draw.lot_id).into());
            }
        }
        if left == held.hold.left() { Ok(()) } else { Err(no_draws(held.hold.id).into()) }
    }

    /// Makes sure that the account has what lots and holds say, before `amount` moves in one posting or several.
    pub(crate) fn check_account(&self, kind: TransferKind, amount: Credits) -> Result<(), CreditError> {
        let (from, to) = kind.buckets();
        if self.after(from, |balance| balance.minus(amount)).is_err() {
            return Err(Inconsistency::new("credit_accounts", column(from), self.workspace).into());
        }
        self.after(to, |balance| balance.plus(amount)).map(drop)
    }
}

fn column(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Outside => "workspace_id",
        Bucket::Available => "available",
        Bucket::Held => "held",
        Bucket::Spent => "spent",
        Bucket::Expired => "expired",
    }
}

pub(crate) fn no_lot(id: LotId) -> Inconsistency {
    Inconsistency::new("credit_lots", "id", id)
}

pub(crate) fn no_hold(request: RequestId) -> Inconsistency {
    Inconsistency::new("credit_holds", "request_id", request)
}

pub(crate) fn no_charge(seq: i64) -> Inconsistency {
    Inconsistency::new("credit_transfers", "seq", seq)
}

fn no_draws(hold: HoldId) -> Inconsistency {
    Inconsistency::new("credit_hold_draws", "hold_id", hold)
}
