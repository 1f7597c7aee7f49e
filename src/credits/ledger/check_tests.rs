//! What is missing or contradicts itself is refused, and a refused movement has changed nothing.

use super::{
    account_state::{self, AccountState, ChargeRow},
    read_set,
    store::Account,
    transfer::TransferKind,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    credits::*,
    on,
    server::{
        clock::Instant,
        db::{Db, Tx, change_behind_its_back, test_databases},
        inconsistency::Inconsistency,
    },
};

const NOW: Instant = Instant(1_790_000_000_000_000);
const LATER: Instant = Instant(NOW.0 + 1);

fn credits(amount: i64) -> Credits {
    Credits::new(amount).unwrap()
}

fn lot(credits_in: i64, expires_at: Option<Instant>, key: &str) -> Grant {
    let (kind, order, actor) = (LotKind::Purchase, None, Actor::System);
    Grant { kind, credits: credits(credits_in), expires_at, order, reason: "test".into(), actor, key: key.into() }
}

fn purpose() -> HoldFor {
    HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: UserId::new() }
}

fn leads(purpose: HoldFor, leads: i64) -> Capture {
    Capture { request: purpose.request, leads, price: credits(1), key: format!("{leads} leads") }
}

fn back(purpose: HoldFor, charge: i64, amount: i64) -> Refund {
    let (request, credits, actor) = (purpose.request, credits(amount), Actor::System);
    Refund { request, charge, credits, actor, reason: "bad lead".into(), key: "refund".into() }
}

/// An account state of two lots with 10 credits each, the first of which is drawn from first; a hold has 15 of them.
fn state() -> (AccountState, HoldFor, Vec<LotId>) {
    let none = Credits::ZERO;
    let account =
        Account { available: none, held: none, spent: none, expired: none, owed: none, next_seq: 1, last_hash: vec![] };
    let mut state = AccountState::new(WorkspaceId::new(), account, Vec::new(), NOW);
    state.grant(&lot(10, Some(LATER), "first")).unwrap();
    state.grant(&lot(10, None, "second")).unwrap();
    let order = state.drawable().into_iter().map(|lot| lot.id).collect();
    let purpose = purpose();
    state.hold(purpose, credits(15)).unwrap();
    (state, purpose, order)
}

/// The same, after 12 leads were delivered: the account state knows their two charges.
fn spent_book() -> (AccountState, HoldFor, Vec<LotId>, Vec<i64>) {
    let (mut state, purpose, lots) = state();
    let charges = state.capture(&leads(purpose, 12)).unwrap();
    for (charge, lot_id) in charges.iter().zip(&lots) {
        let (request_id, amount, refunded) = (purpose.request, charge.credits, Credits::ZERO);
        let (campaign_id, hold_id, lot_id, seq) = (None, None, *lot_id, charge.seq);
        state.charges.insert(seq, ChargeRow { seq, request_id, campaign_id, hold_id, lot_id, amount, refunded });
    }
    let charges = charges.iter().map(|charge| charge.seq).collect();
    (state, purpose, lots, charges)
}

/// A copy of `state` after something happened to it.
fn without(state: &AccountState, change: impl FnOnce(&mut AccountState)) -> AccountState {
    let mut state = state.clone();
    change(&mut state);
    state
}

/// Applies `rule` to a copy of `state`, wants it to be refused for `table` and `column`, and nothing to be changed.
fn refuses<T: std::fmt::Debug>(
    state: &AccountState,
    (table, column): (&str, &str),
    rule: impl FnOnce(&mut AccountState) -> Result<T, CreditError>,
) {
    let mut after = state.clone();
    match rule(&mut after) {
        Err(CreditError::Inconsistent(found)) => assert_eq!((found.table, found.column), (table, column)),
        other => panic!("{table}.{column}: {other:?}"),
    }
    assert_eq!(&after, state, "a refused movement changed the state");
}

#[test]
fn a_hold_or_correction_beyond_the_account_is_refused_although_the_lots_have_it() {
    let (mut state, ..) = state();
    state
        .post(account_state::Entry::new(TransferKind::Revoke, LotId::new(), credits(4), Actor::System, "lost", "lost"))
        .unwrap();
    let account = ("credit_accounts", "available");
    refuses(&state, account, |state| state.hold(purpose(), credits(5)));
    let (order, reason, actor, key) = (None, "test".to_owned(), Actor::System, "back".to_owned());
    let correction = Revoke { order, credits: credits(5), reason, actor, key };
    refuses(&state, account, |state| state.revoke(&correction));
}

