//! Monthly plans at Stripe, through the router: what is asked there, what is heard from there, in every order.

use std::time::Duration;

use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{
    fake::Mood,
    plan_checks, send, store,
    tests::{Shop, completed, event, refunded, shops},
};
use crate::{
    accounts::Role,
    app::testing::Browser,
    billing::{
        self, Order, OrderKind, OrderState,
        plans::{self, PlanId, Subscription, SubscriptionState, month_after},
    },
    credits::OrderId,
    on,
    server::clock::Instant,
};

const PLAN: &str = "/settings/cold-email-agent/plan";
const SETTINGS: &str = "/settings/cold-email-agent";
const DAY: Duration = Duration::from_secs(86_400);

fn plan(number: u8) -> String {
    format!("01930000-0000-7000-8000-0000000001{number:02}")
}

fn plan_id(number: u8) -> PlanId {
    plan(number).parse().unwrap()
}

impl Shop {
    /// Presses a button of the plan panel.
    async fn press(&self, path: &str, fields: &[(&str, &str)]) {
        let answer = self.owner().await.post(&format!("{PLAN}{path}"), fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    }

    async fn choose(&self, number: u8, key: &str) {
        self.press("", &[("plan", &plan(number)), ("key", key)]).await;
    }

    /// An owner who has just signed in: sessions end while months pass.
    pub(super) async fn owner(&self) -> Browser {
        self.test.sign_in_as(self.browser.workspace, Role::Owner).await
    }

    pub(super) async fn newest(&self) -> Order {
        let mut tx = self.test.app.db.read().await.unwrap();
        billing::orders_before(&mut tx, self.browser.workspace, None, 1).await.unwrap().remove(0)
    }

    /// Orders a plan and pays its page at Stripe; the invoice is not told yet. Returns the order and the subscription.
    pub(super) async fn ordered(&self, number: u8, key: &str) -> (OrderId, Value) {
        self.choose(number, key).await;
        let order = self.newest().await;
        let session = self.session(order.id).await;
        (order.id, self.fake.subscribe(&session))
    }

    /// A workspace whose plan has begun. Returns the name of the subscription at Stripe.
    pub(super) async fn subscribed(&self, number: u8) -> String {
        let (_, subscription) = self.ordered(number, "first").await;
        self.told(&paid(&self.invoice(&subscription, None))).await;
        subscription["id"].as_str().unwrap().to_owned()
    }

    /// The invoice that Stripe would make now: of the month that begins at `start`, or of the first one.
    pub(super) fn invoice(&self, subscription: &Value, start: Option<Instant>) -> Value {
        let begins = start.unwrap_or(self.test.app.clock.now());
        let seconds = |at: Instant| at.micros() / 1_000_000;
        let id = format!("in_{}_{}", seconds(begins), subscription["id"].as_str().unwrap());
        let reason = if start.is_some() { "subscription_cycle" } else { "subscription_create" };
        let amount = subscription["items"]["data"][0]["price"]["unit_amount"].clone();
        self.fake.set(
            &id,
            json!({
                "object": "invoice", "billing_reason": reason, "amount_paid": amount, "currency": "usd",
                "status": "open", "attempted": false, "created": seconds(begins),
                "subscription": subscription["id"], "subscription_details": { "metadata": subscription["metadata"] },
                "payment_intent": format!("pi_{id}"),
                "lines": { "data": [{ "type": "subscription", "amount": amount, "period": { "start": seconds(begins), "end": seconds(month_after(begins, 22)) } }] },
            }),
        )
    }

    /// The invoice of the month after the newest paid one, with what Stripe has now.
    pub(super) async fn next_invoice(&self, reference: &str) -> Value {
        let row = self.plan().await.unwrap();
        self.invoice(&self.fake.object(reference), Some(row.period_end))
    }

    pub(super) async fn plan(&self) -> Option<Subscription> {
        let mut tx = self.test.app.db.read().await.unwrap();
        plans::live_subscription(&mut tx, self.browser.workspace).await.unwrap()
    }

    async fn settings(&self) -> String {
        self.owner().await.get(SETTINGS).await.body
    }

    /// The price of the next invoice at Stripe.
    fn price(&self, reference: &str) -> i64 {
        self.fake.object(reference)["items"]["data"][0]["price"]["unit_amount"].as_i64().unwrap()
    }

    fn charges(&self, order: OrderId) -> usize {
        let heard = self.fake.heard("/v1/payment_intents");
        let mut keys: Vec<_> = heard.iter().filter(|call| call.key == format!("charge:{order}")).collect();
        assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "the same key and the same words");
        keys.dedup();
        keys.len()
    }

