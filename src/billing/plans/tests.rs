//! Plans on both databases: each month's grant exactly once, whatever is told, clicked or slept through.

use std::time::Duration;

use proptest::prelude::*;

use super::{renew::renew_what_is_due, *};
use crate::{
    accounts::Member,
    app::testing::{NOW, TestApp, test_apps},
    billing::{
        BillingError, Order, OrderState, PaymentEvent, PaymentOutcome, PlanRefusal, provider::embedded, settle, verify,
    },
    credits::{self, Credits},
    on,
    server::clock::Instant,
};

const DAY: Duration = Duration::from_secs(86_400);

fn plan_id(number: u8) -> PlanId {
    format!("01930000-0000-7000-8000-0000000001{number:02}").parse().unwrap()
}

/// A member of a new workspace who may buy.
pub(in crate::billing) async fn buyer(test: &TestApp) -> Member {
    let browser = test.sign_in().await;
    let mut tx = test.app.db.read().await.unwrap();
    Member::of(&mut tx, browser.user, Instant(0)).await.unwrap().unwrap()
}

pub(in crate::billing) fn event(order: &Order, outcome: PaymentOutcome) -> PaymentEvent {
    PaymentEvent {
        provider: embedded::NAME,
        event_id: format!("{}:{}", order.id, outcome.word()),
        order: order.id,
        outcome,
        amount_minor: order.amount_minor,
        currency: order.currency.clone(),
    }
}

pub(in crate::billing) async fn pay(test: &TestApp, order: &Order) -> Order {
    let mut tx = test.app.db.write().await.unwrap();
    let settled = settle(&mut tx, &event(order, PaymentOutcome::Paid), test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    settled.order
}

async fn ordered(test: &TestApp, member: &Member, plan: u8, key: &str) -> Result<Order, BillingError> {
    let mut tx = test.app.db.write().await.unwrap();
    let order = subscribe(&mut tx, member, embedded::NAME, plan_id(plan), key, test.app.clock.now()).await?;
    tx.commit().await.unwrap();
    Ok(order)
}

/// A member whose workspace has paid the first month of a plan.
pub(in crate::billing) async fn subscriber(test: &TestApp, plan: u8) -> Member {
    let member = buyer(test).await;
    let order = ordered(test, &member, plan, "k").await.unwrap();
    pay(test, &order).await;
    member
}

async fn live(test: &TestApp, member: &Member) -> Option<Subscription> {
    live_subscription(&mut test.app.db.read().await.unwrap(), member.workspace).await.unwrap()
}

/// The available credits, after the proof of ledger and billing.
pub(in crate::billing) async fn available(test: &TestApp, member: &Member) -> i64 {
    let proof = credits::verify::verify(&mut test.app.db.snapshot().await.unwrap(), member.workspace).await.unwrap();
    assert_eq!(proof.differences, []);
    let orders = verify::verify(&mut test.app.db.snapshot().await.unwrap(), member.workspace).await.unwrap();
    assert_eq!(orders, []);
    proof.balance.available.get()
}

async fn set_fails(test: &TestApp, member: &Member) {
    let mut tx = test.app.db.write().await.unwrap();
    let mut subscription = live_subscription(&mut tx, member.workspace).await.unwrap().unwrap();
    subscription.next_renewal_fails = true;
    store::save(&mut tx, &subscription).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn the_first_payment_begins_the_plan_and_its_credits_last_two_months() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        let subscription = live(&test, &member).await.unwrap();
        assert_eq!((subscription.state, subscription.plan_id), (SubscriptionState::Active, plan_id(1)));
        assert_eq!(subscription.period_end.rfc3339(), "2026-12-22T09:36:30Z");
        assert_eq!(available(&test, &member).await, 1_000);
        let lots = credits::select_drawable_lots(member.workspace, NOW)
            .read(&mut test.app.db.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(lots[0].expires_at.unwrap().rfc3339(), "2027-01-22T09:36:30Z");
        assert_eq!(lots[0].kind, credits::LotKind::Plan);
    }
}

#[tokio::test]
async fn a_server_that_slept_three_months_takes_each_month_once_and_in_order() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        test.app.clock.advance(DAY * 95);
        while renew_what_is_due(&test.app).await.unwrap() == crate::server::jobs::Round::Worked {}
        let subscription = live(&test, &member).await.unwrap();
        assert_eq!(subscription.period_start.rfc3339(), "2027-02-22T09:36:30Z");
        // Four months were granted; those of the first two have expired by now, so twice the monthly grant is there.
        assert_eq!(available(&test, &member).await, 2_000);
        let mut tx = test.app.db.read().await.unwrap();
        let orders = crate::billing::orders_before(&mut tx, member.workspace, None, 10).await.unwrap();
        assert_eq!(orders.len(), 4, "one payment for each month");
        let mut starts: Vec<_> = orders.iter().map(|order| (order.receipt_number, order.period_start)).collect();
        starts.sort();
        assert!(starts.windows(2).all(|pair| pair[0].1 < pair[1].1), "receipts follow the months");
    }
}

