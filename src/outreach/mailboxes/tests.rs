//! Secrets, states and freezes of mailboxes, on both databases.

use serde_json::json;

use super::{
    account::Account,
    freezes::{self, Freeze},
    mailbox::{self, Mailbox, MailboxKind, MailboxSettings, MailboxState},
    read_state,
    secrets::{self, MailboxKey, Rotation, SecretPart},
    sign_in::{Protocol, SignInFault, sign_in},
    state::{self, Activated, Cause},
};
use crate::{
    app::testing::{Browser, TestApp, test_apps},
    mail::{
        server::{Security, Server},
        sign_in::{Secret, SignIn},
    },
    on,
    outreach::{
        ids::MailboxId,
        schedule::rules::{Day, Pace},
    },
    server::{clock::Instant, db::Tx, encryption::EncryptionKeys},
    suppression::SuppressionKeys,
};

fn server(host: &str, port: u16) -> Server {
    Server { host: host.into(), port, security: Security::Tls }
}

fn account() -> Account {
    let imap = Some(server("imap.acme.example", 993));
    Account { smtp: server("smtp.acme.example", 465), smtp_user: "jo".into(), imap, imap_user: "jo-reads".into() }
}

async fn add(test: &TestApp, owner: &Browser, address: &str) -> MailboxKey {
    add_with(test, owner, address, account()).await
}

/// A mailbox of the browser's workspace, a draft without its password.
pub(super) async fn add_with(test: &TestApp, owner: &Browser, address: &str, account: Account) -> MailboxKey {
    let settings = MailboxSettings {
        address: address.into(),
        sender_name: "Jo".into(),
        reply_to: None,
        signature: String::new(),
        account: Some(account),
        time_zone: "UTC".into(),
        pace: Pace { daily_cap: 30, gap_min_s: 60, gap_max_s: 180, spread: true, ramp: None },
    };
    let mut tx = test.app.db.write().await.unwrap();
    let by = (owner.workspace, owner.user);
    let id = mailbox::add(&mut tx, by, MailboxKind::Smtp, &settings, test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    (owner.workspace, id)
}

async fn read(tx: &mut Tx, mailbox: MailboxKey) -> Mailbox {
    mailbox::mailbox(tx, mailbox.0, mailbox.1).await.unwrap()
}

#[tokio::test]
async fn a_secret_is_read_where_it_belongs_and_nowhere_else() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (one, other) = (add(&test, &owner, "jo@acme.example").await, add(&test, &owner, "al@acme.example").await);
        let keys = test.app.config.encryption_keys();
        let mut tx = test.app.db.write().await.unwrap();
        secrets::keep(&mut tx, &keys, one, SecretPart::Smtp, &Secret::new("before")).await.unwrap();
        secrets::keep(&mut tx, &keys, one, SecretPart::Smtp, &Secret::new("sesame")).await.unwrap();
        let found = secrets::read(&mut tx, &keys, one, SecretPart::Smtp).await.unwrap();
        assert_eq!(found.unwrap().reveal(), "sesame");
        assert_eq!(secrets::stored(&mut tx, one).await.unwrap(), [SecretPart::Smtp]);
        // The row of one mailbox or part says nothing in the place of another.
        for (to, part) in [(other, SecretPart::Smtp), (one, SecretPart::Dkim)] {
            on!(&mut tx, c => sqlx::query(
                "insert into mailbox_secrets (workspace_id, mailbox_id, part, encrypted)
                 select workspace_id, $2, $3, encrypted from mailbox_secrets where mailbox_id = $1 and part = 'smtp'")
                .bind(one.1).bind(to.1).bind(part).execute(c).await.map(drop))
            .unwrap();
            assert!(secrets::read(&mut tx, &keys, to, part).await.is_err());
        }
        secrets::forget(&mut tx, one, SecretPart::Smtp).await.unwrap();
        assert!(secrets::read(&mut tx, &keys, one, SecretPart::Smtp).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_new_secret_key_encrypts_what_the_earlier_one_did_and_names_what_no_key_opens() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (one, other) = (add(&test, &owner, "jo@acme.example").await, add(&test, &owner, "al@acme.example").await);
        let lost = add(&test, &owner, "mia@acme.example").await;
        let keys_of = |secret: &str, old: &[&str]| {
            let old: Vec<Vec<u8>> = old.iter().map(|secret| secret.as_bytes().to_vec()).collect();
            EncryptionKeys::derived(secret.as_bytes(), &old)
        };
        let (old, new) = (keys_of("one", &[]), keys_of("two", &["one"]));
        let mut tx = test.app.db.write().await.unwrap();
        let secret = Secret::new("sesame");
        secrets::keep(&mut tx, &old, one, SecretPart::Smtp, &secret).await.unwrap();
        secrets::keep(&mut tx, &new, other, SecretPart::Imap, &secret).await.unwrap();
        secrets::keep(&mut tx, &keys_of("three", &[]), lost, SecretPart::Smtp, &secret).await.unwrap();
        let mut rotation = Rotation::default();
        assert!(!secrets::rotate_next(&mut tx, &new, &mut rotation).await.unwrap());
        assert_eq!((rotation.rotated, rotation.current), (1, 1));
        assert_eq!(rotation.unreadable, [lost.1]);
        let alone = keys_of("two", &[]);
        assert_eq!(secrets::read(&mut tx, &alone, one, SecretPart::Smtp).await.unwrap(), Some(secret));
        let mut again = Rotation::default();
        secrets::rotate_next(&mut tx, &new, &mut again).await.unwrap();
        assert_eq!((again.rotated, again.current), (0, 2));
    }
}

#[tokio::test]
async fn a_mailbox_signs_in_with_its_password_and_reads_with_another_one_if_it_has_one() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (workspace, id) = add(&test, &owner, "jo@acme.example").await;
        let with = async |protocol| sign_in(&test.app, workspace, id, protocol).await;
        assert!(matches!(with(Protocol::Smtp).await, Err(SignInFault::NoPassword)));
        let keys = test.app.config.encryption_keys();
        let password = |user: &str, text: &str| SignIn::Password { user: user.into(), password: Secret::new(text) };
        for (part, text, reads) in [(SecretPart::Smtp, "sends", "sends"), (SecretPart::Imap, "reads", "reads")] {
            let mut tx = test.app.db.write().await.unwrap();
            secrets::keep(&mut tx, &keys, (workspace, id), part, &Secret::new(text)).await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(with(Protocol::Smtp).await.unwrap(), password("jo", "sends"));
            assert_eq!(with(Protocol::Imap).await.unwrap(), password("jo-reads", reads));
        }
        let found = super::account::account(&mut test.app.db.read().await.unwrap(), workspace, id).await.unwrap();
        assert_eq!(found, account());
    }
}

