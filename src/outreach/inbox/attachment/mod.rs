//! The files of a mail. They stay in the mailbox: a click fetches one from there.
//!
//! | file | what it is for |
//! |---|---|
//! | `found.rs` | which file of which mail is meant, and where it lies |
//! | `name.rs` | what it is called when it is saved, and as what it is served |
//! | `fetching.rs` | one at a time for each member, a few in all |
//! | `sent.rs` | the answer with the file |

mod fetching;
mod found;
mod name;
mod sent;

pub use fetching::Fetching;
pub(super) use {
    fetching::{Busy, Leave},
    found::{Found, found},
    name::{disposition, served_as},
    sent::body,
};

use super::super::replies::sync::{PartFault, fetch_part};
use crate::{accounts::WorkspaceId, server::app::App};

/// The bytes of a file of a mail.
///
/// # Errors
/// [`PartFault`].
pub(super) async fn bytes(app: &App, workspace: WorkspaceId, found: &Found) -> Result<Vec<u8>, PartFault> {
    let kept = found::kept(&mut app.db.read().await.map_err(anyhow::Error::from)?, workspace, found).await;
    match (kept.map_err(anyhow::Error::from)?, &found.lies) {
        (Some(content), _) => Ok(content),
        (None, Some(lies)) => fetch_part(app, (workspace, found.mailbox), lies, &found.attachment.part).await,
        (None, None) => Err(PartFault::Gone),
    }
}

#[cfg(test)]
mod tests;