    /// The payments that exist for an order at Stripe.
    fn payments(&self, order: OrderId) -> usize {
        self.fake.all("payment_intent").iter().filter(|made| made["metadata"]["order"] == order.to_string()).count()
    }

    /// The next tries of calls that had no answer.
    pub(super) async fn later(&self) {
        self.test.app.clock.advance(Duration::from_secs(60));
        self.work().await;
    }
}

pub(super) fn paid(invoice: &Value) -> Value {
    event(&format!("paid_{}", invoice["id"].as_str().unwrap()), "invoice.paid", invoice)
}

pub(super) fn failed(invoice: &Value) -> Value {
    event(&format!("failed_{}", invoice["id"].as_str().unwrap()), "invoice.payment_failed", invoice)
}

/// News of the subscription as it is now, told at `second`.
fn updated(subscription: &Value, name: &str, second: i64) -> Value {
    let id = format!("{name}_{}", subscription["id"].as_str().unwrap());
    let mut event = event(&id, "customer.subscription.updated", subscription);
    event["created"] = json!(second);
    event
}

#[tokio::test]
async fn each_month_of_a_plan_is_granted_once_whatever_invoice_comes_first() {
    for shop in shops().await {
        let (id, subscription) = shop.ordered(1, "k").await;
        let session = shop.session(id).await;
        assert_eq!(session["mode"], "subscription");
        assert_eq!(subscription["metadata"]["plan"], plan(1));
        let first = shop.invoice(&subscription, None);
        let second = paid(&shop.invoice(&subscription, Some(month_after(shop.test.app.clock.now(), 22))));
        shop.told(&second).await;
        assert_eq!(shop.verdict(&second).await.0, "waiting", "its plan did not begin yet");
        let mut cheap = paid(&first);
        cheap["id"] = json!(format!("evt_cheap_{id}"));
        cheap["data"]["object"]["lines"]["data"][0]["amount"] = json!(1);
        shop.told(&cheap).await;
        assert_eq!((shop.verdict(&cheap).await.0.as_str(), shop.credits().await), ("dead", 0));
        for _ in 0..2 {
            shop.told(&paid(&first)).await;
        }
        assert_eq!(shop.credits().await, 1_000);
        let ended = json!({ "status": "complete", "payment_status": "paid" });
        shop.told(&completed(&shop.fake.set(session["id"].as_str().unwrap(), ended))).await;
        shop.later().await;
        assert_eq!(shop.credits().await, 2_000, "the month that was told early came by itself");
        shop.told(&event(&format!("gone_{id}"), "customer.subscription.deleted", &subscription)).await;
        assert!(shop.plan().await.is_none());
        assert_eq!(shop.credits().await, 2_000);
    }
}

#[tokio::test]
async fn an_upgrade_is_charged_to_the_method_of_the_plan_and_the_next_invoice_is_the_new_price() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let page = shop.settings().await;
        assert!(
            page.contains("The $54 are charged to the payment method of your plan.") && !page.contains("Test: let")
        );
        let (one, other) = (shop.owner().await, shop.owner().await);
        let (growth, keys) = (plan(2), [("key", "tab one"), ("key", "tab two")]);
        let fields = keys.map(|key| [("plan", &*growth), key]);
        let (one, other) = tokio::join!(one.post(PLAN, &fields[0]), other.post(PLAN, &fields[1]));
        // The second one finds the first one's payment on its way, or the better plan already there.
        assert!([one.status, other.status].contains(&StatusCode::SEE_OTHER));
        let order = shop.newest().await;
        assert_eq!((order.kind, order.amount_minor, order.state), (OrderKind::Upgrade, 5_400, OrderState::Credited));
        let charge = shop.fake.heard("/v1/payment_intents").pop().unwrap().fields;
        assert_eq!((charge["payment_method"].as_str(), charge["amount"].as_str()), ("pm_of_plan", "5400"));
        assert_eq!((shop.charges(order.id), shop.payments(order.id)), (1, 1));
        let intent =
            shop.fake.all("payment_intent").into_iter().find(|made| made["metadata"]["order"] == order.id.to_string());
        shop.told(&event(&format!("up_{}", order.id), "payment_intent.succeeded", &intent.unwrap())).await;
        assert_eq!(shop.credits().await, 5_000, "both tabs and the webhook: once");
        assert_eq!(shop.price(&reference), 7_900);
        assert_eq!(shop.fake.object(&reference)["metadata"]["plan"], plan(2));
        assert!(shop.settings().await.contains("Renews: 5,000 credits for $79."));
        for _ in 0..2 {
            shop.told(&paid(&shop.next_invoice(&reference).await)).await;
        }
        let row = shop.plan().await.unwrap();
        assert_eq!((row.plan_id, row.next_plan_id), (plan_id(2), None));
        assert_eq!(shop.credits().await, 15_000, "two more invoices are two more months");
    }
}

