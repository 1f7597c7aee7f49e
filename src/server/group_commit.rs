//! Group commit: jobs of many callers share transactions, and with them flushes to the disk.
//!
//! A job waits in the queue of its lane; a task takes all that wait, writes them in one transaction, commits once, and
//! gives each caller a verdict. A lone job is written at once: nothing waits for a clock. Jobs that arrive while a group is
//! being written form the next one, so the more callers there are, the less one job costs.
//!
//! | phase | bound |
//! |---|---|
//! | queue | [`QUEUE_MAX`] jobs in a lane; callers beyond them wait to enqueue |
//! | gather | what waits, [`GATHER_TURNS`] looks, at most [`GROUP_MAX`] jobs |
//! | write, commit | one transaction; [`ATTEMPTS_MAX`] attempts under contention |
//! | each alone | after a failure, a transaction for each job, so that the others do not suffer for it |
//!
//! A job whose caller went away is written all the same. A commit whose answer was lost is written again, so a job must
//! bear that: a key, or a state that it looks at.

use std::{
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use futures::FutureExt;
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::db::{Db, Tx};

/// Jobs in one group.
const GROUP_MAX: usize = 512;
/// Jobs that may wait in one lane.
const QUEUE_MAX: usize = 4_096;
/// How often the task stands back for callers before it begins.
const GATHER_TURNS: usize = 2;
/// Attempts of one group when another transaction was in the way.
const ATTEMPTS_MAX: usize = 5;

/// What writes the jobs of one lane, and may remember things from group to group.
pub trait Group: Send + 'static {
    type Job: Send + Sync + 'static;
    type Verdict: Send + 'static;
    type Error: From<sqlx::Error> + Send + 'static;

    /// Writes `jobs` in the open transaction. Called again from the start when the transaction failed.
    ///
    /// # Errors
    /// What failed the whole transaction. Each job is then written alone.
    fn write(
        &mut self,
        tx: &mut Tx,
        jobs: &[Self::Job],
    ) -> impl Future<Output = Result<Written<Self::Verdict>, Self::Error>> + Send;

    /// The last [`Group::write`] was committed.
    fn committed(&mut self) {}

    /// Whether an error is a transient conflict that is safe to retry.
    fn is_contention(error: &Self::Error) -> bool;
}

/// What shall become of a transaction, with a verdict for each job in order.
#[derive(Debug)]
pub enum Written<V> {
    Commit(Vec<V>),
    /// The verdicts hold, the rows do not.
    RollBack(Vec<V>),
    /// Roll back, and write each job alone. Not for a job that is alone.
    Apart,
}

/// Why there is no verdict.
#[derive(Debug)]
pub enum NoVerdict<E> {
    /// The server is shutting down, or the job broke off. Nothing was written.
    Closed,
    /// The job failed, also alone.
    Failed(E),
}

/// A job on its way, and where its verdict goes.
type Ticket<G> = (<G as Group>::Job, Answer<G>);
type Answer<G> = oneshot::Sender<Result<<G as Group>::Verdict, <G as Group>::Error>>;

/// How many groups were committed, and how many jobs were in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub groups: u64,
    pub jobs: u64,
}

#[derive(Debug, Default)]
struct Counters {
    groups: AtomicU64,
    jobs: AtomicU64,
}

/// The queue of jobs. Cheap to clone; its tasks end with [`GroupCommit::end`] or when the last clone is dropped.
pub struct GroupCommit<G: Group> {
    lanes: Arc<[mpsc::Sender<Ticket<G>>]>,
    counters: Arc<Counters>,
    tasks: TaskTracker,
    ending: CancellationToken,
}

impl<G: Group> Clone for GroupCommit<G> {
    fn clone(&self) -> Self {
        let (lanes, counters) = (self.lanes.clone(), self.counters.clone());
        Self { lanes, counters, tasks: self.tasks.clone(), ending: self.ending.clone() }
    }
}

impl<G: Group> std::fmt::Debug for GroupCommit<G> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GroupCommit").field("lanes", &self.lanes.len()).field("counters", &self.counters).finish()
    }
}

impl<G: Group> GroupCommit<G> {
    /// Starts the tasks: one on SQLite, which has one writer, `lanes` on Postgres. `name` labels the metrics.
    pub fn start(name: &'static str, db: &Db, lanes: usize, group: impl Fn() -> G) -> Self {
        let lanes = if matches!(db, Db::Postgres { .. }) { lanes } else { 1 };
        let (counters, tasks, ending) = (Arc::<Counters>::default(), TaskTracker::new(), CancellationToken::new());
        let senders = (0..lanes).map(|_| {
            let (sender, jobs) = mpsc::channel(QUEUE_MAX);
            let lane = Lane { name, db: db.clone(), group: group(), counters: counters.clone() };
            tasks.spawn(lane.serve(jobs, ending.clone()));
            sender
        });
        let lanes = senders.collect();
        tasks.close();
        Self { lanes, counters, tasks, ending }
    }

