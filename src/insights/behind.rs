//! The leads behind a figure.

use sqlx::FromRow;
use uuid::Uuid;

use super::totals::Origin;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    server::{clock::Instant, db::Tx},
};

/// One column of the table.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Figure {
    #[default]
    Contacted,
    Replied,
    Positive,
    Bounced,
    Refunded,
    Open,
}

impl Figure {
    pub const ALL: [Self; 6] =
        [Self::Contacted, Self::Replied, Self::Positive, Self::Bounced, Self::Refunded, Self::Open];

    /// The word in addresses; also its column.
    pub fn word(self) -> &'static str {
        match self {
            Self::Contacted => "contacted",
            Self::Replied => "replied",
            Self::Positive => "positive",
            Self::Bounced => "bounced",
            Self::Refunded => "refunded",
            Self::Open => "open",
        }
    }

    /// The figure of a [word](Self::word).
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|figure| figure.word() == word)
    }

    /// What its leads are.
    pub fn title(self) -> &'static str {
        match self {
            Self::Contacted => "Contacted leads",
            Self::Replied => "Leads who replied",
            Self::Positive => "Leads with a positive reply",
            Self::Bounced => "Leads whose first mail bounced",
            Self::Refunded => "Leads that were paid back",
            Self::Open => "Leads that it is too early to count",
        }
    }
}

#[derive(Debug, Clone, FromRow)]
pub struct LeadLine {
    pub lead_id: LeadId,
    pub campaign_id: CampaignId,
    pub name: String,
    pub title: String,
    pub company: String,
    pub campaign: String,
    pub mailed_at: Instant,
}

/// Leads of an origin that count for a figure, the last mailed first, all mailed before the one that `before` names.
///
/// # Errors
/// The database's.
pub async fn leads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    (origin, subject, figure): (Origin, Uuid, Figure),
    before: Option<(Instant, LeadId)>,
    limit: i64,
) -> sqlx::Result<Vec<LeadLine>> {
    let (mailed_before, lead_before) = before.unwrap_or((Instant(i64::MAX), LeadId(Uuid::max())));
    let sql = format!(
        "select o.lead_id, o.campaign_id, trim(l.first_name || ' ' || l.last_name) as name, l.title, l.company, c.name as campaign,
             o.mailed_at
         from lead_outcomes o
         join leads l on l.workspace_id = o.workspace_id and l.id = o.lead_id
         join campaigns c on c.workspace_id = o.workspace_id and c.id = o.campaign_id
         where o.workspace_id = $1 and {} and o.{} > 0
             and (o.mailed_at < $3 or (o.mailed_at = $3 and o.lead_id < $4))
         order by o.mailed_at desc, o.lead_id desc limit $5",
        origin.counts("$2"),
        figure.word()
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(subject).bind(mailed_before).bind(lead_before).bind(limit).fetch_all(c).await)
}
