//! The rules of the ledger, on every database at hand.

use std::time::Duration;

use super::*;
use crate::{
    accounts::{UserId, WorkspaceId},
    on,
    server::{
        clock::Instant,
        db::{Db, Tx, test_databases},
    },
};

const NOW: Instant = Instant(1_790_000_000_000_000);

fn credits(amount: i64) -> Credits {
    Credits::new(amount).unwrap()
}

/// A workspace with a row for each thing the ledger refers to.
async fn workspace(db: &Db) -> WorkspaceId {
    let id = WorkspaceId::new();
    let mut tx = db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Test', 0)")
        .bind(id).execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    id
}

async fn granted(
    tx: &mut Tx,
    workspace: WorkspaceId,
    kind: LotKind,
    amount: i64,
    expires: Option<Instant>,
    key: &str,
) -> Balance {
    let lot = Grant {
        kind,
        credits: credits(amount),
        expires_at: expires,
        order: None,
        reason: "test".into(),
        actor: Actor::System,
        key: key.into(),
    };
    grant(tx, workspace, lot, NOW).await.unwrap()
}

fn purpose() -> HoldFor {
    HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: UserId::new() }
}

async fn assert_proven(db: &Db, workspace: WorkspaceId) -> Balance {
    let proof = verify::verify(&mut db.read().await.unwrap(), workspace).await.unwrap();
    assert_eq!(proof.differences, []);
    proof.balance
}

#[tokio::test]
async fn a_grant_comes_in_once_however_often_it_is_asked() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        for _ in 0..3 {
            let mut tx = test.db.write().await.unwrap();
            let balance = granted(&mut tx, id, LotKind::Purchase, 500, None, "order:1").await;
            assert_eq!(balance.available, credits(500));
            tx.commit().await.unwrap();
        }
        assert_eq!(assert_proven(&test.db, id).await.available, credits(500));
    }
}

#[tokio::test]
async fn capture_spends_exactly_what_was_delivered_and_release_returns_the_rest() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 30, None, "a").await;
        granted(&mut tx, id, LotKind::Purchase, 70, None, "b").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(50), NOW).await.unwrap();
        capture(&mut tx, id, purpose.request, 20, credits(1), NOW).await.unwrap();
        capture(&mut tx, id, purpose.request, 15, credits(1), NOW).await.unwrap();
        let back = release(&mut tx, id, purpose.request, Actor::System, "completed", NOW).await.unwrap();
        assert_eq!(back, credits(15));
        let again = release(&mut tx, id, purpose.request, Actor::System, "completed", NOW).await.unwrap();
        assert_eq!(again, Credits::ZERO);
        tx.commit().await.unwrap();
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held, balance.spent), (credits(65), Credits::ZERO, credits(35)));
    }
}

#[tokio::test]
async fn a_request_never_captures_more_than_it_holds() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 100, None, "a").await;
        let purpose = purpose();
        hold(&mut tx, id, purpose, credits(10), NOW).await.unwrap();
        let over = capture(&mut tx, id, purpose.request, 11, credits(1), NOW).await;
        assert!(matches!(over, Err(CreditError::OverHold { .. })));
        release(&mut tx, id, purpose.request, Actor::System, "cancelled", NOW).await.unwrap();
        let late = capture(&mut tx, id, purpose.request, 1, credits(1), NOW).await;
        assert!(matches!(late, Err(CreditError::NoOpenHold)));
        tx.commit().await.unwrap();
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn too_few_credits_are_refused_and_change_nothing() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        let refused = hold(&mut tx, id, purpose(), credits(101), NOW).await.unwrap_err();
        let CreditError::NotEnough { needed, available } = refused else { panic!("{refused}") };
        assert_eq!((needed, available), (credits(101), credits(100)));
        tx.commit().await.unwrap();
        assert_eq!(assert_proven(&test.db, id).await.available, credits(100));
    }
}

#[tokio::test]
async fn lots_are_drawn_by_expiry_then_kind_then_age() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let in_days = |days: u64| Some(NOW.plus(Duration::from_secs(days * 86_400)));
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Purchase, 10, None, "purchase").await;
        granted(&mut tx, id, LotKind::Promotion, 10, None, "promotion").await;
        granted(&mut tx, id, LotKind::Plan, 10, in_days(40), "later").await;
        granted(&mut tx, id, LotKind::Plan, 10, in_days(10), "sooner").await;
        let order: Vec<_> = planned_draws(&mut tx, id, credits(40), NOW)
            .await
            .unwrap()
            .into_iter()
            .map(|draw| (draw.lot.kind, draw.lot.expires_at))
            .collect();
        assert_eq!(
            order,
            [
                (LotKind::Plan, in_days(10)),
                (LotKind::Plan, in_days(40)),
                (LotKind::Promotion, None),
                (LotKind::Purchase, None),
            ]
        );
        tx.commit().await.unwrap();
    }
}

#[tokio::test]
async fn fifty_parallel_holds_of_ten_on_a_hundred_credits_let_ten_through() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        tx.commit().await.unwrap();
        let tries = (0..50).map(|_| {
            let db = test.db.clone();
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                let held = hold(&mut tx, id, purpose(), credits(10), NOW).await;
                if held.is_ok() {
                    tx.commit().await.unwrap();
                }
                held.is_ok()
            })
        });
        let won = futures::future::join_all(tries).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 10);
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held), (Credits::ZERO, credits(100)));
    }
}

#[tokio::test]
async fn a_changed_row_is_found_by_the_proof() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        granted(&mut tx, id, LotKind::Promotion, 100, None, "a").await;
        granted(&mut tx, id, LotKind::Purchase, 10, None, "b").await;
        on!(&mut tx, c => sqlx::query("update credit_transfers set reason = 'forged' where workspace_id = $1 and seq = 1")
            .bind(id).execute(c).await.map(drop)).unwrap();
        on!(&mut tx, c => sqlx::query("update credit_accounts set available = available + 5 where workspace_id = $1")
            .bind(id).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let proof = verify::verify(&mut test.db.read().await.unwrap(), id).await.unwrap();
        let places: Vec<_> = proof.differences.iter().map(|difference| difference.place.as_str()).collect();
        assert_eq!(places, ["transfer 1", "account"]);
    }
}
