//! Putting people on the suppression list, and stopping what is on its way to them, in one transaction.
//!
//! Mails that were handed over cannot be called back; any other does not leave after the commit: its row is cancelled here, and
//! the guard of a mail about to leave reads the list.

use std::collections::BTreeSet;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::sending::{SEQUENCE, Sequence, Stop, stop},
    server::{batches::VALUES_PER_STATEMENT, clock::Instant, db::Tx},
    suppression::{self, Cause, Key, Reason, Subject, SubjectKind},
};

/// What happened.
#[derive(Debug, Default)]
pub struct Suppressed {
    /// How many were not on the list for this reason before.
    pub added: u64,
    /// The sequences that were stopped, as they were before.
    pub stopped: Vec<Sequence>,
}

impl Suppressed {
    /// The campaigns in which something was stopped.
    pub fn campaigns(&self) -> BTreeSet<CampaignId> {
        self.stopped.iter().map(|sequence| sequence.campaign_id).collect()
    }
}

/// Puts `subjects` on the list and ends the open sequences of these people and companies, in the whole workspace or in the campaign
/// of the cause.
///
/// # Errors
/// Only the database's.
pub async fn suppress(
    tx: &mut Tx,
    workspace: WorkspaceId,
    subjects: &[Subject],
    cause: &Cause,
    at: Instant,
) -> sqlx::Result<Suppressed> {
    let added = suppression::suppress_all(tx, workspace, subjects, cause, at).await?;
    let mut stopped = Vec::new();
    for (kind, column) in [(SubjectKind::Address, "canonical_key"), (SubjectKind::Domain, "domain_key")] {
        let keys: Vec<Key> =
            subjects.iter().filter(|subject| subject.kind == kind).map(|subject| subject.key).collect();
        for keys in keys.chunks(VALUES_PER_STATEMENT) {
            stopped.extend(open_sequences(tx, workspace, column, keys, cause.campaign.map(CampaignId)).await?);
        }
    }
    let leads: Vec<(CampaignId, LeadId)> =
        stopped.iter().map(|sequence: &Sequence| (sequence.campaign_id, sequence.lead_id)).collect();
    stop(tx, workspace, &leads, Stop { code: code_of(cause.reason), actor: cause.by }, at).await?;
    Ok(Suppressed { added, stopped })
}

/// Why their sequences ended.
fn code_of(reason: Reason) -> &'static str {
    match reason {
        Reason::Unsubscribed => "unsubscribed",
        Reason::Complained => "complained",
        Reason::Bounced => "bounced",
        Reason::Person | Reason::Imported | Reason::Erased | Reason::Legal => "suppressed",
    }
}

async fn open_sequences(
    tx: &mut Tx,
    workspace: WorkspaceId,
    column: &'static str,
    keys: &[Key],
    campaign: Option<CampaignId>,
) -> sqlx::Result<Vec<Sequence>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(format!(
            "select {SEQUENCE} from enrolments where state in ('waiting', 'in_flight', 'active', 'held') and workspace_id = "
        ));
        query.push_bind(workspace);
        if let Some(campaign) = campaign {
            query.push(" and campaign_id = ").push_bind(campaign);
        }
        query.push(" and ").push(column).push(" in (");
        let mut values = query.separated(", ");
        for key in keys {
            values.push_bind(*key);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })
}
