//! Committing movements of many callers in groups: each caller gets a verdict of their own, and all share one flush.
//!
//! A movement on its own costs a dozen statements and one flush to the disk. Movements that arrive while a group is being
//! written wait for the next one, which opens each workspace's book once, applies them in order, and commits once. So
//! the more callers there are, the less one movement costs, and a busy workspace is no slower than many quiet ones.
//!
//! For movements that stand alone. One that belongs together with other rows (a delivery, a purchase) joins their
//! transaction instead, through the function of its verb.

use std::collections::BTreeMap;

use tokio::sync::{mpsc, oneshot};

use super::{
    Balance, Capture, CreditError, Credits, Grant, HoldFor, Refund, RequestId, TakeBack,
    book::{Book, Needs},
    transfer::Actor,
};
use crate::{
    accounts::WorkspaceId,
    server::{
        clock::Instant,
        db::{self, Db},
    },
};

/// Movements in one group.
const GROUP_MAX: usize = 512;
/// Movements that may wait; callers beyond them wait to enqueue.
const QUEUE_MAX: usize = 4_096;
/// Attempts of one group when others were there at the same moment.
const ATTEMPTS_MAX: usize = 5;

/// One movement that stands alone.
#[derive(Debug, Clone)]
pub enum Movement {
    Grant(Grant),
    Hold { purpose: HoldFor, credits: Credits },
    Capture(Capture),
    Release { request: RequestId, actor: Actor, reason: String },
    Refund(Refund),
    TakeBack(TakeBack),
}

impl Movement {
    fn add_needs(&self, needs: &mut Needs) {
        let more = match self {
            Self::Grant(grant) => Needs { keys: vec![grant.key.clone()], ..Needs::default() },
            Self::Hold { purpose, .. } => {
                Needs { requests: vec![purpose.request], holds: vec![*purpose], ..Needs::default() }
            }
            Self::Capture(capture) => {
                Needs { requests: vec![capture.request], keys: vec![capture.key.clone()], ..Needs::default() }
            }
            Self::Release { request, .. } => Needs { requests: vec![*request], ..Needs::default() },
            Self::Refund(refund) => refund.needs(),
            Self::TakeBack(back) => back.needs(),
        };
        needs.requests.extend(more.requests);
        needs.keys.extend(more.keys);
        needs.charges.extend(more.charges);
        needs.orders.extend(more.orders);
        needs.holds.extend(more.holds);
    }

    /// Applies it to an open book that has read what it needs.
    pub(super) fn apply(&self, book: &mut Book) -> Result<(), CreditError> {
        match self {
            Self::Grant(grant) => book.grant(grant).map(drop),
            Self::Hold { purpose, credits } => book.hold(*purpose, *credits).map(drop),
            Self::Capture(capture) => book.capture(capture).map(drop),
            Self::Release { request, actor, reason } => book.release(*request, *actor, reason).map(drop),
            Self::Refund(refund) => book.refund(refund).map(drop),
            Self::TakeBack(back) => book.take_back(back),
        }
    }
}

/// A movement on its way, and where its verdict goes.
#[derive(Debug)]
struct Job {
    workspace: WorkspaceId,
    movement: Movement,
    at: Instant,
    verdict: oneshot::Sender<Verdict>,
}

/// The balance after the movement, durable; or why nothing moved.
type Verdict = Result<Balance, CreditError>;

/// Takes movements and commits them in groups. Cheap to clone; its tasks end when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Teller {
    counters: Vec<mpsc::Sender<Job>>,
}

impl Teller {
    /// Starts the tasks: one on SQLite, which has one writer; a few on Postgres, each with its share of the workspaces,
    /// so that no two groups wait for the same account.
    pub fn start(db: &Db) -> Self {
        let counters = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres(_) => 4,
        };
        let counters = (0..counters).map(|_| {
            let (sender, jobs) = mpsc::channel(QUEUE_MAX);
            tokio::spawn(serve(db.clone(), jobs));
            sender
        });
        Self { counters: counters.collect() }
    }

    /// Makes one movement; resolves when it is durable or refused.
    ///
    /// # Errors
    /// The refusals of the movement's verb; [`CreditError::Closed`] while the server shuts down.
    pub async fn post(&self, workspace: WorkspaceId, movement: Movement, at: Instant) -> Verdict {
        let (verdict, answer) = oneshot::channel();
        let counter = workspace.0.as_u128() % self.counters.len() as u128;
        let job = Job { workspace, movement, at, verdict };
        self.counters[counter as usize].send(job).await.map_err(|_| CreditError::Closed)?;
        answer.await.map_err(|_| CreditError::Closed)?
    }
}

async fn serve(db: Db, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while jobs.recv_many(&mut group, GROUP_MAX).await > 0 {
        let verdicts = match commit_group(&db, &group).await {
            Ok(verdicts) => verdicts,
            // Something about one of them: each on its own, so that the others do not suffer for it.
            Err(_) => commit_each(&db, &group).await,
        };
        for (job, verdict) in group.drain(..).zip(verdicts) {
            // A caller that is gone has its movement all the same.
            let _ = job.verdict.send(verdict);
        }
    }
}

async fn commit_each(db: &Db, group: &[Job]) -> Vec<Verdict> {
    let mut verdicts = Vec::with_capacity(group.len());
    for job in group {
        let alone = commit_group(db, std::slice::from_ref(job)).await;
        verdicts.push(alone.and_then(|mut verdicts| verdicts.pop().unwrap_or(Err(CreditError::Closed))));
    }
    verdicts
}

/// Tries a group until nobody else was there at the same moment.
async fn commit_group(db: &Db, group: &[Job]) -> Result<Vec<Verdict>, CreditError> {
    let mut attempt = 1;
    loop {
        match try_group(db, group).await {
            Err(CreditError::Database(error)) if db::is_contention(&error) && attempt < ATTEMPTS_MAX => attempt += 1,
            verdicts => return verdicts,
        }
    }
}

async fn try_group(db: &Db, group: &[Job]) -> Result<Vec<Verdict>, CreditError> {
    // Accounts are locked in the order of their ids, so that two groups cannot wait for each other.
    let mut by_workspace: BTreeMap<WorkspaceId, Vec<usize>> = BTreeMap::new();
    for (index, job) in group.iter().enumerate() {
        by_workspace.entry(job.workspace).or_default().push(index);
    }
    let mut verdicts: Vec<Option<Verdict>> = group.iter().map(|_| None).collect();
    let mut tx = db.write().await?;
    for (workspace, indexes) in by_workspace {
        let mut needs = Needs::default();
        indexes.iter().for_each(|index| group[*index].movement.add_needs(&mut needs));
        let latest = indexes.iter().map(|index| group[*index].at).max().unwrap_or(group[0].at);
        let mut book = Book::open(&mut tx, workspace, &needs, latest).await?;
        for index in indexes {
            let applied = group[index].movement.apply(&mut book);
            verdicts[index] = Some(applied.map(|()| book.balance()));
        }
        book.close(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(verdicts.into_iter().map(|verdict| verdict.unwrap_or(Err(CreditError::Closed))).collect())
}
