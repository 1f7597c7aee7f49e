//! Erasing what is known of a person (GDPR article 17). What stays says nothing of them: keyed hashes, so that they are never written to
//! again and no step is ever sent twice, and the facts that figures and the ledger are made of.
//!
//! A workspace erases what it keeps itself; the directory and other workspaces are the operator's to erase, or the person's own.

use std::{collections::BTreeSet, fmt};

use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use super::{Reach, mark::mark, touched::Touched};
use crate::{
    accounts::{WorkspaceId, audit},
    campaigns::ids::LeadId,
    directory::{ContactId, contacts},
    email::Email,
    ids::CampaignId,
    on,
    outreach::{ids::ThreadId, sending},
    server::{clock::Instant, db::Tx},
    suppression::{self, Cause, Key, Reason, Subject, SuppressionKeys},
    ui::plural,
};

/// What was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// A mail to the person is leaving at this moment; nothing was changed.
    Sending,
    Done(Done),
}

/// What was erased, and where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Done {
    pub counts: Counts,
    /// For [`tell`](super::tell), once it is committed.
    pub touched: Vec<Touched>,
}

/// Who asked for it, as the logs of the workspaces say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The person themselves, who proved the mailbox.
    Person,
    /// Who did it for them.
    Actor(audit::Actor),
}

impl By {
    fn actor(self) -> audit::Actor {
        match self {
            Self::Person => audit::Actor::System,
            Self::Actor(actor) => actor,
        }
    }

    /// What was done, with who asked for it where the log does not name them.
    fn detail(self, done: &impl fmt::Display) -> String {
        match self {
            Self::Person => format!("They asked for it: {done}"),
            Self::Actor(_) => done.to_string(),
        }
    }
}

impl Erased {
    /// What to do when a mail is leaving.
    pub const LEAVING: &str =
        "A mail to this person is leaving at this moment, so nothing was erased. Try again in a minute.";
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the directory.
    pub contacts: usize,
    pub leads: usize,
    /// Sequences that ended.
    pub sequences: usize,
    pub conversations: usize,
}

impl Counts {
    fn add(&mut self, other: Self) {
        self.contacts += other.contacts;
        self.leads += other.leads;
        self.sequences += other.sequences;
        self.conversations += other.conversations;
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.contacts > 0 {
            write!(f, "{} of the directory, ", number(self.contacts, "contact", "contacts"))?;
        }
        write!(
            f,
            "{}, {}; stopped {}",
            number(self.leads, "lead", "leads"),
            number(self.conversations, "conversation", "conversations"),
            number(self.sequences, "sequence", "sequences"),
        )
    }
}

/// What events say of a person in words.
const WORDS: [&str; 4] = ["words", "successor", "note", "name"];

/// Erases the person with this address within `reach`, with a line in the log of each workspace that changed. Over the whole instance it
/// also notes that they object to being listed again; a workspace never writes to them again.
///
/// # Errors
/// The database's.
pub async fn erase(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    (reach, by): (Reach, By),
    email: &Email,
    at: Instant,
) -> sqlx::Result<Erased> {
    let key = keys.recipient(email);
    let is_leaving: bool = on!(&mut *tx, c => sqlx::query_scalar(
        "select exists (select 1 from sends where recipient_key = $1 and state = 'sending' and ($2 is null or workspace_id = $2))")
        .bind(key).bind(reach.workspace()).fetch_one(c).await)?;
    if is_leaving {
        return Ok(Erased::Sending);
    }
    let mut done = Done::default();
    let workspaces = match reach {
        Reach::Instance => {
            suppression::object(tx, keys, email, at).await?;
            done.counts.contacts = from_directory(tx, email).await?;
            letters(tx, email).await?;
            workspaces(tx, email, key).await?
        }
        Reach::Workspace(workspace) => vec![workspace],
    };
    for workspace in workspaces {
        let Stopped { sequences, campaigns, .. } = stop(tx, workspace, keys, email, "erased", at).await?;
        let subject = Subject::address(keys, email);
        let is_new = suppression::suppress(tx, workspace, &subject, &Cause::of(Reason::Erased), at).await?;
        hide_in_suppressions(tx, workspace, [key, keys.canonical(email)]).await?;
        let leads = leads(tx, workspace, email).await?;
        mails(tx, workspace, key).await?;
        let conversations = conversations(tx, workspace, key).await?;
        let counts = Counts { contacts: 0, leads, sequences, conversations };
        // Repeated, it finds neither leads nor open sequences; conversations, without their words, are still there.
        if is_new || leads + sequences > 0 || matches!(reach, Reach::Workspace(_)) {
            let (subject, detail) = (mark(keys, email), by.detail(&counts));
            audit::record(tx, workspace, by.actor(), "Erased a person", &subject, &detail, at).await?;
        }
        done.counts.add(counts);
        done.touched.push(Touched { workspace, campaigns });
    }
    Ok(Erased::Done(done))
}

