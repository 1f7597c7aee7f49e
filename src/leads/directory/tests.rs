//! The index gives the same answers as reading every contact.

use proptest::{prelude::*, strategy::ValueTree};

use super::*;
use crate::{
    leads::{
        CompanySize, Contact, Country, Department, Email, EmailStatus, Quality, SIZE_MAX, Seniority, SizeRange,
        contact::testing::bare,
        import_store::source_named,
        store::{advance_counters, contacts_by_email, put_contacts},
    },
    server::{
        clock::{Clock, Instant},
        db::{Db, test_databases},
    },
};

async fn put(db: &Db, contacts: &[Contact]) {
    let mut tx = db.write().await.unwrap();
    let source = source_named(&mut tx, "Test list", Instant(1)).await.unwrap();
    let highest = contacts.iter().map(|contact| contact.id.0).max().unwrap();
    let before = advance_counters(&mut tx, 0, contacts.len() as i64).await.unwrap();
    advance_counters(&mut tx, (highest - before.last_contact).max(0), 0).await.unwrap();
    put_contacts(&mut tx, contacts, before.last_revision, source.id, None, Instant(1)).await.unwrap();
    tx.commit().await.unwrap();
}

fn pick<T: Clone + std::fmt::Debug + 'static>(values: &[T]) -> impl Strategy<Value = T> + use<T> {
    prop::sample::select(values.to_vec())
}

fn words(values: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    prop::sample::select(values.to_vec()).prop_map(str::to_owned)
}

const TITLES: [&str; 9] = [
    "VP Marketing",
    "Vice President, Sales",
    "Marketing Director",
    "CEO",
    "Founder & CEO",
    "HR Manager",
    "Sales VP",
    "",
    "Sr. Engineer",
];
const INDUSTRIES: [&str; 5] = ["Computer Software", "Retail", "Leisure, Travel & Tourism", "Bee keeping", ""];
const CITIES: [&str; 5] = ["München", "Munich", "Berlin", "São Paulo", ""];
const KEYWORDS: [&str; 7] =
    ["machine learning", "b2b", "deep machine learning", "saas b2b", "a b c d e", "computer", "b c d e"];
const DOMAINS: [&str; 4] = ["acme.example", "mail.acme.example", "beta.example", "x.gmail.example"];

fn size() -> impl Strategy<Value = Option<SizeRange>> {
    prop_oneof![
        Just(None),
        (0i64..300).prop_map(|people| Some(SizeRange::exactly(people))),
        pick(&CompanySize::ALL).prop_map(|class| Some(class.range())),
        Just(Some(SizeRange { min: 5, max: Some(SIZE_MAX - 1) })),
    ]
}

prop_compose! {
    fn contact()(
        title in words(&TITLES), seniority in prop::option::of(pick(&Seniority::ALL)),
        departments in prop::collection::btree_set(pick(&Department::ALL[..4]), 0..3), size in size(),
        industry in words(&INDUSTRIES), country in words(&["Germany", "France", "Atlantis", ""]), city in words(&CITIES),
        keywords in prop::collection::vec(words(&KEYWORDS), 0..3), domain in words(&DOMAINS), status in pick(&EmailStatus::ALL),
    ) -> Contact {
        Contact {
            title, seniority, departments: departments.into_iter().collect(), size, industry, country,
            region: city.clone(), city, technologies: keywords.clone(), keywords, domain, email_status: status,
            ..bare(0, "a@x.example")
        }
    }
}

