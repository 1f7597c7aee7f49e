//! The leads of a campaign as CSV (RFC 4180), streamed in pages.

use axum::body::{Body, Bytes};
use futures::Stream;

use super::list::{self, Lead, LeadQuery, Sort};
use crate::{
    accounts::WorkspaceId,
    credits::CampaignId,
    server::{
        csv::{first_line, line, plain},
        db::Db,
    },
};

/// Rows read at once.
const PAGE: i64 = 1_000;

const HEADINGS: [&str; 18] = [
    "First name",
    "Last name",
    "Email",
    "Email status",
    "Job title",
    "Seniority",
    "Departments",
    "Company",
    "Website",
    "Company size",
    "Industry",
    "City",
    "Region",
    "Country",
    "LinkedIn",
    "Phone",
    "Source",
    "Delivered at",
];

/// Every lead the query finds, oldest first. Those that are hidden are left out: reveal them first.
pub fn export(db: Db, workspace: WorkspaceId, campaign: CampaignId, query: LeadQuery) -> Body {
    Body::from_stream(pages(db, workspace, campaign, LeadQuery { sort: Sort::Delivered, descending: false, ..query }))
}

fn pages(
    db: Db,
    workspace: WorkspaceId,
    campaign: CampaignId,
    query: LeadQuery,
) -> impl Stream<Item = sqlx::Result<Bytes>> {
    let headings = first_line(HEADINGS.map(str::to_owned));
    futures::stream::try_unfold((Some(0), Some(headings)), move |(offset, headings)| {
        let (db, query) = (db.clone(), query.clone());
        async move {
            let Some(start) = offset else { return Ok(None) };
            let mut tx = db.read().await?;
            let leads = list::leads(&mut tx, workspace, campaign, &query, start, PAGE).await?;
            let mut text = headings.unwrap_or_default();
            leads.iter().filter(|lead| lead.is_revealed()).for_each(|lead| text.push_str(&row(lead)));
            let next = (i64::try_from(leads.len()).unwrap_or(0) == PAGE).then_some(start + PAGE);
            Ok(Some((Bytes::from(text), (next, None))))
        }
    })
}

fn row(lead: &Lead) -> String {
    let departments = lead.departments.iter().map(|one| one.label()).collect::<Vec<_>>().join(", ");
    line([
        plain(&lead.first_name),
        plain(&lead.last_name),
        plain(&lead.address()),
        lead.email_status.label().to_owned(),
        plain(&lead.title),
        lead.seniority.map(|one| one.label().to_owned()).unwrap_or_default(),
        departments,
        plain(&lead.company),
        plain(&lead.domain),
        lead.size(),
        plain(&lead.industry),
        plain(&lead.city),
        plain(&lead.region),
        plain(&lead.country),
        plain(lead.profile()),
        plain(lead.phone_number()),
        plain(&lead.source_name),
        lead.delivered_at.rfc3339(),
    ])
}
