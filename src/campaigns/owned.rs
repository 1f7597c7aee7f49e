//! The contacts a workspace owns, kept at hand while somebody describes an audience.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    accounts::WorkspaceId,
    leads::{ContactId, Contacts},
    on,
    server::db::Tx,
};

/// Workspaces whose contacts are kept.
const WORKSPACES_MAX: usize = 100;

/// What the workspace owns changes only with a credit movement (every delivery and every return is one) or with a batch of
/// an own list: the same two numbers mean the same contacts.
type State = (i64, i64);

/// Owned contacts by workspace, with its state before they were read.
#[derive(Debug, Clone, Default)]
pub struct OwnedContacts(Arc<Mutex<HashMap<WorkspaceId, (State, Contacts)>>>);

impl OwnedContacts {
    /// The contacts of leads that the workspace has and did not return.
    pub async fn of(&self, tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Contacts> {
        let state: State = on!(&mut *tx, c => sqlx::query_as(
            "select coalesce((select next_seq from credit_accounts where workspace_id = $1), 0),
                 cast(coalesce((select sum(changes) from own_lists where workspace_id = $1), 0) as bigint)")
            .bind(workspace).fetch_one(c).await)?;
        if let Some((_, contacts)) = self.kept().get(&workspace).filter(|(known, _)| *known == state) {
            return Ok(contacts.clone());
        }
        let ids: Vec<ContactId> = on!(tx, c => sqlx::query_scalar(
            "select contact_id from leads where workspace_id = $1 and returned_at is null and contact_id is not null")
            .bind(workspace).fetch_all(c).await)?;
        let contacts = Contacts::of(&ids);
        let mut kept = self.kept();
        if kept.len() >= WORKSPACES_MAX {
            kept.clear();
        }
        kept.insert(workspace, (state, contacts.clone()));
        Ok(contacts)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, (State, Contacts)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
