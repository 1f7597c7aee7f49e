//! The keys of the ledger: forged movements are refused, a new secret key rewrites nothing, and what is overwritten after a
//! change from outside stays noticed (invariants 11 and 12).

use super::{
    protection,
    testing::{NOW, TestApp, test_apps},
};
use crate::{
    accounts::WorkspaceId,
    billing::provider::stripe::history::histories,
    credits::{CampaignId, Credits, HoldFor, RequestId, Transfer, grant_by_operator, hold, ledger::verify::Difference},
    on,
    proof::{self, Checks},
    server::{
        db::{Db, change_behind_its_back, protected_by},
        seals::{self, Key, Protection, Table},
        secret_keys::Keys,
    },
};

async fn grant(db: &Db, workspace: WorkspaceId, key: &str) {
    let mut tx = db.write().await.unwrap();
    grant_by_operator(&mut tx, workspace, Credits::new(5).unwrap(), "Test", None, key, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the proof finds in `workspace` and beside it, with the keys of `db`.
async fn found(test: &TestApp, db: &Db, workspace: WorkspaceId) -> Vec<Difference> {
    let mut tx = db.snapshot().await.unwrap();
    let (_, mut found) = proof::prove_with(&mut tx, test.app.of::<Checks>(), workspace, |_| ()).await.unwrap();
    found.extend(proof::prove_instance(&mut tx).await.unwrap());
    found
}

async fn movements(db: &Db) -> Vec<Transfer> {
    let mut tx = db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_as("select * from credit_transfers order by workspace_id, seq").fetch_all(c).await)
        .unwrap()
}

fn says(found: &[Difference], words: &str) -> bool {
    found.iter().any(|difference| difference.to_string().contains(words))
}

/// Appends a grant of 1,000 to the lot of the last one, and changes everything that a look at the numbers compares.
async fn forge(db: &Db, sign: impl Fn(&mut Transfer)) {
    let mut forged = movements(db).await.pop().unwrap();
    let credits = Credits::new(1_000).unwrap();
    forged.seq += 1;
    forged.amount = credits;
    forged.available_after = forged.available_after.plus(credits).unwrap();
    forged.idempotency_key = "forged".into();
    forged.previous_hash = forged.hash.clone();
    sign(&mut forged);
    let text = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let (hash, previous) = (text(&forged.hash), text(&forged.previous_hash));
    let key = forged.key_id.map_or("null".into(), |id| format!("'{id}'"));
    let (seq, before, available) = (forged.seq, forged.seq - 1, forged.available_after.get());
    change_behind_its_back(db, &format!(
        "insert into credit_transfers (workspace_id, seq, kind, from_bucket, to_bucket, amount, lot_id, actor_kind, reason,
             price_version, available_after, held_after, idempotency_key, created_at, previous_hash, hash, key_id)
         select workspace_id, {seq}, kind, from_bucket, to_bucket, 1000, lot_id, actor_kind, reason, price_version,
             {available}, held_after, 'forged', created_at, unhex('{previous}'), unhex('{hash}'), {key}
         from credit_transfers where seq = {before};
         update credit_lots set granted = granted + 1000, remaining = remaining + 1000
             where id = (select lot_id from credit_transfers where seq = {seq});
         update credit_accounts set available = {available}, next_seq = {seq} + 1, last_hash = unhex('{hash}')"
    )).await;
}

#[tokio::test]
async fn a_forged_grant_is_refused_without_a_key_and_with_another_key() {
    let other = Keys::derived(b"whoever has only the database", &[]);
    let unsigned = |forged: &mut Transfer| {
        forged.key_id = None;
        forged.hash = forged.content_hash(&Keys::derived(b"none", &[])).unwrap();
    };
    let signed = |forged: &mut Transfer| {
        let mut last = forged.previous_hash.clone();
        forged.chain(&mut last, &other);
    };
    for (sign, says_what) in [
        (&unsigned as &dyn Fn(&mut Transfer), "was not signed with a key"),
        (&signed, "which FAIRLEAD_SECRET_KEYS_OLD lacks"),
    ] {
        for test in test_apps(&[]).await {
            let (db, owner) = (&test.app.db, test.sign_in().await);
            grant(db, owner.workspace, "one").await;
            assert_eq!(found(&test, db, owner.workspace).await, []);
            forge(db, sign).await;
            let found = found(&test, db, owner.workspace).await;
            assert!(found.len() == 1 && says(&found, says_what), "{found:?}");
        }
    }
}