/// Ends the sequences of a person in all workspaces and takes them out of the directory: they object to being listed and written to. What
/// was written before stays. Returns where something of them is, for [`tell`](super::tell).
///
/// # Errors
/// The database's.
pub async fn leave_alone(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    email: &Email,
    at: Instant,
) -> sqlx::Result<Vec<Touched>> {
    let key = keys.recipient(email);
    let is_new = suppression::object(tx, keys, email, at).await?;
    from_directory(tx, email).await?;
    let mut touched = Vec::new();
    for workspace in workspaces(tx, email, key).await? {
        let stopped = stop(tx, workspace, keys, email, "objected", at).await?;
        if is_new || stopped.is_something() {
            let (actor, detail) = (By::Person.actor(), By::Person.detail(&stopped));
            audit::record(tx, workspace, actor, "Stopped writing to a person", &mark(keys, email), &detail, at).await?;
        }
        touched.push(Touched { workspace, campaigns: stopped.campaigns });
    }
    Ok(touched)
}

/// What no longer goes to a person.
struct Stopped {
    sequences: usize,
    /// Replies and test mails that had not left.
    mails: usize,
    /// Campaigns with a sequence of theirs, whatever its state.
    campaigns: BTreeSet<CampaignId>,
}

impl Stopped {
    fn is_something(&self) -> bool {
        self.sequences + self.mails > 0
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stopped {}", number(self.sequences, "sequence", "sequences"))?;
        if self.mails > 0 {
            write!(f, ", took back {}", number(self.mails, "mail", "mails"))?;
        }
        Ok(())
    }
}

fn number(count: usize, one: &str, many: &str) -> String {
    plural(i64::try_from(count).unwrap_or(i64::MAX), one, many)
}

async fn from_directory(tx: &mut Tx, email: &Email) -> sqlx::Result<usize> {
    // Taking the directory's row first keeps other writers of contacts out.
    contacts::store::advance_counters(tx, 0, 0).await?;
    let people: Vec<ContactId> = on!(&mut *tx, c => sqlx::query_scalar("select id from contacts where email = $1")
        .bind(email.as_str()).fetch_all(c).await)?;
    contacts::remove_contacts(tx, &people).await?;
    Ok(people.len())
}

/// Links that the person was sent to object by.
async fn letters(tx: &mut Tx, email: &Email) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query("delete from outbox_messages where recipient = $1 and link like '/objections/%'")
        .bind(email.as_str()).execute(c).await.map(drop))
}

