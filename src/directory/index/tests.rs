//! The index gives the same answers as reading every contact.

use proptest::{prelude::*, strategy::ValueTree};

use super::*;
use crate::{
    directory::{
        CompanySize, Contact, Department, EmailStatus, FILTERS, Filter, Quality, SIZE_MAX, Seniority, SizeRange,
        Values,
        contacts::{
            contact::testing::bare,
            store::{Written, advance_counters, contacts_by_email, put_contacts},
        },
        imports::store::source_named,
        samples_by_id,
    },
    email::Email,
    server::{
        clock::{Clock, Instant},
        db::{Db, test_databases},
    },
};

pub(super) async fn put(db: &Db, contacts: &[Contact]) {
    let mut tx = db.write().await.unwrap();
    let source = source_named(&mut tx, "Test list", Instant(1)).await.unwrap();
    let highest = contacts.iter().map(|contact| contact.id.0).max().unwrap();
    let before = advance_counters(&mut tx, 0, contacts.len() as i64).await.unwrap();
    advance_counters(&mut tx, (highest - before.last_contact).max(0), 0).await.unwrap();
    put_contacts(&mut tx, contacts, before.last_revision, Written { source: source.id, import: None, at: Instant(1) })
        .await
        .unwrap();
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
            seniority, departments: departments.into_iter().collect(), size, industry,
            hq_country: if domain.len() > 12 { "Germany".into() } else { country.clone() },
            company: if domain.len() > 12 { "Acme, Inc.".into() } else { String::new() },
            hq_city: city.clone(), hq_region: title.clone(), title, revenue: Some(i64::from(status as u8) * 3_000_000),
            region: city.clone(), country, city, technologies: keywords.clone(), keywords, domain, email_status: status,
            ..bare(0, "a@x.example")
        }
    }
}