#[tokio::test]
async fn an_address_sends_for_one_workspace_of_the_instance() {
    for test in test_apps(&[]).await {
        let (owner, stranger) = (test.sign_in().await, test.sign_in().await);
        let one = add(&test, &owner, "jo@acme.example").await;
        let same = add(&test, &stranger, "jo+sales@acme.example").await;
        let (keys, at) = (test.app.of::<SuppressionKeys>(), test.app.clock.now());
        let mut tx = test.app.db.write().await.unwrap();
        assert_eq!(read(&mut tx, one).await.state, MailboxState::Draft);
        assert_eq!(state::activate(&mut tx, keys, one, at).await.unwrap(), Activated::Active);
        assert_eq!(state::activate(&mut tx, keys, one, at).await.unwrap(), Activated::Active, "tested again");
        assert_eq!(state::activate(&mut tx, keys, same, at).await.unwrap(), Activated::AddressTaken);
        assert_eq!(read(&mut tx, one).await.state, MailboxState::Active);
        assert_eq!(read(&mut tx, same).await.state, MailboxState::Draft);
        state::to_draft(&mut tx, one, at).await.unwrap();
        assert_eq!(state::activate(&mut tx, keys, same, at).await.unwrap(), Activated::Active);
    }
}

#[tokio::test]
async fn a_failure_stops_a_mailbox_and_keeps_why_until_it_recovers() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let one = add(&test, &owner, "jo@acme.example").await;
        let (keys, at) = (test.app.of::<SuppressionKeys>(), test.app.clock.now());
        let later = |micros: i64| Instant(at.micros() + micros);
        let cause = Cause::new("sign_in_refused", json!({ "words": "535 5.7.8 no" }));
        let mut tx = test.app.db.write().await.unwrap();
        assert!(state::fail(&mut tx, one, &cause, None, at).await.unwrap());
        let draft = read(&mut tx, one).await;
        assert_eq!(
            (draft.state, draft.words()),
            (MailboxState::Draft, Some("535 5.7.8 no")),
            "a draft says why it is one"
        );
        state::activate(&mut tx, keys, one, at).await.unwrap();
        assert!(state::fail(&mut tx, one, &cause, Some(later(9)), later(1)).await.unwrap());
        assert!(state::fail(&mut tx, one, &cause, Some(later(19)), later(10)).await.unwrap());
        let failing = read(&mut tx, one).await;
        assert_eq!((failing.state, failing.failures), (MailboxState::Failing, 2));
        assert_eq!((failing.state_since, failing.retry_at), (later(1), Some(later(19))), "the same failure lasts");
        assert_eq!(failing.cause().as_deref(), Some("The server refuses the sign-in: “535 5.7.8 no”."));
        assert!(state::recover(&mut tx, one, later(20)).await.unwrap());
        let active = read(&mut tx, one).await;
        assert_eq!((active.state, active.failures, active.cause()), (MailboxState::Active, 0, None));
        assert_eq!(active.look_at, Some(later(20)));

        let limit = Cause::new("provider_limit", json!({ "words": "550 5.4.5" }));
        state::rest_until(&mut tx, one, later(500), &limit).await.unwrap();
        let resting = read(&mut tx, one).await;
        assert_eq!((resting.state, resting.free_at), (MailboxState::Active, later(500)));
        assert!(resting.rests(later(30)) && !resting.rests(later(500)));
        state::rest_until(&mut tx, one, later(400), &limit).await.unwrap();
        assert_eq!(read(&mut tx, one).await.free_at, later(500), "a shorter rest does not end a longer one");

        assert!(state::pause_by_itself(&mut tx, one, &cause, later(40)).await.unwrap());
        assert!(!state::fail(&mut tx, one, &cause, None, later(41)).await.unwrap(), "a paused mailbox stays paused");
        assert!(!state::recover(&mut tx, one, later(42)).await.unwrap());
        assert_eq!(read(&mut tx, one).await.state, MailboxState::Paused);
        assert!(mailbox::set_paused(&mut tx, one.0, one.1, false, later(50)).await.unwrap());
        let resumed = read(&mut tx, one).await;
        assert_eq!((resumed.state, resumed.state_code), (MailboxState::Active, None));
    }
}

