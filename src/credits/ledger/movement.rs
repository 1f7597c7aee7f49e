//! A movement as a value: what a deed asks the ledger to make.

use super::{account_state::AccountState, read_set::ReadSet};
use crate::credits::{Actor, CreditError, Credits, Grant, HoldFor, Refund, RequestId, Revoke};

/// One movement of credits. A capture is none of these: it belongs to the delivery of its leads, and joins it.
#[derive(Debug, Clone)]
pub enum Movement {
    Grant(Grant),
    Hold { purpose: HoldFor, credits: Credits },
    Release { request: RequestId, actor: Actor, reason: String },
    Refund(Refund),
    Revoke(Revoke),
}

impl Movement {
    /// What has to be read before it can be made.
    pub(crate) fn add_to(&self, read_set: &mut ReadSet) {
        let more = match self {
            Self::Grant(grant) => ReadSet { keys: vec![grant.key.clone()], ..ReadSet::default() },
            Self::Hold { purpose, .. } => {
                ReadSet { requests: vec![purpose.request], holds: vec![*purpose], ..ReadSet::default() }
            }
            Self::Release { request, .. } => ReadSet { requests: vec![*request], ..ReadSet::default() },
            Self::Refund(refund) => refund.read_set(),
            Self::Revoke(back) => back.read_set(),
        };
        read_set.requests.extend(more.requests);
        read_set.keys.extend(more.keys);
        for charge in more.charges {
            // Hundreds of leads of one request were paid by the same capture.
            if !read_set.charges.contains(&charge) {
                read_set.charges.push(charge);
            }
        }
        read_set.orders.extend(more.orders);
        read_set.holds.extend(more.holds);
    }

    /// Makes it in an open account state that has read what it needs. Returns the credits that moved: none when its key was used
    /// before.
    pub(crate) fn apply(&self, state: &mut AccountState) -> Result<Credits, CreditError> {
        match self {
            Self::Grant(grant) => Ok(if state.grant(grant)? { grant.credits } else { Credits::ZERO }),
            Self::Hold { purpose, credits } => state.hold(*purpose, *credits).map(|hold| hold.amount),
            Self::Release { request, actor, reason } => state.release(*request, *actor, reason),
            Self::Refund(refund) => state.refund(refund),
            Self::Revoke(back) => {
                let is_new = !state.is_posted(&back.key);
                state.revoke(back)?;
                Ok(if is_new { back.credits } else { Credits::ZERO })
            }
        }
    }
}
