//! People and companies of whole files: what is kept of them, and by which filters they are found.

use std::{fs, path::Path};

use super::{
    mapping::Mapping,
    row::{Row, RowReader},
};
use crate::directory::{Contact, Criteria, EmailStatus};

/// The people of a case, as an import would keep them.
fn people(case: &str) -> Vec<Contact> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/cases").join(case);
    let bytes = fs::read(path).unwrap();
    let delimiter = if bytes.iter().take_while(|byte| **byte != b'\n').any(|byte| *byte == b';') { b';' } else { b',' };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).has_headers(false).from_reader(&bytes[..]);
    let mut rows: Vec<Vec<String>> =
        reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    let headings = rows.remove(0);
    let reader = RowReader::new(&Mapping::recognise(&headings, &rows), headings.len(), EmailStatus::Verified);
    let read = rows.iter().map(|row| reader.read(&row.iter().map(String::as_str).collect::<Vec<_>>()));
    read.map(|row| match row {
        Row::Person(contact) => *contact,
        other => panic!("{other:?}"),
    })
    .collect()
}

/// The names before the @ of the people a filter finds.
fn found(people: &[Contact], filter: &str, value: &str) -> String {
    let criteria = Criteria::parse(&[(filter.to_owned(), value.to_owned())]).unwrap();
    let found = people.iter().filter(|contact| criteria.matches(contact));
    found.map(|contact| contact.email.as_str().split('@').next().unwrap()).collect::<Vec<_>>().join(" ")
}

#[test]
fn case_26_countries_are_known_by_codes_other_languages_and_official_forms() {
    let people = people("26-countries-in-other-names.csv");
    let countries: Vec<&str> = people.iter().map(|contact| contact.country.as_str()).collect();
    assert_eq!(
        countries,
        [
            "Germany",
            "United Kingdom",
            "United Kingdom",
            "United Kingdom",
            "United States",
            "Czechia",
            "Iran",
            "Taiwan",
            "Germany",
            "Japan",
            "Turkey",
            "Germany"
        ]
    );
    assert_eq!(found(&people, "countries", "Germany"), "a1 a9 b3");
    assert_eq!(found(&people, "countries", "DEU"), "a1 a9 b3");
    assert_eq!(found(&people, "countries", "Royaume-Uni"), "a2 a3 a4");
}

#[test]
fn case_27_states_are_regions_and_no_countries() {
    let people = people("27-us-towns-with-state-codes.csv");
    assert_eq!(found(&people, "countries", "United States"), "a1 a2 a3 a4 a5 a6 a7 a8 a9");
    assert_eq!(found(&people, "countries", "Canada"), "b1");
    assert_eq!(found(&people, "countries", "Georgia"), "b2");
    assert_eq!(found(&people, "countries", "Germany"), "");
    assert_eq!(found(&people, "regions", "Texas"), "a8 a9");
    assert_eq!(found(&people, "regions", "TX"), "a8 a9");
    assert_eq!(found(&people, "regions", "Georgia"), "a5 a6");
}

#[test]
fn case_28_areas_are_their_town_and_its_country() {
    let people = people("28-places-as-networks-write-them.csv");
    assert_eq!(found(&people, "cities", "London"), "a1 a7");
    assert_eq!(found(&people, "cities", "Munich"), "a2");
    assert_eq!(found(&people, "countries", "Germany"), "a2 a5 a6");
    assert_eq!(found(&people, "countries", "France"), "a4");
}

#[test]
fn case_23_dates_are_the_ranges_that_they_were() {
    let sizes: Vec<_> =
        people("23-sizes-turned-into-dates.csv").iter().map(|one| one.size.unwrap().to_string()).collect();
    assert_eq!(sizes, ["2–10", "2–10", "1–10", "11–50", "11–50", "11–50", "11–50"]);
}

#[test]
fn case_24_sizes_are_read_with_points_and_words_of_other_languages() {
    let sizes: Vec<_> = people("24-sizes-in-other-words.csv").iter().map(|one| one.size.unwrap().to_string()).collect();
    assert_eq!(sizes, ["1,500", "2,500–5,000", "250", "500+", "10,001+", "500+", "101–250", "100–249"]);
}

#[test]
fn case_29_industries_of_the_newer_list_and_several_at_once_are_found() {
    let people = people("29-industries-of-the-newer-list.csv");
    assert_eq!(found(&people, "industries", "Computer Software"), "a1 b1 b2");
    assert_eq!(found(&people, "industries", "Internet"), "a3 b1");
    assert_eq!(found(&people, "industries", "Technology"), "a1 a2 a3 b1 b2");
    assert_eq!(found(&people, "industries", "Hospital & Health Care"), "a4");
    assert_eq!(found(&people, "industries", "Marketing & Advertising"), "a5");
    assert_eq!(found(&people, "industries", "Nonprofit Organization Management"), "a6");
    assert_eq!(found(&people, "industries", "Transportation & Trucking"), "a7");
    assert_eq!(found(&people, "industries", "Transport"), "a7");
    assert_eq!(found(&people, "industries", "Fundraising"), "a8");
    assert_eq!(found(&people, "industries", "Automotive"), "a9");
    assert_eq!(people[11].industry, "541511");
}

