//! Rows that must exist and were deleted behind the program's back: pages answer 500 with an id, not 404.

use axum::http::StatusCode;

use super::{
    insert_leads::{Deliverable, insert_leads},
    worker::end_overdue,
};
use crate::{
    app::testing::{Browser, Logs, test_apps},
    campaigns::{
        ids::LeadId,
        overview::page_tests::{add_campaign, ask, owner_with, work},
        *,
    },
    credits::{Credits, RequestId},
    on,
    server::{
        db::{change_behind_its_back, swallow_inserts},
        inconsistency::Inconsistency,
    },
};

/// Opens `path` and wants a 500 about `table` and `column`.
async fn inconsistent(owner: &Browser, path: &str, table: &str, column: &str) {
    let logs = Logs::collect();
    let answer = owner.get(path).await;
    let line = logs.assert_told_once(&answer);
    assert!(line.contains(&format!("table=\"{table}\" column=\"{column}\"")), "{path}: {line}");
}

#[tokio::test]
async fn a_request_without_its_hold_or_campaign_is_our_fault_and_one_that_does_not_exist_is_not_found() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 5).await;
        let request = ask(&test, &owner, "5").await;
        let page = format!("/requests/{request}");
        assert_eq!(owner.get(&page).await.status, StatusCode::OK);
        let nothing = owner.get(&format!("/requests/{}", RequestId::new())).await;
        assert_eq!(nothing.status, StatusCode::NOT_FOUND);
        let stranger = test.sign_in().await;
        assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
        change_behind_its_back(&test.app.db, "delete from credit_holds").await;
        for path in [page.clone(), format!("{page}/receipt"), format!("{page}/receipt.csv")] {
            inconsistent(&owner, &path, "credit_holds", "request_id").await;
        }
        let logs = Logs::collect();
        let line = logs.assert_told_once(&owner.post(&format!("{page}/cancel"), &[]).await);
        assert!(line.contains("credit_holds") && line.contains(&request.to_string()), "{line}");
        drop(logs);
        change_behind_its_back(&test.app.db, "delete from campaigns").await;
        inconsistent(&owner, &page, "lead_requests", "campaign_id or requested_by").await;
        assert_eq!(stranger.get(&page).await.status, StatusCode::NOT_FOUND);
    }
}

#[tokio::test]
async fn a_lead_without_its_request_is_our_fault() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 2).await;
        ask(&test, &owner, "2").await;
        work(&test).await;
        let lead: LeadId =
            on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar("select id from leads limit 1")
            .fetch_one(c).await)
            .unwrap();
        let page = format!("/leads/{lead}");
        assert_eq!(owner.get(&page).await.status, StatusCode::OK);
        assert_eq!(owner.get(&format!("/leads/{}", LeadId::new())).await.status, StatusCode::NOT_FOUND);
        change_behind_its_back(&test.app.db, "delete from lead_requests").await;
        inconsistent(&owner, &page, "leads", "request_id or list_id").await;
    }
}

#[tokio::test]
async fn an_account_that_is_gone_is_our_fault_on_every_page() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 1).await;
        change_behind_its_back(&test.app.db, "delete from credit_accounts").await;
        let logs = Logs::collect();
        let answer = owner.get("/settings/cold-email-agent").await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR, "{}", answer.body);
        let lines = logs.take();
        assert!(lines.iter().all(|line| line.contains("credit_accounts")) && !lines.is_empty(), "{lines:?}");
    }
}

#[tokio::test]
async fn a_standing_request_that_was_not_kept_is_our_fault() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 5).await;
        let campaign = add_campaign(&test, &owner).await;
        swallow_inserts(&test.app.db, "standing_requests").await;
        let logs = Logs::collect();
        let fields = [("from", "campaign"), ("per_day", "5"), ("total", "50"), ("key", "one")];
        let line = logs.assert_told_once(&owner.post(&format!("/campaigns/{campaign}/standing"), &fields).await);
        assert!(line.contains("table=\"standing_requests\" column=\"idempotency_key\""), "{line}");
    }
}

#[tokio::test]
async fn a_lead_that_cannot_be_added_names_its_contact() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 3).await;
        let id = ask(&test, &owner, "3").await;
        let mut tx = test.app.db.write().await.unwrap();
        let request = request(&mut tx, owner.workspace, id).await.unwrap();
        let ids: Vec<crate::directory::ContactId> =
            on!(&mut tx, c => sqlx::query_scalar("select id from contacts order by id").fetch_all(c).await).unwrap();
        let contacts = crate::directory::contacts_by_id(&mut tx, &ids).await.unwrap();
        let contacts: Vec<Deliverable> = contacts.iter().map(Deliverable::from).collect();
        on!(&mut tx, c => sqlx::query("delete from contacts where id = $1").bind(ids[1]).execute(c).await.map(drop))
            .unwrap();
        let one = Credits::new(1).unwrap();
        let added = insert_leads(&mut tx, &request, &contacts, &[1, 2, 3], one, test.app.clock.now()).await;
        let found = Inconsistency::within(added.unwrap_err()).unwrap();
        assert_eq!(found, Inconsistency::new("leads", "contact_id", ids[1]));
    }
}

#[tokio::test]
async fn a_request_whose_rows_contradict_each_other_keeps_no_other_one_from_ending() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 5).await;
        let (broken, sound) = (ask(&test, &owner, "4").await, ask(&test, &owner, "5").await);
        change_behind_its_back(&test.app.db, "delete from credit_holds where amount = 4").await;
        test.app.clock.advance(std::time::Duration::from_secs(25 * 60 * 60));
        let logs = Logs::collect();
        end_overdue(&test.app).await.unwrap();
        assert!(logs.take().iter().any(|line| line.contains(&broken.to_string())));
        let mut tx = test.app.db.read().await.unwrap();
        assert_eq!(request(&mut tx, owner.workspace, sound).await.unwrap().state, RequestState::Failed);
        assert_eq!(request(&mut tx, owner.workspace, broken).await.unwrap().state, RequestState::Queued);
    }
}
