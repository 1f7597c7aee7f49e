//! The group commit of the ledger, on every database at hand: a verdict for each, and rows only with their movements.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use futures::future::join_all;

use super::tests::{NOW, assert_proven, credits, granted, purpose, workspace};
use crate::{
    accounts::WorkspaceId,
    credits::*,
    on,
    server::{
        clock::Instant,
        db::{Db, Tx, test_databases},
        group_commit::Counts,
    },
};

/// A deed that writes a line of the audit log and asks for movements.
#[derive(Debug, Clone)]
struct Noted {
    workspace: WorkspaceId,
    line: String,
    movements: Vec<Movement>,
    /// Refuses after the line was written.
    refuses: bool,
    /// Fails once with a transient conflict.
    conflicts: Arc<AtomicUsize>,
}

impl Noted {
    fn new(workspace: WorkspaceId, line: impl Into<String>, movements: Vec<Movement>) -> Self {
        Self { workspace, line: line.into(), movements, refuses: false, conflicts: Arc::default() }
    }
}

impl Deed for Noted {
    type Prepared = ();
    type Output = Credits;
    type Error = CreditError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        NOW
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<((), Vec<Movement>), CreditError> {
        on!(&mut *tx, c => sqlx::query(
            "insert into notices (workspace_id, id, key, tone, title, text, created_at) values ($1, $2, $3, 'info', '', '', 0)")
            .bind(self.workspace).bind(LotId::new()).bind(&self.line).execute(c).await.map(drop))?;
        if self.refuses {
            return Err(CreditError::NoOpenHold);
        }
        if self.conflicts.load(Ordering::SeqCst) > 0 {
            self.conflicts.fetch_sub(1, Ordering::SeqCst);
            return Err(CreditError::Contention);
        }
        Ok(((), self.movements.clone()))
    }

    async fn conclude(&self, _: &mut Tx, (): (), moved: &[Credits]) -> Result<Credits, CreditError> {
        Ok(moved.iter().fold(Credits::ZERO, |sum, credits| sum.plus(*credits).unwrap()))
    }
}

async fn lines(db: &Db, workspace: WorkspaceId) -> Vec<String> {
    on!(&mut db.read().await.unwrap(), c => sqlx::query_scalar("select key from notices where workspace_id = $1 order by key")
        .bind(workspace).fetch_all(c).await)
    .unwrap()
}

fn grant_of(amount: i64, key: &str) -> Movement {
    let (kind, expires_at, order, actor) = (LotKind::Purchase, None, None, Actor::System);
    let (reason, key) = ("test".into(), key.into());
    Movement::Grant(Grant { kind, credits: credits(amount), expires_at, order, reason, actor, key })
}

fn hold_of(amount: i64) -> Movement {
    Movement::Hold { purpose: purpose(), credits: credits(amount) }
}

fn alone(workspace: WorkspaceId, movement: Movement) -> Alone {
    Alone { workspace, movement, at: NOW }
}

async fn funded(db: &Db, amount: i64) -> WorkspaceId {
    let id = workspace(db).await;
    let mut tx = db.write().await.unwrap();
    granted(&mut tx, id, LotKind::Purchase, amount, None, "fund").await;
    tx.commit().await.unwrap();
    id
}

#[tokio::test]
async fn many_callers_get_a_verdict_each_and_no_credit_is_spent_twice() {
    for test in test_databases().await {
        let (busy, quiet) = (funded(&test.db, 100).await, funded(&test.db, 100).await);
        let ledger = Ledger::start(&test.db);
        let asks = (0..60).map(|number| {
            let id = if number < 50 { busy } else { quiet };
            let (ledger, deed) = (ledger.clone(), Noted::new(id, format!("{number}"), vec![hold_of(10)]));
            tokio::spawn(async move { ledger.post(deed).await.is_ok() })
        });
        let won = join_all(asks).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 20);
        for id in [busy, quiet] {
            assert_eq!(assert_proven(&test.db, id).await.held, credits(100));
            assert_eq!(lines(&test.db, id).await.len(), 10, "only the rows of those whose movement was made");
        }
    }
}

#[tokio::test]
async fn deeds_that_wait_share_a_transaction() {
    for test in test_databases().await {
        let id = funded(&test.db, 1_000).await;
        let ledger = Ledger::start(&test.db);
        let deeds = (0..40).map(|number| ledger.post(Noted::new(id, format!("{number}"), vec![hold_of(1)])));
        assert!(join_all(deeds).await.iter().all(|moved| matches!(moved, Ok(moved) if *moved == credits(1))));
        let Counts { groups, jobs } = ledger.counts();
        assert_eq!(jobs, 40);
        assert!(groups <= 3, "{groups} groups");
        assert_eq!(assert_proven(&test.db, id).await.held, credits(40));
    }
}

