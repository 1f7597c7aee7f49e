//! Reviewing leads one by one: where one is in the list, what came before, and what the marks say about the targeting.

use std::collections::BTreeMap;

use super::mark::MarkKind;
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::ids::LeadId,
    credits::{CampaignId, RequestId},
    directory::{CompanySize, Seniority, SizeRange},
    on,
    server::{clock::Instant, db::Tx},
};

/// Marks that the lists of values are made from, the latest first.
const MARKS_MAX: i64 = 5_000;

/// Whose leads are reviewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    Request(RequestId),
    Campaign(CampaignId),
}

impl Scope {
    fn ids(self) -> (Option<RequestId>, Option<CampaignId>) {
        match self {
            Self::Request(id) => (Some(id), None),
            Self::Campaign(id) => (None, Some(id)),
        }
    }

    /// The address of its review.
    pub fn href(self) -> String {
        match self {
            Self::Request(id) => format!("/requests/{id}/review"),
            Self::Campaign(id) => format!("/campaigns/{id}/review"),
        }
    }
}

/// Delivered leads of the scope ($2: request, $3: campaign) that were not returned.
const FROM: &str = "from leads l
     join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
     left join lead_marks m on m.workspace_id = l.workspace_id and m.lead_id = l.id
     where l.workspace_id = $1 and l.returned_at is null and ($2 is null or l.request_id = $2) and ($3 is null or r.campaign_id = $3)";

/// How far the review is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Tally {
    pub leads: i64,
    pub good: i64,
    pub bad: i64,
}

impl Tally {
    /// Leads without a mark.
    pub fn left(&self) -> i64 {
        self.leads - self.good - self.bad
    }

    pub fn is_done(&self) -> bool {
        self.left() <= 0
    }
}

/// Counts the marks.
pub async fn tally(tx: &mut Tx, workspace: WorkspaceId, scope: Scope) -> sqlx::Result<Tally> {
    let sql = format!(
        "select count(*) as leads, cast(coalesce(sum(case when m.verdict = 'good' then 1 else 0 end), 0) as bigint) as good,
             cast(coalesce(sum(case when m.verdict = 'bad' then 1 else 0 end), 0) as bigint) as bad {FROM}"
    );
    let (request, campaign) = scope.ids();
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(request).bind(campaign).fetch_one(c).await)
}

/// A lead's place in the list, which goes by delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub number: i64,
    pub before: Option<LeadId>,
    pub after: Option<LeadId>,
}

/// Where `lead` stands; nothing when it is not in the list.
pub async fn place(tx: &mut Tx, workspace: WorkspaceId, scope: Scope, lead: LeadId) -> sqlx::Result<Option<Place>> {
    let (request, campaign) = scope.ids();
    let sql = format!("select l.delivered_at {FROM} and l.id = $4");
    let at: Option<Instant> = on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(request).bind(campaign).bind(lead).fetch_optional(c).await)?;
    let Some(at) = at else { return Ok(None) };
    let sql = format!("select count(*) {FROM} and (l.delivered_at < $4 or (l.delivered_at = $4 and l.id <= $5))");
    let number = on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(request).bind(campaign).bind(at).bind(lead).fetch_one(c).await)?;
    let mut beside = Vec::new();
    for (sign, order) in [("<", "desc"), (">", "asc")] {
        let sql = format!(
            "select l.id {FROM} and (l.delivered_at {sign} $4 or (l.delivered_at = $4 and l.id {sign} $5))
             order by l.delivered_at {order}, l.id {order} limit 1"
        );
        let one: Option<LeadId> = on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(request).bind(campaign).bind(at).bind(lead).fetch_optional(c).await)?;
        beside.push(one);
    }
    Ok(Some(Place { number, before: beside[0], after: beside[1] }))
}

/// Where to begin: the first lead without a mark, or the first of all.
pub async fn first(tx: &mut Tx, workspace: WorkspaceId, scope: Scope) -> sqlx::Result<Option<LeadId>> {
    let (request, campaign) = scope.ids();
    let sql = format!(
        "select l.id {FROM} order by case when m.lead_id is null then 0 else 1 end, l.delivered_at, l.id limit 1"
    );
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(request).bind(campaign).fetch_optional(c).await)
}

/// The lead that `user` marked last, to undo that.
pub async fn marked_last(
    tx: &mut Tx,
    workspace: WorkspaceId,
    scope: Scope,
    user: UserId,
) -> sqlx::Result<Option<LeadId>> {
    let (request, campaign) = scope.ids();
    let sql = format!(
        "select l.id {FROM} and m.marked_by = $4 order by m.marked_at desc, l.delivered_at desc, l.id desc limit 1"
    );
    on!(tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(request).bind(campaign).bind(user).fetch_optional(c).await)
}

