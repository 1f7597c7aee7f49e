//! The inbox as a browser sees it, on every database at hand.

use std::time::Duration;

use axum::http::StatusCode;

use super::{
    retention, snooze,
    testing::{answered, mail, thread},
};
use crate::{
    accounts::Role,
    app::testing::{NOW, TestApp, test_apps},
    on,
    outreach::{ids::ThreadId, progress::tests::run},
    server::jobs::Round,
};

const DAY: Duration = Duration::from_secs(86_400);

async fn place(test: &TestApp, id: ThreadId) -> String {
    on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar("select place from threads where id = $1")
        .bind(id).fetch_one(c).await)
    .unwrap()
}

#[tokio::test]
async fn an_answer_is_listed_opened_labelled_noted_and_done() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        let list = owner.get("/inbox").await.body;
        assert!(
            list.contains("Mara Quill") && list.contains("Sounds good.") && list.contains("Corp · Autumn"),
            "{list}"
        );
        assert!(list.contains("inbox-unread") && list.contains("menu-count"), "{list}");

        let page = owner.get(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(page.body.contains("Hi there") && page.body.contains("Sounds good."), "{}", page.body);
        assert!(page.body.contains("Step 1") && page.body.contains("Whole mail, with what it quotes"), "{}", page.body);
        assert!(page.body.contains("offer.pdf") && page.body.contains("12 kB"), "{}", page.body);
        assert!(page.body.contains("Nothing: from your own list"), "{}", page.body);
        assert!(!owner.get("/inbox").await.body.contains("inbox-unread"), "whoever opens it has read it");

        let newest = answered.mail.to_string();
        assert_eq!(owner.post(&path, &[("act", "label"), ("label", "interested")]).await.location, path);
        assert!(owner.get("/inbox?label=interested").await.body.contains("Mara Quill"));
        assert!(owner.get("/inbox?label=meeting").await.body.contains("No conversation fits"));
        assert_eq!(owner.post(&format!("{path}/notes"), &[("note", "Call on Monday")]).await.location, path);
        assert!(owner.get(&path).await.body.contains("Call on Monday"));
        let empty = owner.post(&format!("{path}/notes"), &[("note", " ")]).await;
        assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(owner.post(&path, &[("act", "done"), ("newest", &newest)]).await.location, "/inbox");
        assert!(owner.get("/inbox").await.body.contains("No replies yet"));
        assert!(owner.get("/inbox?view=done").await.body.contains("Mara Quill"));
        owner.post(&path, &[("act", "open")]).await;
        assert_eq!(place(&test, answered.thread).await, "open");
    }
}

#[tokio::test]
async fn each_view_holds_what_its_name_says() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, w) = (&answered.world.owner, answered.world.owner.workspace);
        let mut tx = test.app.db.write().await.unwrap();
        let mut ids = Vec::new();
        for person in ["Bo Open", "Cy Mine", "Di Done", "Ed Snoozed", "Fe Waiting", "Gi Automatic", "Ha Untracked"] {
            ids.push(thread(&test, &mut tx, &answered.world, person, NOW.minus(DAY)).await);
        }
        run!(&mut tx, "update threads set assigned_to = $2 where id = $1", ids[1], owner.user);
        run!(&mut tx, "update threads set state = 'done' where id = $1", ids[2]);
        run!(&mut tx, "update threads set snoozed_until = $2 where id = $1", ids[3], NOW.plus(DAY));
        run!(&mut tx, "update threads set answered_at = $2 where id = $1", ids[4], NOW);
        run!(&mut tx, "update threads set automatic = $2 where id = $1", ids[5], true);
        run!(&mut tx, "update threads set untracked = $2 where id = $1", ids[6], true);
        tx.commit().await.unwrap();
        let people =
            ["Mara Quill", "Bo Open", "Cy Mine", "Di Done", "Ed Snoozed", "Fe Waiting", "Gi Automatic", "Ha Untracked"];
        for (view, shown) in [
            ("open", vec!["Mara Quill", "Bo Open", "Cy Mine", "Ha Untracked"]),
            ("mine", vec!["Cy Mine"]),
            ("unassigned", vec!["Mara Quill", "Bo Open", "Ha Untracked"]),
            ("done", vec!["Di Done"]),
            ("snoozed", vec!["Ed Snoozed"]),
            ("waiting", vec!["Fe Waiting"]),
            ("sent", vec!["Fe Waiting"]),
            ("automatic", vec!["Gi Automatic"]),
            ("untracked", vec!["Ha Untracked"]),
        ] {
            let body = owner.get(&format!("/inbox?view={view}")).await.body;
            let found: Vec<&str> = people.into_iter().filter(|person| body.contains(person)).collect();
            assert_eq!(found, shown, "{view}");
        }
        let other = test.sign_in().await;
        assert!(other.get("/inbox").await.body.contains("No replies yet"), "another workspace sees none");
        assert_eq!(other.get(&answered.path()).await.status, StatusCode::NOT_FOUND);
        let searched = |query: &'static str| async move { owner.get(&format!("/inbox?q={query}")).await.body };
        assert!(searched("bo+open").await.contains("Bo Open") && !searched("bo+open").await.contains("Mara Quill"));
        assert!(searched("MARA@corp.example").await.contains("Bo Open"), "all have the same address");
        assert!(searched("100%25").await.contains("No conversation fits"));
        assert!(owner.get("/inbox?from=2026-11-22").await.body.contains("Mara Quill"));
        assert!(!owner.get("/inbox?from=2026-11-22").await.body.contains("Bo Open"));
        assert_eq!(owner.get("/inbox?from=soon").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        let _ = w;
    }
}