#[tokio::test]
async fn a_refusal_takes_back_its_own_rows_and_harms_no_other_of_its_group() {
    for test in test_databases().await {
        let (id, other) = (funded(&test.db, 100).await, funded(&test.db, 100).await);
        let ledger = Ledger::start(&test.db);
        let mut by_itself = Noted::new(id, "refused by itself", vec![hold_of(1)]);
        by_itself.refuses = true;
        let deeds = [Noted::new(id, "a", vec![hold_of(10)]), by_itself, Noted::new(other, "b", vec![hold_of(10)])];
        let verdicts = join_all(deeds.map(|deed| ledger.post(deed))).await;
        assert!(matches!(&verdicts[..], [Ok(_), Err(CreditError::NoOpenHold), Ok(_)]), "{verdicts:?}");
        let Counts { groups, jobs } = ledger.counts();
        // On Postgres the two workspaces may have a lane each.
        let lanes = if matches!(test.db, Db::Sqlite { .. }) { 1 } else { 2 };
        assert_eq!(jobs, 3);
        assert!(groups <= lanes, "the others stay together: {groups} groups");
        // The second movement of this one is refused after its rows, and its first movement, were written.
        let by_ledger = Noted::new(id, "refused by the ledger", vec![hold_of(10), hold_of(81)]);
        let deeds = [Noted::new(id, "c", vec![hold_of(10)]), by_ledger, Noted::new(other, "d", vec![hold_of(10)])];
        let verdicts = join_all(deeds.map(|deed| ledger.post(deed))).await;
        assert!(matches!(&verdicts[..], [Ok(_), Err(CreditError::NotEnough { .. }), Ok(_)]), "{verdicts:?}");
        assert_eq!(lines(&test.db, id).await, ["a", "c"]);
        assert_eq!(lines(&test.db, other).await, ["b", "d"]);
        for id in [id, other] {
            assert_eq!(assert_proven(&test.db, id).await.held, credits(20));
        }
    }
}

#[tokio::test]
async fn a_repeated_key_moves_nothing_also_within_a_group() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let ledger = Ledger::start(&test.db);
        let twice = [(); 2].map(|()| ledger.post(alone(id, grant_of(50, "once"))));
        let moved: Vec<_> = join_all(twice).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(moved, [credits(50), Credits::ZERO]);
        assert_eq!(ledger.post(alone(id, grant_of(50, "once"))).await.unwrap(), Credits::ZERO);
        assert_eq!(assert_proven(&test.db, id).await.available, credits(50));
    }
}

#[tokio::test]
async fn a_conflict_writes_the_deed_again_and_not_twice() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let ledger = Ledger::start(&test.db);
        let deed = Noted::new(id, "again", vec![hold_of(10)]);
        deed.conflicts.store(2, Ordering::SeqCst);
        let verdicts = join_all([ledger.post(deed), ledger.post(Noted::new(id, "beside", vec![hold_of(10)]))]).await;
        assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
        assert_eq!(lines(&test.db, id).await, ["again", "beside"]);
        let hopeless = Noted::new(id, "never", vec![hold_of(10)]);
        hopeless.conflicts.store(usize::MAX, Ordering::SeqCst);
        assert!(matches!(ledger.post(hopeless).await, Err(CreditError::Contention)));
        assert_eq!(assert_proven(&test.db, id).await.held, credits(20));
    }
}

#[tokio::test]
async fn a_caller_that_goes_away_has_its_movement_all_the_same() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let ledger = Ledger::start(&test.db);
        let mut gone = Box::pin(ledger.post(Noted::new(id, "gone", vec![hold_of(10)])));
        assert!(futures::poll!(&mut gone).is_pending());
        drop(gone);
        // The next one comes after it in its lane.
        ledger.post(Noted::new(id, "next", vec![hold_of(10)])).await.unwrap();
        assert_eq!(lines(&test.db, id).await, ["gone", "next"]);
        assert_eq!(assert_proven(&test.db, id).await.held, credits(20));
    }
}

