//! What the database knows about the messages of a slice: their ids, their senders, the mails that they may answer.

use std::collections::{HashMap, HashSet};

use sqlx::{FromRow, types::Json};

use super::{
    MailboxKey,
    aliases::{Lately, by_aliases},
    open::Envelope,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    email::Email,
    ids::CampaignId,
    mail::message::Message,
    on,
    outreach::{
        ids::{SendId, StepId, TextId, ThreadId, VariantId},
        replies::reading::Reading,
    },
    server::{batches::batches, clock::Instant, db::Tx, hexadecimal::hexadecimal},
    suppression::{Key, SuppressionKeys},
};

/// For how long an answer is matched by its sender alone.
pub(super) const ADDRESS_DAYS: u64 = 90;
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// A mail that we sent.
#[derive(Debug, Clone, FromRow)]
pub struct SentMail {
    pub id: SendId,
    pub message_id: String,
    /// Of a sequence, to a lead.
    pub is_step: bool,
    pub campaign_id: CampaignId,
    pub lead_id: Option<LeadId>,
    pub step_id: Option<StepId>,
    pub variant_id: Option<VariantId>,
    pub text_id: Option<TextId>,
    pub recipient_key: Key,
    /// Nothing: a public mail provider.
    pub domain_key: Option<Key>,
    pub subject: Option<String>,
    pub sending_at: Option<Instant>,
    /// Nothing: the person's data was erased.
    pub email: Option<String>,
    pub name: Option<String>,
}

pub(super) const SENT_MAIL: &str =
    "d.id, d.message_id, d.kind = 'step' and d.lead_id is not null as is_step, d.campaign_id, d.lead_id, d.step_id, d.variant_id,
     d.text_id, d.recipient_key, d.domain_key, d.subject, d.sending_at, l.email,
     trim(l.first_name || ' ' || l.last_name) as name";

/// A mail of a conversation: which one, and the mail of ours that it is or answers.
#[derive(Debug, Clone, Copy, FromRow)]
pub struct MailOfThread {
    pub thread_id: ThreadId,
    pub send_id: Option<SendId>,
}

#[derive(FromRow)]
struct MailRow {
    message_id: String,
    #[sqlx(flatten)]
    mail: MailOfThread,
}

/// What is known about the messages of a slice.
#[derive(Debug, Default)]
pub struct Lookup {
    /// Keys of messages that are stored.
    known: HashSet<[u8; 32]>,
    /// The addresses of the workspace's mailboxes, in small letters.
    pub own_addresses: HashSet<String>,
    sends: HashMap<String, SentMail>,
    mails: HashMap<String, MailOfThread>,
    /// Mails of this mailbox to the senders, the newest first.
    by_person: HashMap<Key, Vec<SentMail>>,
    /// Companies that this mailbox wrote to.
    companies: HashSet<Key>,
    /// Mails that messages of our own may be copies of.
    lately: Lately,
}

impl Lookup {
    /// Asks for all messages of a slice at once.
    ///
    /// # Errors
    /// The database's.
    pub async fn load<'a>(
        tx: &mut Tx,
        keys: &SuppressionKeys,
        (workspace, mailbox): MailboxKey,
        mails: impl Iterator<Item = Envelope<'a>>,
        at: Instant,
    ) -> sqlx::Result<Self> {
        let own: Vec<String> = on!(&mut *tx, c => sqlx::query_scalar("select address from mailboxes where workspace_id = $1")
            .bind(workspace).fetch_all(c).await)?;
        let own_addresses: HashSet<String> = own.into_iter().map(|address| address.to_lowercase()).collect();
        let mut asked = Asked::default();
        mails.for_each(|mail| asked.add(keys, mail, &own_addresses));
        let mut lookup =
            Self { known: known(tx, (workspace, mailbox), &asked).await?, own_addresses, ..Self::default() };
        lookup.mails = mails_of_threads(tx, workspace, &asked).await?;
        let mut sends = sends(tx, workspace, &asked).await?;
        sends.extend(by_aliases(tx, workspace, asked.ids.iter()).await?);
        lookup.sends = sends.into_iter().map(|sent| (sent.message_id.clone(), sent)).collect();
        lookup.lately =
            Lately::load(tx, (workspace, mailbox), std::mem::take(&mut asked.copied).into_iter(), at).await?;
        let since = at.minus(DAY * u32::try_from(ADDRESS_DAYS).unwrap_or(u32::MAX));
        for sent in by_person(tx, (workspace, mailbox), &asked, since).await? {
            lookup.by_person.entry(sent.recipient_key).or_default().push(sent);
        }
        lookup.companies = companies(tx, (workspace, mailbox), &asked, since).await?;
        Ok(lookup)
    }

    /// Whether a message of this key is stored.
    pub fn has(&self, key: &[u8; 32]) -> bool {
        self.known.contains(key)
    }

    /// The mail of ours with this Message-ID.
    pub fn send(&self, message_id: &str) -> Option<&SentMail> {
        self.sends.get(message_id)
    }

    /// The mail of ours that a message from one of our own addresses is a copy of, under another Message-ID.
    pub fn copied(&self, keys: &SuppressionKeys, message: &Message) -> Option<&SentMail> {
        self.lately.copied(copied_to(keys, message, &self.own_addresses)?, message)
    }

    /// The stored mail with this Message-ID.
    pub fn mail(&self, message_id: &str) -> Option<MailOfThread> {
        self.mails.get(message_id).copied()
    }

    /// The mails to a person, the newest first.
    pub fn to(&self, person: Key) -> &[SentMail] {
        self.by_person.get(&person).map_or(&[], Vec::as_slice)
    }

    /// Whether this mailbox wrote to someone of this company lately.
    pub fn knows_company(&self, company: Key) -> bool {
        self.companies.contains(&company)
    }
}

