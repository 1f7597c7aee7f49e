//! Giving leads back: not mailed yet, within the window, for a full refund; they are no longer owned (rule C17).

use std::time::Duration;

use crate::{
    accounts::{Member, WorkspaceId, audit},
    campaigns::{
        ids::LeadId,
        leads::lead::{self, refund_of},
        membership,
        refusal::CampaignRefusal,
        requests::lead_request,
    },
    credits::{Actor, Credits, Deed, Movement, RequestId},
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    ui::plural,
};

/// Leads in one transaction.
const BATCH: i64 = 500;
const REASON: &str = "Lead returned";

/// What is given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Returning {
    Lead(LeadId),
    /// Everything of this request that can be.
    Request(RequestId),
}

#[derive(sqlx::FromRow)]
struct Returned {
    id: LeadId,
    request_id: RequestId,
    charge_seq: i64,
    price: Credits,
}

/// A member returns up to 500 leads, which are paid back. Its output says how many; post it again until that is 0. Doing it
/// twice returns nothing twice.
///
/// Refused with [`AppError::NotFound`] for what belongs to another workspace, [`AppError::Conflict`] when the operator allows
/// no returns (`hours` is 0).
#[derive(Debug, Clone)]
pub struct ReturnLeads {
    pub member: Member,
    pub what: Returning,
    /// For how long after the delivery.
    pub hours: u64,
    pub at: Instant,
}

impl Deed for ReturnLeads {
    type Prepared = i64;
    type Output = i64;
    type Error = AppError;

    fn workspace(&self) -> WorkspaceId {
        self.member.workspace
    }

    fn at(&self) -> Instant {
        self.at
    }

    async fn prepare(&self, tx: &mut Tx) -> Result<(i64, Vec<Movement>), AppError> {
        let (workspace, user) = (self.member.workspace, self.member.user);
        if self.hours == 0 {
            return Err(CampaignRefusal::ReturnsOff.into());
        }
        // What is named in the log: the lead's address, or the request's campaign.
        let named = match self.what {
            Returning::Lead(id) => lead::lead(tx, workspace, id).await?.lead.email,
            Returning::Request(id) => lead_request::request(tx, workspace, id).await?.campaign_name,
        };
        let returned = self.returnable(tx).await?;
        for lead in &returned {
            mark(tx, workspace, lead.id, self.at).await?;
        }
        let count = i64::try_from(returned.len()).unwrap_or(i64::MAX);
        if count > 0 {
            let (who, detail) = (audit::Actor::User(user), plural(count, "lead", "leads"));
            audit::record(tx, workspace, who, "Returned leads", &named, &detail, self.at).await?;
        }
        let refund = |lead: &Returned| {
            refund_of(lead.id, lead.request_id, lead.charge_seq, lead.price, Actor::User(user), REASON)
        };
        Ok((count, returned.iter().map(refund).map(Movement::Refund).collect()))
    }

    async fn conclude(&self, _: &mut Tx, count: i64, _: &[Credits]) -> Result<i64, AppError> {
        Ok(count)
    }
}

impl ReturnLeads {
    async fn returnable(&self, tx: &mut Tx) -> sqlx::Result<Vec<Returned>> {
        let (lead, request) = match self.what {
            Returning::Lead(id) => (Some(id), None),
            Returning::Request(id) => (None, Some(id)),
        };
        let since = self.at.minus(Duration::from_secs(self.hours * 60 * 60));
        on!(tx, c => sqlx::query_as(
            "select l.id, l.request_id, l.charge_seq, coalesce(l.price, r.price) as price from leads l
             join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
             where l.workspace_id = $1 and ($2 is null or l.id = $2) and ($3 is null or l.request_id = $3)
               and l.delivered_at > $4 and l.refunded_at is null and l.mailed_at is null and l.charge_seq is not null
             order by l.id limit $5")
            .bind(self.member.workspace).bind(lead).bind(request).bind(since).bind(BATCH).fetch_all(c).await)
    }
}

async fn mark(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId, at: Instant) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("update leads set refunded_at = $3, returned_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(lead).bind(at).execute(c).await.map(drop))?;
    membership::leave(tx, workspace, lead).await?;
    // Somebody who reported it has nothing to wait for any more.
    on!(tx, c => sqlx::query(
        "update lead_reports set state = 'returned', answer = 'The lead was returned.', decided_at = $3
         where workspace_id = $1 and lead_id = $2 and state = 'open'")
        .bind(workspace).bind(lead).bind(at).execute(c).await.map(drop))
}