    /// Hands a job in; resolves when it is durable or refused. Jobs with the same `key` share a lane and keep their order.
    ///
    /// # Errors
    /// [`NoVerdict`]; nothing was written then.
    pub async fn submit(&self, key: u128, job: G::Job) -> Result<G::Verdict, NoVerdict<G::Error>> {
        let (answer, verdict) = oneshot::channel();
        let lane = (key % self.lanes.len() as u128) as usize;
        self.lanes[lane].send((job, answer)).await.map_err(|_| NoVerdict::Closed)?;
        verdict.await.map_err(|_| NoVerdict::Closed)?.map_err(NoVerdict::Failed)
    }

    /// Takes no more jobs, writes those that wait, and ends.
    pub async fn end(&self) {
        self.ending.cancel();
        self.tasks.wait().await;
    }

    /// What was committed since the start.
    pub fn counts(&self) -> Counts {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Counts { groups: count(&self.counters.groups), jobs: count(&self.counters.jobs) }
    }
}

/// What one of the tasks works with.
struct Lane<G> {
    name: &'static str,
    db: Db,
    group: G,
    counters: Arc<Counters>,
}

impl<G: Group> Lane<G> {
    async fn serve(mut self, mut queue: mpsc::Receiver<Ticket<G>>, ending: CancellationToken) {
        let mut group = Vec::with_capacity(GROUP_MAX);
        loop {
            tokio::select! {
                biased;
                // What is in the queue by now is still taken out.
                () = ending.cancelled(), if !queue.is_closed() => queue.close(),
                taken = queue.recv_many(&mut group, GROUP_MAX) => {
                    if taken == 0 {
                        return;
                    }
                    gather::<G>(&mut queue, &mut group).await;
                    let (jobs, answers) = group.drain(..).unzip();
                    self.settle(jobs, answers).await;
                }
            }
        }
    }

    /// Writes a group and answers each caller; one that is gone has its job written all the same.
    async fn settle(&mut self, jobs: Vec<G::Job>, answers: Vec<Answer<G>>) {
        let together = self.write(&jobs).await;
        let verdicts = match together {
            End::Verdicts(verdicts) => verdicts.into_iter().map(Ok).map(Some).collect(),
            End::Failed(error) if jobs.len() == 1 => vec![error.map(Err)],
            End::Failed(_) | End::Apart => self.each_alone(&jobs).await,
        };
        for (answer, verdict) in answers.into_iter().zip(verdicts) {
            if let Some(verdict) = verdict {
                answer.send(verdict).ok();
            }
        }
    }

    async fn each_alone(&mut self, jobs: &[G::Job]) -> Vec<Option<Result<G::Verdict, G::Error>>> {
        let mut verdicts = Vec::with_capacity(jobs.len());
        for job in jobs {
            verdicts.push(match self.write(std::slice::from_ref(job)).await {
                End::Verdicts(mut alone) => alone.pop().map(Ok),
                End::Failed(error) => error.map(Err),
                End::Apart => None,
            });
        }
        verdicts
    }

    /// Tries a group until no other transaction is in the way.
    async fn write(&mut self, jobs: &[G::Job]) -> End<G> {
        let mut attempt = 1;
        loop {
            // A job that panics must not take the lane with it.
            match AssertUnwindSafe(self.attempt(jobs)).catch_unwind().await {
                Ok(Err(error)) if G::is_contention(&error) && attempt < ATTEMPTS_MAX => attempt += 1,
                Ok(Err(error)) => return End::Failed(Some(error)),
                Ok(Ok(end)) => return end,
                Err(_) => {
                    tracing::error!(kind = self.name, jobs = jobs.len(), "a group commit broke off");
                    return End::Failed(None);
                }
            }
        }
    }

    async fn attempt(&mut self, jobs: &[G::Job]) -> Result<End<G>, G::Error> {
        let mut tx = self.db.write().await?;
        Ok(match self.group.write(&mut tx, jobs).await? {
            Written::Commit(verdicts) => {
                tx.commit().await?;
                self.group.committed();
                self.count(jobs.len() as u64);
                End::Verdicts(verdicts)
            }
            Written::RollBack(verdicts) => End::Verdicts(verdicts),
            Written::Apart => End::Apart,
        })
    }

    fn count(&self, jobs: u64) {
        self.counters.groups.fetch_add(1, Ordering::Relaxed);
        self.counters.jobs.fetch_add(jobs, Ordering::Relaxed);
        metrics::counter!("fairlead_group_commits_total", "kind" => self.name).increment(1);
        metrics::counter!("fairlead_group_commit_jobs_total", "kind" => self.name).increment(jobs);
    }
}

/// How the writing of a group ended. A failure without an error is a panic.
enum End<G: Group> {
    Verdicts(Vec<G::Verdict>),
    Failed(Option<G::Error>),
    Apart,
}

