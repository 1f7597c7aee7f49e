//! The pages of campaigns, requests and leads, as a browser sees them.

use std::time::Duration;

use axum::http::StatusCode;

use crate::campaigns::{quality::report, requests::worker, standing::schedule};
use crate::{
    accounts::{Member, Role},
    app::testing::{Browser, NOW, TestApp, test_apps},
    campaigns::{
        ids::LeadId,
        requests::{tests::add_contacts, worker::turn},
        *,
    },
    credits::{self, Balance, CampaignId, Ledger, RequestId, join},
    directory::{Criteria, Directory},
    on,
    server::{db::Db, jobs::Round},
};

const CREDITS: &str = "/settings/cold-email-agent/batches";

/// An instance with `people` contacts, and an owner of a workspace with 100 credits.
pub(crate) async fn owner_with(test: &TestApp, people: i64) -> Browser {
    add_contacts(&test.app.db, people).await;
    test.app.of::<Directory>().catch_up(&test.app.db, &test.app.clock).await.unwrap();
    let owner = test.sign_in().await;
    let mut tx = test.app.db.write().await.unwrap();
    credits::grant_signup_promotion(&mut tx, owner.workspace, NOW).await.unwrap();
    tx.commit().await.unwrap();
    owner
}

pub(crate) fn member(browser: &Browser, role: Role) -> Member {
    let (email, name, workspace_name, time_zone) = Default::default();
    Member {
        user: browser.user,
        workspace: browser.workspace,
        role,
        email,
        name,
        workspace_name,
        time_zone,
        operator: false,
    }
}

/// A campaign of `browser` for everybody in the directory.
pub(crate) async fn add_campaign(test: &TestApp, browser: &Browser) -> CampaignId {
    let mut tx = test.app.db.write().await.unwrap();
    let name = CampaignName::parse("Autumn").unwrap();
    let id = create(&mut tx, browser.workspace, browser.user, &name, &Criteria::default(), NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A request of `browser` in a campaign of its own.
pub(crate) async fn ask(test: &TestApp, browser: &Browser, leads: &str) -> RequestId {
    let campaign = add_campaign(test, browser).await;
    let mut tx = test.app.db.write().await.unwrap();
    let order = LeadOrder {
        campaign,
        quantity: LeadCount::parse(leads).unwrap(),
        look: None,
        most: None,
        key: campaign.to_string(),
    };
    let id = join(&mut tx, &RequestLeads { member: member(browser, Role::Owner), order, at: test.app.clock.now() })
        .await
        .unwrap();
    tx.commit().await.unwrap();
    id
}

pub(crate) async fn work(test: &TestApp) {
    while turn(test.app.clone()).await.unwrap() == Round::Worked {}
}

pub(crate) async fn balance(test: &TestApp, browser: &Browser) -> Balance {
    credits::balance(&mut test.app.db.read().await.unwrap(), browser.workspace).await.unwrap()
}

#[tokio::test]
async fn members_release_their_own_holds_and_owners_any() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 5).await;
        let uma = test.sign_in_as(owner.workspace, Role::Member).await;
        let other = test.sign_in_as(owner.workspace, Role::Member).await;
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        let first = ask(&test, &uma, "40").await;
        let second = ask(&test, &uma, "30").await;
        let (of_first, of_second) = (format!("/requests/{first}"), format!("/requests/{second}"));
        for somebody in [&other, &viewer] {
            assert!(!somebody.get(CREDITS).await.body.contains("Release now"));
            assert!(!somebody.get(&of_first).await.body.contains("Release now"));
            assert_eq!(somebody.post(&format!("{of_first}/cancel"), &[]).await.status, StatusCode::FORBIDDEN);
        }
        assert_eq!(balance(&test, &owner).await.held.get(), 70);
        let page = uma.get(CREDITS).await.body;
        assert!(page.contains("40 credits come back at once") && page.contains("30 credits come back at once"));
        let answer = uma.post(&format!("{of_first}/cancel"), &[("from", "credits")]).await;
        assert_eq!(answer.location, CREDITS);
        assert_eq!(balance(&test, &owner).await.held.get(), 30);
        assert!(owner.get(&of_second).await.body.contains("30 credits come back at once"));
        assert_eq!(owner.post(&format!("{of_second}/cancel"), &[]).await.location, of_second);
        assert_eq!((balance(&test, &owner).await.held.get(), balance(&test, &owner).await.available.get()), (0, 100));
    }
}

#[tokio::test]
async fn a_request_that_never_gets_done_ends_after_a_day_and_says_so() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 5).await;
        let id = ask(&test, &owner, "5").await;
        test.app.clock.advance(Duration::from_secs(24 * 60 * 60 + 1));
        worker::end_overdue(&test.app).await.unwrap();
        assert!(owner.get(&format!("/requests/{id}")).await.body.contains("Not done within 24 hours"));
        assert_eq!(balance(&test, &owner).await.held.get(), 0);
        work(&test).await;
    }
}

