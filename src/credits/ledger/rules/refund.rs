//! A spent credit comes back: for a bad lead, a bounce, a returned lead (rules C12, C15–C17).

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits, Lot, LotKind, RequestId,
        ledger::{
            account_state::{AccountState, ChargeRow, Entry, add, take},
            read_set::ReadSet,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// How long a refund lot is good for, after the day it was made (UTC).
const REFUND_LOT_DAYS: i64 = 30;

/// One lead about to be paid back.
#[derive(Debug, Clone)]
pub struct Refund {
    /// The request that delivered the lead.
    pub request: RequestId,
    /// The number of the capture that paid for it.
    pub charge: i64,
    /// What the lead cost.
    pub credits: Credits,
    pub actor: Actor,
    pub reason: String,
    /// Unique in the workspace: the same key refunds once. Named for the lead, so a lead is refunded once.
    pub key: String,
}

/// Gives back the credits of one lead, to the lot they came from; if that has expired, to a refund lot good for 30 days
/// (C12). Returns what came back: nothing when the key was used before.
///
/// # Errors
/// [`CreditError::OverRefund`] when the capture has not that much left to give back, [`CreditError::Inconsistent`] when
/// there is no such capture, or its lot is missing; nothing changes then.
pub async fn refund(tx: &mut Tx, workspace: WorkspaceId, refund: &Refund, at: Instant) -> Result<Credits, CreditError> {
    let mut state = AccountState::open(tx, workspace, &refund.read_set(), at).await?;
    let returned = state.refund(refund)?;
    state.close(tx).await?;
    Ok(returned)
}

impl Refund {
    pub(crate) fn read_set(&self) -> ReadSet {
        let (keys, charges) = (vec![self.key.clone()], vec![(self.request, self.charge)]);
        ReadSet { keys, charges, ..ReadSet::default() }
    }
}

impl AccountState {
    /// See [`refund()`].
    pub fn refund(&mut self, refund: &Refund) -> Result<Credits, CreditError> {
        if refund.credits.is_zero() || self.is_posted(&refund.key) {
            return Ok(Credits::ZERO);
        }
        self.known_charge(refund.request, refund.charge)?;
        // A lead whose price came from two lots was paid by this capture and the next one of its request.
        let of_request = |row: &&ChargeRow| row.request_id == refund.request;
        let rows: Vec<ChargeRow> =
            self.charges.range(refund.charge..).map(|(_, row)| row).filter(of_request).cloned().collect();
        let mut parts = Vec::new();
        let mut left = refund.credits;
        for row in rows {
            let part = row.amount.minus(row.refunded)?.min(left);
            if !part.is_zero() {
                self.known_lot(row.lot_id)?;
                left = left.minus(part)?;
                parts.push((row, part));
            }
        }
        if !left.is_zero() {
            return Err(CreditError::OverRefund { asked: refund.credits, left: refund.credits.minus(left)? });
        }
        self.check_account(TransferKind::Refund, refund.credits)?;
        for (number, (row, part)) in parts.into_iter().enumerate() {
            let key = if number == 0 { refund.key.clone() } else { format!("{}:{number}", refund.key) };
            self.refund_part(&row, part, refund, key)?;
        }
        Ok(refund.credits)
    }

    fn refund_part(&mut self, row: &ChargeRow, part: Credits, refund: &Refund, key: String) -> Result<(), CreditError> {
        let lot = self.lot(row.lot_id)?;
        add(&mut lot.refunded, part)?;
        add(&mut lot.remaining, part)?;
        add(&mut self.charge(row.seq)?.refunded, part)?;
        let entry = Entry::new(TransferKind::Refund, row.lot_id, part, refund.actor, &refund.reason, key.clone());
        self.post(Entry {
            hold: row.hold_id,
            campaign: row.campaign_id,
            request: Some(row.request_id),
            reverses: Some(row.seq),
            ..entry
        })?;
        let part = self.pay_debt(row.lot_id, part, &key)?;
        self.rescue(row.lot_id, part, &key)
    }

    /// C12: what came back to a lot whose time is over moves to a refund lot. What comes back on one day (UTC) and was paid for by
    /// one purchase shares a lot, so that a thousand bounces do not make a thousand lots.
    pub(crate) fn rescue(&mut self, lot: crate::credits::LotId, amount: Credits, key: &str) -> Result<(), CreditError> {
        let at = self.at;
        if amount.is_zero() || !self.known_lot(lot)?.is_expired(at) {
            return Ok(());
        }
        let expired = self.lot(lot)?;
        let order = expired.paid_by();
        take(&mut expired.remaining, amount)?;
        add(&mut expired.moved, amount)?;
        let reason = "Its lot had expired: moved to a refund lot";
        let entry = Entry::new(TransferKind::Move, lot, amount, Actor::System, reason, format!("move:{key}"));
        self.post(Entry { order, ..entry })?;
        let days = at.micros().div_euclid(DAY_MICROS) + 1 + REFUND_LOT_DAYS;
        let expires_at = Some(Instant(days * DAY_MICROS));
        let reason = "Came back after its own lot had expired";
        let shared = |lot: &&Lot| lot.kind == LotKind::Refund && lot.expires_at == expires_at && lot.is_live();
        let shared = self.lots.values().find(|lot| shared(lot) && lot.paid_by() == order);
        let id = match shared.map(|lot| lot.id) {
            Some(id) => {
                let lot = self.lot(id)?;
                add(&mut lot.granted, amount)?;
                add(&mut lot.remaining, amount)?;
                id
            }
            None => {
                let full = Lot::full(LotKind::Refund, amount, expires_at, reason, at);
                let lot = Lot { origin_order_id: order, ..full };
                let id = lot.id;
                self.add_lot(lot);
                id
            }
        };
        let entry = Entry::new(TransferKind::Grant, id, amount, Actor::System, reason, format!("rescue:{key}"));
        self.post(Entry { order, ..entry }).map(drop)
    }
}
