//! Corrections by the operator: credits given or taken back, with the reason that the workspace reads on its statement
//! (rule C25).

use crate::{
    accounts::{UserId, WorkspaceId, audit},
    credits::{Actor, CreditError, Credits, Deed, Grant, LotKind, Movement, Revoke},
    server::{clock::Instant, db::Tx},
    ui::credits_text,
};

/// A correction and its line in the audit log. Its output says whether it was made now, or before under the same key.
#[derive(Debug, Clone)]
pub struct Adjustment {
    pub workspace: WorkspaceId,
    pub change: Change,
    pub credits: Credits,
    pub reason: String,
    /// Who is signed in; `None` on the command line.
    pub operator: Option<UserId>,
    /// Unique among the corrections of the workspace: the same key corrects once.
    pub key: String,
    pub at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    Add,
    Revoke,
}

impl Deed for Adjustment {
    const WRITES: bool = false;
    type Prepared = ();
    type Output = bool;
    type Error = CreditError;

    fn workspace(&self) -> WorkspaceId {
        self.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, _: &mut Tx) -> Result<((), Vec<Movement>), CreditError> {
        let (credits, reason, actor) = (self.credits, self.reason.clone(), Actor::Operator(self.operator));
        let key = format!("operator:{}", self.key);
        let movement = match self.change {
            Change::Add => {
                let (kind, expires_at, order) = (LotKind::Operator, None, None);
                Movement::Grant(Grant { kind, credits, expires_at, order, reason, actor, key })
            }
            Change::Revoke => Movement::Revoke(Revoke { order: None, credits, reason, actor, key }),
        };
        Ok(((), vec![movement]))
    }

    async fn conclude(&self, tx: &mut Tx, (): (), moved: &[Credits]) -> Result<bool, CreditError> {
        let is_new = moved.iter().any(|credits| !credits.is_zero());
        if is_new {
            let action = match self.change {
                Change::Add => "Added credits",
                Change::Revoke => "Took credits back",
            };
            let (actor, subject) = (audit::Actor::Operator(self.operator), credits_text(self.credits.get()));
            audit::record(tx, self.workspace, actor, action, &subject, &self.reason, self.at).await?;
        }
        Ok(is_new)
    }
}

/// Credits for a test, in its own transaction.
#[cfg(test)]
pub async fn grant_by_operator(
    tx: &mut Tx,
    workspace: WorkspaceId,
    credits: Credits,
    reason: &str,
    operator: Option<UserId>,
    key: &str,
    at: Instant,
) -> Result<bool, CreditError> {
    let (reason, key, change) = (reason.to_owned(), key.to_owned(), Change::Add);
    super::deed::join(tx, &Adjustment { workspace, change, credits, reason, operator, key, at }).await
}
