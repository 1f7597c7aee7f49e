//! What was paid at Stripe is never called unpaid: webhooks that are lost, invoices of every kind, events of both shapes.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    plan_checks,
    plan_tests::{failed, paid},
    reconcile,
    tests::{Shop, event, shops},
};
use crate::{
    billing::{
        self, OrderState, expire,
        plans::{SubscriptionState, month_after},
    },
    credits::OrderId,
    server::clock::Instant,
};

const MINUTE: Duration = Duration::from_secs(60);
const DAY: Duration = Duration::from_secs(86_400);
const BALANCE: &str = include_str!("../../../../tests/data/stripe/renewal-paid-from-balance.json");
const COUPON: &str = include_str!("../../../../tests/data/stripe/renewal-with-coupon.json");
const CANCELLED: &str = include_str!("../../../../tests/data/stripe/first-cancelled.json");
const RESUMED: &str = include_str!("../../../../tests/data/stripe/then-resumed.json");
const OTHER_CURRENCY: &str = include_str!("../../../../tests/data/stripe/paid-in-another-currency.json");
const PING: &str = include_str!("../../../../tests/data/stripe/thin-ping.json");

/// An event of Stripe with its blanks filled in; numbers lose their quotes.
fn filled(text: &str, blanks: &[(&str, Value)]) -> Value {
    let mut text = text.to_owned();
    for (name, value) in blanks {
        let blank = format!("{{{{{name}}}}}");
        if value.is_number() {
            text = text.replace(&format!("\"{blank}\""), &value.to_string());
        }
        text = text.replace(&blank, value.as_str().unwrap_or_default());
    }
    assert!(!text.contains("{{"), "{text}");
    serde_json::from_str(&text).unwrap()
}

impl Shop {
    /// Stripe collects an invoice, and no event arrives.
    fn collected(&self, invoice: &Value) {
        self.fake.set(invoice["id"].as_str().unwrap(), json!({ "status": "paid", "attempted": true }));
    }

    async fn ask(&self) {
        plan_checks::ask_about_plans(&self.test.app, &self.stripe).await.unwrap();
    }

    /// Moves the clock to `minutes` after the end of the paid month.
    async fn after_the_month(&self, minutes: u32) {
        let end = self.plan().await.unwrap().period_end.plus(MINUTE * minutes);
        let left = end.micros() - self.test.app.clock.now().micros();
        self.test.app.clock.advance(Duration::from_micros(u64::try_from(left).unwrap()));
    }

