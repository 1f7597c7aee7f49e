//! Who: users, workspaces, members and their rights, sessions and sign-in.

mod ids;
pub mod member;
mod rights;
mod session_store;

pub use ids::{UserId, WorkspaceId};
pub use member::{Member, Operator};
pub use rights::{Right, Role};
pub use session_store::session_layer;
