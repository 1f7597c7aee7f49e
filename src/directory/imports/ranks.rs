//! Ranks and departments by titles, worked out anew when titles are read by other rules than before.
//!
//! A server with later rules begins at the first contact, a page at a time, and continues where an earlier start stopped. One with earlier
//! rules leaves what it finds, so of two servers side by side the newer one wins. The directory serves meanwhile; what changed reaches the search index as any change does. What a file or source told in a column of
//! its own stays.

use std::{
    cmp,
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use serde::Serialize;
use sqlx::types::Json;

use super::mapping::{Field, Mapping};
use crate::{
    directory::{
        ContactId, Department, Directory, Seniority,
        contacts::{store::advance_counters, title},
        ids::ImportId,
    },
    on,
    server::{app::App, batches::batches, db::Tx, jobs::Round},
};

/// Contacts that are looked at together.
const PAGE: i64 = 1_000;
/// How long other writers have between two pages.
const PAUSE: Duration = Duration::from_millis(20);
/// A contact behind all others: everyone was looked at.
const ALL: i64 = i64::MAX;

/// Begins to compare, once in a process.
pub fn start(app: &App) {
    let (worker, is_done) = (app.clone(), Arc::new(AtomicBool::new(false)));
    // An error is tried again after this pause.
    app.jobs.repeat("ranks by title", Duration::from_secs(60), Arc::default(), move || {
        let (app, is_done) = (worker.clone(), is_done.clone());
        async move {
            if is_done.load(Ordering::Acquire) || turn(&app).await? == Round::Idle {
                is_done.store(true, Ordering::Release);
                return Ok(Round::Idle);
            }
            tokio::time::sleep(PAUSE).await;
            Ok(Round::Worked)
        }
    });
}

/// How far titles were read, and by which rules.
#[derive(Debug, sqlx::FromRow)]
struct Read {
    titles_read: String,
    titles_read_to: i64,
    last_contact: i64,
}

/// A contact whose title was read before.
#[derive(Debug, sqlx::FromRow)]
struct Titled {
    id: ContactId,
    title: String,
    seniority: Option<Seniority>,
    departments: Json<Vec<Department>>,
    import_id: Option<ImportId>,
    first_import_id: Option<ImportId>,
}

/// What the title of a contact says now.
#[derive(Debug, Serialize)]
struct Anew(ContactId, String, Option<Seniority>, Vec<Department>, i64);

/// Looks at the next page. Idle when there is none.
pub(super) async fn turn(app: &App) -> anyhow::Result<Round> {
    let ours = title::Version::of_now();
    let mut tx = app.db.read().await?;
    let read: Read = on!(&mut tx, c => sqlx::query_as(
        "select titles_read, titles_read_to, last_contact from directory where id = 1").fetch_one(c).await)?;
    let after = match title::Version::parse(&read.titles_read).cmp(&ours) {
        cmp::Ordering::Less => 0,
        cmp::Ordering::Equal if read.titles_read_to < read.last_contact => read.titles_read_to,
        cmp::Ordering::Equal | cmp::Ordering::Greater => return Ok(Round::Idle),
    };
    let page: Vec<Titled> = on!(&mut tx, c => sqlx::query_as(
        "select id, title, seniority, departments, import_id, first_import_id from contacts where id > $1 order by id limit $2")
        .bind(after).bind(PAGE).fetch_all(c).await)?;
    let anew = worked_out(&mut tx, &page).await?;
    drop(tx);
    let next = page.last().map_or(ALL, |last| last.id.0);
    let mut tx = app.db.write().await?;
    let changed = !anew.is_empty();
    if !advance(&mut tx, &read, &ours, next).await? {
        return Ok(Round::Worked); // another server did, perhaps by later rules: look again
    }
    write(&mut tx, anew).await?;
    tx.commit().await?;
    if changed {
        app.of::<Directory>().wake();
    }
    Ok(Round::Worked)
}

/// Notes how far titles were read, unless that is not what `read` says any more.
async fn advance(tx: &mut Tx, read: &Read, ours: &title::Version, next: i64) -> sqlx::Result<bool> {
    let done = on!(tx, c => sqlx::query(
        "update directory set titles_read = $1, titles_read_to = $2 where id = 1 and titles_read = $3 and titles_read_to = $4")
        .bind(ours.to_string()).bind(next).bind(&read.titles_read).bind(read.titles_read_to)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(done > 0)
}

/// The contacts of a page whose title says something else than what is kept.
async fn worked_out(tx: &mut Tx, page: &[Titled]) -> sqlx::Result<Vec<Anew>> {
    let mut mappings: HashMap<ImportId, Mapping> = HashMap::new();
    let mut anew = Vec::new();
    for contact in page.iter().filter(|contact| !contact.title.is_empty()) {
        // Without a file nothing is known of what was told.
        let Some(import) = contact.import_id else { continue };
        let mapping = match mappings.get(&import) {
            Some(mapping) => mapping,
            None => {
                let mapping: Json<Mapping> = on!(&mut *tx, c => sqlx::query_scalar(
                    "select mapping from imports where id = $1").bind(import).fetch_one(c).await)?;
                mappings.entry(import).or_insert(mapping.0)
            }
        };
        anew.extend(by_title(contact, mapping));
    }
    Ok(anew)
}

/// What the title says, where the file that told last had a column of titles and none of its own for the rank or the departments.
fn by_title(contact: &Titled, mapping: &Mapping) -> Option<Anew> {
    mapping.column(Field::Title)?;
    let reading = title::read(&contact.title);
    let seniority = if mapping.column(Field::Seniority).is_none() { reading.seniority } else { contact.seniority };
    // An earlier file may have told the departments; only words take their place.
    let keeps = reading.departments.is_empty() && contact.first_import_id != contact.import_id;
    let departments = if mapping.column(Field::Departments).is_none() && !keeps {
        reading.departments
    } else {
        contact.departments.0.clone()
    };
    let is_same = seniority == contact.seniority && departments == contact.departments.0;
    (!is_same).then(|| Anew(contact.id, contact.title.clone(), seniority, departments, 0))
}

/// Writes what changed, each with a revision of its own. Who got another title meanwhile keeps what that says.
async fn write(tx: &mut Tx, mut anew: Vec<Anew>) -> sqlx::Result<()> {
    if anew.is_empty() {
        return Ok(());
    }
    let before = advance_counters(tx, 0, i64::try_from(anew.len()).unwrap_or(i64::MAX)).await?;
    for (one, revision) in anew.iter_mut().zip(before.last_revision + 1..) {
        one.4 = revision;
    }
    for rows in batches(anew.iter())? {
        on!(&mut *tx, c => sqlx::query(
            "update contacts as c set seniority = j.value ->> 2, departments = j.value -> 3, revision = cast(j.value ->> 4 as bigint)
             from json_each($1) j where c.id = cast(j.value ->> 0 as bigint) and c.title = j.value ->> 1")
            .bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        app::testing::{TestApp, test_apps},
        directory::{Criteria, FileImport, import_file},
        suppression::SuppressionKeys,
    };

    async fn import(test: &TestApp, name: &str, text: &str) {
        let folder = tempfile::tempdir().unwrap();
        let (data, file) = (folder.path().to_owned(), folder.path().join(name));
        std::fs::write(&file, text).unwrap();
        let wanted = FileImport { file, source: "Test".into(), data, ..FileImport::default() };
        import_file(&test.app.db, &test.app.clock, test.app.of::<SuppressionKeys>(), &wanted, |_| {}).await.unwrap();
        test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
    }

    async fn run(test: &TestApp, sql: &'static str) {
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
        tx.commit().await.unwrap();
    }

    async fn kept(test: &TestApp, email: &str) -> (Option<Seniority>, Vec<Department>) {
        let mut tx = test.app.db.read().await.unwrap();
        let (seniority, departments): (_, Json<Vec<Department>>) =
            on!(&mut tx, c => sqlx::query_as("select seniority, departments from contacts where email = $1")
                .bind(email).fetch_one(c).await)
            .unwrap();
        (seniority, departments.0)
    }

    async fn titles_read(test: &TestApp) -> (String, i64) {
        let mut tx = test.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_as("select titles_read, titles_read_to from directory where id = 1").fetch_one(c).await).unwrap()
    }

    async fn turns(test: &TestApp) -> usize {
        let mut turns = 0;
        while turn(&test.app).await.unwrap() == Round::Worked {
            turns += 1;
        }
        turns
    }

    #[tokio::test]
    async fn later_rules_stay_and_earlier_ones_give_way() {
        for test in test_apps(&[]).await {
            import(&test, "titles.csv", "Email,Title\nann@x.example,Assistant to the CEO\n").await;
            // A newer server beside this one has read half of them.
            run(&test, "update contacts set seniority = 'owner'").await;
            run(&test, "update directory set titles_read = '999-0000', titles_read_to = 0").await;
            assert_eq!(turns(&test).await, 0);
            assert_eq!(titles_read(&test).await, ("999-0000".to_owned(), 0));
            assert_eq!(kept(&test, "ann@x.example").await.0, Some(Seniority::Owner), "its work stays");
            for earlier in ["", "1-ffffffffffffffff", "earlier rules"] {
                let mut tx = test.app.db.write().await.unwrap();
                on!(&mut tx, c => sqlx::query("update directory set titles_read = $1, titles_read_to = $2")
                    .bind(earlier).bind(ALL).execute(c).await.map(drop))
                .unwrap();
                tx.commit().await.unwrap();
                assert!(turns(&test).await > 0, "{earlier}");
                assert_eq!(titles_read(&test).await.0, title::Version::of_now().to_string());
            }
            assert_eq!(kept(&test, "ann@x.example").await.0, Some(Seniority::Entry));
        }
    }

    #[tokio::test]
    async fn a_page_that_another_server_read_meanwhile_is_not_written() {
        for test in test_apps(&[]).await {
            let (ours, read) = (
                title::Version::of_now(),
                Read { titles_read: "1-0000".to_owned(), titles_read_to: 0, last_contact: 9 },
            );
            run(&test, "update directory set titles_read = '1-0000', titles_read_to = 0").await;
            let mut tx = test.app.db.write().await.unwrap();
            assert!(advance(&mut tx, &read, &ours, 5).await.unwrap());
            assert!(!advance(&mut tx, &read, &ours, 5).await.unwrap(), "it is not what was read any more");
            tx.commit().await.unwrap();
            assert_eq!(titles_read(&test).await, (ours.to_string(), 5));
        }
    }

    #[tokio::test]
    async fn what_titles_say_follows_the_rules_and_what_columns_told_stays() {
        let others: String = (0..2_300).map(|number| format!("person{number}@x.example,Sales Manager\n")).collect();
        for test in test_apps(&[]).await {
            import(&test, "titles.csv", &format!("Email,Title\nann@x.example,Assistant to the CEO\n{others}")).await;
            import(
                &test,
                "told.csv",
                "Email,Title,Seniority,Department\nbo@x.example,Assistant to the CEO,C suite,Legal\n",
            )
            .await;
            turns(&test).await;
            // As earlier rules had read them.
            run(&test, "update contacts set seniority = 'c_suite', departments = '[\"executive\"]' where title like 'Assistant%'").await;
            run(&test, "update contacts set seniority = 'intern' where email = 'person2299@x.example'").await;
            assert_eq!(turns(&test).await, 0, "the rules are the same");
            run(&test, "update directory set titles_read = 'earlier rules'").await;
            // The server ends after the first page, and the next one continues.
            assert_eq!(turn(&test.app).await.unwrap(), Round::Worked);
            assert_eq!(turns(&test).await, 2, "the other pages");
            assert_eq!(kept(&test, "ann@x.example").await.0, Some(Seniority::Entry));
            assert_eq!(kept(&test, "person2299@x.example").await, (Some(Seniority::Manager), vec![Department::Sales]));
            let told = (Some(Seniority::CSuite), vec![Department::Executive]);
            assert_eq!(kept(&test, "bo@x.example").await, told, "a file told it");
            let directory = test.app.of::<Directory>();
            assert_eq!(directory.catch_up(&test.app.db, &test.app.clock).await.unwrap(), 2, "only what changed");
            let managers = Criteria::parse(&[
                ("seniority".to_owned(), "manager".to_owned()),
                ("quality".to_owned(), "any".to_owned()),
            ]);
            assert_eq!(directory.asked_by_work().count(&managers.unwrap()).await.unwrap().total, 2_300);
        }
    }
}
