//! The review, as a browser sees it.

use axum::http::StatusCode;

use crate::{
    app::testing::test_apps,
    campaigns::page_tests::{add_campaign, balance, owner_with},
};

#[tokio::test]
async fn a_review_that_starts_nothing_comes_back_with_both_reasons() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 150).await;
        let campaign = add_campaign(&test, &owner).await;
        owner.post(&format!("/campaigns/new/{campaign}/leads"), &[("quantity", "150")]).await;
        let review = format!("/campaigns/new/{campaign}/review");
        let answer = owner.post(&review, &[("key", "a"), ("most", "150")]).await;
        assert_eq!(answer.status, StatusCode::PAYMENT_REQUIRED);
        for part in ["Nothing was started", "No leads were requested:", "Sending did not start:", "What it costs"] {
            assert!(answer.body.contains(part), "{part}: {}", answer.body);
        }
        assert_eq!(balance(&test, &owner).await.held.get(), 0);
    }
}
