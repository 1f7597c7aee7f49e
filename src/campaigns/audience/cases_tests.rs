//! What people type and paste into the audience form, and what it says about it. The numbers are those of the collected
//! complaints and findings.

use super::count;
use crate::{
    accounts::Role,
    app::testing::{Browser, TestApp, test_apps},
    campaigns::{AudiencePreview, overview::page_tests::member},
    directory::{Directory, FileImport, import_file},
    server::gate::Purpose,
    suppression::SuppressionKeys,
    ui::{Completion, Told},
};

/// Four people of four companies.
const COMPANIES: &str = "Email,First Name,Title,Company,Industry,Country,City,Keywords,Email Status
ann@acorn.example,Ann,CEO,Acorn Works Inc.,Computer Software,Germany,Berlin,saas,Verified
bo@bluefjord.example,Bo,CTO,Bluefjord AS,Retail,Norway,Oslo,saas,Verified
cy@kestrel.example,Cy,CFO,Kestrel GmbH & Co. KG,Banking,Germany,Hamburg,payments,Verified
di@tinwhistle.example,Di,Gardener,Tinwhistle Ltd,Farming,Ireland,Cork,,Verified
";

async fn owner_of(test: &TestApp) -> Browser {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().to_owned(), folder.path().join("people.csv"));
    std::fs::write(&file, COMPANIES).unwrap();
    let wanted = FileImport { file, source: "Test".into(), data, ..FileImport::default() };
    let keys = test.app.of::<SuppressionKeys>();
    import_file(&test.app.db, &test.app.clock, keys, &wanted, |_| {}).await.unwrap();
    test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
    test.sign_in().await
}

async fn preview(test: &TestApp, browser: &Browser, fields: &[(&str, &str)]) -> AudiencePreview {
    let form: Vec<(String, String)> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let member = member(browser, Role::Owner);
    count::preview_of(&test.app, &member, Purpose::Live("audience"), &form).await.unwrap()
}

async fn proposals(browser: &Browser, field: &str, typed: &str, more: &[(&str, &str)]) -> Vec<Completion> {
    let form = [&[("complete_field", field), ("complete_typed", typed)][..], more].concat();
    let answer = browser.post("/api/audience-values", &form).await;
    serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body))
}

fn told(preview: &AudiencePreview, field: &str) -> Told {
    let told = preview.told.iter().find(|(one, _)| one == field);
    told.map(|(_, json)| serde_json::from_str(json).unwrap()).unwrap_or_default()
}

/// Case 52: a list in one line.
#[tokio::test]
async fn a_list_of_companies_may_be_parted_by_commas_semicolons_tabs_or_lines() {
    for test in test_apps(&[]).await {
        let owner = owner_of(&test).await;
        for separator in [", ", ",", "; ", "\t", "\n"] {
            let list = ["acorn.example", "bluefjord.example", "kestrel.example"].join(separator);
            assert_eq!(preview(&test, &owner, &[("exclude_domains", &list)]).await.matching, 1, "{separator:?}");
            assert_eq!(preview(&test, &owner, &[("domains", &list)]).await.matching, 3, "{separator:?}");
            let titles = ["CEO", "CTO", "CFO"].join(separator);
            assert_eq!(preview(&test, &owner, &[("titles", &titles)]).await.matching, 3, "{separator:?}");
        }
        let spelt = told(&preview(&test, &owner, &[("titles", "CEO, CTO, CFO")]).await, "titles").spelt;
        assert_eq!((spelt.len(), spelt[0].0.as_str()), (1, "CEO, CTO, CFO"));
        assert_eq!(spelt[0].1, ["CEO", "CTO", "CFO"]);
    }
}

/// Case 55: names that match no one.
#[tokio::test]
async fn a_company_that_matches_nobody_is_told_at_its_field() {
    for test in test_apps(&[]).await {
        let owner = owner_of(&test).await;
        let one = preview(&test, &owner, &[("exclude_domains", "acorn.example\nNowhere Works")]).await;
        assert_eq!(one.matching, 3);
        let note = one.notes.of("exclude_domains").unwrap();
        assert_eq!(note, "No one works at “Nowhere Works”. So it leaves no one out.");
        let several = preview(&test, &owner, &[("domains", "acorn.example\nNowhere Works\nno.example")]).await;
        assert_eq!(several.notes.of("domains").unwrap(), "2 of these 3 match no one: Nowhere Works, no.example.");
        let title = preview(&test, &owner, &[("titles", "Astronaut\nCEO")]).await;
        assert_eq!(title.matching, 1);
        let marks = told(&title, "titles").marks;
        assert_eq!(
            (marks.len(), marks[0].text.as_str(), marks[0].is_bad),
            (1, "No one has the title “Astronaut”.", false)
        );
    }
}

