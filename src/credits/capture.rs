//! Spending held credits, with delivery and never without (rules C2 and C5).

use super::{
    Actor, CreditError, Credits, RequestId,
    ledger::{Ledger, Movement},
    store,
    transfer::TransferKind,
};
use crate::{
    accounts::WorkspaceId,
    server::{clock::Instant, db::Tx},
};

/// Captures `leads` × `price` credits from the hold of `request`.
///
/// Call it in the transaction that inserts exactly these leads: a retry of that transaction starts from the same state,
/// so nothing is charged twice.
///
/// # Errors
/// [`CreditError::OverHold`] when the hold does not have that much left, [`CreditError::NoOpenHold`] when it is closed.
pub async fn capture(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    leads: i64,
    price: Credits,
    at: Instant,
) -> Result<(), CreditError> {
    let amount = price.times(leads)?;
    if amount.is_zero() {
        return Ok(());
    }
    let mut ledger = Ledger::open(tx, workspace, at).await?;
    let hold = store::hold_of(tx, workspace, request).await?.ok_or(CreditError::NoOpenHold)?;
    if hold.closed_at.is_some() {
        return Err(CreditError::NoOpenHold);
    }
    if amount > hold.left() {
        return Err(CreditError::OverHold { asked: amount, left: hold.left() });
    }
    let mut left = amount;
    for draw in store::draws_left(tx, workspace, hold.id).await? {
        let part = draw.remaining.min(left);
        if part.is_zero() {
            break;
        }
        let is_first = left == amount;
        store::update_lot(tx, workspace, draw.lot_id, 0, -part.get(), part.get()).await?;
        store::update_hold(tx, workspace, hold.id, draw.position, part, Credits::ZERO).await?;
        let movement = Movement {
            kind: TransferKind::Capture,
            amount: part,
            lot: draw.lot_id,
            hold: Some(hold.id),
            campaign: Some(hold.campaign_id),
            request: Some(request),
            order: None,
            // A lead paid from two lots is counted once, on the first row.
            lead_count: Some(if is_first { leads } else { 0 }),
            actor: Actor::System,
            reason: "Leads delivered".into(),
            key: format!("capture:{request}:{}", hold.captured.get() + amount.get() - left.get()),
        };
        ledger.post(tx, movement).await?;
        left = left.minus(part)?;
    }
    ledger.close(tx).await?;
    Ok(())
}
