//! Tests of mailboxes from the request to the result: without a server on every database, and (ignored elsewhere) against
//! Postfix and Dovecot.

use std::time::Duration;

use sqlx::types::Json;

use super::{
    finding::Finding,
    kind::{Check, Outcome, Results},
    round_trip::{Place, Trip},
    run::work,
    store::{self, Claimed, TestId, TestState},
};
use crate::{
    app::testing::{Browser, TestApp, test_apps},
    mail::{
        server::{Security, Server},
        sign_in::Secret,
    },
    on,
    outreach::{
        ids::MailboxId,
        mailboxes::{
            account::Account,
            mailbox::{self, MailboxState},
            secrets::{self, SecretPart},
            state,
            tests::add_with,
        },
    },
};

const MINUTE: Duration = Duration::from_secs(60);

/// A mailbox that sends through `host` and is read there, with a password.
async fn mailbox(test: &TestApp, owner: &Browser, address: &str, user: &str, host: &str, password: &str) -> MailboxId {
    let server = |port, security| Server { host: host.to_owned(), port, security };
    let account = Account {
        smtp: server(587, Security::StartTls),
        smtp_user: user.to_owned(),
        imap: Some(server(993, Security::Tls)),
        imap_user: user.to_owned(),
    };
    let key = add_with(test, owner, address, account).await;
    let mut tx = test.app.db.write().await.unwrap();
    let keys = test.app.config.encryption_keys();
    secrets::keep(&mut tx, &keys, key, SecretPart::Smtp, &Secret::new(password)).await.unwrap();
    tx.commit().await.unwrap();
    key.1
}

/// Asks for a test by the form, as its button does.
async fn ask(owner: &Browser, mailbox: MailboxId) -> TestId {
    let answer = owner.post(&format!("/settings/mailboxes/{mailbox}/checks"), &[]).await;
    assert_eq!(answer.status.as_u16(), 303, "{}", answer.body);
    answer.location.rsplit_once('/').unwrap().1.parse().unwrap()
}

async fn claim(test: &TestApp) -> Option<Claimed> {
    let mut tx = test.app.db.write().await.unwrap();
    let claimed = store::claim(&mut tx, 1, test.app.clock.now()).await.unwrap().pop();
    tx.commit().await.unwrap();
    claimed
}

/// Does the test that is due, and returns what is kept of it.
async fn done(test: &TestApp, owner: &Browser, mailbox: MailboxId) -> (TestState, Results) {
    work(&test.app, claim(test).await.unwrap()).await.unwrap();
    let mut tx = test.app.db.read().await.unwrap();
    let run = store::last((owner.workspace, mailbox)).read(&mut tx).await.unwrap().unwrap();
    (run.state, run.results.0)
}

async fn state(test: &TestApp, owner: &Browser, id: MailboxId) -> (MailboxState, Option<String>) {
    let mut tx = test.app.db.read().await.unwrap();
    let mailbox = mailbox::mailbox(&mut tx, owner.workspace, id).await.unwrap();
    (mailbox.state, mailbox.state_code)
}

fn outcomes(results: &Results) -> Vec<(Check, Outcome)> {
    let outcome = |check| results.of(check).map(|result| (check, result.outcome));
    Check::ALL.into_iter().filter_map(outcome).collect()
}

#[tokio::test]
async fn a_host_that_does_not_exist_ends_the_test_at_its_first_check() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = mailbox(&test, &owner, "ada@acme.example", "ada", "no-such-host.invalid", "x").await;
        let run = ask(&owner, id).await;
        let page = format!("/settings/mailboxes/{id}/checks/{run}");
        assert!(owner.get(&page).await.body.contains("Testing: 0 of 10 checks done"));
        let (state_of_run, results) = done(&test, &owner, id).await;
        assert_eq!(state_of_run, TestState::Finished);
        let failed = results.of(Check::Host).unwrap();
        assert_eq!(failed.findings, [Finding::NoAddress { host: "no-such-host.invalid".into() }]);
        assert!(results.of(Check::Connect).is_some_and(|result| result.outcome == Outcome::NotReached));
        assert_eq!(results.of(Check::Imap).unwrap().outcome, Outcome::Failed);
        assert_eq!(state(&test, &owner, id).await, (MailboxState::Draft, Some("network".into())));
        let page = owner.get(&page).await.body;
        assert!(page.contains("no-such-host.invalid has no address. Check the spelling."), "{page}");
        assert!(page.contains("This mailbox cannot send"), "{page}");
    }
}

