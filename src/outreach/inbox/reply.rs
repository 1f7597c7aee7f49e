//! A reply of a member: written into the conversation at once, sent when the time to undo it is over.

use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::{FromRow, types::Json};

use super::{
    draft,
    settings::undo_time,
    standing::{Standing, standing},
};
use crate::{
    accounts::{Member, WorkspaceId},
    email::Email,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailId, MailboxId, SendId, ThreadId},
        mailboxes::{domains::signing, mailbox::MailboxState},
        sending::{self, Reply},
        sequences::message::{ComposeFault, Message, is_message_id, message_id, reply_subject},
    },
    server::{app::App, clock::Instant, db::Tx, error::AppError},
    suppression::SuppressionKeys,
};

/// The longest reply.
pub const CHARACTERS_MAX: usize = 20_000;

/// Why a conversation cannot be answered from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unanswerable {
    /// It belongs to no campaign of the workspace.
    NoCampaign,
    MailboxRemoved,
    MailboxPaused,
    MailboxNotTested,
    /// Mails to this address come back.
    Bounced,
    /// The person asked that no one on this server writes to them.
    Objected,
    /// The person had their data erased.
    Erased,
}

impl Unanswerable {
    /// Whether something keeps a conversation from being answered.
    pub fn of(campaign: Option<CampaignId>, mailbox: MailboxState, standing: Option<Standing>) -> Option<Self> {
        match (campaign, mailbox, standing) {
            (.., Some(Standing::Objected)) => Some(Self::Objected),
            (.., Some(Standing::Erased)) => Some(Self::Erased),
            (None, ..) => Some(Self::NoCampaign),
            (_, MailboxState::Removed, _) => Some(Self::MailboxRemoved),
            (_, MailboxState::Paused, _) => Some(Self::MailboxPaused),
            (_, MailboxState::Draft, _) => Some(Self::MailboxNotTested),
            (.., Some(Standing::Bounced)) => Some(Self::Bounced),
            _ => None,
        }
    }

    /// What a member can do instead.
    pub fn text(self) -> &'static str {
        match self {
            Self::NoCampaign => "This conversation belongs to no campaign. Answer it in your mail program.",
            Self::MailboxRemoved => "The mailbox of this conversation was removed. Answer it in your mail program.",
            Self::MailboxPaused => "The mailbox of this conversation is paused. Let it send again, then reply.",
            Self::MailboxNotTested => "The mailbox of this conversation has not passed its test. Test it, then reply.",
            Self::Bounced => "Mails to this address come back, so a reply would not arrive.",
            Self::Objected => {
                "This person asked that no one on this server writes to them, so no reply leaves from here. If they wrote to you since, answer in your mail program."
            }
            Self::Erased => {
                "This person’s data was erased, and no one here writes to them again. If they wrote to you since, answer in your mail program."
            }
        }
    }
}

/// What a reply needs to know of its conversation.
#[derive(Debug, FromRow)]
struct Facts {
    version: i64,
    mailbox_id: MailboxId,
    campaign_id: Option<CampaignId>,
    address: String,
    subject: String,
    mailbox: String,
    sender_name: String,
    reply_to: Option<String>,
    signature: String,
    mailbox_state: MailboxState,
    /// Who wrote last, and under which subject.
    last_from: Option<String>,
    last_subject: Option<String>,
}

impl Facts {
    /// Lets the conversation continue in another mailbox. Returns whether that can send.
    async fn sends_from(&mut self, tx: &mut Tx, workspace: WorkspaceId, from: MailboxId) -> sqlx::Result<bool> {
        let chosen: Option<(String, String, Option<String>, String, MailboxState)> = on!(tx, c => sqlx::query_as(
            "select address, sender_name, reply_to, signature, state from mailboxes where workspace_id = $1 and id = $2")
            .bind(workspace).bind(from).fetch_optional(c).await)?;
        let Some((address, sender_name, reply_to, signature, state)) = chosen else { return Ok(false) };
        if !matches!(state, MailboxState::Active | MailboxState::Failing) {
            return Ok(false);
        }
        (self.mailbox_id, self.mailbox, self.mailbox_state) = (from, address, state);
        (self.sender_name, self.reply_to, self.signature) = (sender_name, reply_to, signature);
        Ok(true)
    }
}

