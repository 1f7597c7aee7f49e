//! Imports as the operator meets them: a full disk, nobody who goes on, an undo.

use super::{Choice, Survey, file::import_file, import::Import, store, upload, worker};
use crate::{
    app::testing::{NOW, TestApp, test_apps},
    campaigns::{self, CampaignName, LeadCount, LeadOrder, RequestLeads},
    credits,
    directory::{Criteria, Directory, EmailStatus, FileImport, contacts::store::contacts_after, counters, imports},
    server::{db::Db, jobs::Round},
    suppression::SuppressionKeys,
};

async fn bring(test: &TestApp, source: &str, rows: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (data, file) = (folder.path().to_owned(), folder.path().join("people.csv"));
    std::fs::write(&file, format!("Email,Title\n{rows}")).unwrap();
    let (source, assumed_status) = (source.to_owned(), EmailStatus::Verified);
    let wanted = FileImport { file, source, assumed_status, data, ..FileImport::default() };
    import_file(&test.app.db, &test.app.clock, test.app.of::<SuppressionKeys>(), &wanted, |_| {}).await.unwrap();
    test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
}

async fn people(test: &TestApp) -> Vec<String> {
    let mut tx = test.app.db.read().await.unwrap();
    let found = contacts_after(&mut tx, 0, 100).await.unwrap();
    assert_eq!(counters(&mut tx).await.unwrap().contacts(), i64::try_from(found.len()).unwrap());
    test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
    assert_eq!(test.app.of::<Directory>().len(), found.len() as u64);
    let mut people: Vec<String> = found.into_iter().map(|one| one.contact.email.to_string()).collect();
    people.sort();
    people
}

/// The rows of a file of `people`.
fn rows(people: usize) -> String {
    (0..people).map(|number| format!("person{number}@x.example,{}\n", "Director of everything ".repeat(8))).collect()
}

/// An import that waits for a worker who has the file, or for the command, where the file was not uploaded.
async fn queue(test: &TestApp, survey: &Survey, stored_as: &str) -> Import {
    let choice = Choice { source: "Big".into(), stored_as: stored_as.into(), ..Choice::default() };
    let mut tx = test.app.db.write().await.unwrap();
    let draft = imports::draft(&mut tx, &test.app.clock, "big.csv", survey, &choice).await.unwrap();
    store::queue_import(&mut tx, &draft, test.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    draft
}

#[tokio::test]
async fn an_import_that_nobody_goes_on_with_says_why_and_can_be_ended() {
    let data = tempfile::tempdir().unwrap();
    for test in test_apps(&[("FAIRLEAD_DATA", data.path().to_str().unwrap())]).await {
        let (operator, app) = (test.sign_in_operator().await, &test.app);
        let folder = upload::folder(&app.config.data);
        std::fs::create_dir_all(&folder).unwrap();
        let here = folder.join("here.csv");
        std::fs::write(&here, format!("Email,Title\n{}", rows(3))).unwrap();
        let survey = imports::survey(&here).unwrap();
        for (stored_as, reason) in
            [("here.csv", None), ("gone.csv", Some("is on another copy")), ("", Some("was interrupted"))]
        {
            let import = queue(&test, &survey, stored_as).await;
            if stored_as.is_empty() {
                let mut tx = app.db.write().await.unwrap();
                assert!(store::claim_import(&mut tx, &mut import.clone(), app.clock.now()).await.unwrap());
                tx.commit().await.unwrap();
                let page = operator.get(&format!("/admin/imports/{}", import.id)).await.body;
                assert!(!page.contains("The import waits"), "the command may still run: {page}");
                app.clock.advance(imports::store::LEASE * 2);
            }
            let page = format!("/admin/imports/{}", import.id);
            let shown = operator.get(&page).await.body;
            assert_eq!(shown.contains("End it here"), reason.is_some(), "{shown}");
            assert!(shown.contains(reason.unwrap_or("Waiting for its turn")), "{shown}");
            assert_eq!(test.sign_in().await.post(&format!("{page}/end"), &[]).await.status, 404);
            for _ in 0..2 {
                assert_eq!(operator.post(&format!("{page}/end"), &[]).await.location, page);
            }
            let ended = operator.get(&page).await.body.contains("It was ended before all rows were read.");
            assert_eq!(ended, reason.is_some());
        }
        while worker::turn(app.clone()).await.unwrap() == Round::Worked {}
        assert_eq!(counters(&mut app.db.read().await.unwrap()).await.unwrap().contacts(), 3);
    }
}

#[tokio::test]
async fn an_import_that_meets_a_full_disk_says_so_and_goes_on_when_there_is_room() {
    for test in test_apps(&[("FAIRLEAD_DATA", tempfile::tempdir().unwrap().keep().to_str().unwrap())]).await {
        // Only SQLite can be told how large it may become.
        let Db::Sqlite { writer, .. } = &test.app.db else { continue };
        let operator = test.sign_in_operator().await;
        let folder = upload::folder(&test.app.config.data);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("big.csv"), format!("Email,Title\n{}", rows(4_000))).unwrap();
        let survey = imports::survey(&folder.join("big.csv")).unwrap();
        let draft = queue(&test, &survey, "big.csv").await;
        let pages: i64 = sqlx::query_scalar("pragma page_count").fetch_one(writer).await.unwrap();
        let limit =
            |pages: i64| sqlx::query(sqlx::AssertSqlSafe(format!("pragma max_page_count = {pages}"))).execute(writer);
        limit(pages + 300).await.unwrap();
        worker::turn(test.app.clone()).await.unwrap_err();
        let page = format!("/admin/imports/{}", draft.id);
        assert!(operator.get(&page).await.body.contains("disk of the server is full"));
        let stored = counters(&mut test.app.db.read().await.unwrap()).await.unwrap().contacts();
        assert!((1..4_000).contains(&stored), "{stored}");

        limit(1_000_000).await.unwrap();
        test.app.clock.advance(imports::store::LEASE * 2);
        while worker::turn(test.app.clone()).await.unwrap() == Round::Worked {}
        let done = operator.get(&page).await.body;
        assert!(done.contains("All rows were read") && !done.contains("The import waits"), "{done}");
        assert_eq!(counters(&mut test.app.db.read().await.unwrap()).await.unwrap().contacts(), 4_000);
    }
}

