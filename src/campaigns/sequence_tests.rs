//! Random sequences of everything that happens to requests: asked, delivered, cancelled, crashed in the middle, paid, reported,
//! returned, bounced, with time jumps between. Whatever happened, every receipt and every credit is proven at the end.
//!
//! `REQUEST_SEQUENCES` says how many sequences per database (30), `REQUEST_SEED` which ones; the seed is printed.

use std::time::Duration;

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use super::{
    ids::{LeadId, ReportId, StandingId},
    leads::{
        list::LeadQuery,
        reveal::{reveal_found, reveal_one},
    },
    requests::{
        returnable::ReturnRules,
        tests::{World, add_campaign, add_member, world},
        worker::{end_overdue, turn},
    },
    standing::{self, Pace, schedule::go_on},
    *,
};
use crate::campaigns::requests::claim::claim;
use crate::{
    credits::{self, Actor, Credits, Grant, LotKind, OrderId, RequestId, join},
    directory::{ContactId, Directory},
    on,
    server::{
        clock::Instant,
        db::{Tx, test_databases},
        error::AppError,
        form::Form,
        query::FromQuery,
    },
};

/// People in the directory: fewer than the sequences ask for, so that they also run out.
const PEOPLE: i64 = 60;
const HOUR: Duration = Duration::from_secs(60 * 60);
const RULES: ReturnRules = ReturnRules { hours: 24, percent: 20 };

/// One thing that happens. What it happens to is chosen among what there is at that moment.
#[derive(Debug, Clone)]
enum Deed {
    Ask {
        leads: i64,
    },
    /// The click of an earlier request once more.
    AskAgain {
        request: usize,
    },
    Stand {
        per_day: Option<i64>,
        total: i64,
    },
    Act {
        standing: usize,
        word: &'static str,
    },
    /// The workers of standing requests look once.
    GoOn,
    /// So many turns of a worker.
    Work {
        turns: usize,
    },
    /// A worker claims, delivers `kept` batches of five people, and dies in the next one.
    Crash {
        kept: usize,
    },
    Cancel {
        request: usize,
    },
    /// Asked with a first batch to look at.
    AskFirst {
        leads: i64,
        first: i64,
        percent: Option<i64>,
    },
    Pause {
        request: usize,
    },
    /// The word of a person: after the look, or after a pause.
    LetGo {
        request: usize,
    },
    Buy {
        credits: i64,
    },
    /// Credits of a plan, which expire.
    Month {
        credits: i64,
        hours: i64,
    },
    Report {
        lead: usize,
        reason: usize,
    },
    Decide {
        report: usize,
        accept: bool,
    },
    Return {
        lead: usize,
    },
    ReturnAll {
        request: usize,
    },
    Bounce {
        lead: usize,
    },
    Reveal {
        lead: usize,
    },
    /// Every lead of the campaign is exported.
    Export,
    Wait {
        minutes: u64,
    },
}

fn deed() -> impl Strategy<Value = Deed> {
    let which = 0usize..50;
    let word = prop_oneof![Just("pause"), Just("resume"), Just("end"), Just("change")];
    prop_oneof![
        5 => (1i64..40).prop_map(|leads| Deed::Ask { leads }),
        1 => which.clone().prop_map(|request| Deed::AskAgain { request }),
        2 => (proptest::option::of(1i64..15), 1i64..60).prop_map(|(per_day, total)| Deed::Stand { per_day, total }),
        1 => (which.clone(), word).prop_map(|(standing, word)| Deed::Act { standing, word }),
        3 => Just(Deed::GoOn),
        4 => (1usize..4).prop_map(|turns| Deed::Work { turns }),
        3 => (0usize..3).prop_map(|kept| Deed::Crash { kept }),
        2 => which.clone().prop_map(|request| Deed::Cancel { request }),
        3 => (2i64..40, 1i64..15, proptest::option::of(1i64..100))
            .prop_map(|(leads, first, percent)| Deed::AskFirst { leads, first, percent }),
        2 => which.clone().prop_map(|request| Deed::Pause { request }),
        3 => which.clone().prop_map(|request| Deed::LetGo { request }),
        2 => (1i64..60).prop_map(|credits| Deed::Buy { credits }),
        1 => (1i64..60, 1i64..60).prop_map(|(credits, hours)| Deed::Month { credits, hours }),
        3 => (which.clone(), 0usize..4).prop_map(|(lead, reason)| Deed::Report { lead, reason }),
        2 => (which.clone(), any::<bool>()).prop_map(|(report, accept)| Deed::Decide { report, accept }),
        2 => which.clone().prop_map(|lead| Deed::Return { lead }),
        1 => which.clone().prop_map(|request| Deed::ReturnAll { request }),
        2 => which.clone().prop_map(|lead| Deed::Bounce { lead }),
        3 => which.prop_map(|lead| Deed::Reveal { lead }),
        1 => Just(Deed::Export),
        3 => (1u64..2_000).prop_map(|minutes| Deed::Wait { minutes }),
    ]
}

