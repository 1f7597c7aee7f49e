//! Whole files into the directory, on both databases.

use std::path::{Path, PathBuf};

use sqlx::types::Json;

use super::{
    import::{Counts, Import, ImportState},
    reading::ROW_BYTES_MAX,
    store::{LEASE, claim_import, import, queue_import, rejections},
    *,
};
use crate::{
    directory::{
        Contact, EmailStatus, Policy, Quality,
        contacts::store::{contacts_after, counters},
    },
    server::{
        clock::Clock,
        db::{Db, migrate_again, test_databases},
    },
    suppression::SuppressionKeys,
};

pub(super) fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn written(folder: &tempfile::TempDir, text: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(format!("{}.csv", uuid::Uuid::new_v4()));
    std::fs::write(&path, text).unwrap();
    path
}

pub(super) async fn claimed(db: &Db, path: &Path, policy: Policy) -> Import {
    let clock = Clock::System;
    let survey = survey(path).unwrap();
    let choice = Choice {
        source: "Test list".into(),
        policy,
        assumed_status: EmailStatus::Unknown,
        stored_as: "x".into(),
        ..Choice::default()
    };
    let mut tx = db.write().await.unwrap();
    let mut draft = draft(&mut tx, &clock, "test.csv", &survey, &choice).await.unwrap();
    assert!(queue_import(&mut tx, &draft, clock.now()).await.unwrap());
    assert!(claim_import(&mut tx, &mut draft, clock.now()).await.unwrap());
    tx.commit().await.unwrap();
    draft
}

pub(super) async fn imported(db: &Db, path: &Path, policy: Policy) -> Counts {
    let claimed = claimed(db, path, policy).await;
    let counts = run(db, &Clock::System, &SuppressionKeys::of_tests(), &claimed, path, |_| {}).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let stored = import(&mut tx, claimed.id).await.unwrap().unwrap();
    assert_eq!((stored.counts, stored.state), (counts, ImportState::Done));
    counts
}

pub(super) async fn contacts(db: &Db) -> Vec<Contact> {
    let mut tx = db.read().await.unwrap();
    contacts_after(&mut tx, 0, 100_000).await.unwrap().into_iter().map(|stored| stored.contact).collect()
}

#[tokio::test]
async fn exports_of_three_tools_have_the_agreed_counts() {
    for (file, line) in [
        ("apollo-export.csv", "3,155 rows: 3,046 imported, 0 updated, 84 duplicates, 18 rejected, 7 blank"),
        ("instantly-leads.csv", "1,060 rows: 1,012 imported, 0 updated, 34 duplicates, 10 rejected, 4 blank"),
        ("hubspot-contacts.csv", "1,073 rows: 1,017 imported, 0 updated, 40 duplicates, 12 rejected, 4 blank"),
    ] {
        for test in test_databases().await {
            assert_eq!(imported(&test.db, &data(file), Policy::Update).await.to_string(), line);
            let contacts = contacts(&test.db).await;
            let share =
                |has: fn(&Contact) -> bool| contacts.iter().filter(|one| has(one)).count() * 100 / contacts.len();
            assert_eq!(share(|one| one.seniority.is_some() && !one.departments.is_empty() && one.size.is_some()), 100);
            assert_eq!(share(|one| !one.city.is_empty() && !one.country.is_empty() && !one.domain.is_empty()), 100);
            assert!(contacts.iter().all(|one| !one.phone.starts_with('\'') && !one.title.contains(['\n', '|'])));
            let mut tx = test.db.read().await.unwrap();
            assert_eq!(counters(&mut tx).await.unwrap().last_contact, contacts.len() as i64, "ids are dense");
        }
    }
}

#[tokio::test]
async fn a_file_imported_again_updates_and_adds_nobody() {
    for test in test_databases().await {
        imported(&test.db, &data("hubspot-contacts.csv"), Policy::Update).await;
        let before = contacts(&test.db).await;
        let again = imported(&test.db, &data("hubspot-contacts.csv"), Policy::Update).await;
        assert_eq!(again.to_string(), "1,073 rows: 0 imported, 1,017 updated, 40 duplicates, 12 rejected, 4 blank");
        let skipped = imported(&test.db, &data("hubspot-contacts.csv"), Policy::Skip).await;
        assert_eq!(skipped.to_string(), "1,073 rows: 0 imported, 0 updated, 1,057 duplicates, 12 rejected, 4 blank");
        assert_eq!(contacts(&test.db).await, before);
    }
}

#[tokio::test]
async fn an_update_keeps_what_the_file_does_not_tell() {
    let folder = tempfile::tempdir().unwrap();
    let first = written(&folder, "email,title,city,email status\nann@x.example,CEO,Rome,Verified\n");
    let second =
        written(&folder, "email,title,city\nann@x.example,,Milan\nANN@x.example ,Intern,Paris\nbo@x.example,CFO,\n");
    for test in test_databases().await {
        imported(&test.db, &first, Policy::Update).await;
        let counts = imported(&test.db, &second, Policy::Update).await;
        assert_eq!(counts.to_string(), "3 rows: 1 imported, 1 updated, 1 duplicates, 0 rejected, 0 blank");
        let all = contacts(&test.db).await;
        let ann = all.iter().find(|one| one.email.as_str() == "ann@x.example").unwrap();
        assert_eq!((ann.title.as_str(), ann.city.as_str(), ann.email_status), ("CEO", "Milan", EmailStatus::Verified));
        assert_eq!(ann.id.0, 1);
    }
}