#[tokio::test]
async fn a_new_secret_key_rewrites_nothing_and_needs_the_old_one_for_older_rows() {
    let (old, new) = (b"a key of the tests", b"the key after it");
    for (test, browser) in histories(async |_| {}).await {
        let (db, workspace) = (&test.app.db, browser.workspace);
        let before = movements(db).await;
        let fault =
            protected_by(db, protection(Keys::derived(new, &[]))).seal_what_is_there().await.unwrap_err().to_string();
        assert!(fault.contains("FAIRLEAD_SECRET_KEYS_OLD") && fault.contains("Example:"), "{fault}");

        let rotated = protected_by(db, protection(Keys::derived(new, &[old.to_vec()])));
        rotated.seal_what_is_there().await.unwrap();
        assert_eq!(found(&test, &rotated, workspace).await, []);
        // New rows, and changes of old ones: a hold draws on lots, and closes what is open.
        grant(&rotated, workspace, "after").await;
        let purpose = HoldFor { request: RequestId::new(), campaign: CampaignId::new(), member: browser.user };
        let mut tx = rotated.write().await.unwrap();
        hold(&mut tx, workspace, purpose, Credits::new(7).unwrap(), NOW).await.unwrap();
        for sql in ["update lead_requests set state = 'failed' where state = 'queued'", "delete from credit_caps"] {
            on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
        }
        tx.commit().await.unwrap();
        let after = movements(&rotated).await;
        assert_eq!(after[..before.len()], before, "no row was rewritten");
        let signers = [&before[0], after.last().unwrap()].map(|row| row.key_id.clone());
        assert_ne!(signers[0], signers[1]);
        let unsound = found(&test, &rotated, workspace).await;
        assert!(
            unsound
                .iter()
                .all(|difference| difference.place.starts_with("hold") || difference.place.starts_with("request")),
            "only what this test left half-done: {unsound:?}"
        );
        // Both kinds are still protected.
        for (sql, named) in [
            ("update leads set email = 'x@y.example' where id = (select id from leads order by id limit 1)", "leads "),
            (
                "update credit_lots set created_at = created_at + 1 where reason = 'Test' and granted = 5",
                "credit_lots ",
            ),
        ] {
            change_behind_its_back(db, sql).await;
            let found = found(&test, &rotated, workspace).await;
            assert!(
                found.iter().any(|found| found.place.starts_with(named) && found.what.contains("was changed")),
                "{found:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_changed_outside_stays_noticed_when_it_is_changed_again() {
    for test in test_apps(&[]).await {
        let (db, owner) = (&test.app.db, test.sign_in().await);
        grant(db, owner.workspace, "one").await;
        let change = "update credit_lots set expires_at = 1, created_at = created_at + 1";
        change_behind_its_back(db, change).await;
        let mut tx = db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update credit_lots set expires_at = 2").execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
        let first = found(&test, db, owner.workspace).await;
        assert!(first.len() == 1 && says(&first, "was changed outside of Fairlead"), "{first:?}");

        // The seal of the row as it is now does not help: the total is of the rows that Fairlead wrote.
        change_behind_its_back(db, "update seal_totals set row_count = row_count + 1 where table_name = 'credit_lots'")
            .await;
        grant(db, owner.workspace, "two").await;
        let second = found(&test, db, owner.workspace).await;
        assert!(says(&second, "its total was changed outside of Fairlead"), "{second:?}");
    }
}

#[tokio::test]
async fn a_row_is_named_with_what_was_done_to_it() {
    for test in test_apps(&[]).await {
        let (db, owner) = (&test.app.db, test.sign_in().await);
        for key in ["one", "two"] {
            grant(db, owner.workspace, key).await;
        }
        let top_up = "insert into top_ups (workspace_id, package_id, threshold, limit_minor, active, consent_by, consent_at, changed_at)
             select w.id, p.id, 1, 1, p.credits > 0, u.id, 0, 0 from workspaces w, packages p, users u limit 1";
        change_behind_its_back(db, top_up).await;
        let added = found(&test, db, owner.workspace).await;
        let places: Vec<_> = added.iter().map(|found| (found.place.as_str(), found.what.as_str())).collect();
        assert_eq!(places, [("top_ups", "was added outside of Fairlead"), ("top_ups", "has 1 rows, 0 are sealed"),]);
        change_behind_its_back(db, "delete from top_ups").await;
        assert_eq!(found(&test, db, owner.workspace).await, []);
        change_behind_its_back(
            db,
            "delete from credit_lots where id = (select lot_id from credit_transfers where seq = 1)",
        )
        .await;
        let gone = found(&test, db, owner.workspace).await;
        assert!(gone.iter().any(|found| found.place.starts_with("credit_lots ") && found.what == "was deleted outside of Fairlead"), "{gone:?}");
        change_behind_its_back(db, "delete from seal_layouts where table_name = 'leads'").await;
        assert!(says(&found(&test, db, owner.workspace).await, "leads: the record of what was sealed is missing"));
    }
}

/// Lots as another version may seal them.
static OTHERWISE: [Table; 1] = [Table {
    name: "credit_lots",
    revision: 1,
    shard: Some("workspace_id"),
    key: &[Key::Id("id")],
    sealed: &["kind", "announced_days"],
    elsewhere: &[],
}];

#[tokio::test]
async fn when_other_columns_are_sealed_what_was_changed_before_stays_noticed() {
    for test in test_apps(&[]).await {
        let (db, owner) = (&test.app.db, test.sign_in().await);
        for key in ["one", "two"] {
            grant(db, owner.workspace, key).await;
        }
        let keys = Keys::derived(b"a key of the tests", &[]);
        let later = protected_by(db, Protection { keys, tables: &OTHERWISE });
        later.seal_what_is_there().await.unwrap();
        let lots = async |db: &Db| {
            let found = seals::check(&mut db.snapshot().await.unwrap(), owner.workspace.0).await.unwrap();
            found.iter().filter(|found| found.place.starts_with("credit_lots")).count()
        };
        assert_eq!(lots(&later).await, 0);
        change_behind_its_back(db, "update credit_lots set announced_days = 7 where granted = 5").await;
        assert_eq!(lots(&later).await, 2, "the columns of this version");
        // Sealed as before, both stay noticed: their seals did not fit them.
        db.seal_what_is_there().await.unwrap();
        assert_eq!(lots(db).await, 2);
    }
}
