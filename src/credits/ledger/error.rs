//! What can be wrong with a movement of credits.

use crate::{
    credits::{Cap, Credits, OutOfRange},
    server::{
        error::{AppError, Conflict},
        inconsistency::Inconsistency,
    },
};

/// Why credits were not moved. Nothing changed then.
#[derive(Debug, thiserror::Error)]
pub enum CreditError {
    /// Rule C3.
    #[error("{needed} credits are needed and {available} are available")]
    NotEnough { needed: Credits, available: Credits },
    /// Rule C2: captures of a request never exceed its hold.
    #[error("a capture of {asked} credits is more than the {left} left of the hold")]
    OverHold { asked: Credits, left: Credits },
    #[error("there is no open hold for this request")]
    NoOpenHold,
    /// Rule C22.
    #[error("the cap of {} credits leaves {left} for now", .cap.credits)]
    CapReached { cap: Cap, left: Credits },
    /// Invariant 6: a refund never exceeds its capture.
    #[error("a refund of {asked} credits is more than the {left} left of the capture")]
    OverRefund { asked: Credits, left: Credits },
    /// The server is shutting down.
    #[error("the ledger takes no more movements at the moment")]
    Closed,
    /// Another transaction was in the way, again and again: trying again later is right.
    #[error("another movement was in the way")]
    Contention,
    #[error(transparent)]
    Inconsistent(#[from] Inconsistency),
    #[error(transparent)]
    OutOfRange(#[from] OutOfRange),
    #[error(transparent)]
    Database(sqlx::Error),
}

/// What a request over a cap is told (C22).
#[derive(Debug, thiserror::Error)]
#[error("{}", .cap.refusal(*.left))]
struct CapReached {
    cap: Cap,
    left: Credits,
}

impl Conflict for CapReached {}

impl From<sqlx::Error> for CreditError {
    fn from(error: sqlx::Error) -> Self {
        Inconsistency::within(error).map_or_else(Self::Database, Self::Inconsistent)
    }
}

impl From<CreditError> for AppError {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::NotEnough { needed, available } => {
                Self::NotEnoughCredits { needed: needed.get(), available: available.get() }
            }
            CreditError::CapReached { cap, left } => CapReached { cap, left }.into(),
            CreditError::Closed | CreditError::Contention => Self::Busy,
            CreditError::Inconsistent(inconsistency) => inconsistency.into(),
            CreditError::Database(error) => error.into(),
            other => Self::Internal(other.into()),
        }
    }
}
