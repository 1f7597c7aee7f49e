//! Buying, through the router as a browser sees it, and the state machine under every order of events.

use std::time::Duration;

use axum::http::StatusCode;
use proptest::prelude::*;

use super::{provider::embedded, *};
use crate::{
    accounts::{Member, Role, WorkspaceId},
    app::testing::{Browser, NOW, TestApp, test_apps},
    credits::{self, Credits, Ledger, OrderId},
    server::db::Db,
};

const SETTINGS: &str = "/settings/cold-email-agent";

/// The value of the first hidden field `name` on a page.
fn hidden(page: &str, name: &str) -> String {
    let start = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no field {name}"));
    let value = &page[start..][page[start..].find("value=\"").unwrap() + 7..];
    value[..value.find('"').unwrap()].to_owned()
}

/// Orders the second package and returns the address of its checkout.
async fn ordered(browser: &Browser) -> String {
    let page = browser.get(SETTINGS).await;
    assert_eq!(page.status, StatusCode::OK);
    let key = hidden(&page.body, "key");
    let package = "01930000-0000-7000-8000-000000000002";
    let answer = browser.post("/settings/cold-email-agent/orders", &[("package", package), ("key", &key)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(answer.location.starts_with("/checkout/"), "{}", answer.location);
    answer.location
}

async fn available(db: &Db, workspace: WorkspaceId) -> i64 {
    let proof = credits::verify::verify(&mut db.snapshot().await.unwrap(), workspace).await.unwrap();
    assert_eq!(proof.differences, []);
    assert_eq!(verify::verify(&mut db.snapshot().await.unwrap(), workspace).await.unwrap(), []);
    proof.balance.available.get()
}

async fn state_of(test: &TestApp, browser: &Browser, checkout: &str) -> OrderState {
    let id: OrderId = checkout.trim_start_matches("/checkout/").parse().unwrap();
    order(&mut test.app.db.read().await.unwrap(), browser.workspace, id).await.unwrap().unwrap().state
}

#[tokio::test]
async fn a_paid_order_is_in_the_balance_when_the_buyer_comes_back() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let checkout = ordered(&browser).await;
        let page = browser.get(&checkout).await;
        assert!(page.body.contains("Test payment: no money moves"));
        assert!(page.body.contains("2,000 credits") && page.body.contains("$49"));
        let before = test.app.of::<Ledger>().counts().jobs;
        let paid = browser.post(&checkout, &[("choice", "pay")]).await;
        assert_eq!((paid.status, paid.location.as_str()), (StatusCode::SEE_OTHER, SETTINGS));
        assert_eq!(test.app.of::<Ledger>().counts().jobs, before + 1, "through the group commit");
        let back = browser.get(SETTINGS).await.body;
        assert!(back.contains("Paid: 2,000 credits added."), "the message is shown once");
        assert!(back.contains(">2,000</a>"), "the balance is right at once");
        assert_eq!(available(&test.app.db, browser.workspace).await, 2_000);
    }
}

#[tokio::test]
async fn clicking_buy_or_pay_twice_makes_one_order_and_one_lot() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let key = hidden(&browser.get(SETTINGS).await.body, "key");
        let fields = [("package", "01930000-0000-7000-8000-000000000001"), ("key", key.as_str())];
        let [one, other] = [(), ()].map(|()| browser.post("/settings/cold-email-agent/orders", &fields));
        let (one, other) = tokio::join!(one, other);
        assert_eq!(one.location, other.location);
        let pays = (0..8).map(|_| browser.post(&one.location, &[("choice", "pay")]));
        for answer in futures::future::join_all(pays).await {
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
        }
        assert_eq!(available(&test.app.db, browser.workspace).await, 500);
        let page = browser.get(&one.location).await.body;
        assert!(page.contains("Paid: 500 credits added"));
        assert!(!page.contains("id=\"pay\""), "a paid order shows its result, not the buttons");
    }
}

#[tokio::test]
async fn a_declined_order_says_so_and_can_be_tried_again_with_a_new_one() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let checkout = ordered(&browser).await;
        browser.post(&checkout, &[("choice", "decline")]).await;
        browser.post(&checkout, &[("choice", "pay")]).await;
        assert_eq!(state_of(&test, &browser, &checkout).await, OrderState::Failed);
        assert_eq!(available(&test.app.db, browser.workspace).await, 0);
        let page = browser.get(&checkout).await.body;
        assert!(page.contains("The payment was declined") && page.contains("Try again with a new order"));
        let fields = [("package", hidden(&page, "package")), ("key", hidden(&page, "key"))];
        let fields: Vec<_> = fields.iter().map(|(name, text)| (*name, text.as_str())).collect();
        let again = browser.post("/settings/cold-email-agent/orders", &fields).await;
        assert_ne!(again.location, checkout);
        browser.post(&again.location, &[("choice", "pay")]).await;
        assert_eq!(available(&test.app.db, browser.workspace).await, 2_000);
    }
}

