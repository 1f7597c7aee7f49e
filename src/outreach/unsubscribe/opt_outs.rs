//! Opt-outs by link, many in one commit: after a big mailing they come by the hundred a second, and each alone would cost a flush to
//! the disk.

use super::{
    opt_out::{Mail, opt_out},
    texts::Scope,
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::ids::SendId,
    server::{
        clock::Instant,
        db::{Db, Tx, is_contention},
        group_commit::{Group, GroupCommit, NoVerdict, Written},
    },
};

/// Tasks that write on Postgres, each with its share of the workspaces.
const LANES: usize = 4;

/// A recipient who wants no more of these mails.
#[derive(Debug)]
pub(super) struct OptOut {
    pub place: (WorkspaceId, SendId),
    pub mail: Mail,
    pub scope: Scope,
    pub at: Instant,
}

/// The queue of opt-outs.
#[derive(Clone, Debug)]
pub struct OptOuts(GroupCommit<Together>);

impl OptOuts {
    pub fn start(db: &Db) -> Self {
        Self(GroupCommit::start("opt_outs", db, LANES, || Together))
    }

    /// Resolves when the opt-out is durable. Returns the campaigns in which something was stopped.
    ///
    /// # Errors
    /// The database's, after every attempt; while the server ends.
    pub(super) async fn write(&self, one: OptOut) -> anyhow::Result<Vec<CampaignId>> {
        self.0.submit(one.place.0.0.as_u128(), one).await.map_err(|no| match no {
            NoVerdict::Closed => anyhow::anyhow!("the server ends"),
            NoVerdict::Failed(error) => error.into(),
        })
    }

    /// Takes no more, writes those that wait, and ends.
    pub async fn end(&self) {
        self.0.end().await;
    }
}

struct Together;

impl Group for Together {
    type Job = OptOut;
    type Verdict = Vec<CampaignId>;
    type Error = sqlx::Error;

    async fn write(&mut self, tx: &mut Tx, jobs: &[OptOut]) -> sqlx::Result<Written<Vec<CampaignId>>> {
        let mut stopped = Vec::with_capacity(jobs.len());
        for OptOut { place, mail, scope, at } in jobs {
            stopped.push(opt_out(tx, *place, mail, *scope, *at).await?);
        }
        Ok(Written::Commit(stopped))
    }

    fn is_contention(error: &sqlx::Error) -> bool {
        is_contention(error)
    }
}