#[tokio::test]
async fn a_deed_that_panics_ends_alone() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let ledger = Ledger::start(&test.db);
        let broken = interleaved(id, NOW, |_| -> futures::future::BoxFuture<'_, Result<(), CreditError>> {
            Box::pin(async { panic!("a fault of a deed") })
        });
        let (broken, beside) = tokio::join!(ledger.post(broken), ledger.post(alone(id, hold_of(10))));
        assert!(matches!(broken, Err(CreditError::Closed)), "{broken:?}");
        assert_eq!(beside.unwrap(), credits(10));
        assert_eq!(ledger.post(alone(id, hold_of(10))).await.unwrap(), credits(10), "the lane goes on");
        assert_eq!(assert_proven(&test.db, id).await.held, credits(20));
    }
}

#[tokio::test]
async fn a_deed_that_reads_the_balance_sees_the_movements_before_it() {
    for test in test_databases().await {
        let id = workspace(&test.db).await;
        let ledger = Ledger::start(&test.db);
        let seen = || {
            interleaved(id, NOW, move |tx| {
                Box::pin(async move { Ok::<_, CreditError>(balance(tx, id).await?.available) })
            })
        };
        let (first, before, second, after) = tokio::join!(
            ledger.post(Noted::new(id, "first", vec![grant_of(10, "1")])),
            ledger.post(seen()),
            ledger.post(Noted::new(id, "second", vec![grant_of(10, "2")])),
            ledger.post(seen()),
        );
        assert_eq!((first.unwrap(), second.unwrap()), (credits(10), credits(10)));
        assert_eq!((before.unwrap(), after.unwrap()), (credits(10), credits(20)));
        assert_eq!(ledger.counts(), Counts { groups: 1, jobs: 4 });
        assert_proven(&test.db, id).await;
    }
}

#[tokio::test]
async fn books_in_memory_notice_what_others_moved() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let (here, there) = (Ledger::start(&test.db), Ledger::start(&test.db));
        let one = purpose();
        let hold = |purpose, amount| alone(id, Movement::Hold { purpose, credits: credits(amount) });
        here.post(hold(one, 50)).await.unwrap();
        // Another server, and a transaction of its own.
        there.post(hold(purpose(), 30)).await.unwrap();
        let mut tx = test.db.write().await.unwrap();
        let leads = Capture { request: one.request, leads: 10, price: credits(1), key: "10".into() };
        capture(&mut tx, id, &leads, NOW).await.unwrap();
        tx.commit().await.unwrap();
        let refused = here.post(hold(purpose(), 21)).await;
        assert!(
            matches!(refused, Err(CreditError::NotEnough { available, .. }) if available == credits(20)),
            "{refused:?}"
        );
        let back = |reason: &str| {
            alone(id, Movement::Release { request: one.request, actor: Actor::System, reason: reason.into() })
        };
        assert_eq!(here.post(back("over")).await.unwrap(), credits(40));
        assert_eq!(there.post(back("over")).await.unwrap(), Credits::ZERO, "closed, here and there");
        assert_eq!(there.post(hold(purpose(), 60)).await.unwrap(), credits(60));
        let balance = assert_proven(&test.db, id).await;
        assert_eq!((balance.available, balance.held, balance.spent), (Credits::ZERO, credits(90), credits(10)));
    }
}

#[tokio::test]
async fn servers_side_by_side_never_hold_a_credit_twice() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let servers = [Ledger::start(&test.db), Ledger::start(&test.db)];
        let asks = (0..40).map(|number| {
            let deed = Noted::new(id, format!("{number}"), vec![hold_of(10)]);
            let ledger = servers[number % 2].clone();
            tokio::spawn(async move { ledger.post(deed).await.is_ok() })
        });
        let won = join_all(asks).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 10);
        assert_eq!(lines(&test.db, id).await.len(), 10);
        assert_eq!(assert_proven(&test.db, id).await.held, credits(100));
    }
}

#[tokio::test]
async fn at_the_end_what_waits_is_written_and_what_comes_later_is_refused() {
    for test in test_databases().await {
        let id = funded(&test.db, 100).await;
        let ledger = Ledger::start(&test.db);
        let waiting = (0..5).map(|number| ledger.post(Noted::new(id, format!("{number}"), vec![hold_of(10)])));
        let (verdicts, ()) = tokio::join!(join_all(waiting), ledger.end());
        assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
        let late = ledger.post(Noted::new(id, "late", vec![hold_of(10)])).await;
        assert!(matches!(late, Err(CreditError::Closed)), "{late:?}");
        assert_eq!(assert_proven(&test.db, id).await.held, credits(50));
        assert_eq!(lines(&test.db, id).await.len(), 5);
    }
}