/// Values to ask a filter for.
fn pool(filter: &Filter) -> Vec<String> {
    let words: &[&str] = match (&filter.values, filter.attribute.code) {
        (Values::Choices(list), _) => return list().iter().map(|(code, _)| (*code).to_owned()).collect(),
        (_, "title") => &["vp", "VP Marketing", "ceo", "sales", "manager", "Changed Owner", "founder ceo"],
        (_, "industry") => &["Computer Software", "Retail", "Technology", "Shops & Trade", "Bee keeping"],
        (_, "country" | "hq_country") => &["Germany", "France"],
        (_, "company") => &["acme.example", "mail.acme.example", "Acme Inc", "beta.example", "gmail.example", "Nobody"],
        (_, "keyword" | "technology") => &KEYWORDS,
        _ => &CITIES[..4],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

prop_compose! {
    /// Up to four filters with up to two values each: criteria with many match nobody.
    fn criteria()(
        chosen in prop::collection::vec((0..FILTERS.len(), any::<[prop::sample::Index; 2]>()), 0..5),
        range in (1i64..100, 100i64..400), quality in pick(&Quality::ALL), exact in any::<u8>(),
    ) -> Criteria {
        let mut form = vec![("quality".to_owned(), quality.code().to_owned())];
        for (place, picked) in chosen {
            let filter = &FILTERS[place];
            if let Values::Range(lower, upper) = filter.values {
                form.extend([(lower.to_owned(), range.0.to_string()), (upper.to_owned(), range.1.to_string())]);
                continue;
            }
            let pool = pool(filter);
            form.extend(picked.iter().map(|index| (filter.field.to_owned(), index.get(&pool).clone())));
        }
        if exact < 64 {
            form.push(("titles_exact".into(), "yes".into()));
        }
        Criteria::parse(&form).unwrap()
    }
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
    for (nth, criteria) in sample(criteria(), 1000).into_iter().enumerate() {
        let matching = |criteria: &Criteria| contacts.iter().filter(|contact| criteria.matches(contact)).count() as u64;
        let expected: Vec<ContactId> =
            contacts.iter().filter(|contact| criteria.matches(contact)).map(|contact| contact.id).collect();
        let owned: Vec<ContactId> = (1..1500).rev().step_by(3).map(ContactId).collect();
        let answer =
            directory.asked_by_work().answer(&criteria, &Contacts::of(&owned), Samples::default()).await.unwrap();
        assert_eq!(answer.count.total, expected.len() as u64, "{criteria:?}");
        assert_eq!(
            directory.asked_by_work().matching(&criteria, ContactId(0), 5000).await.unwrap(),
            expected,
            "{criteria:?}"
        );
        let mut any = criteria.clone();
        any.quality = Quality::Any;
        assert_eq!(answer.count.unverified_left_out, matching(&any) - answer.count.total, "{criteria:?}");
        let among = expected.iter().filter(|id| owned.contains(id)).count() as u64;
        assert_eq!(answer.owned, among);
        let mut hiding = criteria.clone();
        hiding.hide_owned = true;
        let left = directory
            .asked_by_work()
            .answer(&hiding, &Contacts::of(&owned), Samples::default())
            .await
            .unwrap()
            .count
            .total;
        assert_eq!(left, expected.len() as u64 - among);
        for (field, total) in &answer.without {
            let together = FILTERS.iter().filter(|one| {
                let filter = Filter::of(field).unwrap();
                one.attribute == filter.attribute && one.mode == filter.mode
            });
            let wider = together.fold(criteria.clone(), |criteria, one| criteria.without(one.field));
            assert_eq!(*total, matching(&wider), "without {field}: {criteria:?}");
        }
        let by_quality = answer.facets.iter().find(|facet| facet.field == "quality").unwrap();
        for (quality, counted) in Quality::ALL.into_iter().zip(&by_quality.values) {
            let mut other = criteria.clone();
            other.quality = quality;
            let leaves = matching(&other);
            let adds = leaves.saturating_sub(answer.count.total);
            assert_eq!((counted.leaves, counted.adds), (leaves, adds), "{quality:?}: {criteria:?}");
        }
        // reading every contact for every value takes long, so this is done for some of the criteria only
        for facet in answer.facets.iter().filter(|facet| nth % 25 == 0 && facet.field != "quality") {
            let filter = Filter::of(&facet.field).unwrap();
            let apart = if filter.field == "size" { criteria.without("size_range") } else { criteria.clone() };
            if let Values::Choices(list) = &filter.values {
                let (mut every, mut open) = (apart.clone(), apart.clone());
                every.set(filter, list().iter().map(|(code, _)| (*code).to_owned()).collect());
                open.set(filter, vec![]);
                assert_eq!(facet.none, matching(&open) - matching(&every), "{}: {criteria:?}", facet.field);
            }
            for counted in facet.values.iter().step_by(3) {
                let mut alone = apart.clone();
                alone.set(filter, vec![counted.value.clone()]);
                assert_eq!(counted.leaves, matching(&alone), "{} {}: {criteria:?}", facet.field, counted.value);
                let mut more = criteria.clone();
                more.set(filter, criteria.values(filter.field).iter().chain([&counted.value]).cloned().collect());
                let asked = !criteria.values(filter.field).is_empty()
                    || !criteria.values("size_range").is_empty() && filter.field == "size";
                let adds = if asked { matching(&more) - answer.count.total } else { counted.leaves };
                assert_eq!(counted.adds, adds, "{} and {}: {criteria:?}", facet.field, counted.value);
            }
        }
        let page = directory.asked_by_work().matching(&criteria, ContactId(700), 5).await.unwrap();
        assert_eq!(page, expected.iter().copied().filter(|id| id.0 > 700).take(5).collect::<Vec<_>>());
        met += usize::from(!expected.is_empty());
    }
    assert!(met > 400, "only {met} criteria met anybody");
}

#[tokio::test]
async fn typed_values_are_completed_with_what_they_would_leave_and_add() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(&folder.path().join("index")).unwrap();
    let titles = ["Marketing Director", "Director of Marketing", "VP Marketing", "Sales Director", "Head of Sales"];
    let contacts: Vec<Contact> = (1..=20)
        .map(|id| Contact {
            title: titles[id as usize % titles.len()].into(),
            technologies: vec![if id > 15 { "HubSpot" } else { "Hugo" }.into()],
            city: if id < 5 { "München" } else { "Münster" }.into(),
            domain: format!("c{}.example", id % 4),
            ..bare(id, &format!("p{id}@x.example"))
        })
        .collect();
    put(db, &contacts).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    let complete = async |form: &[(&str, &str)], field: &str, typed: &str| {
        let form: Vec<_> = form.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let criteria = Criteria::parse(&form).unwrap();
        let found = directory.asked_by_work().complete(&criteria, Filter::of(field).unwrap(), typed).await.unwrap();
        found.into_iter().map(|one| (one.value, one.leaves, one.adds)).collect::<Vec<_>>()
    };
    let owned = |list: &[(&str, u64, u64)]| list.iter().map(|(v, l, a)| ((*v).to_owned(), *l, *a)).collect::<Vec<_>>();
    let found = complete(&[], "titles", "mark").await;
    assert_eq!(found, owned(&[("Director of Marketing", 8, 8), ("VP Marketing", 4, 4)]));
    let found = complete(&[("titles", "VP Marketing\nSales")], "titles", "director").await;
    assert_eq!(found, owned(&[("Director of Marketing", 8, 8), ("Sales Director", 4, 0)]));
    for typed in ["", "h", "hu"] {
        assert_eq!(
            complete(&[], "technologies", typed).await,
            owned(&[("hugo", 15, 15), ("hubspot", 5, 5)]),
            "{typed}"
        );
    }
    assert_eq!(complete(&[("titles", "VP")], "cities", "mun").await, owned(&[("Münster", 3, 3), ("München", 1, 1)]));
    let two = Criteria::parse(&[("per_company".into(), "2".into())]).unwrap();
    assert_eq!(
        directory.asked_by_work().answer(&two, &Contacts::of(&[]), Samples::default()).await.unwrap().per_company,
        Some(8)
    );
}

/// Case 54: two vendors' brackets. All eight classes together have three people, and the page can say where the others are.
#[tokio::test]
async fn who_fits_no_class_of_sizes_is_counted() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::open(&folder.path().join("index")).unwrap();
    let written = ["11-50", "51-200", "101-250", "251-500", "100-249", "5-25", "500+", ""];
    let contacts: Vec<Contact> = (1..)
        .zip(written)
        .map(|(id, size)| Contact { size: SizeRange::recognise(size), ..bare(id, &format!("a{id}@brackets.example")) })
        .collect();
    put(db, &contacts).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    let asking = directory.asked_by_work();
    for ticked in [vec![], CompanySize::ALL.map(|size| ("size".to_owned(), size.code().to_owned())).to_vec()] {
        let criteria = Criteria::parse(&ticked).unwrap();
        let answer = asking.answer(&criteria, &Contacts::of(&[]), Samples::default()).await.unwrap();
        assert_eq!(answer.count.total, if ticked.is_empty() { 8 } else { 3 });
        let sizes = answer.facets.iter().find(|facet| facet.field == "size").unwrap();
        let in_classes: u64 = sizes.values.iter().map(|one| one.leaves).sum();
        assert_eq!((in_classes, sizes.none), (3, 5));
        assert_eq!(sizes.none_text(), "5 people have no known size, or one across several of these.");
    }
}

