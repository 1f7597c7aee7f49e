//! Rows of orders and plans that must exist and were deleted behind the program's back: never "not found".

use super::{
    plan_page_tests::{PLAN, SETTINGS, chosen, plan},
    plans::{SubscriptionId, corrected, renew_what_is_due},
    *,
};
use crate::{
    app::testing::{Logs, test_apps},
    server::{
        db::{change_behind_its_back, swallow_inserts},
        inconsistency::Inconsistency,
    },
};

#[tokio::test]
async fn a_subscription_without_its_plan_is_our_fault_on_every_page_and_in_renewals() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        chosen(&browser, 1, "one").await;
        change_behind_its_back(&test.app.db, "delete from plans").await;
        let logs = Logs::collect();
        let mut answers = vec![browser.get(SETTINGS).await];
        answers.push(browser.post(PLAN, &[("plan", &plan(2)), ("key", "two")]).await);
        for deed in ["cancel", "resume"] {
            answers.push(browser.post(&format!("{PLAN}/{deed}"), &[]).await);
        }
        let lines = logs.take();
        assert_eq!(lines.len(), answers.len(), "{lines:?}");
        for (answer, line) in answers.iter().zip(lines) {
            assert_eq!(answer.status, axum::http::StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.body);
            assert!(line.contains("table=\"plans\" column=\"id\""), "{line}");
        }
        test.app.clock.advance(std::time::Duration::from_secs(31 * 86_400));
        assert!(renew_what_is_due(&test.app).await.is_err());
    }
}

#[tokio::test]
async fn an_event_about_a_subscription_that_is_gone_is_an_inconsistency() {
    for test in test_apps(&[]).await {
        let id = SubscriptionId::new();
        let mut tx = test.app.db.write().await.unwrap();
        let told = corrected(&mut tx, id, true, None, test.app.clock.now()).await;
        let Err(BillingError::Inconsistent(found)) = told else { panic!("{told:?}") };
        assert_eq!(found, Inconsistency::new("subscriptions", "id", id));
    }
}

#[tokio::test]
async fn an_order_that_was_not_kept_is_our_fault() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        swallow_inserts(&test.app.db, "orders").await;
        let logs = Logs::collect();
        let answer = browser.post(PLAN, &[("plan", &plan(1)), ("key", "one")]).await;
        let line = logs.assert_told_once(&answer);
        assert!(line.contains("table=\"orders\" column=\"idempotency_key\""), "{line}");
    }
}

#[tokio::test]
async fn a_payment_without_the_counter_of_receipts_is_our_fault_and_brings_nothing() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let checkout = browser.post(PLAN, &[("plan", &plan(1)), ("key", "one")]).await.location;
        change_behind_its_back(&test.app.db, "delete from receipt_numbers").await;
        let logs = Logs::collect();
        let line = logs.assert_told_once(&browser.post(&checkout, &[("choice", "pay")]).await);
        assert!(line.contains("table=\"receipt_numbers\""), "{line}");
        let mut tx = test.app.db.read().await.unwrap();
        assert_eq!(
            crate::credits::balance(&mut tx, browser.workspace).await.unwrap(),
            crate::credits::Balance::default()
        );
    }
}