#[tokio::test]
async fn a_mailbox_is_tested_once_at_a_time_and_a_few_times_an_hour() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = mailbox(&test, &owner, "ada@acme.example", "ada", "no-such-host.invalid", "x").await;
        for _ in 0..6 {
            let run = ask(&owner, id).await;
            assert_eq!(ask(&owner, id).await, run, "the one that is open");
            done(&test, &owner, id).await;
            test.app.clock.advance(MINUTE);
        }
        let address = format!("/settings/mailboxes/{id}/checks");
        assert_eq!(owner.post(&address, &[]).await.status.as_u16(), 429);
        test.app.clock.advance(55 * MINUTE);
        let mut runs = Vec::new();
        for _ in 0..6 {
            runs.push(ask(&owner, id).await);
            done(&test, &owner, id).await;
            test.app.clock.advance(11 * MINUTE);
        }
        let mut tx = test.app.db.read().await.unwrap();
        let kept = store::of_mailbox(&mut tx, (owner.workspace, id)).await.unwrap();
        assert_eq!((kept.len(), kept[0].id), (10, runs[5]), "the last ten");
        drop(tx);
        let stranger = test.sign_in().await;
        assert_eq!(stranger.post(&address, &[]).await.status.as_u16(), 404);
        assert_eq!(stranger.get(&format!("{address}/{}", runs[5])).await.status.as_u16(), 404);
    }
}

#[tokio::test]
async fn a_test_that_was_broken_off_is_begun_again_and_not_for_ever() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = mailbox(&test, &owner, "ada@acme.example", "ada", "no-such-host.invalid", "x").await;
        ask(&owner, id).await;
        let lost = claim(&test).await.unwrap();
        assert!(claim(&test).await.is_none(), "it has a lease");
        for _ in 0..3 {
            test.app.clock.advance(store::QUEUE.lease);
            claim(&test).await.unwrap();
        }
        assert!(work(&test.app, lost).await.is_err(), "another worker has it");
        test.app.clock.advance(store::QUEUE.lease);
        let (state_of_run, results) = done(&test, &owner, id).await;
        assert_eq!((state_of_run, outcomes(&results)), (TestState::Finished, vec![]));
    }
}

#[tokio::test]
async fn a_test_of_an_account_that_was_changed_meanwhile_begins_anew_and_says_nothing_about_the_mailbox() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = mailbox(&test, &owner, "ada@acme.example", "ada", "no-such-host.invalid", "x").await;
        let key = (owner.workspace, id);
        let change = async |is_removed: bool| {
            let mut tx = test.app.db.write().await.unwrap();
            match is_removed {
                true => state::release(&mut tx, key, test.app.clock.now()).await.unwrap(),
                false => state::to_draft(&mut tx, key, test.app.clock.now()).await.unwrap(),
            }
            tx.commit().await.unwrap();
        };
        ask(&owner, id).await;
        let earlier = claim(&test).await.unwrap();
        change(false).await;
        assert!(work(&test.app, earlier).await.is_err(), "it is about the earlier account");
        assert_eq!(state(&test, &owner, id).await, (MailboxState::Draft, None));
        assert_eq!(done(&test, &owner, id).await.0, TestState::Finished);
        assert_eq!(state(&test, &owner, id).await, (MailboxState::Draft, Some("network".into())));

        ask(&owner, id).await;
        let earlier = claim(&test).await.unwrap();
        change(true).await;
        assert!(work(&test.app, earlier).await.is_err());
        assert!(claim(&test).await.is_none(), "the test of a removed mailbox is over");
    }
}

