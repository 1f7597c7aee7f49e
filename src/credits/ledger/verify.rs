//! Proof of the ledger: replays every transfer and compares with what the rows say ("What must always hold", 1–4 and 8).

use std::collections::{BTreeSet, HashMap};

use sqlx::types::Json;

use super::transfer::{Bucket, Transfer, TransferKind};
use crate::{
    accounts::WorkspaceId,
    credits::{Balance, Credits, HoldId, LotId},
    on,
    server::{db::Tx, secret_keys::Keys},
};

/// Rows read at once.
const PAGE: i64 = 5_000;
/// Buckets of a workspace.
const BUCKETS: usize = 5;
/// Holds kept in memory before those that ended are compared and forgotten.
const HOLDS_MAX: usize = 20_000;

/// One number that is not what the transfers say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub workspace: WorkspaceId,
    /// Where: a transfer, a lot, a hold or the account.
    pub place: String,
    pub what: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { workspace, place, what } = self;
        match workspace.0.is_nil() {
            true => write!(f, "all workspaces, {place}: {what}"),
            false => write!(f, "workspace {workspace}, {place}: {what}"),
        }
    }
}

/// What the replay of one workspace saw.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    pub transfers: i64,
    pub balance: Balance,
    pub differences: Vec<Difference>,
}

/// The workspaces that have an account, or ought to: something of theirs is sealed.
///
/// # Errors
/// The database's.
pub async fn workspaces(tx: &mut Tx) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
    "select workspace_id from credit_accounts union select shard from seal_totals order by 1")
    .fetch_all(c).await.map(|mut found: Vec<WorkspaceId>| {
        found.retain(|workspace| !workspace.0.is_nil());
        found
    }))
}