/// What was made so far, to choose from.
#[derive(Default)]
struct Made {
    requests: Vec<(RequestId, String)>,
    standings: Vec<StandingId>,
    keys: usize,
}

impl Made {
    fn key(&mut self) -> String {
        self.keys += 1;
        format!("step:{}", self.keys)
    }
}

fn nth<T: Copy>(all: &[T], number: usize) -> Option<T> {
    all.get(number.checked_rem(all.len())?).copied()
}

async fn leads_of(tx: &mut Tx, world: &World) -> Vec<LeadId> {
    on!(tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 order by delivered_at, contact_id, id")
        .bind(world.member.workspace).fetch_all(c).await)
    .unwrap()
}

/// One deed in one transaction, as its handler does it. A refusal rolls it back.
async fn write(world: &World, made: &mut Made, deed: &Deed, at: Instant) -> Result<(), AppError> {
    let (member, workspace) = (&world.member, world.member.workspace);
    let mut tx = world.app.db.write().await?;
    match *deed {
        Deed::Ask { leads } => {
            let key = made.key();
            let quantity = LeadCount::of(leads).unwrap();
            let order = LeadOrder { campaign: world.campaign, quantity, look: None, most: None, key: key.clone() };
            made.requests.push((join(&mut tx, &RequestLeads { member: member.clone(), order, at }).await?, key));
        }
        Deed::AskFirst { leads, first, percent } => {
            let key = made.key();
            let look = LeadCount::of(first).map(|first| FirstBatchReview { first, bad_percent: percent });
            let quantity = LeadCount::of(leads).unwrap();
            let order = LeadOrder { campaign: world.campaign, quantity, look, most: None, key: key.clone() };
            made.requests.push((join(&mut tx, &RequestLeads { member: member.clone(), order, at }).await?, key));
        }
        Deed::Pause { request } | Deed::LetGo { request } => {
            // Those of standing requests too.
            let all = select_requests(workspace, None, 100).read(&mut tx).await?;
            let Some(index) = request.checked_rem(all.len()) else { return Ok(()) };
            match deed {
                Deed::Pause { .. } => super::pause(&mut tx, member, all[index].id, at).await?,
                _ => super::go_on(&mut tx, member, all[index].id, at).await?,
            };
        }
        Deed::AskAgain { request } => {
            let Some(index) = request.checked_rem(made.requests.len()) else { return Ok(()) };
            let (id, key) = made.requests[index].clone();
            let order = LeadOrder { campaign: world.campaign, quantity: LeadCount::ONE, look: None, most: None, key };
            assert_eq!(join(&mut tx, &RequestLeads { member: member.clone(), order, at }).await?, id);
        }
        Deed::Stand { per_day, total } => {
            let day = per_day.map(|day| day.to_string()).unwrap_or_default();
            let (pace, key) = (pace(&format!("per_day={day}&total={total}"), at), made.key());
            made.standings.push(standing::begin(&mut tx, member, world.campaign, pace, &key, at).await?);
        }
        Deed::Act { standing, word } => {
            let Some(id) = nth(&made.standings, standing) else { return Ok(()) };
            match word {
                "pause" => standing::pause(&mut tx, workspace, id, at).await?,
                "resume" => standing::resume(&mut tx, member, id, at).await?,
                "end" => standing::end(&mut tx, workspace, id, at).await?,
                _ => standing::change(&mut tx, workspace, id, pace("per_day=3&total=20", at), at).await?,
            };
        }
        Deed::Cancel { request } => {
            // Those of standing requests too.
            let all = select_requests(workspace, None, 100).read(&mut tx).await?;
            let Some(index) = request.checked_rem(all.len()) else { return Ok(()) };
            join(&mut tx, &Cancel { member: member.clone(), request: all[index].id, at }).await?;
        }
        Deed::Buy { credits } => grant(&mut tx, world, LotKind::Purchase, credits, None, made.key(), at).await?,
        Deed::Month { credits, hours } => {
            let end = Instant(at.micros() + hours * 3_600_000_000);
            grant(&mut tx, world, LotKind::Plan, credits, Some(end), made.key(), at).await?;
        }
        Deed::Report { lead, reason } => {
            let Some(id) = nth(&leads_of(&mut tx, world).await, lead) else { return Ok(()) };
            let (member, note, reason) = (member.clone(), String::new(), ReportReason::ALL[reason].0);
            join(&mut tx, &ReportLead { member, lead: id, reason, note, automatic_max: 4, at }).await?;
        }
        Deed::Decide { report, accept } => {
            let open: Vec<ReportId> = on!(&mut tx, c => sqlx::query_scalar(
                "select id from lead_reports where workspace_id = $1 order by reported_at, id")
                .bind(workspace).fetch_all(c).await)?;
            let Some(id) = nth(&open, report) else { return Ok(()) };
            let declined = (!accept).then(|| "No.".to_owned());
            join(&mut tx, &Decide { workspace, report: id, declined, operator: member.user, at }).await?;
        }
        Deed::Return { lead } => {
            let Some(id) = nth(&leads_of(&mut tx, world).await, lead) else { return Ok(()) };
            let (member, what) = (member.clone(), Returning::Lead(id));
            join(&mut tx, &ReturnLeads { member, what, rules: RULES, at }).await?;
        }
        Deed::ReturnAll { request } => {
            let Some(index) = request.checked_rem(made.requests.len()) else { return Ok(()) };
            let (member, what) = (member.clone(), Returning::Request(made.requests[index].0));
            join(&mut tx, &ReturnLeads { member, what, rules: RULES, at }).await?;
        }
        Deed::Bounce { lead } => {
            let Some(id) = nth(&leads_of(&mut tx, world).await, lead) else { return Ok(()) };
            bounced(&mut tx, world.app.of(), workspace, id, "5.1.1", at).await?;
        }
        Deed::Reveal { lead } => {
            let Some(id) = nth(&leads_of(&mut tx, world).await, lead) else { return Ok(()) };
            reveal_one(&mut tx, member, id, at).await?;
        }
        Deed::Export | Deed::GoOn | Deed::Work { .. } | Deed::Crash { .. } | Deed::Wait { .. } => {}
    }
    Ok(tx.commit().await?)
}

