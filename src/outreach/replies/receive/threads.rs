//! The conversations that the messages of a slice belong to.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use sqlx::types::Json;

use super::{MailboxKey, lookup::SentMail, matching::Matched, own_texts::Answer};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    on,
    outreach::{
        ids::{SendId, ThreadId},
        replies::reading::Label,
    },
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::Key,
};

/// Characters of the line that a list shows.
const LINE_MAX: usize = 200;
/// Characters of an address: conversations are found by it, and an index takes no longer words than it can hold.
pub const ADDRESS_MAX: usize = 320;

/// The conversation of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    pub id: ThreadId,
    pub is_new: bool,
}

/// Finds the conversation of each message: that of the mail it answers, else the one with this lead in this campaign, else a new one.
///
/// # Errors
/// The database's.
pub async fn find<'a>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    matched: Vec<Matched<'a>>,
    sent: &HashMap<SendId, SentMail>,
) -> sqlx::Result<Vec<(Matched<'a>, Conversation)>> {
    let lead_of = |one: &Matched<'_>| {
        let sent = sent.get(&one.send?)?;
        Some((sent.campaign_id, sent.lead_id?))
    };
    let leads: BTreeSet<(CampaignId, LeadId)> = matched.iter().filter_map(lead_of).collect();
    let mut of_leads: HashMap<(CampaignId, LeadId), Conversation> = HashMap::new();
    for batch in batches(leads.iter())? {
        let some: Vec<(CampaignId, LeadId, ThreadId)> = on!(&mut *tx, c => sqlx::query_as(
            "select t.campaign_id, t.lead_id, t.id from json_each($2) j
             cross join threads t
             where t.workspace_id = $1 and t.campaign_id = unhex(j.value ->> 0, '-') and t.lead_id = unhex(j.value ->> 1, '-')
             order by t.id")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        let found = some.into_iter().map(|(campaign, lead, id)| ((campaign, lead), Conversation { id, is_new: false }));
        of_leads.extend(found);
    }
    let mut found = Vec::with_capacity(matched.len());
    for one in matched {
        let thread = match (one.thread, lead_of(&one)) {
            (Some(id), _) => Conversation { id, is_new: false },
            (None, Some(lead)) => {
                *of_leads.entry(lead).or_insert_with(|| Conversation { id: ThreadId::new(), is_new: true })
            }
            // A mail that is gone: nothing to show beside it.
            (None, None) => continue,
        };
        found.push((one, thread));
    }
    Ok(found)
}

/// A conversation after the mails of a slice.
#[derive(Serialize)]
struct Row {
    id: ThreadId,
    campaign: Option<CampaignId>,
    lead: Option<LeadId>,
    recipient: Option<Key>,
    person: Option<String>,
    address: Option<String>,
    subject: String,
    first_line: Option<String>,
    last_at: Instant,
    last_in_at: Option<Instant>,
    /// The newest that was written in the mailbox itself.
    last_out_at: Option<Instant>,
    human: i32,
    untracked: i32,
    label: Option<&'static str>,
    tone: Option<&'static str>,
}

impl Row {
    /// The mails of one conversation, oldest first.
    fn of(id: ThreadId, answers: &[&Answer<'_>]) -> Option<Self> {
        let first = answers.first()?;
        let newest = answers.iter().rev().find(|answer| answer.is_human()).or_else(|| answers.last())?;
        let human = answers.iter().rev().find(|answer| answer.is_human());
        let sent = first.sent.as_ref();
        let from = human.and_then(|answer| answer.matched.opened.message.from.as_ref());
        let name = from
            .and_then(|from| from.name.clone())
            .or_else(|| sent?.name.clone())
            .filter(|name| !name.trim().is_empty());
        let address = from.map(|from| cut(&from.address.to_lowercase(), ADDRESS_MAX)).or_else(|| sent?.email.clone());
        let label = answers
            .iter()
            .rev()
            .filter(|answer| human.is_none() || answer.is_human())
            .find_map(|answer| answer.reading.label);
        let subject =
            sent.and_then(|sent| sent.subject.clone()).unwrap_or_else(|| first.matched.opened.message.subject.clone());
        Some(Self {
            id,
            campaign: sent.map(|sent| sent.campaign_id),
            lead: sent.and_then(|sent| sent.lead_id),
            recipient: sent.map(|sent| sent.recipient_key),
            person: name.or_else(|| address.clone()).map(|name| cut(&name, LINE_MAX)),
            address,
            subject: cut(&subject, 4 * LINE_MAX),
            first_line: newest.is_in().then(|| first_line(&newest.reading.new_text)),
            last_at: answers.iter().map(|answer| answer.matched.opened.incoming.received_at).max()?,
            last_out_at: answers
                .iter()
                .filter(|one| !one.is_in())
                .map(|one| one.matched.opened.incoming.received_at)
                .max(),
            last_in_at: answers
                .iter()
                .filter(|one| one.is_in())
                .map(|one| one.matched.opened.incoming.received_at)
                .max(),
            human: i32::from(human.is_some()),
            untracked: i32::from(answers.iter().all(|answer| answer.matched.how.is_by_address())),
            label: label.map(Label::name),
            tone: label.map(|label| label.tone().name()),
        })
    }
}

/// The first line that says something.
pub fn first_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(line, LINE_MAX)
}

/// At most so many characters.
pub fn cut(text: &str, characters: usize) -> String {
    text.chars().filter(|character| !character.is_control()).take(characters).collect()
}

/// The answers of each conversation, oldest first.
pub fn by_thread<'a, 'b>(answers: &'a [Answer<'b>]) -> BTreeMap<Conversation, Vec<&'a Answer<'b>>> {
    let mut threads: BTreeMap<Conversation, Vec<&Answer<'_>>> = BTreeMap::new();
    for answer in answers {
        threads.entry(answer.thread).or_default().push(answer);
    }
    for answers in threads.values_mut() {
        answers.sort_by_key(|answer| answer.matched.opened.incoming.received_at);
    }
    threads
}

