//! Testing a mailbox before it is added, as a browser does it.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::{io::AsyncWriteExt, net::TcpListener};

use super::{pages::MAILBOXES, secrets::SecretPart};
use crate::{
    accounts::Role,
    app::testing::{Answer, Browser, TestApp, test_apps},
    mail::sign_in::Secret,
    on,
    outreach::mailboxes::secrets,
};

const HALF_HOUR: Duration = Duration::from_secs(30 * 60);

/// The form with these changes, sent to be tested or to be added.
async fn send(browser: &Browser, tests: bool, changes: &[(&str, &str)]) -> Answer {
    let usual = [
        ("preset", "other"),
        ("address", "jo@acme.example"),
        ("sender_name", "Jo"),
        ("time_zone", "Europe/Berlin"),
        ("daily_cap", "30"),
        ("gap_min_s", "60"),
        ("gap_max_s", "180"),
        ("smtp_host", "no-such-host.invalid"),
        ("smtp_port", "587"),
        ("smtp_security", "starttls"),
        ("smtp_user", "jo"),
        ("smtp_password", "sesame-street"),
        ("do", if tests { "test" } else { "" }),
    ];
    let fields: Vec<(&str, &str)> = changes.iter().copied().chain(usual).collect();
    browser.post(&format!("{MAILBOXES}/new"), &fields).await
}

/// What waits in the page.
fn sealed(page: &Answer) -> String {
    let input = page.body.split("name=\"passwords\" value=\"").nth(1).expect("passwords wait in the page");
    input.split('"').next().unwrap().to_owned()
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

const MAILBOXES_SAVED: &str = "select count(*) from mailboxes";
const SAVED: [&str; 3] =
    [MAILBOXES_SAVED, "select count(*) from mailbox_secrets", "select count(*) from mailbox_checks"];

#[tokio::test]
async fn what_was_typed_is_tested_and_nothing_of_it_is_saved() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let tested = send(&owner, true, &[("sender_name", "Jo of Acme")]).await;
        assert_eq!(tested.status, StatusCode::OK, "{}", tested.body);
        for text in [
            "This mailbox cannot send",
            "no-such-host.invalid has no address. Check the spelling.",
            "– Not reached",
            "No IMAP server is set.",
            "value=\"Jo of Acme\"",
            "Leave empty to use it.",
        ] {
            assert!(tested.body.contains(text), "{text}: {}", tested.body);
        }
        assert!(!tested.body.contains("sesame-street"));
        for sql in SAVED {
            assert_eq!(count(&test, sql).await, 0, "{sql}");
        }
        assert_eq!(count(&test, "select count(*) from audit_events where action = 'Tested a mailbox'").await, 1);
        let wrong = send(&owner, true, &[("smtp_port", "465")]).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("id=\"smtp_security-error\"") && !wrong.body.contains("typed-test"));
    }
}

#[tokio::test]
async fn the_words_of_the_server_are_shown_and_a_private_network_is_not_asked() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port().to_string();
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"421 4.7.0 Too many <b>connections</b>\r\n").await.unwrap();
        });
        let busy = send(&owner, true, &[("smtp_host", "127.0.0.1"), ("smtp_port", &port)]).await;
        server.await.unwrap();
        let words = "The server refused: “421 4.7.0 Too many &lt;b&gt;connections&lt;/b&gt;”.";
        assert!(busy.body.contains(words), "{}", busy.body);
        for host in ["169.254.169.254", "10.0.0.1"] {
            let refused = send(&owner, true, &[("smtp_host", host)]).await;
            assert!(refused.body.contains(&format!("{host} is in a private network.")), "{}", refused.body);
        }
    }
}

#[tokio::test]
async fn a_tested_password_is_used_for_its_account_by_who_typed_it_and_for_half_an_hour() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let kept = sealed(&send(&owner, true, &[]).await);
        let colleague = test.sign_in_as(owner.workspace, Role::Admin).await;
        for (who, change) in [
            (&owner, ("smtp_host", "evil.example")),
            (&owner, ("smtp_user", "ana")),
            (&colleague, ("sender_name", "Ana")),
            (&test.sign_in().await, ("sender_name", "Eve")),
        ] {
            let refused = send(who, false, &[("smtp_password", ""), ("passwords", &kept), change]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{change:?}");
            assert!(refused.body.contains("id=\"smtp_password-error\""), "{change:?}: {}", refused.body);
        }
        let again = send(&owner, false, &[("smtp_password", ""), ("passwords", &kept), ("daily_cap", "0")]).await;
        assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(sealed(&again), kept, "another error does not lose it");
        assert_eq!(count(&test, MAILBOXES_SAVED).await, 0);

        let added = send(&owner, false, &[("smtp_password", ""), ("passwords", &kept)]).await;
        assert_eq!(added.status, StatusCode::SEE_OTHER, "{}", added.body);
        let id = added.location.rsplit('/').next().unwrap().parse().unwrap();
        let (keys, mut tx) = (test.app.config.encryption_keys(), test.app.db.read().await.unwrap());
        let stored = secrets::read(&mut tx, &keys, (owner.workspace, id), SecretPart::Smtp).await.unwrap();
        assert_eq!(stored, Some(Secret::new("sesame-street")));
        drop(tx);

        let kept = sealed(&send(&owner, true, &[("address", "al@acme.example")]).await);
        test.app.clock.advance(HALF_HOUR);
        let late = [("smtp_password", ""), ("passwords", kept.as_str()), ("address", "al@acme.example")];
        let late = send(&owner, false, &late).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(late.body.contains("Type the password."), "{}", late.body);
    }
}

#[tokio::test]
async fn a_workspace_tests_twenty_times_an_hour_and_only_who_may_connect_mailboxes() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        // No server is asked there.
        let private = [("smtp_host", "10.0.0.1")];
        for _ in 0..20 {
            assert_eq!(send(&owner, true, &private).await.status, StatusCode::OK);
        }
        let refused = send(&owner, true, &private).await;
        assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
        assert!(refused.body.contains("This workspace had 20 such tests within an hour."), "{}", refused.body);
        assert!(refused.body.contains("value=\"10.0.0.1\"") && !refused.body.contains("typed-test"));
        assert_eq!(
            send(&test.sign_in().await, true, &private).await.status,
            StatusCode::OK,
            "each workspace for itself"
        );
        test.app.clock.advance(2 * HALF_HOUR);
        assert_eq!(send(&owner, true, &private).await.status, StatusCode::OK);
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        assert_eq!(send(&member, true, &private).await.status, StatusCode::FORBIDDEN);
        let outbox = [("preset", "outbox"), ("address", "out@acme.example")];
        assert_eq!(send(&owner, true, &outbox).await.status, StatusCode::SEE_OTHER, "an outbox needs no test");
    }
}
