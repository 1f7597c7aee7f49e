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

/// Owned contacts by workspace, with the number of the credit movement they were read before: every delivery and every
/// return is a movement, so the same number means the same contacts.
#[derive(Debug, Clone, Default)]
pub struct OwnedContacts(Arc<Mutex<HashMap<WorkspaceId, (i64, Contacts)>>>);

impl OwnedContacts {
    /// The contacts of leads that the workspace has and did not return.
    pub async fn of(&self, tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Contacts> {
        let next: Option<i64> = on!(&mut *tx, c => sqlx::query_scalar(
            "select next_seq from credit_accounts where workspace_id = $1").bind(workspace).fetch_optional(c).await)?;
        let next = next.unwrap_or(0);
        if let Some((_, contacts)) = self.kept().get(&workspace).filter(|(seq, _)| *seq == next) {
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
        kept.insert(workspace, (next, contacts.clone()));
        Ok(contacts)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, (i64, Contacts)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
