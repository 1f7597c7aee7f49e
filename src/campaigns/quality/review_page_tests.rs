//! The pages of a first batch, of the review, and of receipts, as a browser sees them.

use axum::http::StatusCode;

use crate::{
    accounts::Role,
    app::testing::{Browser, TestApp, test_apps},
    campaigns::overview::page_tests::{add_campaign, ask, balance, owner_with, work},
    credits::RequestId,
    on,
};

/// A request of 40 leads, the first 4 of them to be looked at; its address.
async fn first_four(test: &TestApp, owner: &Browser) -> String {
    let campaign = add_campaign(test, owner).await;
    owner.post(&format!("/campaigns/new/{campaign}/leads"), &[("quantity", "40")]).await;
    let review = format!("/campaigns/new/{campaign}/review");
    // Offered from twice the usual batch on, and taken for any number.
    assert!(!owner.get(&review).await.body.contains("First 25, then decide"));
    let wrong = owner
        .post(
            "/requests",
            &[
                ("campaign", &campaign.to_string()),
                ("key", "a"),
                ("look", "first"),
                ("first", "400"),
                ("bad_percent", "7"),
            ],
        )
        .await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.body.contains("first-error")
            && wrong.body.contains("value=\"400\"")
            && wrong.body.contains("value=\"7\"")
    );
    assert_eq!(balance(test, owner).await.held.get(), 0);
    let right = owner
        .post(
            "/requests",
            &[
                ("campaign", &campaign.to_string()),
                ("key", "a"),
                ("look", "first"),
                ("first", "4"),
                ("bad_percent", ""),
            ],
        )
        .await;
    assert!(right.location.starts_with("/requests/"), "{right:?}");
    work(test).await;
    right.location
}