#[tokio::test]
async fn an_index_that_vanishes_while_it_is_used_is_made_anew() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("index");
    let directory = Directory::open(&path).unwrap();
    put(db, &[bare(1, "a@x.example"), bare(2, "b@x.example")]).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    std::fs::remove_dir_all(&path).unwrap();
    assert_eq!(directory.catch_up(db, &Clock::System).await.unwrap(), 2);
    assert!(directory.is_ready());
    put(db, &[bare(3, "c@x.example")]).await;
    for file in std::fs::read_dir(&path).unwrap() {
        let file = file.unwrap().path();
        if file.extension().is_none_or(|extension| extension != "lock") {
            std::fs::write(file, "damaged").unwrap();
        }
    }
    while directory.catch_up(db, &Clock::System).await.is_err() {}
    assert_eq!(directory.len(), 3);
    assert!(directory.is_ready());
}

#[tokio::test]
async fn a_server_reads_ahead_what_the_first_click_counts() {
    let databases = test_databases().await;
    let db = &databases[0].db;
    for reads_ahead in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let directory = Directory::open(&folder.path().join("index")).unwrap();
        if reads_ahead {
            directory.read_ahead();
        }
        for id in 1..=2 {
            put(db, &[bare(id, &format!("{id}@x.example"))]).await;
            directory.catch_up(db, &Clock::System).await.unwrap();
            let before = directory.inner.remembered.columns_read();
            let answer = directory
                .asked_by_work()
                .answer(&Criteria::default(), &Contacts::of(&[]), Samples::default())
                .await
                .unwrap();
            assert_eq!(answer.count.total, directory.len());
            let read = directory.inner.remembered.columns_read();
            assert!(read > 0 && (before == read) == reads_ahead, "{before} of {read}");
        }
    }
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
            city: format!("City {id}"),
            ..bare(id, &format!("p{id}@x.example"))
        })
        .collect();
    put(db, &contacts).await;
    directory.catch_up(db, &Clock::System).await.unwrap();
    let mut tx = db.read().await.unwrap();
    let ids = async |criteria: &Criteria, owned: &[ContactId], number: u64, seed: u64| {
        let samples = Samples { number, seed };
        directory.asked_by_work().answer(criteria, &Contacts::of(owned), samples).await.unwrap().samples
    };
    let all = Criteria::default();
    let first = ids(&all, &[], 20, 7).await;
    let shown = samples_by_id(&mut tx, &first).await.unwrap();
    assert_eq!((shown.len(), shown.iter().all(|sample| sample.name == "M•••• S.")), (20, true));
    assert_eq!(first.iter().collect::<std::collections::BTreeSet<_>>().len(), 20, "each once");
    assert_eq!(ids(&all, &[], 20, 7).await, first, "the same when asked again");
    assert_ne!(ids(&all, &[], 20, 7 << 32).await, first, "others for another workspace, or the next day");
    assert!(first.iter().any(|id| id.0 <= 50) && first.iter().any(|id| id.0 > 50), "from all over the directory");
    let nobody = Criteria::parse(&[("titles".into(), "king".into())]).unwrap();
    assert!(ids(&nobody, &[], 5, 7).await.is_empty());
    // Who leaves the matches is replaced; the others stay, so that buying and returning one shows no 19 new ones.
    let mut hiding = Criteria::default();
    hiding.hide_owned = true;
    let later = ids(&hiding, &first[..1], 20, 7).await;
    assert_eq!(later.iter().filter(|id| first.contains(id)).count(), 19);
    assert_eq!(ids(&all, &[], 200, 7).await.len(), 100, "all of them, when there are fewer");
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
        assert_eq!(crate::directory::contacts_by_id(&mut tx, &ids).await.unwrap(), contacts);
        let found = contacts_by_email(&mut tx, &["p6@x.example", "nobody@x.example"]).await.unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].contact.title.as_str(), found[0].revision), ("Changed", 301));
    }
}