/// Finding 1: an unknown word never blanks the counts.
#[tokio::test]
async fn an_unknown_word_is_marked_and_left_out_of_the_count() {
    for test in test_apps(&[]).await {
        let owner = owner_of(&test).await;
        for (field, word, offered) in
            [("countries", "germ", "Germany"), ("cities", "Hambrug", "Hamburg"), ("industries", "Bankng", "Banking")]
        {
            let known = preview(&test, &owner, &[("titles", "CEO\nCFO"), (field, word)]).await;
            assert_eq!((known.matching, known.ignored.clone()), (2, vec![word.to_owned()]), "{field}");
            assert!(
                known.errors.is_empty()
                    && known.facets.iter().any(|facet| facet.values.iter().any(|one| one.leaves > 0))
            );
            let said = told(&known, field);
            let mark = &said.marks[0];
            assert!(mark.is_bad && mark.offers.iter().any(|offer| offer.value == offered), "{field}: {mark:?}");
            let saved =
                owner.post("/campaigns/new", &[("titles", "CEO"), (field, word), ("name", "x"), ("go", "next")]).await;
            assert_eq!(saved.status, 422, "{field}");
            assert!(saved.body.contains(&format!("id=\"{field}-error\"")), "{field}");
        }
        let excluded = preview(&test, &owner, &[("exclude_cities", "Nowhere")]).await;
        assert_eq!((excluded.matching, told(&excluded, "exclude_cities").marks[0].is_bad), (4, false));
        let page = owner.post("/campaigns/new/count", &[("titles", "CEO"), ("countries", "germ")]).await;
        assert_eq!(page.status, 200);
        assert!(page.body.contains("Left out of the count: “germ”.") && page.body.contains("token-bad"));
    }
}

/// Finding 2: "SaaS" finds people.
#[tokio::test]
async fn a_word_of_trade_leads_to_industries_and_keywords() {
    for test in test_apps(&[]).await {
        let owner = owner_of(&test).await;
        let proposed = proposals(&owner, "industries", "SaaS", &[]).await;
        assert_eq!((proposed[0].value.as_str(), proposed[0].note.as_str()), ("Computer Software", "1"));
        let keyword = proposed.iter().find(|one| one.field == "keywords").unwrap();
        assert_eq!((keyword.value.as_str(), keyword.note.as_str()), ("SaaS", "as a keyword: 2"));
        let marked = preview(&test, &owner, &[("industries", "SaaS")]).await;
        assert_eq!(marked.matching, 4);
        let said = told(&marked, "industries");
        let offers = &said.marks[0].offers;
        let labels: Vec<&str> = offers.iter().map(|offer| offer.label.as_str()).collect();
        assert_eq!(labels[0], "Computer Software");
        assert!(labels.contains(&"Use it as a keyword: 2 people"), "{labels:?}");
    }
}

/// Finding 3: proposals do not vanish at zero.
#[tokio::test]
async fn proposals_come_from_the_whole_directory_when_the_audience_is_empty() {
    for test in test_apps(&[]).await {
        let owner = owner_of(&test).await;
        for nobody in [("titles", "Emperor"), ("countries", "germ")] {
            let proposed = proposals(&owner, "cities", "ber", &[nobody, ("keywords", "nothing")]).await;
            let shown = (proposed[0].value.as_str(), proposed[0].note.as_str(), proposed[0].is_faint);
            assert_eq!(shown, ("Berlin", "0 of 1", true));
        }
        let proposed = proposals(&owner, "countries", "UK", &[]).await;
        assert_eq!((proposed[0].value.as_str(), proposed[0].note.as_str()), ("United Kingdom", "no one yet"));
        let proposed = proposals(&owner, "countries", "deutschland", &[]).await;
        assert_eq!((proposed[0].value.as_str(), proposed[0].is_faint), ("Germany", false));
    }
}

/// Finding 13: back, then “Save and continue”, saves the same draft.
#[tokio::test]
async fn whoever_comes_back_and_saves_again_has_one_draft() {
    for test in test_apps(&[]).await {
        let (owner, other) = (owner_of(&test).await, test.sign_in().await);
        let page = owner.get("/campaigns/new").await.body;
        let draft = page.split("name=\"draft\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let first = owner.post("/campaigns/new", &[("draft", &draft), ("titles", "CEO"), ("go", "next")]).await;
        assert_eq!(first.location, format!("/campaigns/new/{draft}/leads"));
        let again = owner.post("/campaigns/new", &[("draft", &draft), ("titles", "CFO"), ("go", "next")]).await;
        assert_eq!(again.location, first.location);
        let list = owner.get("/campaigns").await.body;
        assert!(list.contains("CFO") && !list.contains("CEO</a>"), "the name follows the filters: {list}");
        // The id is one of this workspace: elsewhere it makes a campaign of its own.
        let theirs = other.post("/campaigns/new", &[("draft", &draft), ("titles", "CTO"), ("go", "next")]).await;
        assert_eq!(theirs.status, 303);
        assert!(owner.get(&first.location).await.body.contains("CFO"));
        let nameless = owner.post("/campaigns/new", &[("go", "next")]).await;
        assert_eq!(nameless.status, 422, "nothing proposes a name for everybody");
    }
}