fn pace(form: &str, at: Instant) -> Pace {
    Pace::parse(&Form::parse(form.as_bytes()), &jiff::tz::TimeZone::UTC, at).unwrap()
}

async fn grant(
    tx: &mut Tx,
    world: &World,
    kind: LotKind,
    credits: i64,
    expires_at: Option<Instant>,
    key: String,
    at: Instant,
) -> Result<(), AppError> {
    let order = (kind == LotKind::Purchase).then(OrderId::new);
    let credits = Credits::new(credits).unwrap();
    let lot = Grant { kind, credits, expires_at, order, reason: "Test".into(), actor: Actor::System, key };
    Ok(credits::grant(tx, world.member.workspace, lot, at).await.map(drop)?)
}

/// A worker that dies: what it committed stays, its last batch does not, and its lease runs out by itself.
async fn crash(world: &World, kept: usize) {
    let at = world.app.clock.now();
    let mut tx = world.app.db.write().await.unwrap();
    let Some(claimed) = claim(&mut tx, at).await.unwrap() else { return };
    let ahead = world
        .app
        .of::<Directory>()
        .asked_by_work()
        .matching(&claimed.criteria, ContactId(claimed.cursor), usize::MAX)
        .await
        .unwrap();
    // What the worker writes down before its first batch.
    on!(&mut tx, c => sqlx::query(
        "update lead_requests set matched = delivered + $3 + coalesce((select sum(people) from lead_request_skips s
             where s.workspace_id = lead_requests.workspace_id and s.request_id = lead_requests.id), 0)
         where workspace_id = $1 and id = $2")
        .bind(claimed.workspace_id).bind(claimed.id).bind(i64::try_from(ahead.len()).unwrap())
        .execute(c).await.map(drop))
    .unwrap();
    tx.commit().await.unwrap();
    for (number, people) in ahead.chunks(5).take(kept + 1).enumerate() {
        let mut tx = world.app.db.write().await.unwrap();
        let batch = deliver(&mut tx, world.app.of(), &claimed, people, at).await.unwrap();
        if number == kept || matches!(batch, Batch::Lost | Batch::Look) {
            return;
        }
        tx.commit().await.unwrap();
        if batch == Batch::Full {
            return;
        }
    }
}

