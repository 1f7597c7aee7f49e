//! Mailboxes are proven before anything is given for them.

use std::time::Duration;

use axum::http::StatusCode;

use super::tests::{Answer, PASSWORD, UMA, instances};

/// The balance in the frame of the page.
fn has_credits(page: &Answer) -> bool {
    page.body.contains(">100<")
}

#[tokio::test]
async fn opening_the_mailed_link_changes_nothing_and_its_button_makes_the_account_once() {
    for instance in instances(&[]).await {
        let mut uma = instance.browser();
        assert_eq!(uma.sign_up(UMA).await.location, "/signup/sent");
        let page = uma.get("/signup/sent").await.body;
        assert!(page.contains("Confirm your email address to get 100 free credits."), "{page}");
        assert!(page.contains("Send again") && page.contains("/outbox"), "{page}");
        let link = instance.latest_link().await;
        let mut scanner = instance.browser_at("192.0.2.77:1");
        for _ in 0..3 {
            assert!(scanner.get(&link).await.body.contains("Press the button"));
        }
        assert_eq!((instance.count("users").await, instance.count("credit_lots").await), (0, 0));
        assert_eq!(uma.sign_in(UMA, PASSWORD).await.status, StatusCode::UNPROCESSABLE_ENTITY, "there is no account");
        assert_eq!(uma.post(&link, &[]).await.location, "/campaigns");
        assert!(has_credits(&uma.get("/settings/profile").await));
        assert_eq!(uma.post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(uma.get(&link).await.status, StatusCode::GONE);
        assert_eq!((instance.count("users").await, instance.count("credit_lots").await), (1, 1));
    }
}

#[tokio::test]
async fn another_browser_proves_the_mailbox_but_is_not_signed_in() {
    for instance in instances(&[]).await {
        let mut stranger = instance.browser();
        stranger.sign_up(UMA).await;
        let (link, mut owner) = (instance.latest_link().await, instance.browser_at("192.0.2.77:1"));
        assert_eq!(owner.post(&link, &[]).await.location, "/login");
        assert!(owner.get("/login").await.body.contains("Sign in with the password you chose."));
        assert!(!owner.is_signed_in().await && !stranger.is_signed_in().await);
        assert_eq!(owner.sign_in(UMA, PASSWORD).await.location, "/campaigns");
    }
}

#[tokio::test]
async fn a_taken_and_a_free_address_get_the_same_answers_and_the_owner_a_mail() {
    for instance in instances(&[]).await {
        instance.signed_up(UMA).await;
        let free = "nobody@acme.example";
        let mut pages = Vec::new();
        for email in [UMA, free] {
            let mut browser = instance.browser();
            let runs = super::passwords::PASSWORDS.runs();
            let answer = browser.sign_up(email).await;
            assert!(super::passwords::PASSWORDS.runs() > runs, "the password is hashed either way");
            let page = browser.get("/signup/sent").await;
            let again = browser.post("/signup/sent", &[]).await;
            let mail = instance.latest_mail().await;
            assert_eq!((mail.recipient.as_str(), mail.subject == "You have an account already"), (email, email == UMA));
            let plain = super::tests::plain(&page.body, email);
            pages.push((answer.status, answer.location, page.status, plain, again.status, again.location));
        }
        assert_eq!(pages[0], pages[1]);
        assert_eq!(instance.count("users").await, 1);
    }
}

#[tokio::test]
async fn one_mailbox_gets_free_credits_once_and_a_throw_away_address_none() {
    for instance in instances(&[]).await {
        for (email, credits) in [
            ("uma.rossi@gmail.com", true),
            ("Uma.Rossi+leads@gmail.com", false),
            ("umarossi@googlemail.com", false),
            ("uma+1@acme.example", true),
            ("uma+2@acme.example", false),
            ("uma@mailinator.com", false),
        ] {
            let mut browser = instance.signed_up(email).await;
            let page = browser.get("/settings/profile").await;
            assert_eq!(has_credits(&page), credits, "{email}");
            let said = page.body.contains("has had its free credits") || page.body.contains("temporary email");
            assert_eq!(said, !credits, "{email}: {}", page.body);
        }
        assert_eq!(instance.count("credit_lots").await, 2);
    }
}

/// Signs up and confirms from `address`; whether free credits came.
async fn gets_credits(instance: &super::tests::Instance, address: &str, number: usize) -> bool {
    let mut browser = instance.browser_at(address);
    browser.sign_up(&format!("user{number}@acme{number}.example")).await;
    browser.post(&instance.latest_link().await, &[]).await;
    has_credits(&browser.get("/settings/profile").await)
}

#[tokio::test]
async fn one_network_gets_a_few_free_credits_a_day_however_wide_it_is() {
    for instance in instances(&[]).await {
        let mut number = 0;
        let mut given = async |addresses: &[String]| {
            let mut given = 0;
            for address in addresses {
                number += 1;
                given += usize::from(gets_credits(&instance, address, number).await);
            }
            given
        };
        let same = |address: &str| vec![address.to_owned(); 8];
        assert_eq!(given(&same("127.0.0.1:1")).await, 5, "a proxy that no one declared is one client");
        assert_eq!(given(&same("203.0.113.9:1")).await, 5);
        let neighbours: Vec<String> = (0..8).map(|host| format!("[2001:db8:1:2{host:02x}::1]:1")).collect();
        assert_eq!(given(&neighbours).await, 8, "eight customers");
        let wide: Vec<String> = (0..8).map(|net| format!("[2001:db8:1:2{net:02x}::2]:1")).collect();
        assert_eq!(given(&wide).await, 2, "ten in the same /56");
        instance.app.clock.advance(Duration::from_secs(24 * 60 * 60));
        assert_eq!(given(&same("127.0.0.1:1")[..2]).await, 2, "the next day");
    }
}

#[tokio::test]
async fn an_instance_gives_free_credits_to_as_many_a_day_as_the_operator_says() {
    for instance in instances(&[("FAIRLEAD_FREE_CREDITS_PER_DAY", "3")]).await {
        let mut given = 0;
        for number in 0..5_usize {
            given += usize::from(gets_credits(&instance, &format!("198.51.{number}.7:1"), number).await);
        }
        assert_eq!((given, instance.count("users").await), (3, 5), "accounts are made all the same");
    }
}

#[tokio::test]
async fn a_link_ends_after_two_days_and_is_sent_again_a_few_times() {
    for instance in instances(&[]).await {
        let mut uma = instance.browser();
        assert_eq!(uma.get("/signup/sent").await.location, "/signup");
        uma.sign_up(UMA).await;
        let link = instance.latest_link().await;
        for _ in 0..4 {
            assert_eq!(uma.post("/signup/sent", &[]).await.location, "/signup/sent");
            assert_eq!(instance.latest_link().await, link, "the same link");
        }
        assert_eq!(uma.post("/signup/sent", &[]).await.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(uma.sign_up(UMA).await.location, "/signup/sent", "the answer of signing up stays the same");
        assert_eq!(instance.count("outbox_messages").await, 5);
        instance.app.clock.advance(Duration::from_secs(48 * 60 * 60));
        assert_eq!(uma.get(&link).await.status, StatusCode::GONE);
        assert_eq!(uma.post(&link, &[]).await.status, StatusCode::GONE);
        assert_eq!(instance.count("users").await, 0);
    }
}

#[tokio::test]
async fn the_first_proof_ends_other_sign_ups_with_the_address() {
    for instance in instances(&[]).await {
        let (mut stranger, mut uma) = (instance.browser(), instance.browser());
        stranger.sign_up(UMA).await;
        let planted = instance.latest_link().await;
        uma.sign_up(UMA).await;
        assert_eq!(uma.post(&instance.latest_link().await, &[]).await.location, "/campaigns");
        assert_eq!(stranger.post(&planted, &[]).await.status, StatusCode::GONE);
        assert!(!stranger.is_signed_in().await);
    }
}

#[tokio::test]
async fn an_account_from_before_proves_its_mailbox_on_the_profile_page_and_gets_no_second_gift() {
    for instance in instances(&[]).await {
        let mut uma = instance.signed_up(UMA).await;
        let mut tx = instance.app.db.write().await.unwrap();
        crate::on!(&mut tx, c => sqlx::query("update users set confirmed_at = null").execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        assert!(uma.get("/settings/profile").await.body.contains("not confirmed"));
        uma.post("/settings/profile/confirmation", &[]).await;
        let link = instance.latest_link().await;
        assert!(uma.get(&link).await.body.contains("Press the button to finish."));
        assert!(uma.get("/settings/profile").await.body.contains("not confirmed"));
        assert_eq!(uma.post(&link, &[]).await.location, "/login");
        assert!(!uma.get("/settings/profile").await.body.contains("not confirmed"));
        assert_eq!(instance.count("credit_lots").await, 1);
        let forged = "/confirm-email/".to_owned() + &"0".repeat(96);
        assert_eq!(uma.post(&forged, &[]).await.status, StatusCode::GONE);
    }
}
