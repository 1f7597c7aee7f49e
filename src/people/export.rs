//! Everything that this instance knows of a person, as JSON: what they may ask for (GDPR article 15).

use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Json};

use super::Reach;
use crate::{
    accounts::WorkspaceId,
    email::Email,
    on,
    server::{clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

#[derive(Serialize, FromRow)]
struct InDirectory {
    first_name: String,
    last_name: String,
    title: String,
    company: String,
    domain: String,
    industry: String,
    country: String,
    region: String,
    city: String,
    linkedin: String,
    phone: String,
    email_status: String,
    keywords: String,
    technologies: String,
    /// Who told us.
    source: String,
}

#[derive(Serialize, FromRow)]
struct Lead {
    #[serde(skip)]
    workspace_id: WorkspaceId,
    #[serde(skip)]
    id: uuid::Uuid,
    workspace: String,
    first_name: String,
    last_name: String,
    title: String,
    company: String,
    country: String,
    region: String,
    city: String,
    linkedin: String,
    phone: String,
    source: Option<String>,
    own_list: Option<String>,
    delivered_at: Instant,
}

#[derive(Serialize, FromRow)]
struct Sent {
    subject: Option<String>,
    sender: String,
    state: String,
    sent_at: Option<Instant>,
    /// RFC 5322.
    message: Option<String>,
}

#[derive(Serialize, FromRow)]
struct Answer {
    direction: String,
    from_address: String,
    from_name: String,
    subject: String,
    at: Instant,
    read_as: String,
    label: Option<String>,
    text: Option<String>,
}

#[derive(Serialize, FromRow)]
struct Suppressed {
    workspace: String,
    reason: String,
    note: String,
    since: Instant,
}

/// What is known of the person with this address within `reach`. A workspace sees its own rows, and of leads those whose address it has
/// revealed. Instants are microseconds since 1970-01-01 UTC.
///
/// # Errors
/// The database's.
pub async fn export(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Value> {
    let sent = sent(tx, keys, reach, email).await?;
    let answers = answers(tx, keys, reach, email).await?;
    let mut known = json!({
        "address": email.as_str(),
        "leads": leads(tx, reach, email).await?,
        "mails_to_them": sent,
        "mails_from_them": answers,
        "notes_about_them": notes(tx, keys, reach, email).await?,
        "suppressed": suppressed(tx, keys, reach, email).await?,
    });
    if reach == Reach::Instance {
        known["directory"] = json!(directory(tx, email).await?);
        let objected: Option<Instant> = on!(tx, c => sqlx::query_scalar("select created_at from objections where key = $1")
            .bind(keys.canonical(email)).fetch_optional(c).await)?;
        known["objected_at"] = json!(objected);
    }
    Ok(known)
}

async fn directory(tx: &mut Tx, email: &Email) -> sqlx::Result<Option<InDirectory>> {
    on!(tx, c => sqlx::query_as(
        "select c.first_name, c.last_name, c.title, c.company, c.domain, c.industry, c.country, c.region, c.city, c.linkedin, c.phone,
             c.email_status, cast(c.keywords as text) as keywords, cast(c.technologies as text) as technologies, s.name as source
         from contacts c join sources s on s.id = c.source_id where c.email = $1")
        .bind(email.as_str()).fetch_optional(c).await)
}

async fn leads(tx: &mut Tx, reach: Reach, email: &Email) -> sqlx::Result<Vec<Value>> {
    let leads: Vec<Lead> = on!(&mut *tx, c => sqlx::query_as(
        "select l.workspace_id, l.id, w.name as workspace, l.first_name, l.last_name, l.title, l.company, l.country, l.region, l.city,
             l.linkedin, l.phone, s.name as source, o.file_name as own_list, l.delivered_at
         from leads l join workspaces w on w.id = l.workspace_id
         left join sources s on s.id = l.source_id
         left join own_lists o on o.workspace_id = l.workspace_id and o.id = l.list_id
         where l.email = $1 and ($2 is null or (l.workspace_id = $2 and l.revealed_at is not null))
         order by l.workspace_id, l.id")
        .bind(email.as_str()).bind(reach.workspace()).fetch_all(c).await)?;
    let mut shown = Vec::new();
    for lead in leads {
        let columns: Option<Json<Value>> = on!(&mut *tx, c => sqlx::query_scalar(
            "select cells from lead_columns where workspace_id = $1 and lead_id = $2")
            .bind(lead.workspace_id).bind(lead.id).fetch_optional(c).await)?;
        shown.push(json!({ "lead": lead, "columns": columns.map(|Json(cells)| cells) }));
    }
    Ok(shown)
}

async fn sent(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Vec<Sent>> {
    on!(tx, c => sqlx::query_as(
        "select d.subject, m.address as sender, d.state, d.sent_at, coalesce(k.message, o.message) as message
         from sends d
         join mailboxes m on m.workspace_id = d.workspace_id and m.id = d.mailbox_id
         left join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
         left join outbox_mails o on o.workspace_id = d.workspace_id and o.send_id = d.id
         where d.recipient_key = $1 and ($2 is null or d.workspace_id = $2) order by d.id")
        .bind(keys.recipient(email)).bind(reach.workspace()).fetch_all(c).await)
}

async fn answers(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Vec<Answer>> {
    on!(tx, c => sqlx::query_as(
        "select a.direction, a.from_address, a.from_name, a.subject, a.at, a.kind as read_as, t.label, b.text
         from threads t
         join mails a on a.workspace_id = t.workspace_id and a.thread_id = t.id
         left join mail_bodies b on b.workspace_id = a.workspace_id and b.mail_id = a.id
         where t.recipient_key = $1 and ($2 is null or t.workspace_id = $2) order by a.at, a.id")
        .bind(keys.recipient(email)).bind(reach.workspace()).fetch_all(c).await)
}

async fn notes(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Vec<String>> {
    on!(tx, c => sqlx::query_scalar(
        "select n.text from threads t join thread_notes n on n.workspace_id = t.workspace_id and n.thread_id = t.id
         where t.recipient_key = $1 and ($2 is null or t.workspace_id = $2) order by n.id")
        .bind(keys.recipient(email)).bind(reach.workspace()).fetch_all(c).await)
}

async fn suppressed(tx: &mut Tx, keys: &SuppressionKeys, reach: Reach, email: &Email) -> sqlx::Result<Vec<Suppressed>> {
    on!(tx, c => sqlx::query_as(
        "select w.name as workspace, s.reason, s.note, s.created_at as since
         from suppressions s join workspaces w on w.id = s.workspace_id
         where s.key in ($1, $2) and ($3 is null or s.workspace_id = $3) order by s.id")
        .bind(keys.recipient(email)).bind(keys.canonical(email)).bind(reach.workspace()).fetch_all(c).await)
}
