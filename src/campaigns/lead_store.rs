//! The SQL of delivered leads.

use std::collections::HashSet;

use super::lead_request::LeadRequest;
use crate::{
    accounts::WorkspaceId,
    credits::Credits,
    leads::{Contact, ContactId},
    on,
    server::{clock::Instant, db::Tx},
};

/// Which of these addresses the workspace owns.
pub(super) async fn owned(tx: &mut Tx, workspace: WorkspaceId, emails: &[&str]) -> sqlx::Result<HashSet<String>> {
    among(
        tx,
        workspace,
        "select email from leads where returned_at is null and workspace_id = ",
        "email",
        emails.iter().map(|email| (*email).to_owned()).collect(),
    )
    .await
}

/// Which of these addresses this very request delivered.
pub(super) async fn owned_by_request(
    tx: &mut Tx,
    request: &LeadRequest,
    emails: &[&str],
) -> sqlx::Result<HashSet<String>> {
    let found: Vec<String> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("select email from leads where returned_at is null and workspace_id = ");
        query.push_bind(request.workspace_id).push(" and request_id = ").push_bind(request.id).push(" and email in (''");
        for email in emails {
            query.push(", ").push_bind((*email).to_owned());
        }
        query.push(")");
        query.build_query_scalar().fetch_all(c).await
    })?;
    Ok(found.into_iter().collect())
}

/// Which of these people the workspace must not write to: by address or by domain.
pub(super) async fn suppressed(
    tx: &mut Tx,
    workspace: WorkspaceId,
    contacts: &[&Contact],
) -> sqlx::Result<HashSet<String>> {
    let domains_of = |contact: &Contact| [contact.email.domain().to_owned(), contact.domain.clone()];
    let mut values: Vec<String> = contacts.iter().map(|contact| contact.email.as_str().to_owned()).collect();
    values.extend(contacts.iter().flat_map(|contact| domains_of(contact)));
    let listed = among(tx, workspace, "select value from suppressions where workspace_id = ", "value", values).await?;
    let is_listed = |contact: &&&Contact| {
        listed.contains(contact.email.as_str()) || domains_of(contact).iter().any(|domain| listed.contains(domain))
    };
    Ok(contacts.iter().filter(is_listed).map(|contact| contact.email.as_str().to_owned()).collect())
}

/// The values of `column` that are in the list. The caller gives the statement's fixed beginning.
async fn among(
    tx: &mut Tx,
    workspace: WorkspaceId,
    select: &'static str,
    column: &'static str,
    values: Vec<String>,
) -> sqlx::Result<HashSet<String>> {
    if values.is_empty() {
        return Ok(HashSet::new());
    }
    let found: Vec<String> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(select);
        query.push_bind(workspace).push(" and ").push(column).push(" in (");
        let mut list = query.separated(", ");
        for value in values {
            list.push_bind(value);
        }
        query.push(")");
        query.build_query_scalar().fetch_all(c).await
    })?;
    Ok(found.into_iter().collect())
}

/// Somebody about to be delivered.
#[derive(Debug, Clone)]
pub(super) struct Deliverable {
    pub id: ContactId,
    search_text: String,
}

impl From<&Contact> for Deliverable {
    fn from(contact: &Contact) -> Self {
        Self { id: contact.id, search_text: search_text(contact) }
    }
}

/// What the search box looks through.
pub(super) fn search_text(contact: &Contact) -> String {
    let texts = [&contact.name(), contact.email.as_str(), &contact.title, &contact.company];
    texts.join(" ").to_lowercase()
}

/// Copies contacts, as they are now, into the workspace and its campaign, each with the movement that paid for it, its price, and the data
/// set it came with.
///
/// # Errors
/// [`sqlx::Error::RowNotFound`] when one of them could not be added: the caller has made sure that nobody is owned.
pub(super) async fn insert_leads(
    tx: &mut Tx,
    request: &LeadRequest,
    contacts: &[Deliverable],
    paid_by: &[i64],
    price: Credits,
    at: Instant,
) -> sqlx::Result<()> {
    if contacts.is_empty() {
        return Ok(());
    }
    let added: Vec<uuid::Uuid> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("with picked (contact_id, lead_id, search_text, charge_seq) as (");
        query.push_values(contacts.iter().zip(paid_by), |mut row, (contact, charge)| {
            row.push_bind(contact.id).push_bind(uuid::Uuid::now_v7()).push_bind(contact.search_text.as_str())
                .push_bind(*charge);
        });
        query.push(") insert into leads (workspace_id, id, email, contact_id, request_id, source_id, email_status, first_name,
                last_name, title, seniority, departments, company, domain, size_min, size_max, industry, country, region,
                city, linkedin, phone, search_text, charge_seq, delivered_at,
                price, import_id)
            select ").push_bind(request.workspace_id).push(", k.lead_id, p.email, p.id, ").push_bind(request.id)
            .push(", p.source_id, p.email_status, p.first_name, p.last_name, p.title, p.seniority, p.departments, p.company,
                p.domain, p.size_min, p.size_max, p.industry, p.country, p.region, p.city, p.linkedin, p.phone, k.search_text,
                k.charge_seq, ")
            .push_bind(at).push(", ").push_bind(price).push(", p.import_id")
            .push(" from picked k join contacts p on p.id = k.contact_id where true order by p.id
            on conflict (workspace_id, email) where returned_at is null do nothing returning id");
        query.build_query_scalar().fetch_all(c).await
    })?;
    if added.len() != contacts.len() {
        return Err(sqlx::Error::RowNotFound);
    }
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "insert into campaign_leads (workspace_id, campaign_id, lead_id, added_at) ");
        query.push_values(&added, |mut row, lead| {
            row.push_bind(request.workspace_id).push_bind(request.campaign_id).push_bind(*lead).push_bind(at);
        });
        query.build().execute(c).await.map(drop)
    })
}