prop_compose! {
    fn criteria()(
        titles in prop::collection::vec(words(&["vp", "VP Marketing", "ceo", "sales", "manager"]), 0..3),
        exclude_titles in prop::collection::vec(words(&["founder", "sales"]), 0..2),
        seniorities in prop::collection::btree_set(pick(&Seniority::ALL), 0..3),
        departments in prop::collection::btree_set(pick(&Department::ALL[..4]), 0..2),
        sizes in prop::collection::btree_set(pick(&CompanySize::ALL), 0..2),
        size_range in prop::option::of((1i64..100, prop::option::of(100i64..400)).prop_map(|(min, max)| SizeRange { min, max })),
        industries in prop::collection::vec(words(&INDUSTRIES[..4]), 0..2),
        exclude_industries in prop::collection::vec(words(&INDUSTRIES[..3]), 0..2),
        lists in (
            prop::collection::vec(words(&CITIES[..4]), 0..2), prop::collection::vec(words(&CITIES[..4]), 0..2),
            prop::collection::vec(words(&KEYWORDS), 0..3), prop::collection::vec(words(&DOMAINS), 0..2),
            prop::collection::vec(words(&DOMAINS), 0..2),
        ),
        in_germany in any::<[bool; 2]>(),
        quality in pick(&Quality::ALL),
    ) -> Criteria {
        let germany = Country::recognise("Germany").unwrap();
        let (regions, cities, keywords, domains, exclude_domains) = lists;
        Criteria {
            titles, exclude_titles, seniorities, departments, sizes, size_range, industries, exclude_industries,
            countries: in_germany[0].then_some(germany).into_iter().collect(),
            exclude_countries: in_germany[1].then_some(germany).into_iter().collect(),
            regions, cities, keywords, domains, exclude_domains, quality,
        }
    }
}

/// Criteria with a filter or two: those with many match nobody.
fn loose_criteria() -> impl Strategy<Value = Criteria> {
    (criteria(), any::<[u8; 6]>()).prop_map(|(mut criteria, keep)| {
        let open = Criteria::default();
        let rare = |byte: u8| !byte.is_multiple_of(3);
        if rare(keep[0]) {
            criteria.titles = open.titles;
            criteria.seniorities = open.seniorities;
        }
        if rare(keep[1]) {
            (criteria.sizes, criteria.size_range) = (open.sizes, open.size_range);
        }
        if rare(keep[2]) {
            criteria.industries = open.industries;
        }
        if rare(keep[3]) {
            (criteria.regions, criteria.cities, criteria.countries) = (open.regions, open.cities, open.countries);
        }
        if rare(keep[4]) {
            (criteria.keywords, criteria.departments) = (open.keywords, open.departments);
        }
        if rare(keep[5]) {
            criteria.domains = open.domains;
        }
        criteria
    })
}

fn sample<T: std::fmt::Debug>(strategy: impl Strategy<Value = T>, count: usize) -> Vec<T> {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

#[tokio::test]
async fn the_index_agrees_with_a_plain_scan_for_any_criteria() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(&folder.path().join("index")).unwrap();
    let mut contacts = sample(contact(), 1500);
    for (id, contact) in (1..).zip(&mut contacts) {
        contact.id = ContactId(id);
        contact.email = format!("p{id}@mail.acme.example").parse().unwrap();
    }
    put(db, &contacts[..1000]).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    // changed ones are replaced, new ones added: several segments with deletions
    for place in (0..1000).step_by(7) {
        contacts[place].title = "Changed Owner".into();
        contacts[place].email_status = EmailStatus::Verified;
    }
    put(db, &contacts.iter().take(1000).step_by(7).cloned().collect::<Vec<_>>()).await;
    put(db, &contacts[1000..]).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    assert_eq!(directory.len(), 1500);
    let mut met = 0;
    for criteria in sample(loose_criteria(), 250) {
        let expected: Vec<ContactId> =
            contacts.iter().filter(|contact| criteria.matches(contact)).map(|contact| contact.id).collect();
        let count = directory.count(&criteria).await.unwrap();
        assert_eq!(count.total, expected.len() as u64, "{criteria:?}");
        assert_eq!(directory.matching(&criteria, ContactId(0), 5000).await.unwrap(), expected, "{criteria:?}");
        let any = Criteria { quality: Quality::Any, ..criteria.clone() };
        let reachable = contacts.iter().filter(|contact| any.matches(contact)).count() as u64;
        assert_eq!(count.unverified_left_out, reachable - count.total, "{criteria:?}");
        let owned: Vec<ContactId> = (1..1500).rev().step_by(3).map(ContactId).collect();
        let among = expected.iter().filter(|id| owned.contains(id)).count() as u64;
        assert_eq!(directory.count_among(&criteria, &owned).await.unwrap(), among);
        let page = directory.matching(&criteria, ContactId(700), 5).await.unwrap();
        assert_eq!(page, expected.iter().copied().filter(|id| id.0 > 700).take(5).collect::<Vec<_>>());
        met += usize::from(!expected.is_empty());
    }
    assert!(met > 80, "only {met} criteria met anybody");
}

