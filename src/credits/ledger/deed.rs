//! A deed: movements that stand alone in their transaction, with the rows that belong to them.
//!
//! Whoever grants, releases or refunds also writes a state, a line of the audit log, a notice. A [`Deed`] says all of it as
//! one value, so that [`Ledger`](crate::credits::Ledger) can write it together with the deeds of others, again after a conflict,
//! or alone. [`join`] writes one in a transaction that the caller has open.

use std::any::Any;

use futures::future::BoxFuture;

use super::{account_state::AccountState, read_set::ReadSet};
use crate::{
    accounts::WorkspaceId,
    credits::{CreditError, Credits, Movement, lock},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Movements in one workspace and the rows that belong to them: all there, or none.
///
/// It may be written more than once, the transaction of the time before having been rolled back, so it changes nothing but
/// the database. The account of its workspace is locked before it begins.
pub trait Deed: Send + Sync + 'static {
    /// Whether [`Deed::prepare`] writes rows, which a refusal rolls back.
    const WRITES: bool = true;
    /// Whether [`Deed::prepare`] reads balances, lots or holds: movements asked for before it are made first then.
    const READS_BALANCE: bool = false;

    /// What [`Deed::prepare`] leaves to [`Deed::conclude`].
    type Prepared: Send;
    type Output: Send + 'static;
    type Error: Refusal;

    fn workspace(&self) -> WorkspaceId;

    /// When it happens.
    fn at(&self) -> Instant;

    /// Reads, checks, writes its rows, and says which movements to make.
    ///
    /// # Errors
    /// Why it cannot be; nothing of it is written then.
    fn prepare(&self, tx: &mut Tx)
    -> impl Future<Output = Result<(Self::Prepared, Vec<Movement>), Self::Error>> + Send;

    /// Writes what depends on what moved: `moved` has the credits of each movement, none where its key was used before.
    ///
    /// # Errors
    /// As for [`Deed::prepare`].
    fn conclude(
        &self,
        tx: &mut Tx,
        prepared: Self::Prepared,
        moved: &[Credits],
    ) -> impl Future<Output = Result<Self::Output, Self::Error>> + Send;
}

/// Why a deed was not done.
pub trait Refusal: From<CreditError> + Send + 'static {
    /// Whether this is a transient conflict that is safe to retry.
    fn is_contention(&self) -> bool;
}

impl Refusal for CreditError {
    fn is_contention(&self) -> bool {
        match self {
            Self::Contention => true,
            Self::Database(error) => crate::server::db::is_contention(error),
            _ => false,
        }
    }
}

impl Refusal for AppError {
    fn is_contention(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

/// Writes a deed in the caller's transaction.
///
/// # Errors
/// The deed's; take the transaction back then.
pub async fn join<D: Deed>(tx: &mut Tx, deed: &D) -> Result<D::Output, D::Error> {
    let database = |error: sqlx::Error| D::Error::from(error.into());
    lock(tx, deed.workspace()).await.map_err(database)?;
    let (prepared, movements) = deed.prepare(tx).await?;
    let moved = make(tx, deed.workspace(), &movements, deed.at()).await?;
    deed.conclude(tx, prepared, &moved).await
}

/// Makes movements in the caller's transaction. Returns what each moved.
async fn make(
    tx: &mut Tx,
    workspace: WorkspaceId,
    movements: &[Movement],
    at: Instant,
) -> Result<Vec<Credits>, CreditError> {
    if movements.is_empty() {
        return Ok(Vec::new());
    }
    let mut read_set = ReadSet::default();
    movements.iter().for_each(|movement| movement.add_to(&mut read_set));
    let mut state = AccountState::open(tx, workspace, &read_set, at).await?;
    let moved: Result<_, _> = movements.iter().map(|movement| movement.apply(&mut state)).collect();
    let moved = moved?;
    state.close(tx).await?;
    Ok(moved)
}

/// The deed that is one movement and nothing else. Its output is what moved.
#[derive(Debug, Clone)]
pub struct Alone {
    pub workspace: WorkspaceId,
    pub movement: Movement,
    pub at: Instant,
}

impl Deed for Alone {
    const WRITES: bool = false;
    type Prepared = ();
    type Output = Credits;
    type Error = CreditError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, _: &mut Tx) -> Result<((), Vec<Movement>), CreditError> {
        Ok(((), vec![self.movement.clone()]))
    }

    async fn conclude(&self, _: &mut Tx, (): (), moved: &[Credits]) -> Result<Credits, CreditError> {
        Ok(moved.iter().copied().next().unwrap_or_default())
    }
}

/// A deed that makes its movements itself, through the functions of their verbs, because its rows and its movements depend on
/// each other in turn. It shares the transaction and its flush, not the account states.
pub fn interleaved<T, E, B>(workspace: WorkspaceId, at: Instant, body: B) -> Interleaved<B>
where
    B: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'static,
{
    Interleaved { workspace, at, body }
}

/// See [`interleaved`].
#[derive(Debug)]
pub struct Interleaved<B> {
    workspace: WorkspaceId,
    at: Instant,
    body: B,
}

impl<T, E, B> Deed for Interleaved<B>
where
    T: Send + 'static,
    E: Refusal,
    B: for<'a> Fn(&'a mut Tx) -> BoxFuture<'a, Result<T, E>> + Send + Sync + 'static,
{
    const READS_BALANCE: bool = true;
    type Prepared = T;
    type Output = T;
    type Error = E;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(T, Vec<Movement>), E> {
        Ok(((self.body)(tx).await?, Vec::new()))
    }

    async fn conclude(&self, _: &mut Tx, output: T, _: &[Credits]) -> Result<T, E> {
        Ok(output)
    }
}

