//! Revealing the addresses of leads (rule C17). A delivered lead shows a masked address until a member reveals or exports it, until it
//! is mailed, or until an own list names it; from then on every member sees it, and it cannot be returned.

use super::list::{self, LeadQuery};
use crate::{
    accounts::{Member, UserId, WorkspaceId, audit},
    campaigns::ids::LeadId,
    credits::{self, CampaignId},
    on,
    server::{
        batches::VALUES_PER_STATEMENT,
        clock::Instant,
        db::{Db, Tx},
        error::AppError,
    },
    ui::plural,
};

/// Leads revealed in one transaction.
const BATCH: i64 = 500;

/// Reveals every lead that the query finds, whatever its page, and returns how many there were. Each batch is a transaction: after an
/// interruption the next call does the rest.
///
/// # Errors
/// The database's.
pub async fn reveal_found(
    db: &Db,
    member: &Member,
    (campaign, name): (CampaignId, &str),
    query: &LeadQuery,
    at: Instant,
) -> Result<i64, AppError> {
    let mut revealed = 0;
    loop {
        let mut tx = db.write().await?;
        // Returned and revealed are decided one after the other.
        credits::lock(&mut tx, member.workspace).await?;
        let leads = list::hidden(&mut tx, member.workspace, campaign, query, BATCH).await?;
        let batch = reveal(&mut tx, member.workspace, &leads, Some(member.user), at).await?;
        revealed += batch;
        if batch > 0 {
            record(&mut tx, member, &format!("Leads of {name}"), batch, at).await?;
            tx.commit().await?;
        }
        if batch < BATCH {
            return Ok(revealed);
        }
    }
}

/// Reveals one lead. Answers whether it was hidden.
///
/// # Errors
/// [`AppError::NotFound`] for a lead of another workspace.
pub async fn reveal_one(tx: &mut Tx, member: &Member, id: LeadId, at: Instant) -> Result<bool, AppError> {
    credits::lock(tx, member.workspace).await?;
    let trail = super::lead::lead(tx, member.workspace, id).await?;
    let revealed = reveal(tx, member.workspace, &[id], Some(member.user), at).await?;
    if revealed > 0 {
        record(tx, member, &trail.lead.named(), revealed, at).await?;
    }
    Ok(revealed > 0)
}

async fn record(tx: &mut Tx, member: &Member, subject: &str, leads: i64, at: Instant) -> sqlx::Result<()> {
    let (who, detail) = (audit::Actor::User(member.user), plural(leads, "address", "addresses"));
    audit::record(tx, member.workspace, who, audit::REVEALED, subject, &detail, at).await
}

/// Marks these leads as revealed, except those that are already or were returned, and returns how many. From now on the search box
/// finds them by their address. `by` is empty when an own list names the address. Call it with the account locked.
///
/// # Errors
/// The database's.
pub(crate) async fn reveal(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &[LeadId],
    by: Option<UserId>,
    at: Instant,
) -> sqlx::Result<i64> {
    let mut revealed = 0;
    for leads in leads.chunks(VALUES_PER_STATEMENT) {
        revealed += on!(&mut *tx, c => {
            let mut query = sqlx::QueryBuilder::new("update leads set search_text = search_text || ' ' || lower(email), revealed_at = ");
            query.push_bind(at).push(", revealed_by = ").push_bind(by);
            query.push(" where revealed_at is null and returned_at is null and workspace_id = ").push_bind(workspace);
            query.push(" and id in (");
            let mut ids = query.separated(", ");
            for lead in leads {
                ids.push_bind(*lead);
            }
            query.push(")");
            query.build().execute(c).await.map(|done| done.rows_affected())
        })?;
    }
    Ok(i64::try_from(revealed).unwrap_or(i64::MAX))
}
