//! Reads what is known of a person, by the keyed hashes of the address.

use serde::Deserialize;
use serde_json::Value;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    email::Email,
    ids::CampaignId,
    outreach::{
        ids::ThreadId,
        inbox::{Label, read_label},
    },
    server::{
        clock::Instant,
        db::Tx,
        hexadecimal::hexadecimal,
        select::{Select, together},
    },
    suppression::{self, Entry, SuppressionKeys},
};

/// Rows of each kind.
const ROWS_MAX: i64 = 100;

/// A lead of the workspace with this address.
#[derive(Debug, Clone, Deserialize)]
pub struct LeadLine {
    pub id: LeadId,
    pub name: String,
    pub company: String,
    pub campaign: String,
    pub source: String,
    pub delivered_at: Instant,
    /// What it cost; nothing for one of an own list.
    pub price: Option<i64>,
    pub refunded_at: Option<Instant>,
}

/// The person in a sequence.
#[derive(Debug, Clone, Deserialize)]
pub struct SequenceLine {
    pub campaign_id: CampaignId,
    pub campaign: String,
    pub lead_id: LeadId,
    pub state: String,
    pub code: Option<String>,
    pub params: Option<Value>,
    pub since: Instant,
}

/// A mail to the person.
#[derive(Debug, Clone, Deserialize)]
pub struct MailLine {
    /// The position of the step.
    pub step: Option<i64>,
    pub campaign: String,
    pub subject: Option<String>,
    pub mailbox: String,
    pub state: String,
    pub code: Option<String>,
    pub at: Instant,
    pub bounced_at: Option<Instant>,
}

/// A conversation with the person.
#[derive(Debug, Clone, Deserialize)]
pub struct ThreadLine {
    pub id: ThreadId,
    pub subject: String,
    pub first_line: String,
    #[serde(deserialize_with = "read_label")]
    pub label: Option<Label>,
    pub label_confirmed: bool,
    pub at: Instant,
}

/// What is known of a person.
#[derive(Debug, Clone, Default)]
pub struct Person {
    pub leads: Vec<LeadLine>,
    pub sequences: Vec<SequenceLine>,
    /// Newest first.
    pub mails: Vec<MailLine>,
    pub threads: Vec<ThreadLine>,
    pub suppressed: Vec<Entry>,
    /// When they asked that no one on this server writes to them. Not told of people the workspace knows nothing of.
    pub objected_at: Option<Instant>,
}

/// When a person objected.
#[derive(Deserialize)]
struct Objection {
    at: Instant,
}

impl Person {
    pub fn is_unknown(&self) -> bool {
        self.leads.is_empty()
            && self.sequences.is_empty()
            && self.mails.is_empty()
            && self.threads.is_empty()
            && self.suppressed.is_empty()
    }
}

/// What the workspace knows of the person behind `address`.
///
/// # Errors
/// The database's.
pub async fn person(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    address: &Email,
) -> sqlx::Result<Person> {
    let (key, canonical) = (hexadecimal(&keys.recipient(address).0), hexadecimal(&keys.canonical(address).0));
    let selects = (
        select_leads(workspace, address),
        select_sequences(workspace, key.clone()),
        select_mails(workspace, key.clone()),
        select_threads(workspace, key, address),
        select_objection(canonical),
    );
    let (leads, sequences, mails, threads, objection) = together(tx, selects).await?;
    let suppressed = suppression::entries_of(tx, workspace, keys.of_recipient(address), ROWS_MAX).await?;
    let person = Person { leads, sequences, mails, threads, suppressed, objected_at: None };
    let objected_at = objection.map(|objection| objection.at).filter(|_| !person.is_unknown());
    Ok(Person { objected_at, ..person })
}

fn select_objection(canonical: String) -> Select<Option<Objection>> {
    Select::rows("at", "select o.created_at as at from objections o where o.key = unhex($1)").bind(canonical).first()
}

/// Leads whose address is shown. Finding the others would tell whether a guess is right, and a lead that was looked at cannot be returned.
fn select_leads(workspace: WorkspaceId, address: &Email) -> Select<Vec<LeadLine>> {
    let text = format!(
        "select l.id, trim(l.first_name || ' ' || l.last_name) as name, l.company, p.name as campaign,
             coalesce(s.name, w.file_name, '') as source, l.delivered_at, coalesce(l.price, r.price) as price, l.refunded_at
         from leads l
         left join sources s on s.id = l.source_id
         left join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
         left join own_lists w on w.workspace_id = l.workspace_id and w.id = l.list_id
         join campaigns p on p.workspace_id = l.workspace_id and p.id = coalesce(r.campaign_id, w.campaign_id)
         where l.workspace_id = $1 and l.email = $2 and l.returned_at is null and l.revealed_at is not null
         order by l.delivered_at desc, l.id desc limit {ROWS_MAX}"
    );
    Select::rows("id, name, company, campaign, source, delivered_at, price, refunded_at", text)
        .bind(workspace.0)
        .bind(address.as_str().to_owned())
}

fn select_sequences(workspace: WorkspaceId, key: String) -> Select<Vec<SequenceLine>> {
    let text = format!(
        "select e.campaign_id, p.name as campaign, e.lead_id, e.state, e.code, e.params, e.since from enrolments e
         join campaigns p on p.workspace_id = e.workspace_id and p.id = e.campaign_id
         join leads l on l.workspace_id = e.workspace_id and l.id = e.lead_id and l.revealed_at is not null
         where e.workspace_id = $1 and e.recipient_key = unhex($2) order by e.since desc limit {ROWS_MAX}"
    );
    Select::rows("campaign_id, campaign, lead_id, state, code, params json, since", text).bind(workspace.0).bind(key)
}

fn select_mails(workspace: WorkspaceId, key: String) -> Select<Vec<MailLine>> {
    let text = format!(
        "select s.position as step, p.name as campaign, d.subject, b.address as mailbox, d.state, d.code,
             coalesce(d.sent_at, d.state_since) as at, d.bounced_at
         from sends d
         join campaigns p on p.workspace_id = d.workspace_id and p.id = d.campaign_id
         join mailboxes b on b.workspace_id = d.workspace_id and b.id = d.mailbox_id
         left join steps s on s.workspace_id = d.workspace_id and s.id = d.step_id
         where d.workspace_id = $1 and d.recipient_key = unhex($2) and d.kind <> 'test'
         order by coalesce(d.sent_at, d.state_since) desc, d.id desc limit {ROWS_MAX}"
    );
    Select::rows("step, campaign, subject, mailbox, state, code, at, bounced_at", text).bind(workspace.0).bind(key)
}

fn select_threads(workspace: WorkspaceId, key: String, address: &Email) -> Select<Vec<ThreadLine>> {
    let text = format!(
        "select t.id, t.subject, t.first_line, t.label, t.label_confirmed, t.last_in_at as at from threads t
         where t.workspace_id = $1 and t.id in (
             select k.id from threads k where k.workspace_id = $1 and k.recipient_key = unhex($2)
             union select a.id from threads a where a.workspace_id = $1 and a.address = $3)
         order by t.last_in_at desc, t.id desc limit {ROWS_MAX}"
    );
    Select::rows("id, subject, first_line, label, label_confirmed flag, at", text)
        .bind(workspace.0)
        .bind(key)
        .bind(address.as_str().to_owned())
}
