//! Lots: credits that came in together, and the order they are drawn in.

use serde::{Deserialize, Serialize};

use super::{Credits, LotId};
use crate::server::clock::Instant;

/// How the credits of a lot came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum LotKind {
    Promotion,
    Plan,
    Refund,
    Purchase,
    Operator,
}

impl LotKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Promotion => "Promotion",
            Self::Plan => "Plan",
            Self::Refund => "Refund",
            Self::Purchase => "Purchase",
            Self::Operator => "From the operator",
        }
    }
}

/// One lot with its totals: granted = remaining + held + captured − refunded + expired + taken back + moved.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Lot {
    pub id: LotId,
    pub kind: LotKind,
    pub granted: Credits,
    pub remaining: Credits,
    pub held: Credits,
    pub captured: Credits,
    pub refunded: Credits,
    pub expired: Credits,
    pub taken_back: Credits,
    pub moved: Credits,
    pub expires_at: Option<Instant>,
    pub reason: String,
    pub created_at: Instant,
}

/// How much a hold takes (or would take) from one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub lot: Lot,
    pub amount: Credits,
}

/// Spreads `needed` over `lots`, which are in draw order already (C11). Stops when the need is met or the lots end.
pub(super) fn draws(lots: Vec<Lot>, needed: Credits) -> Vec<Draw> {
    let mut left = needed;
    let mut draws = Vec::new();
    for lot in lots {
        let amount = lot.remaining.min(left);
        if amount.is_zero() {
            continue;
        }
        left = left.minus(amount).unwrap_or_default();
        draws.push(Draw { lot, amount });
        if left.is_zero() {
            break;
        }
    }
    draws
}
