//! Who: ids of users and workspaces.

crate::id!(
    /// A person who can sign in.
    UserId
);
crate::id!(
    /// The tenant: owns credits, campaigns and leads.
    WorkspaceId
);
