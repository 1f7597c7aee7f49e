//! The leads of a campaign: filtered, sorted, paged.

use sqlx::types::Json;

use super::hidden::Hidden;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::{LeadId, ListId},
    credits::{CampaignId, RequestId},
    directory::{Department, EmailStatus, Seniority, SizeRange},
    on,
    server::{clock::Instant, db::Tx, error::AppError, form::Form, query::FromQuery},
};

/// The last page that can be opened; further on, filter or export.
const PAGE_MAX: i64 = 2_000;

/// What a list of leads can be sorted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Delivered,
    Name,
    Title,
    Company,
    Country,
}

impl Sort {
    pub const ALL: [(Self, &'static str); 5] = [
        (Self::Delivered, "delivered"),
        (Self::Name, "name"),
        (Self::Title, "title"),
        (Self::Company, "company"),
        (Self::Country, "country"),
    ];

    /// The word in the URL.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(sort, _)| *sort == self).map_or("delivered", |(_, word)| word)
    }

    fn columns(self, direction: &str) -> String {
        let columns: &[&str] = match self {
            Self::Delivered => &["l.delivered_at"],
            Self::Name => &["lower(l.first_name)", "lower(l.last_name)"],
            Self::Title => &["lower(l.title)"],
            Self::Company => &["lower(l.company)"],
            Self::Country => &["l.country", "l.city"],
        };
        columns.iter().chain(&["l.id"]).map(|column| format!("{column} {direction}")).collect::<Vec<_>>().join(", ")
    }
}

/// Where leads are in the sequence of a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum SequenceState {
    Waiting,
    /// Had a mail, and gets another one.
    Active,
    Held,
    Finished,
    Stopped,
}

impl SequenceState {
    pub const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Waiting, "waiting", "Waiting"),
        (Self::Active, "active", "In sequence"),
        (Self::Held, "held", "Held"),
        (Self::Finished, "finished", "Finished"),
        (Self::Stopped, "stopped", "Stopped"),
    ];

    /// The word in the URL.
    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|(state, ..)| *state == self).map_or("", |(_, word, _)| word)
    }

    fn of_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|(_, one, _)| *one == word).map(|(state, ..)| *state)
    }
}

/// What the URL of a list asks for. Unknown words fall back to the default.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeadQuery {
    /// Part of a name, a title, a company or a revealed address.
    pub text: String,
    pub seniority: Option<Seniority>,
    pub request: Option<RequestId>,
    /// Those that an own list put into the campaign.
    pub list: Option<ListId>,
    /// Those whose sequence is in this state.
    pub sequence: Option<SequenceState>,
    pub sort: Sort,
    pub descending: bool,
    /// Whether leads are being picked, to change their sequences.
    pub picking: bool,
    /// From 1.
    pub page: i64,
}

impl FromQuery for LeadQuery {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let text: String = query.text("q").chars().take(100).collect();
        let sort =
            Sort::ALL.iter().find(|(_, word)| *word == query.text("sort")).map_or(Sort::Delivered, |(sort, _)| *sort);
        let descending = match query.text("order") {
            "" => sort == Sort::Delivered,
            order => order == "desc",
        };
        Ok(Self {
            text,
            seniority: Seniority::from_code(query.text("seniority")),
            request: query.text("request").parse().ok(),
            list: query.text("list").parse().ok(),
            sequence: SequenceState::of_word(query.text("sequence")),
            sort,
            descending,
            picking: query.has("pick"),
            page: query.text("page").parse().unwrap_or(1).clamp(1, PAGE_MAX),
        })
    }
}

impl LeadQuery {
    /// The query string of this list, with the page left out unless it is given.
    pub fn address(&self, page: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if !self.text.is_empty() {
            query.append_pair("q", &self.text);
        }
        if let Some(seniority) = self.seniority {
            query.append_pair("seniority", seniority.code());
        }
        if let Some(request) = self.request {
            query.append_pair("request", &request.to_string());
        }
        if let Some(list) = self.list {
            query.append_pair("list", &list.to_string());
        }
        if let Some(sequence) = self.sequence {
            query.append_pair("sequence", sequence.word());
        }
        query.append_pair("sort", self.sort.word()).append_pair("order", if self.descending { "desc" } else { "asc" });
        if self.picking {
            query.append_pair("pick", "1");
        }
        if let Some(page) = page {
            query.append_pair("page", &page.to_string());
        }
        query.finish()
    }

    fn pattern(&self) -> Option<String> {
        let escaped = self.text.to_lowercase().replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        (!escaped.is_empty()).then(|| format!("%{escaped}%"))
    }
}

/// A delivered lead, as it was at delivery.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Lead {
    pub id: LeadId,
    pub email: Hidden,
    pub email_status: EmailStatus,
    pub first_name: String,
    pub last_name: String,
    pub title: String,
    pub seniority: Option<Seniority>,
    pub departments: Json<Vec<Department>>,
    pub company: String,
    pub domain: String,
    pub size_min: Option<i64>,
    pub size_max: Option<i64>,
    pub industry: String,
    pub country: String,
    pub region: String,
    pub city: String,
    pub linkedin: Hidden,
    pub phone: Hidden,
    /// The source, or the file of an own list.
    pub source_name: String,
    /// The own list that brought it for free.
    pub list_id: Option<ListId>,
    pub delivered_at: Instant,
    /// Since when its address is shown; nothing while it is hidden (C17).
    pub revealed_at: Option<Instant>,
    pub returned_at: Option<Instant>,
}

