//! Mails whose outcome is unknown: they were on their way to a mail server, and no reply came. None of them leaves again unless a
//! member says so; the late reply of the same session still decides.

use std::collections::BTreeSet;

use serde_json::json;
use sqlx::{FromRow, types::Json};

use super::{
    claim::Lease,
    outcome::{self, Handed, WAITS_FOR_OUTCOME},
    tries::{self, Try},
    trouble,
    verdict::Class,
    wake,
};
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId, StepId, VariantId},
        progress::event::{self, Event, EventKind},
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Why the enrolments are held, and the code of the mails.
pub(super) const UNKNOWN_OUTCOME: &str = "unknown_outcome";
/// Mails that are decided at once, at most.
const DECIDED_MAX: i64 = 10_000;

/// A mail to whose final dot no reply came.
#[derive(Debug, Clone)]
pub(super) struct NoReply {
    pub workspace: WorkspaceId,
    pub send: SendId,
    pub fence: i64,
    /// What happened instead of a reply.
    pub words: String,
    /// The mailbox whose server did not reply; nothing: nothing was waited for.
    pub lease: Option<Lease>,
}

#[derive(FromRow)]
struct UnknownRow {
    workspace_id: WorkspaceId,
    id: SendId,
    campaign_id: CampaignId,
    lead_id: Option<LeadId>,
    step_id: Option<StepId>,
    variant_id: Option<VariantId>,
    mailbox_id: MailboxId,
    fence: i64,
    sending_at: Instant,
    reply_words: Option<String>,
}

/// Marks mails as unknown, and holds their enrolments until a reply, a proof or a member decides; where the workspace has decided before
/// to count such mails as sent, they are. A claim that was lost changes nothing. Returns the campaigns that this concerns.
///
/// # Errors
/// The database's.
pub(super) async fn mark(
    tx: &mut Tx,
    mails: &[NoReply],
    at: Instant,
) -> sqlx::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let mut unknown: Vec<UnknownRow> = Vec::new();
    for batch in batches(mails.iter().map(|one| (one.workspace, one.send, one.fence, &one.words)))? {
        let some: Vec<UnknownRow> = on!(&mut *tx, c => sqlx::query_as(
            "update sends as d set state = 'unknown', code = $3, stage = 'message', reply_code = null, reply_status = null,
                 reply_words = j.value ->> 3, state_since = $2, lease_until = null
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'sending'
             returning workspace_id, id, campaign_id, lead_id, step_id, variant_id, mailbox_id, fence, sending_at, reply_words")
            .bind(Json(batch)).bind(at).bind(UNKNOWN_OUTCOME).fetch_all(c).await)?;
        unknown.extend(some);
    }
    unknown.sort_by_key(|row| row.id);
    for one in mails {
        if let Some(lease) = one.lease.filter(|_| unknown.iter().any(|row| row.id == one.send)) {
            trouble::apply(tx, lease, Class::NoAnswer.effects().mailbox, "network", &one.words, at).await?;
        }
    }
    for batch in batches(unknown.iter().map(|row| (row.workspace_id, row.campaign_id, row.lead_id)))? {
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'held', code = $3, params = null, since = $2, held_until = null
             from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 1, '-')
               and e.lead_id = unhex(j.value ->> 2, '-') and e.state = 'in_flight'")
            .bind(Json(batch)).bind(at).bind(UNKNOWN_OUTCOME).execute(c).await.map(drop))?;
    }
    let tried = unknown.iter().map(|row| Try {
        workspace: row.workspace_id,
        send: row.id,
        code: UNKNOWN_OUTCOME,
        stage: Some("message"),
        reply_code: None,
        reply_status: None,
        reply_words: row.reply_words.as_deref(),
    });
    tries::record(tx, tried, at).await?;
    let steps = unknown.iter().map(|row| (row.workspace_id, row.step_id, row.variant_id));
    let steps = outcome::steps_of(tx, steps).await?;
    let events: Vec<(WorkspaceId, Event)> = unknown
        .iter()
        .filter_map(|row| {
            let step = row.step_id.and_then(|step| steps.get(&(step, row.variant_id))).map(|step| step.0);
            let event = Event {
                mailbox: Some(row.mailbox_id),
                send: Some(row.id),
                ..Event::of(EventKind::Unknown, row.campaign_id)
            };
            let event = event.about(row.lead_id?).with(json!({ "step": step, "words": row.reply_words }));
            Some((row.workspace_id, event))
        })
        .collect();
    event::record_all(tx, &events, at).await?;
    let counting = counting(tx, &unknown).await?;
    let counted = unknown.iter().filter(|row| counting.contains(&row.workspace_id)).map(UnknownRow::handed);
    outcome::sent(tx, &counted.collect::<Vec<Handed>>(), at).await?;
    Ok(unknown.iter().map(|row| (row.workspace_id, row.campaign_id)).collect())
}

