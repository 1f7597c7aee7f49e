//! One workspace's credits, locked and in memory: what every movement reads and writes.
//!
//! [`AccountState::open`] locks the account and reads what the movements need, in a handful of statements; the rules are plain
//! functions on the account state, each in the file of its verb; [`AccountState::close`] writes all that changed, in as many statements
//! for two hundred movements of fifty workspaces as for one. A movement that is refused has changed nothing, so others
//! may follow it in the same account state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Serialize;

use super::{
    caps::CapUse,
    read_set::{self, ReadSet},
    rules::{check, hold::Hold},
    store::{self, Account},
    transfer::{Bucket, Transfer, TransferKind},
};
use crate::{
    accounts::WorkspaceId,
    credits::{Actor, Balance, CampaignId, CreditError, Credits, HoldId, Lot, LotId, OrderId, RequestId},
    server::{clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// The version of the price list (credits per lead) that movements are made under. Version 1: one credit per lead.
pub const PRICE_VERSION: i64 = 1;

/// A hold with the lots it draws from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct HeldLots {
    pub hold: Hold,
    pub close_reason: Option<String>,
    /// In draw order.
    pub draws: Vec<DrawRow>,
}

/// How much of a hold came from one lot, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize)]
pub(crate) struct DrawRow {
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
pub(crate) struct ChargeRow {
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
pub(crate) struct AccountState {
    pub workspace: WorkspaceId,
    pub at: Instant,
    account: Account,
    pub(crate) lots: BTreeMap<LotId, Lot>,
    pub(crate) holds: BTreeMap<RequestId, HeldLots>,
    pub(crate) charges: BTreeMap<i64, ChargeRow>,
    pub(crate) caps: Vec<CapUse>,
    pub(crate) posted: HashSet<String>,
    changes: Changes,
}

/// What [`AccountState::close`] has to write.
#[derive(Debug, Clone, Default, PartialEq)]
struct Changes {
    transfers: Vec<Transfer>,
    lots: BTreeSet<LotId>,
    holds: BTreeSet<RequestId>,
}

/// One row to be posted; everything else about it follows from the account and the clock.
#[derive(Debug)]
pub(crate) struct Entry<'a> {
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

impl AccountState {
    /// Locks the account (made at its first use) and reads what `needs` names. What is past its date expires first, so
    /// nothing below ever meets a lot that should be gone (C13).
    pub async fn open(
        tx: &mut Tx,
        workspace: WorkspaceId,
        read_set: &ReadSet,
        at: Instant,
    ) -> Result<Self, CreditError> {
        let asked = BTreeMap::from([(workspace, (read_set.clone(), at))]);
        let mut states = Self::open_all(tx, &asked, &mut HashMap::new()).await?;
        Ok(states.pop().ok_or_else(|| Inconsistency::new("credit_accounts", "workspace_id", workspace))?)
    }

    /// Like [`AccountState::open`] for many workspaces, in as many statements as for one; answers in the order of `asked`.
    ///
    /// An account state of `known` is used again where its account is still as it left it: what [`AccountState::committed`] keeps changes
    /// only with a movement, which gives the account another number and hash, or with a debt, and where one is owed all is read again.
    pub async fn open_all(
        tx: &mut Tx,
        asked: &BTreeMap<WorkspaceId, (ReadSet, Instant)>,
        known: &mut HashMap<WorkspaceId, Self>,
    ) -> Result<Vec<Self>, CreditError> {
        let workspaces: Vec<WorkspaceId> = asked.keys().copied().collect();
        let mut states: BTreeMap<WorkspaceId, Self> = BTreeMap::new();
        let mut unknown = Vec::new();
        for (workspace, account) in store::lock_accounts(tx, &workspaces).await? {
            let at = asked[&workspace].1;
            let state =
                match known.remove(&workspace).filter(|state| state.account == account && account.owed.is_zero()) {
                    Some(state) => Self { at, ..state },
                    None => {
                        unknown.push(workspace);
                        Self::new(workspace, account, Vec::new(), at)
                    }
                };
            states.insert(workspace, state);
        }
        if !unknown.is_empty() {
            read_set::add_lots(&mut states, store::live_lots_of(tx, &unknown).await?);
        }
        read_set::read(tx, asked, &mut states).await?;
        for state in states.values_mut() {
            state.expire_due()?;
        }
        Ok(states.into_values().collect())
    }

    pub(crate) fn new(workspace: WorkspaceId, account: Account, lots: Vec<Lot>, at: Instant) -> Self {
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

    /// Writes everything that changed. An account state that is not closed has changed nothing.
    pub async fn close(mut self, tx: &mut Tx) -> Result<Balance, CreditError> {
        Self::close_all(tx, std::slice::from_mut(&mut self)).await?;
        Ok(self.account.balance())
    }

    /// Like [`AccountState::close`] for many account states, in as many statements as for one.
    pub async fn close_all(tx: &mut Tx, states: &mut [Self]) -> Result<(), CreditError> {
        for state in states.iter_mut() {
            for transfer in &mut state.changes.transfers {
                transfer.chain(&mut state.account.last_hash, tx.keys());
            }
        }
        let changed: Vec<&Self> = states.iter().filter(|state| state.changes != Changes::default()).collect();
        let lots: Vec<_> = changed.iter().flat_map(|state| state.changed_lots()).collect();
        let holds: Vec<_> = changed.iter().flat_map(|state| state.changed_holds()).collect();
        let transfers: Vec<_> = changed.iter().flat_map(|state| &state.changes.transfers).collect();
        store::save_lots(tx, &lots).await?;
        store::save_holds(tx, &holds).await?;
        store::insert_transfers(tx, &transfers).await?;
        if !changed.is_empty() {
            let accounts: Vec<_> = changed.iter().map(|state| (state.workspace, &state.account)).collect();
            store::update_accounts(tx, &accounts).await?;
        }
        Ok(())
    }

    fn changed_lots(&self) -> impl Iterator<Item = (WorkspaceId, &Lot)> {
        self.changes.lots.iter().filter_map(|id| Some((self.workspace, self.lots.get(id)?)))
    }

    fn changed_holds(&self) -> impl Iterator<Item = (WorkspaceId, &HeldLots)> {
        self.changes.holds.iter().filter_map(|request| Some((self.workspace, self.holds.get(request)?)))
    }

    /// The account state for the next movements, after what it changed was committed: without what others may change meanwhile,
    /// and without what nothing can happen to any more.
    pub fn committed(mut self) -> Self {
        self.lots.retain(|_, lot| lot.is_live());
        // A hold of which nothing is left closes without a movement, so the account would not tell.
        self.holds.retain(|_, held| !held.hold.left().is_zero());
        Self { changes: Changes::default(), charges: BTreeMap::new(), caps: Vec::new(), posted: HashSet::new(), ..self }
    }

    pub fn balance(&self) -> Balance {
        self.account.balance()
    }

    /// Whether a movement with this key was posted, before or in this account state.
    pub fn is_posted(&self, key: &str) -> bool {
        self.posted.contains(key)
    }

    /// The lots that can be drawn from, in the published order (C11).
    pub fn drawable(&self) -> Vec<&Lot> {
        super::rules::lot::in_draw_order(self.lots.values(), self.at)
    }

    /// A lot about to change.
    ///
    /// # Errors
    /// [`Inconsistency`] when the account state lacks it. A rule that draws on several rows looks at all of them first
    /// (`check.rs`), so that it never stops half-way.
    pub fn lot(&mut self, id: LotId) -> Result<&mut Lot, Inconsistency> {
        let lot = self.lots.get_mut(&id).ok_or_else(|| check::no_lot(id))?;
        self.changes.lots.insert(id);
        Ok(lot)
    }

    /// A hold about to change.
    ///
    /// # Errors
    /// As for [`AccountState::lot`].
    pub fn hold_of(&mut self, request: RequestId) -> Result<&mut HeldLots, Inconsistency> {
        let hold = self.holds.get_mut(&request).ok_or_else(|| check::no_hold(request))?;
        self.changes.holds.insert(request);
        Ok(hold)
    }

    /// A capture of which something is about to be given back.
    ///
    /// # Errors
    /// As for [`AccountState::lot`].
    pub fn charge(&mut self, seq: i64) -> Result<&mut ChargeRow, Inconsistency> {
        self.charges.get_mut(&seq).ok_or_else(|| check::no_charge(seq))
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

    /// Changes what the lots of the account owe in all.
    ///
    /// # Errors
    /// [`Inconsistency`] when they owe less than is taken away.
    pub(crate) fn owe(
        &mut self,
        change: impl Fn(Credits) -> Result<Credits, crate::credits::OutOfRange>,
    ) -> Result<(), Inconsistency> {
        let wrong = |_| Inconsistency::new("credit_accounts", "owed", self.workspace);
        self.account.owed = change(self.account.owed).map_err(wrong)?;
        Ok(())
    }

    /// Appends one transfer, which is chained to the row before when it is written, and answers its number. The caller has checked that the amount
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
        self.posted.insert(entry.key.clone());
        self.changes.transfers.push(Transfer {
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
            previous_hash: Vec::new(),
            hash: Vec::new(),
            key_id: None,
        });
        self.account.next_seq += 1;
        Ok(self.account.next_seq - 1)
    }

    /// What `bucket` holds after `change`; the outside has no balance of its own.
    pub(crate) fn after(
        &self,
        bucket: Bucket,
        change: impl Fn(Credits) -> Result<Credits, crate::credits::OutOfRange>,
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

/// `amount` more, where the caller knows that it fits.
pub(crate) fn add(total: &mut Credits, amount: Credits) -> Result<(), CreditError> {
    *total = total.plus(amount)?;
    Ok(())
}

/// `amount` less, where the caller knows that it is there.
pub(crate) fn take(total: &mut Credits, amount: Credits) -> Result<(), CreditError> {
    *total = total.minus(amount)?;
    Ok(())
}
