//! What a lead has had of a sequence, and what is still to come.

use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{SendId, StepId},
        mailboxes::outbox::OutboxMail,
        progress::{
            activity::{EventLine, of_lead},
            why::SendingState,
        },
    },
    server::{clock::Instant, db::Tx},
};

/// Events of one sequence on the page.
const EVENTS_SHOWN: i64 = 100;

/// A lead in the sequence of a campaign.
#[derive(Debug, Clone, FromRow)]
pub struct Enrolment {
    pub campaign_id: CampaignId,
    pub campaign_name: String,
    pub sending: SendingState,
    pub time_zone: String,
    pub state: String,
    pub code: Option<String>,
    pub params: Option<Json<Value>>,
    pub since: Instant,
    pub held_until: Option<Instant>,
    pub next_step_id: Option<StepId>,
    pub due_at: Option<Instant>,
}

/// A mail of the sequence, and what became of it for this lead.
#[derive(Debug, Clone, FromRow)]
pub struct StepLine {
    pub id: StepId,
    pub position: i64,
    pub is_removed: bool,
    pub send_id: Option<SendId>,
    pub state: Option<String>,
    pub code: Option<String>,
    pub sent_at: Option<Instant>,
    pub mailbox: Option<String>,
}

/// A mail as it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentText {
    pub subject: String,
    pub text: String,
}

/// Everything about a lead in one sequence.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub enrolment: Enrolment,
    pub steps: Vec<(StepLine, Option<SentText>)>,
    pub events: Vec<EventLine>,
}

/// The sequences a lead is or was in, that of `home` among them: the campaign that it was delivered to.
///
/// # Errors
/// The database's.
pub async fn timelines(
    tx: &mut Tx,
    workspace: WorkspaceId,
    home: CampaignId,
    lead: LeadId,
) -> sqlx::Result<Vec<Timeline>> {
    let enrolments: Vec<Enrolment> = on!(&mut *tx, c => sqlx::query_as(
        "select e.campaign_id, p.name as campaign_name, s.state as sending, s.time_zone, e.state, e.code, e.params, e.since,
             e.held_until, e.next_step_id, e.due_at
         from enrolments e
         join campaigns p on p.workspace_id = e.workspace_id and p.id = e.campaign_id
         join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id
         where e.workspace_id = $1 and e.lead_id = $2 and e.campaign_id in (
             select campaign_id from campaign_leads where workspace_id = $1 and lead_id = $2 union select $3)
         order by e.since, e.campaign_id")
        .bind(workspace).bind(lead).bind(home).fetch_all(c).await)?;
    let mut timelines = Vec::with_capacity(enrolments.len());
    for enrolment in enrolments {
        let campaign = enrolment.campaign_id;
        let steps = steps(tx, workspace, campaign, lead).await?;
        let events = of_lead(tx, (workspace, campaign), lead, EVENTS_SHOWN).await?;
        timelines.push(Timeline { enrolment, steps, events });
    }
    Ok(timelines)
}

async fn steps(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    lead: LeadId,
) -> sqlx::Result<Vec<(StepLine, Option<SentText>)>> {
    let lines: Vec<StepLine> = on!(&mut *tx, c => sqlx::query_as(
        "select p.id, p.position, p.removed_at is not null as is_removed, d.id as send_id, d.state, d.code, d.sent_at,
             m.address as mailbox
         from steps p
         left join sends d on d.workspace_id = p.workspace_id and d.campaign_id = p.campaign_id and d.lead_id = $3
             and d.step_id = p.id and d.kind = 'step'
         left join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         where p.workspace_id = $1 and p.campaign_id = $2 and (p.removed_at is null or d.id is not null)
         order by p.position, p.removed_at is null, p.id limit 50")
        .bind(workspace).bind(campaign).bind(lead).fetch_all(c).await)?;
    let mut steps = Vec::with_capacity(lines.len());
    for line in lines {
        let text = match line.send_id.filter(|_| line.sent_at.is_some()) {
            Some(send) => sent_text(tx, workspace, send).await?,
            None => None,
        };
        steps.push((line, text));
    }
    Ok(steps)
}

async fn sent_text(tx: &mut Tx, workspace: WorkspaceId, send: SendId) -> sqlx::Result<Option<SentText>> {
    let mail: Option<OutboxMail> = on!(tx, c => sqlx::query_as(
        "select recipient, subject, message, received_at from outbox_mails where workspace_id = $1 and send_id = $2
         order by id limit 1")
        .bind(workspace).bind(send).fetch_optional(c).await)?;
    Ok(mail.map(|mail| SentText { text: mail.text(), subject: mail.subject }))
}
