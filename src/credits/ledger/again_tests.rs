//! Every lot that a purchase paid for is reached by a claim on it (C19), also after its date (C12).

use std::time::Duration;

use super::tests::{NOW, assert_proven, credits, purpose, workspace};
use crate::{
    credits::*,
    server::{clock::Instant, db::test_databases},
};

const DAY: Duration = Duration::from_secs(86_400);

/// A month of a plan: 30 credits of `order`, for a day.
fn month(order: OrderId) -> Grant {
    Grant {
        kind: LotKind::Plan,
        credits: credits(30),
        expires_at: Some(NOW.plus(DAY)),
        order: Some(order),
        reason: "test".into(),
        actor: Actor::System,
        key: order.to_string(),
    }
}

fn claim_of(order: OrderId, amount: i64) -> Claim {
    let (reason, actor, key) = ("refunded".to_owned(), Actor::System, format!("claim:{order}"));
    Claim { order, credits: credits(amount), reason, actor, key }
}

fn later() -> Instant {
    NOW.plus(2 * DAY)
}

#[tokio::test]
async fn a_claim_reaches_what_moved_from_an_expired_lot_and_nothing_of_another_order() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let (order, other) = (OrderId::new(), OrderId::new());
        let mut tx = test.db.write().await.unwrap();
        grant(&mut tx, id, month(order), NOW).await.unwrap();
        grant(&mut tx, id, month(other), NOW).await.unwrap();
        let (first, second) = (purpose(), purpose());
        hold(&mut tx, id, first, credits(50), NOW).await.unwrap();
        release(&mut tx, id, first.request, Actor::System, "cancelled", later()).await.unwrap();
        hold(&mut tx, id, second, credits(45), later()).await.unwrap();
        assert_eq!(purchase_left(&mut tx, id, order, later()).await.unwrap(), credits(0));
        let claimed = claim(&mut tx, id, &claim_of(order, 30), later()).await.unwrap();
        assert_eq!((claimed.taken, claimed.owed), (credits(0), credits(30)));
        release(&mut tx, id, second.request, Actor::System, "cancelled", later()).await.unwrap();
        tx.commit().await.unwrap();
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.expired), (credits(20), credits(10)));
    }
}

#[tokio::test]
async fn what_expired_cannot_be_given_back_before_the_sweep_either() {
    for test in test_databases().await {
        let (id, order) = (workspace(&test.db).await, OrderId::new());
        let mut tx = test.db.write().await.unwrap();
        grant(&mut tx, id, month(order), NOW).await.unwrap();
        assert_eq!(purchase_left(&mut tx, id, order, NOW).await.unwrap(), credits(30));
        assert_eq!(purchase_left(&mut tx, id, order, later()).await.unwrap(), Credits::ZERO);
    }
}
