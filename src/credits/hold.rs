//! Setting credits aside for a lead request (rules C2–C4, C9).

use std::time::Duration;

use super::{
    Actor, CampaignId, CreditError, Credits, HoldId, RequestId,
    ledger::{Ledger, Movement},
    lot::{self, Draw},
    store,
    transfer::TransferKind,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    server::{clock::Instant, db::Tx},
};

/// How long a hold may last in all (C9).
pub const HOLD_TIME_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// Credits set aside for one lead request.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
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
#[derive(Debug, Clone, Copy)]
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
/// [`CreditError::NotEnough`] with what is needed and available; nothing changes then.
pub async fn hold(
    tx: &mut Tx,
    workspace: WorkspaceId,
    purpose: HoldFor,
    amount: Credits,
    at: Instant,
) -> Result<Hold, CreditError> {
    let mut ledger = Ledger::open(tx, workspace, at).await?;
    if let Some(placed) = store::hold_of(tx, workspace, purpose.request).await? {
        return Ok(placed);
    }
    let draws = lot::draws(store::drawable_lots(tx, workspace, at).await?, amount);
    let drawn = draws.iter().try_fold(Credits::ZERO, |sum, draw| sum.plus(draw.amount))?;
    if drawn != amount || amount.is_zero() {
        return Err(CreditError::NotEnough { needed: amount, available: ledger.balance().available });
    }
    let hold = Hold {
        id: HoldId::new(),
        request_id: purpose.request,
        campaign_id: purpose.campaign,
        member_id: purpose.member,
        amount,
        captured: Credits::ZERO,
        released: Credits::ZERO,
        expires_at: at.plus(HOLD_TIME_MAX),
        created_at: at,
        closed_at: None,
    };
    store::insert_hold(tx, workspace, &hold).await?;
    for (position, draw) in (0..).zip(&draws) {
        store::insert_draw(tx, workspace, hold.id, position, draw.lot.id, draw.amount).await?;
        store::update_lot(tx, workspace, draw.lot.id, -draw.amount.get(), draw.amount.get(), 0).await?;
        let movement = Movement {
            kind: TransferKind::Hold,
            amount: draw.amount,
            lot: draw.lot.id,
            hold: Some(hold.id),
            campaign: Some(purpose.campaign),
            request: Some(purpose.request),
            order: None,
            lead_count: None,
            actor: Actor::User(purpose.member),
            reason: "Set aside for a lead request".into(),
            key: format!("hold:{}:{position}", purpose.request),
        };
        ledger.post(tx, movement).await?;
    }
    ledger.close(tx).await?;
    Ok(hold)
}

/// The lots that a hold of `amount` would draw from now: for the quote (C1). Short of `amount` when there is not enough.
pub async fn planned_draws(
    tx: &mut Tx,
    workspace: WorkspaceId,
    amount: Credits,
    at: Instant,
) -> sqlx::Result<Vec<Draw>> {
    Ok(lot::draws(store::drawable_lots(tx, workspace, at).await?, amount))
}
