//! Plans, orders, receipts and the operator's offers, as a browser sees them.

use std::time::Duration;

use axum::http::StatusCode;

use super::{
    plans::{renew_what_is_due, tell_of_renewals},
    *,
};
use crate::{
    accounts::{Role, WorkspaceId},
    app::testing::{Browser, TestApp, test_apps},
    credits, on,
};

pub(super) const SETTINGS: &str = "/settings/cold-email-agent";
pub(super) const PLAN: &str = "/settings/cold-email-agent/plan";

pub(super) fn plan(number: u8) -> String {
    format!("01930000-0000-7000-8000-0000000001{number:02}")
}

/// Chooses a plan and pays on the test page; returns the address of the order.
pub(super) async fn chosen(browser: &Browser, number: u8, key: &str) -> String {
    let answer = browser.post(PLAN, &[("plan", &plan(number)), ("key", key)]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    let paid = browser.post(&answer.location, &[("choice", "pay")]).await;
    assert_eq!(paid.status, StatusCode::SEE_OTHER);
    answer.location.replace("/checkout/", "/orders/")
}

async fn proven(test: &TestApp, workspace: WorkspaceId) -> i64 {
    let proof = credits::verify::verify(&mut test.app.db.snapshot().await.unwrap(), workspace).await.unwrap();
    assert_eq!(proof.differences, []);
    assert_eq!(verify::verify(&mut test.app.db.snapshot().await.unwrap(), workspace).await.unwrap(), []);
    proof.balance.available.get()
}

#[tokio::test]
async fn a_plan_is_chosen_upgraded_lowered_cancelled_and_kept_on_the_page() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let page = browser.get(SETTINGS).await.body;
        assert!(page.contains("Choose Growth") && page.contains("What is left stays for one month more"));
        chosen(&browser, 1, "one").await;
        let page = browser.get(SETTINGS).await.body;
        assert!(
            page.contains("Starter: 1,000 credits for $25 a month") && page.contains("Renews: 1,000 credits for $25.")
        );
        assert!(page.contains("You pay the whole difference of $54 now and get 4,000 credits now."));
        chosen(&browser, 2, "two").await;
        assert_eq!(proven(&test, browser.workspace).await, 5_000);
        let lowered = browser.post(PLAN, &[("plan", &plan(1)), ("key", "three")]).await;
        assert_eq!(
            (lowered.status, lowered.location.as_str()),
            (StatusCode::SEE_OTHER, "/settings/cold-email-agent#plan")
        );
        let page = browser.get(SETTINGS).await.body;
        assert!(page.contains("From 22 Dec 2026 your plan is Starter. Nothing was charged."));
        assert!(
            page.contains("Changes to Starter: 1,000 credits for $25 a month.") && page.contains("Stay with Growth")
        );
        browser.post(&format!("{PLAN}/cancel"), &[]).await;
        let page = browser.get(SETTINGS).await.body;
        assert!(page.contains("Your plan ends on 22 Dec 2026.") && page.contains("Keep the plan"));
        browser.post(&format!("{PLAN}/resume"), &[]).await;
        assert!(browser.get(SETTINGS).await.body.contains("Renews: 5,000 credits for $79."));
    }
}

#[tokio::test]
async fn a_declined_renewal_is_shown_and_can_be_paid() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        chosen(&browser, 1, "one").await;
        browser.post(&format!("{PLAN}/test"), &[("renewal", "fails")]).await;
        test.app.clock.advance(Duration::from_secs(31 * 86_400));
        renew_what_is_due(&test.app).await.unwrap();
        // The session has ended meanwhile.
        let browser = test.sign_in_as(browser.workspace, Role::Owner).await;
        let page = browser.get(SETTINGS).await.body;
        assert!(page.contains("The renewal was declined") && page.contains("Pay $25 now"));
        browser.post(&format!("{PLAN}/pay"), &[]).await;
        let page = browser.get(SETTINGS).await.body;
        assert!(page.contains("Paid: 1,000 credits added. Your plan continues.") && !page.contains("Pay $25 now"));
        assert_eq!(proven(&test, browser.workspace).await, 2_000);
    }
}

#[tokio::test]
async fn each_payment_is_mailed_as_a_receipt_and_a_renewal_is_announced_once() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        chosen(&browser, 1, "one").await;
        chosen(&browser, 2, "up").await;
        let subjects = async || -> Vec<String> {
            on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
                "select subject from outbox_messages order by created_at, id").fetch_all(c).await)
            .unwrap()
        };
        let receipts = [
            "Receipt R-000001: Starter plan: 1,000 credits for $25",
            "Receipt R-000002: Upgrade from Starter to Growth: 4,000 credits for $54",
        ];
        assert_eq!(subjects().await, receipts);
        let day = Duration::from_secs(86_400);
        test.app.clock.advance(day * 26);
        tell_of_renewals(&test.app).await.unwrap();
        assert_eq!(subjects().await.len(), 2, "four days before");
        test.app.clock.advance(day);
        for _ in 0..2 {
            tell_of_renewals(&test.app).await.unwrap();
        }
        assert_eq!(subjects().await[2..], ["Your Growth plan renews on 22 Dec 2026: $79"]);
        test.app.clock.advance(day * 4);
        renew_what_is_due(&test.app).await.unwrap();
        tell_of_renewals(&test.app).await.unwrap();
        assert_eq!(subjects().await[3..], ["Receipt R-000003: Growth plan: 5,000 credits for $79"]);
    }
}

