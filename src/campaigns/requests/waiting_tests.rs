//! Requests that wait for somebody, and requests that wait for others: first batches, pauses, turns between workspaces.

use std::time::Duration;

use super::{claim::claim, forecast::forecast_of};
use super::{
    tests::{NOW, World, add_campaign, add_member, world},
    worker::{end_overdue, turn},
};
use crate::{
    accounts::Member,
    campaigns::*,
    credits::{CampaignId, RequestId, join},
    directory::{ContactId, Criteria},
    on,
    server::db::test_databases,
};

impl World {
    /// Asks for `leads`, the first `first` of them to be looked at.
    pub(crate) async fn ask_first(&self, leads: &str, first: i64, bad_percent: Option<i64>, key: &str) -> RequestId {
        let mut tx = self.app.db.write().await.unwrap();
        let look = Some(FirstBatchReview { first: LeadCount::of(first).unwrap(), bad_percent });
        let order = LeadOrder {
            campaign: self.campaign,
            quantity: LeadCount::parse(leads).unwrap(),
            look,
            most: None,
            key: key.into(),
        };
        let id = join(&mut tx, &RequestLeads { member: self.member.clone(), order, at: self.app.clock.now() })
            .await
            .unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn go_on(&self, id: RequestId) -> bool {
        let mut tx = self.app.db.write().await.unwrap();
        let goes = go_on(&mut tx, &self.member, id, self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        goes
    }

    async fn pause(&self, id: RequestId) -> bool {
        let mut tx = self.app.db.write().await.unwrap();
        let paused = pause(&mut tx, &self.member, id, self.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        paused
    }

    async fn notices(&self) -> i64 {
        let mut tx = self.app.db.read().await.unwrap();
        on!(&mut tx, c => sqlx::query_scalar("select count(*) from notices where workspace_id = $1 and key like 'look:%'")
            .bind(self.member.workspace).fetch_one(c).await)
        .unwrap()
    }
}

#[tokio::test]
async fn after_the_first_batch_the_rest_waits_still_held_and_goes_on_with_a_word() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let id = world.ask_first("60", 25, None, "a").await;
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!((receipt.request.delivered, receipt.request.waiting), (25, Some(Waiting::Look)));
        assert_eq!(receipt.request.reason_since, Some(NOW));
        assert_eq!(world.balance().await, (40, 35, 25));
        assert_eq!(world.notices().await, 1);
        assert!(world.go_on(id).await && !world.go_on(id).await, "one word is enough");
        assert_eq!(world.notices().await, 0);
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!((receipt.request.state, receipt.request.delivered), (RequestState::Completed, 60));
        assert_eq!((receipt.request.gone_on_at, receipt.request.gone_on_by), (Some(NOW), Some(world.member.user)));
        assert_eq!(world.balance().await, (40, 0, 60));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn stopped_after_the_first_batch_the_rest_comes_back_at_once() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let id = world.ask_first("60", 25, None, "a").await;
        world.work().await;
        let mut tx = test.db.write().await.unwrap();
        assert!(join(&mut tx, &Cancel { member: world.member.clone(), request: id, at: NOW }).await.unwrap());
        tx.commit().await.unwrap();
        assert!(!world.go_on(id).await && !world.pause(id).await);
        world.work().await;
        assert_eq!(world.balance().await, (75, 0, 25));
        assert_eq!((world.notices().await, world.receipt(id).await.request.waiting), (0, None));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn what_waits_for_a_person_is_ended_at_the_deadline_of_its_hold_and_not_before() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let (first, second) = (world.ask_first("40", 25, None, "a").await, world.ask("20", "b").await.unwrap());
        world.work().await;
        let third = world.ask("20", "c").await.unwrap();
        assert!(world.pause(third).await);
        world.app.clock.advance(Duration::from_secs(23 * 60 * 60));
        end_overdue(&world.app).await.unwrap();
        world.work().await;
        assert_eq!(world.receipt(second).await.request.delivered, 20);
        for id in [first, third] {
            assert!(world.receipt(id).await.request.state.is_open());
        }
        world.app.clock.advance(Duration::from_secs(60 * 60 + 1));
        end_overdue(&world.app).await.unwrap();
        for (id, reason) in [(first, "Not approved within 24 hours"), (third, "Still paused after 24 hours")] {
            let request = world.receipt(id).await.request;
            assert_eq!(request.state, RequestState::Failed);
            assert!(request.reason_text().starts_with(reason));
        }
        assert_eq!(world.balance().await, (55, 0, 45));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_paused_request_writes_nothing_until_it_is_resumed() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let id = world.ask("60", "a").await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let claimed = claim(&mut tx, NOW).await.unwrap().unwrap();
        let people: Vec<_> = (1..=60).map(ContactId).collect();
        assert_eq!(deliver(&mut tx, world.app.of(), &claimed, &people[..10], NOW).await.unwrap(), Batch::Delivered(10));
        tx.commit().await.unwrap();
        assert!(world.pause(id).await && !world.pause(id).await);
        let mut tx = test.db.write().await.unwrap();
        assert_eq!(deliver(&mut tx, world.app.of(), &claimed, &people[10..], NOW).await.unwrap(), Batch::Lost);
        tx.commit().await.unwrap();
        world.work().await;
        assert_eq!(world.balance().await, (40, 50, 10));
        assert!(world.go_on(id).await);
        world.work().await;
        assert_eq!(world.balance().await, (40, 0, 60));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_first_batch_that_is_everybody_ends_the_request() {
    for test in test_databases().await {
        let world = world(&test.db, 25).await;
        let id = world.ask_first("60", 25, None, "a").await;
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!((receipt.request.state, receipt.request.waiting), (RequestState::Completed, None));
        assert_eq!(world.balance().await, (75, 0, 25));
    }
}

/// Somebody else, in a workspace of their own, asks for `leads`.
async fn other_asks(world: &World, leads: i64) -> (Member, RequestId) {
    let member = add_member(&world.app.db).await;
    let campaign: CampaignId = add_campaign(&world.app, &member).await;
    let mut tx = world.app.db.write().await.unwrap();
    let order =
        LeadOrder { campaign, quantity: LeadCount::of(leads).unwrap(), look: None, most: None, key: "a".into() };
    let id = join(&mut tx, &RequestLeads { member: member.clone(), order, at: world.app.clock.now() }).await.unwrap();
    tx.commit().await.unwrap();
    (member, id)
}

#[tokio::test]
async fn a_workspace_with_many_requests_delays_another_by_one_turn() {
    for test in test_databases().await {
        let world = world(&test.db, 60).await;
        for key in 0..8 {
            world.ask("5", &key.to_string()).await.unwrap();
            world.app.clock.advance(Duration::from_millis(1));
        }
        let (other, request) = other_asks(&world, 25).await;
        for _ in 0..2 {
            world.app.clock.advance(Duration::from_millis(1));
            turn(world.app.clone()).await.unwrap();
        }
        let mut tx = test.db.read().await.unwrap();
        let small = crate::campaigns::request(&mut tx, other.workspace, request).await.unwrap();
        assert_eq!((small.state, small.delivered), (RequestState::Completed, 25));
        drop(tx);
        assert_eq!(world.balance().await, (60, 35, 5), "one turn was the large one's");
        world.work().await;
        assert_eq!(world.balance().await, (60, 0, 40));
    }
}

#[tokio::test]
async fn a_workspace_that_a_worker_serves_comes_after_one_that_nobody_serves() {
    for test in test_databases().await {
        let world = world(&test.db, 60).await;
        world.ask("30", "a").await.unwrap();
        world.ask("30", "b").await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        assert_eq!(claim(&mut tx, NOW).await.unwrap().unwrap().workspace_id, world.member.workspace);
        tx.commit().await.unwrap();
        world.app.clock.advance(Duration::from_secs(10));
        let (other, _) = other_asks(&world, 5).await;
        let (third, _) = other_asks(&world, 5).await;
        for expected in [other.workspace, third.workspace, world.member.workspace] {
            let mut tx = test.db.write().await.unwrap();
            assert_eq!(claim(&mut tx, world.app.clock.now()).await.unwrap().unwrap().workspace_id, expected);
            tx.commit().await.unwrap();
        }
        let mut tx = test.db.read().await.unwrap();
        let id = select_requests(other.workspace, None, 1).read(&mut tx).await.unwrap()[0].id;
        let receipt = receipt(&mut tx, other.workspace, id).await.unwrap();
        assert_eq!(forecast_of(&mut tx, &receipt).await.unwrap().sharing, 2);
    }
}

#[tokio::test]
async fn at_most_so_many_people_of_one_company_are_delivered_by_one_request() {
    for test in test_databases().await {
        let world = world(&test.db, 12).await;
        // Five have no domain, and their company's name is written in two ways.
        let mut tx = test.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query(
            "update contacts set domain = '', company = case when id % 2 = 0 then 'Birch' else 'BIRCH' end where id > 7")
            .execute(c).await.map(drop))
        .unwrap();
        let name = CampaignName::parse("Two each").unwrap();
        let criteria = Criteria::parse(&[("per_company".into(), "2".into())]).unwrap();
        let (member, campaign) = (&world.member, world.campaign);
        campaign::save_audience(&mut tx, member.workspace, campaign, &name, &criteria, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let id = world.ask("10", "a").await.unwrap();
        // In two batches: what the first delivered counts for the second.
        let mut tx = test.db.write().await.unwrap();
        let claimed = claim(&mut tx, NOW).await.unwrap().unwrap();
        let people: Vec<_> = (1..=8).map(ContactId).collect();
        assert_eq!(deliver(&mut tx, world.app.of(), &claimed, &people, NOW).await.unwrap(), Batch::Delivered(3));
        tx.commit().await.unwrap();
        world.app.clock.advance(Duration::from_secs(61));
        world.work().await;
        let receipt = world.receipt(id).await;
        assert_eq!(receipt.request.delivered, 4);
        assert_eq!(receipt.skips, [Skip { reason: SkipReason::CompanyLimit, people: 8 }]);
        assert_eq!(world.balance().await, (96, 0, 4));
        world.assert_proven().await;
        // Another request counts anew.
        let second = world.ask("10", "b").await.unwrap();
        world.work().await;
        assert_eq!(world.receipt(second).await.request.delivered, 4);
    }
}
