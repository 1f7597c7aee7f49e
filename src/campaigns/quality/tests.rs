//! Bad leads, returned leads and bounces, on every database at hand: paid back once, whatever the path.

use std::{sync::Arc, time::Duration};

use super::report::open_reports;
use crate::campaigns::{
    leads::{
        list::{self, LeadQuery},
        reveal::{reveal_found, reveal_one},
    },
    requests::{
        claim::claim,
        returnable::{ReturnRules, returnable},
    },
};
use crate::{
    accounts::{
        Member,
        audit::{self, AuditEntry},
    },
    campaigns::{
        ids::LeadId,
        requests::tests::{NOW, World, add_member, world},
        *,
    },
    credits::{Credits, RequestId, join},
    on,
    server::{clock::Instant, db::test_databases, error::AppError, form::Form, query::FromQuery},
};

const RULES: ReturnRules = ReturnRules { hours: 24, percent: 20 };

/// A request for `leads` of `people`, delivered.
async fn delivered(world: &World, leads: &str, key: &str) -> (RequestId, Vec<LeadId>) {
    let request = world.ask(leads, key).await.unwrap();
    world.work().await;
    let mut tx = world.app.db.read().await.unwrap();
    let ids = on!(&mut tx, c => sqlx::query_scalar("select id from leads where request_id = $1 order by contact_id")
        .bind(request).fetch_all(c).await);
    (request, ids.unwrap())
}

async fn tell(world: &World, lead: LeadId, reason: ReportReason, most: i64) -> Result<ReportOutcome, AppError> {
    let (member, note, at) = (world.member.clone(), String::new(), world.app.clock.now());
    let report = ReportLead { member, lead, reason, note, automatic_max: most, at };
    let mut tx = world.app.db.write().await?;
    let outcome = join(&mut tx, &report).await?;
    tx.commit().await?;
    Ok(outcome)
}

async fn return_leads(world: &World, what: Returning) -> Result<i64, AppError> {
    let mut tx = world.app.db.write().await?;
    let count = join(&mut tx, &returned(&world.member, what, 24, world.app.clock.now())).await?;
    tx.commit().await?;
    Ok(count)
}

fn returned(member: &Member, what: Returning, hours: u64, at: Instant) -> ReturnLeads {
    ReturnLeads { member: member.clone(), what, rules: ReturnRules { hours, percent: 20 }, at }
}

async fn set(world: &World, lead: LeadId, column: &'static str, value: &str) {
    let mut tx = world.app.db.write().await.unwrap();
    let sql = format!("update leads set {column} = $2 where id = $1");
    on!(&mut tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(lead).bind(value).execute(c).await.map(drop)).unwrap();
    tx.commit().await.unwrap();
}

async fn in_campaign(world: &World) -> i64 {
    let mut tx = world.app.db.read().await.unwrap();
    list::count_all(&mut tx, world.member.workspace, world.campaign).await.unwrap()
}

fn one() -> ReportOutcome {
    ReportOutcome::Refunded(Credits::new(1).unwrap())
}