async fn has_senders(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<bool> {
    on!(tx, c => sqlx::query_scalar(
        "select exists (select 1 from mailboxes where workspace_id = $1 and state in ('active', 'failing'))")
        .bind(workspace).fetch_one(c).await)
}

/// A mail of the conversation so far, by its Message-ID.
#[derive(Debug, FromRow)]
struct Earlier {
    message_id: String,
    /// What its provider put in place of our id.
    alias: Option<String>,
    came_in: bool,
}

impl Earlier {
    fn alias(&self) -> Option<&str> {
        self.alias.as_deref().filter(|id| is_message_id(id))
    }
}

/// Why a reply was not taken.
#[derive(Debug)]
pub enum ReplyFault {
    Unanswerable(Unanswerable),
    /// The address cannot be written to.
    Address,
    /// The mailbox of the conversation is gone, and none that can send was chosen.
    Sender,
    /// Another member changed the conversation at the same moment.
    Changed,
}

/// Writes a reply into the conversation, and leaves it to the next session of its mailbox. Where that was removed, the conversation
/// continues in the mailbox `from`.
///
/// # Errors
/// [`AppError::NotFound`] for a conversation of another workspace; the database's.
pub async fn reply(
    app: &App,
    tx: &mut Tx,
    member: &Member,
    id: ThreadId,
    (text, from): (&str, Option<MailboxId>),
    at: Instant,
) -> Result<Result<Email, ReplyFault>, AppError> {
    let workspace = member.workspace;
    let mut facts = facts(tx, workspace, id).await?.ok_or(AppError::NotFound)?;
    if facts.mailbox_state == MailboxState::Removed && facts.campaign_id.is_some() {
        match from {
            Some(from) if facts.sends_from(tx, workspace, from).await? => {}
            Some(_) => return Ok(Err(ReplyFault::Sender)),
            None if has_senders(tx, workspace).await? => return Ok(Err(ReplyFault::Sender)),
            None => {}
        }
    }
    let to = facts.last_from.as_deref().unwrap_or(&facts.address);
    let standing = standing(tx, app.of(), (workspace, id), to).await?;
    let blocked = Unanswerable::of(facts.campaign_id, facts.mailbox_state, standing);
    let campaign = match (blocked, facts.campaign_id) {
        (None, Some(campaign)) => campaign,
        (blocked, _) => {
            return Ok(Err(ReplyFault::Unanswerable(blocked.unwrap_or(Unanswerable::NoCampaign))));
        }
    };
    let Ok(to) = to.parse::<Email>() else { return Ok(Err(ReplyFault::Address)) };
    let message = written(&facts, &earlier(tx, workspace, id).await?, &to, text, at);
    let bytes = match message.compose() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(ComposeFault::NeedsSmtpUtf8 | ComposeFault::BadAddress | ComposeFault::BadHeader(_)) => {
            return Ok(Err(ReplyFault::Address));
        }
    };
    let mailbox = (workspace, facts.mailbox_id);
    let bytes = signing::signed(tx, &app.config.encryption_keys(), mailbox, bytes, at).await?;
    let run_at = at.plus(undo_time(tx, workspace, member.user).await?);
    let (Message { message_id, subject, body, .. }, mailbox) = (message, facts.mailbox_id);
    let reply = Reply { thread: id, campaign, mailbox, to, message_id, subject, message: bytes, run_at };
    if !takes(tx, member, (id, facts.version, mailbox), at).await? {
        return Ok(Err(ReplyFault::Changed));
    }
    let send = sending::queue_reply(tx, app.of::<SuppressionKeys>(), workspace, &reply, at).await?;
    keep(tx, member, &facts, &reply, send, (text, &body), at).await?;
    draft::forget(tx, (workspace, id), member.user).await?;
    Ok(Ok(reply.to))
}