#[tokio::test]
async fn a_declined_upgrade_changes_nothing_and_says_so() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        shop.fake.be(Mood::Declining);
        let owner = shop.owner().await;
        let answer = owner.post(PLAN, &[("plan", &*plan(2)), ("key", "k")]).await;
        assert_eq!(answer.location, format!("{SETTINGS}#plan"));
        let page = owner.get(SETTINGS).await.body;
        assert!(page.contains("The payment was declined. Nothing was charged, and your plan stays as it is."));
        let order = shop.newest().await;
        assert_eq!((order.state, shop.payments(order.id)), (OrderState::Failed, 0));
        assert_eq!((shop.credits().await, shop.price(&reference)), (1_000, 2_500));
        assert_eq!(shop.plan().await.unwrap().plan_id, plan_id(1));
        shop.fake.be(Mood::Well);
        shop.work().await;
        assert_eq!(shop.credits().await, 1_000, "nobody tries it again unasked");
        shop.choose(2, "again").await;
        assert_eq!((shop.credits().await, shop.price(&reference)), (5_000, 7_900));
    }
}

#[tokio::test]
async fn a_change_is_passed_on_also_when_the_browser_leaves_in_the_middle() {
    for shop in shops().await {
        shop.subscribed(1).await;
        shop.fake.be(Mood::Slow);
        let owner = shop.owner().await;
        let cancel = format!("{PLAN}/cancel");
        let left = tokio::time::timeout(Duration::from_millis(100), owner.post(&cancel, &[])).await;
        assert!(left.is_err(), "the provider answers nobody within that time");
        // What was begun notes that it was not answered, and lets go of the call.
        let open = "select count(*) from payment_calls where state = 'open' and lease_until is not null";
        let claimed = async || -> i64 {
            let mut tx = shop.test.app.db.read().await.unwrap();
            on!(&mut tx, c => sqlx::query_scalar(open).fetch_one(c).await).unwrap()
        };
        let released = async {
            while claimed().await > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), released).await.expect("the call is free again");
        shop.fake.be(Mood::Well);
        shop.test.app.clock.advance(Duration::from_secs(10));
        shop.work().await;
        assert!(!shop.settings().await.contains("Your change is on its way to the payment provider"));
    }
}

#[tokio::test]
async fn an_upgrade_whose_answer_was_lost_is_charged_once_and_finished_by_the_worker() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        shop.fake.be(Mood::Forgetful);
        shop.choose(2, "k").await;
        let order = shop.newest().await;
        assert_eq!((order.state, shop.credits().await), (OrderState::Created, 1_000));
        // What Stripe reads for the call itself could not be read either.
        shop.fake.be(Mood::Well);
        shop.later().await;
        assert_eq!((shop.payments(order.id), shop.credits().await, shop.price(&reference)), (1, 5_000, 7_900));

        // The webhook comes first, and the process dies before the price is changed.
        shop.fake.be(Mood::Well);
        let before = shop.fake.all("payment_intent").len();
        shop.fake.lose_next("/v1/payment_intents");
        shop.choose(3, "k").await;
        let order = shop.newest().await;
        assert_eq!(order.state, OrderState::Created);
        assert_eq!(shop.fake.all("payment_intent").len(), before + 1, "it was charged");
        shop.fake.be(Mood::Down);
        let intent =
            shop.fake.all("payment_intent").into_iter().find(|made| made["metadata"]["order"] == order.id.to_string());
        let told = event(&format!("first_{}", order.id), "payment_intent.succeeded", &intent.unwrap());
        assert_eq!(shop.deliver(&told).await, StatusCode::OK);
        shop.work().await;
        assert_eq!((shop.credits().await, shop.price(&reference)), (20_000, 7_900));
        assert!(shop.settings().await.contains("Your change is on its way to the payment provider"));
        shop.fake.be(Mood::Well);
        shop.test.app.clock.advance(Duration::from_secs(3_600));
        shop.work().await;
        assert_eq!((shop.payments(order.id), shop.credits().await, shop.price(&reference)), (1, 20_000, 21_900));
        assert!(!shop.settings().await.contains("on its way"));
    }
}

