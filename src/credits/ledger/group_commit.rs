//! The group commit of the ledger: deeds of many callers in one transaction, with one flush.
//!
//! A movement on its own costs a dozen statements and one flush to the disk. A group locks the accounts of its deeds in the
//! order of their ids, lets each deed write its rows, opens the account states of all workspaces together, makes the movements in
//! order, and commits once. The account states stay in memory between groups, and are used again as long as no one else moved
//! anything.
//!
//! A deed that is refused while it writes its rows rolls back only those. One whose movement is refused afterwards makes
//! the group start over, each deed in a transaction of its own.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

use super::{
    account_state::AccountState,
    deed::{AnyDeed, Attempt, Deed, Fault, Refusal, Verdict, verdict_of},
    read_set::ReadSet,
    store,
};
use crate::{
    accounts::WorkspaceId,
    credits::{CreditError, Credits, Movement},
    server::{
        clock::Instant,
        db::{Db, Tx},
        group_commit::{Counts, Group, GroupCommit, NoVerdict, Written},
    },
};

/// Lanes on Postgres, each with its share of the workspaces, so that no two groups wait for the same account.
const LANES: usize = 4;
/// Books kept in memory by one lane.
const KNOWN_MAX: usize = 4_096;

/// Where movements that stand alone in their transaction are made. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Ledger {
    commits: GroupCommit<Books>,
}

impl Ledger {
    /// Starts the group commit.
    pub fn start(db: &Db) -> Self {
        Self { commits: GroupCommit::start("credits", db, LANES, Books::default) }
    }

    /// Does one deed; resolves when it is durable or refused.
    ///
    /// # Errors
    /// The deed's; [`CreditError::Closed`] while the server shuts down. Nothing was written then.
    pub async fn post<D: Deed>(&self, deed: D) -> Result<D::Output, D::Error> {
        let lane = Deed::workspace(&deed).0.as_u128();
        match self.commits.submit(lane, Box::new(deed)).await {
            Ok(verdict) => verdict_of::<D>(verdict).unwrap_or_else(|| Err(CreditError::Closed.into())),
            Err(NoVerdict::Closed) => Err(CreditError::Closed.into()),
            Err(NoVerdict::Failed(error)) => Err(error.into()),
        }
    }

    /// Takes no more deeds, writes those that wait, and ends.
    pub async fn end(&self) {
        self.commits.end().await;
    }

    /// How many groups were committed, and how many deeds were in them.
    pub fn counts(&self) -> Counts {
        self.commits.counts()
    }
}

/// What one lane remembers.
#[derive(Default)]
struct Books {
    /// The account states of the workspaces it served last.
    known: HashMap<WorkspaceId, AccountState>,
    /// Those of `known` that belong to a transaction which is not committed yet.
    unsettled: Vec<WorkspaceId>,
}

impl Group for Books {
    type Job = Box<dyn AnyDeed>;
    type Verdict = Verdict;
    type Error = CreditError;

    async fn write(&mut self, tx: &mut Tx, jobs: &[Box<dyn AnyDeed>]) -> Result<Written<Verdict>, CreditError> {
        // Left from a transaction that was rolled back.
        for workspace in self.unsettled.drain(..) {
            self.known.remove(&workspace);
        }
        let mut attempts: Vec<_> = jobs.iter().map(|deed| deed.attempt()).collect();
        if jobs.iter().any(|deed| deed.writes() || deed.reads_balance()) {
            let workspaces: BTreeSet<_> = jobs.iter().map(|deed| deed.workspace()).collect();
            store::lock_accounts(tx, &workspaces.into_iter().collect::<Vec<_>>()).await?;
        }
        let mut whole = true;
        for wave in waves(jobs) {
            whole = self.write_wave(tx, &jobs[wave.clone()], &mut attempts[wave], jobs.len() == 1).await?;
            if !whole {
                break;
            }
        }
        let verdicts = || attempts.into_iter().map(|attempt| attempt.verdict()).collect();
        Ok(match whole {
            true => Written::Commit(verdicts()),
            false if jobs.len() == 1 => Written::RollBack(verdicts()),
            false => Written::Apart,
        })
    }

    fn committed(&mut self) {
        self.unsettled.clear();
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
    }

    fn is_contention(error: &CreditError) -> bool {
        Refusal::is_contention(error)
    }
}

/// A deed that reads balances comes after the movements of those before it.
fn waves(jobs: &[Box<dyn AnyDeed>]) -> Vec<Range<usize>> {
    let (mut waves, mut start, mut seen) = (Vec::new(), 0, BTreeSet::new());
    for (index, deed) in jobs.iter().enumerate() {
        if deed.reads_balance() && seen.contains(&deed.workspace()) {
            waves.push(start..index);
            start = index;
            seen.clear();
        }
        seen.insert(deed.workspace());
    }
    waves.push(start..jobs.len());
    waves
}

/// The movements of each deed, in order; nothing for one that was refused.
type Asked = Vec<Option<Vec<Movement>>>;

