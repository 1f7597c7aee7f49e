//! Giving back what a hold did not spend (rules C9 and C12).

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

/// Releases the rest of the hold of `request` to the lots it came from and closes the hold. Returns what went back;
/// a hold that is closed already gives back nothing.
///
/// # Errors
/// [`CreditError::NoOpenHold`] when the request never had one.
pub async fn release(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    actor: Actor,
    reason: &str,
    at: Instant,
) -> Result<Credits, CreditError> {
    let mut ledger = Ledger::open(tx, workspace, at).await?;
    let hold = store::hold_of(tx, workspace, request).await?.ok_or(CreditError::NoOpenHold)?;
    if hold.closed_at.is_some() {
        return Ok(Credits::ZERO);
    }
    for draw in store::draws_left(tx, workspace, hold.id).await? {
        store::update_lot(tx, workspace, draw.lot_id, draw.remaining.get(), -draw.remaining.get(), 0).await?;
        store::update_hold(tx, workspace, hold.id, draw.position, Credits::ZERO, draw.remaining).await?;
        let movement = Movement {
            kind: TransferKind::Release,
            amount: draw.remaining,
            lot: draw.lot_id,
            hold: Some(hold.id),
            campaign: Some(hold.campaign_id),
            request: Some(request),
            order: None,
            lead_count: None,
            actor,
            reason: reason.to_owned(),
            key: format!("release:{request}:{}", draw.position),
        };
        ledger.post(tx, movement).await?;
    }
    store::close_hold(tx, workspace, hold.id, reason, at).await?;
    ledger.close(tx).await?;
    Ok(hold.left())
}
