//! Writing to the ledger: lock the account, post transfers, close.

use super::{
    Actor, Balance, CampaignId, CreditError, Credits, HoldId, LotId, OrderId, RequestId,
    store::{self, Account},
    transfer::{Bucket, Transfer, TransferKind},
};
use crate::{
    accounts::WorkspaceId,
    server::{clock::Instant, db::Tx},
};

/// The version of the price list (credits per lead) that movements are made under. Version 1: one credit per lead.
pub const PRICE_VERSION: i64 = 1;

/// A movement to be posted; everything else about it follows from the account and the clock.
pub(super) struct Movement {
    pub kind: TransferKind,
    pub amount: Credits,
    pub lot: LotId,
    pub hold: Option<HoldId>,
    pub campaign: Option<CampaignId>,
    pub request: Option<RequestId>,
    pub order: Option<OrderId>,
    pub lead_count: Option<i64>,
    pub actor: Actor,
    pub reason: String,
    pub key: String,
}

/// The account of one workspace, locked until the transaction ends. Between `open` and `close` nobody else moves its
/// credits.
pub(super) struct Ledger {
    workspace: WorkspaceId,
    account: Account,
    pub at: Instant,
}

impl Ledger {
    /// Locks the account (made at its first use).
    pub async fn open(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> Result<Self, CreditError> {
        let account = store::lock_account(tx, workspace).await?;
        Ok(Self { workspace, account, at })
    }

    pub fn balance(&self) -> Balance {
        self.account.balance()
    }

    /// Appends one transfer, chained to the row before.
    pub async fn post(&mut self, tx: &mut Tx, movement: Movement) -> Result<(), CreditError> {
        let (from, to) = movement.kind.buckets();
        *self.bucket(from) = self.taken(from, movement.amount)?;
        *self.bucket(to) = self.given(to, movement.amount)?;
        let mut transfer = Transfer {
            workspace_id: self.workspace,
            seq: self.account.next_seq,
            kind: movement.kind,
            from_bucket: from,
            to_bucket: to,
            amount: movement.amount,
            lot_id: movement.lot,
            hold_id: movement.hold,
            campaign_id: movement.campaign,
            request_id: movement.request,
            order_id: movement.order,
            lead_count: movement.lead_count,
            actor_kind: movement.actor.kind().to_owned(),
            actor_id: movement.actor.user(),
            reason: movement.reason,
            price_version: PRICE_VERSION,
            reverses_seq: None,
            available_after: self.account.available,
            held_after: self.account.held,
            idempotency_key: movement.key,
            created_at: self.at,
            previous_hash: std::mem::take(&mut self.account.last_hash),
            hash: Vec::new(),
        };
        transfer.hash = transfer.content_hash();
        store::insert_transfer(tx, &transfer).await?;
        self.account.next_seq += 1;
        self.account.last_hash = transfer.hash;
        Ok(())
    }

    /// Writes the account's new totals. A ledger that is not closed leaves an account behind its transfers, so this
    /// consumes it and is the last call of every capability.
    pub async fn close(self, tx: &mut Tx) -> Result<Balance, CreditError> {
        store::update_account(tx, self.workspace, &self.account).await?;
        Ok(self.account.balance())
    }

    fn taken(&mut self, bucket: Bucket, amount: Credits) -> Result<Credits, CreditError> {
        if bucket == Bucket::Outside {
            return Ok(Credits::ZERO);
        }
        Ok(self.bucket(bucket).minus(amount)?)
    }

    fn given(&mut self, bucket: Bucket, amount: Credits) -> Result<Credits, CreditError> {
        if bucket == Bucket::Outside {
            return Ok(Credits::ZERO);
        }
        Ok(self.bucket(bucket).plus(amount)?)
    }

    fn bucket(&mut self, bucket: Bucket) -> &mut Credits {
        match bucket {
            Bucket::Outside => &mut self.account.outside,
            Bucket::Available => &mut self.account.available,
            Bucket::Held => &mut self.account.held,
            Bucket::Spent => &mut self.account.spent,
            Bucket::Expired => &mut self.account.expired,
        }
    }
}
