//! The pages of sending domains and of signing keys, as a browser sees them.

use axum::http::StatusCode;

use super::{
    tests::{add_mailbox, good_zones},
    watch::turn,
};
use crate::{accounts::Role, app::testing::test_apps, server::dns::testing::Zones};

#[tokio::test]
async fn the_page_says_what_is_wrong_and_what_to_publish() {
    let zones = Zones::default().mail_host("acme.example", 10, "mx.acme.example").text("acme.example", "v=spf1 +all");
    let address = zones.listen().await.to_string();
    for test in test_apps(&[("FAIRLEAD_DNS", &address)]).await {
        let owner = test.sign_in().await;
        let empty = owner.get("/settings/mailboxes/domains").await;
        assert!(empty.body.contains("No sending domains yet"), "{}", empty.body);
        add_mailbox(&test, &owner, "jo@acme.example", "smtp.gmail.com").await;
        let page = owner.get("/settings/mailboxes/domains").await.body;
        assert!(page.contains("acme.example") && page.contains("It is looked up in a moment."), "{page}");
        turn(&test.app).await.unwrap();
        let page = owner.get("/settings/mailboxes/domains").await.body;
        for text in [
            "1 mailbox sends from it.",
            "The record allows every server in the world to send for the domain.",
            "v=spf1 ~all",
            "No DMARC record holds for the domain.",
            "_dmarc.acme.example",
            "v=DMARC1; p=none",
            "DKIM is not known",
            "MX passes",
            "Check again",
        ] {
            assert!(page.contains(text), "{text}: {page}");
        }
        let again = owner.post("/settings/mailboxes/domains/checks", &[("domain", "acme.example")]).await;
        assert_eq!((again.status, again.location.as_str()), (StatusCode::SEE_OTHER, "/settings/mailboxes/domains"));
        let page = owner.get("/settings/mailboxes/domains").await.body;
        assert!(page.contains("looked up a moment ago"), "{page}");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let seen = viewer.get("/settings/mailboxes/domains").await.body;
        assert!(seen.contains("acme.example") && !seen.contains("Check again"), "{seen}");
        let refused = viewer.post("/settings/mailboxes/domains/checks", &[("domain", "acme.example")]).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let other = test.sign_in().await.get("/settings/mailboxes/domains").await.body;
        assert!(other.contains("No sending domains yet"), "{other}");
    }
}

#[tokio::test]
async fn without_a_name_server_the_page_says_so() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        add_mailbox(&test, &owner, "jo@acme.example", "mail.acme.example").await;
        let page = owner.get("/settings/mailboxes/domains").await.body;
        assert!(page.contains("Domains are not checked") && !page.contains("Check again"), "{page}");
    }
}

#[tokio::test]
async fn a_signing_key_is_made_pasted_and_removed() {
    let address = good_zones().listen().await.to_string();
    for test in test_apps(&[("FAIRLEAD_DNS", &address)]).await {
        let owner = test.sign_in().await;
        let id = add_mailbox(&test, &owner, "jo@acme.example", "mail.acme.example").await;
        let path = format!("/settings/mailboxes/{id}/signing");
        let page = owner.get(&path).await.body;
        assert!(page.contains("Make an RSA key") && page.contains("k20261122"), "{page}");

        let wrong = owner.post(&path, &[("kind", "pasted"), ("key", "secret-nonsense"), ("selector", "a b")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(
            wrong.body.contains("This is not a private key.") && wrong.body.contains("letters, digits"),
            "{}",
            wrong.body
        );
        assert!(wrong.body.contains("a b") && !wrong.body.contains("secret-nonsense"), "{}", wrong.body);

        let key = "MC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
        let pasted = owner.post(&path, &[("kind", "pasted"), ("key", key), ("selector", "Old1")]).await;
        assert_eq!((pasted.status, pasted.location.as_str()), (StatusCode::SEE_OTHER, path.as_str()));
        let page = owner.get(&path).await.body;
        assert!(page.contains("old1._domainkey.acme.example"), "{page}");
        assert!(page.contains("v=DKIM1; k=ed25519; p=A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="), "{page}");
        assert!(!page.contains("AABAgMEBQYHCAkK"), "{page}");

        owner.post(&path, &[("kind", "rsa"), ("selector", "k2")]).await;
        let page = owner.get(&path).await.body;
        assert!(page.contains("k2._domainkey.acme.example") && page.contains("v=DKIM1; k=rsa; p=MIIBIj"), "{page}");
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.get(&path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(test.sign_in().await.get(&path).await.status, StatusCode::NOT_FOUND);

        owner.post(&format!("{path}/removal"), &[]).await;
        assert!(!owner.get(&path).await.body.contains("_domainkey."));
    }
}
