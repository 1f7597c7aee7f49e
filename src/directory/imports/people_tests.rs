//! Files that people complained of, as the directory reads their people (`tests/data/cases/`).

use super::{
    store::rejections,
    tests::{claimed, contacts, data, imported},
};
use crate::{
    directory::{Contact, Department, EmailStatus, Policy, Seniority},
    email::is_invisible,
    server::{
        clock::Clock,
        db::{Db, test_databases},
    },
    suppression::SuppressionKeys,
};

fn case(name: &str) -> std::path::PathBuf {
    data("cases").join(name)
}

/// Imports a case and answers its people by address.
async fn people(db: &Db, name: &str, line: &str) -> Vec<Contact> {
    let counts = imported(db, &case(name), Policy::Update).await;
    assert_eq!(counts.to_string(), line, "{name}");
    let mut people = contacts(db).await;
    people.sort_by(|one, other| one.email.cmp(&other.email));
    people
}

fn emails(people: &[Contact]) -> Vec<&str> {
    people.iter().map(|one| one.email.as_str()).collect()
}

#[tokio::test]
async fn case_18_addresses_are_taken_out_of_their_wrapping() {
    for test in test_databases().await {
        let line = "10 rows: 10 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "18-addresses-in-wrapping.csv", line).await;
        let expected = ["ann", "bo", "cy", "di", "ed", "flo", "gus", "hal", "ivy", "jo"]
            .map(|name| format!("{name}@wrapped.example"));
        assert_eq!(emails(&people), expected);
        assert!(people.iter().all(|one| one.domain == "wrapped.example"));
    }
}

#[tokio::test]
async fn case_19_invisible_signs_are_no_part_of_an_address() {
    for test in test_databases().await {
        let line = "8 rows: 7 imported, 0 updated, 1 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "19-addresses-with-invisible-signs.csv", line).await;
        let expected = ["ann", "bo", "cy", "di.lee", "ed", "flo", "gus"].map(|name| format!("{name}@unseen.example"));
        assert_eq!(emails(&people), expected);
        assert!(people.iter().all(|one| !one.email.as_str().contains(is_invisible) && one.email.as_str().is_ascii()));
    }
}

#[tokio::test]
async fn case_20_of_several_addresses_the_first_is_taken_and_the_others_are_told() {
    for test in test_databases().await {
        let keys = SuppressionKeys::of_tests();
        let path = case("20-several-addresses-in-a-cell.csv");
        let import = claimed(&test.db, &path, Policy::Update).await;
        let counts = super::run(&test.db, &Clock::System, &keys, &import, &path, |_| {}).await.unwrap();
        assert_eq!(counts.to_string(), "5 rows: 5 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank");
        let mut people = contacts(&test.db).await;
        people.sort_by(|one, other| one.email.cmp(&other.email));
        assert_eq!(emails(&people), ["ann", "bo", "cy", "di", "ed"].map(|name| format!("{name}@several.example")));
        let told = rejections(&mut test.db.read().await.unwrap(), import.id, 0, 10).await.unwrap();
        let told: Vec<(i64, &str)> = told.iter().map(|row| (row.row_number, row.reason.as_str())).collect();
        assert_eq!(told.len(), 5);
        assert_eq!(told[0].1, "several addresses: ann@several.example was taken, not ann.lee@several.example");
        assert_eq!(told[4].1, "several addresses: ed@several.example was taken, not ed@other.example");
    }
}

#[tokio::test]
async fn case_21_one_mailbox_is_one_person_in_every_spelling() {
    let keys = SuppressionKeys::of_tests();
    for test in test_databases().await {
        let line = "6 rows: 3 imported, 0 updated, 3 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "21-one-mailbox-two-spellings.csv", line).await;
        assert_eq!(emails(&people), ["ann@upper.example", "info@müller.example", "josé@café.example"]);
        for (person, other) in
            people.iter().zip(["ANN@UPPER.EXAMPLE", "info@xn--mller-kva.example", "jose\u{301}@cafe\u{301}.example"])
        {
            let other = other.parse().unwrap();
            assert_eq!(keys.canonical(&person.email), keys.canonical(&other));
            assert_eq!(keys.recipient(&person.email), keys.recipient(&other));
        }
    }
}