#[tokio::test]
async fn what_can_be_checked_is_decided_at_once_and_the_rest_goes_to_the_list() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let (_, leads) = delivered(&world, "6", "a").await;
        let matches = tell(&world, leads[0], ReportReason::DoesNotMatch, 100).await.unwrap();
        assert!(matches!(matches, ReportOutcome::Matches(text) if text.contains("title: Marketing Director")));
        set(&world, leads[0], "title", "Gardener").await;
        assert_eq!(tell(&world, leads[0], ReportReason::DoesNotMatch, 100).await.unwrap(), one());
        assert_eq!(tell(&world, leads[0], ReportReason::WrongPerson, 100).await.unwrap(), ReportOutcome::Already);
        // Everybody here has the same name at the same company.
        assert_eq!(tell(&world, leads[1], ReportReason::Duplicate, 100).await.unwrap(), one());
        set(&world, leads[2], "first_name", "Ana").await;
        assert_eq!(tell(&world, leads[2], ReportReason::Duplicate, 100).await.unwrap(), ReportOutcome::InReview);
        assert_eq!(tell(&world, leads[3], ReportReason::LeftCompany, 100).await.unwrap(), ReportOutcome::InReview);
        // Above the monthly cap somebody looks at everything.
        assert_eq!(tell(&world, leads[4], ReportReason::Duplicate, 2).await.unwrap(), ReportOutcome::InReview);
        assert_eq!((world.balance().await, in_campaign(&world).await), ((96, 0, 4), 4));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn the_operator_accepts_once_or_declines_with_a_reason() {
    for test in test_databases().await {
        let world = world(&test.db, 10).await;
        let (_, leads) = delivered(&world, "3", "a").await;
        for lead in &leads {
            tell(&world, *lead, ReportReason::WrongPerson, 100).await.unwrap();
        }
        return_leads(&world, Returning::Lead(leads[2])).await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let open = open_reports(&mut tx, 10).await.unwrap();
        assert_eq!(open.len(), 2, "who returned it waits for nothing");
        let (workspace, operator) = (world.member.workspace, world.member.user);
        let word = |report, declined: Option<&str>| {
            let declined = declined.map(str::to_owned);
            Decide { workspace, report, declined, operator, at: NOW }
        };
        assert!(join(&mut tx, &word(open[0].id, None)).await.unwrap());
        assert!(!join(&mut tx, &word(open[0].id, None)).await.unwrap());
        assert!(join(&mut tx, &word(open[1].id, Some("It is the right person."))).await.unwrap());
        assert!(open_reports(&mut tx, 10).await.unwrap().is_empty());
        let log =
            audit::entries(&mut tx, world.member.workspace, &audit::AuditFilter::default(), None, 20).await.unwrap();
        tx.commit().await.unwrap();
        let lines =
            |action: &str| log.iter().filter(|line| line.action == action).map(AuditEntry::actor).collect::<Vec<_>>();
        assert_eq!(lines("Reported a bad lead"), ["Ada", "Ada", "Ada"]);
        assert_eq!(lines("Returned leads"), ["Ada"]);
        assert_eq!(lines("Paid a reported lead back"), ["Ada (operator)"]);
        assert_eq!(lines("Declined a reported lead"), ["Ada (operator)"]);
        assert!(log[0].detail.contains("It is the right person."), "{:?}", log[0]);
        assert_eq!(world.balance().await, (99, 0, 1));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn eight_tabs_that_report_or_return_one_lead_pay_it_back_once() {
    for test in test_databases().await {
        let world = Arc::new(world(&test.db, 10).await);
        let (_, leads) = delivered(&world, "3", "a").await;
        let lead = leads[0];
        let tabs = (0..8).map(|tab| {
            let world = world.clone();
            tokio::spawn(async move {
                match tab {
                    0..6 => drop(tell(&world, lead, ReportReason::Duplicate, 100).await),
                    _ => drop(return_leads(&world, Returning::Lead(lead)).await),
                }
            })
        });
        futures::future::join_all(tabs).await.into_iter().for_each(|tab| tab.unwrap());
        assert_eq!(world.balance().await, (98, 0, 2));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_returned_person_is_no_longer_owned_and_can_be_delivered_and_charged_again() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (first, leads) = delivered(&world, "5", "a").await;
        set(&world, leads[0], "title", "Gardener").await;
        assert_eq!(tell(&world, leads[0], ReportReason::DoesNotMatch, 100).await.unwrap(), one());
        assert_eq!(
            return_leads(&world, Returning::Request(first)).await.unwrap(),
            4,
            "the bad one is paid back already"
        );
        assert_eq!(return_leads(&world, Returning::Request(first)).await.unwrap(), 0);
        assert_eq!((world.balance().await, in_campaign(&world).await), ((100, 0, 0), 0));
        assert_eq!(world.receipt(first).await.paid_back, 5);
        let (second, _) = delivered(&world, "5", "b").await;
        let receipt = world.receipt(second).await;
        assert_eq!(receipt.request.delivered, 4, "the bad one stays owned");
        assert_eq!(receipt.skips, [Skip { reason: SkipReason::Owned, people: 1 }]);
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn nothing_can_be_returned_after_its_time_by_a_stranger_or_where_it_is_switched_off() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (request, leads) = delivered(&world, "2", "a").await;
        let stranger = add_member(&test.db).await;
        let mut tx = test.db.write().await.unwrap();
        let off = join(&mut tx, &returned(&world.member, Returning::Request(request), 0, NOW)).await;
        assert!(matches!(off, Err(AppError::Conflict(_))));
        for what in [Returning::Request(request), Returning::Lead(leads[0])] {
            assert!(matches!(join(&mut tx, &returned(&stranger, what, 24, NOW)).await, Err(AppError::NotFound)));
        }
        drop(tx);
        world.app.clock.advance(Duration::from_secs(24 * 60 * 60));
        assert_eq!(return_leads(&world, Returning::Request(request)).await.unwrap(), 0);
        assert_eq!(world.balance().await, (98, 0, 2));
    }
}

#[tokio::test]
async fn leads_are_returned_while_their_request_is_cancelled() {
    for test in test_databases().await {
        let world = Arc::new(world(&test.db, 60).await);
        let request = world.ask("50", "a").await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let claimed = claim(&mut tx, NOW).await.unwrap().unwrap();
        // What the worker writes down before its first batch.
        on!(&mut tx, c => sqlx::query("update lead_requests set matched = 60 where id = $1")
            .bind(request).execute(c).await.map(drop))
        .unwrap();
        let people: Vec<_> = (1..=20).map(crate::directory::ContactId).collect();
        deliver(&mut tx, world.app.of(), &claimed, &people, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let other = world.clone();
        let returning = tokio::spawn(async move { return_leads(&other, Returning::Request(request)).await });
        let mut tx = test.db.write().await.unwrap();
        join(&mut tx, &Cancel { member: world.member.clone(), request, at: NOW }).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(returning.await.unwrap().unwrap(), 20);
        assert_eq!(world.balance().await, (100, 0, 0));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_bounce_because_of_the_address_pays_back_once_within_thirty_days_and_suppresses() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (_, leads) = delivered(&world, "3", "a").await;
        let workspace = world.member.workspace;
        let mut tx = test.db.write().await.unwrap();
        let soon = NOW.plus(Duration::from_secs(60));
        for (status, credits) in [("5.7.1", 0), ("4.2.2", 0), ("", 0), ("5.1.1", 1), ("5.1.1", 0)] {
            let back = bounced(&mut tx, world.app.of(), workspace, leads[0], status, soon).await.unwrap();
            assert_eq!(back.get(), credits, "{status}");
        }
        let late = Instant(NOW.micros() + 31 * 86_400_000_000);
        assert_eq!(bounced(&mut tx, world.app.of(), workspace, leads[1], "5.1.1", late).await.unwrap().get(), 0);
        let listed: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from suppressions where workspace_id = $1")
            .bind(workspace).fetch_one(c).await)
            .unwrap();
        assert_eq!(listed, 2);
        tx.commit().await.unwrap();
        assert_eq!(world.balance().await, (98, 0, 2));
        world.assert_proven().await;
    }
}

async fn reveal(world: &World, lead: LeadId) -> bool {
    let mut tx = world.app.db.write().await.unwrap();
    let revealed = reveal_one(&mut tx, &world.member, lead, world.app.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    revealed
}

/// Exports what `query` finds in the world's campaign: reveals it.
async fn export(world: &World, query: &str) -> i64 {
    let query = LeadQuery::from_query(&Form::parse(query.as_bytes())).unwrap();
    let campaign = (world.campaign, "Test");
    reveal_found(&world.app.db, &world.member, campaign, &query, world.app.clock.now()).await.unwrap()
}

async fn found(world: &World, query: &str) -> list::Found {
    let query = LeadQuery::from_query(&Form::parse(query.as_bytes())).unwrap();
    let mut tx = world.app.db.read().await.unwrap();
    list::count(&mut tx, world.member.workspace, world.campaign, &query).await.unwrap()
}

#[tokio::test]
async fn an_address_is_masked_and_not_searched_until_it_is_revealed_and_then_the_lead_stays() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (request, leads) = delivered(&world, "3", "a").await;
        let trail = async |lead| {
            let mut tx = world.app.db.read().await.unwrap();
            crate::campaigns::leads::lead::lead(&mut tx, world.member.workspace, lead).await.unwrap()
        };
        let hidden = trail(leads[0]).await.lead;
        let masked = hidden.address();
        assert!(masked.contains("•••@") && hidden.profile().is_empty() && hidden.phone_number().is_empty());
        assert!(!format!("{hidden:?}").contains(hidden.email.known()), "not in a log either");
        let by_address = format!("q={}", hidden.email.known());
        assert_eq!(found(&world, &by_address).await.leads, 0, "a search finds out no address");

        assert!(reveal(&world, leads[0]).await);
        assert!(!reveal(&world, leads[0]).await, "only once");
        let shown = trail(leads[0]).await;
        assert_eq!((shown.lead.address().as_str(), shown.revealed_by.as_deref()), (hidden.email.known(), Some("Ada")));
        assert!(!shown.is_returnable(24, world.app.clock.now()));
        assert_eq!(found(&world, &by_address).await, list::Found { leads: 1, hidden: 0 });
        assert_eq!(found(&world, "").await, list::Found { leads: 3, hidden: 2 });
        let kept = return_leads(&world, Returning::Lead(leads[0])).await;
        assert!(matches!(kept, Err(AppError::Conflict(_))), "{kept:?}");
        assert_eq!(return_leads(&world, Returning::Request(request)).await.unwrap(), 2, "the others go back");
        assert!(!reveal(&world, leads[1]).await, "what was returned stays hidden");
        assert!(trail(leads[1]).await.lead.address().contains("•••@"));
        assert_eq!(world.balance().await, (99, 0, 1));
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn what_several_reveal_at_the_same_time_is_revealed_and_logged_once() {
    for test in test_databases().await {
        let world = world(&test.db, 30).await;
        let (_, leads) = delivered(&world, "20", "a").await;
        let (exported, again, one, same) =
            tokio::join!(export(&world, ""), export(&world, ""), reveal(&world, leads[7]), reveal(&world, leads[7]));
        assert_eq!(exported + again + i64::from(one) + i64::from(same), 20);
        let mut tx = world.app.db.read().await.unwrap();
        let searchable: i64 = on!(&mut tx, c => sqlx::query_scalar(
            "select count(*) from leads where length(search_text) - length(replace(search_text, lower(email), '')) = length(email)")
            .fetch_one(c).await)
        .unwrap();
        let details: Vec<String> =
            on!(&mut tx, c => sqlx::query_scalar("select detail from audit_events where action = $1")
            .bind(crate::accounts::audit::REVEALED).fetch_all(c).await)
            .unwrap();
        drop(tx);
        let told: i64 = details.iter().map(|detail| detail.split(' ').next().unwrap().parse::<i64>().unwrap()).sum();
        assert_eq!((searchable, told), (20, 20), "{details:?}");
        assert_eq!(found(&world, "").await, list::Found { leads: 20, hidden: 0 });
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn a_workspace_returns_25_leads_in_30_days_or_its_share() {
    for test in test_databases().await {
        let world = world(&test.db, 60).await;
        let (request, leads) = delivered(&world, "40", "a").await;
        assert_eq!(return_leads(&world, Returning::Request(request)).await.unwrap(), 25);
        let refused = return_leads(&world, Returning::Request(request)).await;
        assert!(matches!(refused, Err(AppError::Conflict(_))), "{refused:?}");
        let mut tx = test.db.read().await.unwrap();
        let left = returnable(&mut tx, world.member.workspace, request, RULES, world.app.clock.now()).await.unwrap();
        drop(tx);
        assert_eq!((left.leads, left.share_left), (15, 0));
        let kept = leads.into_iter().next_back().unwrap();
        assert!(return_leads(&world, Returning::Lead(kept)).await.is_err());
        world.app.clock.advance(Duration::from_secs(31 * 24 * 60 * 60));
        let (later, _) = delivered(&world, "10", "b").await;
        assert_eq!(
            return_leads(&world, Returning::Request(later)).await.unwrap(),
            10,
            "a month later it is full again"
        );
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn forty_rounds_of_delivering_exporting_and_returning_give_what_was_paid_for() {
    for test in test_databases().await {
        let world = world(&test.db, 500).await;
        for round in 0..40 {
            let left = world.balance().await.0;
            if left == 0 {
                break;
            }
            let (request, leads) = delivered(&world, &left.to_string(), &format!("round:{round}")).await;
            if round % 2 == 0 {
                // Returning first what is not exported brings no more either.
                drop(return_leads(&world, Returning::Request(request)).await);
            }
            export(&world, "").await;
            drop(return_leads(&world, Returning::Request(request)).await);
            for lead in leads {
                drop(return_leads(&world, Returning::Lead(lead)).await);
            }
        }
        let mut tx = test.db.read().await.unwrap();
        let people: i64 =
            on!(&mut tx, c => sqlx::query_scalar("select count(*) from leads where revealed_at is not null")
            .fetch_one(c).await)
            .unwrap();
        drop(tx);
        assert_eq!((people, world.balance().await), (100, (0, 0, 100)), "one credit, one person");
        world.assert_proven().await;
    }
}

#[tokio::test]
async fn the_proof_notices_who_was_revealed_and_paid_back_without_a_cause() {
    for test in test_databases().await {
        let world = world(&test.db, 5).await;
        let (_, leads) = delivered(&world, "2", "a").await;
        return_leads(&world, Returning::Lead(leads[0])).await.unwrap();
        world.assert_proven().await;
        let mut tx = test.db.write().await.unwrap();
        on!(&mut tx, c => sqlx::query("update leads set revealed_at = 1 where id = $1").bind(leads[0]).execute(c).await.map(drop))
            .unwrap();
        let found = crate::campaigns::verify::verify(&mut tx, world.member.workspace).await.unwrap();
        let whats: Vec<&str> = found.iter().map(|one| one.what.as_str()).collect();
        assert_eq!(whats, ["its address was revealed, and its credit came back without a cause"]);
    }
}