/// Those of the workspaces of these mails that count such mails as sent.
async fn counting(tx: &mut Tx, unknown: &[UnknownRow]) -> sqlx::Result<Vec<WorkspaceId>> {
    let mut counting = Vec::new();
    let workspaces: BTreeSet<WorkspaceId> = unknown.iter().map(|row| row.workspace_id).collect();
    for batch in batches(workspaces.iter().map(|workspace| [workspace]))? {
        let some: Vec<WorkspaceId> = on!(&mut *tx, c => sqlx::query_scalar(
            "select o.workspace_id from json_each($1) j
             join outreach_settings o on o.workspace_id = unhex(j.value ->> 0, '-') and o.unknown_policy = 'count_as_sent'")
            .bind(Json(batch)).fetch_all(c).await)?;
        counting.extend(some);
    }
    Ok(counting)
}

impl UnknownRow {
    fn handed(&self) -> Handed {
        let Self { workspace_id: workspace, id: send, fence, sending_at: sent_at, .. } = *self;
        Handed { workspace, send, fence, sent_at, words: None }
    }
}

/// What a member says of a mail whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It has left; the sequence continues with the next mail.
    CountAsSent,
    /// It leaves once more, with the same bytes.
    SendAgain,
}

/// Decides about one mail of a campaign whose outcome is unknown, or about all of them. Returns how many were decided: others found a
/// reply, were decided before, or belong to a sequence that has ended.
///
/// # Errors
/// The database's.
pub async fn decide(
    tx: &mut Tx,
    (workspace, campaign): (WorkspaceId, CampaignId),
    send: Option<SendId>,
    decision: Decision,
    by: UserId,
    at: Instant,
) -> sqlx::Result<usize> {
    let unknown: Vec<UnknownRow> = on!(&mut *tx, c => sqlx::query_as(
        "select workspace_id, id, campaign_id, lead_id, step_id, variant_id, mailbox_id, fence, sending_at, reply_words
         from sends where workspace_id = $1 and campaign_id = $2 and state = 'unknown' and kind = 'step' and ($3 is null or id = $3)
         order by state_since, id limit $4")
        .bind(workspace).bind(campaign).bind(send).bind(DECIDED_MAX).fetch_all(c).await)?;
    let (decided, code) = match decision {
        Decision::CountAsSent => {
            let counted: Vec<Handed> = unknown.iter().map(UnknownRow::handed).collect();
            outcome::sent(tx, &counted, at).await?;
            (unknown.iter().map(|row| row.id).collect::<BTreeSet<SendId>>(), "counted_as_sent")
        }
        Decision::SendAgain => (send_again(tx, &unknown, at).await?, "sent_again"),
    };
    let about = unknown.iter().filter(|row| decided.contains(&row.id));
    let events: Vec<Event> = about
        .filter_map(|row| {
            let event = Event { send: Some(row.id), ..Event::of(EventKind::Continued, campaign).by(by) };
            Some(event.about(row.lead_id?).with(json!({ "code": code })))
        })
        .collect();
    event::record(tx, workspace, &events, at).await?;
    wake(tx, workspace, campaign, at).await?;
    Ok(decided.len())
}

/// Puts mails into the queue once more, those whose sequences wait for it. The fence rises, so that a late reply to the first time does
/// not count for the second.
async fn send_again(tx: &mut Tx, unknown: &[UnknownRow], at: Instant) -> sqlx::Result<BTreeSet<SendId>> {
    let mut again = BTreeSet::new();
    let rows = unknown.iter().map(|row| (row.workspace_id, row.id, row.fence, row.campaign_id, row.lead_id));
    for batch in batches(rows)? {
        let batch = Json(batch);
        let sql = format!(
            "update sends as d set state = 'queued', state_since = $2, run_at = $2, code = null, fence = d.fence + 1
             from json_each($1) j
             where d.workspace_id = unhex(j.value ->> 0, '-') and d.id = unhex(j.value ->> 1, '-')
               and d.fence = cast(j.value ->> 2 as bigint) and d.state = 'unknown'
               and exists (select 1 from enrolments e where e.workspace_id = d.workspace_id and e.campaign_id = d.campaign_id
                   and e.lead_id = d.lead_id and {WAITS_FOR_OUTCOME})
             returning id"
        );
        let some: Vec<SendId> = on!(&mut *tx, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
            .bind(&batch).bind(at).fetch_all(c).await)?;
        again.extend(some);
        on!(&mut *tx, c => sqlx::query(
            "update enrolments as e set state = 'in_flight', code = null, params = null, since = $2 from json_each($1) j
             where e.workspace_id = unhex(j.value ->> 0, '-') and e.campaign_id = unhex(j.value ->> 3, '-')
               and e.lead_id = unhex(j.value ->> 4, '-') and e.state = 'held' and e.code = $3
               and exists (select 1 from sends d where d.workspace_id = e.workspace_id and d.id = unhex(j.value ->> 1, '-')
                   and d.state = 'queued')")
            .bind(&batch).bind(at).bind(UNKNOWN_OUTCOME).execute(c).await.map(drop))?;
    }
    Ok(again)
}