#[test]
fn a_capture_is_refused_without_its_hold_a_lot_or_a_draw() {
    let (state, purpose, lots) = state();
    let capture = |state: &mut AccountState| state.capture(&leads(purpose, 12));
    let request = purpose.request;
    let gone = without(&state, |state| {
        state.holds.remove(&request);
    });
    refuses(&gone, ("credit_holds", "request_id"), capture);
    for lot in &lots {
        let gone = without(&state, |state| {
            state.lots.remove(lot);
        });
        refuses(&gone, ("credit_lots", "id"), capture);
        let less = without(&state, |state| state.lots.get_mut(lot).unwrap().held = credits(1));
        refuses(&less, ("credit_lots", "held"), capture);
    }
    let fewer = without(&state, |state| {
        state.holds.get_mut(&request).unwrap().draws.pop();
    });
    refuses(&fewer, ("credit_hold_draws", "hold_id"), capture);
}

#[test]
fn a_release_is_refused_without_its_hold_a_lot_or_a_draw() {
    let (state, purpose, lots) = state();
    let release = |state: &mut AccountState| state.release(purpose.request, Actor::System, "done");
    let request = purpose.request;
    let gone = without(&state, |state| {
        state.holds.remove(&request);
    });
    refuses(&gone, ("credit_holds", "request_id"), release);
    for lot in &lots {
        let gone = without(&state, |state| {
            state.lots.remove(lot);
        });
        refuses(&gone, ("credit_lots", "id"), release);
    }
    let fewer = without(&state, |state| {
        state.holds.get_mut(&request).unwrap().draws.remove(0);
    });
    refuses(&fewer, ("credit_hold_draws", "hold_id"), release);
}

#[test]
fn a_lot_that_is_used_up_may_be_gone_from_the_book_of_a_hold() {
    let (mut state, purpose, lots) = state();
    state.capture(&leads(purpose, 10)).unwrap();
    state.lots.remove(&lots[0]);
    assert_eq!(state.capture(&leads(purpose, 2)).unwrap().len(), 1);
    assert_eq!(state.release(purpose.request, Actor::System, "done").unwrap(), credits(3));
}

#[test]
fn a_refund_is_refused_without_its_charge_or_a_lot_also_of_the_second_charge() {
    let (state, purpose, lots, charges) = spent_book();
    let refund = |state: &mut AccountState| state.refund(&back(purpose, charges[0], 11));
    let mut gone = state.clone();
    gone.charges.remove(&charges[0]);
    refuses(&gone, ("credit_transfers", "seq"), refund);
    let elsewhere = HoldFor { request: RequestId::new(), ..purpose };
    refuses(&state, ("credit_transfers", "seq"), |state| state.refund(&back(elsewhere, charges[0], 1)));
    for lot in &lots {
        let mut gone = state.clone();
        gone.lots.remove(lot);
        refuses(&gone, ("credit_lots", "id"), refund);
    }
    let mut state = state;
    assert_eq!(refund(&mut state).unwrap(), credits(11));
}

#[test]
fn expiry_beyond_the_account_is_refused() {
    let (mut state, ..) = state();
    state.grant(&lot(3, Some(LATER), "third")).unwrap();
    state
        .post(account_state::Entry::new(TransferKind::Revoke, LotId::new(), credits(6), Actor::System, "lost", "lost"))
        .unwrap();
    state.at = LATER;
    refuses(&state, ("credit_accounts", "available"), AccountState::expire_due);
}

async fn workspace(tx: &mut Tx) -> WorkspaceId {
    let id = WorkspaceId::new();
    on!(tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Test', 0)")
        .bind(id).execute(c).await.map(drop))
    .unwrap();
    id
}

/// A workspace with 20 credits in two lots of which a request holds 15.
async fn holding(db: &Db) -> (WorkspaceId, HoldFor) {
    let mut tx = db.write().await.unwrap();
    let (id, purpose) = (workspace(&mut tx).await, purpose());
    for key in ["first", "second"] {
        grant(&mut tx, id, lot(10, None, key), NOW).await.unwrap();
    }
    hold(&mut tx, id, purpose, credits(15), NOW).await.unwrap();
    tx.commit().await.unwrap();
    (id, purpose)
}

async fn movements(db: &Db, workspace: WorkspaceId) -> i64 {
    let mut tx = db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select count(*) from credit_transfers where workspace_id = $1")
        .bind(workspace).fetch_one(c).await)
    .unwrap()
}

fn assert_inconsistent<T: std::fmt::Debug>(result: Result<T, CreditError>, table: &str) {
    assert!(matches!(&result, Err(CreditError::Inconsistent(found)) if found.table == table), "{table}: {result:?}");
}

