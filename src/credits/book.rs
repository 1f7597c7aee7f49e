//! One workspace's credits, locked and in memory: what every movement reads and writes.
//!
//! [`Book::open`] locks the account and reads what the movements need, in a handful of statements; the rules are plain
//! functions on the book, each in the file of its verb; [`Book::close`] writes all that changed, in as many statements
//! for two hundred movements as for one. A movement that is refused has changed nothing, so others may follow it in the
//! same book.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    Actor, Balance, CampaignId, CreditError, Credits, HoldFor, HoldId, Lot, LotId, LotKind, OrderId, RequestId,
    caps::CapUse,
    hold::Hold,
    store::{self, Account},
    transfer::{Bucket, Transfer, TransferKind},
};
use crate::{
    accounts::WorkspaceId,
    server::{clock::Instant, db::Tx},
};

/// The version of the price list (credits per lead) that movements are made under. Version 1: one credit per lead.
pub const PRICE_VERSION: i64 = 1;

/// What the movements to come have to know besides the account and its live lots.
#[derive(Debug, Clone, Default)]
pub(super) struct Needs {
    /// Requests whose hold is looked at.
    pub requests: Vec<RequestId>,
    /// Idempotency keys that may have been used.
    pub keys: Vec<String>,
    /// Captures that something may be given back of.
    pub charges: Vec<(RequestId, i64)>,
    /// Orders whose lot is looked at.
    pub orders: Vec<OrderId>,
    /// Holds to be placed, which caps may forbid.
    pub holds: Vec<HoldFor>,
}

/// A hold with the lots it draws from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct HeldLots {
    pub hold: Hold,
    pub close_reason: Option<String>,
    /// In draw order.
    pub draws: Vec<DrawRow>,
}

/// How much of a hold came from one lot, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct DrawRow {
    pub hold_id: HoldId,
    pub position: i64,
    pub lot_id: LotId,
    pub amount: Credits,
    pub captured: Credits,
    pub released: Credits,
}

impl DrawRow {
    /// What is neither captured nor released.
    pub fn left(&self) -> Credits {
        Credits::new(self.amount.get() - self.captured.get() - self.released.get()).unwrap_or_default()
    }
}

/// A capture of which something may be given back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub(super) struct ChargeRow {
    pub seq: i64,
    pub request_id: RequestId,
    pub campaign_id: Option<CampaignId>,
    pub hold_id: Option<HoldId>,
    pub lot_id: LotId,
    pub amount: Credits,
    pub refunded: Credits,
}

/// See the top of this file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Book {
    pub workspace: WorkspaceId,
    pub at: Instant,
    account: Account,
    pub(super) lots: BTreeMap<LotId, Lot>,
    pub(super) holds: BTreeMap<RequestId, HeldLots>,
    pub(super) charges: BTreeMap<i64, ChargeRow>,
    pub(super) caps: Vec<CapUse>,
    posted: HashSet<String>,
    changes: Changes,
}

/// What [`Book::close`] has to write.
#[derive(Debug, Clone, Default, PartialEq)]
struct Changes {
    transfers: Vec<Transfer>,
    lots: BTreeSet<LotId>,
    holds: BTreeSet<RequestId>,
}

/// One row to be posted; everything else about it follows from the account and the clock.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub kind: TransferKind,
    pub lot: LotId,
    pub amount: Credits,
    pub hold: Option<HoldId>,
    pub campaign: Option<CampaignId>,
    pub request: Option<RequestId>,
    pub order: Option<OrderId>,
    pub lead_count: Option<i64>,
    pub reverses: Option<i64>,
    pub actor: Actor,
    pub reason: &'a str,
    pub key: String,
}

impl<'a> Entry<'a> {
    pub fn new(
        kind: TransferKind,
        lot: LotId,
        amount: Credits,
        actor: Actor,
        reason: &'a str,
        key: impl Into<String>,
    ) -> Self {
        let (hold, campaign, request, order, lead_count, reverses) = Default::default();
        Self { kind, lot, amount, hold, campaign, request, order, lead_count, reverses, actor, reason, key: key.into() }
    }