#[tokio::test]
async fn freezes_that_touch_become_one() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let (one, other) = (add(&test, &owner, "jo@acme.example").await, add(&test, &owner, "al@acme.example").await);
        let at = test.app.clock.now();
        let freeze =
            |from: i64, to: i64, note: &str| Freeze { from_day: Day(from), to_day: Day(to), note: note.into() };
        let mut tx = test.app.db.write().await.unwrap();
        freezes::add(&mut tx, other, freeze(5, 6, "other"), at).await.unwrap();
        for (from, to, note) in [(1, 3, "a"), (8, 9, "b"), (20, 21, "c")] {
            freezes::add(&mut tx, one, freeze(from, to, note), at).await.unwrap();
        }
        let whole = freezes::add(&mut tx, one, freeze(4, 7, ""), at).await.unwrap();
        assert_eq!((whole.from_day, whole.to_day), (Day(1), Day(9)));
        let of_one = freezes::freezes(one.0, Some(one.1), Day(0)).read(&mut tx).await.unwrap();
        assert_eq!(of_one.len(), 1, "of it alone");
        assert_eq!(of_one[&one.1], [freeze(1, 9, "b; a"), freeze(20, 21, "c")]);
        let ahead = freezes::freezes(one.0, Some(one.1), Day(10)).read(&mut tx).await.unwrap();
        assert_eq!(ahead[&one.1].len(), 1, "what is over is not shown");
        assert!(freezes::remove(&mut tx, one, Day(20), at).await.unwrap());
        assert!(!freezes::remove(&mut tx, one, Day(20), at).await.unwrap());
        let all = freezes::freezes(owner.workspace, None, Day(0)).read(&mut tx).await.unwrap();
        assert_eq!((all[&one.1].len(), all[&other.1].len()), (1, 1));
        assert!(!all.contains_key(&MailboxId::new()));
    }
}

/// A reader holds its lease while a test lets the mailbox send: neither waits for the other for ever.
#[tokio::test]
async fn a_reader_and_a_passed_test_take_their_rows_in_one_order() {
    for test in test_apps(&[]).await {
        if !test.app.db.read().await.unwrap().is_postgres() {
            continue;
        }
        let owner = test.sign_in().await;
        let key = add(&test, &owner, "jo@acme.example").await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update mailboxes set state = 'active' where id = $1").bind(key.1).execute(c).await.map(drop))
            .unwrap();
        read_state::again(&mut tx, key, test.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();

        // As a slice does: the lease, then what a bounce means for the mailbox.
        let mut slice = test.app.db.write().await.unwrap();
        read_state::lock(&mut slice, key).await.unwrap();
        on!(&mut slice, c => sqlx::query("update mailbox_syncs set run_at = run_at where mailbox_id = $1").bind(key.1).execute(c).await.map(drop))
            .unwrap();
        let app = test.app.clone();
        let passed = tokio::spawn(async move {
            let mut tx = app.db.write().await.unwrap();
            state::activate(&mut tx, app.of(), key, app.clock.now()).await.unwrap();
            tx.commit().await.unwrap();
        });
        loop {
            let waiting: i64 = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
                "select count(*) from pg_locks where not granted and database = (select oid from pg_database where datname = current_database())
                     or not granted and locktype = 'transactionid'")
                .fetch_one(c).await)
            .unwrap();
            if waiting > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        let cause = Cause::new("sender_fault", json!({}));
        assert!(state::pause_by_itself(&mut slice, key, &cause, test.app.clock.now()).await.unwrap());
        slice.commit().await.unwrap();
        passed.await.unwrap();
    }
}
