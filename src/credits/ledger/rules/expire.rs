//! Credits whose time is over (rules C13 and C14).

use crate::{
    accounts::WorkspaceId,
    credits::{
        Actor, CreditError, Credits,
        ledger::{
            account_state::{AccountState, Entry, add},
            read_set::ReadSet,
            store,
            transfer::TransferKind,
        },
    },
    server::{
        clock::Instant,
        db::{Db, Tx},
    },
};

/// Workspaces looked at in one round of the sweep.
const SWEEP_MAX: i64 = 200;

/// Takes what is left in lots past their date out of the balance, as movements that everybody can see. Held credits do
/// not expire. Doing it again changes nothing.
pub async fn expire(tx: &mut Tx, workspace: WorkspaceId, at: Instant) -> Result<(), CreditError> {
    AccountState::open(tx, workspace, &ReadSet::default(), at).await?.close(tx).await.map(drop)
}

/// Expires what is due in every workspace, one transaction each. Returns the workspaces that lost credits.
///
/// Movements expire what is due in their own workspace before anything else, so the sweep only serves those where
/// nothing moves. A workspace whose rows contradict each other keeps no other one waiting.
///
/// # Errors
/// The database's.
pub async fn expire_everywhere(db: &Db, at: Instant) -> Result<Vec<WorkspaceId>, CreditError> {
    let due = store::workspaces_with_due_lots(&mut db.read().await?, at, SWEEP_MAX).await?;
    let mut expired = Vec::with_capacity(due.len());
    for workspace in &due {
        let mut tx = db.write().await?;
        match expire(&mut tx, *workspace, at).await {
            Ok(()) => {}
            Err(CreditError::Inconsistent(inconsistency)) => {
                inconsistency.log();
                continue;
            }
            Err(error) => return Err(error),
        }
        tx.commit().await?;
        expired.push(*workspace);
    }
    Ok(expired)
}

impl AccountState {
    /// Expires what is left of every lot past its date.
    pub(crate) fn expire_due(&mut self) -> Result<(), CreditError> {
        let at = self.at;
        let due: Vec<_> =
            self.lots.values().filter(|lot| lot.is_expired(at) && !lot.remaining.is_zero()).map(|lot| lot.id).collect();
        for id in due {
            let lot = self.known_lot(id)?;
            self.check_account(TransferKind::Expiry, lot.remaining)?;
            let lot = self.lot(id)?;
            let amount = lot.remaining;
            lot.remaining = Credits::ZERO;
            add(&mut lot.expired, amount)?;
            let (key, reason) = (format!("expiry:{id}"), "Not used before its date");
            self.post(Entry::new(TransferKind::Expiry, id, amount, Actor::System, reason, key))?;
        }
        Ok(())
    }
}
