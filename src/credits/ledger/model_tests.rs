//! Random sequences of every movement, with waits, crashes and repetitions, against the small ledger of [`super::model`].
//!
//! `LEDGER_SEQUENCES` says how many sequences per database (150), `LEDGER_SEED` which ones; the seed is printed.

use std::{collections::BTreeMap, sync::atomic::Ordering};

use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use proptest_state_machine::ReferenceStateMachine;

use super::model::{self, Model, Op, Step, StepResult};
use crate::{
    accounts::{UserId, WorkspaceId},
    credits::*,
    on,
    server::{
        clock::Instant,
        db::{Db, test_databases},
    },
};

/// 3 December 2026, 00:00 UTC: early enough in a month that no sequence leaves it by waiting.
const START: i64 = 1_796_256_000_000_000;
/// Steps of one sequence.
const STEPS: std::ops::Range<usize> = 1..40;
/// What each of the two members may hold in the month.
const CAP: i64 = 900;

fn op() -> impl Strategy<Value = Op> {
    let kind = prop_oneof![
        3 => Just(LotKind::Purchase),
        2 => Just(LotKind::Plan),
        1 => Just(LotKind::Promotion),
        1 => Just(LotKind::Operator),
    ];
    let days = prop_oneof![Just(None), (0i64..4).prop_map(Some)];
    prop_oneof![
        3 => (kind, 1i64..200, days).prop_map(|(kind, amount, days)| Op::Grant { kind, amount, days }),
        4 => (0i64..150, 0usize..2).prop_map(|(amount, member)| Op::Hold { amount, member }),
        5 => (0usize..20, 1i64..40).prop_map(|(hold, leads)| Op::Capture { hold, leads }),
        3 => (0usize..20).prop_map(|hold| Op::Release { hold }),
        4 => (0usize..400).prop_map(|lead| Op::Refund { lead }),
        2 => (proptest::option::of(0usize..5), 0i64..80).prop_map(|(purchase, amount)| Op::Revoke { purchase, amount }),
        2 => (0usize..5, 1i64..200).prop_map(|(purchase, amount)| Op::Claim { purchase, amount }),
        1 => (0usize..5, 1i64..200).prop_map(|(purchase, amount)| Op::Forgive { purchase, amount }),
        2 => (0usize..5, 1i64..80).prop_map(|(purchase, amount)| Op::ComeAgain { purchase, amount }),
    ]
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        Just(Model::new(START, CAP)).boxed()
    }

    fn transitions(_: &Model) -> BoxedStrategy<Step> {
        prop_oneof![
            12 => (op(), any::<bool>()).prop_map(|(op, grouped)| Step::Do { op, grouped }),
            1 => op().prop_map(Step::Crash),
            2 => (0usize..40).prop_map(Step::Repeat),
            2 => (1i64..15).prop_map(|hours| Step::Wait { hours }),
        ]
        .boxed()
    }

    fn apply(mut state: Model, step: &Step) -> Model {
        state.last = match step {
            Step::Do { op, .. } => Some(state.apply(op)),
            Step::Wait { hours } => {
                state.wait(*hours);
                None
            }
            Step::Crash(_) | Step::Repeat(_) => None,
        };
        state.wait(0);
        state
    }
}

/// What is asked of the real ledger: a movement that may be alone, or one that belongs to a delivery, a refund or a dispute.
#[derive(Debug, Clone)]
enum Asked {
    Alone(Movement),
    Delivery(Capture),
    Back(Claim),
    Kept(OrderId, Credits),
    Again(Again),
}

/// The real ledger, on one database.
struct Real {
    workspace: WorkspaceId,
    ledger: Ledger,
    members: [UserId; 2],
    campaign: CampaignId,
    orders: Vec<OrderId>,
    holds: Vec<RequestId>,
    leads: Vec<(RequestId, i64, usize)>,
    /// What was asked and done, to be repeated.
    done: Vec<Asked>,
    keys: usize,
}

impl Real {
    fn key(&mut self) -> String {
        self.keys += 1;
        format!("step:{}", self.keys)
    }

