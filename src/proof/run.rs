//! Runs of the proof: one at a time, resumed from the start when the server that was at it ends.

use std::{sync::Arc, time::Duration};

use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::{
    accounts::{UserId, WorkspaceId},
    credits::{self, ledger::verify::Difference},
    on,
    server::{
        app::App,
        clock::Instant,
        db::Tx,
        jobs::Round,
        queue::{self, Lease, Queue},
        seals::{self, Fault},
    },
};

crate::id!(
    /// One run of the proof.
    RunId
);

/// How often somebody looks whether a run is wanted.
const PAUSE: Duration = Duration::from_secs(5);
/// A run whose server went silent is begun again.
pub const QUEUE: Queue = Queue {
    table: "proof_runs",
    key: "id",
    waiting: "state = 'running'",
    sets: "",
    lease: Duration::from_secs(10 * 60),
    per_workspace: false,
};
/// The hour (UTC) of the nightly run.
const NIGHTLY_HOUR: i64 = 2;
const HOUR_MICROS: i64 = 60 * 60 * 1_000_000;
/// Longest report kept: the first differences are enough to find the rest.
const REPORT_CHARACTERS_MAX: usize = 4_000;

/// What a run was begun by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ProofCause {
    Nightly,
    Operator,
    Command,
}

/// One run, finished or under way.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ProofRun {
    pub cause: ProofCause,
    /// The operator's name, when one asked on the page.
    pub started_by: Option<String>,
    pub state: String,
    pub started_at: Instant,
    pub ended_at: Option<Instant>,
    pub workspaces: i64,
    pub movements: i64,
    pub differences: i64,
    pub report: String,
}

/// Compares what a noun keeps of a workspace with the movements of the ledger.
pub type Check = for<'a> fn(&'a mut Tx, WorkspaceId) -> BoxFuture<'a, anyhow::Result<Vec<Difference>>>;

/// The checks of all nouns beside the ledger's own. `app` fills them in, so the proof need not know who has credits.
pub struct Checks(pub Vec<Check>);

/// Everything that must hold for one workspace, as it was at one moment: movements seen and what differs. `tell` hears now
/// and then how many movements were seen.
///
/// # Errors
/// The database's.
pub async fn prove(app: &App, workspace: WorkspaceId, tell: impl Fn(i64)) -> anyhow::Result<(i64, Vec<Difference>)> {
    let mut tx = app.db.snapshot().await?;
    prove_with(&mut tx, app.of::<Checks>(), workspace, tell).await
}

/// Like [`prove`], as the open transaction sees it.
///
/// # Errors
/// The database's.
pub async fn prove_with(
    tx: &mut Tx,
    checks: &Checks,
    workspace: WorkspaceId,
    tell: impl Fn(i64),
) -> anyhow::Result<(i64, Vec<Difference>)> {
    let mut proof = credits::verify::verify_telling(tx, workspace, tell).await?;
    for check in &checks.0 {
        proof.differences.extend(check(tx, workspace).await?);
    }
    Ok((proof.transfers, proof.differences))
}

/// What must hold beside the workspaces: rows of none of them, and of all.
///
/// # Errors
/// The database's.
pub async fn prove_instance(tx: &mut Tx) -> sqlx::Result<Vec<Difference>> {
    let mut differences = credits::verify::verify_instance(tx).await?;
    let faults = seals::check_instance(tx).await?;
    differences.extend(faults.into_iter().map(|fault| difference(WorkspaceId(uuid::Uuid::nil()), fault)));
    Ok(differences)
}

