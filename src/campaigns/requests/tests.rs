//! Lead requests from end to end, on every database at hand.

use std::sync::Arc;

use super::worker::turn;
use super::{claim::claim, worker};
use crate::{
    accounts::{Member, Role, UserId, WorkspaceId},
    app::testing::{app_on, test_config},
    campaigns::{
        leads::list::{self, LeadQuery, Sort},
        *,
    },
    credits::{self, CampaignId, Credits, RequestId, join},
    directory::{ContactId, Criteria, Directory},
    on,
    server::{
        app::App,
        clock::{Clock, Instant},
        db::{Db, test_databases},
        error::AppError,
        form::Form,
        jobs::Round,
        query::FromQuery,
    },
    suppression::{Cause, Reason, Subject, suppress},
};

pub(crate) const NOW: Instant = Instant(1_790_000_000_000_000);

/// An instance with `people` contacts, and a member with 100 credits.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) member: Member,
    pub(crate) campaign: CampaignId,
    _folder: tempfile::TempDir,
}

pub(crate) async fn world(db: &Db, people: i64) -> World {
    let (app, folder) = app_on(test_config(&[]), db, Clock::fixed(NOW)).await;
    add_contacts(db, people).await;
    app.of::<Directory>().catch_up(db, &app.clock).await.unwrap();
    let member = add_member(db).await;
    let campaign = add_campaign(&app, &member).await;
    World { app, member, campaign, _folder: folder }
}

pub(crate) async fn add_contacts(db: &Db, people: i64) {
    let mut tx = db.write().await.unwrap();
    let source = crate::ids::uuid_v7();
    on!(&mut tx, c => sqlx::query("insert into sources (id, name, name_key, created_at) values ($1, 'Test', $2, 0)")
        .bind(source).bind(source.to_string()).execute(c).await.map(drop))
    .unwrap();
    for id in 1..=people {
        on!(&mut tx, c => sqlx::query(
            "insert into contacts (id, email, email_status, first_name, last_name, title, departments, company, domain, industry,
                 country, region, city, keywords, technologies, linkedin, phone, source_id, revision, created_at, updated_at)
             values ($1, $2, 'verified', 'Özlem', 'Okafor', 'Marketing Director', $4, 'Acorn', 'acorn.example', 'Retail', 'Kenya', '',
                 'Nairobi', $4, $4, '', '', $3, $1, 0, 0)")
            .bind(id).bind(format!("person{id}@acorn.example")).bind(source).bind(sqlx::types::Json(Vec::<String>::new()))
            .execute(c).await.map(drop))
        .unwrap();
    }
    on!(&mut tx, c => sqlx::query("update directory set last_contact = $1, last_revision = $1").bind(people)
        .execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn add_member(db: &Db) -> Member {
    let (user, workspace) = (UserId::new(), WorkspaceId::new());
    let mut tx = db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, $2, 'Ada', '', 0, 0)")
        .bind(user).bind(user.to_string()).execute(c).await.map(drop))
    .unwrap();
    on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Test', 0)")
        .bind(workspace).execute(c).await.map(drop))
    .unwrap();
    on!(&mut tx, c => sqlx::query("insert into members (workspace_id, user_id, role, created_at) values ($1, $2, 'owner', 0)")
        .bind(workspace).bind(user).execute(c).await.map(drop))
    .unwrap();
    credits::grant_signup_promotion(&mut tx, workspace, NOW).await.unwrap();
    tx.commit().await.unwrap();
    Member {
        user,
        workspace,
        role: Role::Owner,
        email: String::new(),
        name: String::new(),
        workspace_name: String::new(),
        time_zone: "UTC".into(),
        operator: false,
    }
}

pub(crate) async fn add_campaign(app: &App, member: &Member) -> CampaignId {
    let mut tx = app.db.write().await.unwrap();
    let name = CampaignName::parse("Test").unwrap();
    let criteria = Criteria::parse(&[("titles".into(), "Marketing Director".into())]).unwrap();
    let id = create(&mut tx, member.workspace, member.user, &name, &criteria, NOW).await.unwrap();
    tx.commit().await.unwrap();
    id
}

impl World {
    pub(crate) async fn ask(&self, leads: &str, key: &str) -> Result<RequestId, AppError> {
        self.ask_for(leads, None, key).await
    }

    /// Asks with the ceiling that a quote said.
    pub(crate) async fn ask_at_most(&self, leads: &str, most: i64, key: &str) -> Result<RequestId, AppError> {
        self.ask_for(leads, Credits::new(most), key).await
    }

