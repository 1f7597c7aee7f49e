//! The list and the start, on every database at hand.

use std::collections::HashSet;

use super::{Cause, Key, Reason, Subject, SuppressionKeys, is_suppressed, load_keys, suppress, suppressed};
use crate::{
    accounts::WorkspaceId,
    app::testing::{NOW, TestApp, test_apps},
    campaigns::requests::tests::add_campaign,
    email::Email,
    on,
    server::{db::Tx, encryption::EncryptionKeys},
};

async fn put(test: &TestApp, workspace: WorkspaceId, text: &str, cause: &Cause) -> bool {
    let subject = Subject::parse(test.app.of(), text).unwrap();
    let mut tx = test.app.db.write().await.unwrap();
    let is_new = suppress(&mut tx, workspace, &subject, cause, NOW).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

/// Whether the condition for statements holds for a row with these keys in a campaign.
async fn holds(tx: &mut Tx, workspace: WorkspaceId, campaign: uuid::Uuid, keys: [Option<Key>; 2]) -> bool {
    let condition = is_suppressed("e.workspace_id", "e.campaign_id", &["e.canonical_key", "e.domain_key"]);
    let text = format!(
        "select {condition} from (select $1 as workspace_id, $2 as campaign_id, $3 as canonical_key, $4 as domain_key) as e"
    );
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(text))
        .bind(workspace).bind(campaign).bind(keys[0]).bind(keys[1]).fetch_one(c).await)
    .unwrap()
}

#[tokio::test]
async fn a_person_is_suppressed_in_any_spelling_and_a_domain_with_everyone_at_it() {
    for test in test_apps(&[]).await {
        let (here, elsewhere) = (test.sign_in().await.workspace, test.sign_in().await.workspace);
        let by_member = Cause::of(Reason::Person);
        assert!(put(&test, here, "Uma+News@gmail.com", &by_member).await);
        assert!(!put(&test, here, "u.m.a@googlemail.com", &by_member).await, "the same person for the same reason");
        assert!(put(&test, here, "uma@gmail.com", &Cause::of(Reason::Unsubscribed)).await, "each reason is a row");
        assert!(put(&test, here, "sued.example", &Cause::of(Reason::Legal)).await);
        let keys: &SuppressionKeys = test.app.of();
        let email = |text: &str| text.parse::<Email>().unwrap();
        let all: HashSet<Key> = ["um.a@gmail.com", "bo@sued.example", "bo@free.example"]
            .into_iter()
            .flat_map(|text| keys.of_recipient(&email(text)))
            .collect();
        let mut tx = test.app.db.read().await.unwrap();
        let listed = suppressed(&mut tx, here, all.clone()).await.unwrap();
        assert_eq!(listed, HashSet::from([keys.canonical(&email("uma@gmail.com")), keys.domain("sued.example")]));
        assert_eq!(suppressed(&mut tx, elsewhere, all).await.unwrap(), HashSet::new());
    }
}

#[tokio::test]
async fn a_statement_sees_who_is_suppressed_in_the_workspace_and_in_its_own_campaign() {
    for test in test_apps(&[]).await {
        let browser = test.sign_in().await;
        let (here, elsewhere) = (browser.workspace, test.sign_in().await.workspace);
        let campaign = add_campaign(&test.app, &browser.member()).await.0;
        let other = uuid::Uuid::nil();
        put(&test, here, "uma@acme.example", &Cause::of(Reason::Person)).await;
        put(&test, here, "sued.example", &Cause::of(Reason::Legal)).await;
        let only_here = Cause { campaign: Some(campaign), ..Cause::of(Reason::Unsubscribed) };
        put(&test, here, "bo@acme.example", &only_here).await;
        let keys: &SuppressionKeys = test.app.of();
        let email = |text: &str| keys.of_recipient(&text.parse::<Email>().unwrap()).map(Some);
        let mut tx = test.app.db.read().await.unwrap();
        assert!(holds(&mut tx, here, other, email("uma+x@acme.example")).await);
        assert!(holds(&mut tx, here, other, email("any@sued.example")).await);
        assert!(holds(&mut tx, here, campaign, email("bo@acme.example")).await);
        assert!(!holds(&mut tx, here, other, email("bo@acme.example")).await, "only in one campaign");
        assert!(!holds(&mut tx, here, campaign, email("cy@acme.example")).await);
        assert!(!holds(&mut tx, elsewhere, campaign, email("uma@acme.example")).await);
        let [person, _] = email("uma@acme.example");
        assert!(holds(&mut tx, here, other, [person, None]).await, "a key may be missing");
        assert!(!holds(&mut tx, here, other, [None, None]).await);
    }
}

#[tokio::test]
async fn what_an_earlier_version_kept_in_the_open_is_moved_at_the_start() {
    for test in test_apps(&[]).await {
        let (app, workspace) = (&test.app, test.sign_in().await.workspace);
        let mut tx = app.db.write().await.unwrap();
        for (value, reason) in [("uma@acme.example", "Bounced (5.1.1)"), ("sued.example", "Asked"), ("no thing@", "?")]
        {
            on!(&mut tx, c => sqlx::query(
                "insert into plain_suppressions (workspace_id, value, reason, created_at) values ($1, $2, $3, 7)")
                .bind(workspace).bind(value).bind(reason).execute(c).await.map(drop))
            .unwrap();
        }
        tx.commit().await.unwrap();
        let encryption = app.config.encryption_keys();
        for _ in 0..2 {
            load_keys(&app.db, &encryption, NOW).await.unwrap();
            let mut tx = app.db.read().await.unwrap();
            let rows: Vec<(String, Reason, String, i64)> = on!(&mut tx, c => sqlx::query_as(
                "select shown, reason, note, created_at from suppressions where workspace_id = $1 order by shown")
                .bind(workspace).fetch_all(c).await)
            .unwrap();
            let row = |shown: &str, reason, note: &str| (shown.to_owned(), reason, note.to_owned(), 7);
            assert_eq!(
                rows,
                [
                    row("no thing@", Reason::Imported, "?"),
                    row("sued.example", Reason::Imported, "Asked"),
                    row("uma@acme.example", Reason::Bounced, "Bounced (5.1.1)"),
                ]
            );
            let left: i64 = on!(&mut tx, c => sqlx::query_scalar("select count(*) from plain_suppressions")
                .fetch_one(c).await)
            .unwrap();
            assert_eq!(left, 0);
        }
    }
}

#[tokio::test]
async fn a_new_secret_key_changes_no_hash_and_without_the_earlier_one_nothing_starts() {
    for test in test_apps(&[]).await {
        let db = &test.app.db;
        let before = test.app.of::<SuppressionKeys>().domain("acme.example");
        let secret = test.app.config.secret_key.clone();
        let alone = EncryptionKeys::derived(b"another secret", &[]);
        let refused = load_keys(db, &alone, NOW).await.map(drop).unwrap_err();
        assert!(refused.to_string().starts_with("FAIRLEAD_SECRET_KEYS_OLD: "), "{refused}");
        let rotated = EncryptionKeys::derived(b"another secret", &[secret]);
        assert_eq!(load_keys(db, &rotated, NOW).await.unwrap().domain("acme.example"), before);
        // Encrypted anew, so that the earlier key is not needed again.
        assert_eq!(load_keys(db, &alone, NOW).await.unwrap().domain("acme.example"), before);
    }
}