#[tokio::test]
async fn changing_the_plan_needs_the_right_to_buy_and_believes_no_price() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        for path in ["", "/cancel", "/resume", "/pay", "/test"] {
            let answer = member.post(&format!("{PLAN}{path}"), &[("plan", &plan(1)), ("key", "k")]).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
        }
        for (wrong, status) in [
            ("", StatusCode::CONFLICT),
            ("1", StatusCode::BAD_REQUEST),
            ("01930000-0000-7000-8000-0000000001ff", StatusCode::CONFLICT),
        ] {
            assert_eq!(owner.post(PLAN, &[("plan", wrong), ("key", "k")]).await.status, status);
        }
        assert_eq!(owner.post(PLAN, &[("plan", &plan(1))]).await.status, StatusCode::CONFLICT);
        assert_eq!(owner.post(&format!("{PLAN}/cancel"), &[]).await.status, StatusCode::CONFLICT);
        let fields = [("plan", &*plan(1)), ("key", "k"), ("amount_minor", "1"), ("credits", "9000000")];
        let checkout = owner.post(PLAN, &fields).await.location;
        owner.post(&checkout, &[("choice", "pay")]).await;
        assert_eq!(proven(&test, owner.workspace).await, 1_000);
    }
}

#[tokio::test]
async fn a_paid_order_has_a_receipt_as_page_and_file_for_its_workspace_alone() {
    let seller =
        [("FAIRLEAD_RECEIPT_SELLER", "Acme Leads Ltd|1 High Street"), ("FAIRLEAD_RECEIPT_TAX", "VAT included")];
    for test in test_apps(&seller).await {
        let (browser, stranger) = (test.sign_in().await, test.sign_in().await);
        let details = [("name", "Müller & <Söhne>"), ("address", "Hauptstraße 1\r\nBerlin"), ("tax_id", "DE123")];
        let saved = browser.post("/settings/cold-email-agent/billing-details", &details).await;
        assert_eq!(saved.status, StatusCode::SEE_OTHER);
        let order = chosen(&browser, 1, "one").await;
        let moved = [("name", "Other GmbH"), ("address", "Elsewhere 2"), ("tax_id", "")];
        browser.post("/settings/cold-email-agent/billing-details", &moved).await;
        let page = browser.get(&format!("{order}/receipt")).await;
        assert!(!page.body.contains("Other GmbH"), "an earlier receipt stays as it is");
        for said in [
            "R-000001",
            "Acme Leads Ltd",
            "1 High Street",
            "VAT included",
            "Müller &amp; &lt;Söhne&gt;",
            "Berlin",
            "Tax ID DE123",
            "Starter plan",
            "$25",
        ] {
            assert!(page.body.contains(said), "{said}");
        }
        assert!(browser.get(&order).await.body.contains("/receipt"));
        assert!(browser.get("/settings/cold-email-agent/orders").await.body.contains("Starter plan"));
        for end in ["", "/receipt", "/receipt.pdf"] {
            assert_eq!(stranger.get(&format!("{order}{end}")).await.status, StatusCode::NOT_FOUND, "{end}");
        }
        let unpaid =
            browser.post(PLAN, &[("plan", &plan(2)), ("key", "two")]).await.location.replace("/checkout/", "/orders/");
        assert_eq!(browser.get(&format!("{unpaid}/receipt")).await.status, StatusCode::NOT_FOUND);
        let long = "x\n".repeat(20);
        let wrong = browser.post("/settings/cold-email-agent/billing-details", &[("address", &long)]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
}

#[tokio::test]
async fn the_operator_changes_offers_and_what_was_sold_keeps_its_price() {
    for test in test_apps(&[("FAIRLEAD_CURRENCY", "JPY")]).await {
        let browser = test.sign_in().await;
        chosen(&browser, 1, "one").await;
        assert_eq!(browser.get("/admin/packages").await.status, StatusCode::NOT_FOUND);
        let operator = test.sign_in_as(browser.workspace, Role::Owner).await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update users set operator = $2 where id = $1")
            .bind(operator.user).bind(true).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let wrong = [("kind", "plan"), ("name", "Tiny"), ("credits", "100"), ("price", "4.50")];
        let refused = operator.post("/admin/packages", &wrong).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "yen have no decimals");
        let right = [("kind", "plan"), ("name", "Tiny"), ("credits", "100"), ("price", "450")];
        assert_eq!(operator.post("/admin/packages", &right).await.status, StatusCode::SEE_OTHER);
        let dearer = format!("/admin/packages/plan/{}", plan(1));
        for _ in 0..2 {
            operator.post(&dearer, &[("name", "Starter"), ("credits", "900"), ("price", "35")]).await;
        }
        let page = operator.get("/admin/packages").await.body;
        assert!(page.contains("450 JPY a month") && page.contains("$35 a month"));
        assert_eq!(page.matches("$35 a month").count(), 1, "a second click adds no second one");
        for _ in 0..2 {
            let off = operator.post(&format!("/admin/packages/plan/{}/retire", plan(2)), &[]).await;
            assert_eq!(off.status, StatusCode::SEE_OTHER);
        }
        let log = operator.get("/settings/team/log").await.body;
        for line in ["Put a plan on sale", "Changed a plan", "Took a plan off sale", "100 credits for 450 JPY"] {
            assert_eq!(log.matches(line).count(), 1, "{line} in {log}");
        }
        test.app.clock.advance(Duration::from_secs(31 * 86_400));
        renew_what_is_due(&test.app).await.unwrap();
        assert_eq!(proven(&test, browser.workspace).await, 2_000, "who has the old plan keeps it");
        let gone = test.sign_in().await.post(PLAN, &[("plan", &plan(2)), ("key", "k")]).await;
        assert_eq!(gone.status, StatusCode::CONFLICT);
    }
}
