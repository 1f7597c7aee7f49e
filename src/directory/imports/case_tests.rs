//! Files of public complaints, from `tests/data/cases`: each comes in whole, with every row in a count.

use std::path::{Path, PathBuf};

use super::{
    file::import_file,
    store::{self, rejections},
    *,
};
use crate::{
    directory::{Contact, FileImport, Rejection, contacts::store::contacts_after},
    server::{
        clock::Clock,
        db::{Db, test_databases},
    },
    suppression::SuppressionKeys,
};

/// A case and the counts of its import.
const CASES: [(&str, &str); 23] = [
    ("01-linkedin-preamble.csv", "3 rows: 2 imported, 0 updated, 0 duplicates, 1 rejected, 0 blank"),
    ("02-sep-note-quoted.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("03-sep-note-lone-cr.csv", "2 rows: 0 imported, 2 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("04-blank-row-over-the-headings.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("05-no-heading-row.csv", "3 rows: 3 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("06-trailing-empty-cells-dropped.csv", "20 rows: 20 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("08-quote-never-closed.csv", "5 rows: 5 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("09-backslash-quotes.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("10-whole-row-in-quotes.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("11-utf8-with-one-1252-row.csv", "41 rows: 41 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("12-windows-1250-polish-czech.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("14-shift-jis.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("15-utf8-mark-on-1252-text.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("16-utf16-without-mark-cyrillic.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("41-blank-lines-and-row-numbers.csv", "8 rows: 2 imported, 0 updated, 0 duplicates, 2 rejected, 4 blank"),
    ("44-two-files-glued-together.csv", "3 rows: 2 imported, 0 updated, 0 duplicates, 1 rejected, 0 blank"),
    ("45-lone-cr-and-breaks-in-cells.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("46-headings-that-begin-with-email.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("47-apostrophe-in-address.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("48-dos-end-of-file.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("49-google-contacts.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("51-single-quotes-around-cells.csv", "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank"),
    ("57-formula-in-a-rejected-row.csv", "4 rows: 2 imported, 0 updated, 0 duplicates, 2 rejected, 0 blank"),
];

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(name)
}

/// Imports a case as the command does; returns the line of its counts and the text of the file of rejected rows.
async fn bring(db: &Db, name: &str, wanted: FileImport) -> (String, String) {
    let data = tempfile::tempdir().unwrap();
    let rejected = data.path().join("rejected.csv");
    let wanted = FileImport {
        file: case(name),
        source: "Cases".into(),
        rejected: Some(rejected.clone()),
        data: data.path().to_owned(),
        ..wanted
    };
    let keys = SuppressionKeys::of_tests();
    let imported = import_file(db, &Clock::System, &keys, &wanted, |_| {}).await;
    let imported = imported.unwrap_or_else(|error| panic!("{name}: {error:#}"));
    (imported.counts.to_string(), std::fs::read_to_string(rejected).unwrap_or_default())
}

async fn people(db: &Db) -> Vec<Contact> {
    let found = contacts_after(&mut db.read().await.unwrap(), 0, 10_000).await.unwrap();
    found.into_iter().map(|stored| stored.contact).collect()
}

fn person<'a>(people: &'a [Contact], email: &str) -> &'a Contact {
    people.iter().find(|one| one.email.as_str() == email).unwrap_or_else(|| panic!("{email} is there"))
}

/// The rejected rows of the newest import.
async fn rejected(db: &Db) -> Vec<Rejection> {
    let mut tx = db.read().await.unwrap();
    let import = store::imports(&mut tx, 1).await.unwrap().remove(0);
    rejections(&mut tx, import.id, 0, 100).await.unwrap()
}

#[tokio::test]
async fn every_case_comes_in_whole() {
    for test in test_databases().await {
        for (name, counts) in CASES {
            assert_eq!(bring(&test.db, name, FileImport::default()).await.0, counts, "{name}");
        }
        let people = people(&test.db).await;
        let mara = person(&people, "mara.quill@tinwhistle.example");
        assert_eq!((mara.company.as_str(), mara.title.as_str()), ("Tinwhistle Ltd", "Head of Growth"));
        assert_eq!(person(&people, "ann@slash.example").company, "The \"Best, Ever\" Shop");
        assert_eq!(person(&people, "hana@wrapped.example").company, "Wrapped, Ltd");
        let zoe = person(&people, "p0@mixed.example");
        assert_eq!((zoe.name().as_str(), zoe.city.as_str()), ("Zoë Müller", "Zürich"));
        let lukas = person(&people, "lukas@vltava.example");
        assert_eq!((lukas.name().as_str(), lukas.city.as_str()), ("Lukáš Dvořák", "České Budějovice"));
        assert_eq!(person(&people, "ewa@wisla.example").company, "Wisła Meble");
        assert_eq!(person(&people, "taro@sakura-works.example").company, "さくら製作所");
        assert_eq!(person(&people, "mara@tinwhistle.example").title, "Head of Growth");
        assert_eq!(person(&people, "zoe@marked.example").first_name, "Zoë");
        assert_eq!(person(&people, "ann@oldmac.example").title, "Head of Growth");
        assert_eq!(person(&people, "ann@single.example").company, "Single, Ltd");
        assert_eq!(person(&people, "cy@quoted.example").company, "Quoted, Inc");
        let guarded = person(&people, "bo@formula.example");
        assert_eq!((guarded.first_name.as_str(), guarded.company.as_str()), ("-Bo", "=Guarded Ltd"));
    }
}

#[tokio::test]
async fn rejected_rows_have_the_numbers_of_a_spreadsheet_and_run_no_formula() {
    let test = &test_databases().await[0];
    let (_, text) = bring(&test.db, "41-blank-lines-and-row-numbers.csv", FileImport::default()).await;
    let numbers: Vec<i64> = rejected(&test.db).await.iter().map(|row| row.row_number).collect();
    assert_eq!(numbers, [6, 9]);
    assert!(text.contains("\r\n6,") && text.contains("\r\n9,"), "{text}");
    bring(&test.db, "44-two-files-glued-together.csv", FileImport::default()).await;
    assert_eq!(rejected(&test.db).await[0].reason, "the names of the columns again, not a person");
    bring(&test.db, "01-linkedin-preamble.csv", FileImport::default()).await;
    assert_eq!(rejected(&test.db).await[0].row_number, 6);

    let (_, text) = bring(&test.db, "57-formula-in-a-rejected-row.csv", FileImport::default()).await;
    assert!(text.starts_with('\u{feff}'), "{text}");
    let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let cells: Vec<String> =
        reader.records().flat_map(|record| record.unwrap().iter().map(str::to_owned).collect::<Vec<_>>()).collect();
    assert!(cells.iter().any(|cell| cell.starts_with("'=HYPERLINK")), "{cells:?}");
    assert!(cells.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{cells:?}");
}

#[tokio::test]
async fn what_is_said_by_hand_wins() {
    let test = &test_databases().await[0];
    let wish = Wish { charset: Some(Charset::Windows1252), ..Wish::default() };
    bring(&test.db, "12-windows-1250-polish-czech.csv", FileImport { wish, ..FileImport::default() }).await;
    let columns = vec![("Imię".to_owned(), "company".to_owned()), ("3".to_owned(), String::new())];
    bring(&test.db, "12-windows-1250-polish-czech.csv", FileImport { columns, ..FileImport::default() }).await;
    let people = people(&test.db).await;
    assert_eq!(person(&people, "ewa@wisla.example").company, "Ewa");
    for (columns, told) in [
        (vec![("Nobody".to_owned(), "email".to_owned())], "There is no column “Nobody”"),
        (vec![("1".to_owned(), "shoe_size".to_owned())], "“shoe_size” is no field"),
        (vec![("1".to_owned(), String::new())], "--map"),
    ] {
        let file = case("12-windows-1250-polish-czech.csv");
        let data = tempfile::tempdir().unwrap().path().to_owned();
        let wanted = FileImport { file, source: "Cases".into(), columns, data, ..FileImport::default() };
        let error =
            import_file(&test.db, &Clock::System, &SuppressionKeys::of_tests(), &wanted, |_| {}).await.unwrap_err();
        assert!(format!("{error:#}").contains(told), "{error:#}");
    }
}
