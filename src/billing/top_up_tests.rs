//! Automatic top-up on both databases (C20).

use std::time::Duration;

use super::{
    plans::tests::{available, buyer, event},
    provider::embedded,
    top_up::{order_if_low, switch_off, switch_on, top_up, top_up_what_is_low},
    *,
};
use crate::{
    accounts::{Member, Role, notices},
    app::testing::{NOW, TestApp, test_apps},
    credits::{self, Credits},
    on,
};

/// A workspace that tops up 500 credits for $19 below 200, at most `times` a month.
async fn topping_up(test: &TestApp, times: i64) -> Member {
    let member = buyer(test).await;
    let mut tx = test.app.db.write().await.unwrap();
    let package = packages(&mut tx).await.unwrap()[0].id;
    switch_on(&mut tx, &member, package, Credits::new(200).unwrap(), times * 1_900, NOW).await.unwrap();
    tx.commit().await.unwrap();
    member
}

/// Spends everything, as far as top-up can see.
async fn spend_all(test: &TestApp, member: &Member) {
    let mut tx = test.app.db.write().await.unwrap();
    let left = credits::balance(&mut tx, member.workspace).await.unwrap().available;
    let purpose = credits::HoldFor {
        request: credits::RequestId::new(),
        campaign: credits::CampaignId::new(),
        member: member.user,
    };
    credits::hold(&mut tx, member.workspace, purpose, left, test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn eight_triggers_at_once_make_one_order() {
    for test in test_apps(&[]).await {
        let member = topping_up(&test, 30).await;
        let triggers = (0..8).map(|_| {
            let (db, workspace) = (test.app.db.clone(), member.workspace);
            tokio::spawn(async move {
                let mut tx = db.write().await.unwrap();
                let made = order_if_low(&mut tx, workspace, embedded::NAME, NOW).await.unwrap();
                tx.commit().await.unwrap();
                made.is_some()
            })
        });
        let made = futures::future::join_all(triggers).await;
        assert_eq!(made.into_iter().filter(|made| *made.as_ref().unwrap()).count(), 1);
        let rounds = (0..4).map(|_| {
            let app = test.app.clone();
            tokio::spawn(async move { top_up_what_is_low(&app).await.unwrap() })
        });
        futures::future::join_all(rounds).await;
        assert_eq!(available(&test, &member).await, 500);
        assert_eq!(
            orders_before(&mut test.app.db.read().await.unwrap(), member.workspace, None, 10).await.unwrap().len(),
            1
        );
    }
}

#[tokio::test]
async fn it_is_off_by_default_and_pays_no_more_often_than_the_month_allows() {
    for test in test_apps(&[]).await {
        let silent = buyer(&test).await;
        let member = topping_up(&test, 2).await;
        for _ in 0..4 {
            top_up_what_is_low(&test.app).await.unwrap();
            let left = available(&test, &member).await;
            if left > 0 {
                spend_all(&test, &member).await;
            }
        }
        assert_eq!(available(&test, &silent).await, 0);
        assert_eq!(
            orders_before(&mut test.app.db.read().await.unwrap(), member.workspace, None, 10).await.unwrap().len(),
            2
        );
        // December is another month.
        test.app.clock.advance(Duration::from_secs(9 * 86_400));
        top_up_what_is_low(&test.app).await.unwrap();
        assert_eq!(available(&test, &member).await, 500);
    }
}

#[tokio::test]
async fn a_declined_payment_switches_it_off_with_a_message() {
    for test in test_apps(&[]).await {
        let member = topping_up(&test, 30).await;
        let mut tx = test.app.db.write().await.unwrap();
        let order = order_if_low(&mut tx, member.workspace, embedded::NAME, NOW).await.unwrap().unwrap();
        settle(&mut tx, &event(&order, PaymentOutcome::Declined), NOW).await.unwrap();
        tx.commit().await.unwrap();
        for _ in 0..3 {
            top_up_what_is_low(&test.app).await.unwrap();
        }
        let mut tx = test.app.db.write().await.unwrap();
        let rule = top_up(&mut tx, member.workspace).await.unwrap().unwrap();
        assert!(!rule.active && rule.reason.is_some());
        let posted = notices::select_open_notices(member.workspace, member.user, 10, NOW).read(&mut tx).await.unwrap();
        assert_eq!(posted.len(), 1, "{posted:?}");
        assert!(!switch_off(&mut tx, &member, NOW).await.unwrap(), "it is off already");
        drop(tx);
        assert_eq!(available(&test, &member).await, 0);
    }
}

#[tokio::test]
async fn a_package_that_is_no_longer_sold_stops_it_instead_of_being_bought() {
    for test in test_apps(&[]).await {
        let member = topping_up(&test, 30).await;
        let mut tx = test.app.db.write().await.unwrap();
        let package = packages(&mut tx).await.unwrap()[0].id;
        store::retire_package(&mut tx, package, NOW).await.unwrap();
        tx.commit().await.unwrap();
        top_up_what_is_low(&test.app).await.unwrap();
        let rule = top_up(&mut test.app.db.read().await.unwrap(), member.workspace).await.unwrap().unwrap();
        assert!(!rule.active, "{rule:?}");
        assert_eq!(available(&test, &member).await, 0);
    }
}

#[tokio::test]
async fn the_form_wants_consent_and_keeps_what_was_typed() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let page = "/settings/cold-email-agent/top-up";
        let package = ("package", "01930000-0000-7000-8000-000000000002");
        for (limit, why) in [("40", "at least $49"), ("1471", "at most $1,470"), ("ten", "above zero")] {
            let wrong = browser.post(page, &[package, ("threshold", "250"), ("limit", limit)]).await;
            assert!(wrong.status.as_u16() == 422 && wrong.body.contains(why), "{}", wrong.body);
        }
        let wrong = browser.post(page, &[package, ("threshold", "250"), ("limit", "98")]).await;
        assert_eq!(wrong.status.as_u16(), 422);
        assert!(wrong.body.contains("value=\"250\"") && wrong.body.contains("Tick this to allow the payments."));
        let unseen = [package, ("threshold", "5000"), ("limit", "147"), ("consent", "yes")];
        let asked = browser.post(page, &unseen).await;
        assert!(asked.status.as_u16() == 422 && asked.body.contains("This buys 3 × $49 now."), "{}", asked.body);
        let right = [package, ("threshold", "250"), ("limit", "98"), ("consent", "yes"), ("seen", "1")];
        assert_eq!(browser.post(page, &right).await.status.as_u16(), 303);
        let text = browser.get(page).await.body;
        assert!(text.contains("Uma Rossi agreed to this on ") && text.contains("at most $98 in a calendar month"));
        let viewer = test.sign_in_as(browser.workspace, Role::Member).await;
        assert_eq!(viewer.post(page, &right).await.status.as_u16(), 403);
        assert_eq!(viewer.get(page).await.status.as_u16(), 200);
        assert_eq!(browser.post("/settings/cold-email-agent/top-up/off", &[]).await.status.as_u16(), 303);
        let active: i64 = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select count(*) from top_ups where active").fetch_one(c).await)
        .unwrap();
        assert_eq!(active, 0);
    }
}
