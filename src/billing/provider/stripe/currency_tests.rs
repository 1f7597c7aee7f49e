//! Prices in currencies that Stripe counts otherwise than ISO 4217, out and back.

use axum::http::StatusCode;
use serde_json::json;

use super::tests::{Shop, completed, refunded, shops};
use crate::{
    accounts::Role,
    billing::{self, OrderState, PackageId},
    credits::OrderId,
    on,
};

impl Shop {
    /// Puts 1,000 credits on sale at a price in minor units, and orders them.
    async fn order_at(&self, amount_minor: i64, currency: &str) -> OrderId {
        let id = PackageId::new();
        let mut tx = self.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "insert into packages (id, name, credits, amount_minor, currency, position, created_at)
             values ($1, 'Far away', 1000, $2, $3, 9, 0)")
            .bind(id).bind(amount_minor).bind(currency).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let fields = [("package", &*id.to_string()), ("key", currency)];
        let answer = self.browser.post("/settings/cold-email-agent/orders", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        let mut tx = self.test.app.db.read().await.unwrap();
        billing::orders_before(&mut tx, self.browser.workspace, None, 1).await.unwrap()[0].id
    }
}

#[tokio::test]
async fn an_order_is_priced_paid_and_refunded_in_stripes_units() {
    for shop in shops().await {
        for (minor, currency, stripe, quarter) in [
            (4_900, "ISK", 490_000, 122_500),
            (4_900, "UGX", 490_000, 122_500),
            (490_000, "MGA", 4_900, 1_225),
            (5_120, "KWD", 5_120, 1_280),
            (4_900, "JPY", 4_900, 1_225),
        ] {
            let before = shop.credits().await;
            let id = shop.order_at(minor, currency).await;
            let session = shop.session(id).await;
            assert_eq!(session["amount_total"], stripe, "{currency}");
            let intent = format!("pi_{currency}_{id}");
            let paid = json!({ "status": "complete", "payment_status": "paid", "payment_intent": intent });
            let session = shop.fake.set(session["id"].as_str().unwrap(), paid);
            shop.told(&completed(&session)).await;
            assert_eq!((shop.state(id).await.state, shop.credits().await), (OrderState::Credited, before + 1_000));
            let mut back = refunded(&session, quarter);
            back["data"]["object"]["currency"] = json!(currency.to_ascii_lowercase());
            shop.told(&back).await;
            assert_eq!(shop.credits().await, before + 750, "{currency}: {:?}", shop.verdict(&back).await);
            shop.refund(id).await;
            shop.work().await;
            let asked = shop.fake.heard("/v1/refunds").pop().unwrap().fields;
            assert_eq!(asked["amount"], (stripe - quarter).to_string(), "{currency}");
            assert_eq!(shop.state(id).await.state, OrderState::Refunded);
        }
    }
}

#[tokio::test]
async fn a_price_that_stripe_cannot_count_is_refused_beside_its_field() {
    for shop in shops().await {
        let operator = shop.test.sign_in_as(shop.browser.workspace, Role::Owner).await;
        let plan = "01930000-0000-7000-8000-000000000101";
        let mut tx = shop.test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update users set operator = $2 where id = $1")
            .bind(operator.user).bind(true).execute(c).await.map(drop))
        .unwrap();
        on!(&mut tx, c => sqlx::query("update plans set currency = 'KWD'").execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let address = format!("/admin/packages/plan/{plan}");
        let refused = operator.post(&address, &[("name", "Tiny"), ("credits", "100"), ("price", "5.125")]).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.body.contains("whose last digit is 0") && refused.body.contains("5.125"), "{}", refused.body);
        let taken = operator.post(&address, &[("name", "Tiny"), ("credits", "100"), ("price", "5.120")]).await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER);
    }
}