#[tokio::test]
async fn rejected_rows_keep_their_number_reason_and_text() {
    let keys = SuppressionKeys::of_tests();
    let folder = tempfile::tempdir().unwrap();
    let path = written(
        &folder,
        "email,city\n\"ann@x.example\",\"Rome\nItaly\"\nnobody,\"a,b\"\n,\nc@x.example\nd\0@x.example,x\n",
    );
    for test in test_databases().await {
        let claimed = claimed(&test.db, &path, Policy::Update).await;
        let counts = run(&test.db, &Clock::System, &keys, &claimed, &path, |_| {}).await.unwrap();
        assert_eq!(counts.to_string(), "5 rows: 2 imported, 0 updated, 0 duplicates, 2 rejected, 1 blank");
        let mut tx = test.db.read().await.unwrap();
        let rows = rejections(&mut tx, claimed.id, 0, 10).await.unwrap();
        let told: Vec<_> = rows.iter().map(|row| (row.row_number, row.reason.as_str(), row.raw.as_str())).collect();
        assert_eq!(
            told,
            [(3, "the address has no @", "nobody,\"a,b\""), (6, "a cell holds a NUL character", "d␀@x.example,x"),]
        );
        assert_eq!(rejections(&mut tx, claimed.id, 5, 10).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_killed_import_goes_on_where_it_stood() {
    let keys = SuppressionKeys::of_tests();
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("email\n");
    for n in 0..2500 {
        text.push_str(&format!("p{}@x.example\n", n % 2400));
    }
    let path = written(&folder, &text);
    for test in test_databases().await {
        let first = claimed(&test.db, &path, Policy::Update).await;
        // the first worker is dropped after its first batch
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        {
            let running = run(&test.db, &Clock::System, &keys, &first, &path, |counts| sender.send(*counts).unwrap());
            tokio::pin!(running);
            tokio::select! {
                biased;
                _ = receiver.recv() => {}
                _ = &mut running => panic!("ended before it was killed"),
            }
        }
        let later = Clock::fixed(Clock::System.now().plus(LEASE * 2));
        let mut tx = test.db.write().await.unwrap();
        let mut second = import(&mut tx, first.id).await.unwrap().unwrap();
        assert!(claim_import(&mut tx, &mut second, later.now()).await.unwrap());
        tx.commit().await.unwrap();
        assert!(second.counts.rows > 0 && second.counts.rows < 2500);
        let stale = run(&test.db, &Clock::System, &keys, &first, &path, |_| {}).await;
        assert!(matches!(stale, Err(ImportError::LeaseLost)));
        let counts = run(&test.db, &later, &keys, &second, &path, |_| {}).await.unwrap();
        assert_eq!(counts.to_string(), "2,500 rows: 2,400 imported, 0 updated, 100 duplicates, 0 rejected, 0 blank");
        assert_eq!(contacts(&test.db).await.len(), 2400);
    }
}

#[tokio::test]
async fn a_fault_in_the_middle_ends_the_import_and_says_where() {
    let keys = SuppressionKeys::of_tests();
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::from("email,note\na@x.example,fine\nb@x.example,\"never closed");
    text.push_str(&"x".repeat(ROW_BYTES_MAX + 100_000));
    let path = written(&folder, text);
    let test = &test_databases().await[0];
    let claimed = claimed(&test.db, &path, Policy::Update).await;
    let error = run(&test.db, &Clock::System, &keys, &claimed, &path, |_| {}).await.unwrap_err();
    assert!(error.to_string().starts_with("Row 3 is longer than 1024 kB"), "{error}");
    let mut tx = test.db.read().await.unwrap();
    let stored = import(&mut tx, claimed.id).await.unwrap().unwrap();
    assert_eq!(stored.state, ImportState::Failed);
    assert_eq!(stored.fault, Some(Json(FileFault::RowTooLong { row: 3 })));
}

#[tokio::test]
async fn addresses_without_a_status_are_left_out_unless_asked_for() {
    let test = &test_databases().await[0];
    imported(&test.db, &data("instantly-leads.csv"), Policy::Update).await;
    assert!(contacts(&test.db).await.iter().all(|one| !Quality::Standard.takes(one.email_status)));
}

#[tokio::test]
async fn the_migration_turns_the_earlier_words_about_files_into_codes() {
    let words = [
        ("The file cannot be read: it is a folder", FileFault::Unreadable { detail: "it is a folder".into() }),
        ("The file is empty.", FileFault::Empty),
        (
            "Row 12034 is longer than 1024 kB. A quotation mark may never be closed, or the file is not a CSV file.",
            FileFault::RowTooLong { row: 12_034 },
        ),
        (
            "No column holds email addresses. The first row must name the columns, one of them “Email”.",
            FileFault::NoEmailColumn,
        ),
        ("The file cannot be read as CSV: no end", FileFault::Csv { detail: "no end".into() }),
        ("It was ended before all rows were read.", FileFault::Ended),
        ("The dog ate it.", FileFault::Earlier { text: "The dog ate it.".into() }),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = written(&folder, "email\na@x.example\n");
    for test in test_databases().await {
        let id = claimed(&test.db, &path, Policy::Update).await.id;
        let back =
            "alter table imports drop column fault; alter table imports add column fault text not null default '';
            alter table own_lists drop column fault; alter table own_lists add column fault text not null default ''";
        let migrated = async |update: &str| {
            migrate_again(&test.db, &format!("{back}; {update}"), "0024_file_faults.sql").await;
            import(&mut test.db.read().await.unwrap(), id).await.unwrap().unwrap().fault
        };
        for (text, expected) in &words {
            let found = migrated(&format!("update imports set fault = '{text}'")).await;
            assert_eq!(found, Some(Json(expected.clone())), "{text}");
        }
        assert_eq!(migrated("select 1").await, None);
    }
}
