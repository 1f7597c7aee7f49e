//! Which people a workspace must not source.

use std::collections::HashSet;

use crate::{accounts::WorkspaceId, directory::Contact, server::db::Tx, suppression};

/// Returns the addresses of those who are suppressed: by address, or by the domain of the address or of the company.
///
/// # Errors
/// Only the database's.
pub async fn suppressed<'a>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    contacts: &[&'a Contact],
) -> sqlx::Result<HashSet<&'a str>> {
    let values_of = |contact: &&'a Contact| [contact.email.as_str(), contact.email.domain(), contact.domain.as_str()];
    let listed = suppression::suppressed(tx, workspace, contacts.iter().flat_map(values_of).collect()).await?;
    let is_listed = |contact: &&&'a Contact| values_of(contact).iter().any(|value| listed.contains(*value));
    Ok(contacts.iter().filter(is_listed).map(|contact| contact.email.as_str()).collect())
}