async fn happen(world: &World, made: &mut Made, deed: &Deed) {
    match deed {
        Deed::GoOn => go_on(&world.app).await.unwrap(),
        Deed::Export => {
            let (all, at) = (LeadQuery::from_query(&Form::default()).unwrap(), world.app.clock.now());
            reveal_found(&world.app.db, &world.member, (world.campaign, "Test"), &all, at).await.unwrap();
        }
        Deed::Crash { kept } => crash(world, *kept).await,
        Deed::Work { turns } => {
            for _ in 0..*turns {
                turn(world.app.clone()).await.unwrap();
            }
        }
        Deed::Wait { minutes } => {
            world.app.clock.advance(Duration::from_secs(minutes * 60));
            end_overdue(&world.app).await.unwrap();
        }
        deed => match write(world, made, deed, world.app.clock.now()).await {
            // What may be refused; nothing happened then.
            Ok(()) | Err(AppError::NotEnoughCredits { .. } | AppError::Conflict(_)) => {}
            Err(error) => panic!("{deed:?}: {error:#}"),
        },
    }
}

/// One sequence in a workspace of its own, and the proof: in the middle of everything, and after all of it has ended.
async fn play(world: &mut World, deeds: &[Deed]) {
    world.member = add_member(&world.app.db).await;
    world.campaign = add_campaign(&world.app, &world.member).await;
    let mut made = Made::default();
    for deed in deeds {
        happen(world, &mut made, deed).await;
    }
    world.assert_proven().await;
    for id in &made.standings {
        let mut tx = world.app.db.write().await.unwrap();
        standing::end(&mut tx, world.member.workspace, *id, world.app.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }
    // What crashed is taken up again after its lease, and what is too old then is given up; what waits for somebody, after
    // a day.
    for wait in [HOUR, 24 * HOUR] {
        world.app.clock.advance(wait);
        world.work().await;
        end_overdue(&world.app).await.unwrap();
    }
    assert_eq!(world.balance().await.1, 0, "nothing is held once every request has ended");
    world.assert_proven().await;
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn whatever_happens_to_requests_every_receipt_and_credit_is_proven() {
    let sequences = number("REQUEST_SEQUENCES").unwrap_or(30);
    let seed = number("REQUEST_SEED").unwrap_or_else(|| rand::random::<u64>() >> 16);
    println!("REQUEST_SEED={seed} REQUEST_SEQUENCES={sequences}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for test in runtime.block_on(test_databases()) {
        let world = std::cell::RefCell::new(runtime.block_on(world(&test.db, PEOPLE)));
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config =
            Config { cases: u32::try_from(sequences).unwrap(), failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let outcome = runner.run(&prop::collection::vec(deed(), 5..40), |deeds| {
            runtime.block_on(play(&mut world.borrow_mut(), &deeds));
            Ok(())
        });
        assert!(outcome.is_ok(), "REQUEST_SEED={seed} on {}: {}", test.db.kind(), outcome.unwrap_err());
    }
}
