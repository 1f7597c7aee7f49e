//! Giving back what a hold did not spend (rules C9 and C12).

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

/// Releases the rest of the hold of `request` to the lots it came from and closes the hold. Returns what went back;
/// a hold that is closed already gives back nothing.
///
/// # Errors
/// [`CreditError::Inconsistent`] when the request has no hold, or its lots do not hold what it says; nothing changes then.
pub async fn release(
    tx: &mut Tx,
    workspace: WorkspaceId,
    request: RequestId,
    actor: Actor,
    reason: &str,
    at: Instant,
) -> Result<Credits, CreditError> {
    let read_set = ReadSet { requests: vec![request], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let released = state.release(request, actor, reason)?;
    state.close(tx).await?;
    Ok(released)
}

impl AccountState {
    /// See [`release()`].
    pub fn release(&mut self, request: RequestId, actor: Actor, reason: &str) -> Result<Credits, CreditError> {
        let held = self.known_hold(request)?;
        if held.hold.closed_at.is_some() {
            return Ok(Credits::ZERO);
        }
        self.check_held(held)?;
        self.check_account(TransferKind::Release, held.hold.left())?;
        let (hold, draws) = (held.hold.clone(), held.draws.clone());
        for (index, draw) in draws.iter().enumerate() {
            let part = draw.left();
            if part.is_zero() {
                continue;
            }
            let lot = self.lot(draw.lot_id)?;
            take(&mut lot.held, part)?;
            add(&mut lot.remaining, part)?;
            let held = self.hold_of(request)?;
            add(&mut held.hold.released, part)?;
            add(&mut held.draws[index].released, part)?;
            let key = format!("release:{request}:{}", draw.position);
            let entry = Entry::new(TransferKind::Release, draw.lot_id, part, actor, reason, key.clone());
            self.post(entry.of_hold(&hold))?;
            let part = self.pay_debt(draw.lot_id, part, &key)?;
            self.rescue(draw.lot_id, part, &key)?;
        }
        let at = self.at;
        let held = self.hold_of(request)?;
        held.hold.closed_at = Some(at);
        held.close_reason = Some(reason.to_owned());
        Ok(hold.left())
    }
}
