//! Reads one conversation: all of it in one statement.

use serde::Deserialize;

use super::{
    label::Label,
    own_labels::{OF_THREAD, OwnLabel, OwnLabelId, select_labels},
    settings::UNDO_S,
    standing::{Standing, standing},
};
use crate::{
    accounts::{UserId, WorkspaceId},
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{MailId, MailboxId, SendId, ThreadId},
        mailboxes::{mailbox::MailboxState, outbox::text_of},
        progress::lead::timeline::Enrolment,
        replies::receive::{Attachment, MailFacts},
    },
    server::{clock::Instant, db::Tx, error::AppError, select::Select, select::together},
    suppression::SuppressionKeys,
};

use super::list::{Named, select_members, select_senders};

/// Mails of a conversation on its page, the newest.
const MAILS_SHOWN: i64 = 200;
const NOTES_SHOWN: i64 = 100;

/// A conversation with what its page shows of mailbox, campaign and lead.
#[derive(Debug, Clone, Deserialize)]
pub struct Thread {
    pub id: ThreadId,
    pub mailbox_id: MailboxId,
    pub mailbox: String,
    pub mailbox_state: MailboxState,
    pub campaign_id: Option<CampaignId>,
    pub campaign: Option<String>,
    pub lead_id: Option<LeadId>,
    pub person: String,
    pub address: String,
    pub company: Option<String>,
    pub title: Option<String>,
    /// What the lead cost; nothing for one of an own list.
    pub price: Option<i64>,
    pub refunded_at: Option<Instant>,
    pub unread: bool,
    pub untracked: bool,
    pub place: String,
    pub snoozed_until: Option<Instant>,
    pub assigned_to: Option<UserId>,
    #[serde(deserialize_with = "super::label::read")]
    pub label: Option<Label>,
    pub label_confirmed: bool,
    /// The workspace's own labels that it has.
    #[serde(deserialize_with = "super::own_labels::ids")]
    pub own: Vec<OwnLabelId>,
    /// How long this member can undo a reply.
    pub undo_s: i64,
    /// Why sequences do not write to the person.
    #[serde(skip)]
    pub standing: Option<Standing>,
    /// What the member began to write.
    pub draft: Option<String>,
    /// The conversations before and after it in the same place of the list.
    pub newer: Option<ThreadId>,
    pub older: Option<ThreadId>,
}

impl Thread {
    pub fn path(&self) -> String {
        format!("/inbox/{}", self.id)
    }
}

/// A mail of a sequence that left before.
#[derive(Debug, Clone, Deserialize)]
struct SequenceRow {
    position: i64,
    letter: Option<String>,
    state: String,
    at: Instant,
    mailbox: String,
    subject: Option<String>,
    message: Option<String>,
    bounced_at: Option<Instant>,
}

/// A mail that came in, or that a member wrote.
#[derive(Debug, Clone, Deserialize)]
struct MailRow {
    id: MailId,
    direction: String,
    send_id: Option<SendId>,
    from_address: String,
    from_name: String,
    subject: String,
    at: Instant,
    received_at: Instant,
    kind: String,
    facts: MailFacts,
    junk: bool,
    attachments: Vec<Attachment>,
    authentication: Option<String>,
    text: Option<String>,
    new_text: Option<String>,
    has_html: bool,
    cut: bool,
    member: Option<String>,
    state: Option<String>,
    run_at: Option<Instant>,
    code: Option<String>,
    words: Option<String>,
}

/// Where a mail comes from.
#[derive(Debug, Clone)]
pub enum Origin {
    /// A step of the sequence: its position, and the letter of its variant.
    Step { position: i64, letter: Option<String>, is_unknown: bool, bounced_at: Option<Instant> },
    /// A member wrote it.
    Reply {
        member: String,
        send: Option<SendId>,
        state: String,
        run_at: Option<Instant>,
        code: Option<String>,
        words: Option<String>,
    },
    /// It came in.
    In { kind: String, facts: MailFacts, junk: bool, authentication: Option<String> },
    /// It was written in the mailbox itself.
    Elsewhere,
}

/// A mail on the page of its conversation.
#[derive(Debug, Clone)]
pub struct Mail {
    /// Of a mail that came in or that a member wrote.
    pub id: Option<MailId>,
    pub origin: Origin,
    pub from: String,
    pub subject: String,
    pub at: Instant,
    /// When it came or left: mails are in this order.
    pub arrived_at: Instant,
    /// What was written now; nothing: the words were deleted.
    pub new_text: Option<String>,
    /// The whole text, where it is more than that.
    pub whole: Option<String>,
    pub has_html: bool,
    /// The mail was longer than what is kept.
    pub cut: bool,
    pub attachments: Vec<Attachment>,
}

impl From<SequenceRow> for Mail {
    fn from(row: SequenceRow) -> Self {
        let SequenceRow { position, letter, state, at, mailbox, subject, message, bounced_at } = row;
        let is_unknown = state == "unknown";
        Self {
            id: None,
            origin: Origin::Step { position, letter, is_unknown, bounced_at },
            from: mailbox,
            subject: subject.unwrap_or_default(),
            at,
            arrived_at: at,
            new_text: message.map(|message| text_of(&message)),
            whole: None,
            has_html: false,
            cut: false,
            attachments: Vec::new(),
        }
    }
}