    /// The same row, for this hold and its request.
    pub fn of_hold(self, hold: &Hold) -> Self {
        Self { hold: Some(hold.id), campaign: Some(hold.campaign_id), request: Some(hold.request_id), ..self }
    }
}

impl Book {
    /// Locks the account (made at its first use) and reads what `needs` names. What is past its date expires first, so
    /// nothing below ever meets a lot that should be gone (C13).
    pub async fn open(tx: &mut Tx, workspace: WorkspaceId, needs: &Needs, at: Instant) -> Result<Self, CreditError> {
        let account = store::lock_account(tx, workspace).await?;
        let lots = store::live_lots(tx, workspace, &needs.orders).await?;
        let mut book = Self::new(workspace, account, lots, at);
        if !needs.requests.is_empty() {
            book.holds = store::holds_of(tx, workspace, &needs.requests).await?;
        }
        if !needs.keys.is_empty() {
            book.posted = store::posted(tx, workspace, &needs.keys).await?;
        }
        for (request, seq) in &needs.charges {
            let rows = store::charges(tx, workspace, *request, *seq).await?;
            for lot in store::lots_by_id(tx, workspace, rows.iter().map(|row| row.lot_id)).await? {
                book.lots.entry(lot.id).or_insert(lot);
            }
            book.charges.extend(rows.into_iter().map(|row| (row.seq, row)));
        }
        if !needs.holds.is_empty() {
            book.caps = super::caps::in_force(tx, workspace, &needs.holds, at).await?;
        }
        book.expire_due()?;
        Ok(book)
    }

    pub(super) fn new(workspace: WorkspaceId, account: Account, lots: Vec<Lot>, at: Instant) -> Self {
        Self {
            workspace,
            at,
            account,
            lots: lots.into_iter().map(|lot| (lot.id, lot)).collect(),
            holds: BTreeMap::new(),
            charges: BTreeMap::new(),
            caps: Vec::new(),
            posted: HashSet::new(),
            changes: Changes::default(),
        }
    }

    /// Writes everything that changed. A book that is not closed has changed nothing.
    pub async fn close(self, tx: &mut Tx) -> Result<Balance, CreditError> {
        let Self { workspace, account, lots, holds, changes, .. } = self;
        if changes == Changes::default() {
            return Ok(account.balance());
        }
        let lots: Vec<&Lot> = changes.lots.iter().filter_map(|id| lots.get(id)).collect();
        let holds: Vec<&HeldLots> = changes.holds.iter().filter_map(|id| holds.get(id)).collect();
        store::save_lots(tx, workspace, &lots).await?;
        store::save_holds(tx, workspace, &holds).await?;
        store::insert_transfers(tx, &changes.transfers).await?;
        store::update_account(tx, workspace, &account).await?;
        Ok(account.balance())
    }

    pub fn balance(&self) -> Balance {
        self.account.balance()
    }

    /// Whether a movement with this key was posted, before or in this book.
    pub fn is_posted(&self, key: &str) -> bool {
        self.posted.contains(key)
    }

    /// The lots that can be drawn from, in the published order (C11).
    pub fn drawable(&self) -> Vec<&Lot> {
        super::lot::in_draw_order(self.lots.values(), self.at)
    }

    /// A lot about to change.
    pub fn lot(&mut self, id: LotId) -> Option<&mut Lot> {
        let lot = self.lots.get_mut(&id)?;
        self.changes.lots.insert(id);
        Some(lot)
    }

    /// A hold about to change.
    pub fn hold_of(&mut self, request: RequestId) -> Option<&mut HeldLots> {
        let hold = self.holds.get_mut(&request)?;
        self.changes.holds.insert(request);
        Some(hold)
    }

    /// Adds a lot; the grant that fills it is posted by the caller.
    pub fn add_lot(&mut self, lot: Lot) {
        self.changes.lots.insert(lot.id);
        self.lots.insert(lot.id, lot);
    }

    pub fn add_hold(&mut self, hold: HeldLots) {
        self.changes.holds.insert(hold.hold.request_id);
        self.holds.insert(hold.hold.request_id, hold);
    }

