//! Who: ids of users and workspaces.

crate::ids::id!(
    /// A person who can sign in.
    UserId
);
crate::ids::id!(
    /// The tenant: owns credits, campaigns and leads.
    WorkspaceId
);