#[tokio::test]
async fn rows_deleted_behind_the_programs_back_refuse_movements_and_nothing_is_posted() {
    for test in test_databases().await {
        for (sql, table) in [
            ("delete from credit_holds", "credit_holds"),
            ("delete from credit_lots", "credit_lots"),
            ("delete from credit_hold_draws", "credit_hold_draws"),
            ("delete from credit_accounts", "credit_accounts"),
        ] {
            let (id, purpose) = holding(&test.db).await;
            let before = movements(&test.db, id).await;
            change_behind_its_back(&test.db, sql).await;
            let mut tx = test.db.write().await.unwrap();
            assert_inconsistent(capture(&mut tx, id, &leads(purpose, 12), NOW).await, table);
            assert_inconsistent(release(&mut tx, id, purpose.request, Actor::System, "done", NOW).await, table);
            tx.commit().await.unwrap();
            assert_eq!(movements(&test.db, id).await, before, "{table}");
        }
    }
}

#[tokio::test]
async fn a_charge_or_its_lot_deleted_behind_the_programs_back_refuses_the_refund() {
    for test in test_databases().await {
        for (sql, table) in [
            ("delete from credit_transfers where kind = 'capture'", "credit_transfers"),
            ("delete from credit_lots", "credit_lots"),
        ] {
            let (id, purpose) = holding(&test.db).await;
            let mut tx = test.db.write().await.unwrap();
            let charge = capture(&mut tx, id, &leads(purpose, 12), NOW).await.unwrap()[0].seq;
            tx.commit().await.unwrap();
            change_behind_its_back(&test.db, sql).await;
            let before = movements(&test.db, id).await;
            let mut tx = test.db.write().await.unwrap();
            assert_inconsistent(refund(&mut tx, id, &back(purpose, charge, 11), NOW).await, table);
            tx.commit().await.unwrap();
            assert_eq!(movements(&test.db, id).await, before, "{table}");
        }
    }
}

#[tokio::test]
async fn an_account_that_is_gone_is_not_made_anew_and_has_no_balance() {
    for test in test_databases().await {
        let (id, _) = holding(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        let unused = workspace(&mut tx).await;
        tx.commit().await.unwrap();
        change_behind_its_back(&test.db, "delete from credit_accounts").await;
        let mut tx = test.db.write().await.unwrap();
        assert_inconsistent(grant(&mut tx, id, lot(1, None, "third"), NOW).await, "credit_accounts");
        assert_inconsistent(balance(&mut tx, id).await.map_err(CreditError::from), "credit_accounts");
        let balance = balance(&mut tx, unused).await.unwrap();
        assert_eq!(balance, Balance::default(), "the account is made with the first movement");
        grant(&mut tx, unused, lot(1, None, "first"), NOW).await.unwrap();
    }
}

#[tokio::test]
async fn an_update_of_fewer_accounts_than_were_locked_names_the_one_that_is_missing_or_further() {
    for test in test_databases().await {
        let (id, _) = holding(&test.db).await;
        for (sql, column) in [
            ("update credit_accounts set next_seq = next_seq + 9", "next_seq"),
            ("delete from credit_accounts", "workspace_id"),
        ] {
            let mut tx = test.db.write().await.unwrap();
            let mut state = AccountState::open(&mut tx, id, &read_set::ReadSet::default(), NOW).await.unwrap();
            state.grant(&lot(1, None, "third")).unwrap();
            // In the same transaction, whose foreign keys are looked at when it ends.
            let unguarded = match &tx {
                Tx::Sqlite(_) => "pragma defer_foreign_keys = on",
                Tx::Postgres(_) => "set local session_replication_role = replica",
            };
            for sql in [unguarded, sql] {
                on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
            }
            let refused = state.close(&mut tx).await;
            let Err(CreditError::Inconsistent(found)) = refused else { panic!("{column}: {refused:?}") };
            assert_eq!(found, Inconsistency::new("credit_accounts", column, id));
        }
    }
}

#[tokio::test]
async fn a_workspace_whose_rows_contradict_each_other_keeps_no_other_one_from_expiring() {
    for test in test_databases().await {
        let mut tx = test.db.write().await.unwrap();
        let mut sound = Vec::new();
        for amount in [7, 10, 11] {
            let id = workspace(&mut tx).await;
            grant(&mut tx, id, lot(amount, Some(LATER), "first"), NOW).await.unwrap();
            sound.extend((amount != 7).then_some(id));
        }
        tx.commit().await.unwrap();
        change_behind_its_back(&test.db, "update credit_accounts set available = 3 where available = 7").await;
        let mut expired = expire_everywhere(&test.db, LATER).await.unwrap();
        expired.sort();
        assert_eq!(expired, sound);
    }
}
