//! People who were erased, or objected, after the day that a database is from: it has their data again, and what they asked for is done
//! once more. Only keyed hashes of them are known, so everyone who is there is hashed and compared.

use std::collections::HashSet;

use super::{By, Erased, Reach, erase, leave_alone};
use crate::{
    accounts::{WorkspaceId, audit},
    campaigns::ids::LeadId,
    directory::ContactId,
    email::Email,
    on,
    server::{clock::Instant, db::Tx},
    suppression::{Key, SuppressionKeys},
};

/// Rows that are read at once.
const ROWS: i64 = 5_000;

/// Erases these people in their workspaces, and takes those who objected out of the directory and ends what would be sent to them. Returns
/// how many could not be erased, because a mail to them was leaving when the copy was made.
///
/// # Errors
/// The database's.
pub async fn again(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    erased: &HashSet<(WorkspaceId, Key)>,
    objected: &HashSet<Key>,
    at: Instant,
) -> sqlx::Result<usize> {
    let mut left = 0;
    let workspaces: HashSet<WorkspaceId> = erased.iter().map(|(workspace, _)| *workspace).collect();
    for workspace in workspaces {
        let here = erased.iter().filter(|(of, _)| *of == workspace).map(|(_, key)| *key).collect();
        for email in leads(tx, workspace, keys, &here).await? {
            let wanted = (Reach::Workspace(workspace), By::Actor(audit::Actor::System));
            left += usize::from(erase(tx, keys, wanted, &email, at).await? == Erased::Sending);
        }
    }
    if !objected.is_empty() {
        for email in contacts(tx, keys, objected).await? {
            leave_alone(tx, keys, &email, at).await?;
        }
    }
    Ok(left)
}

/// The addresses of the leads of a workspace that have one of these keys.
async fn leads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    keys: &SuppressionKeys,
    wanted: &HashSet<Key>,
) -> sqlx::Result<Vec<Email>> {
    let (mut found, mut after) = (Vec::new(), LeadId(uuid::Uuid::nil()));
    loop {
        let rows: Vec<(LeadId, String)> = on!(&mut *tx, c => sqlx::query_as(
            "select id, email from leads where workspace_id = $1 and id > $2 order by id limit $3")
            .bind(workspace).bind(after).bind(ROWS).fetch_all(c).await)?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        after = *last;
        found.extend(rows.iter().filter_map(|(_, email)| theirs(keys, wanted, email)));
    }
}

/// The addresses in the directory that have one of these keys.
async fn contacts(tx: &mut Tx, keys: &SuppressionKeys, wanted: &HashSet<Key>) -> sqlx::Result<Vec<Email>> {
    let (mut found, mut after) = (Vec::new(), ContactId(0));
    loop {
        let rows: Vec<(ContactId, String)> = on!(&mut *tx, c => sqlx::query_as(
            "select id, email from contacts where id > $1 order by id limit $2")
            .bind(after).bind(ROWS).fetch_all(c).await)?;
        let Some((last, _)) = rows.last() else { return Ok(found) };
        after = *last;
        found.extend(rows.iter().filter_map(|(_, email)| theirs(keys, wanted, email)));
    }
}

fn theirs(keys: &SuppressionKeys, wanted: &HashSet<Key>, email: &str) -> Option<Email> {
    email.parse().ok().filter(|email| wanted.contains(&keys.canonical(email)))
}