#[tokio::test]
async fn two_copies_of_the_server_renew_a_month_once() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        test.app.clock.advance(DAY * 31);
        let rounds = (0..6).map(|_| {
            let app = test.app.clone();
            tokio::spawn(async move { renew_what_is_due(&app).await })
        });
        for round in futures::future::join_all(rounds).await {
            round.unwrap().unwrap();
        }
        assert_eq!(available(&test, &member).await, 2_000);
    }
}

#[tokio::test]
async fn two_tabs_get_one_plan_and_what_was_paid_twice_comes_as_bought_credits() {
    for test in test_apps(&[]).await {
        let member = buyer(&test).await;
        let one = ordered(&test, &member, 1, "one").await.unwrap();
        let other = ordered(&test, &member, 2, "other").await.unwrap();
        assert_eq!(ordered(&test, &member, 2, "other").await.unwrap().id, other.id, "a second click is the same order");
        pay(&test, &other).await;
        let refused = ordered(&test, &member, 1, "third").await;
        assert!(matches!(refused, Err(BillingError::Plan(PlanRefusal::Subscribed))));
        // The first tab's order was given up, but its payment comes all the same: money moved, so credits come.
        assert_eq!(pay(&test, &one).await.state, OrderState::Credited);
        assert_eq!(live(&test, &member).await.unwrap().plan_id, plan_id(2));
        assert_eq!(available(&test, &member).await, 6_000);
        let lots = credits::select_drawable_lots(member.workspace, NOW)
            .read(&mut test.app.db.read().await.unwrap())
            .await
            .unwrap();
        assert_eq!(lots.iter().filter(|lot| lot.expires_at.is_none()).count(), 1);
    }
}

#[tokio::test]
async fn an_upgrade_in_the_middle_of_a_month_pays_and_credits_the_difference_once() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        test.app.clock.advance(DAY * 10);
        let now = test.app.clock.now();
        let mut orders = Vec::new();
        for key in ["tab one", "tab two"] {
            let mut tx = test.app.db.write().await.unwrap();
            orders.push(upgrade(&mut tx, &member, embedded::NAME, plan_id(3), key, now).await.unwrap());
            tx.commit().await.unwrap();
        }
        assert_eq!((orders[0].amount_minor, orders[0].credits.get()), (19_400, 19_000));
        for order in orders.iter().rev() {
            pay(&test, order).await;
            pay(&test, order).await;
        }
        let subscription = live(&test, &member).await.unwrap();
        assert_eq!(subscription.plan_id, plan_id(3));
        // The second tab's payment came too: its credits are bought ones.
        assert_eq!(available(&test, &member).await, 1_000 + 19_000 + 19_000);
        let lots = credits::select_drawable_lots(member.workspace, now)
            .read(&mut test.app.db.read().await.unwrap())
            .await
            .unwrap();
        let until = subscription.credits_expire_at(subscription.period_end);
        assert_eq!(lots.iter().filter(|lot| lot.expires_at == Some(until)).count(), 2);
        let mut tx = test.app.db.write().await.unwrap();
        let down = upgrade(&mut tx, &member, embedded::NAME, plan_id(2), "down", now).await;
        assert!(matches!(down, Err(BillingError::Plan(PlanRefusal::NoUpgrade))));
    }
}

