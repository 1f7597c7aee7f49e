//! Setting credits aside for a lead request (rules C2–C4, C9, C11, C22).

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::lot::{self, Draw};
use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{
        Actor, CampaignId, CreditError, Credits, HoldId, RequestId,
        ledger::{
            account_state::{AccountState, DrawRow, Entry, HeldLots, add, take},
            caps, store,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// How long a hold may last in all (C9).
pub const HOLD_TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a hold may last without progress of its request (C9).
pub const HOLD_IDLE_MAX: Duration = Duration::from_secs(30 * 60);

/// Credits set aside for one lead request.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Hold {
    pub id: HoldId,
    pub request_id: RequestId,
    pub campaign_id: CampaignId,
    pub member_id: UserId,
    pub amount: Credits,
    pub captured: Credits,
    pub released: Credits,
    pub expires_at: Instant,
    pub created_at: Instant,
    pub closed_at: Option<Instant>,
}

impl Hold {
    /// What is neither captured nor released yet.
    pub fn left(&self) -> Credits {
        Credits::new(self.amount.get() - self.captured.get() - self.released.get()).unwrap_or_default()
    }
}

/// What a hold is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HoldFor {
    pub request: RequestId,
    pub campaign: CampaignId,
    pub member: UserId,
}

/// Places a hold of `amount` for a request, drawn from lots in the published order (C11).
///
/// Joins the caller's transaction, so the request and its hold exist together or not at all.
/// Repeating it with the same request returns the hold already placed.
///
/// # Errors
/// [`CreditError::NotEnough`] with what is needed and available, [`CreditError::CapReached`] with the cap,
/// [`CreditError::Inconsistent`] when account and lots disagree; nothing changes then.
#[cfg(test)]
pub async fn hold(
    tx: &mut Tx,
    workspace: WorkspaceId,
    purpose: HoldFor,
    amount: Credits,
    at: Instant,
) -> Result<Hold, CreditError> {
    use crate::credits::ledger::read_set::ReadSet;
    let read_set = ReadSet { requests: vec![purpose.request], holds: vec![purpose], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let hold = state.hold(purpose, amount)?;
    state.close(tx).await?;
    Ok(hold)
}

impl AccountState {
    /// See [`hold()`].
    pub fn hold(&mut self, purpose: HoldFor, amount: Credits) -> Result<Hold, CreditError> {
        if let Some(placed) = self.holds.get(&purpose.request) {
            return Ok(placed.hold.clone());
        }
        let draws = lot::draws(self.drawable(), amount);
        let drawn = draws.iter().try_fold(Credits::ZERO, |sum, draw| sum.plus(draw.amount))?;
        if drawn != amount || amount.is_zero() {
            return Err(CreditError::NotEnough { needed: amount, available: self.balance().available });
        }
        caps::check(&self.caps, purpose, amount)?;
        self.check_account(TransferKind::Hold, drawn)?;
        let hold = Hold {
            id: HoldId::new(),
            request_id: purpose.request,
            campaign_id: purpose.campaign,
            member_id: purpose.member,
            amount,
            captured: Credits::ZERO,
            released: Credits::ZERO,
            expires_at: self.at.plus(HOLD_TIME_MAX),
            created_at: self.at,
            closed_at: None,
        };
        let mut rows = Vec::with_capacity(draws.len());
        for (position, Draw { lot, amount }) in (0..).zip(draws) {
            let id = lot.id;
            let lot = self.lot(id)?;
            take(&mut lot.remaining, amount)?;
            add(&mut lot.held, amount)?;
            let key = format!("hold:{}:{position}", purpose.request);
            let (actor, reason) = (Actor::User(purpose.member), "Set aside for a lead request");
            self.post(Entry::new(TransferKind::Hold, id, amount, actor, reason, key).of_hold(&hold))?;
            let (captured, released) = (Credits::ZERO, Credits::ZERO);
            rows.push(DrawRow { hold_id: hold.id, position, lot_id: id, amount, captured, released });
        }
        self.add_hold(HeldLots { hold: hold.clone(), close_reason: None, draws: rows });
        caps::count(&mut self.caps, purpose, amount);
        Ok(hold)
    }
}

/// The lots that a hold of `amount` would draw from now: for the quote (C1). Short of `amount` when there is not enough.
pub async fn planned_draws(
    tx: &mut Tx,
    workspace: WorkspaceId,
    amount: Credits,
    at: Instant,
) -> sqlx::Result<Vec<Draw>> {
    Ok(lot::draws(&store::select_drawable_lots(workspace, at).read(tx).await?, amount))
}
