//! Proofs that come back: an answer, a report or a copy shows that a mail left, whatever its session knew; and which mails were answered.

use std::collections::BTreeSet;

use sqlx::{FromRow, types::Json};

use super::outcome::{self, Handed, Outcome};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId},
        schedule::rules::Day,
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Counts mails as sent whose outcome was not known, or is not written yet: something came back that only they can have caused. Returns
/// the campaigns in which a sequence is over.
///
/// # Errors
/// The database's.
pub async fn proven(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sends: &[SendId],
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let mut proven = Vec::new();
    for batch in batches(sends.iter().map(|send| [send]))? {
        let some: Vec<(SendId, i64, Instant)> = on!(&mut *tx, c => sqlx::query_as(
            "select d.id, d.fence, d.sending_at from json_each($2) j
             join sends d on d.workspace_id = $1 and d.id = unhex(j.value ->> 0, '-')
             where d.state in ('sending', 'unknown')")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        proven.extend(some);
    }
    if proven.is_empty() {
        return Ok(BTreeSet::new());
    }
    let handed =
        proven.into_iter().map(|(send, fence, sent_at)| Handed { workspace, send, fence, sent_at, words: None });
    outcome::sent(tx, &handed.collect::<Vec<_>>(), at).await
}

#[derive(FromRow)]
struct Answered {
    campaign_id: CampaignId,
    mailbox_id: MailboxId,
    slot_day: Option<Day>,
}

/// Notes the first human answer to each of these mails, and counts it.
///
/// # Errors
/// The database's.
pub async fn answered(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sends: impl Iterator<Item = (SendId, Instant)>,
) -> sqlx::Result<()> {
    let mut answered: Vec<Answered> = Vec::new();
    for batch in batches(sends)? {
        let some: Vec<Answered> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set answered_at = cast(j.value ->> 1 as bigint) from json_each($2) j
             where d.workspace_id = $1 and d.id = unhex(j.value ->> 0, '-') and d.answered_at is null
             returning campaign_id, mailbox_id, slot_day")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        answered.extend(some);
    }
    let days = answered.iter().filter_map(|one| Some(((workspace, one.campaign_id), one.mailbox_id, one.slot_day?)));
    outcome::count_all(tx, Outcome::Replies, days).await
}

/// Takes that back for mails whose answers no person wrote.
///
/// # Errors
/// The database's.
pub async fn not_answered(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sends: impl Iterator<Item = SendId>,
) -> sqlx::Result<()> {
    let mut freed: Vec<Answered> = Vec::new();
    for batch in batches(sends.map(|send| [send]))? {
        let some: Vec<Answered> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set answered_at = null from json_each($2) j
             where d.workspace_id = $1 and d.id = unhex(j.value ->> 0, '-') and d.answered_at is not null
             returning campaign_id, mailbox_id, slot_day")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        freed.extend(some);
    }
    let days = freed.iter().filter_map(|one| Some(((workspace, one.campaign_id), one.mailbox_id, one.slot_day?)));
    outcome::uncount_all(tx, Outcome::Replies, days).await
}
