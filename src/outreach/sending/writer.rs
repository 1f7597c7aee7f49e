//! One writer for all sessions: what they move to `sending` and what came of it, many in one commit. Without it every mail would cost
//! two durable commits of its own.

use std::{collections::BTreeSet, sync::Arc};

use super::{
    begin::{begin, keep},
    claim::{Claim, Lease},
    leases,
    outcome::{self, Handed},
    refused::{self, Refused},
    render::Ready,
    unknown::{self, NoReply},
    withdraw::withdraw,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    server::{
        clock::Instant,
        db::{Db, Tx, is_contention},
        error::AppError,
        group_commit::{Group, GroupCommit, NoVerdict, Written},
    },
    suppression::SuppressionKeys,
};

/// Tasks that write on Postgres.
const LANES: usize = 4;

/// What a session wants written.
#[derive(Debug, Clone)]
pub(super) enum Change {
    /// The point of no return of a mail.
    Begin(Arc<Ready>),
    Sent(Handed),
    NoReply(NoReply),
    Refused(Box<Refused>),
    /// A mail that had begun, and of which nothing left.
    Withdraw(Claim),
    /// The end of a batch: what of it is still claimed waits again.
    Release(Lease, Vec<Claim>),
}

/// What was written.
#[derive(Debug, Clone, Default)]
pub(super) struct Answer {
    /// Of a mail at the point of no return: whether it leaves.
    pub leaves: bool,
    /// The campaigns whose progress changed with this group, given to one of its callers.
    pub concerned: BTreeSet<(WorkspaceId, CampaignId)>,
}

/// The queue of changes.
#[derive(Clone, Debug)]
pub(super) struct Writer(GroupCommit<Changes>);

impl Writer {
    pub fn start(db: &Db, keys: &SuppressionKeys) -> Self {
        Self(GroupCommit::start("sending", db, LANES, || Changes { keys: keys.clone() }))
    }

    /// Writes a change of a session with the mailbox of `lease`. The changes of a workspace share a lane: they count on the same rows, for which lanes
    /// would wait.
    ///
    /// # Errors
    /// The database's, after every attempt; the server ends.
    pub async fn write(&self, lease: Lease, change: Change, at: Instant) -> anyhow::Result<Answer> {
        self.0.submit(lease.workspace.0.as_u128(), (change, at)).await.map_err(|no| match no {
            NoVerdict::Closed => anyhow::anyhow!("the server ends"),
            NoVerdict::Failed(error) => error.0,
        })
    }

    pub async fn end(&self) {
        self.0.end().await;
    }
}

struct Changes {
    keys: SuppressionKeys,
}

/// Why a group could not be written.
pub(super) struct WriteError(anyhow::Error);

impl From<sqlx::Error> for WriteError {
    fn from(error: sqlx::Error) -> Self {
        Self(error.into())
    }
}

impl Group for Changes {
    type Job = (Change, Instant);
    type Verdict = Answer;
    type Error = WriteError;

    async fn write(&mut self, tx: &mut Tx, jobs: &[(Change, Instant)]) -> Result<Written<Answer>, WriteError> {
        let at = jobs.iter().map(|(_, at)| *at).max().unwrap_or(Instant(0));
        let (mut ready, mut sent, mut no_reply) = (Vec::new(), Vec::new(), Vec::new());
        let (mut leases, mut claims, mut withdrawn) = (Vec::new(), Vec::new(), Vec::new());
        let mut concerned = BTreeSet::new();
        for (change, _) in jobs {
            match change {
                Change::Begin(one) => ready.push(one.as_ref()),
                Change::Sent(one) => sent.push(one.clone()),
                Change::NoReply(one) => no_reply.push(one.clone()),
                Change::Refused(one) => {
                    concerned.extend(refused::refused(tx, &self.keys, one, at).await.map_err(WriteError)?)
                }
                Change::Withdraw(claim) => withdrawn.push(claim.clone()),
                Change::Release(lease, of_batch) => {
                    leases.push(*lease);
                    claims.extend(of_batch.iter().cloned());
                }
            }
        }
        let leaving = begin(tx, &ready, at).await?;
        keep(tx, ready.iter().copied().filter(|one| leaving.contains(&one.claim.id))).await?;
        concerned.extend(outcome::sent(tx, &sent, at).await?);
        concerned.extend(unknown::mark(tx, &no_reply, at).await?);
        withdraw(tx, &withdrawn, at).await?;
        leases::put_back(tx, &claims, at).await?;
        leases::release(tx, &leases, at).await?;
        let leaves = |change: &Change| matches!(change, Change::Begin(one) if leaving.contains(&one.claim.id));
        let answer =
            |(change, _): &Self::Job| Answer { leaves: leaves(change), concerned: std::mem::take(&mut concerned) };
        Ok(Written::Commit(jobs.iter().map(answer).collect()))
    }

    fn is_contention(error: &WriteError) -> bool {
        let of_database = error.0.downcast_ref::<sqlx::Error>().is_some_and(is_contention);
        of_database || matches!(error.0.downcast_ref::<AppError>(), Some(AppError::Busy))
    }
}