impl From<MailRow> for Mail {
    fn from(row: MailRow) -> Self {
        let came_in = row.direction == "in";
        let whole =
            row.text.filter(|text| came_in && row.new_text.as_deref().is_some_and(|new| new.trim() != text.trim()));
        let from = match row.from_name.trim() {
            "" => row.from_address,
            name => format!("{name} <{}>", row.from_address),
        };
        let origin = match (row.direction.as_str(), row.member) {
            ("out", None) => Origin::Elsewhere,
            ("out", Some(member)) => Origin::Reply {
                member,
                send: row.send_id,
                state: row.state.unwrap_or_default(),
                run_at: row.run_at,
                code: row.code,
                words: row.words,
            },
            _ => Origin::In { kind: row.kind, facts: row.facts, junk: row.junk, authentication: row.authentication },
        };
        Self {
            id: Some(row.id),
            origin,
            from,
            subject: row.subject,
            at: row.at,
            arrived_at: row.received_at,
            new_text: row.new_text,
            whole,
            has_html: row.has_html,
            cut: row.cut,
            attachments: row.attachments,
        }
    }
}

/// What a member told the others.
#[derive(Debug, Clone, Deserialize)]
pub struct Note {
    pub text: String,
    pub by: String,
    pub at: Instant,
}

/// Everything on the page of a conversation.
#[derive(Debug, Clone)]
pub struct Conversation {
    pub thread: Thread,
    /// Oldest first.
    pub mails: Vec<Mail>,
    pub enrolment: Option<Enrolment>,
    pub notes: Vec<Note>,
    pub members: Vec<Named>,
    /// The labels of the workspace's own.
    pub labels: Vec<OwnLabel>,
    /// Mailboxes that can send.
    pub senders: Vec<Named>,
}

impl Conversation {
    /// The newest mail that came in or that a member wrote: whoever answers has read it.
    pub fn newest(&self) -> Option<MailId> {
        self.mails.iter().rev().find_map(|mail| mail.id)
    }
}

const THREAD_COLUMNS: &str =
    "id, mailbox_id, mailbox, mailbox_state, campaign_id, campaign, lead_id, person, address, company, title,
     price, refunded_at, unread flag, untracked flag, place, snoozed_until, assigned_to, label, label_confirmed flag, own, undo_s,
     draft, newer, older";

fn select_thread(workspace: WorkspaceId, id: ThreadId, member: UserId) -> Select<Option<Thread>> {
    let beside = |comparison: &str, order: &str| {
        format!(
            "(select n.id from threads n where n.workspace_id = t.workspace_id and n.place = t.place
                 and (n.last_in_at, n.id) {comparison} (t.last_in_at, t.id) order by n.last_in_at {order}, n.id {order} limit 1)"
        )
    };
    let text = format!(
        "select t.id, t.mailbox_id, b.address as mailbox, b.state as mailbox_state, t.campaign_id,
             p.name as campaign, t.lead_id, t.person, t.address, l.company, l.title, coalesce(l.price, r.price) as price,
             l.refunded_at, t.unread, t.untracked, t.place, t.snoozed_until, t.assigned_to, t.label, t.label_confirmed, {OF_THREAD} as own,
             coalesce((select z.undo_s from reply_settings z where z.workspace_id = t.workspace_id and z.user_id = $3), {UNDO_S}) as undo_s,
             {newer} as newer, {older} as older,
             (select d.text from thread_drafts d where d.workspace_id = t.workspace_id and d.thread_id = t.id and d.user_id = $3) as draft
         from threads t
         join mailboxes b on b.workspace_id = t.workspace_id and b.id = t.mailbox_id
         left join campaigns p on p.workspace_id = t.workspace_id and p.id = t.campaign_id
         left join leads l on l.workspace_id = t.workspace_id and l.id = t.lead_id
         left join lead_requests r on r.workspace_id = l.workspace_id and r.id = l.request_id
         where t.workspace_id = $1 and t.id = $2",
        newer = beside(">", "asc"),
        older = beside("<", "desc"),
    );
    Select::rows(THREAD_COLUMNS, text).bind(workspace.0).bind(id.0).bind(member.0).first()
}

fn select_sequence(workspace: WorkspaceId, id: ThreadId) -> Select<Vec<SequenceRow>> {
    let text = format!(
        "select p.position, v.letter, d.state, coalesce(d.sent_at, d.sending_at) as at, b.address as mailbox,
             coalesce(o.subject, d.subject) as subject, coalesce(o.message, k.message) as message, d.bounced_at
         from threads t
         join sends d on d.workspace_id = t.workspace_id and d.campaign_id = t.campaign_id and d.lead_id = t.lead_id
             and d.kind = 'step' and d.state in ('sent', 'unknown')
         join steps p on p.workspace_id = d.workspace_id and p.id = d.step_id
         join mailboxes b on b.workspace_id = d.workspace_id and b.id = d.mailbox_id
         left join variants v on v.workspace_id = d.workspace_id and v.id = d.variant_id
         left join outbox_mails o on o.workspace_id = d.workspace_id and o.id = (
             select e.id from outbox_mails e where e.workspace_id = d.workspace_id and e.send_id = d.id order by e.received_at, e.id limit 1)
         left join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
         where t.workspace_id = $1 and t.id = $2 order by at, d.id limit {MAILS_SHOWN}"
    );
    Select::rows("position, letter, state, at, mailbox, subject, message, bounced_at", text)
        .bind(workspace.0)
        .bind(id.0)
}

