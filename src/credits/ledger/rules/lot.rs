//! Lots: credits that came in together, and the order they are drawn in.

use serde::{Deserialize, Serialize};

use crate::{
    credits::{Credits, LotId, OrderId},
    server::clock::Instant,
};

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

/// One lot with its totals: granted = remaining + held + captured − refunded + expired + revoked + moved.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Lot {
    pub id: LotId,
    pub kind: LotKind,
    pub granted: Credits,
    pub remaining: Credits,
    pub held: Credits,
    pub captured: Credits,
    pub refunded: Credits,
    pub expired: Credits,
    #[sqlx(rename = "taken_back")]
    #[serde(rename = "taken_back")]
    pub revoked: Credits,
    pub moved: Credits,
    /// Leaves as soon as it comes back, because the money of the purchase went back (C19).
    pub owed: Credits,
    /// `None`: never.
    pub expires_at: Option<Instant>,
    /// The purchase that brought it in.
    pub order_id: Option<OrderId>,
    /// The purchase that paid for what came again (C19) or was moved from an expired lot (C12): another lot was brought in by it.
    pub origin_order_id: Option<OrderId>,
    pub reason: String,
    pub created_at: Instant,
}

impl Lot {
    /// A new one, full.
    pub(crate) fn full(
        kind: LotKind,
        credits: Credits,
        expires_at: Option<Instant>,
        reason: &str,
        created_at: Instant,
    ) -> Self {
        let none = Credits::ZERO;
        Self {
            id: LotId::new(),
            kind,
            granted: credits,
            remaining: credits,
            held: none,
            captured: none,
            refunded: none,
            expired: none,
            revoked: none,
            moved: none,
            owed: none,
            expires_at,
            order_id: None,
            origin_order_id: None,
            reason: reason.to_owned(),
            created_at,
        }
    }

    /// Whether its time is over: nothing can be drawn from it any more, and what comes back goes elsewhere (C12).
    pub fn is_expired(&self, at: Instant) -> bool {
        self.expires_at.is_some_and(|expires| expires <= at)
    }

    /// The purchase whose money stands behind its credits.
    pub(crate) fn paid_by(&self) -> Option<OrderId> {
        self.order_id.or(self.origin_order_id)
    }

    /// Whether credits can be used from it, or are held from it.
    pub(crate) fn is_live(&self) -> bool {
        !self.remaining.is_zero() || !self.held.is_zero()
    }

    /// What is held or spent, and so can come back to it.
    pub(crate) fn may_come_back(&self) -> Credits {
        Credits::new(self.held.get() + self.captured.get() - self.refunded.get()).unwrap_or_default()
    }

    /// Where it stands in the published order (C11): earliest expiry first and never-expiring last; then promotion,
    /// plan, refund, purchase (and operator); then oldest.
    fn draw_order(&self) -> impl Ord + use<> {
        let kind = match self.kind {
            LotKind::Promotion => 1,
            LotKind::Plan => 2,
            LotKind::Refund => 3,
            LotKind::Purchase | LotKind::Operator => 4,
        };
        (self.expires_at.map_or(i64::MAX, Instant::micros), kind, self.created_at, self.id)
    }
}

/// Those of `lots` that can be drawn from, in the published order.
pub(crate) fn in_draw_order<'a>(lots: impl Iterator<Item = &'a Lot>, at: Instant) -> Vec<&'a Lot> {
    let mut drawable: Vec<_> = lots.filter(|lot| !lot.remaining.is_zero() && !lot.is_expired(at)).collect();
    drawable.sort_by_key(|lot| lot.draw_order());
    drawable
}

/// How much a hold takes (or would take) from one lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draw {
    pub lot: Lot,
    pub amount: Credits,
}

/// Spreads `needed` over `lots`, which are in draw order already (C11). Stops when the need is met or the lots end.
pub(crate) fn draws<'a>(lots: impl IntoIterator<Item = &'a Lot>, needed: Credits) -> Vec<Draw> {
    let mut left = needed;
    let mut draws = Vec::new();
    for lot in lots {
        let amount = lot.remaining.min(left);
        if amount.is_zero() {
            continue;
        }
        left = left.minus(amount).unwrap_or_default();
        draws.push(Draw { lot: lot.clone(), amount });
        if left.is_zero() {
            break;
        }
    }
    draws
}
