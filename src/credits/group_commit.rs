//! Committing movements of many callers in groups: each caller gets a verdict of their own, and all share one flush.
//!
//! A movement on its own costs a dozen statements and one flush to the disk. Movements that arrive while a group is being
//! written wait for the next one, which opens each workspace's book once, applies them in order, and commits once. So
//! the more callers there are, the less one movement costs, and a busy workspace is no slower than many quiet ones. The
//! books stay in memory between groups, and are used again as long as nobody else moved anything.
//!
//! For movements that stand alone. One that belongs together with other rows (a delivery, a purchase) joins their
//! transaction instead, through the function of its verb.

use std::collections::{BTreeMap, HashMap};

use tokio::sync::{mpsc, oneshot};

use super::{
    Balance, Capture, CreditError, Credits, Grant, HoldFor, Refund, RequestId, TakeBack, book::Book, needs::Needs,
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
/// How often the task that commits stands back for callers before it begins.
const GATHER_TURNS: usize = 2;
/// Books kept in memory by one task.
const KNOWN_MAX: usize = 4_096;
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

/// What one of the tasks works with.
struct Counter {
    db: Db,
    /// The books of the workspaces it served last, as they were committed.
    known: HashMap<WorkspaceId, Book>,
}

async fn serve(db: Db, mut jobs: mpsc::Receiver<Job>) {
    let mut counter = Counter { db, known: HashMap::new() };
    let mut group = Vec::with_capacity(GROUP_MAX);
    while jobs.recv_many(&mut group, GROUP_MAX).await > 0 {
        gather(&mut jobs, &mut group).await;
        let verdicts = match counter.commit_group(&group).await {
            Ok(verdicts) => verdicts,
            // Something about one of them: each on its own, so that the others do not suffer for it.
            Err(_) => counter.commit_each(&group).await,
        };
        for (job, verdict) in group.drain(..).zip(verdicts) {
            // A caller that is gone has its movement all the same.
            let _ = job.verdict.send(verdict);
        }
    }
}

/// Lets the callers that were just answered come back with their next movement, instead of leaving them to the group
/// after this one.
async fn gather(jobs: &mut mpsc::Receiver<Job>, group: &mut Vec<Job>) {
    for _ in 0..GATHER_TURNS {
        tokio::task::yield_now().await;
        while group.len() < GROUP_MAX
            && let Ok(job) = jobs.try_recv()
        {
            group.push(job);
        }
    }
}

impl Counter {
    async fn commit_each(&mut self, group: &[Job]) -> Vec<Verdict> {
        let mut verdicts = Vec::with_capacity(group.len());
        for job in group {
            let alone = self.commit_group(std::slice::from_ref(job)).await;
            verdicts.push(alone.and_then(|mut verdicts| verdicts.pop().unwrap_or(Err(CreditError::Closed))));
        }
        verdicts
    }

    /// Tries a group until nobody else was there at the same moment.
    async fn commit_group(&mut self, group: &[Job]) -> Result<Vec<Verdict>, CreditError> {
        let mut attempt = 1;
        loop {
            match self.try_group(group).await {
                Err(CreditError::Database(error)) if db::is_contention(&error) && attempt < ATTEMPTS_MAX => {
                    attempt += 1;
                }
                verdicts => return verdicts,
            }
        }
    }

    async fn try_group(&mut self, group: &[Job]) -> Result<Vec<Verdict>, CreditError> {
        let mut asked: BTreeMap<WorkspaceId, (Needs, Instant)> = BTreeMap::new();
        for job in group {
            let (needs, latest) = asked.entry(job.workspace).or_insert_with(|| (Needs::default(), job.at));
            job.movement.add_needs(needs);
            *latest = job.at.max(*latest);
        }
        let mut tx = self.db.write().await?;
        // Books that are opened are no longer known: should anything fail below, they are read again.
        let mut books = Book::open_all(&mut tx, &asked, &mut self.known).await?;
        let verdicts = group.iter().map(|job| {
            let found = books.binary_search_by_key(&job.workspace, |book| book.workspace);
            let book = found.ok().and_then(|index| books.get_mut(index)).ok_or(CreditError::Closed)?;
            job.movement.apply(book).map(|()| book.balance())
        });
        let verdicts = verdicts.collect();
        Book::close_all(&mut tx, &books).await?;
        tx.commit().await?;
        if self.known.len() + books.len() > KNOWN_MAX {
            self.known.clear();
        }
        self.known.extend(books.into_iter().map(|book| (book.workspace, book.committed())));
        Ok(verdicts)
    }
}
