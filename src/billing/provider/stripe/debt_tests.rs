//! Money back is a debt of the lot (C19): no way of paying back leaves credits that can be spent.

use super::tests::{Shop, completed, dispute, event, refunded, shops};
use crate::{
    accounts::UserId,
    billing::OrderState,
    credits::{self, Actor, CampaignId, Capture, Credits, HoldFor, OrderId, Refund, RequestId},
    on,
};

pub(super) fn whole(count: i64) -> Credits {
    Credits::new(count).unwrap()
}

impl Shop {
    /// A paid order of 2,000 credits.
    pub(super) async fn bought(&self, key: &str) -> (OrderId, serde_json::Value) {
        let (id, _) = self.order(key).await;
        let session = self.paid_session(id).await;
        self.told(&completed(&session)).await;
        (id, session)
    }

    /// Sets credits aside for a request.
    pub(super) async fn held(&self, count: i64) -> RequestId {
        let request = RequestId::new();
        let purpose = HoldFor { request, campaign: CampaignId::new(), member: UserId::new() };
        let mut tx = self.test.app.db.write().await.unwrap();
        let at = self.test.app.clock.now();
        credits::hold(&mut tx, self.browser.workspace, purpose, whole(count), at).await.unwrap();
        tx.commit().await.unwrap();
        request
    }

    /// Delivers leads of a request; returns the movement that paid.
    pub(super) async fn delivered(&self, request: RequestId, leads: i64) -> i64 {
        let capture = Capture { request, leads, price: whole(1), key: format!("deliver:{request}") };
        let mut tx = self.test.app.db.write().await.unwrap();
        let at = self.test.app.clock.now();
        let charges = credits::capture(&mut tx, self.browser.workspace, &capture, at).await.unwrap();
        tx.commit().await.unwrap();
        charges[0].seq
    }

    /// Gives leads back.
    pub(super) async fn returned(&self, request: RequestId, charge: i64, leads: std::ops::Range<i64>) {
        let mut tx = self.test.app.db.write().await.unwrap();
        for lead in leads {
            let (actor, reason, key) = (Actor::System, "Returned".into(), format!("lead:{request}:{lead}"));
            let back = Refund { request, charge, credits: whole(1), actor, reason, key };
            credits::refund(&mut tx, self.browser.workspace, &back, self.test.app.clock.now()).await.unwrap();
        }
        tx.commit().await.unwrap();
    }

    pub(super) async fn released(&self, request: RequestId) {
        let mut tx = self.test.app.db.write().await.unwrap();
        let (actor, at) = (Actor::System, self.test.app.clock.now());
        credits::release(&mut tx, self.browser.workspace, request, actor, "Cancelled", at).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// What the lots of an order still owe.
    pub(super) async fn owed(&self, id: OrderId) -> i64 {
        on!(&mut self.test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select cast(sum(owed) as bigint) from credit_lots where workspace_id = $1 and (order_id = $2 or origin_order_id = $2)")
            .bind(self.browser.workspace).bind(id).fetch_one(c).await)
        .unwrap()
    }
}

/// The refund of the whole price, made in the dashboard, did not reach the buyer.
pub(super) fn failed(shop: &Shop, id: OrderId, session: &serde_json::Value) -> serde_json::Value {
    let failed = serde_json::json!({
        "id": format!("re_{id}"), "object": "refund", "status": "failed", "amount": 4_900, "currency": "usd",
        "payment_intent": session["payment_intent"], "metadata": {}, "failure_reason": "expired_or_canceled_card",
    });
    let mut news = event(&format!("failed_{id}"), "refund.failed", &failed);
    news["created"] = shop.seconds().into();
    news
}

#[tokio::test]
async fn after_a_lost_dispute_what_comes_back_to_the_lot_pays_its_debt() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let (spent, held) = (shop.held(300).await, shop.held(1_600).await);
        let charge = shop.delivered(spent, 200).await;
        shop.told(&dispute(&session, "created", "needs_response")).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 1_900));
        shop.released(held).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 300));
        shop.told(&dispute(&session, "closed", "lost")).await;
        shop.returned(spent, charge, 0..200).await;
        shop.released(spent).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
        // What is bought later is not touched.
        shop.bought("next").await;
        assert_eq!(shop.credits().await, 2_000);
    }
}