    /// The movement that `op` stands for; nothing when there is nothing of the kind to do it to.
    fn movement(&mut self, op: &Op, model: &Model) -> Option<Asked> {
        let (key, actor, reason) = (self.key(), Actor::System, "test".to_owned());
        Some(Asked::Alone(match op {
            Op::Grant { kind, amount, days } => {
                let order = (*kind == LotKind::Purchase).then(OrderId::new);
                let expires_at = days.map(|days| Instant(model.now + days * 24 * model::HOUR));
                Movement::Grant(Grant { kind: *kind, credits: whole(*amount), expires_at, order, reason, actor, key })
            }
            Op::Hold { amount, member } => {
                let (campaign, member) = (self.campaign, self.members[*member]);
                let purpose = HoldFor { request: RequestId::new(), campaign, member };
                Movement::Hold { purpose, credits: whole(*amount) }
            }
            Op::Capture { hold, leads } => {
                let request = *self.holds.get(hold.checked_rem(self.holds.len())?)?;
                return Some(Asked::Delivery(Capture { request, leads: *leads, price: whole(1), key }));
            }
            Op::Release { hold } => {
                let request = *self.holds.get(hold.checked_rem(self.holds.len())?)?;
                Movement::Release { request, actor, reason }
            }
            Op::Refund { lead } => {
                let (request, charge, number) = *self.leads.get(lead.checked_rem(self.leads.len())?)?;
                Movement::Refund(Refund {
                    request,
                    charge,
                    credits: whole(1),
                    actor,
                    reason,
                    key: format!("lead:{number}"),
                })
            }
            Op::Revoke { purchase, amount } => {
                let order = match purchase {
                    Some(number) => Some(*self.orders.get(number.checked_rem(self.orders.len())?)?),
                    None => None,
                };
                Movement::Revoke(Revoke { order, credits: whole(*amount), reason, actor, key })
            }
            Op::Claim { purchase, amount } => {
                let order = *self.orders.get(purchase.checked_rem(self.orders.len())?)?;
                return Some(Asked::Back(Claim { order, credits: whole(*amount), reason, actor, key }));
            }
            Op::Forgive { purchase, amount } => {
                let order = *self.orders.get(purchase.checked_rem(self.orders.len())?)?;
                return Some(Asked::Kept(order, whole(*amount)));
            }
            Op::ComeAgain { purchase, amount } => {
                let order = *self.orders.get(purchase.checked_rem(self.orders.len())?)?;
                return Some(Asked::Again(Again { order, credits: whole(*amount), reason, key }));
            }
        }))
    }

