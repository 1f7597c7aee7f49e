//! Credits that came again after a failed refund or a won dispute belong to their order: what is claimed next reaches them (C19).

use serde_json::Value;

use super::{
    debt_tests::{failed, whole},
    tests::{Shop, dispute, refunded, shops},
};
use crate::{
    accounts::WorkspaceId,
    billing::{self, OrderState},
    credits::{self, Again, LotId, OrderId},
    on,
    server::db::{change_behind_its_back, migrate_again},
};

/// What is said of a second dispute of the same payment.
fn second(mut news: Value) -> Value {
    for id in ["/id", "/data/object/id"] {
        let id = news.pointer_mut(id).unwrap();
        *id = format!("{}_second", id.as_str().unwrap()).into();
    }
    news
}

impl Shop {
    /// An order whose credits all came again, because a dispute was won.
    async fn won(&self, key: &str) -> (OrderId, Value) {
        let (id, session) = self.bought(key).await;
        self.told(&dispute(&session, "created", "needs_response")).await;
        self.told(&dispute(&session, "closed", "won")).await;
        (id, session)
    }

    /// The lots that name an order they were not brought in by.
    async fn again(&self) -> Vec<(LotId, OrderId)> {
        on!(&mut self.test.app.db.read().await.unwrap(), c => sqlx::query_as(
            "select id, origin_order_id from credit_lots where workspace_id = $1 and origin_order_id is not null order by id")
            .bind(self.browser.workspace).fetch_all(c).await)
        .unwrap()
    }
}

#[tokio::test]
async fn a_refund_after_a_won_dispute_takes_the_credits_that_came_again() {
    for shop in shops().await {
        let (id, session) = shop.won("k").await;
        assert_eq!(shop.credits().await, 2_000);
        let request = shop.held(500).await;
        shop.told(&refunded(&session, 1_225)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (1_000, 0), "a quarter of the price");
        shop.told(&refunded(&session, 4_900)).await;
        assert_eq!(shop.state(id).await.state, OrderState::Refunded);
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 500));
        shop.released(request).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
    }
}

#[tokio::test]
async fn a_member_can_give_credits_back_that_came_again_and_not_more() {
    for shop in shops().await {
        let (id, _) = shop.won("k").await;
        shop.held(500).await;
        assert!(shop.page(id).await.contains("1,500 of 2,000 credits of this purchase are left"));
        shop.refund(id).await;
        shop.work().await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
        let mut tx = shop.test.app.db.read().await.unwrap();
        let order = billing::order(&mut tx, shop.browser.workspace, id).await.unwrap().unwrap();
        let returned = billing::refund_store::returned_minor(&mut tx, &order, None).await.unwrap();
        assert_eq!(returned, 3_675, "three quarters of $49");
    }
}

#[tokio::test]
async fn a_dispute_after_a_refund_that_failed_takes_the_credits_that_came_again_and_both_may_happen_twice() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let request = shop.held(800).await;
        let charge = shop.delivered(request, 300).await;
        shop.told(&refunded(&session, 4_900)).await;
        shop.told(&failed(&shop, id, &session)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (1_200, 0));
        shop.told(&dispute(&session, "created", "needs_response")).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 800));
        shop.returned(request, charge, 0..100).await;
        shop.told(&dispute(&session, "closed", "won")).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (1_300, 0));
        shop.told(&second(dispute(&session, "created", "needs_response"))).await;
        shop.told(&second(dispute(&session, "closed", "lost"))).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 700));
        shop.released(request).await;
        shop.returned(request, charge, 100..300).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
        // Another purchase is not touched.
        shop.bought("next").await;
        assert_eq!(shop.credits().await, 2_000);
    }
}

#[tokio::test]
async fn what_comes_again_pays_what_its_order_still_owes_first() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let request = shop.held(1_000).await;
        let charge = shop.delivered(request, 1_000).await;
        shop.told(&refunded(&session, 2_450)).await;
        shop.told(&refunded(&session, 3_675)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 500), "half was there, a quarter is owed");
        let mut half = failed(&shop, id, &session);
        half["data"]["object"]["amount"] = 2_450.into();
        shop.told(&half).await;
        assert_eq!(
            (shop.credits().await, shop.owed(id).await),
            (500, 0),
            "1,500 are paid for, of which 1,000 are spent"
        );
        shop.returned(request, charge, 0..10).await;
        assert_eq!(shop.credits().await, 510, "nothing is owed any more");
    }
}

#[tokio::test]
async fn a_lot_that_came_again_shows_its_order() {
    for shop in shops().await {
        let (id, _) = shop.won("k").await;
        let [(lot, order)] = shop.again().await[..] else { panic!("one lot came again") };
        assert_eq!(order, id);
        let page = shop.browser.get(&format!("/settings/cold-email-agent/lots/{lot}")).await.body;
        assert!(page.contains(&format!("/orders/{id}")), "{page}");
    }
}

#[tokio::test]
async fn lots_that_came_again_before_they_named_their_order_get_it_by_the_migration() {
    for shop in shops().await {
        let (won, _) = shop.won("won").await;
        let (refused, session) = shop.bought("refused").await;
        shop.told(&refunded(&session, 4_900)).await;
        shop.told(&failed(&shop, refused, &session)).await;
        let known = shop.again().await;
        assert_eq!(known.iter().map(|(_, order)| *order).collect::<Vec<_>>(), [won, refused]);
        let back = "drop index credit_lots_by_origin; alter table credit_lots drop column origin_order_id";
        migrate_again(&shop.test.app.db, back, "0119_origin_orders.sql").await;
        assert_eq!(shop.again().await, known);
        assert_eq!(shop.credits().await, 4_000);
    }
}

#[tokio::test]
async fn the_proof_notices_credits_that_no_money_pays_for() {
    for shop in shops().await {
        let (id, _) = shop.won("k").await;
        let db = &shop.test.app.db;
        let mut tx = db.write().await.unwrap();
        let twice = Again { order: id, credits: whole(7), reason: "Twice".into(), key: "twice".into() };
        credits::come_again(&mut tx, shop.browser.workspace, &twice, shop.test.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        let [found] = &orders(&shop, shop.browser.workspace).await[..] else { panic!("one order has too much") };
        assert_eq!(found, "its lots have 2007 credits, the money that stayed pays for 2000");
        change_behind_its_back(db, "update credit_lots set origin_order_id = null where granted = 7").await;
        assert_eq!(orders(&shop, shop.browser.workspace).await, Vec::<String>::new());
        let proof = credits::verify::verify(&mut db.snapshot().await.unwrap(), shop.browser.workspace).await.unwrap();
        let [found] = &proof.differences[..] else { panic!("{:?}", proof.differences) };
        assert_eq!(found.what, format!("its movements name the order {id}, it does not"));
    }
}

async fn orders(shop: &Shop, workspace: WorkspaceId) -> Vec<String> {
    let found = billing::verify::verify(&mut shop.test.app.db.snapshot().await.unwrap(), workspace).await.unwrap();
    found.into_iter().map(|found| found.what).collect()
}