    async fn ask_for(&self, leads: &str, most: Option<Credits>, key: &str) -> Result<RequestId, AppError> {
        let mut tx = self.app.db.write().await.unwrap();
        let order = LeadOrder {
            campaign: self.campaign,
            quantity: LeadCount::parse(leads).unwrap(),
            look: None,
            most,
            key: key.into(),
        };
        let id = join(&mut tx, &RequestLeads { member: self.member.clone(), order, at: NOW }).await?;
        tx.commit().await.unwrap();
        Ok(id)
    }

    pub(crate) async fn work(&self) {
        while turn(self.app.clone()).await.unwrap() == Round::Worked {}
    }

    pub(crate) async fn receipt(&self, id: RequestId) -> Receipt {
        receipt(&mut self.app.db.read().await.unwrap(), self.member.workspace, id).await.unwrap()
    }

    pub(crate) async fn balance(&self) -> (i64, i64, i64) {
        let balance = credits::balance(&mut self.app.db.read().await.unwrap(), self.member.workspace).await.unwrap();
        (balance.available.get(), balance.held.get(), balance.spent.get())
    }

    pub(crate) async fn assert_proven(&self) {
        let mut tx = self.app.db.read().await.unwrap();
        let proof = credits::verify::verify(&mut tx, self.member.workspace).await.unwrap();
        assert_eq!(proof.differences, []);
        assert_eq!(verify::verify(&mut tx, self.member.workspace).await.unwrap(), []);
    }
}

