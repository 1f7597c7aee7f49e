//! The journal of opt-outs beside databases that are put back, on every database at hand.

use super::{
    journal::{Found, catch_up, write},
    testing::{NOW, TestApp, test_apps},
};
use crate::{
    accounts::WorkspaceId,
    campaigns::requests::tests::add_contacts,
    email::Email,
    on,
    outreach::progress::{heartbeat, tests::world},
    server::db::change_behind_its_back,
    suppression::{self, Cause, Reason, Subject, SuppressionKeys, journal::TakenOver},
};

/// Instances with one journal together: each leaves out what others wrote.
async fn worlds() -> (tempfile::TempDir, Vec<TestApp>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("opt-outs.journal");
    let apps = test_apps(&[("FAIRLEAD_JOURNAL", path.to_str().unwrap())]).await;
    (folder, apps)
}

fn email(text: &str) -> Email {
    text.parse().unwrap()
}

async fn opt_out(test: &TestApp, workspace: WorkspaceId, address: &str) {
    let keys: &SuppressionKeys = test.app.of();
    let mut tx = test.app.db.write().await.unwrap();
    let subject = Subject::address(keys, &email(address));
    suppression::suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Unsubscribed), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn object(test: &TestApp, address: &str) {
    let mut tx = test.app.db.write().await.unwrap();
    suppression::object(&mut tx, test.app.of(), &email(address), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

/// Takes everyone off the list.
async fn take_off(test: &TestApp, workspace: WorkspaceId) {
    let mut tx = test.app.db.write().await.unwrap();
    for entry in suppression::entries(&mut tx, workspace, None, 10).await.unwrap() {
        assert!(suppression::remove(&mut tx, workspace, entry.id).await.unwrap());
    }
    tx.commit().await.unwrap();
}

async fn is_suppressed(test: &TestApp, workspace: WorkspaceId, address: &str) -> bool {
    let keys: &SuppressionKeys = test.app.of();
    let mut tx = test.app.db.read().await.unwrap();
    let wanted = keys.of_recipient(&email(address)).into_iter().collect();
    !suppression::suppressed(&mut tx, workspace, wanted).await.unwrap().is_empty()
}

async fn count(test: &TestApp, text: &str) -> i64 {
    on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(sqlx::AssertSqlSafe(text.to_owned()))
        .fetch_one(c).await)
    .unwrap()
}

/// What the database holds of lists and journal, as it is put back later.
const KEPT: [&str; 3] = ["suppressions", "objections", "suppression_pages"];

/// Keeps a copy of these tables.
async fn back_up(test: &TestApp) {
    let copies = KEPT.map(|table| format!("create table kept_{table} as select * from {table}"));
    change_behind_its_back(&test.app.db, &copies.join("; ")).await;
}

/// Puts the copy back.
async fn put_back(test: &TestApp) {
    let tables = KEPT.map(|table| format!("delete from {table}; insert into {table} select * from kept_{table}"));
    // On SQLite the triggers have noted it; a copy of the whole database has not.
    let sql = format!("{}; delete from suppression_changes", tables.join("; "));
    change_behind_its_back(&test.app.db, &sql).await;
}

#[tokio::test]
async fn a_database_from_before_an_opt_out_learns_of_it_and_nothing_is_sent_until_the_operator_has_seen_it() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let operator = test.sign_in_operator().await;
        let workspace = operator.workspace;
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current, "the first start");
        opt_out(&test, workspace, "early@acme.example").await;
        write(&test.app).await.unwrap();
        back_up(&test).await;
        opt_out(&test, workspace, "uma@acme.example").await;
        write(&test.app).await.unwrap();
        object(&test, "bo@acme.example").await;
        write(&test.app).await.unwrap();
        assert_eq!(count(&test, "select count(*) from suppression_changes").await, 0);
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current, "a start on the database as it was");
        assert_eq!(count(&test, "select count(*) from sending_stop").await, 0);

        put_back(&test).await;
        assert!(!is_suppressed(&test, workspace, "uma@acme.example").await);
        let taken_over = TakenOver { added: 1, removed: 0, objections: 1 };
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::PutBack(taken_over));
        for address in ["early@acme.example", "uma@acme.example", "bo@acme.example"] {
            assert!(is_suppressed(&test, workspace, address).await, "{address}");
        }
        assert_eq!(count(&test, "select count(*) from sending_stop where code = 'journal_taken_over'").await, 1);
        let page = operator.get("/admin/sending").await.body;
        assert!(page.contains("put back to an earlier day") && page.contains("may leave a second time"), "{page}");
        let list = operator.get("/settings/suppression").await.body;
        assert!(list.contains("Taken over from the journal") && !list.contains("uma@acme.example"), "{list}");

        operator.post("/admin/sending/resume", &[]).await;
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current, "once");
        assert_eq!(count(&test, "select count(*) from sending_stop").await, 0);
    }
}