#[tokio::test]
async fn a_mail_that_is_late_is_looked_for_during_ten_minutes() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let id = mailbox(&test, &owner, "ada@acme.example", "ada", "no-such-host.invalid", "x").await;
        ask(&owner, id).await;
        let trip = Trip {
            message_id: "a@acme.example".into(),
            word: "a".into(),
            sent_at: test.app.clock.now(),
            places: vec![Place { folder: "INBOX".into(), is_junk: false, from_uid: 1 }],
        };
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update mailbox_checks set state = 'waiting', trip = $1")
            .bind(Json(trip)).execute(c).await.map(drop))
        .unwrap();
        tx.commit().await.unwrap();
        for _ in 0..10 {
            assert_eq!(done(&test, &owner, id).await.0, TestState::Waiting);
            assert!(claim(&test).await.is_none(), "not before a minute has passed");
            test.app.clock.advance(MINUTE);
        }
        let (state_of_run, results) = done(&test, &owner, id).await;
        assert_eq!(state_of_run, TestState::Finished);
        assert_eq!(results.of(Check::RoundTrip).unwrap().findings, [Finding::NeverArrived { minutes: 10 }]);
    }
}

/// The host of `tools/with-mail-servers.sh`.
fn host() -> String {
    std::env::var("FAIRLEAD_TEST_MAIL_HOST").expect("run inside tools/with-mail-servers.sh")
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn a_mailbox_of_postfix_and_dovecot_passes_and_becomes_active() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let ada = "ada@acme.test";
        let id = mailbox(&test, &owner, ada, ada, &host(), "correct horse").await;
        assert_eq!(state(&test, &owner, id).await.0, MailboxState::Draft);
        ask(&owner, id).await;
        let (state_of_run, results) = done(&test, &owner, id).await;
        assert_eq!(state_of_run, TestState::Finished);
        for check in [Check::Imap, Check::RoundTrip, Check::Signature].iter().chain(&Check::SENDING) {
            let result = results.of(*check).unwrap();
            assert_eq!(result.outcome, Outcome::Passed, "{result:?}");
        }
        let signed = Finding::Signed { domain: "acme.test".into() };
        assert_eq!(results.of(Check::Signature).unwrap().findings, [signed]);
        assert_eq!(state(&test, &owner, id).await, (MailboxState::Active, None));
        // Its address is taken for this workspace.
        let other = test.sign_in().await;
        let second = mailbox(&test, &other, ada, ada, &host(), "correct horse").await;
        ask(&other, second).await;
        let (_, results) = done(&test, &other, second).await;
        assert_eq!(results.of(Check::Sender).unwrap().findings, [Finding::AddressTaken]);
        assert_eq!(state(&test, &other, second).await.0, MailboxState::Draft);
    }
}

#[tokio::test]
#[ignore = "needs tools/with-mail-servers.sh"]
async fn what_postfix_refuses_is_shown_in_its_words() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (ada, grace) = ("ada@acme.test", "grace@acme.test");
        let wrong = mailbox(&test, &owner, ada, ada, &host(), "wrong").await;
        ask(&owner, wrong).await;
        let (_, results) = done(&test, &owner, wrong).await;
        let [Finding::SignInRefused { words }] = results.of(Check::SignIn).unwrap().findings.as_slice() else {
            panic!("{results:?}")
        };
        assert!(words.starts_with("535 5.7.8") && !words.contains("wrong"), "{words}");
        assert_eq!(results.of(Check::Sender).unwrap().outcome, Outcome::NotReached);
        assert_eq!(state(&test, &owner, wrong).await, (MailboxState::Draft, Some("sign_in_refused".into())));

        let other = mailbox(&test, &owner, grace, ada, &host(), "correct horse").await;
        ask(&owner, other).await;
        let (_, results) = done(&test, &owner, other).await;
        let sender = results.of(Check::Sender).unwrap();
        let [Finding::MayNotSend { words, .. }] = sender.findings.as_slice() else { panic!("{sender:?}") };
        assert!(words.contains("not owned by user ada@acme.test"), "{words}");
        assert_eq!(results.of(Check::Imap).unwrap().outcome, Outcome::Passed);
        assert_eq!(results.of(Check::RoundTrip).unwrap().outcome, Outcome::NotReached);
        assert_eq!(state(&test, &owner, other).await, (MailboxState::Draft, Some("may_not_send_as".into())));
    }
}