#[tokio::test]
async fn a_cancelled_order_cannot_be_paid_on_the_page_any_more() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let checkout = ordered(&browser).await;
        browser.post(&checkout, &[("choice", "cancel")]).await;
        browser.post(&checkout, &[("choice", "pay")]).await;
        assert_eq!(state_of(&test, &browser, &checkout).await, OrderState::Cancelled);
        assert_eq!(available(&test.app.db, browser.workspace).await, 0);
    }
}

#[tokio::test]
async fn a_pending_payment_says_since_when_and_arrives_by_itself_once() {
    for test in test_apps(&[("FAIRLEAD_EMBEDDED_PAYMENT_DELAY_SECONDS", "20")]).await {
        let browser = test.sign_in().await;
        let checkout = ordered(&browser).await;
        browser.post(&checkout, &[("choice", "later")]).await;
        assert!(browser.get(SETTINGS).await.body.contains("Pending since "));
        embedded::pay_what_is_due(&test.app).await.unwrap();
        assert_eq!(available(&test.app.db, browser.workspace).await, 0);
        test.app.clock.advance(Duration::from_secs(20));
        for _ in 0..3 {
            embedded::pay_what_is_due(&test.app).await.unwrap();
        }
        assert_eq!(available(&test.app.db, browser.workspace).await, 2_000);
        assert!(!browser.get(SETTINGS).await.body.contains("Pending since "));
    }
}

#[tokio::test]
async fn an_order_of_another_workspace_does_not_exist() {
    for test in test_apps(&[]).await {
        let buyer = test.sign_in().await;
        let stranger = test.sign_in().await;
        let checkout = ordered(&buyer).await;
        let nowhere = format!("/checkout/{}", OrderId::new());
        for address in [checkout.as_str(), &nowhere, "/checkout/1", "/checkout/%27--"] {
            assert_eq!(stranger.get(address).await.status, StatusCode::NOT_FOUND, "{address}");
            let paid = stranger.post(address, &[("choice", "pay")]).await;
            assert_eq!(paid.status, StatusCode::NOT_FOUND, "{address}");
        }
        assert_eq!(state_of(&test, &buyer, &checkout).await, OrderState::Created);
    }
}

#[tokio::test]
async fn buying_needs_the_role_owner_or_admin() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let checkout = ordered(&owner).await;
        for role in [Role::Member, Role::Viewer] {
            let browser = test.sign_in_as(owner.workspace, role).await;
            let page = browser.get(SETTINGS).await.body;
            assert!(page.contains("needs the role owner or admin") && !page.contains("Buy 2,000 credits"));
            let fields = [("package", "01930000-0000-7000-8000-000000000001"), ("key", "k")];
            let bought = browser.post("/settings/cold-email-agent/orders", &fields).await;
            assert_eq!(bought.status, StatusCode::FORBIDDEN);
            assert_eq!(browser.post(&checkout, &[("choice", "pay")]).await.status, StatusCode::FORBIDDEN);
            assert!(!browser.get(&checkout).await.body.contains("id=\"pay\""));
        }
        let admin = test.sign_in_as(owner.workspace, Role::Admin).await;
        assert_eq!(admin.post(&checkout, &[("choice", "pay")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(available(&test.app.db, owner.workspace).await, 2_000);
    }
}

#[tokio::test]
async fn what_a_form_claims_about_price_or_package_is_not_believed() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let orders = "/settings/cold-email-agent/orders";
        for (package, status) in [
            ("", StatusCode::CONFLICT),
            ("1", StatusCode::BAD_REQUEST),
            ("01930000-0000-7000-8000-0000000000ff", StatusCode::CONFLICT),
        ] {
            let answer = browser.post(orders, &[("package", package), ("key", "k")]).await;
            assert_eq!(answer.status, status, "{package}");
        }
        let package = ("package", "01930000-0000-7000-8000-000000000001");
        assert_eq!(browser.post(orders, &[package]).await.status, StatusCode::CONFLICT);
        let tampered = [package, ("key", "k"), ("credits", "1000000"), ("amount_minor", "1"), ("workspace", "x")];
        let checkout = browser.post(orders, &tampered).await.location;
        let paid = browser.post(&checkout, &[("choice", "pay"), ("credits", "1000000")]).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER);
        assert_eq!(available(&test.app.db, browser.workspace).await, 500);
    }
}

#[tokio::test]
async fn production_has_no_test_payments_and_says_what_to_do() {
    let production = [
        ("FAIRLEAD_ENV", "production"),
        ("FAIRLEAD_PROXIES", "none"),
        ("FAIRLEAD_PUBLIC_URL", "https://leads.example.com"),
        ("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    for test in test_apps(&production).await {
        assert!(provider::Provider::of(&test.app).is_none());
        let browser = test.sign_in().await.over_https();
        let page = browser.get(SETTINGS).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.body.contains("No payment provider is configured") && !page.body.contains("Buy 2,000 credits"));
        let fields = [("package", "01930000-0000-7000-8000-000000000001"), ("key", "k")];
        let answer = browser.post("/settings/cold-email-agent/orders", &fields).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(browser.get(&format!("/checkout/{}", OrderId::new())).await.status, StatusCode::NOT_FOUND);
    }
}

