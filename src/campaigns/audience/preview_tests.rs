//! Server functions of islands, called as a browser does: exact statuses, and words instead of internal text.

use std::{task::Poll, time::Duration};

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};

use crate::{
    app::testing::{Answer, Logs, TestApp, test_apps},
    campaigns::overview::page_tests::owner_with,
    directory::Directory,
    fields::FormError,
    on,
    server::{form::FORM_BYTES_MAX, gate::Purpose},
    ui::Followed,
};

const PREVIEW: &str = "/api/audience-preview";

fn error(answer: &Answer) -> FormError {
    let error: FormError = serde_json::from_str(&answer.body).unwrap_or_else(|_| panic!("{}", answer.body));
    assert_eq!(error.status, answer.status.as_u16());
    error
}

async fn as_nobody(test: &TestApp, path: &str, accept: &str, form: String) -> Answer {
    let request = Request::post(path)
        .header(header::HOST, "127.0.0.1:3000")
        .header("sec-fetch-site", "same-origin")
        .header(header::ACCEPT, accept)
        .header(header::REFERER, "http://127.0.0.1:3000/campaigns/new")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    test.send(request.body(Body::from(form)).unwrap()).await
}

#[tokio::test]
async fn who_is_signed_in_gets_the_count_and_the_samples() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 3).await;
        let answer = owner.post(PREVIEW, &[("form", "")]).await;
        assert_eq!(answer.status, StatusCode::OK);
        let followed: Followed = serde_json::from_str(&answer.body).unwrap();
        assert!(followed.texts.contains(&("people".to_owned(), "3".to_owned())), "{:?}", followed.texts);
        let panel = followed.part.starts_with("<section ") && followed.part.contains("id=\"audience-count\"");
        assert!(panel, "{}", followed.part);
        assert_eq!(followed.part.matches("<th scope=\"row\"").count(), 3, "{}", followed.part);
        assert!(followed.told.contains(&("titles".to_owned(), String::new())), "{:?}", followed.told);
        assert_eq!(followed.query.as_deref(), Some(""));
        let unread = owner.post(PREVIEW, &[("form", "size_min=many")]).await;
        let followed: Followed = serde_json::from_str(&unread.body).unwrap();
        assert_eq!(followed.query, None, "the address keeps what could be read");
    }
}

#[tokio::test]
async fn a_newer_count_takes_the_place_of_one_that_waits_and_a_full_line_says_so() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 3).await;
        let (directory, user) = (test.app.of::<Directory>(), owner.user.0);
        let turn = || Box::pin(directory.asked_by(user, Purpose::Page));
        // Takes the user's turns, until one has to wait.
        let (mut turns, mut waiting) = (Vec::new(), vec![turn()]);
        while let Poll::Ready(taken) = futures::poll!(waiting[0].as_mut()) {
            turns.push(taken.unwrap());
            waiting[0] = turn();
        }
        let mut count = Box::pin(owner.post(PREVIEW, &[("form", "name=old")]));
        assert!(tokio::time::timeout(Duration::from_millis(300), &mut count).await.is_err());
        let mut newer = Box::pin(owner.post(PREVIEW, &[("form", "name=new")]));
        let replaced = tokio::select! {
            replaced = &mut count => replaced,
            early = &mut newer => panic!("{}", early.body),
        };
        assert_eq!(replaced.status, StatusCode::CONFLICT);
        assert_eq!(error(&replaced).summary, "A newer question of yours took the place of this one.");

        while futures::poll!(waiting.last_mut().unwrap().as_mut()).is_pending() {
            waiting.push(turn());
        }
        let full = owner.post("/api/audience-values", &[("complete_field", "titles")]).await;
        assert_eq!(full.status, StatusCode::TOO_MANY_REQUESTS, "{}", full.body);
        assert!(full.body.contains("Several questions of yours are waiting"), "{}", full.body);
        drop((turns, waiting));
        assert_eq!(newer.await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn who_is_signed_out_is_told_so_and_sent_nowhere() {
    for test in test_apps(&[]).await {
        for accept in ["application/json", "text/html"] {
            let answer = as_nobody(&test, PREVIEW, accept, "form=".into()).await;
            assert_eq!((answer.status, answer.location.as_str()), (StatusCode::UNAUTHORIZED, ""));
            assert!(error(&answer).summary.starts_with("You are signed out."), "{}", answer.body);
        }
    }
}

#[tokio::test]
async fn a_form_above_the_limit_is_told_so_by_pages_and_by_server_functions() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let long = "x".repeat(FORM_BYTES_MAX);
        let answer = owner.post(PREVIEW, &[("form", &long)]).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(error(&answer).summary, "This form is too large. Send less text at once.");
        for path in ["/campaigns/new", "/api/audience-values", "/settings/profile/name"] {
            let answer = owner.post(path, &[("name", &long)]).await;
            assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE, "{path}");
            assert!(answer.body.contains("This form is too large. Send less text at once."), "{path}");
        }
        let almost = "x".repeat(FORM_BYTES_MAX - 100);
        assert_eq!(owner.post(PREVIEW, &[("form", &almost)]).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_a_bad_request_without_internal_text() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        for (path, fields) in [(PREVIEW, &[][..]), (PREVIEW, &[("other", "1")][..])] {
            let answer = owner.post(path, fields).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
            assert_eq!(error(&answer).summary, "This could not be read. Load the page again, then try once more.");
        }
    }
}

#[tokio::test]
async fn what_goes_wrong_on_our_side_is_logged_once_and_shown_as_its_id() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 3).await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("alter table own_lists rename to other_lists").execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let logs = Logs::collect();
        let answer = owner.post(PREVIEW, &[("form", "")]).await;
        let line = logs.assert_told_once(&answer);
        assert!(line.contains("own_lists"), "the log says what it was: {line}");
        assert!(!answer.body.contains("own_lists"), "{}", answer.body);
        assert_eq!(error(&answer).fields, crate::fields::FieldErrors::default());
    }
}
