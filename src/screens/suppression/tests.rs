//! Settings › Suppression in the browser, on every database at hand.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::{
    accounts::Role,
    app::testing::{Browser, TestApp, test_apps},
    on,
    suppression::SuppressionId,
};

const LIST: &str = "/settings/suppression";

async fn ids(test: &TestApp, browser: &Browser) -> Vec<SuppressionId> {
    let mut tx = test.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select id from suppressions where workspace_id = $1 order by id")
        .bind(browser.workspace).fetch_all(c).await)
    .unwrap()
}

#[tokio::test]
async fn members_add_and_find_people_and_only_admins_take_them_off() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let member = test.sign_in_as(owner.workspace, Role::Member).await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let people = "Uma+x@Acme.example\nsued.example";
        assert_eq!(viewer.post(LIST, &[("people", people)]).await.status, StatusCode::FORBIDDEN);
        let added = member.post(LIST, &[("people", people), ("note", "Asked by phone")]).await;
        assert_eq!((added.status, added.location.as_str()), (StatusCode::SEE_OTHER, LIST));
        let page = viewer.get(LIST).await.body;
        assert!(page.contains("uma+x@acme.example") && page.contains("Asked by phone") && page.contains("Uma Rossi"));
        assert!(!page.contains("Add to the list") && !page.contains("Export CSV"), "a viewer looks only");

        let found = member.get(&format!("{LIST}?q=uma%40ACME.example")).await.body;
        assert!(
            found.contains("uma+x@acme.example") && !found.contains("sued.example<"),
            "any spelling, and no one else"
        );
        let by_domain = member.get(&format!("{LIST}?q=bo%40sued.example")).await.body;
        assert!(by_domain.contains("sued.example</a>"), "the domain is why");
        let missing = member.get(&format!("{LIST}?q=cy%40free.example")).await;
        assert!(missing.status == StatusCode::OK && missing.body.contains("cy@free.example is not on the list"));
        assert_eq!(member.get(&format!("{LIST}?q=acme")).await.status, StatusCode::UNPROCESSABLE_ENTITY);

        let entry = format!("{LIST}/{}", ids(&test, &owner).await[0]);
        assert_eq!(member.post(&entry, &[("why", "Wrote to us")]).await.status, StatusCode::FORBIDDEN);
        assert!(!member.get(&entry).await.body.contains("Take off the list"));
        let without_reason = owner.post(&entry, &[("why", " ")]).await;
        assert_eq!(without_reason.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(owner.post(&entry, &[("why", "Wrote to us")]).await.location, LIST);
        assert_eq!(ids(&test, &owner).await.len(), 1);
        assert_eq!(owner.get(&entry).await.status, StatusCode::NOT_FOUND);
        let stranger = test.sign_in().await;
        let other = format!("{LIST}/{}", ids(&test, &owner).await[0]);
        assert_eq!(stranger.get(&other).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.post(&other, &[("why", "Mine now")]).await.status, StatusCode::NOT_FOUND);

        let log = owner.get("/settings/team/log").await.body;
        assert!(
            log.contains("Suppressed") && log.contains("Took off the suppression list") && log.contains("Wrote to us")
        );
        assert!(!log.contains("uma+x@acme.example"), "the log cannot be changed, so it keeps no address");
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_said_beside_the_field_and_nothing_is_added() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        for (people, fault) in [
            ("", "Enter at least one"),
            ("uma@acme.example\nno thing", "line 2 “no”"),
            ("gmail.com", "anyone can have an address there"),
        ] {
            let answer = owner.post(LIST, &[("people", people), ("note", "kept")]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{people}");
            assert!(answer.body.contains(fault) && answer.body.contains("kept"), "{people}");
        }
        assert_eq!(ids(&test, &owner).await, []);
    }
}

/// A form with a file, as a browser sends it.
async fn upload(browser: &Browser, name: &str, text: &str) -> crate::app::testing::Answer {
    let body = format!(
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n--x--\r\n"
    );
    let request = Request::post(format!("{LIST}/files"))
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x")
        .body(Body::from(body));
    browser.send_as_it_is(request.unwrap()).await
}

#[tokio::test]
async fn a_file_is_added_once_and_the_list_comes_back_as_a_file_that_can_be_added_elsewhere() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let file = "Name,Email\nUma,uma@acme.example\nBo,bo@acme.example\nNone,n/a\n=1+1,+cmd@acme.example\n";
        for _ in 0..2 {
            assert_eq!(upload(&owner, "block, list.csv", file).await.location, LIST);
            assert_eq!(ids(&test, &owner).await.len(), 3);
        }
        let page = owner.get(LIST).await.body;
        assert!(page.contains("From block, list.csv") && page.contains("Imported"));
        let csv = owner.post("/settings/suppression.csv", &[]).await;
        assert_eq!(csv.status, StatusCode::OK);
        let lines: Vec<&str> = csv.body.lines().collect();
        assert_eq!(
            (lines.len(), lines[0]),
            (4, "\u{feff}Address or domain,Reason,Only in campaign,Since (UTC),By,Note")
        );
        assert!(lines[1].starts_with("'+cmd@acme.example,Imported,,2026-11-22T"), "{}", lines[1]);
        let other = test.sign_in().await;
        upload(&other, "moved.csv", &csv.body).await;
        assert_eq!(ids(&test, &other).await.len(), 3);
        for (file, fault) in [("", "no rows"), ("name\nUma\n", "No address or domain was found")] {
            let answer = upload(&owner, "none.csv", file).await;
            assert!(answer.status == StatusCode::UNPROCESSABLE_ENTITY && answer.body.contains(fault), "{file}");
        }
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.post("/settings/suppression.csv", &[]).await.status, StatusCode::FORBIDDEN);
        assert_eq!(upload(&viewer, "x.csv", file).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn a_long_list_has_pages() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let people: Vec<String> = (1..=60).map(|number| format!("person{number}@acme.example")).collect();
        owner.post(LIST, &[("people", &people.join("\n"))]).await;
        let first = owner.get(LIST).await.body;
        assert!(first.contains("person60@") && first.contains("person11@") && !first.contains("person10@"));
        let (_, older) = first.split_once(&format!("{LIST}?before=")).unwrap();
        let second = owner.get(&format!("{LIST}?before={}", &older[..36])).await.body;
        assert!(second.contains("person10@") && second.contains("person1@") && !second.contains("person11@"));
        assert_eq!(owner.get(&format!("{LIST}?before=x")).await.status, StatusCode::NOT_FOUND);
    }
}