async fn workspaces(tx: &mut Tx, email: &Email, key: Key) -> sqlx::Result<Vec<WorkspaceId>> {
    on!(tx, c => sqlx::query_scalar(
        "select workspace_id from leads where email = $1 union select workspace_id from threads where recipient_key = $2
         union select workspace_id from sends where recipient_key = $2 union select workspace_id from suppressions where key = $2
         order by 1")
        .bind(email.as_str()).bind(key).fetch_all(c).await)
}

/// Ends the sequences to a person in a workspace, and takes back what members wrote to them and has not left.
async fn stop(
    tx: &mut Tx,
    workspace: WorkspaceId,
    keys: &SuppressionKeys,
    email: &Email,
    code: &str,
    at: Instant,
) -> sqlx::Result<Stopped> {
    let open: Vec<(CampaignId, LeadId)> = on!(&mut *tx, c => sqlx::query_as(
        "select campaign_id, lead_id from enrolments where workspace_id = $1 and recipient_key = $2")
        .bind(workspace).bind(keys.recipient(email)).fetch_all(c).await)?;
    let sequences = sending::stop(tx, workspace, &open, sending::Stop { code, actor: None }, at).await?;
    let mails = sending::call_back_to(tx, workspace, keys.canonical(email), code, at).await?;
    Ok(Stopped { sequences, mails, campaigns: open.into_iter().map(|(campaign, _)| campaign).collect() })
}

/// The list shows addresses as they were added.
async fn hide_in_suppressions(tx: &mut Tx, workspace: WorkspaceId, keys: [Key; 2]) -> sqlx::Result<()> {
    on!(tx, c => sqlx::query(
        "update suppressions set shown = '••••', note = '' where workspace_id = $1 and kind = 'address' and key in ($2, $3)")
        .bind(workspace).bind(keys[0]).bind(keys[1]).execute(c).await.map(drop))
}

async fn leads(tx: &mut Tx, workspace: WorkspaceId, email: &Email) -> sqlx::Result<usize> {
    let leads: Vec<LeadId> = on!(&mut *tx, c => sqlx::query_scalar("select id from leads where workspace_id = $1 and email = $2")
        .bind(workspace).bind(email.as_str()).fetch_all(c).await)?;
    for lead in &leads {
        // No two leads have one address, so each has a word of its own instead.
        on!(&mut *tx, c => sqlx::query(
            "update leads set email = $3, email_status = 'unknown', first_name = '', last_name = '', title = '',
                 seniority = null, departments = '[]', company = '', domain = '', size_min = null, size_max = null, industry = '',
                 country = '', region = '', city = '', linkedin = '', phone = '', search_text = ''
             where workspace_id = $1 and id = $2")
            .bind(workspace).bind(*lead).bind(format!("erased {lead}")).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query("delete from lead_columns where workspace_id = $1 and lead_id = $2")
            .bind(workspace).bind(*lead).execute(c).await.map(drop))?;
        on!(&mut *tx, c => sqlx::query("update lead_reports set note = '' where workspace_id = $1 and lead_id = $2")
            .bind(workspace).bind(*lead).execute(c).await.map(drop))?;
        events(tx, workspace, *lead).await?;
    }
    Ok(leads.len())
}

/// Takes words out of what happened to a lead; that it happened stays.
async fn events(tx: &mut Tx, workspace: WorkspaceId, lead: LeadId) -> sqlx::Result<()> {
    let events: Vec<(Uuid, Json<Value>)> = on!(&mut *tx, c => sqlx::query_as(
        "select id, params from outreach_events where workspace_id = $1 and lead_id = $2")
        .bind(workspace).bind(lead).fetch_all(c).await)?;
    for (id, Json(mut params)) in events {
        let Some(object) = params.as_object_mut() else { continue };
        let before = object.len();
        object.retain(|name, _| !WORDS.contains(&name.as_str()));
        if object.len() < before {
            on!(&mut *tx, c => sqlx::query("update outreach_events set params = $3 where workspace_id = $1 and id = $2")
                .bind(workspace).bind(id).bind(Json(&params)).execute(c).await.map(drop))?;
        }
    }
    Ok(())
}

async fn mails(tx: &mut Tx, workspace: WorkspaceId, key: Key) -> sqlx::Result<()> {
    const THEIRS: &str = "select id from sends where workspace_id = $1 and recipient_key = $2";
    for what in [
        "delete from sent_messages where workspace_id = $1 and send_id in",
        "delete from outbox_mails where workspace_id = $1 and send_id in",
        "update send_tries set reply_words = null where workspace_id = $1 and send_id in",
        "update sends set subject = null, reply_words = null where workspace_id = $1 and id in",
    ] {
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(format!("{what} ({THEIRS})")))
            .bind(workspace).bind(key).execute(c).await.map(drop))?;
    }
    Ok(())
}

async fn conversations(tx: &mut Tx, workspace: WorkspaceId, key: Key) -> sqlx::Result<usize> {
    const THEIRS: &str = "select id from threads where workspace_id = $1 and recipient_key = $2";
    for what in [
        "delete from mail_bodies where workspace_id = $1 and mail_id in
             (select a.id from mails a where a.workspace_id = $1 and a.thread_id in (theirs))",
        "delete from mail_parts where workspace_id = $1 and mail_id in
             (select a.id from mails a where a.workspace_id = $1 and a.thread_id in (theirs))",
        "update mails set from_address = '', from_name = '', subject = '', message_id = null, facts = '{}', attachments = '[]',
             authentication = null where workspace_id = $1 and thread_id in (theirs)",
        "delete from thread_notes where workspace_id = $1 and thread_id in (theirs)",
        "delete from thread_drafts where workspace_id = $1 and thread_id in (theirs)",
    ] {
        let sql = what.replace("theirs", THEIRS);
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(key).execute(c).await.map(drop))?;
    }
    told(tx, workspace, key).await?;
    let threads = on!(&mut *tx, c => sqlx::query(
        "update threads set person = '', address = '', subject = '', first_line = '', version = version + 1
         where workspace_id = $1 and recipient_key = $2")
        .bind(workspace).bind(key).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(usize::try_from(threads).unwrap_or(0))
}

/// What members were told of their answers, or will be: it names them.
async fn told(tx: &mut Tx, workspace: WorkspaceId, key: Key) -> sqlx::Result<()> {
    let threads: Vec<ThreadId> = on!(&mut *tx, c => sqlx::query_scalar("select id from threads where workspace_id = $1 and recipient_key = $2")
        .bind(workspace).bind(key).fetch_all(c).await)?;
    for thread in threads {
        for what in ["notices", "digest_lines", "outbox_messages"] {
            let sql = format!("delete from {what} where workspace_id = $1 and link = $2");
            on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(workspace).bind(format!("/inbox/{thread}")).execute(c).await.map(drop))?;
        }
    }
    Ok(())
}