#[test]
fn case_31_a_column_of_salutations_is_no_job_title() {
    let titles: Vec<String> = people("31-title-column-is-a-salutation.csv").into_iter().map(|one| one.title).collect();
    assert_eq!(titles, ["Managing Director", "Head of Research", "Sales Manager"]);
}

#[test]
fn case_35_headings_in_french_are_understood() {
    let people = people("35-headings-french-spanish.csv");
    let said: Vec<_> = people
        .iter()
        .map(|one| {
            let size = one.size.unwrap().to_string();
            [&one.first_name, &one.last_name, &one.company, &one.title, &one.city, &one.country, &one.phone, &size]
                .map(String::clone)
        })
        .collect();
    let expected = [
        ["Chloé", "Garnier", "Atelier du Pont", "Directrice marketing", "Lyon", "France", "+33 4 55 50 10 00", "11–50"],
        ["Luis", "Romero", "Taller Sur", "Director comercial", "Sevilla", "Spain", "+34 955 501 000", "51–200"],
    ];
    assert_eq!(said, expected);
}

#[test]
fn case_36_headings_in_camel_case_are_understood() {
    let people = people("36-headings-camel-case.csv");
    let one = &people[0];
    assert_eq!((one.domain.as_str(), one.industry.as_str()), ("camel.example", "Computer Software"));
    assert_eq!(one.size.unwrap().to_string(), "51–200");
    assert_eq!((one.linkedin.as_str(), one.phone.as_str()), ("https://network.example/in/mara", "+1 555 0100"));
    assert_eq!((one.city.as_str(), one.country.as_str()), ("Austin", "United States"));
}

#[test]
fn case_46_headings_that_begin_with_email_are_no_addresses() {
    let people = people("46-headings-that-begin-with-email.csv");
    let addresses: Vec<&str> = people.iter().map(|one| one.email.as_str()).collect();
    assert_eq!(addresses, ["ann@consent.example", "bo@consent.example"]);
}

#[test]
fn case_54_sizes_of_other_brackets_fit_no_class() {
    let people = people("54-company-sizes-of-two-vendors.csv");
    let codes = ["1-10", "11-50", "51-200", "201-500", "501-1000", "1001-5000", "5001-10000", "10001+"];
    let classed = codes.map(|code| found(&people, "size", code)).join(" ");
    assert_eq!(classed.split_whitespace().collect::<Vec<_>>(), ["a1", "a2", "a4"]);
}

/// Case 38. Real services, so the addresses stand here and in no file.
#[test]
fn case_38_a_mailbox_of_a_mail_service_names_no_company() {
    let headings = ["Email", "Company", "Website"].map(str::to_owned);
    let reader = RowReader::new(&Mapping::recognise(&headings, &[]), 3, EmailStatus::Verified);
    let domain = |email, website| match reader.read(&[email, "Atelier", website]) {
        Row::Person(contact) => contact.domain,
        other => panic!("{other:?}"),
    };
    for email in ["ann@hotmail.fr", "bo@outlook.de", "cy@gmx.at", "di@gmail.com", "ed@mailinator.com"] {
        assert_eq!(domain(email, ""), "", "{email}");
    }
    assert_eq!(domain("ann@hotmail.fr", "https://www.shop.acorn.example"), "acorn.example");
    assert_eq!(domain("ann@mail.acorn.example", "https://www.facebook.com/acorn"), "acorn.example");
}

#[test]
fn case_49_contacts_of_a_mail_service_are_read() {
    let people = people("49-google-contacts.csv");
    let said: Vec<_> = people
        .iter()
        .map(|one| {
            [
                one.email.as_str(),
                &one.first_name,
                &one.last_name,
                &one.title,
                &one.company,
                &one.city,
                &one.country,
                &one.domain,
            ]
            .map(str::to_owned)
        })
        .collect();
    let expected = [
        [
            "mara@tinwhistle.example",
            "Mara",
            "Quill",
            "Head of Growth",
            "Tinwhistle Ltd",
            "Austin",
            "United States",
            "tinwhistle.example",
        ],
        ["odo@bluefjord.example", "Odo", "Varga", "CFO", "Bluefjord AS", "Bergen", "Norway", "bluefjord.example"],
    ];
    assert_eq!(said, expected);
    assert!(people.iter().all(|one| !one.phone.is_empty() && !one.departments.is_empty()));
}
