//! At most so many people of one company in one request: `criteria.per_company`.

use std::collections::{BTreeSet, HashMap};

use super::lead_request::LeadRequest;
use crate::{
    directory::{Contact, fold},
    on,
    server::db::Tx,
};

/// How many people of each company the request has delivered, and how many it may.
#[derive(Debug, Default)]
pub(crate) struct CompanyLimit {
    most: Option<i64>,
    delivered: HashMap<String, i64>,
}

/// A company is its domain, or its name where no domain is known.
fn company_of(domain: &str, name: &str) -> String {
    if domain.is_empty() { format!("name {}", fold(name)) } else { domain.to_owned() }
}

impl CompanyLimit {
    /// The limit of `request`, with what it has delivered of the companies of `contacts`. Call it with the account locked.
    pub async fn of(tx: &mut Tx, request: &LeadRequest, contacts: &[Contact]) -> sqlx::Result<Self> {
        let Some(most) = request.criteria.per_company else { return Ok(Self::default()) };
        let mut rows = Vec::new();
        let domains: BTreeSet<&str> =
            contacts.iter().map(|one| one.domain.as_str()).filter(|one| !one.is_empty()).collect();
        if !domains.is_empty() {
            rows.extend(by_domain(tx, request, domains.into_iter().map(str::to_owned).collect()).await?);
        }
        if contacts.iter().any(|contact| contact.domain.is_empty()) {
            rows.extend(without_domain(tx, request).await?);
        }
        let mut delivered = HashMap::new();
        for (domain, name, people) in rows {
            *delivered.entry(company_of(&domain, &name)).or_default() += people;
        }
        Ok(Self { most: Some(i64::from(most)), delivered })
    }

    /// Whether one more of this company may be delivered; counts them if so. Somebody without any company always may.
    pub fn admits(&mut self, contact: &Contact) -> bool {
        let Some(most) = self.most else { return true };
        if contact.domain.is_empty() && contact.company.trim().is_empty() {
            return true;
        }
        let people = self.delivered.entry(company_of(&contact.domain, &contact.company)).or_default();
        let admitted = *people < most;
        *people += i64::from(admitted);
        admitted
    }
}

async fn by_domain(
    tx: &mut Tx,
    request: &LeadRequest,
    domains: Vec<String>,
) -> sqlx::Result<Vec<(String, String, i64)>> {
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("select domain, '', count(*) from leads where workspace_id = ");
        query.push_bind(request.workspace_id).push(" and request_id = ").push_bind(request.id)
            .push(" and domain <> '' and domain in (");
        let mut list = query.separated(", ");
        for domain in domains {
            list.push_bind(domain);
        }
        query.push(") group by domain");
        query.build_query_as().fetch_all(c).await
    })
}

async fn without_domain(tx: &mut Tx, request: &LeadRequest) -> sqlx::Result<Vec<(String, String, i64)>> {
    on!(tx, c => sqlx::query_as(
        "select domain, company, count(*) from leads where workspace_id = $1 and request_id = $2 and domain = ''
         group by domain, company")
        .bind(request.workspace_id).bind(request.id).fetch_all(c).await)
}
