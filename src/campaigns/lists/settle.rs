//! A list that was broken off continues: people it brought before although the file says not to write to them leave again, and get no
//! further mail.
//!
//! A list that is read from its beginning brings none of these people. Those it had before come from a version that knew only the rows it had
//! met so far.

use std::collections::BTreeMap;

use super::{
    OwnList, RowOutcome,
    remove::take_out,
    standing::Standings,
    store::{self, Progress},
};
use crate::{
    campaigns::{
        ids::{LeadId, ListId},
        membership,
    },
    credits, on,
    server::{clock::Instant, db::Tx},
};

/// Leads per transaction.
const BATCH: i64 = 500;

/// A person the list put into its campaign.
#[derive(sqlx::FromRow)]
struct Brought {
    lead_id: LeadId,
    email: String,
    /// Whether mails of this campaign may have gone to it.
    is_mailed: bool,
    /// The list that made the lead; another one when this list found it in the workspace.
    list_id: Option<ListId>,
}

/// How far the people of a list were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    UpTo(LeadId),
    All,
    /// Another worker has the list: nothing was written.
    Lost,
}

/// Looks at the next people after `after`. A person who was mailed stays in the campaign, whose history names them, counts as one who came, and is
/// stopped. So looking twice at the same people changes nothing more.
///
/// # Errors
/// The database's.
pub(super) async fn settle(
    tx: &mut Tx,
    standings: &Standings,
    list: &OwnList,
    after: Option<LeadId>,
    at: Instant,
) -> sqlx::Result<Settled> {
    credits::lock(tx, list.workspace_id).await?;
    if !store::advance(tx, list, Progress::default(), at).await? {
        return Ok(Settled::Lost);
    }
    let brought: Vec<Brought> = on!(&mut *tx, c => sqlx::query_as(
        "select m.lead_id, l.email, l.mailed_at is not null and m.enrolled as is_mailed, l.list_id
         from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
         where m.workspace_id = $1 and m.campaign_id = $2 and m.list_id = $3 and m.lead_id > $4 order by m.lead_id limit $5")
        .bind(list.workspace_id).bind(list.campaign_id).bind(list.id).bind(after.map_or(uuid::Uuid::nil(), |lead| lead.0)).bind(BATCH)
        .fetch_all(c).await)?;
    let Some(last) = brought.last() else { return Ok(Settled::All) };
    let (mailed, unmailed): (Vec<&Brought>, Vec<&Brought>) =
        brought.iter().filter(|one| standings.of_address(&one.email).is_some()).partition(|one| one.is_mailed);
    let ids = |leads: &[&Brought]| leads.iter().map(|one| one.lead_id).collect::<Vec<_>>();
    take_out(tx, list, &ids(&unmailed), at).await?;
    membership::stop_listed(tx, list.workspace_id, list.campaign_id, &ids(&mailed), at).await?;
    let mut outcomes: BTreeMap<RowOutcome, i64> = BTreeMap::new();
    for one in &unmailed {
        let came = if one.list_id == Some(list.id) { RowOutcome::Added } else { RowOutcome::Joined };
        *outcomes.entry(came).or_default() -= 1;
        *outcomes.entry(RowOutcome::BadStanding).or_default() += 1;
    }
    store::add_outcomes(tx, list, outcomes).await?;
    Ok(Settled::UpTo(last.lead_id))
}