/// What must hold over all workspaces: no movement is in one without an account.
///
/// # Errors
/// The database's.
pub async fn verify_instance(tx: &mut Tx) -> sqlx::Result<Vec<Difference>> {
    let (movements, numbered): (i64, i64) = on!(tx, c => sqlx::query_as(
        "select (select count(*) from credit_transfers),
             (select cast(coalesce(sum(next_seq - 1), 0) as bigint) from credit_accounts)")
        .fetch_one(c).await)?;
    if movements == numbered {
        return Ok(Vec::new());
    }
    let what = format!("there are {movements}, the accounts say {numbered}");
    Ok(vec![Difference { workspace: WorkspaceId(uuid::Uuid::nil()), place: "movements".into(), what }])
}

/// Replays the whole history of `workspace`. Run it in one read transaction, so that writers do not show up as
/// differences.
pub async fn verify(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Proof> {
    verify_telling(tx, workspace, |_| ()).await
}

/// Like [`verify`], telling now and then how many transfers were replayed. It needs memory for a page of them, for the
/// lots, and for the holds that are open or ended a short while before.
pub async fn verify_telling(tx: &mut Tx, workspace: WorkspaceId, tell: impl Fn(i64)) -> sqlx::Result<Proof> {
    let boundary = on!(tx, c => sqlx::query_as("select seq, hash from credit_boundaries where workspace_id = $1")
        .bind(workspace).fetch_optional(c).await)?;
    let mut replay = Replay::new(workspace, tx.keys().clone(), boundary.unwrap_or_default());
    let mut after = 0;
    loop {
        let page: Vec<Transfer> = on!(tx, c => sqlx::query_as(
            "select * from credit_transfers where workspace_id = $1 and seq > $2 order by seq limit $3")
            .bind(workspace).bind(after).bind(PAGE).fetch_all(c).await)?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for transfer in &page {
            replay.apply(transfer);
        }
        tell(after);
        if replay.holds.len() > HOLDS_MAX {
            replay.compare_ended_holds(tx).await?;
        }
    }
    replay.compare_lots(tx).await?;
    replay.compare_holds(tx).await?;
    replay.compare_account(tx).await?;
    replay.compare_refunds(tx).await?;
    let credits_in = |bucket| i64::try_from(replay.of(bucket)).ok().and_then(Credits::new).unwrap_or_default();
    let balance = Balance {
        available: credits_in(Bucket::Available),
        held: credits_in(Bucket::Held),
        spent: credits_in(Bucket::Spent),
        expired: credits_in(Bucket::Expired),
    };
    Ok(Proof { transfers: replay.next_seq - 1, balance, differences: replay.differences })
}

/// Totals per lot or hold, by kind of movement. Over time more may be held and released than 64 bits count.
#[derive(Default, Clone, Copy)]
struct Totals([i128; TransferKind::ALL.len()]);

impl Totals {
    fn add(&mut self, kind: TransferKind, amount: i128) {
        self.0[kind as usize] += amount;
    }

    fn of(&self, kind: TransferKind) -> i128 {
        self.0[kind as usize]
    }
}

/// What a number belongs to. A million movements are fine: only those that differ are put into words.
#[derive(Clone, Copy)]
enum Place {
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
struct Boundary {
    seq: i64,
    hash: Vec<u8>,
}

struct Replay {
    workspace: WorkspaceId,
    keys: Keys,
    boundary: Boundary,
    /// Keys that movements name and that are not known: each is reported once.
    unknown_keys: BTreeSet<String>,
    next_seq: i64,
    last_hash: Vec<u8>,
    /// By bucket.
    buckets: [i128; BUCKETS],
    lots: HashMap<LotId, Totals>,
    /// The sum of what the lots owe.
    owed: i128,
    holds: HashMap<HoldId, Totals>,
    /// Holds that were compared and forgotten.
    holds_compared: i64,
    /// The sum of what they still hold.
    open: i64,
    differences: Vec<Difference>,
}

#[derive(sqlx::FromRow)]
struct AccountRow {
    available: i64,
    held: i64,
    spent: i64,
    expired: i64,
    owed: i64,
    next_seq: i64,
    last_hash: Vec<u8>,
}

#[derive(sqlx::FromRow)]
struct HoldRow {
    id: HoldId,
    amount: i64,
    captured: i64,
    released: i64,
    closed_at: Option<i64>,
}

impl Replay {
    fn new(workspace: WorkspaceId, keys: Keys, boundary: Boundary) -> Self {
        Self {
            workspace,
            keys,
            boundary,
            unknown_keys: BTreeSet::new(),
            next_seq: 1,
            last_hash: Vec::new(),
            buckets: [0; BUCKETS],
            lots: HashMap::new(),
            owed: 0,
            holds: HashMap::new(),
            holds_compared: 0,
            open: 0,
            differences: Vec::new(),
        }
    }

    fn of(&self, bucket: Bucket) -> i128 {
        self.buckets[bucket as usize]
    }

    fn differ(&mut self, place: Place, what: impl Into<String>) {
        self.differences.push(Difference { workspace: self.workspace, place: place.to_string(), what: what.into() });
    }

    fn expect(&mut self, place: Place, name: &str, stored: i64, replayed: i128) {
        if i128::from(stored) != replayed {
            self.differ(place, format!("{name} is {stored}, the transfers say {replayed}"));
        }
    }

    fn apply(&mut self, transfer: &Transfer) {
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
        self.buckets[transfer.from_bucket as usize] -= amount;
        self.buckets[transfer.to_bucket as usize] += amount;
        for bucket in [Bucket::Available, Bucket::Held] {
            if self.of(bucket) < 0 {
                self.differ(place, format!("{bucket:?} fell below zero"));
            }
        }
        self.expect(place, "available after it", transfer.available_after.get(), self.of(Bucket::Available));
        self.expect(place, "held after it", transfer.held_after.get(), self.of(Bucket::Held));
        self.lots.entry(transfer.lot_id).or_default().add(transfer.kind, amount);
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

    /// Invariant 6: a refund gives back of an earlier capture, and never more than that spent.
    async fn compare_refunds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let wrong: Vec<(i64, i64, i64)> = on!(tx, c => sqlx::query_as(
            "select r.reverses_seq, cast(sum(r.amount) as bigint), coalesce(t.amount, 0) from credit_transfers r
             left join credit_transfers t on t.workspace_id = r.workspace_id and t.seq = r.reverses_seq
                 and t.seq < r.seq and t.kind = 'capture'
             where r.workspace_id = $1 and r.reverses_seq is not null and r.kind = 'refund'
             group by r.reverses_seq, t.amount having sum(r.amount) > coalesce(t.amount, 0)
             order by r.reverses_seq limit 1000")
            .bind(self.workspace).fetch_all(c).await)?;
        for (seq, refunded, spent) in wrong {
            self.differ(Place::Transfer(seq), format!("{refunded} were given back of it, it spent {spent}"));
        }
        Ok(())
    }

    async fn compare_account(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let row: Option<AccountRow> = on!(tx, c => sqlx::query_as(
            "select available, held, spent, expired, owed, next_seq, last_hash from credit_accounts where workspace_id = $1")
            .bind(self.workspace).fetch_optional(c).await)?;
        let Some(row) = row else {
            if self.next_seq > 1 {
                self.differ(Place::Account, "has transfers but no row");
            }
            return Ok(());
        };
        for (name, stored, bucket) in [
            ("available", row.available, Bucket::Available),
            ("held", row.held, Bucket::Held),
            ("spent", row.spent, Bucket::Spent),
            ("expired", row.expired, Bucket::Expired),
        ] {
            let replayed = self.of(bucket);
            self.expect(Place::Account, name, stored, replayed);
        }
        let (next, owed) = (self.next_seq, self.owed);
        self.expect(Place::Account, "the debt of its lots", row.owed, owed);
        self.expect(Place::Account, "the next number", row.next_seq, i128::from(next));
        if row.last_hash != self.last_hash {
            self.differ(Place::Account, "the last hash is not the last row's");
        }
        Ok(())
    }

    async fn compare_lots(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let mut replayed = std::mem::take(&mut self.lots);
        let mut after: Option<LotId> = None;
        loop {
            let page = super::store::lots_after(tx, self.workspace, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            for lot in &page {
                let totals = replayed.remove(&lot.id).unwrap_or_default();
                self.compare_lot(lot, &totals);
            }
        }
        for lot in replayed.into_keys() {
            self.differ(Place::Lot(lot), "has transfers but no row");
        }
        Ok(())
    }

    fn compare_lot(&mut self, lot: &crate::credits::Lot, totals: &Totals) {
        use TransferKind as Kind;
        let of = |kind| totals.of(kind);
        let place = Place::Lot(lot.id);
        let held = of(Kind::Hold) - of(Kind::Capture) - of(Kind::Release);
        let gone = of(Kind::Expiry) + of(Kind::Revoke) + of(Kind::Move);
        let remaining = of(Kind::Grant) + of(Kind::Release) + of(Kind::Refund) - of(Kind::Hold) - gone;
        for (name, stored, replayed) in [
            ("granted", lot.granted, of(Kind::Grant)),
            ("remaining", lot.remaining, remaining),
            ("held", lot.held, held),
            ("captured", lot.captured, of(Kind::Capture)),
            ("refunded", lot.refunded, of(Kind::Refund)),
            ("expired", lot.expired, of(Kind::Expiry)),
            ("taken back", lot.revoked, of(Kind::Revoke)),
            ("moved", lot.moved, of(Kind::Move)),
        ] {
            self.expect(place, name, stored.get(), replayed);
        }
        self.owed += i128::from(lot.owed.get());
        if lot.owed > lot.may_come_back() {
            self.differ(place, format!("owes {}, more than can come back to it", lot.owed));
        }
    }

    /// Compares the holds of which nothing is left, and forgets them: nothing can happen to them any more.
    async fn compare_ended_holds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let ended = |totals: &Totals| {
            totals.of(TransferKind::Hold) == totals.of(TransferKind::Capture) + totals.of(TransferKind::Release)
        };
        let holds = self.holds.extract_if(|_, totals| ended(totals)).collect();
        self.compare_these_holds(tx, holds).await
    }

    async fn compare_these_holds(&mut self, tx: &mut Tx, mut replayed: HashMap<HoldId, Totals>) -> sqlx::Result<()> {
        let ids: Vec<_> = replayed.keys().copied().collect();
        for ids in ids.chunks(1_000) {
            let wanted: Vec<_> = ids.iter().map(|id| [id]).collect();
            let rows: Vec<HoldRow> = on!(tx, c => sqlx::query_as(
                "select h.id, h.amount, h.captured, h.released, h.closed_at
                 from json_each($2) w cross join credit_holds h
                 where h.workspace_id = $1 and h.id = unhex(w.value ->> 0, '-')")
                .bind(self.workspace).bind(Json(wanted)).fetch_all(c).await)?;
            for hold in rows {
                let totals = replayed.remove(&hold.id).unwrap_or_default();
                self.open = self.open.saturating_add(self.compare_hold(&hold, &totals));
                self.holds_compared += 1;
            }
        }
        for hold in replayed.into_keys() {
            self.differ(Place::Hold(hold), "has transfers but no row");
        }
        Ok(())
    }

    async fn compare_holds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let holds = std::mem::take(&mut self.holds);
        self.compare_these_holds(tx, holds).await?;
        let (open, held) = (self.open, self.of(Bucket::Held));
        self.expect(Place::Account, "the sum of open holds", open, held);
        let rows: i64 = on!(tx, c => sqlx::query_scalar("select count(*) from credit_holds where workspace_id = $1")
            .bind(self.workspace).fetch_one(c).await)?;
        if rows == self.holds_compared {
            return Ok(());
        }
        let alone: Vec<HoldId> = on!(tx, c => sqlx::query_scalar(
            "select h.id from credit_holds h where h.workspace_id = $1 and not exists (
                 select 1 from credit_transfers t where t.workspace_id = h.workspace_id and t.request_id = h.request_id
                     and t.hold_id = h.id)
             order by h.id limit 1000")
            .bind(self.workspace).fetch_all(c).await)?;
        for hold in alone {
            self.differ(Place::Hold(hold), "has a row but no transfers");
        }
        Ok(())
    }

    /// Returns what the hold still holds.
    fn compare_hold(&mut self, hold: &HoldRow, totals: &Totals) -> i64 {
        let place = Place::Hold(hold.id);
        self.expect(place, "amount", hold.amount, totals.of(TransferKind::Hold));
        self.expect(place, "captured", hold.captured, totals.of(TransferKind::Capture));
        self.expect(place, "released", hold.released, totals.of(TransferKind::Release));
        let left = hold.amount - hold.captured - hold.released;
        if hold.closed_at.is_some() && left != 0 {
            self.differ(place, format!("is closed with {left} credits unaccounted for"));
        }
        left
    }
}