#[tokio::test]
async fn a_standing_request_begins_on_its_campaigns_page_and_a_wrong_pace_comes_back_there() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 30).await;
        let request = ask(&test, &owner, "5").await;
        work(&test).await;
        let mut tx = test.app.db.read().await.unwrap();
        let id = crate::campaigns::request(&mut tx, owner.workspace, request).await.unwrap().campaign_id;
        drop(tx);
        let campaign = format!("/campaigns/{id}");
        assert!(owner.get(&campaign).await.body.contains("Request a daily number of leads"));
        let viewer = test.sign_in_as(owner.workspace, Role::Viewer).await;
        assert!(!viewer.get(&campaign).await.body.contains("Request a daily number of leads"));
        let form = [("key", "a"), ("from", "campaign"), ("per_day", "lots"), ("total", "12")];
        let address = format!("{campaign}/standing");
        let wrong = owner.post(&address, &form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(wrong.body.contains("per_day-error") && wrong.body.contains("value=\"lots\""), "{}", wrong.body);
        let again = owner.get(&address).await;
        assert_eq!((again.status, again.location.as_str()), (StatusCode::SEE_OTHER, campaign.as_str()));
        let folded = wrong.body.split("<details").nth(1).unwrap().split('>').next().unwrap();
        assert!(folded.contains("disclosure") && folded.contains("open"), "{folded}");
        let right =
            owner.post(&address, &[("key", "a"), ("from", "campaign"), ("per_day", "4"), ("total", "12")]).await;
        assert!(right.location.starts_with("/standing/"), "{right:?}");
        work(&test).await;
        assert!(owner.get(&right.location).await.body.contains("4 of 12 leads delivered"));
    }
}

#[tokio::test]
async fn what_moves_credits_on_these_pages_goes_through_the_group_commit() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 40).await;
        let delivered = ask(&test, &owner, "10").await;
        work(&test).await;
        let leads: Vec<LeadId> = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
            "select id from leads where request_id = $1 order by id").bind(delivered).fetch_all(c).await)
        .unwrap();
        let jobs = || test.app.of::<Ledger>().counts().jobs;
        assert_eq!(jobs(), 0, "a delivery captures in the transaction of its leads");
        let cancelled = ask(&test, &owner, "5").await;
        let wrong = [("reason", "wrong_person")];
        let mark = [("verdict", "bad"), ("reason", "left_company")];
        for (address, fields, deeds) in [
            (format!("/requests/{cancelled}/cancel"), &[][..], 1),
            (format!("/leads/{}/report", leads[0]), &wrong[..], 1),
            (format!("/leads/{}/mark", leads[1]), &mark[..], 1),
            // One more finds nothing left to return.
            (format!("/leads/{}/return", leads[2]), &[][..], 2),
        ] {
            let before = jobs();
            assert_eq!(owner.post(&address, fields).await.status, StatusCode::SEE_OTHER, "{address}");
            assert_eq!(jobs(), before + deeds, "{address}");
        }
        assert_eq!((balance(&test, &owner).await.held.get(), balance(&test, &owner).await.available.get()), (0, 91));
        let operator = test.sign_in_operator().await;
        let open = report::open_reports(&mut test.app.db.read().await.unwrap(), 10).await.unwrap();
        let before = jobs();
        let address = format!("/admin/reports/{}", open[0].id);
        assert_eq!(operator.post(&address, &[("decision", "accept")]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(jobs(), before + 1);
        assert_eq!(balance(&test, &owner).await.available.get(), 92);
        let overdue = ask(&test, &owner, "5").await;
        test.app.clock.advance(Duration::from_secs(25 * 60 * 60));
        let before = jobs();
        worker::end_overdue(&test.app).await.unwrap();
        assert_eq!((jobs(), balance(&test, &owner).await.held.get()), (before + 1, 0), "{overdue}");
    }
}

#[tokio::test]
async fn the_hold_of_a_standing_request_goes_through_the_group_commit() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 40).await;
        let campaign = add_campaign(&test, &owner).await;
        let before = test.app.of::<Ledger>().counts().jobs;
        let fields = [("key", "a"), ("from", "campaign"), ("per_day", "4"), ("total", "12")];
        let begun = owner.post(&format!("/campaigns/{campaign}/standing"), &fields).await;
        assert!(begun.location.starts_with("/standing/"), "{begun:?}");
        schedule::go_on(&test.app).await.unwrap();
        assert_eq!(balance(&test, &owner).await.held.get(), 4);
        assert!(test.app.of::<Ledger>().counts().jobs > before);
    }
}

/// Whoever cancels locks the account first and the request then; a delivery that did it the other way round would wait for it
/// while it waits for the delivery, until Postgres ends one of them.
#[tokio::test]
async fn a_delivery_that_waits_for_the_account_has_not_locked_its_request() {
    for test in test_apps(&[]).await {
        let owner = owner_with(&test, 20).await;
        let request = ask(&test, &owner, "10").await;
        let Db::Postgres { .. } = test.app.db else { continue };
        let mut tx = test.app.db.write().await.unwrap();
        credits::lock(&mut tx, owner.workspace).await.unwrap();
        let delivery = tokio::spawn(turn(test.app.clone()));
        loop {
            let waiting: i64 = on!(&mut test.app.db.read().await.unwrap(), c => sqlx::query_scalar(
                "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
                .fetch_one(c).await)
            .unwrap();
            if waiting > 0 {
                break;
            }
            tokio::task::yield_now().await;
        }
        let locked = on!(&mut tx, c => sqlx::query("update lead_requests set state = state where id = $1")
            .bind(request).execute(c).await.map(drop));
        assert!(locked.is_ok(), "{locked:?}");
        tx.commit().await.unwrap();
        delivery.await.unwrap().unwrap();
        work(&test).await;
        assert_eq!(balance(&test, &owner).await.spent.get(), 10);
    }
}
