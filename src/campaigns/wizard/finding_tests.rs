//! What the findings of a first-time user ask of the leads step, the review and pages without JavaScript, by their numbers.

use axum::http::StatusCode;

use crate::{
    app::testing::{Browser, TestApp, test_apps},
    campaigns::overview::page_tests::{add_campaign, ask, owner_with, work},
    credits::CampaignId,
};

/// In a `noscript`: the page is loaded again every five seconds.
const RELOAD: &str = r#"<noscript><meta http-equiv="refresh" content="5"></noscript>"#;

/// A draft for `leads` of everybody in the directory, with the address of its step.
async fn draft(test: &TestApp, owner: &Browser, leads: &str) -> CampaignId {
    let id = add_campaign(test, owner).await;
    let saved = owner.post(&format!("/campaigns/new/{id}/leads"), &[("quantity", leads)]).await;
    assert_eq!(saved.location, format!("/campaigns/new/{id}/review"));
    id
}

async fn review(owner: &Browser, id: CampaignId) -> String {
    let page = owner.get(&format!("/campaigns/new/{id}/review")).await;
    assert_eq!(page.status, StatusCode::OK);
    page.body
}

/// The opening tag of the element of this id.
fn tag<'page>(page: &'page str, id: &str) -> &'page str {
    let (before, after) = page.split_once(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("{id} is there"));
    let (start, end) = (before.rfind('<').unwrap(), before.len() + after.find('>').unwrap() + id.len() + 6);
    &page[start..end]
}

/// Finding 9: a number is filled in, and the usual ones are a click away.
#[tokio::test]
async fn the_leads_step_begins_with_a_small_batch_and_offers_the_usual_numbers() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 136).await;
        let id = add_campaign(&test, &owner).await;
        let leads = format!("/campaigns/new/{id}/leads");
        let page = owner.get(&leads).await.body;
        assert!(tag(&page, "quantity").contains(r#"value="25""#), "{}", tag(&page, "quantity"));
        // 100 credits: whoever is left cannot be paid for, so “all” is what can.
        for number in ["25", "100"] {
            assert!(page.contains(&format!(r#"href="{leads}?quantity={number}""#)), "{number}");
        }
        assert!(page.contains(">all 100<") && page.contains("You can request up to 100 leads now"));
        assert!(!page.contains("quantity=500"), "more than there are people");
        let chosen = owner.get(&format!("{leads}?quantity=100")).await.body;
        assert!(tag(&chosen, "quantity").contains(r#"value="100""#), "without JavaScript too");
        owner.post(&leads, &[("quantity", "40")]).await;
        assert!(tag(&owner.get(&leads).await.body, "quantity").contains(r#"value="40""#), "what was saved");

        let few = add_campaign(&test, &owner).await;
        ask(&test, &owner, "60").await;
        work(&test).await;
        let page = owner.get(&format!("/campaigns/new/{few}/leads")).await.body;
        assert!(
            page.contains(">all 40<") && page.contains("You can request up to 40 leads now (40 credits available)")
        );
    }
}

/// Finding 12: one line with its button, then criteria and price side by side; nothing of what cannot be paid.
#[tokio::test]
async fn the_review_says_it_in_one_line_and_draws_nothing_for_what_cannot_be_paid() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 136).await;
        let few = review(&owner, draft(&test, &owner, "25").await).await;
        let place = |text: &str| few.find(text).unwrap_or_else(|| panic!("{text} is there"));
        let line = place("25 leads, at most 25 credits, 75 left");
        assert!(line < place("Request 25 leads") && place("Request 25 leads") < place("Your criteria"));
        assert!(place("Your criteria") < place("What it costs"));
        assert!(few.contains("Available afterwards, at least") && few.contains("Batches of credits it draws from"));
        assert!(!few.contains("then decide"), "a first batch of 24 of 25 is none");
        assert!(review(&owner, draft(&test, &owner, "50").await).await.contains("First 25, then decide"));

        let many = review(&owner, draft(&test, &owner, "120").await).await;
        assert!(many.contains("120 leads, at most 120 credits; 100 available"));
        assert!(many.contains("Request what I can afford (100)") && many.contains("Buy credits"));
        assert!(!many.contains("Available afterwards") && !many.contains("Batches of credits"), "{many}");
    }
}

/// Finding 25: without JavaScript the boxes are text areas, which say how they are filled in.
#[tokio::test]
async fn without_javascript_each_field_of_several_values_says_how_they_are_parted() {
    let test = &test_apps(&[]).await[0];
    let page = test.sign_in().await.get("/campaigns/new").await.body;
    let fields: Vec<&str> = page.split("<textarea").skip(1).filter_map(|area| area.split('"').nth(3)).collect();
    assert!(
        fields.contains(&"titles") && fields.contains(&"industries") && fields.contains(&"countries"),
        "{fields:?}"
    );
    for (field, around) in fields.iter().zip(page.split("<textarea")) {
        let (_, before) = around.rsplit_once("class=\"field").unwrap();
        assert!(before.to_lowercase().contains("one per line"), "{field}: {before}");
    }
    assert!(page.contains(
        "<noscript><button class=\"button button-secondary\" type=\"submit\" formaction=\"/campaigns/new/count\""
    ));
}

/// Finding 25: without JavaScript a page is loaded again as long as something runs on it.
#[tokio::test]
async fn a_page_is_loaded_again_without_javascript_while_its_request_runs() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 30).await;
        let page = format!("/requests/{}", ask(&test, &owner, "10").await);
        assert!(owner.get(&page).await.body.contains(RELOAD));
        work(&test).await;
        let done = owner.get(&page).await.body;
        assert!(done.contains("10 of 10 leads delivered") && !done.contains("http-equiv"));
    }
}