#[tokio::test]
async fn a_long_list_is_shown_page_by_page() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let mut tx = test.app.db.write().await.unwrap();
        for number in 0..60_u32 {
            // Two at each moment, so that the id decides where the page ends.
            let at = NOW.minus(DAY).minus(Duration::from_secs(u64::from(number / 2) * 60));
            thread(&test, &mut tx, &answered.world, &format!("Person {number:02}."), at).await;
        }
        tx.commit().await.unwrap();
        let owner = &answered.world.owner;
        let first = owner.get("/inbox").await.body;
        let (_, link) = first.split_once("/inbox?before=").unwrap();
        let cursor = link.split('"').next().unwrap();
        let second = owner.get(&format!("/inbox?before={cursor}")).await.body;
        for number in 0..60_u32 {
            let person = format!("Person {number:02}.");
            assert!(first.contains(&person) != second.contains(&person), "{person} is on one of the pages");
        }
        assert_eq!(second.matches("data-row").count(), 11);
    }
}

#[tokio::test]
async fn several_conversations_are_changed_at_once_and_those_that_changed_meanwhile_stay() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let mut tx = test.app.db.write().await.unwrap();
        let other = thread(&test, &mut tx, &answered.world, "Bo", NOW.minus(DAY)).await;
        tx.commit().await.unwrap();
        let (fresh, stale) = (format!("{other}.1"), format!("{}.1", answered.thread));
        let answer = owner
            .post("/inbox", &[("act", "done"), ("view", "unassigned"), ("thread", &fresh), ("thread", &stale)])
            .await;
        assert_eq!(answer.location, "/inbox?view=unassigned");
        assert_eq!((place(&test, other).await, place(&test, answered.thread).await), ("done".into(), "open".into()));
        let current = format!("{}.2", answered.thread);
        owner
            .post("/inbox", &[("act", "assign"), ("set-assignee", &owner.user.to_string()), ("thread", &current)])
            .await;
        assert!(owner.get("/inbox?view=mine").await.body.contains("Mara Quill"));
        let current = format!("{}.3", answered.thread);
        owner.post("/inbox", &[("act", "label"), ("set-label", "meeting"), ("thread", &current)]).await;
        assert!(owner.get("/inbox?label=meeting").await.body.contains("Mara Quill"));
        let stranger = test.sign_in().await;
        let refused = owner
            .post("/inbox", &[("act", "assign"), ("set-assignee", &stranger.user.to_string()), ("thread", &current)])
            .await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        stranger.post("/inbox", &[("act", "done"), ("thread", &format!("{}.4", answered.thread))]).await;
        assert_eq!(place(&test, answered.thread).await, "open");
    }
}

#[tokio::test]
async fn a_snoozed_conversation_comes_back_in_the_morning_of_its_day() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path, newest) = (&answered.world.owner, answered.path(), answered.mail.to_string());
        for wrong in ["yesterday", "2026-11-21", ""] {
            let answer = owner.post(&path, &[("act", "snooze"), ("newest", &newest), ("until", wrong)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
            assert!(answer.body.contains("until-error"), "{}", answer.body);
        }
        owner.post(&path, &[("act", "snooze"), ("newest", &newest), ("days", "1")]).await;
        assert_eq!(place(&test, answered.thread).await, "snoozed");
        assert!(owner.get("/inbox?view=snoozed").await.body.contains("Mara Quill"));
        let mut tx = test.app.db.write().await.unwrap();
        // Eight in the morning in Berlin is seven in UTC.
        let morning = NOW.plus(Duration::from_secs((24 - 9) * 3_600 - 36 * 60 - 30 + 7 * 3_600));
        assert!(snooze::wake(&mut tx, morning.minus(Duration::from_secs(1))).await.unwrap().is_empty());
        assert_eq!(snooze::wake(&mut tx, morning).await.unwrap().len(), 1);
        tx.commit().await.unwrap();
        assert!(owner.get("/inbox").await.body.contains("inbox-unread"));
    }
}

#[tokio::test]
async fn what_was_not_read_is_not_put_away() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        let mut tx = test.app.db.write().await.unwrap();
        mail(&mut tx, &answered.world, answered.thread, "One more thing.", NOW.minus(Duration::from_secs(90))).await;
        tx.commit().await.unwrap();
        let answer = owner.post(&path, &[("act", "done"), ("newest", &answered.mail.to_string())]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.body.contains("Mara Quill wrote 1 minute ago. Read it first."), "{}", answer.body);
        assert_eq!(place(&test, answered.thread).await, "open");
    }
}

