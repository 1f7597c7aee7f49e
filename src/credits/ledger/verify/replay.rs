//! What the movements say: added up one after the other, each checked against the one before it.

use std::collections::{BTreeSet, HashMap};

use super::Difference;
use crate::{
    accounts::WorkspaceId,
    credits::{
        HoldId, LotId, OrderId,
        ledger::transfer::{Bucket, Transfer, TransferKind},
    },
    server::secret_keys::Keys,
};

/// What is in each bucket of a workspace.
#[derive(Default, Clone, Copy)]
pub(super) struct Sums {
    outside: i128,
    available: i128,
    held: i128,
    spent: i128,
    expired: i128,
}

impl Sums {
    fn in_bucket(&mut self, bucket: Bucket) -> &mut i128 {
        match bucket {
            Bucket::Outside => &mut self.outside,
            Bucket::Available => &mut self.available,
            Bucket::Held => &mut self.held,
            Bucket::Spent => &mut self.spent,
            Bucket::Expired => &mut self.expired,
        }
    }
}

/// Totals per lot or hold, by kind of movement. Over time more may be held and released than 64 bits count.
#[derive(Default, Clone, Copy)]
pub(super) struct Totals([i128; TransferKind::ALL.len()]);

impl Totals {
    pub(super) fn add(&mut self, kind: TransferKind, amount: i128) {
        self.0[kind as usize] += amount;
    }

    pub(super) fn of(&self, kind: TransferKind) -> i128 {
        self.0[kind as usize]
    }
}

/// What a number belongs to. A million movements are fine: only those that differ are put into words.
#[derive(Clone, Copy)]
pub(super) enum Place {
    Transfer(i64),
    Lot(LotId),
    Hold(HoldId),
    Account,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Transfer(seq) => write!(f, "transfer {seq}"),
            Self::Lot(id) => write!(f, "lot {id}"),
            Self::Hold(id) => write!(f, "hold {id}"),
            Self::Account => f.write_str("account"),
        }
    }
}

/// Up to where the movements of a workspace have no key: the number and the hash of the last one.
#[derive(Default, sqlx::FromRow)]
pub(super) struct Boundary {
    seq: i64,
    hash: Vec<u8>,
}

pub(super) struct Replay {
    pub(super) workspace: WorkspaceId,
    keys: Keys,
    boundary: Boundary,
    /// Keys that movements name and that are not known: each is reported once.
    unknown_keys: BTreeSet<String>,
    pub(super) next_seq: i64,
    pub(super) last_hash: Vec<u8>,
    sums: Sums,
    pub(super) lots: HashMap<LotId, Totals>,
    /// The orders that movements of lots name.
    pub(super) orders: HashMap<LotId, OrderId>,
    /// The sum of what the lots owe.
    pub(super) owed: i128,
    pub(super) holds: HashMap<HoldId, Totals>,
    /// Holds that were compared and forgotten.
    pub(super) holds_compared: i64,
    /// The sum of what they still hold.
    pub(super) open: i64,
    pub(super) differences: Vec<Difference>,
}

impl Replay {
    pub(super) fn new(workspace: WorkspaceId, keys: Keys, boundary: Boundary) -> Self {
        Self {
            workspace,
            keys,
            boundary,
            unknown_keys: BTreeSet::new(),
            next_seq: 1,
            last_hash: Vec::new(),
            sums: Sums::default(),
            lots: HashMap::new(),
            orders: HashMap::new(),
            owed: 0,
            holds: HashMap::new(),
            holds_compared: 0,
            open: 0,
            differences: Vec::new(),
        }
    }

    pub(super) fn of(&self, bucket: Bucket) -> i128 {
        let mut sums = self.sums;
        *sums.in_bucket(bucket)
    }

    pub(super) fn differ(&mut self, place: Place, what: impl Into<String>) {
        self.differences.push(Difference { workspace: self.workspace, place: place.to_string(), what: what.into() });
    }

    pub(super) fn expect(&mut self, place: Place, name: &str, stored: i64, replayed: i128) {
        if i128::from(stored) != replayed {
            self.differ(place, format!("{name} is {stored}, the transfers say {replayed}"));
        }
    }

    pub(super) fn apply(&mut self, transfer: &Transfer) {
        let place = Place::Transfer(transfer.seq);
        if transfer.seq != self.next_seq {
            self.differ(place, format!("number {} was expected: rows are missing", self.next_seq));
        }
        if transfer.previous_hash != self.last_hash {
            self.differ(place, "does not continue the row before it");
        }
        self.check_hash(place, transfer);
        if (transfer.from_bucket, transfer.to_bucket) != transfer.kind.buckets() {
            self.differ(place, "moves between buckets that its kind does not allow");
        }
        let amount = i128::from(transfer.amount.get());
        *self.sums.in_bucket(transfer.from_bucket) -= amount;
        *self.sums.in_bucket(transfer.to_bucket) += amount;
        for bucket in [Bucket::Available, Bucket::Held] {
            if self.of(bucket) < 0 {
                self.differ(place, format!("{bucket:?} fell below zero"));
            }
        }
        self.expect(place, "available after it", transfer.available_after.get(), self.of(Bucket::Available));
        self.expect(place, "held after it", transfer.held_after.get(), self.of(Bucket::Held));
        self.lots.entry(transfer.lot_id).or_default().add(transfer.kind, amount);
        if let Some(order) = transfer.order_id
            && *self.orders.entry(transfer.lot_id).or_insert(order) != order
        {
            self.differ(place, "names another order than the movements of its lot before it");
        }
        if let Some(hold) = transfer.hold_id {
            self.holds.entry(hold).or_default().add(transfer.kind, amount);
        }
        if transfer.kind == TransferKind::Refund && transfer.reverses_seq.is_none() {
            self.differ(place, "does not say what it gives back");
        }
        self.last_hash.clone_from(&transfer.hash);
        self.next_seq = transfer.seq + 1;
    }

    /// Invariants 8 and 12: a hash needs a key of this instance, but for movements from before the boundary.
    fn check_hash(&mut self, place: Place, transfer: &Transfer) {
        match transfer.content_hash(&self.keys) {
            Some(hash) if hash == transfer.hash => {}
            Some(_) => self.differ(place, "was changed after it was written: its hash does not fit its content"),
            None => {
                let id = transfer.key_id.clone().unwrap_or_default();
                if self.unknown_keys.insert(id.clone()) {
                    self.differ(place, format!("is signed with the key {id}, which FAIRLEAD_SECRET_KEYS_OLD lacks"));
                }
            }
        }
        let before = transfer.seq <= self.boundary.seq;
        if transfer.key_id.is_some() == before {
            self.differ(place, if before { "has a key, the boundary says none" } else { "was not signed with a key" });
        }
        if transfer.seq == self.boundary.seq && transfer.hash != self.boundary.hash {
            self.differ(place, "is not the row that the boundary names");
        }
    }
}