fn select_mails(workspace: WorkspaceId, id: ThreadId) -> Select<Vec<MailRow>> {
    let text = format!(
        "select m.id, m.direction, m.send_id, m.from_address, m.from_name, m.subject, m.at, m.received_at, m.kind, m.facts, m.junk, m.attachments,
             m.authentication, x.text, x.new_text, x.html is not null as has_html, coalesce(x.cut, false) as cut, u.name as member,
             d.state, d.run_at, d.code, d.reply_words as words
         from mails m
         left join mail_bodies x on x.workspace_id = m.workspace_id and x.mail_id = m.id
         left join users u on u.id = m.written_by
         left join sends d on d.workspace_id = m.workspace_id and d.id = m.send_id and d.kind = 'reply' and m.direction = 'out'
         where m.workspace_id = $1 and m.thread_id = $2 order by m.received_at desc, m.id desc limit {MAILS_SHOWN}"
    );
    Select::rows(
        "id, direction, send_id, from_address, from_name, subject, at, received_at, kind, facts json, junk flag, attachments json, authentication, text,
         new_text, has_html flag, cut flag, member, state, run_at, code, words",
        text,
    )
    .bind(workspace.0)
    .bind(id.0)
}

fn select_enrolment(workspace: WorkspaceId, id: ThreadId) -> Select<Option<Enrolment>> {
    Select::rows(
        "campaign_id, campaign_name, sending, time_zone, state, code, params json, since, held_until, next_step_id, due_at",
        "select e.campaign_id, p.name as campaign_name, s.state as sending, s.time_zone, e.state, e.code, e.params, e.since,
             e.held_until, e.next_step_id, e.due_at
         from threads t
         join enrolments e on e.workspace_id = t.workspace_id and e.campaign_id = t.campaign_id and e.lead_id = t.lead_id
         join campaigns p on p.workspace_id = e.workspace_id and p.id = e.campaign_id
         join campaign_sending s on s.workspace_id = e.workspace_id and s.campaign_id = e.campaign_id
         where t.workspace_id = $1 and t.id = $2",
    )
    .bind(workspace.0)
    .bind(id.0)
    .first()
}

fn select_notes(workspace: WorkspaceId, id: ThreadId) -> Select<Vec<Note>> {
    let text = format!(
        "select n.text, u.name as by, n.at from thread_notes n join users u on u.id = n.written_by
         where n.workspace_id = $1 and n.thread_id = $2 order by n.id desc limit {NOTES_SHOWN}"
    );
    Select::rows("text, by, at", text).bind(workspace.0).bind(id.0)
}

/// One conversation as `member` sees it.
///
/// # Errors
/// [`AppError::NotFound`] for one of another workspace.
pub async fn conversation(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    workspace: WorkspaceId,
    id: ThreadId,
    member: UserId,
) -> Result<Conversation, AppError> {
    let selects = (
        select_thread(workspace, id, member),
        select_sequence(workspace, id),
        select_mails(workspace, id),
        select_enrolment(workspace, id),
        select_notes(workspace, id),
        (select_members(workspace), select_labels(workspace), select_senders(workspace)),
    );
    let (thread, sequence, answers, enrolment, notes, (members, labels, senders)) = together(tx, selects).await?;
    let mut thread = thread.ok_or(AppError::NotFound)?;
    thread.standing = standing(tx, keys, (workspace, id), &thread.address).await?;
    let mut mails: Vec<Mail> = sequence.into_iter().map(Mail::from).collect();
    mails.extend(answers.into_iter().map(Mail::from));
    mails.sort_by_key(|mail| (mail.arrived_at, mail.id));
    Ok(Conversation { thread, mails, enrolment, notes, members, labels, senders })
}

/// The newest mail of a conversation that came in or that a member wrote.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Newest {
    pub id: MailId,
    /// The member who wrote it.
    pub member: Option<String>,
    pub from_address: String,
    pub from_name: String,
    pub received_at: Instant,
}

/// # Errors
/// The database's.
pub async fn newest(tx: &mut Tx, workspace: WorkspaceId, id: ThreadId) -> sqlx::Result<Option<Newest>> {
    on!(tx, c => sqlx::query_as(
        "select m.id, u.name as member, m.from_address, m.from_name, m.received_at from mails m
         left join users u on u.id = m.written_by
         where m.workspace_id = $1 and m.thread_id = $2 order by m.received_at desc, m.id desc limit 1")
        .bind(workspace).bind(id).fetch_optional(c).await)
}