/// What is asked for.
#[derive(Default)]
struct Asked {
    keys: HashSet<[u8; 32]>,
    ids: HashSet<String>,
    people: HashSet<Key>,
    companies: HashSet<Key>,
    /// Who messages of our own were sent to.
    copied: HashSet<Key>,
}

/// Who a message from one of our own addresses was sent to, if it is one person.
fn copied_to(keys: &SuppressionKeys, message: &Message, own_addresses: &HashSet<String>) -> Option<Key> {
    let from = sender(message)?;
    match message.to.as_slice() {
        [to] if own_addresses.contains(from.as_str()) => person(keys, &to.address),
        _ => None,
    }
}

impl Asked {
    fn add(&mut self, keys: &SuppressionKeys, mail: Envelope<'_>, own_addresses: &HashSet<String>) {
        self.copied.extend(copied_to(keys, mail.message, own_addresses));
        self.keys.insert(mail.key);
        self.ids.extend(mail.message.message_id.clone());
        self.ids.extend(mail.message.references.iter().cloned());
        let originals = mail.report.into_iter().flat_map(|report: &Reading| report.originals.iter().cloned());
        self.ids.extend(originals);
        let recipients = mail.report.into_iter().flat_map(|report| &report.recipients);
        let recipients = recipients.flat_map(|one| [one.original.as_deref(), one.address.as_deref()]).flatten();
        self.people.extend(recipients.filter_map(|address| person(keys, address)));
        if let Some(email) = sender(mail.message) {
            self.people.insert(keys.recipient(&email));
            if !email.is_free_mail() {
                self.companies.insert(keys.domain(email.domain()));
            }
        }
    }
}

/// The key of a person's address, if it is one.
pub(super) fn person(keys: &SuppressionKeys, address: &str) -> Option<Key> {
    address.parse::<Email>().ok().map(|email| keys.recipient(&email))
}

/// The address of the sender, if it is one.
pub(super) fn sender(message: &Message) -> Option<Email> {
    message.from.as_ref()?.address.parse().ok()
}