#[tokio::test]
async fn a_first_batch_waits_for_a_click_and_only_of_those_who_may() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 60).await;
        let request = first_four(&test, &owner).await;
        let page = owner.get(&request).await.body;
        assert!(
            page.contains("Review the first 4") && page.contains("Waiting for you") && page.contains("Waiting since")
        );
        assert!(owner.get("/campaigns").await.body.contains("Review the first 4"), "a message on every page");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert!(!viewer.get(&request).await.body.contains("/go-on"));
        for deed in ["go-on", "pause"] {
            let stranger = test.sign_in().await;
            assert_eq!(stranger.post(&format!("{request}/{deed}"), &[]).await.status, StatusCode::NOT_FOUND);
            assert_eq!(viewer.post(&format!("{request}/{deed}"), &[]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(balance(&test, &owner).await.held.get(), 36);
        assert_eq!(owner.post(&format!("{request}/go-on"), &[]).await.location, request);
        assert_eq!(owner.post(&format!("{request}/pause"), &[]).await.location, request);
        work(&test).await;
        let page = owner.get(&request).await.body;
        assert!(page.contains("4 of 40 leads delivered") && page.contains("Paused") && page.contains("Resume"));
        owner.post(&format!("{request}/go-on"), &[]).await;
        work(&test).await;
        let page = owner.get(&request).await.body;
        assert!(page.contains("40 of 40 leads delivered") && page.contains("Took"));
        assert!(!owner.get("/campaigns").await.body.contains("Review the first 4"));
    }
}

/// The lead that a page of the review shows.
fn shown(body: &str) -> String {
    let (_, rest) = body.split_once("data-keys").unwrap();
    let (_, rest) = rest.split_once("/leads/").unwrap();
    rest.chars().take(36).collect()
}

#[tokio::test]
async fn a_review_by_plain_forms_lists_what_to_change_and_proposes_more_like_the_good_ones() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 60).await;
        let request = first_four(&test, &owner).await;
        let id = request.rsplit('/').next().unwrap().to_owned();
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "update leads set title = 'Agency Owner', country = 'Kenya' where workspace_id = $1 and contact_id in (2, 4)")
            .bind(owner.workspace).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let review = format!("{request}/review");
        let mut page = owner.get(&review).await.body;
        assert!(
            page.contains("Lead 1 of 4") && page.contains("Mark some leads") && page.contains("Review the first 4")
        );
        let first = shown(&page);
        let unsaid = owner.post(&format!("/leads/{first}/mark"), &[("request", &id), ("verdict", "bad")]).await;
        assert_eq!(unsaid.location, format!("{review}?lead={first}"));
        for _ in 0..4 {
            let lead = shown(&page);
            let form: &[(&str, &str)] = if page.contains("<dd>Agency Owner") {
                &[("request", &id), ("verdict", "bad"), ("reason", "wrong_company")]
            } else {
                &[("request", &id), ("verdict", "good")]
            };
            let answer = owner.post(&format!("/leads/{lead}/mark"), form).await;
            page = owner.get(&answer.location).await.body;
        }
        assert!(page.contains("2 good, 2 bad, 0 to go") && page.contains("Lead 4 of 4"));
        let (_, change) = page.split_once("What to change").unwrap();
        assert!(change.find("Agency Owner").unwrap() < change.find("Marketing Director").unwrap(), "the worst first");
        let (worst, others) = change.split_once("without a bad lead").unwrap();
        assert!(!worst.contains("Marketing Director") && others.contains("Marketing Director"), "nothing to change");
        let last = shown(&page);
        owner.post(&format!("/leads/{last}/unmark"), &[("request", &id)]).await;
        assert!(owner.get(&review).await.body.contains("1 to go"));
        let form = [("request", id.as_str()), ("verdict", "bad"), ("reason", "wrong_company")];
        owner.post(&format!("/leads/{last}/mark"), &form).await;

        let proposal = owner.get(&format!("{request}/more-like")).await.body;
        assert!(proposal.contains("Not these job titles") && proposal.contains("Take this over"), "{proposal}");
        let (_, rest) = proposal.split_once("action=\"/campaigns/").unwrap();
        let campaign: String = rest.chars().take(36).collect();
        let fields = rest.split("</form>").next().unwrap();
        let form: Vec<(&str, &str)> = fields
            .split("name=\"")
            .skip(1)
            .filter_map(|part| Some((part.split('"').next()?, part.split_once("value=\"")?.1.split('"').next()?)))
            .collect();
        let taken = owner.post(&format!("/campaigns/{campaign}/more-like"), &form).await;
        assert_eq!(taken.location, format!("/campaigns/new/{campaign}/audience"));
        assert!(owner.get(&taken.location).await.body.contains("Agency Owner"));
        let repeat = owner.get(&format!("/campaigns/new/{campaign}/audience?from={id}")).await;
        assert!(!repeat.body.contains("Agency Owner"), "the request keeps its own criteria, to be repeated");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert!(!viewer.get(&review).await.body.contains("/mark"));
        assert_eq!(viewer.post(&format!("/leads/{last}/mark"), &form).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn every_outcome_is_on_the_page_the_receipt_and_in_its_file() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 60).await;
        let id: RequestId = ask(&test, &owner, "5").await;
        let mut tx = test.app.db.write().await.unwrap();
        let reasons = ["invalid", "disposable", "role", "no_mx", "company_limit", "source_failed"];
        for reason in reasons {
            on!(&mut tx, c => sqlx::query(
                "insert into lead_request_skips (workspace_id, request_id, reason, people) values ($1, $2, $3, 7)")
                .bind(owner.workspace).bind(id).bind(reason).execute(c).await.map(drop))
            .unwrap();
        }
        on!(&mut tx, c => sqlx::query("update lead_requests set asking = 'Vineyards', matched = 100 where workspace_id = $1 and id = $2")
            .bind(owner.workspace).bind(id).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        let page = owner.get(&format!("/requests/{id}")).await.body;
        assert!(page.contains("Asking") && page.contains("Vineyards"));
        work(&test).await;
        let page = owner.get(&format!("/requests/{id}")).await.body;
        let receipt = owner.get(&format!("/requests/{id}/receipt")).await.body;
        let file = owner.get(&format!("/requests/{id}/receipt.csv")).await.body;
        assert!(file.starts_with("\u{feff}Part,Name,Value\r\n"), "{file}");
        for label in [
            "Address is not valid",
            "Throw-away address",
            "Address of an office",
            "Domain takes no mail",
            "Over your limit per company",
            "Source did not answer",
        ] {
            assert!(page.contains(label) && receipt.contains(label), "{label}");
            assert!(file.contains(&format!("Skipped: {label}")), "{label}");
        }
        for fact in ["Delivered,5\r\n", "Not reached,55\r\n", "Credits,Captured,5\r\n", "Sources,Test,5\r\n"] {
            assert!(file.contains(fact), "{fact}: {file}");
        }
        let other = ask(&test, &owner, "7").await;
        work(&test).await;
        let compared = owner.get(&format!("/requests/{id}/compare?with={other}")).await.body;
        assert!(compared.contains("You own them already") && compared.contains("(differs)"));
        let stranger = test.sign_in().await;
        for page in ["receipt", "receipt.csv", "compare", "review", "more-like"] {
            assert_eq!(stranger.get(&format!("/requests/{id}/{page}")).await.status, StatusCode::NOT_FOUND);
        }
        assert_eq!(
            owner.get(&format!("/requests/{id}/compare?with={}", RequestId::new())).await.status,
            StatusCode::NOT_FOUND
        );
    }
}
