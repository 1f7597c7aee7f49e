//! Reads what the checklist is made of.

use serde::Deserialize;

use super::{CheckedMailbox, Checklist, Confirmation, Confirmed, Found, LeadCounts, StepText};
use crate::{
    accounts::WorkspaceId,
    campaigns::{Campaign, leads::countries::leads_in},
    credits::CampaignId,
    outreach::progress::{
        facts::day_in,
        why::{MailboxState, SendingState},
    },
    server::{
        clock::Instant,
        db::Tx,
        select::{Select, together},
    },
};

/// The checklist of a campaign. `consent_countries` are those (ISO 3166-1) whose law asks for consent first.
///
/// # Errors
/// The database's.
pub async fn read(
    tx: &mut Tx,
    workspace: WorkspaceId,
    campaign: &Campaign,
    consent_countries: &[String],
    at: Instant,
) -> sqlx::Result<Checklist> {
    let id = campaign.id;
    let of_campaign = (sending(workspace, id), texts(workspace, id), mailboxes(workspace, id));
    let of_leads = (leads(workspace, id), confirmations(workspace, id));
    let ((sending, texts, mailboxes), (leads, confirmations)) = together(tx, (of_campaign, of_leads)).await?;
    let confirmed = |what| {
        let found = confirmations.iter().find(|row| row.what == what)?;
        Some(Confirmed { by: found.by_name.clone(), at: found.confirmed_at })
    };
    let mut found = Found {
        texts,
        mailboxes,
        consent_first: leads_in(tx, workspace, id, consent_countries).await?,
        lawful_basis: confirmed(Confirmation::LawfulBasis),
        preview: confirmed(Confirmation::Preview),
        ..Found::default()
    };
    if let Some(row) = leads {
        found.postal_address = row.postal_address.unwrap_or_default();
        found.leads_may_come = row.may_come;
        found.counts = LeadCounts {
            leads: row.leads,
            missing_fields: 0,
            suppressed: row.suppressed,
            mailed_before: row.mailed_before,
            elsewhere: row.elsewhere,
        };
    }
    if let Some(row) = sending {
        found.state = row.state;
        found.has_schedule = true;
        found.is_over = row.ends_on.is_some_and(|last| last < day_in(&row.time_zone, at));
        found.opens_at = row.windows.then_some(at);
    }
    Ok(Checklist::of(id, found))
}

#[derive(Deserialize)]
struct SendingRow {
    state: SendingState,
    time_zone: String,
    ends_on: Option<i64>,
    windows: bool,
}

fn sending(workspace: WorkspaceId, campaign: CampaignId) -> Select<Option<SendingRow>> {
    let text = "select s.state, s.time_zone, s.ends_on, exists (select 1 from campaign_windows v
             where v.workspace_id = s.workspace_id and v.campaign_id = s.campaign_id) as windows
         from campaign_sending s where s.workspace_id = $1 and s.campaign_id = $2";
    Select::<Vec<SendingRow>>::rows("state, time_zone, ends_on, windows flag", text)
        .bind(workspace.0)
        .bind(campaign.0)
        .first()
}

#[derive(Deserialize)]
struct TextRow {
    position: i64,
    needs_subject: bool,
    subject: String,
    body: String,
}

fn texts(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<StepText>> {
    let text = "select p.position, (p.new_thread or p.position = 1) as needs_subject, t.subject, t.body
         from steps p
         join variants v on v.workspace_id = p.workspace_id and v.step_id = p.id and v.removed_at is null
         join texts t on t.workspace_id = v.workspace_id and t.id = v.text_id
         where p.workspace_id = $1 and p.campaign_id = $2 and p.removed_at is null order by p.position, v.letter";
    Select::<Vec<TextRow>>::rows("position, needs_subject flag, subject, body", text)
        .bind(workspace.0)
        .bind(campaign.0)
        .map(|rows| rows.into_iter().map(StepText::from).collect())
}

impl From<TextRow> for StepText {
    fn from(row: TextRow) -> Self {
        let TextRow { position, needs_subject, subject, body } = row;
        Self { position, subject, body, needs_subject, faults: Vec::new() }
    }
}

#[derive(Deserialize)]
struct MailboxRow {
    address: String,
    state: MailboxState,
    rushed: bool,
}

fn mailboxes(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<CheckedMailbox>> {
    // Slow start is over when a mailbox has sent on fourteen days.
    let text = "select m.address, m.state, (m.ramp_start is null and m.ramp_days < 14) as rushed
         from campaign_mailboxes c
         join mailboxes m on m.workspace_id = c.workspace_id and m.id = c.mailbox_id
         where c.workspace_id = $1 and c.campaign_id = $2 and c.state = 'on' order by m.address";
    let checked = |row: MailboxRow| CheckedMailbox { address: row.address, state: row.state, is_rushed: row.rushed };
    Select::<Vec<MailboxRow>>::rows("address, state, rushed flag", text)
        .bind(workspace.0)
        .bind(campaign.0)
        .map(move |rows| rows.into_iter().map(checked).collect())
}

#[derive(Deserialize)]
struct LeadsRow {
    leads: i64,
    postal_address: Option<String>,
    may_come: bool,
    suppressed: i64,
    mailed_before: i64,
    elsewhere: i64,
}

fn leads(workspace: WorkspaceId, campaign: CampaignId) -> Select<Option<LeadsRow>> {
    let text = "select p.leads, o.postal_address,
             (exists (select 1 from lead_requests r where r.workspace_id = p.workspace_id and r.campaign_id = p.id
                 and r.state in ('queued', 'running'))
              or exists (select 1 from standing_requests q where q.workspace_id = p.workspace_id and q.campaign_id = p.id
                 and q.state <> 'ended')) as may_come,
             (select count(*) from enrolments e where e.workspace_id = p.workspace_id and e.campaign_id = p.id
                 and e.state = 'stopped' and e.code = 'suppressed') as suppressed,
             (select count(*) from campaign_leads m join leads l on l.workspace_id = m.workspace_id and l.id = m.lead_id
                 where m.workspace_id = p.workspace_id and m.campaign_id = p.id and not m.enrolled
                     and l.mailed_at is not null) as mailed_before,
             (select count(*) from campaign_leads m
                 join campaign_leads n on n.workspace_id = m.workspace_id and n.lead_id = m.lead_id
                     and n.campaign_id <> m.campaign_id
                 join enrolments e on e.workspace_id = n.workspace_id and e.campaign_id = n.campaign_id
                     and e.lead_id = n.lead_id and e.occupies
                 where m.workspace_id = p.workspace_id and m.campaign_id = p.id) as elsewhere
         from campaigns p left join outreach_settings o on o.workspace_id = p.workspace_id
         where p.workspace_id = $1 and p.id = $2";
    let columns = "leads, postal_address, may_come flag, suppressed, mailed_before, elsewhere";
    Select::<Vec<LeadsRow>>::rows(columns, text).bind(workspace.0).bind(campaign.0).first()
}

#[derive(Deserialize)]
struct ConfirmationRow {
    what: Confirmation,
    by_name: String,
    confirmed_at: Instant,
}

fn confirmations(workspace: WorkspaceId, campaign: CampaignId) -> Select<Vec<ConfirmationRow>> {
    let text = "select c.what, u.name as by_name, c.confirmed_at from campaign_confirmations c
         join users u on u.id = c.confirmed_by where c.workspace_id = $1 and c.campaign_id = $2";
    Select::rows("what, by_name, confirmed_at", text).bind(workspace.0).bind(campaign.0)
}