#[tokio::test]
async fn case_30_names_are_greeted_by_the_first_name() {
    for test in test_databases().await {
        let line = "9 rows: 9 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "30-names-in-one-column.csv", line).await;
        let names: Vec<(&str, &str)> =
            people.iter().map(|one| (one.first_name.as_str(), one.last_name.as_str())).collect();
        assert_eq!(
            names,
            [
                ("Mara", "Quill"),
                ("Odo", "Varga"),
                ("Ines", "Okoro"),
                ("Ben", "Alder"),
                ("Lia", "Harrow"),
                ("ludwig", "van der Berg"),
                ("MARA", "QUILL"),
                ("山田", "太郎"),
                ("ليلى", "حداد"),
            ]
        );
    }
}

#[tokio::test]
async fn cases_32_and_34_ranks_and_departments_are_stored_as_titles_mean_them() {
    for test in test_databases().await {
        let line = "18 rows: 18 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let ranks = people(&test.db, "32-titles-that-name-another-rank.csv", line).await;
        let with = |rank| {
            ranks.iter().filter(|one| one.seniority == Some(rank)).map(|one| one.title.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(with(Seniority::CSuite), ["Chairman of the Board"]);
        assert_eq!(with(Seniority::Owner), ["Business Owner", "Owner & Product Designer"]);
        assert_eq!(with(Seniority::Senior), ["Partner Enablement Lead"]);
        assert_eq!(with(Seniority::Entry).len(), 14);
    }
    for test in test_databases().await {
        let line = "8 rows: 8 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "34-titles-and-departments.csv", line).await;
        let engineers = people.iter().filter(|one| one.departments.contains(&Department::Engineering));
        assert_eq!(engineers.map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Software Engineer"]);
        let sellers = people.iter().filter(|one| one.departments.contains(&Department::Sales));
        assert_eq!(sellers.map(|one| one.title.as_str()).collect::<Vec<_>>(), ["Sales Engineer", "Leiter Vertrieb"]);
    }
}

#[tokio::test]
async fn case_37_words_for_nothing_change_nothing() {
    for test in test_databases().await {
        imported(&test.db, &case("37-placeholders-1-good.csv"), Policy::Update).await;
        let before = contacts(&test.db).await;
        let counts = imported(&test.db, &case("37-placeholders-2-update.csv"), Policy::Update).await;
        assert_eq!(counts.to_string(), "2 rows: 0 imported, 2 updated, 0 duplicates, 0 rejected, 0 blank");
        let after = contacts(&test.db).await;
        assert_eq!(after, before);
        assert_eq!(
            (after[0].title.as_str(), after[0].company.as_str(), after[0].city.as_str()),
            ("Marketing Director", "Placeholder Ltd", "Rome")
        );
        assert_eq!((after[1].first_name.as_str(), after[1].seniority), ("Bo", Some(Seniority::CSuite)));
    }
}

#[tokio::test]
async fn case_40_codes_of_web_pages_are_undone() {
    for test in test_databases().await {
        let line = "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "40-html-entities.csv", line).await;
        let told = |one: &Contact| [one.first_name.clone(), one.title.clone(), one.company.clone()];
        assert_eq!(told(&people[0]), ["Renée", "Head of R&D", "Smith & Daughters"]);
        assert_eq!(told(&people[1]), ["Bo", "Sales & Marketing Manager", "M&M Tools"]);
    }
}

#[tokio::test]
async fn cases_46_and_47_addresses_are_found_beside_other_columns_and_with_apostrophes() {
    for test in test_databases().await {
        let line = "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "46-headings-that-begin-with-email.csv", line).await;
        assert_eq!(emails(&people), ["ann@consent.example", "bo@consent.example"]);
    }
    for test in test_databases().await {
        let line = "2 rows: 2 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "47-apostrophe-in-address.csv", line).await;
        assert_eq!(emails(&people), ["jo.d'arcy+list@green.example", "siobhan.o'hara@green.example"]);
        assert_eq!(people[1].last_name, "O'Hara");
    }
}

/// Case 42, as the directory reads it: who bounced, opted out or complained is never sold.
#[tokio::test]
async fn case_42_a_bad_standing_is_an_invalid_address() {
    for test in test_databases().await {
        let line = "5 rows: 5 imported, 0 updated, 0 duplicates, 0 rejected, 0 blank";
        let people = people(&test.db, "42-own-list-with-bad-standing.csv", line).await;
        let statuses: Vec<EmailStatus> = people.iter().map(|one| one.email_status).collect();
        let invalid = EmailStatus::Invalid;
        assert_eq!(statuses, [invalid, invalid, invalid, invalid, EmailStatus::Verified]);
    }
}