#[tokio::test]
async fn a_dispute_that_is_won_brings_back_what_was_taken_meanwhile_and_lets_the_rest_go() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let (first, second) = (shop.held(500).await, shop.held(1_000).await);
        shop.told(&dispute(&session, "created", "needs_response")).await;
        shop.released(first).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 1_000));
        shop.told(&dispute(&session, "closed", "won")).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (1_000, 0));
        shop.released(second).await;
        assert_eq!(shop.credits().await, 2_000, "as before the dispute");
    }
}

#[tokio::test]
async fn a_refund_in_the_dashboard_of_spent_credits_is_a_debt_of_the_lot() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let request = shop.held(2_000).await;
        let charge = shop.delivered(request, 2_000).await;
        shop.told(&refunded(&session, 2_450)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 1_000), "half of the price");
        shop.returned(request, charge, 0..10).await;
        shop.told(&refunded(&session, 4_900)).await;
        assert_eq!(shop.state(id).await.state, OrderState::Refunded);
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 1_990));
        shop.returned(request, charge, 10..2_000).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
        let text = shop.page(id).await;
        assert!(text.contains("and 1,000 credits as they come back"), "{text}");
    }
}

#[tokio::test]
async fn a_refund_asked_after_returning_leads_leaves_nothing_that_can_be_spent() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let request = shop.held(2_000).await;
        let charge = shop.delivered(request, 1_500).await;
        shop.returned(request, charge, 0..700).await;
        assert_eq!(shop.credits().await, 700);
        shop.refund(id).await;
        shop.work().await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
        // The bank takes the rest back too; what is out now comes back to no use.
        shop.told(&dispute(&session, "created", "needs_response")).await;
        assert_eq!(shop.owed(id).await, 1_300);
        shop.released(request).await;
        shop.returned(request, charge, 700..1_500).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 0));
    }
}

#[tokio::test]
async fn a_refund_that_fails_lets_its_debt_go() {
    for shop in shops().await {
        let (id, session) = shop.bought("k").await;
        let request = shop.held(1_500).await;
        shop.told(&refunded(&session, 4_900)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (0, 1_500));
        shop.told(&failed(&shop, id, &session)).await;
        assert_eq!((shop.credits().await, shop.owed(id).await), (500, 0));
        shop.released(request).await;
        assert_eq!(shop.credits().await, 2_000);
    }
}

#[tokio::test]
async fn a_refund_that_fails_while_the_payment_is_disputed_leaves_its_credits_to_the_dispute() {
    for (end, credits) in [("lost", 0), ("won", 2_000)] {
        for shop in shops().await {
            let (id, session) = shop.bought("k").await;
            let request = shop.held(500).await;
            shop.told(&refunded(&session, 4_900)).await;
            shop.told(&dispute(&session, "created", "needs_response")).await;
            shop.told(&failed(&shop, id, &session)).await;
            assert_eq!((shop.credits().await, shop.owed(id).await), (0, 500), "the bank has the money");
            shop.released(request).await;
            shop.told(&dispute(&session, "closed", end)).await;
            assert_eq!((shop.credits().await, shop.owed(id).await), (credits, 0), "{end}");
        }
    }
}

#[tokio::test]
async fn a_dispute_that_is_won_after_a_refund_gives_back_what_was_not_refunded() {
    for (total, credits) in [(4_900, 0), (2_450, 1_000)] {
        for shop in shops().await {
            let (id, session) = shop.bought("k").await;
            shop.told(&dispute(&session, "created", "needs_response")).await;
            shop.told(&refunded(&session, total)).await;
            shop.told(&dispute(&session, "closed", "won")).await;
            assert_eq!((shop.credits().await, shop.owed(id).await), (credits, 0));
        }
    }
}