/// Lets the callers that were just answered come back with their next job, instead of leaving them to the group after this
/// one.
async fn gather<G: Group>(queue: &mut mpsc::Receiver<Ticket<G>>, group: &mut Vec<Ticket<G>>) {
    for _ in 0..GATHER_TURNS {
        tokio::task::yield_now().await;
        while group.len() < GROUP_MAX
            && let Ok(ticket) = queue.try_recv()
        {
            group.push(ticket);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::future::join_all;

    use super::*;
    use crate::{on, server::db::test_databases};

    /// Writes names, as workspaces: some cannot be written, some panic, some are busy at first.
    struct Names {
        busy: usize,
    }

    impl Group for Names {
        type Job = &'static str;
        type Verdict = usize;
        type Error = sqlx::Error;

        async fn write(&mut self, tx: &mut Tx, names: &[&'static str]) -> sqlx::Result<Written<usize>> {
            if self.busy > 0 {
                self.busy -= 1;
                return Err(sqlx::Error::WorkerCrashed);
            }
            for name in names {
                assert_ne!(*name, "panics");
                let id = uuid::Uuid::new_v4();
                // A name that is missing is refused by the table.
                let text = (*name != "missing").then_some(*name);
                on!(&mut *tx, c => sqlx::query("insert into workspaces (id, name, created_at) values ($1, $2, 0)")
                    .bind(id).bind(text).execute(c).await.map(drop))?;
            }
            match names {
                ["rolled back"] => Ok(Written::RollBack(vec![0])),
                _ if names.contains(&"rolled back") => Ok(Written::Apart),
                _ => Ok(Written::Commit(vec![names.len(); names.len()])),
            }
        }

        fn is_contention(error: &sqlx::Error) -> bool {
            matches!(error, sqlx::Error::WorkerCrashed)
        }
    }

    async fn submit(
        commits: &GroupCommit<Names>,
        names: &[&'static str],
    ) -> Vec<Result<usize, NoVerdict<sqlx::Error>>> {
        join_all(names.iter().map(|name| commits.submit(0, *name))).await
    }

    async fn written(db: &Db) -> Vec<String> {
        on!(&mut db.read().await.unwrap(), c => sqlx::query_scalar("select name from workspaces order by name")
            .fetch_all(c).await)
        .unwrap()
    }

    #[tokio::test]
    async fn a_lone_job_is_written_at_once_and_those_that_wait_together() {
        for test in test_databases().await {
            let commits = GroupCommit::start("test", &test.db, 4, || Names { busy: 3 });
            assert!(matches!(submit(&commits, &["a"]).await[..], [Ok(1)]), "conflicts are tried again");
            let verdicts = submit(&commits, &["b", "c", "d"]).await;
            assert!(matches!(verdicts[..], [Ok(3), Ok(3), Ok(3)]), "{verdicts:?}");
            assert_eq!(commits.counts(), Counts { groups: 2, jobs: 4 });
            assert_eq!(written(&test.db).await, ["a", "b", "c", "d"]);
        }
    }

    #[tokio::test]
    async fn a_job_that_fails_panics_or_is_taken_back_harms_no_other() {
        for test in test_databases().await {
            let commits = GroupCommit::start("test", &test.db, 4, || Names { busy: 0 });
            let verdicts = submit(&commits, &["a", "missing", "b"]).await;
            assert!(matches!(verdicts[..], [Ok(1), Err(NoVerdict::Failed(_)), Ok(1)]), "{verdicts:?}");
            let verdicts = submit(&commits, &["c", "panics", "d"]).await;
            assert!(matches!(verdicts[..], [Ok(1), Err(NoVerdict::Closed), Ok(1)]), "{verdicts:?}");
            let verdicts = submit(&commits, &["e", "rolled back", "f"]).await;
            assert!(matches!(verdicts[..], [Ok(1), Ok(0), Ok(1)]), "{verdicts:?}");
            assert_eq!(written(&test.db).await, ["a", "b", "c", "d", "e", "f"]);
        }
    }

    #[tokio::test]
    async fn a_group_that_stays_busy_fails_in_the_end() {
        for test in test_databases().await {
            let commits = GroupCommit::start("test", &test.db, 4, || Names { busy: usize::MAX });
            assert!(matches!(submit(&commits, &["a"]).await[..], [Err(NoVerdict::Failed(_))]));
            assert!(written(&test.db).await.is_empty());
        }
    }

    #[tokio::test]
    async fn more_than_one_group_holds_are_written_all_the_same() {
        for test in test_databases().await {
            let commits = GroupCommit::start("test", &test.db, 4, || Names { busy: 0 });
            let verdicts = submit(&commits, &["x"; GROUP_MAX + 10]).await;
            assert!(verdicts.iter().all(|verdict| matches!(verdict, Ok(together) if *together <= GROUP_MAX)));
            assert_eq!(written(&test.db).await.len(), GROUP_MAX + 10);
        }
    }

    #[tokio::test]
    async fn the_end_writes_what_waits_and_refuses_what_comes_later() {
        for test in test_databases().await {
            let commits = GroupCommit::start("test", &test.db, 4, || Names { busy: 0 });
            let (verdicts, ()) = tokio::join!(submit(&commits, &["a", "b"]), commits.end());
            assert!(verdicts.iter().all(Result::is_ok), "{verdicts:?}");
            assert!(matches!(submit(&commits, &["c"]).await[..], [Err(NoVerdict::Closed)]));
            commits.end().await;
            assert_eq!(written(&test.db).await, ["a", "b"]);
        }
    }
}