/// The protected rows of `workspace` that were changed outside of Fairlead.
///
/// # Errors
/// The database's.
pub async fn sealed(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Difference>> {
    let faults = seals::check(tx, workspace.0).await?;
    Ok(faults.into_iter().map(|fault| difference(workspace, fault)).collect())
}

fn difference(workspace: WorkspaceId, Fault { place, what }: Fault) -> Difference {
    Difference { workspace, place, what }
}

/// The newest runs, newest first.
pub async fn last_runs(tx: &mut Tx, limit: i64) -> sqlx::Result<Vec<ProofRun>> {
    on!(tx, c => sqlx::query_as(
        "select r.cause, u.name as started_by, r.state, r.started_at, r.ended_at, r.workspaces, r.movements,
             r.differences, r.report
         from proof_runs r left join users u on u.id = r.started_by order by r.started_at desc, r.id desc limit $1")
        .bind(limit).fetch_all(c).await)
}

/// Asks for a run; the background work begins it. Answers whether none was under way.
///
/// # Errors
/// The database's.
pub async fn request_run(tx: &mut Tx, cause: ProofCause, by: Option<UserId>, at: Instant) -> sqlx::Result<bool> {
    let added = on!(tx, c => sqlx::query(
        "insert into proof_runs (id, cause, started_by, state, started_at, run_at) values ($1, $2, $3, 'running', $4, $4)
         on conflict do nothing")
        .bind(RunId::new()).bind(cause).bind(by).bind(at).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(added > 0)
}

/// Notes a run of the command line over all workspaces.
pub async fn record_command(tx: &mut Tx, found: &Findings, from: Instant, to: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "insert into proof_runs (id, cause, state, started_at, ended_at, workspaces, movements, differences, report)
         values ($1, 'command', 'done', $2, $3, $4, $5, $6, $7)")
        .bind(RunId::new()).bind(from).bind(to).bind(found.workspaces).bind(found.movements).bind(found.differences)
        .bind(&found.report).execute(c).await.map(drop))
}

/// What was found so far.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    pub workspaces: i64,
    pub movements: i64,
    pub differences: i64,
    pub report: String,
}

impl Findings {
    /// Adds what one workspace showed.
    pub fn add(&mut self, movements: i64, differences: &[Difference]) {
        self.workspaces += 1;
        self.movements += movements;
        self.note(differences);
    }

    /// Adds what the instance as a whole showed.
    pub fn note(&mut self, differences: &[Difference]) {
        for difference in differences {
            self.differences += 1;
            let line = format!("{difference}\n");
            if self.report.len() + line.len() <= REPORT_CHARACTERS_MAX {
                self.report.push_str(&line);
            }
        }
    }
}

/// Starts the loop that begins the nightly run and does what was asked for.
pub fn start(app: &App) {
    let state = app.clone();
    app.jobs.repeat("proof of the ledger", PAUSE, Arc::default(), move || turn(state.clone()));
}

/// One look: begins the nightly run when it is due, and does a run that waits.
///
/// # Errors
/// The database's; the run is begun again when its lease is over.
pub async fn turn(app: App) -> anyhow::Result<Round> {
    let now = app.clock.now();
    begin_nightly(&app, now).await?;
    let Some(run) = claim(&app, now).await? else { return Ok(Round::Idle) };
    let renew = || renew(app.clone(), run);
    match queue::renewing(QUEUE.lease, renew, prove_all(&app, &run)).await {
        Some(round) => round,
        None => Ok(Round::Idle),
    }
}

async fn prove_all(app: &App, run: &Claimed) -> anyhow::Result<Round> {
    let mut found = Findings::default();
    let workspaces = credits::verify::workspaces(&mut app.db.read().await?).await?;
    for workspace in workspaces {
        if app.jobs.shutdown.is_cancelled() {
            retry(app, run).await?;
            return Ok(Round::Idle);
        }
        let (movements, differences) = prove(app, workspace, |_| ()).await?;
        found.add(movements, &differences);
        if !save(app, run, &found, None).await? {
            return Ok(Round::Idle); // another server has it
        }
    }
    found.note(&prove_instance(&mut app.db.snapshot().await?).await?);
    save(app, run, &found, Some(app.clock.now())).await?;
    if found.differences > 0 {
        tracing::error!(differences = found.differences, "the proof of the ledger found numbers that differ");
    }
    Ok(Round::Worked)
}

async fn begin_nightly(app: &App, now: Instant) -> sqlx::Result<()> {
    let due = Instant(now.micros().div_euclid(24 * HOUR_MICROS) * 24 * HOUR_MICROS + NIGHTLY_HOUR * HOUR_MICROS);
    if now < due {
        return Ok(());
    }
    let mut tx = app.db.read().await?;
    let begun: bool = on!(&mut tx, c => sqlx::query_scalar(
        "select exists (select 1 from proof_runs where started_at >= $1 and cause = 'nightly')")
        .bind(due).fetch_one(c).await)?;
    drop(tx);
    if !begun {
        let mut tx = app.db.write().await?;
        request_run(&mut tx, ProofCause::Nightly, None, now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A run that this server has.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
pub(super) struct Claimed {
    id: RunId,
    #[sqlx(flatten)]
    lease: Lease,
}

/// Claims the run that waits, or one that was left.
pub(super) async fn claim(app: &App, at: Instant) -> sqlx::Result<Option<Claimed>> {
    let mut tx = app.db.write().await?;
    let run = QUEUE.claim(&mut tx, "id, lease_until, fence, attempt", 1, at).await?.pop();
    tx.commit().await?;
    Ok(run)
}

/// False when another server has the run.
pub(super) async fn renew(app: App, run: Claimed) -> sqlx::Result<bool> {
    let mut tx = app.db.write().await?;
    let renewed = on!(&mut tx, c => sqlx::query(
        "update proof_runs set lease_until = $3 where id = $1 and fence = $2 and state = 'running'")
        .bind(run.id).bind(run.lease.fence).bind(QUEUE.lease_until(app.clock.now()))
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    tx.commit().await?;
    Ok(renewed)
}

/// Puts the run back, for the next server to begin it again at once.
pub(super) async fn retry(app: &App, run: &Claimed) -> sqlx::Result<()> {
    let mut tx = app.db.write().await?;
    on!(&mut tx, c => sqlx::query("update proof_runs set lease_until = null where id = $1 and fence = $2")
        .bind(run.id).bind(run.lease.fence).execute(c).await.map(drop))?;
    tx.commit().await
}

/// Keeps what was found so far, and renews the lease. False when another server has the run.
pub(super) async fn save(app: &App, run: &Claimed, found: &Findings, ended: Option<Instant>) -> sqlx::Result<bool> {
    let lease_until = ended.is_none().then(|| QUEUE.lease_until(app.clock.now()));
    let state = if ended.is_some() { "done" } else { "running" };
    let mut tx = app.db.write().await?;
    let saved = on!(&mut tx, c => sqlx::query(
        "update proof_runs set state = $3, ended_at = $4, lease_until = $5, workspaces = $6, movements = $7,
             differences = $8, report = $9 where id = $1 and fence = $2 and state = 'running'")
        .bind(run.id).bind(run.lease.fence).bind(state).bind(ended).bind(lease_until).bind(found.workspaces)
        .bind(found.movements).bind(found.differences).bind(&found.report)
        .execute(c).await.map(|done| done.rows_affected() == 1))?;
    tx.commit().await?;
    Ok(saved)
}
