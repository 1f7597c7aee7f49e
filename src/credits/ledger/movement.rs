//! A movement as a value: what a deed asks the ledger to make.

use super::{account_state::Book, read_set::Needs, transfer::Actor};
use crate::credits::{CreditError, Credits, Grant, HoldFor, Refund, RequestId, TakeBack};

/// One movement of credits. A capture is none of these: it belongs to the delivery of its leads, and joins it.
#[derive(Debug, Clone)]
pub enum Movement {
    Grant(Grant),
    Hold { purpose: HoldFor, credits: Credits },
    Release { request: RequestId, actor: Actor, reason: String },
    Refund(Refund),
    TakeBack(TakeBack),
}

impl Movement {
    /// What has to be read before it can be made.
    pub(crate) fn add_needs(&self, needs: &mut Needs) {
        let more = match self {
            Self::Grant(grant) => Needs { keys: vec![grant.key.clone()], ..Needs::default() },
            Self::Hold { purpose, .. } => {
                Needs { requests: vec![purpose.request], holds: vec![*purpose], ..Needs::default() }
            }
            Self::Release { request, .. } => Needs { requests: vec![*request], ..Needs::default() },
            Self::Refund(refund) => refund.needs(),
            Self::TakeBack(back) => back.needs(),
        };
        needs.requests.extend(more.requests);
        needs.keys.extend(more.keys);
        for charge in more.charges {
            // Hundreds of leads of one request were paid by the same capture.
            if !needs.charges.contains(&charge) {
                needs.charges.push(charge);
            }
        }
        needs.orders.extend(more.orders);
        needs.holds.extend(more.holds);
    }

    /// Makes it in an open book that has read what it needs. Returns the credits that moved: none when its key was used
    /// before.
    pub(crate) fn apply(&self, book: &mut Book) -> Result<Credits, CreditError> {
        match self {
            Self::Grant(grant) => Ok(if book.grant(grant)? { grant.credits } else { Credits::ZERO }),
            Self::Hold { purpose, credits } => book.hold(*purpose, *credits).map(|hold| hold.amount),
            Self::Release { request, actor, reason } => book.release(*request, *actor, reason),
            Self::Refund(refund) => book.refund(refund),
            Self::TakeBack(back) => {
                let is_new = !book.is_posted(&back.key);
                book.take_back(back)?;
                Ok(if is_new { back.credits } else { Credits::ZERO })
            }
        }
    }
}