#[tokio::test]
async fn what_was_taken_off_a_list_since_is_taken_off_again() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let workspace = test.sign_in().await.workspace;
        opt_out(&test, workspace, "uma@acme.example").await;
        write(&test.app).await.unwrap();
        back_up(&test).await;
        take_off(&test, workspace).await;
        opt_out(&test, workspace, "bo@acme.example").await;
        take_off(&test, workspace).await;
        write(&test.app).await.unwrap();
        put_back(&test).await;
        assert!(is_suppressed(&test, workspace, "uma@acme.example").await);
        // Noticed by a server that was running all the time.
        write(&test.app).await.unwrap();
        assert!(!is_suppressed(&test, workspace, "uma@acme.example").await);
        assert!(!is_suppressed(&test, workspace, "bo@acme.example").await);
        assert_eq!(count(&test, "select count(*) from sending_stop where code = 'journal_taken_over'").await, 1);
    }
}

#[tokio::test]
async fn whoever_was_erased_or_objected_since_is_erased_and_left_alone_again() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let world = world(&test).await;
        let workspace = world.owner.workspace;
        add_contacts(&test.app.db, 2).await;
        write(&test.app).await.unwrap();
        back_up(&test).await;
        let subject = Subject::address(test.app.of(), &email("mara@corp.example"));
        let mut tx = test.app.db.write().await.unwrap();
        suppression::suppress(&mut tx, workspace, &subject, &Cause::of(Reason::Erased), NOW).await.unwrap();
        tx.commit().await.unwrap();
        object(&test, "person1@acorn.example").await;
        write(&test.app).await.unwrap();
        put_back(&test).await;
        assert!(matches!(catch_up(&test.app).await.unwrap(), Found::PutBack(_)));
        assert_eq!(count(&test, "select count(*) from leads where email = 'mara@corp.example'").await, 0);
        assert_eq!(count(&test, "select count(*) from leads where email like 'erased %'").await, 1);
        assert_eq!(count(&test, "select count(*) from contacts where email = 'person1@acorn.example'").await, 0);
        assert_eq!(count(&test, "select count(*) from contacts").await, 1, "no one else");
    }
}

#[tokio::test]
async fn without_its_journal_a_database_sends_nothing_until_the_operator_says_so() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let operator = test.sign_in_operator().await;
        opt_out(&test, operator.workspace, "uma@acme.example").await;
        write(&test.app).await.unwrap();
        let journal = &test.app.config.journal.clone();
        let elsewhere = journal.with_extension("elsewhere");
        std::fs::rename(journal, &elsewhere).unwrap();

        heartbeat::give(&test.app.db, NOW).await.unwrap();
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Missing);
        assert_eq!(count(&test, "select count(*) from sending_stop").await, 0, "beside another server that works");

        change_behind_its_back(&test.app.db, "delete from worker_beats").await;
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Missing);
        let page = operator.get("/admin/sending").await.body;
        assert!(page.contains("no journal says who opted out since then"), "{page}");
        assert!(page.contains("fairlead restore --journal"), "{page}");
        std::fs::rename(elsewhere, journal).unwrap();
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current, "it is the right one");
    }
}

#[tokio::test]
async fn a_process_that_ended_between_file_and_database_is_not_taken_for_a_database_from_an_earlier_day() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let workspace = test.sign_in().await.workspace;
        write(&test.app).await.unwrap();
        opt_out(&test, workspace, "uma@acme.example").await;
        change_behind_its_back(&test.app.db, "create table known as select * from suppression_pages").await;
        write(&test.app).await.unwrap();
        // What the database was told afterwards did not happen.
        let not_told = "delete from suppression_pages where id not in (select id from known)";
        change_behind_its_back(&test.app.db, not_told).await;
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current);
        assert_eq!(count(&test, "select count(*) from sending_stop").await, 0);
        assert_eq!(catch_up(&test.app).await.unwrap(), Found::Current);
    }
}

#[tokio::test]
async fn each_change_of_a_list_waits_for_the_journal_whoever_makes_it() {
    let (_folder, apps) = worlds().await;
    for test in apps {
        let workspace = test.sign_in().await.workspace;
        let waiting = |what: &'static str| {
            let sql = format!("select count(*) from suppression_changes where what = '{what}'");
            let test = &test;
            async move { count(test, &sql).await }
        };
        opt_out(&test, workspace, "uma@acme.example").await;
        opt_out(&test, workspace, "uma@acme.example").await;
        assert_eq!(waiting("added").await, 1, "once for each row");
        take_off(&test, workspace).await;
        object(&test, "bo@acme.example").await;
        assert_eq!((waiting("removed").await, waiting("objected").await), (1, 1));
    }
}
