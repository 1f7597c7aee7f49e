//! Removing a list: its people leave the campaign again, and the workspace where only the list had brought them.

use super::{
    OwnList,
    store::{self, Progress},
};
use crate::{
    campaigns::{ids::LeadId, membership},
    credits, on,
    server::{clock::Instant, db::Tx},
};

/// Leads per transaction.
const BATCH: i64 = 500;

/// What one batch did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// So many left; there may be more.
    Some(i64),
    /// Nobody is left to go.
    All,
    /// Another worker has the list: nothing was written.
    Lost,
}

/// Takes the next people out. Who was mailed stays: the campaign's history names them. Leads that were paid for, or that are
/// in another campaign as well, only leave this campaign.
pub async fn remove(tx: &mut Tx, list: &OwnList, at: Instant) -> sqlx::Result<Removed> {
    credits::lock(tx, list.workspace_id).await?; // nobody delivers to the workspace meanwhile
    let leaving: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar(
        "select m.lead_id from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where m.workspace_id = $1 and m.list_id = $2 and l.mailed_at is null order by m.lead_id limit $3")
        .bind(list.workspace_id).bind(list.id).bind(BATCH).fetch_all(c).await)?;
    let count = i64::try_from(leaving.len()).unwrap_or(BATCH);
    if !store::advance(tx, list, Progress { removed: count, ..Progress::default() }, at).await? {
        return Ok(Removed::Lost);
    }
    if leaving.is_empty() {
        return Ok(Removed::All);
    }
    take_out(tx, list, &leaving, at).await?;
    Ok(Removed::Some(count))
}

/// Takes these people of the list out of its campaign, and out of the workspace where only the list had brought them.
///
/// # Errors
/// The database's.
pub(super) async fn take_out(tx: &mut Tx, list: &OwnList, leaving: &[LeadId], at: Instant) -> sqlx::Result<()> {
    if leaving.is_empty() {
        return Ok(());
    }
    membership::leave_list(tx, list.workspace_id, (list.campaign_id, list.id), leaving, at).await?;
    on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new("delete from leads where workspace_id = ");
        query.push_bind(list.workspace_id).push(" and list_id is not null and id in (");
        let mut ids = query.separated(", ");
        for lead in leaving {
            ids.push_bind(*lead);
        }
        query.push(") and not exists (select 1 from campaign_leads m where m.workspace_id = leads.workspace_id and m.lead_id = leads.id)");
        query.build().execute(c).await.map(drop)
    })
}
