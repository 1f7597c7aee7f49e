//! The right address of a lead whose address is wrong. A lead with the right one takes its place in every campaign, for free, like a row of
//! an own list. The one that was delivered stays as it is: its mails, its answers and a bounce that is still to come belong to its address,
//! and so does its credit (C15).

use sqlx::types::Json;

use super::{Duplicates, RowOutcome, add::insert_leads};
use crate::{
    accounts::Member,
    campaigns::{
        ids::{LeadId, ListId},
        leads::{lead::LeadTrail, reveal::reveal},
        membership,
        suppressed::suppressed,
    },
    credits::{self, CampaignId},
    directory::{
        Contact, EmailStatus,
        imports::{Format, Mapping},
    },
    email::Email,
    on,
    server::{clock::Instant, db::Tx, error::AppError},
    suppression::SuppressionKeys,
};

/// How the list of a campaign is called that holds these leads.
const LIST_NAME: &str = "Corrected addresses";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// The lead with the right address.
    pub successor: LeadId,
    /// The campaigns that it is in now, and the earlier one is no longer in.
    pub campaigns: Vec<CampaignId>,
}

/// Why an address cannot be corrected so. The texts are for the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CorrectionFault {
    #[error("The address of this lead is hidden. Reveal it first.")]
    Hidden,
    #[error("This lead is in no campaign any more. Add the right address with a list of your own.")]
    InNoCampaign,
    #[error("This is the address that the lead has.")]
    Same,
    #[error("This address is on the suppression list, so no one here writes to it.")]
    Suppressed,
    #[error("This workspace has another lead with this address.")]
    HasIt,
}

/// Puts a lead with the right address in the place of another one. Nothing is written when there is a fault, but that another lead with this
/// address is revealed: who asked knows it now.
///
/// # Errors
/// The database's.
pub async fn correct(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    member: &Member,
    trail: &LeadTrail,
    email: &Email,
    at: Instant,
) -> Result<Result<Correction, CorrectionFault>, AppError> {
    let workspace = member.workspace;
    // No one delivers to the workspace meanwhile, and a second click waits here.
    credits::lock(tx, workspace).await?;
    let known = trail.as_contact().filter(|_| trail.lead.is_revealed());
    let Some(known) = known else { return Ok(Err(CorrectionFault::Hidden)) };
    if known.email == *email {
        return Ok(Err(CorrectionFault::Same));
    }
    let campaigns = campaigns_of(tx, member, trail.lead.id).await?;
    let Some(home) = campaigns.first() else { return Ok(Err(CorrectionFault::InNoCampaign)) };
    let person = Contact { email: email.clone(), email_status: EmailStatus::Unknown, ..known };
    if !suppressed(tx, keys, workspace, &[&person]).await?.is_empty() {
        return Ok(Err(CorrectionFault::Suppressed));
    }
    if let Some(other) = owner_of(tx, member, email).await? {
        reveal(tx, workspace, &[other], Some(member.user), at).await?;
        return Ok(Err(CorrectionFault::HasIt));
    }
    let mut lists = Vec::with_capacity(campaigns.len());
    for campaign in &campaigns {
        lists.push(list_of(tx, member, *campaign, campaign == home, at).await?);
    }
    let added = insert_leads(tx, (workspace, lists[0]), &[&person], at).await?;
    let Some(successor) = added.first().copied() else { return Err(AppError::NotFound) };
    note(tx, member, (trail.lead.id, successor), at).await?;
    membership::leave(tx, workspace, trail.lead.id, at).await?;
    for (campaign, list) in campaigns.iter().zip(lists) {
        membership::enter(tx, workspace, *campaign, Some(list), std::iter::once(successor), at).await?;
    }
    Ok(Ok(Correction { successor, campaigns }))
}

/// The campaigns of a lead, the one that it was added to first before the others.
async fn campaigns_of(tx: &mut Tx, member: &Member, lead: LeadId) -> sqlx::Result<Vec<CampaignId>> {
    on!(tx, c => sqlx::query_scalar(
        "select campaign_id from campaign_leads where workspace_id = $1 and lead_id = $2 order by added_at, campaign_id")
        .bind(member.workspace).bind(lead).fetch_all(c).await)
}

async fn owner_of(tx: &mut Tx, member: &Member, email: &Email) -> sqlx::Result<Option<LeadId>> {
    on!(tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 and email = $2 and returned_at is null")
        .bind(member.workspace).bind(email.as_str()).fetch_optional(c).await)
}

/// The list of a campaign that holds leads with corrected addresses; made with the first one. Each change of it is counted, because what is
/// in a campaign is kept in memory until then.
async fn list_of(
    tx: &mut Tx,
    member: &Member,
    campaign: CampaignId,
    is_home: bool,
    at: Instant,
) -> sqlx::Result<ListId> {
    let known: Option<ListId> = on!(&mut *tx, c => sqlx::query_scalar(
        "update own_lists set rows = rows + 1, changes = changes + 1, finished_at = $3
         where workspace_id = $1 and id = (
             select o.id from own_lists o
             join campaign_leads m on m.workspace_id = o.workspace_id and m.list_id = o.id
             join lead_corrections k on k.workspace_id = m.workspace_id and k.successor_id = m.lead_id
             where o.workspace_id = $1 and o.campaign_id = $2 and o.state = 'done' and o.file_name = $4 limit 1)
         returning id")
        .bind(member.workspace).bind(campaign).bind(at).bind(LIST_NAME).fetch_optional(c).await)?;
    let list = match known {
        Some(list) => list,
        None => {
            let list = ListId::new();
            on!(&mut *tx, c => sqlx::query(
                "insert into own_lists (workspace_id, id, campaign_id, file_name, bytes, stored_as, state, duplicates, format, mapping, rows,
                     changes, created_by, created_at, started_at, finished_at)
                 values ($1, $2, $3, $4, 0, '', 'done', $5, $6, $7, 1, 1, $8, $9, $9, $9)")
                .bind(member.workspace).bind(list).bind(campaign).bind(LIST_NAME).bind(Duplicates::Workspace)
                .bind(Json(Format::default())).bind(Json(Mapping::default())).bind(member.user).bind(at)
                .execute(c).await.map(drop))?;
            list
        }
    };
    let outcome = if is_home { RowOutcome::Added } else { RowOutcome::Joined };
    on!(tx, c => sqlx::query(
        "insert into own_list_outcomes (workspace_id, list_id, outcome, people) values ($1, $2, $3, 1)
         on conflict (workspace_id, list_id, outcome) do update set people = own_list_outcomes.people + 1")
        .bind(member.workspace).bind(list).bind(outcome).execute(c).await.map(drop))?;
    Ok(list)
}

/// Which lead took the place of which, with what the list of the customer's own said of the person.
async fn note(tx: &mut Tx, member: &Member, (lead, successor): (LeadId, LeadId), at: Instant) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query(
        "insert into lead_corrections (workspace_id, lead_id, successor_id, corrected_by, corrected_at) values ($1, $2, $3, $4, $5)")
        .bind(member.workspace).bind(lead).bind(successor).bind(member.user).bind(at).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "insert into lead_columns (workspace_id, lead_id, cells) select workspace_id, $3, cells from lead_columns
         where workspace_id = $1 and lead_id = $2")
        .bind(member.workspace).bind(lead).bind(successor).execute(c).await.map(drop))
}
