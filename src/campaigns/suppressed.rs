//! Which people a workspace must not source.

use std::collections::HashSet;

use crate::{
    accounts::WorkspaceId,
    directory::Contact,
    server::db::Tx,
    suppression::{self, Key, SuppressionKeys},
};

/// Returns the addresses of those who are suppressed: by their mailbox, or by the domain of the address or of the company.
///
/// # Errors
/// Only the database's.
pub async fn suppressed<'a>(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    contacts: &[&'a Contact],
) -> sqlx::Result<HashSet<&'a str>> {
    let people: Vec<(&'a str, [Key; 3])> = contacts
        .iter()
        .map(|contact| {
            let [person, domain] = keys.of_recipient(&contact.email);
            (contact.email.as_str(), [person, domain, keys.domain(&contact.domain)])
        })
        .collect();
    let listed = suppression::suppressed(tx, workspace, people.iter().flat_map(|(_, keys)| *keys).collect()).await?;
    let is_listed = |(_, keys): &&(&str, [Key; 3])| keys.iter().any(|key| listed.contains(key));
    Ok(people.iter().filter(is_listed).map(|(email, _)| *email).collect())
}
