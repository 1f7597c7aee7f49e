//! What the texts of a campaign can say about its leads: the values of some, and how many leads have each field.

use std::collections::{BTreeMap, HashMap};

use sqlx::types::Json;

use super::values::{LeadFields, Values};
use crate::{
    accounts::WorkspaceId,
    campaigns::{ids::LeadId, lists::is_present},
    ids::CampaignId,
    on,
    server::{batches::VALUES_PER_STATEMENT, db::Tx},
};

/// A lead as texts need it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LeadValues {
    pub fields: LeadFields,
    /// The columns of the list that brought it.
    pub columns: BTreeMap<String, String>,
}

impl LeadValues {
    /// With the name of who writes: all that a template needs.
    pub fn values(&self, sender_name: &str) -> Values {
        Values::of(&self.fields, &self.columns, sender_name)
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: LeadId,
    #[sqlx(flatten)]
    fields: LeadFields,
    cells: Option<Json<Vec<(String, String)>>>,
}

/// The values of `leads`, by lead. Who does not exist is missing.
///
/// # Errors
/// The database's.
pub async fn values_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[LeadId],
) -> sqlx::Result<HashMap<LeadId, LeadValues>> {
    let mut found = HashMap::with_capacity(leads.len());
    for leads in leads.chunks(VALUES_PER_STATEMENT) {
        let rows: Vec<Row> = on!(&mut *tx, c => {
            let mut query = sqlx::QueryBuilder::new(
                "select l.id, l.first_name, l.last_name, l.title, l.company, l.domain, l.city, l.region, l.country, l.industry, k.cells
                 from leads l
                 left join lead_columns k on k.workspace_id = l.workspace_id and k.lead_id = l.id
                 where l.workspace_id = ");
            query.push_bind(workspace).push(" and l.id in (");
            let mut values = query.separated(", ");
            for lead in leads {
                values.push_bind(*lead);
            }
            query.push(")");
            query.build_query_as().fetch_all(c).await
        })?;
        found.extend(rows.into_iter().map(|row| {
            let columns = row.cells.map(|cells| cells.0.into_iter().collect()).unwrap_or_default();
            (row.id, LeadValues { fields: row.fields, columns })
        }));
    }
    Ok(found)
}

/// Leads that are counted: what many thousand have is what all have.
pub const COUNTED_MAX: i64 = 20_000;

/// How many leads of a campaign have each field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Leads that were counted: all of them, or the first [`COUNTED_MAX`].
    pub leads: i64,
    /// By the name of the field; own columns too.
    pub having: BTreeMap<String, i64>,
    /// The names of the leads' own columns.
    pub columns: Vec<String>,
}

impl Coverage {
    /// Leads that have no value for `field`.
    pub fn lacking(&self, field: &str) -> i64 {
        if field == "sender_name" { 0 } else { self.leads - self.having.get(field).copied().unwrap_or(0) }
    }
}

/// The fields of leads that are columns of their table.
const STORED: [&str; 9] =
    ["first_name", "last_name", "title", "company", "domain", "city", "region", "country", "industry"];

/// A condition on leads `l` with their columns `k`: whether a mail would be held back for want of one of `fields`. Nothing when
/// none of them can be missing.
pub(super) fn missing(fields: &[String]) -> Option<String> {
    let lacks = fields.iter().filter(|field| *field != "sender_name").map(|field| match field.as_str() {
        "full_name" => format!("not ({} or {})", said("first_name"), said("last_name")),
        stored if STORED.contains(&stored) => format!("not ({})", said(stored)),
        // A name that a template can hold has letters, numbers and underscores alone.
        own => format!("not exists (select 1 from json_each(k.cells) where value ->> 0 = '{own}')"),
    });
    let lacks: Vec<String> = lacks.collect();
    (!lacks.is_empty()).then(|| lacks.join(" or "))
}

/// Whether a column of leads `l` says something.
fn said(column: &str) -> String {
    is_present(&format!("l.{column}"))
}

/// Counts what the leads of a campaign have.
///
/// # Errors
/// The database's.
pub async fn coverage(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<Coverage> {
    let counts: Vec<String> =
        STORED.map(said).into_iter().chain([format!("({} or {})", said("first_name"), said("last_name"))]).collect();
    let counts: Vec<String> = counts.iter().map(|said| format!("count(case when {said} then 1 end)")).collect();
    let sql = format!(
        "with counted as materialized (select lead_id from campaign_leads where workspace_id = $1 and campaign_id = $2
             order by added_at, lead_id limit {COUNTED_MAX})
         select count(*), {} from counted join leads l on l.workspace_id = $1 and l.id = counted.lead_id",
        counts.join(", ")
    );
    type Counts = (i64, i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
    let counted: Counts = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).fetch_one(c).await)?;
    let (leads, a, b, d, e, f, g, h, i, j, full_name) = counted;
    let having = STORED.into_iter().zip([a, b, d, e, f, g, h, i, j]).chain([("full_name", full_name)]);
    let mut coverage = Coverage {
        leads,
        having: having.map(|(field, leads)| (field.to_owned(), leads)).collect(),
        columns: Vec::new(),
    };
    for (column, leads) in columns(tx, workspace, campaign).await? {
        coverage.having.entry(column.clone()).or_insert(leads);
        coverage.columns.push(column);
    }
    Ok(coverage)
}

/// The own columns of a campaign's leads, each with how many have it.
///
/// # Errors
/// The database's.
pub(super) async fn columns(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
) -> sqlx::Result<Vec<(String, i64)>> {
    on!(tx, c => sqlx::query_as(
        "with counted as materialized (select lead_id from campaign_leads where workspace_id = $1 and campaign_id = $2
             order by added_at, lead_id limit $3),
         cells as materialized (select value from counted
             join lead_columns k on k.workspace_id = $1 and k.lead_id = counted.lead_id, json_each(k.cells))
         select value ->> 0 as name, count(*) as leads from cells group by value ->> 0 order by 1")
        .bind(workspace).bind(campaign).bind(COUNTED_MAX).fetch_all(c).await)
}