impl Books {
    /// Writes deeds whose rows do not depend on each other's movements. Returns whether all of it may be committed.
    async fn write_wave(
        &mut self,
        tx: &mut Tx,
        jobs: &[Box<dyn AnyDeed>],
        attempts: &mut [Box<dyn Attempt + '_>],
        alone: bool,
    ) -> Result<bool, CreditError> {
        let Some(asked) = prepare(tx, jobs, attempts, alone).await? else { return Ok(false) };
        let Some(moved) = self.make(tx, jobs, attempts, &asked, alone).await? else { return Ok(false) };
        for (attempt, moved) in attempts.iter_mut().zip(&moved) {
            let Some(moved) = moved else { continue };
            if let Err(fault) = attempt.conclude(tx, moved).await {
                return refused(fault).map(|()| false);
            }
        }
        Ok(true)
    }

    /// Makes the movements of all deeds. Returns what moved for each, or nothing when the transaction has to be rolled back.
    async fn make(
        &mut self,
        tx: &mut Tx,
        jobs: &[Box<dyn AnyDeed>],
        attempts: &mut [Box<dyn Attempt + '_>],
        asked: &Asked,
        alone: bool,
    ) -> Result<Option<Vec<Option<Vec<Credits>>>>, CreditError> {
        let mut states = self.open(tx, jobs, asked).await?;
        let mut all = Vec::with_capacity(jobs.len());
        for ((deed, attempt), movements) in jobs.iter().zip(attempts.iter_mut()).zip(asked) {
            let Some(movements) = movements else {
                all.push(None);
                continue;
            };
            let mut moved = Vec::with_capacity(movements.len());
            let mut refusal = None;
            for movement in movements {
                let found = states.binary_search_by_key(&deed.workspace(), |state| state.workspace);
                let state = found.ok().and_then(|index| states.get_mut(index)).ok_or(CreditError::Closed)?;
                match movement.apply(state) {
                    Ok(credits) => moved.push(credits),
                    Err(error) => {
                        refusal = Some(error);
                        break;
                    }
                }
            }
            let Some(error) = refusal else {
                all.push(Some(moved));
                continue;
            };
            // A rule checks first: a first movement that breaks one has changed nothing, in the account state or beside it.
            let harmless = moved.is_empty() && is_by_rule(&error) && !deed.writes();
            attempt.refuse(error);
            if alone || !harmless {
                return Ok(None);
            }
            all.push(None);
        }
        AccountState::close_all(tx, &mut states).await?;
        self.unsettled.extend(states.iter().map(|state| state.workspace));
        self.known.extend(states.into_iter().map(|state| (state.workspace, state.committed())));
        Ok(Some(all))
    }

    /// The account states that movements were asked for in. They are no longer known: should anything fail, they are read again.
    async fn open(
        &mut self,
        tx: &mut Tx,
        jobs: &[Box<dyn AnyDeed>],
        asked: &Asked,
    ) -> Result<Vec<AccountState>, CreditError> {
        let mut needed: BTreeMap<WorkspaceId, (ReadSet, Instant)> = BTreeMap::new();
        for (deed, movements) in jobs.iter().zip(asked) {
            for movement in movements.iter().flatten() {
                let (read_set, latest) =
                    needed.entry(deed.workspace()).or_insert_with(|| (ReadSet::default(), deed.at()));
                movement.add_to(read_set);
                *latest = deed.at().max(*latest);
            }
        }
        if needed.is_empty() {
            return Ok(Vec::new());
        }
        AccountState::open_all(tx, &needed, &mut self.known).await
    }
}

/// Lets each deed write its rows, in a savepoint of its own unless it is alone. Returns nothing when the transaction has to
/// be rolled back.
async fn prepare(
    tx: &mut Tx,
    jobs: &[Box<dyn AnyDeed>],
    attempts: &mut [Box<dyn Attempt + '_>],
    alone: bool,
) -> Result<Option<Asked>, CreditError> {
    let mut asked = Vec::with_capacity(jobs.len());
    for (deed, attempt) in jobs.iter().zip(attempts) {
        let guarded = deed.writes() && !alone;
        if guarded {
            tx.savepoint().await?;
        }
        match attempt.prepare(tx).await {
            Ok(movements) => {
                if guarded {
                    tx.release_savepoint().await?;
                }
                asked.push(Some(movements));
            }
            Err(fault) => {
                refused(fault)?;
                if alone {
                    return Ok(None);
                }
                if guarded {
                    tx.back_to_savepoint().await?;
                }
                asked.push(None);
            }
        }
    }
    Ok(Some(asked))
}

/// A refusal stands; a transient conflict makes the group try again.
fn refused(fault: Fault) -> Result<(), CreditError> {
    match fault {
        Fault::Refused => Ok(()),
        Fault::Contention => Err(CreditError::Contention),
    }
}

/// Whether a rule refused, rather than something that may have broken off half-way.
fn is_by_rule(error: &CreditError) -> bool {
    matches!(
        error,
        CreditError::NotEnough { .. }
            | CreditError::OverHold { .. }
            | CreditError::NoOpenHold
            | CreditError::CapReached { .. }
            | CreditError::OverRefund { .. }
    )
}