#[tokio::test]
async fn while_stripe_is_away_an_upgrade_waits_and_cannot_be_paid_a_second_time() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        shop.fake.be(Mood::Down);
        shop.choose(2, "one").await;
        let order = shop.newest().await;
        assert!(shop.settings().await.contains("A payment for your plan is on its way"));
        let owner = shop.owner().await;
        let second = owner.post(PLAN, &[("plan", &*plan(3)), ("key", "two")]).await;
        assert_eq!(second.status, StatusCode::CONFLICT);
        let own = format!("/orders/{}", order.id);
        let page = owner.get(&own).await.body;
        assert!(page.contains("being confirmed") && !page.contains("id=\"pay\"") && !page.contains("id=\"cancel\""));
        owner.post(&format!("{own}/cancel"), &[]).await;
        owner.post(&format!("{own}/pay"), &[]).await;
        assert_eq!(shop.state(order.id).await.state, OrderState::Created);
        shop.fake.be(Mood::Well);
        shop.later().await;
        assert_eq!((shop.payments(order.id), shop.credits().await, shop.price(&reference)), (1, 5_000, 7_900));

        // A day later nobody expects to be charged any more.
        shop.fake.be(Mood::Down);
        shop.choose(3, "three").await;
        let order = shop.newest().await;
        shop.test.app.clock.advance(Duration::from_secs(25 * 3_600));
        shop.fake.be(Mood::Well);
        shop.work().await;
        assert_eq!((shop.payments(order.id), shop.state(order.id).await.state), (0, OrderState::Failed));
        assert_eq!(shop.credits().await, 5_000);
        assert!(shop.settings().await.contains("Your upgrade was not paid"));
    }
}

#[tokio::test]
async fn a_downgrade_waits_for_the_month_and_can_be_taken_back() {
    for shop in shops().await {
        let reference = shop.subscribed(2).await;
        for (wish, price) in [(1, 2_500), (1, 2_500), (2, 7_900), (1, 2_500)] {
            shop.choose(wish, &format!("{wish}")).await;
            assert_eq!(shop.price(&reference), price);
            assert_eq!(shop.plan().await.unwrap().plan_id, plan_id(2), "until the month is over");
        }
        let calls = shop.fake.heard(&format!("/v1/subscriptions/{reference}"));
        assert_eq!(calls.len(), 3, "the second click asked for nothing new");
        assert!(shop.settings().await.contains("Changes to Starter: 1,000 credits for $25 a month."));
        shop.told(&paid(&shop.next_invoice(&reference).await)).await;
        let row = shop.plan().await.unwrap();
        assert_eq!((row.plan_id, row.next_plan_id, shop.credits().await), (plan_id(1), None, 6_000));
    }
}

#[tokio::test]
async fn an_invoice_made_before_a_change_brings_the_old_month_and_the_change_comes_after_it() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let old = shop.next_invoice(&reference).await;
        shop.choose(2, "up").await;
        shop.told(&paid(&old)).await;
        let row = shop.plan().await.unwrap();
        assert_eq!((row.plan_id, row.next_plan_id), (plan_id(1), Some(plan_id(2))));
        assert_eq!(shop.credits().await, 1_000 + 4_000 + 1_000);
        shop.told(&paid(&shop.next_invoice(&reference).await)).await;
        let row = shop.plan().await.unwrap();
        assert_eq!((row.plan_id, row.next_plan_id, shop.credits().await), (plan_id(2), None, 11_000));
    }
}

