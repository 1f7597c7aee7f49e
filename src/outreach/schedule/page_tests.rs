//! The pages of a schedule, as a browser sees them.

use axum::http::StatusCode;

use super::{
    load,
    rules::Window,
    store_tests::{add_campaign, add_mailbox, set_running},
    types::{CAMPAIGNS_MAX, First, Language},
};
use crate::{accounts::Role, app::testing::test_apps, on};

/// What a browser sends of a schedule with one window on Tuesday.
fn typed<'a>(mailbox: &'a str, from: &'a str, to: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("mailboxes", mailbox),
        ("time_zone", "Asia/Calcutta"),
        ("from_2_1", from),
        ("to_2_1", to),
        ("from_2_2", ""),
        ("to_2_2", ""),
        ("first", "new"),
        ("language", "fr"),
        ("days_off", "2026-12-24 – 2026-12-26"),
        ("go", "save"),
    ]
}

#[tokio::test]
async fn what_is_saved_is_shown_again_and_a_viewer_only_looks() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let stranger = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await.to_string();
        let path = format!("/campaigns/{campaign}/schedule");
        let new = owner.get(&path).await.body;
        assert!(new.contains("value=\"Europe/Berlin\"") && new.contains("<div data-browser-zone"), "{new}");
        assert!(new.contains("1 mailbox: 30 a day."));
        let form = typed(&mailbox, "09:00", "12:30");
        assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
        assert_eq!(stranger.post(&path, &form).await.status, StatusCode::NOT_FOUND);
        assert_eq!(viewer.post(&path, &form).await.status, StatusCode::FORBIDDEN);
        assert_eq!(owner.post(&path, &form).await.location, path);
        let kept = load(&mut test.app.db.read().await.unwrap(), owner.workspace, campaign).await.unwrap().unwrap();
        assert_eq!(kept.week.windows, [Window { weekday: 2, from_minute: 540, to_minute: 750 }]);
        assert_eq!((kept.time_zone.as_str(), kept.first, kept.language), ("Asia/Kolkata", First::New, Language::Fr));
        assert_eq!((kept.week.days_off.len(), kept.alone), (3, true));
        let page = viewer.get(&path).await.body;
        assert!(page.contains("value=\"12:30\"") && page.contains("2026-12-24 – 2026-12-26"), "{page}");
        assert!(!page.contains("<div data-browser-zone") && !page.contains("value=\"save\""));
    }
}

#[tokio::test]
async fn a_draft_is_scheduled_in_the_wizard() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mut tx = test.app.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update campaigns set state = 'draft' where id = $1").bind(campaign).execute(c).await.map(drop))
            .unwrap();
        tx.commit().await.unwrap();
        let step = format!("/campaigns/new/{campaign}/schedule");
        assert_eq!(owner.get(&format!("/campaigns/{campaign}/schedule")).await.location, step);
        let page = owner.get(&step).await.body;
        assert!(page.contains("No mailbox yet") && page.contains("value=\"UTC\""), "{page}");
        let answer = owner.post(&step, &typed("", "09:00", "17:00")).await;
        assert_eq!(answer.location, format!("/campaigns/new/{campaign}/review"), "{}", answer.body);
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert_eq!(viewer.get(&step).await.status, StatusCode::FORBIDDEN);
    }
}