#[tokio::test]
async fn an_index_that_is_missing_damaged_or_of_another_database_is_made_anew() {
    for test in test_databases().await {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("index");
        put(&test.db, &[bare(1, "a@x.example"), bare(2, "b@x.example")]).await;
        let directory = Directory::open(&path).unwrap();
        assert!(!directory.is_ready());
        assert_eq!(directory.catch_up(&test.db, &Clock::System).await.unwrap(), 2);
        assert_eq!(directory.catch_up(&test.db, &Clock::System).await.unwrap(), 0);
        assert!(directory.is_ready());
        drop(directory);

        let again = Directory::open(&path).unwrap();
        assert_eq!(again.len(), 2);
        assert_eq!(again.catch_up(&test.db, &Clock::System).await.unwrap(), 0);
        drop(again);

        std::fs::write(path.join("meta.json"), "{ broken").unwrap();
        let anew = Directory::open(&path).unwrap();
        assert_eq!(anew.len(), 0);
        assert_eq!(anew.catch_up(&test.db, &Clock::System).await.unwrap(), 2);

        let other = &test_databases().await[0];
        put(&other.db, &[bare(1, "c@x.example"), bare(2, "d@x.example"), bare(3, "e@x.example")]).await;
        assert_eq!(anew.catch_up(&other.db, &Clock::System).await.unwrap(), 3);
        assert_eq!(anew.len(), 3);
    }
}

#[tokio::test]
async fn samples_are_masked_and_spread() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(&folder.path().join("index")).unwrap();
    let contacts: Vec<Contact> = (1..=100)
        .map(|id| Contact {
            first_name: "Maria".into(),
            last_name: "Santos".into(),
            ..bare(id, &format!("p{id}@x.example"))
        })
        .collect();
    put(db, &contacts).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let samples = directory.samples(&mut tx, &Criteria::default(), 5).await.unwrap();
    assert_eq!(samples.len(), 5);
    assert!(samples.iter().all(|sample| sample.name == "M•••• S."));
    let nobody = Criteria { titles: vec!["king".into()], ..Criteria::default() };
    assert!(directory.samples(&mut tx, &nobody, 5).await.unwrap().is_empty());
}

#[tokio::test]
async fn contacts_come_back_from_the_database_as_they_were_written() {
    for test in test_databases().await {
        let mut contacts = sample(contact(), 300);
        for (id, contact) in (1..).zip(&mut contacts) {
            contact.id = ContactId(id);
            contact.email = format!("p{id}@x.example").parse::<Email>().unwrap();
        }
        put(&test.db, &contacts).await;
        contacts[5].title = "Changed".into();
        put(&test.db, &contacts[5..6]).await;
        let mut tx = test.db.read().await.unwrap();
        let ids: Vec<ContactId> = contacts.iter().map(|contact| contact.id).collect();
        assert_eq!(contacts_by_id(&mut tx, &ids).await.unwrap(), contacts);
        let found = contacts_by_email(&mut tx, &["p6@x.example", "nobody@x.example"]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].contact.title.as_str(), found[0].revision), ("Changed", 301));
    }
}