/// A filter of the targeting that marks are counted by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Facet {
    Title,
    Seniority,
    Industry,
    Size,
    Country,
    Source,
}

impl Facet {
    pub const ALL: [Self; 6] = [Self::Title, Self::Seniority, Self::Industry, Self::Size, Self::Country, Self::Source];

    pub fn label(self) -> &'static str {
        match self {
            Self::Title => "Job title",
            Self::Seniority => "Seniority",
            Self::Industry => "Industry",
            Self::Size => "Company size",
            Self::Country => "Country",
            Self::Source => "Source",
        }
    }
}

/// A marked lead, as far as the targeting is concerned.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct MarkedLead {
    pub verdict: MarkKind,
    title: String,
    seniority: Option<Seniority>,
    industry: String,
    size_min: Option<i64>,
    size_max: Option<i64>,
    country: String,
    source_name: String,
}

impl MarkedLead {
    /// Its value of a filter, as it is shown; empty when it has none.
    pub fn value(&self, facet: Facet) -> String {
        match facet {
            Facet::Title => self.title.clone(),
            Facet::Seniority => self.seniority.map(Seniority::label).unwrap_or_default().to_owned(),
            Facet::Industry => self.industry.clone(),
            Facet::Size => self.size().map(CompanySize::label).unwrap_or_default().to_owned(),
            Facet::Country => self.country.clone(),
            Facet::Source => self.source_name.clone(),
        }
    }

    fn size(&self) -> Option<CompanySize> {
        let own = SizeRange { min: self.size_min?, max: self.size_max };
        CompanySize::ALL.into_iter().find(|class| own.is_inside(class.range()))
    }
}

/// The marked leads of the scope, the latest marks first.
pub async fn marked(tx: &mut Tx, workspace: WorkspaceId, scope: Scope) -> sqlx::Result<Vec<MarkedLead>> {
    let (request, campaign) = scope.ids();
    let sql = format!(
        "select m.verdict, l.title, l.seniority, l.industry, l.size_min, l.size_max, l.country,
             (select s.name from sources s where s.id = l.source_id) as source_name {FROM}
             and m.lead_id is not null order by m.marked_at desc limit $4"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(request).bind(campaign).bind(MARKS_MAX).fetch_all(c).await)
}

/// One value of a filter and how its leads were marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ValueMarks {
    pub facet: Facet,
    pub value: String,
    pub good: i64,
    pub bad: i64,
}

/// Counts good and bad per value of each filter, the worst first: most bad ones, then fewest good ones.
pub fn by_value(marked: &[MarkedLead]) -> Vec<ValueMarks> {
    let mut counts: BTreeMap<(Facet, String), (i64, i64)> = BTreeMap::new();
    for lead in marked {
        for facet in Facet::ALL {
            let value = lead.value(facet);
            if !value.is_empty() {
                let (good, bad) = counts.entry((facet, value)).or_default();
                *(if lead.verdict == MarkKind::Good { good } else { bad }) += 1;
            }
        }
    }
    let mut values: Vec<_> =
        counts.into_iter().map(|((facet, value), (good, bad))| ValueMarks { facet, value, good, bad }).collect();
    values.sort_by_key(|one| (-one.bad, one.good));
    values
}

#[cfg(test)]
pub(crate) fn marked_lead(
    verdict: MarkKind,
    title: &str,
    seniority: Seniority,
    country: &str,
    size: i64,
) -> MarkedLead {
    MarkedLead {
        verdict,
        title: title.into(),
        seniority: Some(seniority),
        industry: String::new(),
        size_min: Some(size),
        size_max: Some(size),
        country: country.into(),
        source_name: "Test".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_values_with_most_bad_leads_come_first() {
        let lead = |verdict, title| marked_lead(verdict, title, Seniority::Director, "Kenya", 60);
        let marked = [
            lead(MarkKind::Bad, "Agency Director"),
            lead(MarkKind::Bad, "Agency Director"),
            lead(MarkKind::Good, "Marketing Director"),
            lead(MarkKind::Bad, "Marketing Director"),
        ];
        let values = by_value(&marked);
        assert_eq!((values[0].good, values[0].bad), (1, 3), "a value that all have");
        let titles: Vec<_> = values.iter().filter(|one| one.facet == Facet::Title).collect();
        assert_eq!((titles[0].value.as_str(), titles[0].good, titles[0].bad), ("Agency Director", 0, 2));
        assert_eq!((titles[1].value.as_str(), titles[1].good, titles[1].bad), ("Marketing Director", 1, 1));
        assert!(values.iter().any(|one| one.facet == Facet::Size && one.value == "51–200"));
    }
}