#[tokio::test]
async fn cancelling_and_resuming_reach_stripe_in_their_order_also_after_it_was_away() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let cancels = || shop.fake.object(&reference)["cancel_at_period_end"].as_bool().unwrap();
        shop.press("/cancel", &[]).await;
        assert!(cancels() && shop.settings().await.contains("Keep the plan"));
        shop.press("/resume", &[]).await;
        assert!(!cancels() && shop.settings().await.contains("Renews: 1,000 credits for $25."));
        shop.fake.be(Mood::Down);
        for path in ["/cancel", "/resume", "/cancel"] {
            shop.press(path, &[]).await;
        }
        let page = shop.settings().await;
        assert!(page.contains("Your change is on its way to the payment provider"));
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Cancelling);
        shop.fake.be(Mood::Well);
        shop.test.app.clock.advance(Duration::from_secs(3_600));
        shop.work().await;
        assert!(cancels(), "the last wish is the one that stands");
        let heard = shop.fake.heard(&format!("/v1/subscriptions/{reference}"));
        let wishes: Vec<_> = heard.iter().map(|call| call.fields["cancel_at_period_end"] == "true").collect();
        assert_eq!(wishes, [true, false, true, false, true]);

        // Stripe tells that it is over; when it does not, it is ended here and there.
        shop.test.app.clock.advance(DAY * 31);
        plan_checks::ask_about_plans(&shop.test.app, &shop.stripe).await.unwrap();
        assert!(shop.plan().await.is_none());
        shop.work().await;
        assert_eq!(shop.fake.object(&reference)["status"], "canceled");
        assert_eq!(shop.credits().await, 1_000, "its credits stay");
    }
}

#[tokio::test]
async fn news_from_before_our_own_change_does_not_undo_it_and_news_from_the_portal_counts() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let before = shop.fake.object(&reference);
        shop.press("/cancel", &[]).await;
        let after = shop.fake.object(&reference);
        // Told later, on a clock that is ahead: it is still from before.
        let old = updated(&before, "old", 1_999_999_999);
        shop.told(&old).await;
        assert_eq!(shop.verdict(&old).await.0, "ignored");
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Cancelling);
        shop.told(&updated(&after, "own", 1_795_340_200)).await;
        let resumed = shop.fake.set(&reference, json!({ "cancel_at_period_end": false }));
        shop.told(&updated(&resumed, "portal", 1_795_340_300)).await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Active);
        let stale = updated(&after, "late", 1_795_340_250);
        shop.told(&stale).await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Active);
    }
}

#[tokio::test]
async fn a_change_that_stripe_refuses_for_good_is_taken_back_and_told() {
    for shop in shops().await {
        let reference = shop.subscribed(2).await;
        shop.fake.be(Mood::Refusing);
        shop.choose(1, "down").await;
        let row = shop.plan().await.unwrap();
        assert_eq!((row.plan_id, row.next_plan_id), (plan_id(2), None));
        assert!(shop.settings().await.contains("Your plan could not be changed"));
        shop.press("/cancel", &[]).await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Active);
        shop.fake.be(Mood::Well);
        // Gone at Stripe, and the news of it was lost.
        shop.fake.set(&reference, json!({ "status": "canceled" }));
        shop.press("/cancel", &[]).await;
        assert!(shop.plan().await.is_none());
        assert_eq!(shop.credits().await, 5_000);
    }
}

#[tokio::test]
async fn a_declined_renewal_has_seven_days_and_ends_at_stripe_too() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let invoice = shop.next_invoice(&reference).await;
        shop.test.app.clock.advance(DAY * 31);
        for _ in 0..2 {
            shop.told(&failed(&invoice)).await;
        }
        let row = shop.plan().await.unwrap();
        assert_eq!(
            (row.state, row.grace_until),
            (SubscriptionState::PastDue, Some(shop.test.app.clock.now().plus(DAY * 7)))
        );
        let page = shop.settings().await;
        assert!(page.contains("The renewal was declined") && page.contains("/payment-methods"));
        assert_eq!(shop.owner().await.post(&format!("{PLAN}/pay"), &[]).await.status, StatusCode::CONFLICT);
        let portal = shop.owner().await.get(&format!("{SETTINGS}/payment-methods")).await;
        assert_eq!(portal.location, "https://billing.example/x");
        shop.told(&paid(&invoice)).await;
        assert_eq!((shop.plan().await.unwrap().state, shop.credits().await), (SubscriptionState::Active, 2_000));
        let late = event(&format!("late_{reference}"), "invoice.payment_failed", &invoice);
        shop.told(&late).await;
        assert_eq!(shop.plan().await.unwrap().state, SubscriptionState::Active, "an older try changes nothing");

        let invoice = shop.next_invoice(&reference).await;
        shop.test.app.clock.advance(DAY * 31);
        shop.told(&failed(&invoice)).await;
        shop.test.app.clock.advance(DAY * 7);
        plan_checks::ask_about_plans(&shop.test.app, &shop.stripe).await.unwrap();
        assert!(shop.plan().await.is_none());
        shop.work().await;
        assert_eq!(shop.fake.object(&reference)["status"], "canceled", "nothing is collected any more");
    }
}

