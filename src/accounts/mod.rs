//! Who: users, workspaces, members and their rights, sessions and sign-in.

mod browser_session;
mod client;
mod ids;
mod known_device;
mod limits;
pub mod member;
mod next;
mod outbox;
mod pages;
mod password_link;
mod passwords;
mod profile;
mod rights;
mod secret;
mod session_store;
mod sign_in;
mod sign_up;
mod store;
#[cfg(test)]
mod tests;
mod view;
mod wording;

pub use ids::{UserId, WorkspaceId};
pub use member::{Member, Operator};
pub use pages::routes;
pub use rights::{Right, Role};
pub use session_store::session_layer;