    /// What an event about the next month of a plan says besides the invoice.
    async fn blanks(&self, reference: &str, any: &str) -> Vec<(&'static str, Value)> {
        let subscription = self.fake.object(reference);
        let metadata = &subscription["metadata"];
        let end = self.plan().await.unwrap().period_end;
        let seconds = |at: Instant| json!(at.micros() / 1_000_000);
        let price = subscription["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap();
        vec![
            ("ANY", json!(any)),
            ("NOW", json!(self.seconds())),
            ("SUB", json!(reference)),
            ("ORDER", metadata["order"].clone()),
            ("WORKSPACE", metadata["workspace"].clone()),
            ("INSTANCE", metadata["instance"].clone()),
            ("PLAN", metadata["plan"].clone()),
            ("PRICE", json!(price)),
            ("PRICE_LESS_20_PERCENT", json!(price * 8 / 10)),
            ("20_PERCENT", json!(price * 2 / 10)),
            ("PERIOD_END", seconds(end)),
            ("PERIOD_END_NUMBER", seconds(end)),
            ("NEXT_PERIOD_END", seconds(month_after(end, 22))),
        ]
    }

    async fn newest_page(&self) -> (OrderId, String) {
        let id = self.newest().await.id;
        (id, self.owner().await.get(&format!("/orders/{id}")).await.body)
    }
}

#[tokio::test]
async fn a_plan_whose_events_are_all_lost_is_credited_by_asking() {
    for shop in shops().await {
        let (id, subscription) = shop.ordered(1, "k").await;
        let invoice = shop.invoice(&subscription, None);
        shop.test.app.clock.advance(MINUTE * 3);
        reconcile::reconcile(&shop.test.app, &shop.stripe).await.unwrap();
        assert_eq!((shop.credits().await, shop.state(id).await.state), (0, OrderState::Created), "not collected yet");
        shop.collected(&invoice);
        shop.test.app.clock.advance(MINUTE * 6);
        for _ in 0..2 {
            reconcile::reconcile(&shop.test.app, &shop.stripe).await.unwrap();
        }
        assert_eq!((shop.credits().await, shop.state(id).await.state), (1_000, OrderState::Credited));
        assert_eq!(shop.plan().await.unwrap().provider_reference.as_deref(), subscription["id"].as_str());
        shop.told(&paid(&invoice)).await;
        assert_eq!(shop.credits().await, 1_000, "the late webhook changes nothing");
    }
}

#[tokio::test]
async fn a_plan_that_was_paid_is_not_cancelled_as_unpaid_after_a_day() {
    for shop in shops().await {
        let (id, subscription) = shop.ordered(1, "k").await;
        let invoice = shop.invoice(&subscription, None);
        shop.test.app.clock.advance(expire::UNPAID_TIME_MAX + MINUTE);
        expire::expire_unpaid(&shop.test.app).await.unwrap();
        assert_eq!(shop.state(id).await.state, OrderState::Created, "the page was completed");
        shop.collected(&invoice);
        expire::expire_unpaid(&shop.test.app).await.unwrap();
        assert_eq!((shop.credits().await, shop.state(id).await.state), (1_000, OrderState::Credited));
    }
}

#[tokio::test]
async fn a_payment_that_takes_days_is_pending_until_it_comes_or_the_plan_ends_at_stripe() {
    for shop in shops().await {
        for (key, comes) in [("comes", true), ("fails", false)] {
            let (id, subscription) = shop.ordered(1, key).await;
            let session = shop.session(id).await;
            shop.fake.set(session["id"].as_str().unwrap(), json!({ "payment_status": "unpaid" }));
            let invoice = shop.invoice(&subscription, None);
            shop.test.app.clock.advance(expire::UNPAID_TIME_MAX + MINUTE);
            expire::expire_unpaid(&shop.test.app).await.unwrap();
            assert_eq!(shop.state(id).await.state, OrderState::Pending);
            shop.fake.set(session["id"].as_str().unwrap(), json!({ "payment_status": "paid" }));
            if comes {
                shop.collected(&invoice);
            } else {
                shop.fake.set(subscription["id"].as_str().unwrap(), json!({ "status": "incomplete_expired" }));
            }
            shop.test.app.clock.advance(DAY);
            reconcile::reconcile(&shop.test.app, &shop.stripe).await.unwrap();
            let expected = if comes { OrderState::Credited } else { OrderState::Cancelled };
            assert_eq!(shop.state(id).await.state, expected);
            assert_eq!(shop.credits().await, 1_000);
            if let Some(reference) = shop.plan().await.and_then(|plan| plan.provider_reference) {
                shop.told(&event(
                    &format!("over_{key}"),
                    "customer.subscription.deleted",
                    &shop.fake.object(&reference),
                ))
                .await;
            }
        }
    }
}

#[tokio::test]
async fn a_month_whose_events_are_lost_is_credited_by_asking_for_its_invoice() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        // The fake serves both databases.
        let before = shop.fake.reads("/v1/invoices");
        let asked = || shop.fake.reads("/v1/invoices") - before;
        shop.ask().await;
        assert_eq!(asked(), 0, "the month is not over");
        let invoice = shop.next_invoice(&reference).await;
        shop.after_the_month(3).await;
        shop.ask().await;
        assert_eq!((shop.credits().await, asked()), (1_000, 1), "not collected yet");
        shop.ask().await;
        assert_eq!(asked(), 1, "asked again later, not at once");
        shop.collected(&invoice);
        shop.test.app.clock.advance(MINUTE * 6);
        shop.ask().await;
        assert_eq!(shop.credits().await, 2_000);
        let row = shop.plan().await.unwrap();
        assert_eq!((row.state, row.period_end > shop.test.app.clock.now()), (SubscriptionState::Active, true));
        shop.told(&paid(&invoice)).await;
        shop.ask().await;
        assert_eq!(shop.credits().await, 2_000);

