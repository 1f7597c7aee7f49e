//! What the movements say beside what the rows of account, lots and holds say.

use std::collections::HashMap;

use sqlx::types::Json;

use super::{
    PAGE,
    replay::{Place, Replay, Totals},
};
use crate::{
    credits::{
        HoldId, Lot, LotId,
        ledger::{
            store,
            transfer::{Bucket, TransferKind},
        },
    },
    on,
    server::db::Tx,
};

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
    /// Invariant 6: a refund gives back of an earlier capture, and never more than that spent.
    pub(super) async fn compare_refunds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
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

    pub(super) async fn compare_account(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
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

    pub(super) async fn compare_lots(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
        let mut replayed = std::mem::take(&mut self.lots);
        let mut after: Option<LotId> = None;
        loop {
            let page = store::lots_after(tx, self.workspace, after, PAGE).await?;
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

    fn compare_lot(&mut self, lot: &Lot, totals: &Totals) {
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
        if let Some(order) = self.orders.remove(&lot.id)
            && lot.paid_by() != Some(order)
        {
            self.differ(place, format!("its movements name the order {order}, it does not"));
        }
        self.owed += i128::from(lot.owed.get());
        if lot.owed > lot.may_come_back() {
            self.differ(place, format!("owes {}, more than can come back to it", lot.owed));
        }
    }

    /// Compares the holds of which nothing is left, and forgets them: nothing can happen to them any more.
    pub(super) async fn compare_ended_holds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
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

    pub(super) async fn compare_holds(&mut self, tx: &mut Tx) -> sqlx::Result<()> {
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