    /// Whether so many credits more still fit: everything a workspace ever got, in 64 bits.
    ///
    /// # Errors
    /// [`CreditError::OutOfRange`] when not.
    pub fn check_room(&self, amount: Credits) -> Result<(), CreditError> {
        let Balance { available, held, spent, expired } = self.balance();
        available.plus(held)?.plus(spent)?.plus(expired)?.plus(amount)?;
        Ok(())
    }

    /// Appends one transfer, chained to the row before, and answers its number. The caller has checked that the amount
    /// is there.
    ///
    /// # Errors
    /// [`CreditError::OutOfRange`] if it was not.
    pub fn post(&mut self, entry: Entry<'_>) -> Result<i64, CreditError> {
        let (from, to) = entry.kind.buckets();
        let given = self.after(from, |balance| balance.minus(entry.amount))?;
        let taken = self.after(to, |balance| balance.plus(entry.amount))?;
        self.set(from, given);
        self.set(to, taken);
        let mut transfer = Transfer {
            workspace_id: self.workspace,
            seq: self.account.next_seq,
            kind: entry.kind,
            from_bucket: from,
            to_bucket: to,
            amount: entry.amount,
            lot_id: entry.lot,
            hold_id: entry.hold,
            campaign_id: entry.campaign,
            request_id: entry.request,
            order_id: entry.order,
            lead_count: entry.lead_count,
            actor_kind: entry.actor.kind().to_owned(),
            actor_id: entry.actor.user(),
            reason: entry.reason.to_owned(),
            price_version: PRICE_VERSION,
            reverses_seq: entry.reverses,
            available_after: self.account.available,
            held_after: self.account.held,
            idempotency_key: entry.key,
            created_at: self.at,
            previous_hash: std::mem::take(&mut self.account.last_hash),
            hash: Vec::new(),
        };
        transfer.hash = transfer.content_hash();
        self.account.last_hash.clone_from(&transfer.hash);
        self.account.next_seq += 1;
        self.posted.insert(transfer.idempotency_key.clone());
        self.changes.transfers.push(transfer);
        Ok(self.account.next_seq - 1)
    }

    /// What `bucket` holds after `change`; the outside has no balance of its own.
    fn after(
        &self,
        bucket: Bucket,
        change: impl Fn(Credits) -> Result<Credits, super::OutOfRange>,
    ) -> Result<Credits, CreditError> {
        Ok(match bucket {
            Bucket::Outside => Credits::ZERO,
            Bucket::Available => change(self.account.available)?,
            Bucket::Held => change(self.account.held)?,
            Bucket::Spent => change(self.account.spent)?,
            Bucket::Expired => change(self.account.expired)?,
        })
    }

    fn set(&mut self, bucket: Bucket, credits: Credits) {
        match bucket {
            Bucket::Outside => {}
            Bucket::Available => self.account.available = credits,
            Bucket::Held => self.account.held = credits,
            Bucket::Spent => self.account.spent = credits,
            Bucket::Expired => self.account.expired = credits,
        }
    }
}

/// A new lot, full.
pub(super) fn full_lot(kind: LotKind, credits: Credits, expires_at: Option<Instant>, reason: &str, at: Instant) -> Lot {
    let none = Credits::ZERO;
    Lot {
        id: LotId::new(),
        kind,
        granted: credits,
        remaining: credits,
        held: none,
        captured: none,
        refunded: none,
        expired: none,
        taken_back: none,
        moved: none,
        expires_at,
        order_id: None,
        reason: reason.to_owned(),
        created_at: at,
    }
}

/// `amount` more, where the caller knows that it fits.
pub(super) fn add(total: &mut Credits, amount: Credits) -> Result<(), CreditError> {
    *total = total.plus(amount)?;
    Ok(())
}

/// `amount` less, where the caller knows that it is there.
pub(super) fn take(total: &mut Credits, amount: Credits) -> Result<(), CreditError> {
    *total = total.minus(amount)?;
    Ok(())
}