/// Writes the conversations: new ones, and what changes in others. A label that a person chose stays; a person's mail wakes a
/// conversation that was done or snoozed.
///
/// # Errors
/// The database's.
pub async fn write(tx: &mut Tx, (workspace, mailbox): MailboxKey, answers: &[Answer<'_>]) -> sqlx::Result<()> {
    let threads = by_thread(answers);
    let rows = |is_new: bool| {
        threads
            .iter()
            .filter(move |(thread, _)| thread.is_new == is_new)
            .filter_map(|(thread, answers)| Row::of(thread.id, answers))
    };
    for batch in batches(rows(true))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into threads (workspace_id, id, mailbox_id, campaign_id, lead_id, recipient_key, person, address, subject, first_line,
                 last_at, last_in_at, answered_at, unread, automatic, untracked, label, label_tone, label_by)
             with rows as materialized (select value from json_each($3))
             select $1, unhex(value ->> 'id', '-'), $2, unhex(value ->> 'campaign', '-'), unhex(value ->> 'lead', '-'),
                 unhex(value ->> 'recipient'), coalesce(value ->> 'person', ''), coalesce(value ->> 'address', ''), value ->> 'subject',
                 coalesce(value ->> 'first_line', ''), cast(value ->> 'last_at' as bigint),
                 coalesce(cast(value ->> 'last_in_at' as bigint), cast(value ->> 'last_at' as bigint)),
                 cast(value ->> 'last_out_at' as bigint),
                 cast(value ->> 'human' as bigint) = 1, cast(value ->> 'human' as bigint) = 0,
                 cast(value ->> 'untracked' as bigint) = 1, value ->> 'label', value ->> 'tone',
                 case when value ->> 'label' is not null then 'rule' end
             from rows where true")
            .bind(workspace).bind(mailbox).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    for batch in batches(rows(false))? {
        // A label of a machine's mail is none of a conversation with a person.
        const RELABELS: &str = "(j.value ->> 'label' is not null and coalesce(t.label_by, 'rule') = 'rule'
             and (cast(j.value ->> 'human' as bigint) = 1 or t.automatic))";
        let sql = format!(
            "with j as materialized (select value from json_each($2))
             update threads as t set
                 last_at = case when cast(j.value ->> 'last_at' as bigint) > t.last_at then cast(j.value ->> 'last_at' as bigint) else t.last_at end,
                 last_in_at = case when cast(j.value ->> 'last_in_at' as bigint) > t.last_in_at
                     then cast(j.value ->> 'last_in_at' as bigint) else t.last_in_at end,
                 answered_at = case when cast(j.value ->> 'last_out_at' as bigint) > coalesce(t.answered_at, 0)
                     then cast(j.value ->> 'last_out_at' as bigint) else t.answered_at end,
                 first_line = case when cast(j.value ->> 'human' as bigint) = 1 or t.automatic
                     then coalesce(j.value ->> 'first_line', t.first_line) else t.first_line end,
                 person = case when cast(j.value ->> 'human' as bigint) = 1 then coalesce(j.value ->> 'person', t.person) else t.person end,
                 address = case when cast(j.value ->> 'human' as bigint) = 1 then coalesce(j.value ->> 'address', t.address) else t.address end,
                 unread = t.unread or cast(j.value ->> 'human' as bigint) = 1,
                 automatic = t.automatic and cast(j.value ->> 'human' as bigint) = 0,
                 untracked = t.untracked and cast(j.value ->> 'untracked' as bigint) = 1,
                 state = case when cast(j.value ->> 'human' as bigint) = 1 then 'open' else t.state end,
                 snoozed_until = case when cast(j.value ->> 'human' as bigint) = 1 then null else t.snoozed_until end,
                 label_tone = case when {RELABELS} then j.value ->> 'tone' else t.label_tone end,
                 label_by = case when {RELABELS} then 'rule' else t.label_by end,
                 label_confirmed = t.label_confirmed and not {RELABELS},
                 label = case when {RELABELS} then j.value ->> 'label' else t.label end,
                 version = t.version + 1
             from j where t.workspace_id = $1 and t.id = unhex(j.value ->> 'id', '-')"
        );
        on!(&mut *tx, c => sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(workspace).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}