impl Lead {
    /// Whether its address, profile and phone number may be shown: revealed, and not given back.
    pub fn is_revealed(&self) -> bool {
        self.revealed_at.is_some() && self.returned_at.is_none()
    }

    /// The address, masked while it is hidden.
    pub fn address(&self) -> String {
        match self.email.known() {
            email if !email.contains('@') => "Erased".to_owned(),
            email if self.is_revealed() => email.to_owned(),
            _ => self.email.masked(),
        }
    }

    /// The profile; empty while it is hidden.
    pub fn profile(&self) -> &str {
        if self.is_revealed() { self.linkedin.known() } else { "" }
    }

    /// The phone number; empty while it is hidden.
    pub fn phone_number(&self) -> &str {
        if self.is_revealed() { self.phone.known() } else { "" }
    }

    /// Who it is in a line of a log: name and company.
    pub fn named(&self) -> String {
        let name = format!("{} {}", self.first_name, self.last_name);
        [name.trim(), &self.company].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// The company's size as text, empty when unknown.
    pub fn size(&self) -> String {
        self.size_min.map(|min| SizeRange { min, max: self.size_max }.to_string()).unwrap_or_default()
    }
}

const FROM: &str = "from campaign_leads m
     join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
     left join sources s on s.id = l.source_id
     left join own_lists o on o.workspace_id = l.workspace_id and o.id = l.list_id
     where m.workspace_id = $1 and m.campaign_id = $2
       and ($3 is null or l.search_text like $3 escape '\\')
       and ($4 is null or l.seniority = $4) and ($5 is null or l.request_id = $5)
       and ($6 is null or m.list_id = $6)
       and ($7 is null or exists (select 1 from enrolments e where e.workspace_id = m.workspace_id
           and e.campaign_id = m.campaign_id and e.lead_id = m.lead_id
           and case when e.state = 'in_flight' then 'active' else e.state end = $7))";

/// How many leads a query finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Found {
    pub leads: i64,
    /// Of them, those that are not revealed.
    pub hidden: i64,
}

/// How many leads the query finds.
///
/// # Errors
/// The database's.
pub async fn count(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    query: &LeadQuery,
) -> sqlx::Result<Found> {
    let sql = format!("select count(*) as leads, count(*) - count(l.revealed_at) as hidden {FROM}");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(query.pattern()).bind(query.seniority).bind(query.request)
        .bind(query.list).bind(query.sequence).fetch_one(c).await)
}

/// Up to `limit` leads that the query finds and that are not revealed.
///
/// # Errors
/// The database's.
pub(super) async fn hidden(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    query: &LeadQuery,
    limit: i64,
) -> sqlx::Result<Vec<LeadId>> {
    let sql = format!("select l.id {FROM} and l.revealed_at is null order by l.id limit $8");
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(query.pattern()).bind(query.seniority).bind(query.request)
        .bind(query.list).bind(query.sequence).bind(limit).fetch_all(c).await)
}

/// Up to `limit` leads that the query finds.
///
/// # Errors
/// The database's.
pub async fn ids(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    query: &LeadQuery,
    limit: i64,
) -> sqlx::Result<Vec<LeadId>> {
    let sql = format!("select l.id {FROM} order by l.id limit $8");
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(query.pattern()).bind(query.seniority).bind(query.request)
        .bind(query.list).bind(query.sequence).bind(limit).fetch_all(c).await)
}

/// `limit` leads from `offset` on, in the query's order.
pub async fn leads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    query: &LeadQuery,
    offset: i64,
    limit: i64,
) -> sqlx::Result<Vec<Lead>> {
    let order = query.sort.columns(if query.descending { "desc" } else { "asc" });
    let sql = format!(
        "select l.id, l.email, l.email_status, l.first_name, l.last_name, l.title, l.seniority, l.departments, l.company,
             l.domain, l.size_min, l.size_max, l.industry, l.country, l.region, l.city, l.linkedin, l.phone,
             coalesce(s.name, o.file_name) as source_name, l.list_id, l.delivered_at,
             l.revealed_at, l.returned_at {FROM} order by {order} limit $8 offset $9"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(campaign).bind(query.pattern()).bind(query.seniority).bind(query.request)
        .bind(query.list).bind(query.sequence).bind(limit).bind(offset).fetch_all(c).await)
}

/// Whether any lead of the campaign is or was in its sequence.
///
/// # Errors
/// The database's.
pub async fn has_sequence(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from enrolments where workspace_id = $1 and campaign_id = $2)")
        .bind(workspace).bind(campaign).fetch_one(c).await)
}

/// How many leads the campaign has.
pub async fn count_all(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId) -> sqlx::Result<i64> {
    on!(tx, c => sqlx::query_scalar("select leads from campaigns where workspace_id = $1 and id = $2")
        .bind(workspace).bind(campaign).fetch_one(c).await)
}