#[tokio::test]
async fn what_cannot_be_kept_comes_back_with_the_error_at_its_field() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await.to_string();
        let path = format!("/campaigns/{campaign}/schedule");
        let refused = async |field: &str, text: &str, expected: &str, at: &str| {
            let mut form: Vec<(&str, &str)> =
                typed(&mailbox, "09:00", "17:00").into_iter().filter(|(name, _)| *name != field).collect();
            form.push((field, text));
            let answer = owner.post(&path, &form).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{field} {text}");
            assert!(answer.body.contains(expected), "{expected}: {}", answer.body);
            assert!(answer.body.contains(&format!("id=\"{at}-error\"")), "{at}");
        };
        refused("from_2_1", "18:00", "Tuesday: 18:00–17:00 ends before it starts.", "from_2_1").await;
        refused("from_2_1", "", "Tuesday: write both times", "from_2_1").await;
        refused("mailboxes", "", "Choose at least one mailbox.", "mailboxes").await;
        refused("time_zone", "Berlin", "This time zone is not known", "time_zone").await;
        refused("starts_on", "1.12.2026", "Write the day as year-month-day", "starts_on").await;
        refused("starts_on", "2029-01-01", "Choose a day within a year.", "starts_on").await;
        refused("ends_on", "2026-11-21", "This day has passed", "ends_on").await;
        refused("ends_on", "2026-11-23", "there is no day on which it may send", "days_off").await;
        refused("days_off", "Christmas", "“Christmas” is no day", "days_off").await;
        refused("daily_cap", "0", "Write a whole number from 1 to 100,000", "daily_cap").await;
        refused("new_daily_cap", "ten", "Write a whole number from 1 to 100,000", "new_daily_cap").await;
        let mut none = typed(&mailbox, "", "");
        none.retain(|(name, _)| !name.starts_with("from_") && !name.starts_with("to_"));
        let answer = owner.post(&path, &none).await;
        assert!(answer.body.contains("No day has a window, so nothing would ever be sent."), "{}", answer.body);
        assert!(load(&mut test.app.db.read().await.unwrap(), owner.workspace, campaign).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn rows_are_added_and_times_set_without_keeping_anything() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let campaign = add_campaign(&test, &owner).await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await.to_string();
        let path = format!("/campaigns/{campaign}/schedule");
        let with = |go: &'static str| {
            let mut form = typed(&mailbox, "08:15", "17:00");
            form.retain(|(name, _)| *name != "go");
            form.push(("go", go));
            form
        };
        let more = owner.post(&path, &with("add-1")).await;
        assert_eq!(more.status, StatusCode::OK);
        assert!(more.body.contains("name=\"from_2_3\"") && more.body.contains("value=\"08:15\""), "{}", more.body);
        assert!(!more.body.contains("name=\"from_1_3\""));
        assert!(!more.body.contains("<div data-browser-zone"), "a zone that was typed stays");
        let hours = owner.post(&path, &with("working-hours")).await.body;
        assert_eq!((hours.matches("value=\"09:00\"").count(), hours.contains("value=\"08:15\"")), (5, false));
        assert_eq!(owner.post(&path, &with("look")).await.status, StatusCode::OK);
        assert!(load(&mut test.app.db.read().await.unwrap(), owner.workspace, campaign).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn a_mailbox_has_a_limit_of_running_campaigns() {
    for test in test_apps(&[]).await {
        let owner = test.sign_in().await;
        let mailbox = add_mailbox(&test, &owner, "jo@acme.example").await.to_string();
        for _ in 0..CAMPAIGNS_MAX {
            let campaign = add_campaign(&test, &owner).await;
            let answer =
                owner.post(&format!("/campaigns/{campaign}/schedule"), &typed(&mailbox, "09:00", "17:00")).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER);
            let mut tx = test.app.db.write().await.unwrap();
            set_running(&mut tx, campaign).await;
            tx.commit().await.unwrap();
            let again =
                owner.post(&format!("/campaigns/{campaign}/schedule"), &typed(&mailbox, "09:00", "18:00")).await;
            assert_eq!(again.status, StatusCode::SEE_OTHER, "its own campaign does not count");
        }
        let campaign = add_campaign(&test, &owner).await;
        let answer = owner.post(&format!("/campaigns/{campaign}/schedule"), &typed(&mailbox, "09:00", "17:00")).await;
        assert!(answer.body.contains("jo@acme.example belongs to 20 running campaigns already."), "{}", answer.body);
    }
}