    /// Makes a movement, in a transaction of its own or through the group commit.
    async fn make(&self, db: &Db, movement: &Asked, at: Instant, grouped: bool) -> Result<(), CreditError> {
        if let (true, Asked::Alone(movement)) = (grouped, movement) {
            let (workspace, movement) = (self.workspace, movement.clone());
            return self.ledger.post(Alone { workspace, movement, at }).await.map(drop);
        }
        let mut tx = db.write().await?;
        one(&mut tx, self.workspace, movement, at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Remembers what a movement made.
    async fn note(&mut self, db: &Db, movement: &Asked) {
        match movement {
            Asked::Alone(Movement::Grant(Grant { order: Some(order), .. })) => self.orders.push(*order),
            Asked::Alone(Movement::Hold { purpose, .. }) => self.holds.push(purpose.request),
            Asked::Delivery(capture) => {
                let rows: Vec<(i64, i64)> = on!(&mut db.read().await.unwrap(), c => sqlx::query_as(
                    "select seq, amount from credit_transfers
                     where workspace_id = $1 and (idempotency_key = $2 or idempotency_key like $3) order by seq")
                    .bind(self.workspace).bind(&capture.key).bind(format!("{}:%", capture.key)).fetch_all(c).await)
                .unwrap();
                for (seq, amount) in rows {
                    for _ in 0..amount {
                        self.leads.push((capture.request, seq, self.leads.len()));
                    }
                }
            }
            // Rows of their own make these happen once, not a key.
            Asked::Back(_) | Asked::Kept(..) => return,
            Asked::Alone(_) | Asked::Again(_) => {}
        }
        self.done.push(movement.clone());
    }
}

/// The function of the movement's verb.
async fn one(tx: &mut crate::server::db::Tx, id: WorkspaceId, asked: &Asked, at: Instant) -> Result<(), CreditError> {
    let movement = match asked {
        Asked::Alone(movement) => movement,
        Asked::Delivery(leads) => return capture(tx, id, leads, at).await.map(drop),
        Asked::Back(money) => return claim(tx, id, money, at).await.map(drop),
        Asked::Kept(order, credits) => return forgive(tx, id, *order, *credits, at).await.map(drop),
        Asked::Again(credits) => return come_again(tx, id, credits, at).await.map(drop),
    };
    match movement {
        Movement::Grant(lot) => grant(tx, id, lot.clone(), at).await.map(drop),
        Movement::Hold { purpose, credits } => hold(tx, id, *purpose, *credits, at).await.map(drop),
        Movement::Release { request, actor, reason } => release(tx, id, *request, *actor, reason, at).await.map(drop),
        Movement::Refund(lead) => refund(tx, id, lead, at).await.map(drop),
        Movement::Revoke(back) => revoke(tx, id, back, at).await.map(drop),
    }
}

fn whole(amount: i64) -> Credits {
    Credits::new(amount).unwrap()
}

fn step_result(result: &Result<(), CreditError>) -> StepResult {
    match result {
        Ok(()) => StepResult::Done,
        Err(CreditError::NotEnough { .. }) => StepResult::NotEnough,
        Err(CreditError::OverHold { .. }) => StepResult::OverHold,
        Err(CreditError::NoOpenHold) => StepResult::NoOpenHold,
        Err(CreditError::OverRefund { .. }) => StepResult::OverRefund,
        Err(CreditError::CapReached { .. }) => StepResult::CapReached,
        Err(other) => panic!("{other}"),
    }
}

async fn step(real: &mut Real, db: &Db, model: &Model, step: Step) {
    let at = Instant(model.now);
    match step {
        Step::Do { op, grouped } => {
            let Some(movement) = real.movement(&op, model) else {
                assert_eq!(model.last, Some(StepResult::Skipped));
                return;
            };
            let result = real.make(db, &movement, at, grouped).await;
            assert_eq!(Some(step_result(&result)), model.last, "{movement:?}");
            if result.is_ok() {
                real.note(db, &movement).await;
            }
        }
        Step::Crash(op) => {
            let Some(movement) = real.movement(&op, model) else { return };
            let mut tx = db.write().await.unwrap();
            let _ = one(&mut tx, real.workspace, &movement, at).await;
            drop(tx);
        }
        Step::Repeat(number) => {
            let Some(index) = number.checked_rem(real.done.len()) else { return };
            let movement = real.done[index].clone();
            let result = real.make(db, &movement, at, number % 2 == 0).await;
            assert_eq!(
                step_result(&result),
                StepResult::Done,
                "a repetition is answered like the first time: {movement:?}"
            );
        }
        Step::Wait { .. } => {}
    }
}

async fn compare(real: &Real, db: &Db, model: &Model) {
    let at = Instant(model.now);
    let mut tx = db.write().await.unwrap();
    expire(&mut tx, real.workspace, at).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.read().await.unwrap();
    let is = balance(&mut tx, real.workspace).await.unwrap();
    let is = (is.available.get(), is.held.get(), is.spent.get(), is.expired.get());
    assert_eq!(is, (model.available(), model.held(), model.spent(), model.expired));
    let owed: i64 = on!(&mut tx, c => sqlx::query_scalar("select owed from credit_accounts where workspace_id = $1")
        .bind(real.workspace).fetch_one(c).await)
    .unwrap();
    assert_eq!(owed, model.owed());
    assert_eq!(model.owes_and_has(), 0, "what a purchase owes is paid before its credits can be used");
    let mut left: BTreeMap<(String, Option<i64>), i64> = BTreeMap::new();
    for lot in select_drawable_lots(real.workspace, at).read(&mut tx).await.unwrap() {
        *left.entry((lot.kind.label().into(), lot.expires_at.map(Instant::micros))).or_default() += lot.remaining.get();
    }
    assert_eq!(left, model.left());
}

/// A workspace with the cap of the test.
async fn fresh(db: &Db) -> Real {
    let (workspace, user) = (WorkspaceId::new(), UserId::new());
    let mut tx = db.write().await.unwrap();
    on!(&mut tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, 'Test', 0)")
        .bind(workspace).execute(c).await.map(drop))
    .unwrap();
    on!(&mut tx, c => sqlx::query(
        "insert into users (id, email, name, password_hash, created_at, password_changed_at) values ($1, $2, 'Ada', '', 0, 0)")
        .bind(user).bind(user.to_string()).execute(c).await.map(drop))
    .unwrap();
    let cap = Cap {
        id: CapId::new(),
        subject_kind: CapSubject::Member,
        subject_id: None,
        period: CapPeriod::Month,
        credits: whole(CAP),
        set_by: user,
        set_at: Instant(START),
    };
    set_cap(&mut tx, workspace, &cap).await.unwrap();
    tx.commit().await.unwrap();
    Real {
        workspace,
        ledger: Ledger::start(db),
        members: [UserId::new(), UserId::new()],
        campaign: CampaignId::new(),
        orders: Vec::new(),
        holds: Vec::new(),
        leads: Vec::new(),
        done: Vec::new(),
        keys: 0,
    }
}

/// One sequence, from an empty workspace to the proof of its ledger.
async fn play(
    db: &Db,
    mut model: Model,
    steps: Vec<Step>,
    seen: Option<std::sync::Arc<std::sync::atomic::AtomicUsize>>,
) {
    let mut real = fresh(db).await;
    for next in steps {
        if let Some(seen) = &seen {
            seen.fetch_add(1, Ordering::SeqCst);
        }
        model = <Model as ReferenceStateMachine>::apply(model, &next);
        step(&mut real, db, &model, next).await;
        compare(&real, db, &model).await;
    }
    let proof = verify::verify(&mut db.read().await.unwrap(), real.workspace).await.unwrap();
    assert_eq!(proof.differences, []);
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap())
}

#[test]
fn every_sequence_of_movements_ends_as_in_the_small_ledger() {
    let sequences = number("LEDGER_SEQUENCES").unwrap_or(150);
    let seed = number("LEDGER_SEED").unwrap_or_else(|| rand::random::<u64>() >> 16);
    println!("LEDGER_SEED={seed} LEDGER_SEQUENCES={sequences}");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for test in runtime.block_on(test_databases()) {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        let config =
            Config { cases: u32::try_from(sequences).unwrap(), failure_persistence: None, ..Config::default() };
        let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
        let outcome = runner.run(&Model::sequential_strategy(STEPS), |(model, steps, seen)| {
            runtime.block_on(play(&test.db, model, steps, seen));
            Ok(())
        });
        assert!(outcome.is_ok(), "LEDGER_SEED={seed} on {}: {}", test.db.kind(), outcome.unwrap_err());
    }
}
