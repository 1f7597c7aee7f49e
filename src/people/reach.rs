//! Whose knowledge of a person is meant.

use crate::accounts::WorkspaceId;

/// A workspace answers for what it keeps; the operator, and the person themselves, for the directory and every workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    Instance,
    Workspace(WorkspaceId),
}

impl Reach {
    /// The only workspace, for conditions such as `$2 is null or workspace_id = $2`.
    pub(super) fn workspace(self) -> Option<WorkspaceId> {
        match self {
            Self::Instance => None,
            Self::Workspace(workspace) => Some(workspace),
        }
    }
}