#[tokio::test]
async fn exactly_the_delivered_leads_are_paid_and_the_receipt_adds_up() {
    for test in test_databases().await {
        let world = world(&test.db, 130).await;
        let id = world.ask("60", "a").await.unwrap();
        assert_eq!(world.balance().await, (40, 60, 0));
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!(receipt.request.state, RequestState::Completed);
        assert_eq!((receipt.request.matched, receipt.request.delivered, receipt.not_reached()), (130, 60, 70));
        assert_eq!(world.balance().await, (40, 0, 60));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_second_request_never_delivers_or_charges_the_same_person_again() {
    for test in test_databases().await {
        let world = world(&test.db, 50).await;
        world.ask("30", "a").await.unwrap();
        world.work().await;
        let second = world.ask("30", "b").await.unwrap();
        world.work().await;
        let receipt = world.receipt(second).await;
        assert_eq!(receipt.request.delivered, 20);
        assert_eq!(receipt.skips, [Skip { reason: SkipReason::Owned, people: 30 }]);
        assert_eq!((receipt.captured.get(), receipt.released.get()), (20, 10));
        assert_eq!(world.balance().await, (50, 0, 50));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn leads_are_found_by_part_of_a_name_in_any_case_and_told_apart_by_filters() {
    for test in test_databases().await {
        let world = world(&test.db, 12).await;
        let first = world.ask("5", "a").await.unwrap();
        world.work().await;
        world.ask("7", "b").await.unwrap();
        world.work().await;
        let mut tx = test.db.read().await.unwrap();
        for (query, found) in [
            ("", 12),
            ("q=özlem", 12),
            ("q=ÖZLEM+OKA", 12),
            ("q=person12@", 0),
            ("q=100%25", 0),
            ("q=_", 0),
            ("seniority=vp", 0),
            (&format!("request={first}"), 5),
        ] {
            let query = LeadQuery::from_query(&Form::parse(query.as_bytes())).unwrap();
            let total = list::count(&mut tx, world.member.workspace, world.campaign, &query).await.unwrap();
            assert_eq!(total.leads, found, "{query:?}");
            for (sort, _) in Sort::ALL {
                let query = LeadQuery { sort, ..query.clone() };
                let rows = list::leads(&mut tx, world.member.workspace, world.campaign, &query, 0, 50).await.unwrap();
                assert_eq!(i64::try_from(rows.len()).unwrap(), found);
            }
        }
    }
}

#[tokio::test]
async fn suppressed_people_and_domains_are_skipped_for_free() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let mut tx = test.db.write().await.unwrap();
        let subject = Subject::parse(world.app.of(), "person3+news@acorn.example").unwrap();
        suppress(&mut tx, world.member.workspace, &subject, &Cause::of(Reason::Person), NOW).await.unwrap();
        tx.commit().await.unwrap();
        let id = world.ask("10", "a").await.unwrap();
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!(receipt.request.delivered, 9);
        assert_eq!(receipt.skips, [Skip { reason: SkipReason::Suppressed, people: 1 }]);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn cancelling_half_way_keeps_what_was_delivered_and_releases_the_rest() {
    for test in test_databases().await {
        let world = world(&test.db, 100).await;
        let id = world.ask("80", "a").await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let claimed = claim(&mut tx, NOW).await.unwrap().unwrap();
        let first: Vec<_> = (1..=30).map(ContactId).collect();
        assert_eq!(deliver(&mut tx, world.app.of(), &claimed, &first, NOW).await.unwrap(), Batch::Delivered(30));
        tx.commit().await.unwrap();

        let mut tx = test.db.write().await.unwrap();
        assert!(join(&mut tx, &Cancel { member: world.member.clone(), request: id, at: NOW }).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(world.balance().await, (70, 0, 30));

        // The worker that was at it comes back and changes nothing; neither does a second click.
        let mut tx = test.db.write().await.unwrap();
        let rest: Vec<_> = (31..=80).map(ContactId).collect();
        assert_eq!(deliver(&mut tx, world.app.of(), &claimed, &rest, NOW).await.unwrap(), Batch::Lost);
        assert!(!join(&mut tx, &Cancel { member: world.member.clone(), request: id, at: NOW }).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(world.receipt(id).await.request.delivered, 30);
    }
}

#[tokio::test]
async fn a_worker_that_lost_its_lease_writes_nothing() {
    for test in test_databases().await {
        let world = world(&test.db, 40).await;
        let id = world.ask("20", "a").await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let slow = claim(&mut tx, NOW).await.unwrap().unwrap();
        let later = NOW.plus(std::time::Duration::from_secs(61));
        let quick = claim(&mut tx, later).await.unwrap().unwrap();
        assert_eq!(slow.id, quick.id);
        let people: Vec<_> = (1..=20).map(ContactId).collect();
        assert_eq!(deliver(&mut tx, world.app.of(), &quick, &people[..10], later).await.unwrap(), Batch::Delivered(10));
        assert_eq!(deliver(&mut tx, world.app.of(), &slow, &people, later).await.unwrap(), Batch::Lost);
        tx.commit().await.unwrap();
        assert_eq!(world.receipt(id).await.request.delivered, 10);
    }
}

#[tokio::test]
async fn a_double_click_makes_one_request() {
    for test in test_databases().await {
        let world = Arc::new(world(&test.db, 5).await);
        let clicks = (0..8).map(|_| {
            let world = world.clone();
            tokio::spawn(async move { world.ask("5", "same").await.unwrap() })
        });
        let made = futures::future::join_all(clicks).await.into_iter().map(Result::unwrap);
        assert_eq!(made.collect::<std::collections::HashSet<_>>().len(), 1);
        assert_eq!(world.balance().await, (95, 5, 0));
    }
}

#[tokio::test]
async fn too_few_credits_queue_nothing() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let refused = world.ask("101", "a").await.unwrap_err();
        assert!(matches!(refused, AppError::NotEnoughCredits { needed: 101, available: 100 }), "{refused}");
        let queued =
            select_requests(world.member.workspace, None, 10).read(&mut test.db.read().await.unwrap()).await.unwrap();
        assert!(queued.is_empty());
        assert_eq!(world.balance().await, (100, 0, 0));
    }
}

#[tokio::test]
async fn of_fifty_parallel_requests_for_ten_on_a_hundred_credits_ten_succeed() {
    for test in test_databases().await {
        let world = Arc::new(world(&test.db, 200).await);
        let asks = (0..50).map(|number| {
            let world = world.clone();
            tokio::spawn(async move { world.ask("10", &number.to_string()).await })
        });
        let answers = futures::future::join_all(asks).await;
        let refused = |answer: &Result<RequestId, AppError>| matches!(answer, Err(AppError::NotEnoughCredits { .. }));
        assert_eq!(answers.iter().filter(|answer| answer.as_ref().unwrap().is_ok()).count(), 10);
        assert_eq!(answers.iter().filter(|answer| refused(answer.as_ref().unwrap())).count(), 40);
        world.work().await;
        assert_eq!(world.balance().await, (0, 0, 100));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_campaign_of_another_workspace_does_not_exist() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let stranger = add_member(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        let order = LeadOrder {
            campaign: world.campaign,
            quantity: LeadCount::parse("1").unwrap(),
            look: None,
            most: None,
            key: "a".into(),
        };
        let refused = join(&mut tx, &RequestLeads { member: stranger, order, at: NOW }).await.unwrap_err();
        assert!(matches!(refused, AppError::NotFound));
    }
}

#[tokio::test]
async fn a_request_without_progress_is_ended_and_its_credits_come_back() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let id = world.ask("5", "a").await.unwrap();
        world.app.clock.advance(std::time::Duration::from_secs(31 * 60));
        worker::end_overdue(&world.app).await.unwrap();
        assert_eq!(world.receipt(id).await.request.state, RequestState::Failed);
        assert_eq!(world.balance().await, (100, 0, 0));
        assert_eq!(world.receipt(id).await.released, Credits::new(5).unwrap());
        world.assert_proven().await;
    }
}