#[tokio::test]
async fn a_mail_with_its_formatting_can_do_nothing() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let path = format!("/inbox/mails/{}/html", answered.mail);
        let page = owner.get(&path).await;
        assert!(
            page.body.contains("<b>good</b>") && !page.body.contains("alert") && !page.body.contains("onclick"),
            "{}",
            page.body
        );
        assert_eq!(test.sign_in().await.get(&path).await.status, StatusCode::NOT_FOUND);
        assert!(owner.get(&answered.path()).await.body.contains(&path));
    }
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let viewer = test.sign_in_as(answered.world.owner.workspace, Role::Viewer).await;
        let path = answered.path();
        let page = viewer.get(&path).await.body;
        assert!(
            page.contains("Sounds good.") && !page.contains("name=\"reply\"") && !page.contains("value=\"done\""),
            "{page}"
        );
        assert!(viewer.get("/inbox").await.body.contains("inbox-unread"), "others have not read it");
        for (end, fields) in [
            ("", vec![("act", "done")]),
            ("/reply", vec![("reply", "Hi")]),
            ("/undo", vec![]),
            ("/notes", vec![("note", "x")]),
            ("/suppress", vec![]),
            ("/unmatch", vec![]),
        ] {
            assert_eq!(viewer.post(&format!("{path}{end}"), &fields).await.status, StatusCode::FORBIDDEN, "{end}");
        }
        assert_eq!(viewer.post("/inbox", &[("act", "done")]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(viewer.post("/inbox/views", &[("name", "x")]).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn filters_are_saved_under_a_name_for_everyone() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        let campaign = answered.world.campaign;
        let query = format!("view=unassigned&campaign={campaign}&before=1.{}", answered.thread);
        assert_eq!(
            owner.post("/inbox/views", &[("query", &query), ("name", "")]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY
        );
        let saved = owner.post("/inbox/views", &[("query", &query), ("name", "Autumn, unassigned")]).await;
        assert_eq!(saved.location, format!("/inbox?view=unassigned&campaign={campaign}"), "not where the page began");
        let other = test.sign_in_as(owner.workspace, Role::Member).await;
        let list = other.get(&saved.location).await.body;
        assert!(list.contains("Autumn, unassigned") && list.contains("Forget this view?"), "{list}");
        let (_, id) = list.split_once("action=\"/inbox/views/").unwrap();
        let forgotten = other.post(&format!("/inbox/views/{}", id.split('"').next().unwrap()), &[]).await;
        assert_eq!(forgotten.location, "/inbox");
        assert!(!other.get("/inbox").await.body.contains("Autumn, unassigned</a>"));
    }
}

#[tokio::test]
async fn people_are_suppressed_and_strangers_taken_out() {
    for test in test_apps(&[]).await {
        let answered = answered(&test).await;
        let (owner, path) = (&answered.world.owner, answered.path());
        assert_eq!(owner.post(&format!("{path}/suppress"), &[("who", "domain")]).await.location, path);
        assert!(owner.get("/settings/suppression").await.body.contains("corp.example"));
        assert_eq!(
            owner.post(&format!("{path}/unmatch"), &[]).await.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "it names our mail"
        );
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update threads set untracked = $2 where id = $1", answered.thread, true);
        tx.commit().await.unwrap();
        assert_eq!(owner.post(&format!("{path}/unmatch"), &[]).await.location, "/inbox");
        let page = owner.get(&path).await.body;
        assert!(!page.contains("Sounds good.") && page.contains("not kept any more"), "{page}");
    }
}

#[tokio::test]
async fn the_words_of_old_mails_go_and_the_conversation_stays() {
    for test in test_apps(&[("FAIRLEAD_MAIL_MONTHS", "2")]).await {
        let answered = answered(&test).await;
        let owner = &answered.world.owner;
        while retention::round(&test.app).await.unwrap() == Round::Worked {}
        assert!(owner.get(&answered.path()).await.body.contains("Sounds good."), "not yet");
        let mut tx = test.app.db.write().await.unwrap();
        run!(&mut tx, "update mails set received_at = $1", NOW.minus(62 * DAY));
        run!(&mut tx, "update threads set last_in_at = $1", NOW.minus(62 * DAY));
        tx.commit().await.unwrap();
        assert_eq!(retention::round(&test.app).await.unwrap(), Round::Worked);
        assert_eq!(retention::round(&test.app).await.unwrap(), Round::Idle);
        let page = owner.get(&answered.path()).await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.body);
        assert!(!page.body.contains("Sounds good.") && page.body.contains("Mara Quill"), "{}", page.body);
        let list = owner.get("/inbox").await.body;
        assert!(!list.contains("Sounds good.") && list.contains("Mara Quill"), "{list}");
    }
}
