//! A person who wants no more mails, and who may take that back within a day.

use std::{collections::HashSet, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::{FromRow, types::Json};

use super::{
    suppress::{Suppressed, suppress},
    texts::Scope,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailboxId, SendId},
        progress::event::{self, Event, EventKind},
        sending::{Reopened, Sequence, reopen, wake},
        sequences::closing::Language,
    },
    server::{clock::Instant, db::Tx},
    suppression::{Cause, Key, Reason, Subject, SubjectKind, masked},
};

/// How long an opt-out can be undone.
const UNDO: Duration = Duration::from_secs(24 * 60 * 60);
/// What is shown of a person whose data was erased.
const ERASED: &str = "••••";

/// A mail, and who got it from which workspace.
#[derive(Debug, Clone, FromRow)]
pub struct Mail {
    pub is_test: bool,
    pub workspace_name: String,
    pub language: Language,
    campaign_id: CampaignId,
    lead_id: Option<LeadId>,
    mailbox_id: MailboxId,
    canonical_key: Key,
    slot_day: Option<i64>,
    is_opted_out: bool,
    /// `None` once the data of the person was erased.
    email: Option<String>,
}

impl Mail {
    /// The address that the mail went to, for whoever opens its link.
    pub fn masked_address(&self) -> String {
        self.email.as_deref().map_or_else(|| ERASED.to_owned(), masked)
    }
}

/// The mail of a token; `None` when it is gone.
///
/// # Errors
/// Only the database's.
pub async fn mail(tx: &mut Tx, workspace: WorkspaceId, send: SendId) -> sqlx::Result<Option<Mail>> {
    on!(tx, c => sqlx::query_as(
        "select d.kind = 'test' as is_test, w.name as workspace_name, coalesce(s.language, 'en') as language, d.campaign_id, d.lead_id,
             d.mailbox_id, d.canonical_key, d.slot_day, d.opted_out_at is not null as is_opted_out, l.email
         from sends d
         join workspaces w on w.id = d.workspace_id
         left join campaign_sending s on s.workspace_id = d.workspace_id and s.campaign_id = d.campaign_id
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.id = $2")
        .bind(workspace).bind(send).fetch_optional(c).await)
}

/// What the event of an opt-out remembers, so that it can be undone.
#[derive(Serialize, Deserialize)]
struct Remembered {
    scope: String,
    stopped: Vec<Sequence>,
}

/// Suppresses the person of a mail and stops their sequences. Asked again, nothing more happens. Returns the campaigns in which
/// something was stopped.
///
/// # Errors
/// Only the database's.
pub async fn opt_out(
    tx: &mut Tx,
    (workspace, send): (WorkspaceId, SendId),
    mail: &Mail,
    scope: Scope,
    at: Instant,
) -> sqlx::Result<Vec<CampaignId>> {
    let shown = mail.email.clone().unwrap_or_else(|| ERASED.to_owned());
    let subject = Subject { key: mail.canonical_key, kind: SubjectKind::Address, shown };
    let (campaign, word) = match scope {
        Scope::Workspace => (None, "workspace"),
        Scope::Campaign => (Some(mail.campaign_id.0), "campaign"),
    };
    let cause = Cause { campaign, mail: Some(send.0), ..Cause::of(Reason::Unsubscribed) };
    let suppressed = suppress(tx, workspace, &[subject], &cause, at).await?;
    let mut campaigns = suppressed.campaigns();
    let Suppressed { added, stopped } = suppressed;
    if added == 0 && stopped.is_empty() {
        return Ok(Vec::new());
    }
    let params = serde_json::to_value(Remembered { scope: word.into(), stopped });
    let event = Event {
        send: Some(send),
        lead: mail.lead_id,
        ..Event::of(EventKind::Unsubscribed, mail.campaign_id)
            .with(params.map_err(|error| sqlx::Error::Encode(error.into()))?)
    };
    event::record(tx, workspace, &[event], at).await?;
    set_opted_out(tx, (workspace, send), mail, Some(at)).await?;
    campaigns.insert(mail.campaign_id);
    Ok(campaigns.into_iter().collect())
}

/// Notes on the mail, and in the counts of its day, that it led to an opt-out, or that this was undone.
async fn set_opted_out(
    tx: &mut Tx,
    (workspace, send): (WorkspaceId, SendId),
    mail: &Mail,
    opted_out_at: Option<Instant>,
) -> sqlx::Result<()> {
    on!(&mut *tx, c => sqlx::query("update sends set opted_out_at = $3 where workspace_id = $1 and id = $2")
        .bind(workspace).bind(send).bind(opted_out_at).execute(c).await.map(drop))?;
    let change = i64::from(opted_out_at.is_some()) - i64::from(mail.is_opted_out);
    let Some(day) = mail.slot_day.filter(|_| change != 0) else { return Ok(()) };
    for (scope, subject) in [("campaign", mail.campaign_id.0), ("mailbox", mail.mailbox_id.0)] {
        on!(&mut *tx, c => sqlx::query(
            "update outcome_days set opt_outs = opt_outs + $5
             where workspace_id = $1 and scope = $2 and subject = $3 and day = $4")
            .bind(workspace).bind(scope).bind(subject.as_bytes().to_vec()).bind(day).bind(change)
            .execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Takes back what this mail's link did in the last 24 hours, and lets the sequences continue that it stopped. Returns the campaigns
/// that changed; `None` when there is nothing to undo (any more).
///
/// # Errors
/// Only the database's.
pub async fn undo(
    tx: &mut Tx,
    (workspace, send): (WorkspaceId, SendId),
    mail: &Mail,
    at: Instant,
) -> sqlx::Result<Option<Vec<CampaignId>>> {
    let undone: Vec<Instant> = on!(&mut *tx, c => sqlx::query_scalar(
        "delete from suppressions where workspace_id = $1 and cause_id = $2 and reason = 'unsubscribed' and created_at > $3
         returning created_at")
        .bind(workspace).bind(send).bind(at.minus(UNDO)).fetch_all(c).await)?;
    if undone.is_empty() {
        return Ok(None);
    }
    let mut campaigns = HashSet::from([mail.campaign_id]);
    for since in undone {
        for sequence in remembered(tx, (workspace, send), mail, since).await? {
            let why = Reopened { code: "unsubscribed", since, not_before: Instant(0) };
            if reopen(tx, workspace, &sequence, why, at).await? {
                let lead = Event::of(EventKind::Continued, sequence.campaign_id).about(sequence.lead_id);
                let event = lead.with(serde_json::json!({ "code": "unsubscribed" }));
                event::record(tx, workspace, &[event], at).await?;
                campaigns.insert(sequence.campaign_id);
            }
        }
    }
    set_opted_out(tx, (workspace, send), mail, None).await?;
    for campaign in &campaigns {
        wake(tx, workspace, *campaign, at).await?;
    }
    Ok(Some(campaigns.into_iter().collect()))
}

/// The sequences that the opt-out of this moment stopped.
async fn remembered(
    tx: &mut Tx,
    (workspace, send): (WorkspaceId, SendId),
    mail: &Mail,
    since: Instant,
) -> sqlx::Result<Vec<Sequence>> {
    let events: Vec<Json<Remembered>> = on!(tx, c => sqlx::query_scalar(
        "select params from outreach_events
         where workspace_id = $1 and campaign_id = $2 and lead_id = $3 and send_id = $4 and kind = 'unsubscribed' and at = $5")
        .bind(workspace).bind(mail.campaign_id).bind(mail.lead_id).bind(send).bind(since).fetch_all(c).await)?;
    Ok(events.into_iter().flat_map(|event| event.0.stopped).collect())
}