/// The output of a deed or its refusal, whatever their types.
pub(crate) type Verdict = Box<dyn Any + Send>;

/// What went wrong with an attempt; the attempt itself keeps the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    Refused,
    Contention,
}

/// Any deed.
pub(crate) trait AnyDeed: Send + Sync {
    fn workspace(&self) -> WorkspaceId;
    fn at(&self) -> Instant;
    fn writes(&self) -> bool;
    fn reads_balance(&self) -> bool;
    /// A new attempt to write it.
    fn attempt(&self) -> Box<dyn Attempt + '_>;
}

/// One attempt to write a deed.
pub(crate) trait Attempt: Send {
    fn prepare<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<Vec<Movement>, Fault>>;
    fn conclude<'a>(&'a mut self, tx: &'a mut Tx, moved: &'a [Credits]) -> BoxFuture<'a, Result<(), Fault>>;
    /// One of its movements was refused.
    fn refuse(&mut self, error: CreditError);
    fn verdict(self: Box<Self>) -> Verdict;
}

impl<D: Deed> AnyDeed for D {
    fn workspace(&self) -> WorkspaceId {
        Deed::workspace(self)
    }

    fn at(&self) -> Instant {
        Deed::at(self)
    }

    fn writes(&self) -> bool {
        D::WRITES
    }

    fn reads_balance(&self) -> bool {
        D::READS_BALANCE
    }

    fn attempt(&self) -> Box<dyn Attempt + '_> {
        Box::new(Trial { deed: self, prepared: None, verdict: None })
    }
}

struct Trial<'d, D: Deed> {
    deed: &'d D,
    prepared: Option<D::Prepared>,
    verdict: Option<Result<D::Output, D::Error>>,
}

impl<D: Deed> Trial<'_, D> {
    fn fail(&mut self, error: D::Error) -> Fault {
        let fault = if error.is_contention() { Fault::Contention } else { Fault::Refused };
        self.verdict = Some(Err(error));
        fault
    }
}

impl<D: Deed> Attempt for Trial<'_, D> {
    fn prepare<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, Result<Vec<Movement>, Fault>> {
        Box::pin(async move {
            match self.deed.prepare(tx).await {
                Ok((prepared, movements)) => {
                    self.prepared = Some(prepared);
                    Ok(movements)
                }
                Err(error) => Err(self.fail(error)),
            }
        })
    }

    fn conclude<'a>(&'a mut self, tx: &'a mut Tx, moved: &'a [Credits]) -> BoxFuture<'a, Result<(), Fault>> {
        Box::pin(async move {
            let Some(prepared) = self.prepared.take() else { return Ok(()) };
            match self.deed.conclude(tx, prepared, moved).await {
                Ok(output) => {
                    self.verdict = Some(Ok(output));
                    Ok(())
                }
                Err(error) => Err(self.fail(error)),
            }
        })
    }

    fn refuse(&mut self, error: CreditError) {
        self.verdict = Some(Err(error.into()));
    }

    fn verdict(self: Box<Self>) -> Verdict {
        Box::new(self.verdict)
    }
}

/// The typed verdict of a deed; nothing when the attempt broke off.
pub(crate) fn verdict_of<D: Deed>(verdict: Verdict) -> Option<Result<D::Output, D::Error>> {
    verdict.downcast::<Option<Result<D::Output, D::Error>>>().ok().and_then(|verdict| *verdict)
}