#[tokio::test]
async fn an_undone_import_takes_back_whom_it_alone_brought_and_nobody_got() {
    const FIRST: &str = "ann@x.example,CEO\nbo@x.example,CEO\ncy@x.example,CEO\ndi@x.example,CEO\n";
    for test in test_apps(&[]).await {
        let operator = test.sign_in_operator().await;
        bring(&test, "First", FIRST).await;
        bring(&test, "Second", "bo@x.example,CFO\n").await;
        let mut tx = test.app.db.write().await.unwrap();
        credits::grant_signup_promotion(&mut tx, operator.workspace, NOW).await.unwrap();
        let (name, criteria) = (CampaignName::parse("A").unwrap(), Criteria::default());
        let campaign =
            campaigns::create(&mut tx, operator.workspace, operator.user, &name, &criteria, NOW).await.unwrap();
        let order = LeadOrder { campaign, quantity: LeadCount::ONE, look: None, most: None, key: "a".into() };
        credits::join(&mut tx, &RequestLeads { member: operator.member(), order, at: NOW }).await.unwrap();
        tx.commit().await.unwrap();
        while campaigns::requests::worker::turn(test.app.clone()).await.unwrap() == Round::Worked {}

        let imports = store::imports(&mut test.app.db.read().await.unwrap(), 10).await.unwrap();
        let first = imports.iter().find(|import| import.source_name == "First").unwrap();
        let page = format!("/admin/imports/{}", first.id);
        let stranger = test.sign_in().await;
        assert_eq!(stranger.post(&format!("{page}/undo"), &[]).await.status, 404);
        assert!(operator.get(&page).await.body.contains("2 people leave"));
        assert_eq!(operator.post(&format!("{page}/undo"), &[]).await.location, page);
        operator.post(&format!("{page}/undo"), &[]).await;
        while worker::turn(test.app.clone()).await.unwrap() == Round::Worked {}
        assert_eq!(people(&test).await, ["ann@x.example", "bo@x.example"]);
        assert!(operator.get(&page).await.body.contains("2 people were removed"));
        bring(&test, "First", FIRST).await;
        assert_eq!(people(&test).await.len(), 4);
    }
}

#[tokio::test]
async fn another_reading_of_a_file_is_shown_before_the_start() {
    let data = tempfile::tempdir().unwrap();
    for test in test_apps(&[("FAIRLEAD_DATA", data.path().to_str().unwrap())]).await {
        let (operator, app) = (test.sign_in_operator().await, &test.app);
        let folder = upload::folder(&app.config.data);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("unnamed.csv"), "ada@x.example,Ada\nbo@x.example,Bo\ncy@x.example,Cy\n").unwrap();
        let survey = imports::survey(&folder.join("unnamed.csv")).unwrap();
        let choice = Choice { source: "Fair".into(), stored_as: "unnamed.csv".into(), ..Choice::default() };
        let mut tx = app.db.write().await.unwrap();
        let draft = imports::draft(&mut tx, &app.clock, "unnamed.csv", &survey, &choice).await.unwrap();
        tx.commit().await.unwrap();
        let page = format!("/admin/imports/{}", draft.id);
        assert!(operator.get(&page).await.body.contains("The columns have no names"));
        let fields = |shown: &'static str, first_row: &'static str, separator: &'static str| {
            vec![
                ("read_as", shown),
                ("encoding", "utf-8"),
                ("separator", separator),
                ("first_row", first_row),
                ("column-0", "email"),
                ("column-1", "first_name"),
                ("source", "Fair"),
                ("action", "start"),
            ]
        };
        let start = format!("{page}/start");
        let named = operator.post(&start, &fields("utf-8/comma/person", "names", "comma")).await;
        assert_eq!(named.status, 200);
        assert!(named.body.contains("The file was read again") && !named.body.contains("The columns have no names"));
        let apart = operator.post(&start, &fields("utf-8/comma/names", "names", "tab")).await;
        assert!(apart.body.contains("separated by tab, 1 column"), "{}", apart.body);
        assert_eq!(operator.post(&start, &fields("utf-8/comma/person", "person", "comma")).await.location, page);
        while worker::turn(app.clone()).await.unwrap() == Round::Worked {}
        assert_eq!(people(&test).await, ["ada@x.example", "bo@x.example", "cy@x.example"]);
        assert!(operator.get(&page).await.body.contains("UTF-8, separated by comma, 2 columns"));
    }
}