#[tokio::test]
async fn a_downgrade_waits_for_the_end_of_the_month_and_can_be_taken_back() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 2).await;
        for wish in [1, 2, 1] {
            let mut tx = test.app.db.write().await.unwrap();
            change_at_end(&mut tx, member.workspace, plan_id(wish), NOW).await.unwrap();
            tx.commit().await.unwrap();
        }
        assert_eq!(available(&test, &member).await, 5_000, "nothing moves before the end");
        test.app.clock.advance(DAY * 31);
        renew_what_is_due(&test.app).await.unwrap();
        let subscription = live(&test, &member).await.unwrap();
        assert_eq!((subscription.plan_id, subscription.next_plan_id), (plan_id(1), None));
        assert_eq!(available(&test, &member).await, 6_000);
    }
}

#[tokio::test]
async fn in_production_a_plan_of_test_payments_ends_with_its_month_and_brings_nothing_more() {
    let production = [
        ("FAIRLEAD_ENV", "production"),
        ("FAIRLEAD_PROXIES", "none"),
        ("FAIRLEAD_PUBLIC_URL", "https://leads.example.com"),
        ("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
    ];
    for test in test_apps(&production).await {
        let member = subscriber(&test, 1).await;
        test.app.clock.advance(DAY * 29);
        renew::tell_of_renewals(&test.app).await.unwrap();
        let told: i64 = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select count(*) from subscriptions where announced_end is not null").fetch_one(c).await)
        .unwrap();
        assert_eq!(told, 0, "no one is told of a renewal that will not be");
        test.app.clock.advance(DAY * 5);
        for _ in 0..2 {
            renew_what_is_due(&test.app).await.unwrap();
        }
        assert_eq!(live(&test, &member).await, None);
        assert_eq!(available(&test, &member).await, 1_000, "the month that was there before");
    }
}

#[tokio::test]
async fn a_cancelled_plan_ends_with_its_month_unless_resumed_and_its_credits_stay() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        let mut tx = test.app.db.write().await.unwrap();
        for _ in 0..2 {
            cancel(&mut tx, member.workspace, NOW).await.unwrap();
        }
        assert_eq!(resume(&mut tx, member.workspace, NOW).await.unwrap().state, SubscriptionState::Active);
        cancel(&mut tx, member.workspace, NOW).await.unwrap();
        tx.commit().await.unwrap();
        renew::end_what_is_over(&test.app).await.unwrap();
        assert!(live(&test, &member).await.is_some());
        test.app.clock.advance(DAY * 31);
        for _ in 0..2 {
            renew_what_is_due(&test.app).await.unwrap();
            renew::end_what_is_over(&test.app).await.unwrap();
        }
        assert_eq!(live(&test, &member).await, None);
        assert_eq!(available(&test, &member).await, 1_000);
        let mut tx = test.app.db.write().await.unwrap();
        let late = resume(&mut tx, member.workspace, test.app.clock.now()).await;
        assert!(matches!(late, Err(BillingError::Plan(PlanRefusal::None))));
        drop(tx);
        let again = ordered(&test, &member, 2, "again").await.unwrap();
        pay(&test, &again).await;
        assert!(live(&test, &member).await.is_some(), "a new plan can begin afterwards");
    }
}

