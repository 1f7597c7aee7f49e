//! Keeping what a source sent: its contacts become part of the directory before anybody gets them.

use std::collections::{HashMap, HashSet};

use crate::{
    directory::{
        Contact, ContactId, EmailStatus,
        contacts::store::{self, StoredContact, Written},
        ids::SourceId,
        imports::merge,
    },
    server::{clock::Instant, db::Tx},
};

/// Stores the contacts of one page, each address once, and answers their ids in the page's order. What is known already is
/// joined: the page's values win, its silence changes nothing.
pub async fn keep(tx: &mut Tx, page: &[Contact], source: SourceId, at: Instant) -> sqlx::Result<Vec<ContactId>> {
    // Taking the directory's row first keeps other writers out, so what is looked up stays true.
    store::advance_counters(tx, 0, 0).await?;
    let mut once = HashSet::new();
    let page: Vec<&Contact> = page.iter().filter(|contact| once.insert(contact.email.as_str())).collect();
    let emails: Vec<&str> = page.iter().map(|contact| contact.email.as_str()).collect();
    let known = store::contacts_by_email(tx, &emails).await?;
    let known: HashMap<&str, &StoredContact> = known.iter().map(|one| (one.contact.email.as_str(), one)).collect();
    let new = page.len() - known.len();
    let whole = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let before = store::advance_counters(tx, whole(new), whole(page.len())).await?;
    let mut next = before.last_contact;
    let contacts: Vec<Contact> = page
        .into_iter()
        .map(|told| match known.get(told.email.as_str()) {
            Some(held) => merge(&held.contact, told, told.email_status != EmailStatus::Unknown),
            None => {
                next += 1;
                Contact { id: ContactId(next), ..told.clone() }
            }
        })
        .collect();
    store::put_contacts(tx, &contacts, before.last_revision, Written { source, import: None, at }).await?;
    Ok(contacts.iter().map(|contact| contact.id).collect())
}