        // Three months in which Stripe could not reach this server at all.
        let mut next = shop.plan().await.unwrap().period_end;
        for _ in 0..3 {
            shop.collected(&shop.invoice(&shop.fake.object(&reference), Some(next)));
            next = month_after(next, 22);
        }
        shop.test.app.clock.advance(DAY * 95);
        shop.ask().await;
        assert_eq!(shop.plan().await.unwrap().period_end, next);
        let mut tx = shop.test.app.db.read().await.unwrap();
        let orders = billing::orders_before(&mut tx, shop.browser.workspace, None, 10).await.unwrap();
        assert!(orders.len() == 5 && orders.iter().all(|order| order.state == OrderState::Credited));
    }
}

#[tokio::test]
async fn a_plan_is_not_ended_as_unpaid_before_stripe_was_asked() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let invoice = shop.next_invoice(&reference).await;
        shop.after_the_month(0).await;
        shop.told(&failed(&invoice)).await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::PastDue);
        shop.test.app.clock.advance(DAY * 7);
        shop.fake.be(super::fake::Mood::Down);
        shop.ask().await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::PastDue, "not known yet");
        shop.fake.be(super::fake::Mood::Well);
        shop.collected(&invoice);
        shop.test.app.clock.advance(MINUTE * 6);
        shop.ask().await;
        assert_eq!((shop.plan().await.unwrap().state, shop.credits().await), (SubscriptionState::Active, 2_000));

        // A declined month and an end whose events are lost.
        let invoice = shop.next_invoice(&reference).await;
        shop.fake.set(invoice["id"].as_str().unwrap(), json!({ "attempted": true }));
        shop.after_the_month(3).await;
        shop.ask().await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::PastDue);
        shop.fake.set(&reference, json!({ "status": "canceled" }));
        shop.test.app.clock.advance(MINUTE * 6);
        shop.ask().await;
        assert!(shop.plan().await.is_none());
    }
}

#[tokio::test]
async fn a_renewal_settled_from_credit_or_with_a_coupon_brings_its_month_and_shows_what_was_charged() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        for (text, charged, refund, credits) in
            [(BALANCE, "$0", None, 2_000), (COUPON, "$20", Some("Refund $20"), 3_000)]
        {
            let told = filled(text, &shop.blanks(&reference, &format!("{credits}_{reference}")).await);
            shop.told(&told).await;
            assert_eq!(shop.verdict(&told).await.0, "applied", "{}", shop.verdict(&told).await.1);
            assert_eq!(shop.credits().await, credits);
            let (id, page) = shop.newest_page().await;
            assert!(page.contains("$25") && page.contains("Charged") && page.contains(charged), "{page}");
            assert_eq!(page.contains("id=\"refund\""), refund.is_some(), "what was not charged cannot go back");
            assert!(refund.is_none_or(|label| page.contains(label)));
            let receipt = shop.owner().await.get(&format!("/orders/{id}/receipt")).await.body;
            assert!(receipt.contains("Discount or credit") && receipt.contains(charged));
        }
    }
}

#[tokio::test]
async fn an_invoice_that_only_corrects_a_price_is_no_month() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let mut correction = shop.next_invoice(&reference).await;
        correction["lines"]["data"][0]["proration"] = json!(true);
        let told = paid(&correction);
        shop.told(&told).await;
        assert_eq!((shop.verdict(&told).await.0.as_str(), shop.credits().await), ("ignored", 1_000));
    }
}

