//! What a lead has had of a sequence, and what is still to come.

use serde::Deserialize;
use serde_json::Value;
use sqlx::{FromRow, types::Json};

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::StepId,
        mailboxes::outbox::text_of,
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
#[derive(Debug, Clone, Deserialize, FromRow)]
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
    pub state: Option<String>,
    pub code: Option<String>,
    pub sent_at: Option<Instant>,
    /// When it is tried again.
    pub run_at: Option<Instant>,
    /// What the server said last.
    pub words: Option<String>,
    pub mailbox: Option<String>,
}

/// A try of a mail that no server took.
#[derive(Debug, Clone, FromRow)]
pub struct TryLine {
    pub step_id: StepId,
    pub at: Instant,
    pub code: String,
    /// Where in the conversation, and what the server said there.
    pub stage: Option<String>,
    pub words: Option<String>,
}

/// A mail as it left.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentText {
    pub subject: String,
    pub text: String,
}

#[derive(FromRow)]
struct StepRow {
    #[sqlx(flatten)]
    line: StepLine,
    subject: Option<String>,
    /// RFC 5322, once it was handed over.
    message: Option<String>,
}

/// Everything about a lead in one sequence.
#[derive(Debug, Clone)]
pub struct Timeline {
    pub enrolment: Enrolment,
    pub steps: Vec<(StepLine, Option<SentText>)>,
    /// Oldest first.
    pub tries: Vec<TryLine>,
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
        let tries = match steps.iter().any(|(step, _)| step.words.is_some()) {
            true => tries(tx, workspace, campaign, lead).await?,
            false => Vec::new(),
        };
        timelines.push(Timeline { enrolment, steps, tries, events });
    }
    Ok(timelines)
}

async fn steps(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: CampaignId,
    lead: LeadId,
) -> sqlx::Result<Vec<(StepLine, Option<SentText>)>> {
    let rows: Vec<StepRow> = on!(tx, c => sqlx::query_as(
        "select p.id, p.position, p.removed_at is not null as is_removed, d.state, d.code, d.sent_at, d.run_at,
             trim(coalesce(cast(d.reply_code as text) || ' ', '') || coalesce(d.reply_status || ' ', '') || d.reply_words) as words,
             m.address as mailbox, coalesce(o.subject, d.subject) as subject,
             coalesce(o.message, k.message) as message
         from steps p
         left join sends d on d.workspace_id = p.workspace_id and d.campaign_id = p.campaign_id and d.lead_id = $3
             and d.step_id = p.id and d.kind = 'step'
         left join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         left join outbox_mails o on o.workspace_id = d.workspace_id and o.id = (
             select e.id from outbox_mails e where e.workspace_id = d.workspace_id and e.send_id = d.id order by e.received_at, e.id limit 1)
         left join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
         where p.workspace_id = $1 and p.campaign_id = $2 and (p.removed_at is null or d.id is not null)
         order by p.position, p.removed_at is null, p.id limit 50")
        .bind(workspace).bind(campaign).bind(lead).fetch_all(c).await)?;
    let sent = |StepRow { line, subject, message }: StepRow| {
        let text = subject.zip(message).map(|(subject, message)| SentText { subject, text: text_of(&message) });
        (line, text)
    };
    Ok(rows.into_iter().map(sent).collect())
}

async fn tries(tx: &mut Tx, workspace: WorkspaceId, campaign: CampaignId, lead: LeadId) -> sqlx::Result<Vec<TryLine>> {
    on!(tx, c => sqlx::query_as(
        "select d.step_id, t.at, t.code, t.stage,
             trim(coalesce(cast(t.reply_code as text) || ' ', '') || coalesce(t.reply_status || ' ', '') || t.reply_words) as words
         from sends d
         join send_tries t on t.workspace_id = d.workspace_id and t.send_id = d.id
         where d.workspace_id = $1 and d.campaign_id = $2 and d.lead_id = $3 and d.kind = 'step' order by t.at, t.attempt limit 200")
        .bind(workspace).bind(campaign).bind(lead).fetch_all(c).await)
}
