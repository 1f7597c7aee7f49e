//! The SQL of delivered leads.

use std::collections::HashMap;

use serde::Serialize;
use sqlx::types::{Json, Uuid};

use super::lead_request::LeadRequest;
use crate::{
    accounts::WorkspaceId,
    campaigns::{ids::LeadId, membership},
    credits::Credits,
    directory::{Contact, ContactId},
    on,
    server::{batches::batches, clock::Instant, db::Tx, inconsistency::Inconsistency},
};

/// Which of these addresses the workspace owns, each with the request or own list that brought it. Asked one by one and in the
/// order of the addresses, which only their index has: else Postgres goes through every lead of a workspace that it has no
/// statistics of yet.
pub(crate) async fn owned(
    tx: &mut Tx,
    workspace: WorkspaceId,
    emails: impl Iterator<Item = &str>,
) -> sqlx::Result<HashMap<String, Uuid>> {
    let mut found = HashMap::new();
    for emails in batches(emails.map(|email| [email]))? {
        let some: Vec<(String, Option<Uuid>)> = on!(&mut *tx, c => sqlx::query_as(
            "select value ->> 0, (select coalesce(l.request_id, l.list_id) from leads l
                 where l.workspace_id = $1 and l.email >= value ->> 0 and l.email <= value ->> 0 and l.returned_at is null
                 order by l.email limit 1)
             from json_each($2)")
            .bind(workspace).bind(Json(emails)).fetch_all(c).await)?;
        found.extend(some.into_iter().filter_map(|(email, brought_by)| Some((email, brought_by?))));
    }
    Ok(found)
}

/// Somebody about to be delivered.
#[derive(Debug, Clone)]
pub(crate) struct Deliverable {
    pub id: ContactId,
    search_text: String,
}

impl From<&Contact> for Deliverable {
    fn from(contact: &Contact) -> Self {
        Self { id: contact.id, search_text: search_text(contact) }
    }
}

/// A lead as its statement takes it; the rest is copied from the contact.
#[derive(Serialize)]
struct NewLead<'a> {
    lead_id: LeadId,
    contact_id: ContactId,
    search_text: &'a str,
    /// The number of the movement that paid for it.
    charge_seq: i64,
}

/// What the search box looks through; the address comes to it when the lead is revealed.
pub(crate) fn search_text(contact: &Contact) -> String {
    [&contact.name(), &contact.title, &contact.company].map(String::as_str).join(" ").to_lowercase()
}

/// Copies contacts, as they are now, into the workspace and its campaign, each with the movement that paid for it, its price, and the data
/// set it came with.
///
/// # Errors
/// An [`Inconsistency`] when one of them could not be added: the caller has made sure that nobody is owned.
pub(crate) async fn insert_leads(
    tx: &mut Tx,
    request: &LeadRequest,
    contacts: &[Deliverable],
    paid_by: &[i64],
    price: Credits,
    at: Instant,
) -> sqlx::Result<()> {
    let leads = contacts.iter().zip(paid_by).map(|(contact, charge)| NewLead {
        lead_id: LeadId::new(),
        contact_id: contact.id,
        search_text: &contact.search_text,
        charge_seq: *charge,
    });
    for leads in batches(leads)? {
        let wanted = leads.len();
        let added: Vec<(LeadId,)> = on!(&mut *tx, c => sqlx::query_as(
            "insert into leads (workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name,
                 last_name, title, seniority, departments, company, domain, size_min, size_max, industry, country, region,
                 city, linkedin, phone, search_text, charge_seq, delivered_at, price, import_id)
             with rows as materialized (select value from json_each($5))
             select $1, unhex(value ->> 'lead_id', '-'), p.email, p.id, $2, p.source_id, p.email_status, p.first_name,
                 p.last_name, p.title, p.seniority, p.departments, p.company, p.domain, p.size_min, p.size_max, p.industry,
                 p.country, p.region, p.city, p.linkedin, p.phone, value ->> 'search_text',
                 cast(value ->> 'charge_seq' as bigint), $3, $4, p.import_id
             from rows join contacts p on p.id = cast(value ->> 'contact_id' as bigint) where true order by p.id
             on conflict (workspace_id, email) where returned_at is null do nothing returning id")
            .bind(request.workspace_id).bind(request.id).bind(at).bind(price).bind(Json(leads)).fetch_all(c).await)?;
        if added.len() != wanted {
            return Err(left_out(tx, request, contacts).await?.into());
        }
        let added = added.into_iter().map(|(lead,)| lead);
        membership::enter(tx, request.workspace_id, request.campaign_id, None, added, at).await?;
    }
    Ok(())
}

/// Which of `contacts` was not added: it is not in the directory, or the workspace owns its address.
async fn left_out(tx: &mut Tx, request: &LeadRequest, contacts: &[Deliverable]) -> sqlx::Result<Inconsistency> {
    let added: Vec<ContactId> = on!(tx, c => sqlx::query_scalar(
        "select contact_id from leads where workspace_id = $1 and request_id = $2 and contact_id is not null")
        .bind(request.workspace_id).bind(request.id).fetch_all(c).await)?;
    let missing = contacts.iter().find(|contact| !added.contains(&contact.id)).map(|contact| contact.id.to_string());
    Ok(Inconsistency::new("leads", "contact_id", missing.unwrap_or_default()))
}