async fn known(tx: &mut Tx, (workspace, mailbox): MailboxKey, asked: &Asked) -> sqlx::Result<HashSet<[u8; 32]>> {
    let mut known = HashSet::new();
    for batch in batches(asked.keys.iter().map(|key| [hexadecimal(key)]))? {
        let some: Vec<Vec<u8>> = on!(&mut *tx, c => sqlx::query_scalar(
            "select m.message_key from json_each($3) j
             cross join mails m
             where m.workspace_id = $1 and m.mailbox_id = $2 and m.message_key = unhex(j.value ->> 0)")
            .bind(workspace).bind(mailbox).bind(Json(batch)).fetch_all(c).await)?;
        known.extend(some.into_iter().filter_map(|key| <[u8; 32]>::try_from(key).ok()));
    }
    Ok(known)
}

async fn mails_of_threads(
    tx: &mut Tx,
    workspace: WorkspaceId,
    asked: &Asked,
) -> sqlx::Result<HashMap<String, MailOfThread>> {
    let mut mails = HashMap::new();
    for batch in batches(asked.ids.iter().map(|id| [id]))? {
        let some: Vec<MailRow> = on!(&mut *tx, c => sqlx::query_as(
            "select m.message_id, m.thread_id, coalesce(m.send_id, (
                 select d.id from sends d where d.workspace_id = t.workspace_id and d.campaign_id = t.campaign_id
                     and d.lead_id = t.lead_id and d.kind = 'step' and d.state = 'sent' order by d.id desc limit 1)) as send_id
             from json_each($2) j
             cross join mails m
             join threads t on t.workspace_id = m.workspace_id and t.id = m.thread_id
             where m.workspace_id = $1 and m.message_id = j.value ->> 0")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        mails.extend(some.into_iter().map(|row| (row.message_id, row.mail)));
    }
    Ok(mails)
}

async fn sends(tx: &mut Tx, workspace: WorkspaceId, asked: &Asked) -> sqlx::Result<Vec<SentMail>> {
    let mut sends = Vec::new();
    for batch in batches(asked.ids.iter().map(|id| [id]))? {
        let sql = format!(
            "select {SENT_MAIL} from json_each($2) j
             cross join sends d
             left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where d.workspace_id = $1 and d.message_id = j.value ->> 0"
        );
        let some: Vec<SentMail> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        sends.extend(some);
    }
    Ok(sends)
}

async fn by_person(
    tx: &mut Tx,
    (workspace, mailbox): MailboxKey,
    asked: &Asked,
    since: Instant,
) -> sqlx::Result<Vec<SentMail>> {
    let mut sends = Vec::new();
    for batch in batches(asked.people.iter().map(|key| [key]))? {
        let sql = format!(
            "select {SENT_MAIL} from json_each($4) j
             cross join sends d
             left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where d.workspace_id = $1 and d.recipient_key = unhex(j.value ->> 0) and d.sending_at > $3 and d.mailbox_id = $2
               and d.kind = 'step' and d.state in ('sending', 'sent', 'unknown')
             order by d.sending_at desc, d.id desc"
        );
        let some: Vec<SentMail> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(mailbox).bind(since).bind(Json(batch)).fetch_all(c).await)?;
        sends.extend(some);
    }
    Ok(sends)
}

async fn companies(
    tx: &mut Tx,
    (workspace, mailbox): MailboxKey,
    asked: &Asked,
    since: Instant,
) -> sqlx::Result<HashSet<Key>> {
    let mut companies = HashSet::new();
    for batch in batches(asked.companies.iter().map(|key| [key]))? {
        let some: Vec<Key> = on!(&mut *tx, c => sqlx::query_scalar(
            "select unhex(j.value ->> 0) from json_each($4) j
             where exists (select 1 from sends d where d.workspace_id = $1 and d.domain_key = unhex(j.value ->> 0)
                 and d.domain_key is not null and d.sending_at > $3 and d.mailbox_id = $2)")
            .bind(workspace).bind(mailbox).bind(since).bind(Json(batch)).fetch_all(c).await)?;
        companies.extend(some);
    }
    Ok(companies)
}

/// The mails of this mailbox to people of a company, the newest first.
///
/// # Errors
/// The database's.
pub(super) async fn to_company(
    tx: &mut Tx,
    (workspace, mailbox): MailboxKey,
    company: Key,
    at: Instant,
    limit: i64,
) -> sqlx::Result<Vec<SentMail>> {
    let since = at.minus(DAY * u32::try_from(ADDRESS_DAYS).unwrap_or(u32::MAX));
    let sql = format!(
        "select {SENT_MAIL} from sends d
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where d.workspace_id = $1 and d.domain_key = $3 and d.domain_key is not null and d.sending_at > $4 and d.mailbox_id = $2
           and d.kind = 'step' and d.state in ('sending', 'sent', 'unknown')
         order by d.sending_at desc limit $5"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(workspace).bind(mailbox).bind(company).bind(since).bind(limit).fetch_all(c).await)
}

/// Mails of ours by their ids.
///
/// # Errors
/// The database's.
pub(super) async fn by_ids(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = SendId>,
) -> sqlx::Result<HashMap<SendId, SentMail>> {
    let mut sends = HashMap::new();
    for batch in batches(ids.map(|id| [id]))? {
        let sql = format!(
            "select {SENT_MAIL} from json_each($2) j
             cross join sends d
             left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where d.workspace_id = $1 and d.id = unhex(j.value ->> 0, '-')"
        );
        let some: Vec<SentMail> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        sends.extend(some.into_iter().map(|sent| (sent.id, sent)));
    }
    Ok(sends)
}
