//! Credits that come in.

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, Balance, CreditError, Credits, Lot, LotKind, OrderId, OutOfRange,
        ledger::{
            account_state::{AccountState, Entry},
            read_set::ReadSet,
            transfer::TransferKind,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// What every new workspace gets, once.
pub const SIGNUP_PROMOTION: i64 = 100;

/// Most credits of one grant by the operator: far more than anybody needs, far less than 64 bits hold.
pub const GRANT_MAX: i64 = 1_000_000_000;

/// Credits about to come in as one lot.
#[derive(Debug, Clone)]
pub struct Grant {
    pub kind: LotKind,
    /// More than zero.
    pub credits: Credits,
    /// `None`: never (the default for purchases, C13).
    pub expires_at: Option<Instant>,
    pub order: Option<OrderId>,
    pub reason: String,
    pub actor: Actor,
    /// Unique in the workspace: the same key grants once, however often it is asked.
    pub key: String,
}

/// Adds a lot. Joins the caller's transaction; a repeated key changes nothing and returns the balance as it is.
///
/// # Errors
/// [`CreditError::OutOfRange`] when nothing is granted or the balance would leave 64 bits.
pub async fn grant(tx: &mut Tx, workspace: WorkspaceId, grant: Grant, at: Instant) -> Result<Balance, CreditError> {
    let read_set = ReadSet { keys: vec![grant.key.clone()], ..ReadSet::default() };
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    state.grant(&grant)?;
    state.close(tx).await
}

impl AccountState {
    /// See [`grant()`]. Answers whether it was this call that added the lot.
    pub fn grant(&mut self, grant: &Grant) -> Result<bool, CreditError> {
        if grant.credits.is_zero() {
            return Err(OutOfRange.into());
        }
        if self.is_posted(&grant.key) {
            return Ok(false);
        }
        self.check_room(grant.credits)?;
        let lot = Lot {
            order_id: grant.order,
            ..Lot::full(grant.kind, grant.credits, grant.expires_at, &grant.reason, self.at)
        };
        let entry = Entry::new(TransferKind::Grant, lot.id, grant.credits, grant.actor, &grant.reason, &grant.key);
        self.add_lot(lot);
        self.post(Entry { order: grant.order, ..entry })?;
        Ok(true)
    }
}

/// The free credits of a new workspace.
///
/// # Errors
/// Only the database's.
pub async fn grant_signup_promotion(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> Result<Balance, CreditError> {
    let promotion = Grant {
        kind: LotKind::Promotion,
        credits: Credits::new(SIGNUP_PROMOTION).unwrap_or_default(),
        expires_at: None,
        order: None,
        reason: "Free credits at sign-up".into(),
        actor: Actor::System,
        key: "signup-promotion".into(),
    };
    grant(tx, workspace, promotion, at).await
}