#[tokio::test]
async fn a_declined_renewal_has_seven_days_of_grace() {
    for test in test_apps(&[]).await {
        let (paying, silent) = (subscriber(&test, 1).await, subscriber(&test, 1).await);
        for member in [&paying, &silent] {
            set_fails(&test, member).await;
        }
        test.app.clock.advance(DAY * 31);
        for _ in 0..3 {
            renew_what_is_due(&test.app).await.unwrap();
        }
        for member in [&paying, &silent] {
            let behind = live(&test, member).await.unwrap();
            assert_eq!(behind.state, SubscriptionState::PastDue);
            assert_eq!(behind.grace_until, Some(test.app.clock.now().plus(DAY * 7)));
            assert_eq!(available(&test, member).await, 1_000, "credits are untouched");
        }
        let behind = live(&test, &paying).await.unwrap();
        for _ in 0..2 {
            let mut tx = test.app.db.write().await.unwrap();
            renew::pay_declined(&mut tx, &behind, test.app.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        }
        let paid = live(&test, &paying).await.unwrap();
        assert_eq!(
            (paid.state, paid.grace_until, paid.period_start),
            (SubscriptionState::Active, None, behind.period_end)
        );
        assert_eq!(available(&test, &paying).await, 2_000);
        test.app.clock.advance(DAY * 8);
        renew::end_what_is_over(&test.app).await.unwrap();
        assert!(live(&test, &paying).await.is_some());
        assert_eq!(live(&test, &silent).await, None);
        assert_eq!(available(&test, &silent).await, 1_000);
    }
}

#[tokio::test]
async fn an_invoice_of_another_amount_or_month_is_refused() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        let subscription = live(&test, &member).await.unwrap();
        let second = month_after(subscription.period_end, subscription.anchor_day);
        let honest = CyclePaid {
            provider: embedded::NAME,
            subscription: subscription.id,
            period_start: subscription.period_end,
            period_end: second,
            plan: plan_id(1),
            amount_minor: 2_500,
            currency: "usd",
            invoice: "in_1",
        };
        let wrong = [
            CyclePaid { amount_minor: 1, ..honest.clone() },
            CyclePaid { amount_minor: i64::MAX, ..honest.clone() },
            CyclePaid { currency: "JPY", ..honest.clone() },
            CyclePaid { provider: "another", ..honest.clone() },
            CyclePaid { plan: plan_id(3), ..honest.clone() },
            CyclePaid { period_end: honest.period_start, ..honest.clone() },
        ];
        for paid in wrong {
            let mut tx = test.app.db.write().await.unwrap();
            assert!(cycle_paid(&mut tx, &paid, NOW).await.is_err(), "{paid:?}");
        }
        let mut tx = test.app.db.write().await.unwrap();
        assert!(cycle_paid(&mut tx, &honest, NOW).await.unwrap());
        // The same month a few seconds apart is the same month; the same invoice pays for no other.
        let again = CyclePaid { period_start: honest.period_start.plus(Duration::from_secs(40)), ..honest.clone() };
        assert!(!cycle_paid(&mut tx, &again, NOW).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = test.app.db.write().await.unwrap();
        let third = month_after(second, subscription.anchor_day);
        let reused = CyclePaid { period_start: second, period_end: third, ..honest };
        assert!(matches!(cycle_paid(&mut tx, &reused, NOW).await, Err(BillingError::Invoice { .. })));
        drop(tx);
        assert_eq!(available(&test, &member).await, 2_000);
    }
}

#[tokio::test]
async fn what_the_provider_says_is_taken_in_the_order_it_happened() {
    for test in test_apps(&[]).await {
        let member = subscriber(&test, 1).await;
        let id = live(&test, &member).await.unwrap().id;
        let change = |cancels_at_period_end, second| ProviderChange {
            cancels_at_period_end,
            plan: None,
            told_at: Instant(second),
        };
        let mut tx = test.app.db.write().await.unwrap();
        assert!(changed(&mut tx, id, change(true, 2), NOW).await.unwrap());
        assert!(!changed(&mut tx, id, change(false, 1), NOW).await.unwrap(), "older news change nothing");
        assert!(changed(&mut tx, id, change(false, 3), NOW).await.unwrap());
        assert!(ended(&mut tx, id, NOW).await.unwrap());
        assert!(!ended(&mut tx, id, NOW).await.unwrap());
        assert!(!changed(&mut tx, id, change(true, 4), NOW).await.unwrap(), "an ended plan stays ended");
        tx.commit().await.unwrap();
        assert_eq!(live(&test, &member).await, None);
    }
}