/// An order of 500 credits for $19 in the database, without any page.
async fn placed(test: &TestApp) -> Order {
    let browser = test.sign_in().await;
    let mut tx = test.app.db.write().await.unwrap();
    let member = Member::of(&mut tx, browser.user, crate::server::clock::Instant(0)).await.unwrap().unwrap();
    let package = packages(&mut tx).await.unwrap()[0].id;
    let order = place(&mut tx, &member, &provider::Provider::Embedded, package, "k", NOW).await.unwrap();
    tx.commit().await.unwrap();
    order
}

fn event(order: &Order, id: &str, outcome: PaymentOutcome) -> PaymentEvent {
    PaymentEvent {
        provider: embedded::NAME,
        event_id: format!("{}:{id}", order.id),
        order: order.id,
        outcome,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
    }
}

async fn told(test: &TestApp, event: &PaymentEvent) -> Result<Settlement, BillingError> {
    let mut tx = test.app.db.write().await.unwrap();
    let settlement = settle(&mut tx, event, NOW).await?;
    tx.commit().await.unwrap();
    Ok(settlement)
}

#[tokio::test]
async fn an_event_about_another_amount_or_currency_is_refused_and_the_order_stays_as_it_is() {
    for test in test_apps(&[]).await {
        let order = placed(&test).await;
        let honest = event(&order, "paid", PaymentOutcome::Paid);
        let wrong = [
            PaymentEvent { amount_minor: 1, ..honest.clone() },
            PaymentEvent { amount_minor: -1_900, ..honest.clone() },
            PaymentEvent { currency: "JPY".into(), ..honest.clone() },
            PaymentEvent { provider: "another", ..honest.clone() },
        ];
        for event in wrong {
            assert!(matches!(told(&test, &event).await, Err(BillingError::Mismatch { .. })));
        }
        assert!(matches!(
            told(&test, &PaymentEvent { order: OrderId::new(), ..honest.clone() }).await,
            Err(BillingError::NoOrder(_))
        ));
        assert_eq!(available(&test.app.db, order.workspace_id).await, 0);
        // The refused event was not taken for "seen": the right one still acts.
        let settled = told(&test, &PaymentEvent { currency: "usd".into(), ..honest }).await.unwrap();
        assert_eq!(settled.order.state, OrderState::Credited);
        assert_eq!(available(&test.app.db, order.workspace_id).await, 500);
    }
}

#[tokio::test]
async fn events_arriving_at_the_same_moment_credit_once() {
    for test in test_apps(&[]).await {
        let order = placed(&test).await;
        let tellings = (0..20).map(|index| {
            let event = event(&order, &format!("paid {}", index % 4), PaymentOutcome::Paid);
            let db = test.app.db.clone();
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                let changed = settle(&mut tx, &event, NOW).await.unwrap().changed;
                tx.commit().await.unwrap();
                changed
            })
        });
        let told = futures::future::join_all(tellings).await;
        assert_eq!(told.into_iter().filter(|changed| *changed.as_ref().unwrap()).count(), 1);
        assert_eq!(available(&test.app.db, order.workspace_id).await, 500);
    }
}

/// Which event is told: its outcome, one of three ids, and whether it says the right amount.
fn any_events() -> impl Strategy<Value = Vec<(PaymentOutcome, u8, bool)>> {
    let outcome =
        prop_oneof![Just(PaymentOutcome::Paid), Just(PaymentOutcome::Declined), Just(PaymentOutcome::Pending)];
    prop::collection::vec((outcome, 0..3_u8, prop::bool::weighted(0.8)), 0..12)
}

#[test]
fn events_seen_any_number_of_times_in_any_order_credit_once() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tests = runtime.block_on(test_apps(&[]));
    let config = ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(events in any_events())| {
        runtime.block_on(async {
            for test in &tests {
                let order = placed(test).await;
                let mut paid = false;
                for (outcome, id, right_amount) in &events {
                    let name = format!("{} {id}", outcome.word());
                    let mut event = event(&order, &name, *outcome);
                    event.amount_minor += i64::from(!right_amount);
                    let settled = told(test, &event).await;
                    assert_eq!(settled.is_ok(), *right_amount);
                    paid |= *outcome == PaymentOutcome::Paid && *right_amount;
                    let expected = if paid { order.credits } else { Credits::ZERO };
                    assert_eq!(available(&test.app.db, order.workspace_id).await, expected.get());
                    if let Ok(settled) = settled {
                        assert_eq!(settled.order.state == OrderState::Credited, paid);
                    }
                }
            }
        });
    });
}
