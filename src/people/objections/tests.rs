//! A person asks, proves the mailbox and is left alone, on every database.

use std::time::Duration;

use axum::http::StatusCode;

use super::link;
use crate::{
    app::testing::{NOW, TestApp, test_apps},
    on,
    people::tests::{ADDRESS, found_in, import, make_known},
};

/// Links that were mailed: to whom, and the path.
async fn mailed(test: &TestApp) -> Vec<(String, String)> {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_as("select recipient, link from outbox_messages where link like '/objections/%' order by id")
        .fetch_all(c).await)
    .unwrap()
}

async fn count(test: &TestApp, sql: &'static str) -> i64 {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar(sql).fetch_one(c).await).unwrap()
}

#[tokio::test]
async fn a_link_by_mail_and_its_button_end_all_sequences_and_take_the_person_out_of_the_directory() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        make_known(&test, &owner).await;
        let person = test.visitor();
        assert!(person.get("/objections").await.body.contains("Send me the link"));
        let known = person.post("/objections", &[("email", ADDRESS)]).await;
        let unknown = person.post("/objections", &[("email", "no-one@elsewhere.example")]).await;
        assert_eq!((known.status, &known.location, &known.body), (unknown.status, &unknown.location, &unknown.body));
        assert!(person.get(&known.location).await.body.contains("A link is on its way"));
        let mut links = mailed(&test).await;
        links.sort();
        links.reverse();
        assert_eq!(links.iter().map(|(to, _)| to.as_str()).collect::<Vec<_>>(), [ADDRESS, "no-one@elsewhere.example"]);

        let page = person.get(&links[0].1).await;
        assert!(
            page.body.contains("It came from: Fair") && page.body.contains("These wrote to you: Acme"),
            "{}",
            page.body
        );
        assert!(person.get(&links[1].1).await.body.contains("Nothing is kept of you here"));
        assert_eq!(count(&test, "select count(*) from objections").await, 0, "looking changes nothing");
        for nonsense in [&[][..], &[("wish", "x")], &[("wish", "")]] {
            assert_eq!(person.post(&links[0].1, nonsense).await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        assert!(!test.app.live.changed_lately(owner.workspace.0));
        let done = person.post(&links[0].1, &[("wish", "alone")]).await;
        assert_eq!(done.location, "/objections/done", "{}", done.body);
        assert_eq!(person.post(&links[0].1, &[("wish", "alone")]).await.location, "/objections/done", "a second click");
        assert!(person.get(&done.location).await.body.contains("No one on this server writes to you again"));
        assert!(test.app.live.changed_lately(owner.workspace.0), "open pages follow");
        let log = owner.get("/settings/team/log").await.body;
        assert_eq!(log.matches("Stopped writing to a person").count(), 1, "the second click stopped nothing: {log}");
        assert!(log.contains("They asked for it: stopped 1 sequence") && !log.contains("zuzana"), "{log}");
        assert!(
            !test.sign_in().await.get("/settings/team/log").await.body.contains("Stopped writing"),
            "not elsewhere"
        );
        assert_eq!(count(&test, "select count(*) from objections").await, 1);
        assert_eq!(count(&test, "select count(*) from contacts where first_name = 'Zuzana'").await, 0);
        assert_eq!(count(&test, "select count(*) from enrolments where state = 'stopped'").await, 1);
        assert_eq!(
            count(&test, "select count(*) from leads where first_name = 'Zuzana'").await,
            1,
            "its senders keep theirs"
        );
        test.app.clock.advance(Duration::from_secs(60));
        assert_eq!(import(&test, &format!("{ADDRESS},Zuzana,Quill\ncy@acorn.example,Cy,Oak\n")).await, 1);
    }
}

#[tokio::test]
async fn a_person_may_have_everything_erased_once_no_mail_is_leaving() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        make_known(&test, &owner).await;
        let person = test.visitor();
        person.post("/objections", &[("email", ADDRESS)]).await;
        let (_, path) = mailed(&test).await.remove(0);
        let set = async |sql: &'static str| {
            let mut tx = test.app.db.write().await.unwrap();
            on!(&mut tx, c => sqlx::query(sql).execute(c).await.map(drop)).unwrap();
            tx.commit().await.unwrap();
        };
        set("update sends set state = 'sending', sending_at = 0").await;
        let refused = person.post(&path, &[("wish", "erase")]).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert!(refused.body.contains("A mail to you is leaving"), "{}", refused.body);
        set("update sends set state = 'sent'").await;
        assert_eq!(person.post(&path, &[("wish", "erase")]).await.location, "/objections/done?erased=yes");
        assert_eq!(found_in(&test.app.db).await, Vec::<String>::new());
        assert!(owner.get("/settings/team/log").await.body.contains("They asked for it: 1 lead, 1 conversation"));
        assert!(test.app.live.changed_lately(owner.workspace.0), "open pages follow");
    }
}

#[tokio::test]
async fn links_are_limited_by_address_and_by_client_and_made_up_ones_lead_nowhere() {
    for test in test_apps(&[]).await {
        let person = test.visitor();
        for _ in 0..5 {
            let answer = person.post("/objections", &[("email", ADDRESS)]).await;
            assert_eq!(answer.location, "/objections/sent", "the answer is the same beyond the limit");
        }
        assert_eq!(mailed(&test).await.len(), 3);
        for number in 0..5 {
            person.post("/objections", &[("email", &format!("p{number}@acorn.example"))]).await;
        }
        let too_many = person.post("/objections", &[("email", "one.more@acorn.example")]).await;
        assert_eq!(too_many.status, StatusCode::TOO_MANY_REQUESTS);
        for nonsense in ["", "zuzana", "<b>@", &"x".repeat(5_000)] {
            let refused = person.post("/objections", &[("email", nonsense)]).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{nonsense}");
            assert!(refused.body.contains("Write your whole address"), "{}", refused.body);
        }
        let email = ADDRESS.parse().unwrap();
        let old = link::path(&test.app.config.encryption_keys(), &email, NOW.minus(Duration::from_secs(49 * 3600)));
        for path in [old.as_str(), "/objections/abc", "/objections/%00"] {
            assert_eq!(person.get(path).await.status, StatusCode::GONE, "{path}");
            assert_eq!(person.post(path, &[("wish", "erase")]).await.status, StatusCode::GONE, "{path}");
        }
        assert_eq!(count(&test, "select count(*) from objections").await, 0);
    }
}

#[tokio::test]
async fn where_no_mail_is_sent_the_page_says_what_else_helps() {
    let production = [
        ("FAIRLEAD_ENV", "production"),
        ("FAIRLEAD_SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("FAIRLEAD_PUBLIC_URL", "https://leads.example.com"),
        ("FAIRLEAD_PROXIES", "none"),
    ];
    for test in test_apps(&production).await {
        let person = test.visitor().over_https();
        for answer in [person.get("/objections").await, person.post("/objections", &[("email", ADDRESS)]).await] {
            assert!(answer.body.contains("This server sends no mail itself"), "{}", answer.body);
        }
        assert!(mailed(&test).await.is_empty());
    }
}
