//! Marks of reviewed leads: what they refund, what the rule of a first batch makes of them, and the pages.

use super::{
    mark::{BadReason, MarkKind, MarkLead, Marked, mark_of, unmark},
    review::{self, Scope},
};
use crate::{
    campaigns::{
        ids::LeadId,
        requests::{
            first_batch::Ruled,
            tests::{NOW, World, add_member, world},
            worker::turn,
        },
        *,
    },
    credits::{RequestId, join},
    on,
    server::{db::test_databases, error::AppError, jobs::Round},
};

async fn leads_of(world: &World, request: RequestId) -> Vec<LeadId> {
    let mut tx = world.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 and request_id = $2 order by delivered_at, id")
        .bind(world.member.workspace).bind(request).fetch_all(c).await)
    .unwrap()
}

async fn marked(world: &World, lead: LeadId, bad: Option<BadReason>) -> Result<Marked, AppError> {
    let at = world.app.clock.now();
    world.app.clock.advance(std::time::Duration::from_secs(1));
    let mut tx = world.app.db.write().await.unwrap();
    let marked = join(&mut tx, &MarkLead { member: world.member.clone(), lead, bad, automatic_max: 4, at }).await?;
    tx.commit().await.unwrap();
    Ok(marked)
}

async fn unmarked(world: &World, lead: LeadId) -> Result<bool, AppError> {
    let mut tx = world.app.db.write().await.unwrap();
    let gone = unmark(&mut tx, &world.member, lead, world.app.clock.now()).await?;
    tx.commit().await.unwrap();
    Ok(gone)
}

async fn reports(world: &World) -> i64 {
    let mut tx = world.app.db.read().await.unwrap();
    on!(&mut tx, c => sqlx::query_scalar("select count(*) from lead_reports where workspace_id = $1")
        .bind(world.member.workspace).fetch_one(c).await)
    .unwrap()
}

