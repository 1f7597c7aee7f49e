//! The contacts a workspace owns, kept at hand while somebody describes an audience.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    accounts::WorkspaceId,
    credits::CampaignId,
    directory::{ContactId, Contacts},
    on,
    server::db::Tx,
};

/// Workspaces whose contacts are kept.
const WORKSPACES_MAX: usize = 100;

/// What the workspace owns changes only with a credit movement (every delivery and every return is one) or with a batch of
/// an own list: the same two numbers mean the same contacts.
type State = (i64, i64);

/// The contacts that a workspace owns.
#[derive(Debug, Clone)]
pub struct Owned {
    pub all: Contacts,
    /// Those that are in each campaign.
    pub by_campaign: Arc<HashMap<CampaignId, Contacts>>,
}

/// Owned contacts by workspace, with its state before they were read.
#[derive(Debug, Clone, Default)]
pub struct OwnedContacts(Arc<Mutex<HashMap<WorkspaceId, (State, Owned)>>>);

impl OwnedContacts {
    /// The contacts of leads that the workspace has and did not return.
    pub async fn of(&self, tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Owned> {
        let state: State = on!(&mut *tx, c => sqlx::query_as(
            "select coalesce((select next_seq from credit_accounts where workspace_id = $1), 0),
                 cast(coalesce((select sum(changes) from own_lists where workspace_id = $1), 0) as bigint)")
            .bind(workspace).fetch_one(c).await)?;
        if let Some((_, owned)) = self.kept().get(&workspace).filter(|(known, _)| *known == state) {
            return Ok(owned.clone());
        }
        let ids: Vec<ContactId> = on!(&mut *tx, c => sqlx::query_scalar(
            "select contact_id from leads where workspace_id = $1 and returned_at is null and contact_id is not null")
            .bind(workspace).fetch_all(c).await)?;
        let members: Vec<(CampaignId, ContactId)> = on!(tx, c => sqlx::query_as(
            "select m.campaign_id, l.contact_id from campaign_leads m
             join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
             where m.workspace_id = $1 and l.returned_at is null and l.contact_id is not null")
            .bind(workspace).fetch_all(c).await)?;
        let mut ids_of: HashMap<CampaignId, Vec<ContactId>> = HashMap::new();
        for (campaign, contact) in members {
            ids_of.entry(campaign).or_default().push(contact);
        }
        let by_campaign = ids_of.into_iter().map(|(campaign, ids)| (campaign, Contacts::of(&ids))).collect();
        let owned = Owned { all: Contacts::of(&ids), by_campaign: Arc::new(by_campaign) };
        let mut kept = self.kept();
        if kept.len() >= WORKSPACES_MAX {
            kept.clear();
        }
        kept.insert(workspace, (state, owned.clone()));
        Ok(owned)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, HashMap<WorkspaceId, (State, Owned)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