#[tokio::test]
async fn another_instances_subscription_is_none_of_our_business() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        let mut other = shop.fake.object(&reference);
        other["metadata"]["instance"] = json!(store::InstanceId::new());
        let invoice = shop.invoice(&other, Some(shop.plan().await.unwrap().period_end));
        let told = [
            updated(&other, "other", 1_999_999_999),
            paid(&invoice),
            event(&format!("other_gone_{reference}"), "customer.subscription.deleted", &other),
        ];
        for event in told {
            shop.told(&event).await;
            let (state, note) = shop.verdict(&event).await;
            assert!(state == "ignored" && note.contains("another Fairlead instance"), "{state}: {note}");
        }
        assert_eq!((shop.plan().await.unwrap().state, shop.credits().await), (SubscriptionState::Active, 1_000));
    }
}

#[tokio::test]
async fn a_refund_or_dispute_told_before_the_invoice_of_its_month_waits_for_it() {
    for shop in shops().await {
        let (_, subscription) = shop.ordered(1, "k").await;
        let reference = subscription["id"].as_str().unwrap();
        let start = shop.test.app.clock.now();
        for (month, left) in [(None, 0), (Some(month_after(start, 22)), 500)] {
            let invoice = shop.invoice(&subscription, month);
            let intent = invoice["payment_intent"].as_str().unwrap();
            shop.fake.set(intent, json!({ "object": "payment_intent", "invoice": invoice["id"], "metadata": {} }));
            let total = if month.is_none() { 2_500 } else { 1_250 };
            let mut early = refunded(&json!({ "id": intent, "payment_intent": intent, "metadata": {} }), total);
            early["data"]["object"]["amount"] = json!(2_500);
            shop.told(&early).await;
            assert_eq!(shop.verdict(&early).await.0, "waiting");
            shop.told(&paid(&invoice)).await;
            shop.later().await;
            assert_eq!(shop.verdict(&early).await.0, "applied");
            assert_eq!(shop.credits().await, left);
        }
        // A refund from our own page names the payment of its month.
        let order = shop.newest().await;
        assert_eq!((order.kind, order.state), (OrderKind::Plan, OrderState::Credited));
        let asked = shop.owner().await.post(&format!("/orders/{}/refund", order.id), &[("key", "once")]).await;
        assert_eq!(asked.status, StatusCode::SEE_OTHER, "{}", asked.body);
        shop.work().await;
        let call = shop.fake.heard("/v1/refunds").pop().unwrap().fields;
        assert!(call["payment_intent"].contains(reference) && call["amount"] == "1250", "{call:?}");
        assert_eq!(shop.credits().await, 0);
    }
}

#[tokio::test]
async fn a_plan_paid_in_two_tabs_is_one_plan_and_the_other_subscription_ends_at_stripe() {
    for shop in shops().await {
        let (_, one) = shop.ordered(1, "one").await;
        let (_, other) = shop.ordered(2, "two").await;
        shop.told(&paid(&shop.invoice(&other, None))).await;
        shop.told(&paid(&shop.invoice(&one, None))).await;
        assert_eq!(shop.credits().await, 6_000, "money moved, so credits came");
        assert_eq!(shop.plan().await.unwrap().plan_id, plan_id(2));
        assert_eq!(shop.fake.object(one["id"].as_str().unwrap())["status"], "canceled");
        assert_eq!(shop.fake.object(other["id"].as_str().unwrap())["status"], "active");
        let gone = event(&format!("gone_{}", one["id"]), "customer.subscription.deleted", &one);
        shop.told(&gone).await;
        assert_eq!(shop.verdict(&gone).await.0, "ignored");
        assert!(shop.plan().await.is_some());
    }
}

#[tokio::test]
async fn two_copies_of_the_worker_make_the_calls_of_a_plan_once() {
    for shop in shops().await {
        let reference = shop.subscribed(1).await;
        shop.fake.be(Mood::Down);
        shop.choose(2, "k").await;
        let order = shop.newest().await;
        shop.fake.be(Mood::Well);
        shop.test.app.clock.advance(Duration::from_secs(60));
        let rounds = (0..6).map(|_| {
            let (app, stripe) = (shop.test.app.clone(), shop.stripe.clone());
            tokio::spawn(async move { send::work(&app, &stripe).await })
        });
        for round in futures::future::join_all(rounds).await {
            round.unwrap().unwrap();
        }
        shop.work().await;
        assert_eq!((shop.charges(order.id), shop.payments(order.id)), (1, 1));
        assert_eq!((shop.credits().await, shop.price(&reference)), (5_000, 7_900));
    }
}