#[tokio::test]
async fn of_two_changes_within_a_second_the_one_that_stripe_has_counts() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        for (round, cancels) in [false, true].into_iter().enumerate() {
            shop.test.app.clock.advance(MINUTE);
            shop.fake.set(&reference, json!({ "cancel_at_period_end": cancels }));
            let blanks = async |name: &str| shop.blanks(&reference, &format!("{name}{round}_{reference}")).await;
            shop.told(&filled(RESUMED, &blanks("resumed").await)).await;
            shop.told(&filled(CANCELLED, &blanks("cancelled").await)).await;
            let expected = if cancels { SubscriptionState::Cancelling } else { SubscriptionState::Active };
            assert_eq!(shop.plan().await.unwrap().state, expected);
        }
    }
}

#[tokio::test]
async fn a_buyer_who_pays_in_another_currency_gets_the_credits_of_the_order() {
    for shop in shops().await {
        let (id, _) = shop.order("k").await;
        let session = shop.session(id).await;
        let blanks = [
            ("ANY", json!(id.to_string())),
            ("NOW", json!(shop.seconds())),
            ("SESSION", session["id"].clone()),
            ("ORDER", json!(id.to_string())),
            ("WORKSPACE", session["metadata"]["workspace"].clone()),
            ("INSTANCE", session["metadata"]["instance"].clone()),
            ("PLAN", json!("")),
            ("PRICE", json!(4_900)),
        ];
        shop.told(&filled(OTHER_CURRENCY, &blanks)).await;
        assert_eq!((shop.credits().await, shop.state(id).await.state), (2_000, OrderState::Credited));
    }
}

#[tokio::test]
async fn events_of_the_newer_kind_are_understood_or_acknowledged() {
    for shop in shops().await {
        let ping = filled(PING, &[("ANY", json!(shop.browser.workspace.to_string()))]);
        shop.told(&ping).await;
        assert_eq!(shop.verdict(&ping).await.0, "ignored");

        let reference = shop.subscribed(1).await;
        let invoice = shop.next_invoice(&reference).await;
        shop.collected(&invoice);
        let thin = |id: &str, kind: &str, about: &str, name: &Value, twin: &str| {
            json!({
                "id": format!("evt_{id}_{reference}"), "object": "v2.core.event", "type": format!("v1.{kind}"), "livemode": false,
                "created": "2026-11-28T09:00:00.000Z", "related_object": { "id": name, "type": about, "url": "/v1/x" },
                "snapshot_event": twin,
            })
        };
        let news = thin("thin", "invoice.paid", "invoice", &invoice["id"], "evt_never_came");
        for _ in 0..2 {
            shop.told(&news).await;
        }
        assert_eq!(shop.verdict(&news).await.0, "applied", "{}", shop.verdict(&news).await.1);
        assert_eq!(shop.credits().await, 2_000);
        let snapshot = paid(&invoice);
        shop.told(&snapshot).await;
        let twin = thin("twin", "invoice.paid", "invoice", &invoice["id"], snapshot["id"].as_str().unwrap());
        shop.told(&twin).await;
        assert_eq!((shop.verdict(&twin).await.0.as_str(), shop.credits().await), ("ignored", 2_000));
        // An older failure of what is paid by now.
        let late = thin("late", "invoice.payment_failed", "invoice", &invoice["id"], "evt_other");
        shop.told(&late).await;
        shop.fake.set(&reference, json!({ "cancel_at_period_end": true }));
        shop.told(&thin("end", "customer.subscription.updated", "subscription", &json!(reference), "evt_none")).await;
        assert_eq!((shop.plan().await.unwrap().state, shop.credits().await), (SubscriptionState::Cancelling, 2_000));
    }
}

#[tokio::test]
async fn an_end_that_is_told_before_the_first_payment_loses_no_credits() {
    for shop in shops().await {
        let (_, subscription) = shop.ordered(1, "k").await;
        let reference = subscription["id"].as_str().unwrap();
        for kind in ["deleted", "updated"] {
            shop.told(&event(&format!("{kind}_{reference}"), &format!("customer.subscription.{kind}"), &subscription))
                .await;
        }
        shop.told(&paid(&shop.invoice(&subscription, None))).await;
        shop.later().await;
        assert_eq!(shop.credits().await, 1_000);
        assert!(shop.plan().await.is_none());
    }
}
