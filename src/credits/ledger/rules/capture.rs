//! Spending held credits, with delivery and never without (rules C2 and C5).

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits, RequestId,
        ledger::{
            account_state::{AccountState, Entry, add, take},
            read_set::ReadSet,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// Leads about to be paid for from the hold of their request.
#[derive(Debug, Clone)]
pub struct Capture {
    pub request: RequestId,
    pub leads: i64,
    /// Credits for one lead.
    pub price: Credits,
    /// Unique in the workspace: the same key captures once.
    pub key: String,
}

/// The part of a capture that came from one lot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charge {
    /// The number of the movement.
    pub seq: i64,
    pub credits: Credits,
}

/// Captures the credits of `capture` from the hold of its request. Answers which movements paid, in order; a repeated
/// key captures nothing and answers nothing.
///
/// Call it in the transaction that inserts exactly these leads: a retry of that transaction starts from the same state,
/// so nothing is charged twice. The account is locked from here on: nobody else delivers to this workspace meanwhile.
///
/// # Errors
/// [`CreditError::OverHold`] when the hold does not have that much left, [`CreditError::NoOpenHold`] when it is closed,
/// [`CreditError::Inconsistent`] when there is none, or its lots do not hold what it says; nothing changes then.
pub async fn capture(
    tx: &mut Tx,
    workspace: WorkspaceId,
    capture: &Capture,
    at: Instant,
) -> Result<Vec<Charge>, CreditError> {
    let read_set = ReadSet { requests: vec![capture.request], keys: vec![capture.key.clone()], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let charges = state.capture(capture)?;
    state.close(tx).await?;
    Ok(charges)
}

impl AccountState {
    /// See [`capture()`].
    pub fn capture(&mut self, capture: &Capture) -> Result<Vec<Charge>, CreditError> {
        let amount = capture.price.times(capture.leads)?;
        if amount.is_zero() || self.is_posted(&capture.key) {
            return Ok(Vec::new());
        }
        let held = self.known_hold(capture.request)?;
        if held.hold.closed_at.is_some() {
            return Err(CreditError::NoOpenHold);
        }
        if amount > held.hold.left() {
            return Err(CreditError::OverHold { asked: amount, left: held.hold.left() });
        }
        self.check_held(held)?;
        self.check_account(TransferKind::Capture, amount)?;
        let (hold, draws) = (held.hold.clone(), held.draws.clone());
        let mut charges = Vec::new();
        let mut left = amount;
        for (index, draw) in draws.iter().enumerate() {
            let part = draw.left().min(left);
            if part.is_zero() {
                continue;
            }
            let lot = self.lot(draw.lot_id)?;
            take(&mut lot.held, part)?;
            add(&mut lot.captured, part)?;
            let held = self.hold_of(capture.request)?;
            add(&mut held.hold.captured, part)?;
            add(&mut held.draws[index].captured, part)?;
            // A lead paid from two lots is counted once, on the first row.
            let is_first = charges.is_empty();
            let key = if is_first { capture.key.clone() } else { format!("{}:{}", capture.key, charges.len()) };
            let entry = Entry::new(TransferKind::Capture, draw.lot_id, part, Actor::System, "Leads delivered", key)
                .of_hold(&hold);
            let lead_count = Some(if is_first { capture.leads } else { 0 });
            charges.push(Charge { seq: self.post(Entry { lead_count, ..entry })?, credits: part });
            left = left.minus(part)?;
        }
        Ok(charges)
    }
}
