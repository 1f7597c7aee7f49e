//! One change of a list. It names no one: a person is a keyed hash, all else are ids.

use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use uuid::Uuid;

use crate::{
    accounts::WorkspaceId,
    server::clock::Instant,
    suppression::{Key, Reason, SubjectKind, list::SuppressionId},
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Someone came onto the list of a workspace.
    Added(Added),
    /// A row was taken off the list.
    Removed { workspace: WorkspaceId, id: SuppressionId },
    /// A person objected, for every workspace.
    Objected { key: Key, at: Instant },
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    pub workspace: WorkspaceId,
    pub id: SuppressionId,
    pub key: Key,
    pub kind: SubjectKind,
    pub reason: Reason,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub campaign: Option<Uuid>,
    /// The mail that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Uuid>,
    pub at: Instant,
}

/// A change as it waits in the database.
#[derive(Debug, FromRow)]
pub struct Waiting {
    pub number: i64,
    what: String,
    workspace_id: Option<WorkspaceId>,
    suppression_id: Option<SuppressionId>,
    key: Option<Key>,
    kind: Option<SubjectKind>,
    reason: Option<Reason>,
    campaign_id: Option<Uuid>,
    cause_id: Option<Uuid>,
    at: Option<Instant>,
}

impl Waiting {
    /// The columns of a row.
    pub const COLUMNS: &str =
        "number, what, workspace_id, suppression_id, key, kind, reason, campaign_id, cause_id, at";

    /// The change; `None` when the row holds less than its kind needs, which the triggers never write.
    pub fn change(&self) -> Option<Change> {
        match self.what.as_str() {
            "added" => Some(Change::Added(Added {
                workspace: self.workspace_id?,
                id: self.suppression_id?,
                key: self.key?,
                kind: self.kind?,
                reason: self.reason?,
                campaign: self.campaign_id,
                cause: self.cause_id,
                at: self.at?,
            })),
            "removed" => Some(Change::Removed { workspace: self.workspace_id?, id: self.suppression_id? }),
            "objected" => Some(Change::Objected { key: self.key?, at: self.at? }),
            _ => None,
        }
    }
}
