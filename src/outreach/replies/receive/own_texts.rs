//! What we wrote in a conversation, so that it is known where it is quoted; and with that, what an answer says.

use std::collections::{BTreeSet, HashMap};

use sqlx::types::Json;

use super::{
    lookup::{Lookup, SentMail},
    matching::{How, Matched},
    threads::Conversation,
};
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    mail::message::Message,
    on,
    outreach::{
        ids::{SendId, ThreadId},
        replies::reading::{self, Kind, Known, Reading},
    },
    server::{batches::batches, clock::Instant, db::Tx},
};

/// Texts of one conversation, the newest.
const TEXTS_MAX: usize = 10;

/// A message that was matched and read.
#[derive(Debug)]
pub struct Answer<'a> {
    pub matched: Matched<'a>,
    pub thread: Conversation,
    /// The mail that it answers or is about.
    pub sent: Option<SentMail>,
    pub reading: Reading,
}

impl Answer<'_> {
    /// Whether it came to us: members write in conversations too.
    pub fn is_in(&self) -> bool {
        self.matched.how != How::Own
    }

    /// Whether a person wrote it to us.
    pub fn is_human(&self) -> bool {
        self.is_in() && matches!(self.reading.kind, Kind::Human | Kind::Calendar)
    }

    /// The sequence that it is about.
    pub fn sequence(&self) -> Option<(CampaignId, LeadId)> {
        let sent = self.sent.as_ref()?;
        Some((sent.campaign_id, sent.lead_id?))
    }
}

/// Reads what was matched.
///
/// # Errors
/// The database's.
pub async fn read<'a>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    lookup: &Lookup,
    matched: Vec<(Matched<'a>, Conversation)>,
    sent: &HashMap<SendId, SentMail>,
    at: Instant,
) -> sqlx::Result<Vec<Answer<'a>>> {
    let unread = || matched.iter().filter(|(one, _)| one.opened.report.is_none());
    let of_leads: BTreeSet<(CampaignId, LeadId)> = unread()
        .filter_map(|(one, _)| sent.get(&one.send?))
        .filter_map(|sent| Some((sent.campaign_id, sent.lead_id?)))
        .collect();
    let of_threads: BTreeSet<ThreadId> =
        unread().filter(|(_, thread)| !thread.is_new).map(|(_, thread)| thread.id).collect();
    let by_lead = of_sequences(tx, workspace, &of_leads).await?;
    let by_thread = of_members(tx, workspace, &of_threads).await?;
    let addresses: Vec<&str> = lookup.own_addresses.iter().map(String::as_str).collect();
    let mut answers = Vec::with_capacity(matched.len());
    for (one, thread) in matched {
        let sent = one.send.and_then(|send| sent.get(&send)).cloned();
        let lead = sent.as_ref().and_then(|sent| Some((sent.campaign_id, sent.lead_id?)));
        let texts = lead.and_then(|lead| by_lead.get(&lead)).into_iter().chain(by_thread.get(&thread.id)).flatten();
        let texts: Vec<&str> = texts.map(String::as_str).take(TEXTS_MAX).collect();
        let reading = match &one.opened.report {
            Some(report) => report.clone(),
            None => reading::read(
                &one.opened.message,
                &Known {
                    own_texts: &texts,
                    own_subject: sent.as_ref().and_then(|sent| sent.subject.as_deref()),
                    own_addresses: &addresses,
                    now: at,
                    received_at: one.opened.incoming.received_at,
                },
            ),
        };
        answers.push(Answer { matched: one, thread, sent, reading });
    }
    Ok(answers)
}

fn text(message: &str) -> String {
    Message::read(message.as_bytes()).text
}

/// The texts of the mails that these leads had, the newest first.
async fn of_sequences(
    tx: &mut Tx,
    workspace: WorkspaceId,
    leads: &BTreeSet<(CampaignId, LeadId)>,
) -> sqlx::Result<HashMap<(CampaignId, LeadId), Vec<String>>> {
    let mut texts: HashMap<(CampaignId, LeadId), Vec<String>> = HashMap::new();
    for batch in batches(leads.iter())? {
        let some: Vec<(CampaignId, LeadId, String)> = on!(&mut *tx, c => sqlx::query_as(
            "select d.campaign_id, d.lead_id, coalesce(k.message, o.message) from json_each($2) j
             cross join sends d
             left join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
             left join outbox_mails o on o.workspace_id = d.workspace_id and o.send_id = d.id
             where d.workspace_id = $1 and d.campaign_id = unhex(j.value ->> 0, '-') and d.lead_id = unhex(j.value ->> 1, '-')
               and d.kind = 'step' and coalesce(k.message, o.message) is not null
             order by d.id desc")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        for (campaign, lead, message) in some {
            let texts = texts.entry((campaign, lead)).or_default();
            if texts.len() < TEXTS_MAX {
                texts.push(text(&message));
            }
        }
    }
    Ok(texts)
}

/// The texts that members wrote in these conversations, the newest first.
async fn of_members(
    tx: &mut Tx,
    workspace: WorkspaceId,
    threads: &BTreeSet<ThreadId>,
) -> sqlx::Result<HashMap<ThreadId, Vec<String>>> {
    let mut texts: HashMap<ThreadId, Vec<String>> = HashMap::new();
    for batch in batches(threads.iter().map(|thread| [thread]))? {
        let some: Vec<(ThreadId, String)> = on!(&mut *tx, c => sqlx::query_as(
            "select m.thread_id, b.text from json_each($2) j
             cross join mails m
             join mail_bodies b on b.workspace_id = m.workspace_id and b.mail_id = m.id
             where m.workspace_id = $1 and m.thread_id = unhex(j.value ->> 0, '-') and m.direction = 'out'
             order by m.at desc")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        for (thread, text) in some {
            texts.entry(thread).or_default().push(text);
        }
    }
    Ok(texts)
}

/// The texts of some mails.
///
/// # Errors
/// The database's.
pub async fn of_sends(
    tx: &mut Tx,
    workspace: WorkspaceId,
    sends: impl Iterator<Item = SendId>,
) -> sqlx::Result<HashMap<SendId, String>> {
    let mut texts = HashMap::new();
    for batch in batches(sends.map(|send| [send]))? {
        let some: Vec<(SendId, String)> = on!(&mut *tx, c => sqlx::query_as(
            "select d.id, coalesce(k.message, o.message) from json_each($2) j
             cross join sends d
             left join sent_messages k on k.workspace_id = d.workspace_id and k.send_id = d.id
             left join outbox_mails o on o.workspace_id = d.workspace_id and o.send_id = d.id
             where d.workspace_id = $1 and d.id = unhex(j.value ->> 0, '-') and coalesce(k.message, o.message) is not null")
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        texts.extend(some.into_iter().map(|(send, message)| (send, text(&message))));
    }
    Ok(texts)
}