#[tokio::test]
async fn a_bad_mark_is_reported_and_taken_back_with_its_report_until_that_is_decided() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let request = world.ask("4", "a").await.unwrap();
        world.work().await;
        let leads = leads_of(&world, request).await;
        let outcome = marked(&world, leads[0], Some(BadReason::LeftCompany)).await.unwrap().report;
        assert_eq!((outcome, reports(&world).await), (Some(ReportOutcome::InReview), 1));
        // Another reason replaces mark and report; no reason to report withdraws it.
        marked(&world, leads[0], Some(BadReason::WrongPerson)).await.unwrap();
        assert_eq!(reports(&world).await, 1);
        assert_eq!(marked(&world, leads[0], Some(BadReason::WrongRole)).await.unwrap().report, None);
        assert_eq!(reports(&world).await, 0);
        assert!(unmarked(&world, leads[0]).await.unwrap() && !unmarked(&world, leads[0]).await.unwrap());
        // All four are one name at one company: what the rules can see is paid back, and stays.
        let outcome = marked(&world, leads[1], Some(BadReason::Duplicate)).await.unwrap().report;
        assert_eq!(outcome, Some(ReportOutcome::Refunded(crate::credits::Credits::new(1).unwrap())));
        assert!(matches!(unmarked(&world, leads[1]).await, Err(AppError::Conflict(_))));
        assert!(matches!(marked(&world, leads[1], None).await, Err(AppError::Conflict(_))));
        let mut tx = test.db.read().await.unwrap();
        let mark = mark_of(&mut tx, world.member.workspace, leads[1]).await.unwrap().unwrap();
        assert_eq!((mark.verdict, mark.reason), (MarkKind::Bad, Some(BadReason::Duplicate)));
        drop(tx);
        assert_eq!(world.balance().await, (97, 0, 3));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn by_its_rule_a_request_goes_on_once_its_first_batch_is_reviewed_and_few_are_bad() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let id = world.ask_first("60", 4, Some(50), "a").await;
        world.work().await;
        let leads = leads_of(&world, id).await;
        assert_eq!(leads.len(), 4);
        assert_eq!(marked(&world, leads[0], Some(BadReason::WrongRole)).await.unwrap().ruled, Ruled::Nothing);
        for lead in &leads[1..3] {
            assert_eq!(marked(&world, *lead, None).await.unwrap().ruled, Ruled::Nothing, "not all are reviewed");
        }
        assert_eq!(marked(&world, leads[3], None).await.unwrap().ruled, Ruled::WentOn);
        assert_eq!(world.receipt(id).await.request.gone_on_by, None);
        // Half of the reviewed ones are bad: not fewer than 50 %.
        assert_eq!(marked(&world, leads[1], Some(BadReason::Other)).await.unwrap().ruled, Ruled::Stopped);
        world.work().await;
        let request = world.receipt(id).await.request;
        assert_eq!((request.waiting, request.delivered), (Some(Waiting::Look), 4));
        assert!(unmarked(&world, leads[1]).await.unwrap(), "three are reviewed: the rule waits for the fourth");
        assert_eq!(marked(&world, leads[1], None).await.unwrap().ruled, Ruled::WentOn);
        world.work().await;
        assert_eq!(world.receipt(id).await.request.delivered, 60);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn too_many_bad_ones_keep_it_waiting_and_the_word_of_a_person_ends_the_rule() {
    for test in test_databases().await {
        let world = world(&test.db, 90).await;
        let id = world.ask_first("30", 2, Some(10), "a").await;
        world.work().await;
        let leads = leads_of(&world, id).await;
        for lead in &leads {
            assert_eq!(marked(&world, *lead, Some(BadReason::WrongCompany)).await.unwrap().ruled, Ruled::Nothing);
        }
        let mut tx = test.db.write().await.unwrap();
        assert!(go_on(&mut tx, &world.member, id, NOW).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(marked(&world, leads[0], Some(BadReason::Other)).await.unwrap().ruled, Ruled::Nothing);
        world.work().await;
        assert_eq!(world.receipt(id).await.request.delivered, 30);
    }
}

#[tokio::test]
async fn the_review_goes_through_every_lead_once_in_the_order_of_delivery() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let request = world.ask("5", "a").await.unwrap();
        world.work().await;
        let (leads, workspace) = (leads_of(&world, request).await, world.member.workspace);
        marked(&world, leads[0], None).await.unwrap();
        marked(&world, leads[2], Some(BadReason::Other)).await.unwrap();
        let mut tx = test.db.read().await.unwrap();
        for scope in [Scope::Request(request), Scope::Campaign(world.campaign)] {
            for (at, lead) in leads.iter().enumerate() {
                let place = review::place(&mut tx, workspace, scope, *lead).await.unwrap().unwrap();
                assert_eq!(usize::try_from(place.number).unwrap(), at + 1);
                assert_eq!(place.before, at.checked_sub(1).map(|before| leads[before]));
                assert_eq!(place.after, leads.get(at + 1).copied());
            }
            let tally = review::tally(&mut tx, workspace, scope).await.unwrap();
            assert_eq!((tally.leads, tally.good, tally.bad, tally.left()), (5, 1, 1, 3));
            assert_eq!(review::first(&mut tx, workspace, scope).await.unwrap(), Some(leads[1]));
            let last = review::marked_last(&mut tx, workspace, scope, world.member.user).await.unwrap();
            assert_eq!(last, Some(leads[2]));
            let values = review::by_value(&review::marked(&mut tx, workspace, scope).await.unwrap());
            assert_eq!((values[0].good, values[0].bad), (1, 1));
        }
        let stranger = add_member(&test.db).await;
        let scope = Scope::Request(request);
        assert_eq!(review::place(&mut tx, stranger.workspace, scope, leads[0]).await.unwrap(), None);
        drop(tx);
        let mut tx = test.db.write().await.unwrap();
        let good = MarkLead { member: stranger, lead: leads[0], bad: None, automatic_max: 4, at: NOW };
        assert!(matches!(join(&mut tx, &good).await, Err(AppError::NotFound)));
        drop(tx);
        assert_eq!(turn(world.app.clone()).await.unwrap(), Round::Idle);
    }
}