#[tokio::test]
async fn a_month_that_does_not_fit_into_the_balance_changes_nothing() {
    for test in test_apps(&[]).await {
        let member = buyer(&test).await;
        let huge = Plan {
            id: PlanId::new(),
            name: "Huge".into(),
            credits: Credits::new(i64::MAX).unwrap(),
            amount_minor: i64::MAX,
            currency: "USD".into(),
        };
        let mut tx = test.app.db.write().await.unwrap();
        store::insert_plan(&mut tx, &huge, 9, NOW).await.unwrap();
        let order = subscribe(&mut tx, &member, embedded::NAME, huge.id, "k", NOW).await.unwrap();
        tx.commit().await.unwrap();
        pay(&test, &order).await;
        assert_eq!(available(&test, &member).await, i64::MAX);
        test.app.clock.advance(DAY * 31);
        assert!(renew_what_is_due(&test.app).await.is_err());
        assert_eq!(available(&test, &member).await, i64::MAX);
        assert_eq!(live(&test, &member).await.unwrap().period_start, NOW);
    }
}

#[tokio::test]
async fn receipts_are_numbered_without_a_gap_also_when_some_payments_are_taken_back() {
    for test in test_apps(&[]).await {
        let mut orders = Vec::new();
        for _ in 0..9 {
            let member = buyer(&test).await;
            orders.push(ordered(&test, &member, 1, "k").await.unwrap());
        }
        let paying = orders.iter().enumerate().map(|(index, order)| {
            let (db, event) = (test.app.db.clone(), event(order, PaymentOutcome::Paid));
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                settle(&mut tx, &event, NOW).await.unwrap();
                if index % 3 != 0 {
                    tx.commit().await.unwrap();
                }
            })
        });
        for paid in futures::future::join_all(paying).await {
            paid.unwrap();
        }
        let mut tx = test.app.db.read().await.unwrap();
        let numbers: Vec<i64> = on!(&mut tx, c => sqlx::query_scalar(
            "select receipt_number from orders where receipt_number is not null order by receipt_number")
            .fetch_all(c).await)
        .unwrap();
        assert_eq!(numbers, (1..=6).collect::<Vec<_>>());
    }
}

/// Months 1 to 4 after the first, each told paid or declined, in any order and any number of times.
fn any_tellings() -> impl Strategy<Value = Vec<(i64, bool)>> {
    prop::collection::vec((1..5_i64, prop::bool::weighted(0.7)), 0..14)
}

#[test]
fn each_month_is_granted_exactly_once_under_repeated_and_shuffled_events() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let tests = runtime.block_on(test_apps(&[]));
    let config = ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(tellings in any_tellings())| {
        runtime.block_on(async {
            for test in &tests {
                let member = subscriber(test, 1).await;
                let subscription = live(test, &member).await.unwrap();
                let mut months = vec![subscription.period_start];
                for _ in 0..6 {
                    months.push(month_after(*months.last().unwrap(), subscription.anchor_day));
                }
                let mut paid = std::collections::BTreeSet::from([0]);
                for (month, is_paid) in &tellings {
                    let index = usize::try_from(*month).unwrap();
                    let (period_start, period_end) = (months[index], months[index + 1]);
                    // Every month has names of its own in the whole instance.
                    let invoice = format!("{}:{month}", subscription.id);
                    let (provider, subscription, plan, invoice) = (embedded::NAME, subscription.id, plan_id(1), invoice.as_str());
                    let mut tx = test.app.db.write().await.unwrap();
                    let changed = if *is_paid {
                        let told = CyclePaid { provider, subscription, period_start, period_end, plan, amount_minor: 2_500, currency: "USD", invoice };
                        cycle_paid(&mut tx, &told, NOW).await.unwrap()
                    } else {
                        let told = CycleFailed { provider, subscription, period_start, period_end, plan, invoice };
                        payment_failed(&mut tx, &told, NOW).await.unwrap()
                    };
                    tx.commit().await.unwrap();
                    assert!(!*is_paid || changed == paid.insert(index));
                }
                assert_eq!(available(test, &member).await, 1_000 * i64::try_from(paid.len()).unwrap());
                let now = live(test, &member).await.unwrap();
                assert_eq!(now.period_start, months[*paid.last().unwrap()]);
            }
        });
    });
}
