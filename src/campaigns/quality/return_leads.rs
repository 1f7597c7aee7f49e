//! Giving leads back that were never revealed, within the window and the workspace's share, for a full refund; they are no longer
//! owned (rule C17).

use crate::{
    accounts::{Member, WorkspaceId, audit},
    campaigns::{
        ids::LeadId,
        leads::lead::{self, refund_of},
        membership,
        refusal::CampaignRefusal,
        requests::{
            lead_request,
            returnable::{ReturnRules, share_left},
        },
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
/// no returns, when the one lead was revealed, or when the share of the workspace is used up.
#[derive(Debug, Clone)]
pub struct ReturnLeads {
    pub member: Member,
    pub what: Returning,
    pub rules: ReturnRules,
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
        if self.rules.hours == 0 {
            return Err(CampaignRefusal::ReturnsOff.into());
        }
        // What is named in the log: the lead, or the request's campaign.
        let named = match self.what {
            Returning::Lead(id) => {
                let lead = lead::lead(tx, workspace, id).await?.lead;
                if lead.is_revealed() && lead.list_id.is_none() {
                    return Err(CampaignRefusal::Revealed.into());
                }
                lead.named()
            }
            Returning::Request(id) => lead_request::request(tx, workspace, id).await?.campaign_name,
        };
        let returned = self.mark_returned(tx).await?;
        for lead in &returned {
            leave(tx, workspace, lead.id, self.at).await?;
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
    /// Marks what can be returned. The account is locked, so the share cannot be used twice.
    async fn mark_returned(&self, tx: &mut Tx) -> Result<Vec<Returned>, AppError> {
        let (lead, request) = match self.what {
            Returning::Lead(id) => (Some(id), None),
            Returning::Request(id) => (None, Some(id)),
        };
        let workspace = self.member.workspace;
        let share_left = share_left(tx, workspace, self.rules, self.at).await?;
        if share_left == 0 {
            return Err(CampaignRefusal::ReturnShareUsed.into());
        }
        Ok(on!(tx, c => sqlx::query_as(
            "update leads set refunded_at = $6, returned_at = $6 where workspace_id = $1 and revealed_at is null and id in
                 (select id from leads where workspace_id = $1 and ($2 is null or id = $2) and ($3 is null or request_id = $3)
                      and delivered_at > $4 and revealed_at is null and refunded_at is null and mailed_at is null
                      and charge_seq is not null order by id limit $5)
             returning id, request_id, charge_seq, coalesce(price,
                 (select r.price from lead_requests r where r.workspace_id = leads.workspace_id and r.id = leads.request_id)) as price")
            .bind(workspace).bind(lead).bind(request).bind(self.rules.since(self.at)).bind(BATCH.min(share_left)).bind(self.at)
            .fetch_all(c).await)?)
    }
}

/// A returned lead leaves its campaigns.
async fn leave(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId, at: Instant) -> sqlx::Result<()> {
    membership::leave(tx, workspace, lead, at).await?;
    // Who reported it has nothing to wait for any more.
    on!(tx, c => sqlx::query(
        "update lead_reports set state = 'returned', answer = 'The lead was returned.', decided_at = $3
         where workspace_id = $1 and lead_id = $2 and state = 'open'")
        .bind(workspace).bind(lead).bind(at).execute(c).await.map(drop))
}