/// Whether a conversation is one of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it is not.
pub async fn exists(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> Result<(), AppError> {
    facts(tx, workspace, id).await?.map(drop).ok_or(AppError::NotFound)
}

/// The conversation waits for an answer now, and whoever replies first looks after it. Returns false when another member changed it
/// meanwhile.
async fn takes(
    tx: &mut Tx,
    member: &Member,
    (id, version, mailbox): (ThreadId, i64, MailboxId),
    at: Instant,
) -> sqlx::Result<bool> {
    let taken = on!(tx, c => sqlx::query(
        "update threads set answered_at = $3, last_at = case when last_at > $3 then last_at else $3 end, state = 'open',
             snoozed_until = null, unread = false, assigned_to = coalesce(assigned_to, $4), mailbox_id = $6, version = version + 1
         where workspace_id = $1 and id = $2 and version = $5")
        .bind(member.workspace).bind(id).bind(at).bind(member.user).bind(version).bind(mailbox)
        .execute(c).await.map(|done| done.rows_affected()))?;
    Ok(taken == 1)
}

async fn facts(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> sqlx::Result<Option<Facts>> {
    on!(tx, c => sqlx::query_as(
        "select t.version, t.mailbox_id, t.campaign_id, t.address, t.subject, b.address as mailbox, b.sender_name, b.reply_to, b.signature,
             b.state as mailbox_state, m.from_address as last_from, m.subject as last_subject
         from threads t
         join mailboxes b on b.workspace_id = t.workspace_id and b.id = t.mailbox_id
         left join mails m on m.workspace_id = t.workspace_id and m.id = (
             select x.id from mails x where x.workspace_id = t.workspace_id and x.thread_id = t.id and x.direction = 'in' and x.kind = 'human'
             order by x.received_at desc, x.id desc limit 1)
         where t.workspace_id = $1 and t.id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)
}

/// The mails of the conversation that have left or come in, oldest first: of every mailbox that it was in.
async fn earlier(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> sqlx::Result<Vec<Earlier>> {
    on!(tx, c => sqlx::query_as(
        "select message_id, (select a.message_id from send_aliases a where a.workspace_id = $1 and a.send_id = mails.send_id
                 order by a.learned_at, a.message_id limit 1) as alias, came_in from (
             select d.message_id, d.id as send_id, d.sending_at as at, 1 = 0 as came_in from threads t
             join sends d on d.workspace_id = t.workspace_id and d.campaign_id = t.campaign_id and d.lead_id = t.lead_id
                 and d.kind = 'step' and d.state in ('sent', 'unknown')
             where t.workspace_id = $1 and t.id = $2 and (d.mailbox_id = t.mailbox_id or d.mailbox_id in (
                 select i.mailbox_id from mails i where i.workspace_id = $1 and i.thread_id = $2))
             union all
             select m.message_id, case when m.direction = 'out' then m.send_id end, m.received_at, m.direction = 'in' from mails m
             where m.workspace_id = $1 and m.thread_id = $2 and m.message_id is not null) mails
         order by at")
        .bind(workspace).bind(id).fetch_all(c).await)
}

fn written(facts: &Facts, earlier: &[Earlier], to: &Email, text: &str, at: Instant) -> Message {
    let known: Vec<&Earlier> = earlier.iter().filter(|mail| is_message_id(&mail.message_id)).collect();
    // Which of both ids a mail arrived with is the provider's secret, so both are named.
    let ids = |mail: &&Earlier| [Some(mail.message_id.clone()), mail.alias().map(str::to_owned)];
    let answered = known.iter().rev().find(|mail| mail.came_in).or(known.last());
    let domain = facts.mailbox.rsplit_once('@').map_or("", |(_, domain)| domain);
    let subject = facts.last_subject.as_deref().filter(|subject| !subject.trim().is_empty()).unwrap_or(&facts.subject);
    let body = [text, &facts.signature].map(str::trim).into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    Message {
        date: at,
        from: (facts.sender_name.clone(), facts.mailbox.clone()),
        reply_to: facts.reply_to.clone(),
        to: to.as_str().to_owned(),
        subject: reply_subject(&subject.replace(char::is_control, " ")),
        message_id: message_id(*uuid::Uuid::new_v4().as_bytes(), domain),
        in_reply_to: answered.map(|mail| mail.alias().unwrap_or(&mail.message_id).to_owned()),
        references: known.iter().flat_map(ids).flatten().collect(),
        unsubscribe_url: None,
        body: body.join("\n\n"),
    }
}

/// Writes the reply into the conversation.
async fn keep(
    tx: &mut Tx,
    member: &Member,
    facts: &Facts,
    reply: &Reply,
    send: SendId,
    (text, body): (&str, &str),
    at: Instant,
) -> sqlx::Result<()> {
    let (workspace, id) = (member.workspace, MailId::new());
    let key = Sha256::digest(reply.message_id.as_bytes()).to_vec();
    on!(&mut *tx, c => sqlx::query(
        "insert into mails (workspace_id, id, thread_id, mailbox_id, direction, send_id, message_id, message_key, from_address, from_name,
             subject, at, received_at, kind, rule, facts, attachments, written_by)
         values ($1, $2, $3, $4, 'out', $5, $6, $7, $8, $9, $10, $11, $11, 'reply', 'member', $12, $13, $14)")
        .bind(workspace).bind(id).bind(reply.thread).bind(reply.mailbox).bind(send).bind(&reply.message_id).bind(key)
        .bind(&facts.mailbox).bind(&facts.sender_name).bind(&reply.subject).bind(at).bind(Json(json!({}))).bind(Json(json!([])))
        .bind(member.user).execute(c).await.map(drop))?;
    on!(tx, c => sqlx::query(
        "insert into mail_bodies (workspace_id, mail_id, text, new_text) values ($1, $2, $3, $4)")
        .bind(workspace).bind(id).bind(body).bind(text).execute(c).await.map(drop))
}

/// Takes a reply back that has not left, and keeps its words as the member's draft. Returns whether it stays.
///
/// # Errors
/// The database's.
pub async fn undo(tx: &mut Tx, member: &Member, id: ThreadId, send: SendId, at: Instant) -> sqlx::Result<bool> {
    let workspace = member.workspace;
    if !sending::call_back(tx, (workspace, id), send, at).await? {
        return Ok(false);
    }
    let mail: Option<(MailId, String)> = on!(&mut *tx, c => sqlx::query_as(
        "select m.id, x.new_text from mails m join mail_bodies x on x.workspace_id = m.workspace_id and x.mail_id = m.id
         where m.workspace_id = $1 and m.thread_id = $2 and m.send_id = $3 and m.direction = 'out'")
        .bind(workspace).bind(id).bind(send).fetch_optional(c).await)?;
    if let Some((mail, text)) = mail {
        draft::keep(tx, (workspace, id), member.user, &text, at).await?;
        for table in
            ["mail_bodies where workspace_id = $1 and mail_id = $2", "mails where workspace_id = $1 and id = $2"]
        {
            on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(format!("delete from {table}")))
                .bind(workspace).bind(mail).execute(c).await.map(drop))?;
        }
    }
    on!(tx, c => sqlx::query(
        "update threads set version = version + 1, answered_at = (
             select max(m.at) from mails m where m.workspace_id = $1 and m.thread_id = $2 and m.direction = 'out')
         where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).execute(c).await.map(drop))?;
    Ok(true)
}
