//! Writes mails, their bodies, and the facts that outlive them.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::types::Json;

use super::{MailboxKey, matching::How, own_texts::Answer, threads::cut};
use crate::{
    mail::message::part_of,
    on,
    outreach::{
        ids::MailId,
        replies::reading::{Kind, Label},
        sending::Sequence,
    },
    server::{batches::batches, clock::Instant, db::Tx, hexadecimal::hexadecimal},
};

/// Characters of names, subjects and the like.
const WORDS_MAX: usize = 1000;
/// Bytes of HTML that are kept.
const HTML_BYTES_MAX: usize = 256 * 1024;
/// Attachments of a mail that are listed.
const ATTACHMENTS_MAX: usize = 50;
/// A Date within this long of the arrival is believed.
const BELIEVED: std::time::Duration = std::time::Duration::from_secs(7 * 24 * 60 * 60);

/// What an answer or a label stopped, so that it can continue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stopped {
    pub at: Instant,
    pub code: String,
    pub sequences: Vec<Sequence>,
}

/// An attachment, as the list of a mail shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its number in IMAP.
    pub part: String,
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub size: usize,
}

/// What was read in a mail besides its words.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailFacts {
    /// Matched by address only.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub by_address: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The first day on which the person is back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub return_date: Option<String>,
    /// The person to write to instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub successor: Option<String>,
    /// What a report says of each recipient.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<RecipientFacts>,
}

/// What a report says of one recipient.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecipientFacts {
    pub address: Option<String>,
    pub verdict: String,
    pub status: Option<String>,
    pub words: String,
}

impl MailFacts {
    fn of(answer: &Answer<'_>) -> Self {
        let reading = &answer.reading;
        let recipients = reading.recipients.iter().map(|one| RecipientFacts {
            address: one.recipient().map(|address| cut(address, 320)),
            verdict: one.verdict.name().to_owned(),
            status: one.status.map(|status| status.to_string()),
            words: cut(&one.words, 300),
        });
        Self {
            by_address: answer.matched.how.is_by_address(),
            label: reading.label.map(|label| label.name().to_owned()),
            return_date: reading.return_date.map(|date| date.to_string()),
            successor: reading.successor.clone(),
            recipients: recipients.take(20).collect(),
        }
    }
}

#[derive(Serialize)]
struct MailRow<'a> {
    id: MailId,
    thread: crate::outreach::ids::ThreadId,
    direction: &'static str,
    send: Option<crate::outreach::ids::SendId>,
    message_id: Option<&'a str>,
    key: String,
    from_address: String,
    from_name: String,
    subject: String,
    at: Instant,
    received_at: Instant,
    kind: &'static str,
    rule: &'static str,
    facts: MailFacts,
    folder: Option<&'a str>,
    uid_validity: Option<i64>,
    uid: Option<i64>,
    junk: i32,
    attachments: Vec<Attachment>,
    authentication: Option<String>,
    stopped: Option<&'a Stopped>,
}

impl<'a> MailRow<'a> {
    fn of(answer: &'a Answer<'_>, stopped: Option<&'a Stopped>) -> Self {
        let (opened, message) = (answer.matched.opened, &answer.matched.opened.message);
        let place = opened.incoming.place.as_ref();
        let attachments = message.attachments().map(|part| Attachment {
            part: part.section.clone(),
            name: cut(part.name.as_deref().unwrap_or_default(), 200),
            kind: cut(&part.kind, 100),
            size: part.bytes,
        });
        let from = message.from.as_ref();
        Self {
            id: answer.matched.mail,
            thread: answer.thread.id,
            direction: if answer.is_in() { "in" } else { "out" },
            send: answer.sent.as_ref().map(|sent| sent.id),
            message_id: message.message_id.as_deref(),
            key: hexadecimal(&opened.key),
            from_address: from.map(|from| cut(&from.address, 320)).unwrap_or_default(),
            from_name: from.and_then(|from| from.name.as_deref()).map(|name| cut(name, WORDS_MAX)).unwrap_or_default(),
            subject: cut(&message.subject, WORDS_MAX),
            at: sent_at(message.date, opened.incoming.received_at),
            received_at: opened.incoming.received_at,
            kind: answer.reading.kind.name(),
            rule: if answer.matched.how == How::Own { "R0" } else { answer.reading.rule.0 },
            facts: MailFacts::of(answer),
            folder: place.map(|place| place.folder.as_str()),
            uid_validity: place.map(|place| place.uid_validity),
            uid: place.map(|place| place.uid),
            junk: i32::from(opened.usage() == super::FolderUse::Junk),
            attachments: attachments.take(ATTACHMENTS_MAX).collect(),
            authentication: message.authentication_results().map(|results| cut(results, WORDS_MAX)),
            stopped,
        }
    }
}

/// The date of a mail, if it is near its arrival.
fn sent_at(date: Option<Instant>, received_at: Instant) -> Instant {
    date.filter(|date| *date > received_at.minus(BELIEVED) && *date < received_at.plus(BELIEVED)).unwrap_or(received_at)
}

/// Writes mails, bodies, labels and facts.
///
/// # Errors
/// The database's; a message that another server stored at the same moment.
pub async fn store(
    tx: &mut Tx,
    mailbox: MailboxKey,
    answers: &[Answer<'_>],
    stopped: &HashMap<MailId, Stopped>,
    at: Instant,
) -> sqlx::Result<()> {
    write_mails(tx, mailbox, answers, stopped).await?;
    write_bodies(tx, mailbox, answers).await?;
    write_parts(tx, mailbox, answers).await?;
    write_facts(tx, mailbox, answers).await?;
    write_labels(tx, mailbox, answers, at).await
}

async fn write_mails(
    tx: &mut Tx,
    (workspace, mailbox): MailboxKey,
    answers: &[Answer<'_>],
    stopped: &HashMap<MailId, Stopped>,
) -> sqlx::Result<()> {
    let rows = answers.iter().map(|answer| MailRow::of(answer, stopped.get(&answer.matched.mail)));
    for batch in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into mails (workspace_id, id, thread_id, mailbox_id, direction, send_id, message_id, message_key, from_address,
                 from_name, subject, at, received_at, kind, rule, facts, folder, uid_validity, uid, junk, attachments, authentication,
                 stopped)
             with rows as materialized (select value from json_each($3))
             select $1, unhex(value ->> 'id', '-'), unhex(value ->> 'thread', '-'), $2, value ->> 'direction',
                 unhex(value ->> 'send', '-'), value ->> 'message_id', unhex(value ->> 'key'), value ->> 'from_address',
                 value ->> 'from_name', value ->> 'subject', cast(value ->> 'at' as bigint), cast(value ->> 'received_at' as bigint),
                 value ->> 'kind', value ->> 'rule', value -> 'facts', value ->> 'folder', cast(value ->> 'uid_validity' as bigint),
                 cast(value ->> 'uid' as bigint), cast(value ->> 'junk' as bigint) = 1, value -> 'attachments',
                 value ->> 'authentication', case when value ->> 'stopped' is not null then value -> 'stopped' end
             from rows where true")
            .bind(workspace).bind(mailbox).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

async fn write_bodies(tx: &mut Tx, (workspace, _): MailboxKey, answers: &[Answer<'_>]) -> sqlx::Result<()> {
    let rows = answers.iter().map(|answer| {
        let (opened, message) = (answer.matched.opened, &answer.matched.opened.message);
        let html = message.html.as_deref().filter(|html| html.len() <= HTML_BYTES_MAX);
        let is_cut = opened.incoming.is_cut || message.is_cut || (html.is_none() && message.html.is_some());
        json!({
            "id": answer.matched.mail, "text": clean(&message.text), "new_text": clean(&answer.reading.new_text),
            "html": html.map(clean), "cut": i32::from(is_cut),
        })
    });
    for batch in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into mail_bodies (workspace_id, mail_id, text, new_text, html, cut)
             with rows as materialized (select value from json_each($2))
             select $1, unhex(value ->> 'id', '-'), value ->> 'text', value ->> 'new_text', value ->> 'html',
                 cast(value ->> 'cut' as bigint) = 1
             from rows where true")
            .bind(workspace).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Keeps the files of mails that lie at no mail server: from there nothing could be fetched.
async fn write_parts(tx: &mut Tx, (workspace, _): MailboxKey, answers: &[Answer<'_>]) -> sqlx::Result<()> {
    for answer in answers.iter().filter(|answer| answer.matched.opened.incoming.place.is_none()) {
        let opened = answer.matched.opened;
        for part in opened.message.attachments().take(ATTACHMENTS_MAX) {
            let Some(content) = part_of(&opened.incoming.raw, &part.section) else { continue };
            on!(&mut *tx, c => sqlx::query("insert into mail_parts (workspace_id, mail_id, part, content) values ($1, $2, $3, $4)")
                .bind(workspace).bind(answer.matched.mail).bind(&part.section).bind(content).execute(c).await.map(drop))?;
        }
    }
    Ok(())
}

/// Without the character that no text column takes.
fn clean(text: &str) -> String {
    text.replace('\0', "")
}

/// One row for each answer, human or automatic, not for reports.
async fn write_facts(tx: &mut Tx, (workspace, mailbox): MailboxKey, answers: &[Answer<'_>]) -> sqlx::Result<()> {
    let is_answer = |answer: &&Answer<'_>| {
        answer.is_in() && !answer.reading.kind.is_report() && !matches!(answer.reading.kind, Kind::Receipt | Kind::List)
    };
    let rows = answers.iter().filter(is_answer).map(|answer| {
        let sent = answer.sent.as_ref();
        json!([
            answer.matched.mail,
            sent.map(|sent| sent.campaign_id),
            sent.and_then(|sent| sent.lead_id),
            sent.map(|sent| sent.id),
            sent.and_then(|sent| sent.step_id),
            sent.and_then(|sent| sent.variant_id),
            sent.and_then(|sent| sent.text_id),
            answer.matched.opened.incoming.received_at,
            answer.reading.kind.name(),
            i32::from(answer.is_human()),
        ])
    });
    for batch in batches(rows)? {
        on!(&mut *tx, c => sqlx::query(
            "insert into reply_facts (workspace_id, mail_id, campaign_id, lead_id, send_id, step_id, variant_id, text_id, mailbox_id, at,
                 kind, human)
             with rows as materialized (select value from json_each($3))
             select $1, unhex(value ->> 0, '-'), unhex(value ->> 1, '-'), unhex(value ->> 2, '-'), unhex(value ->> 3, '-'),
                 unhex(value ->> 4, '-'), unhex(value ->> 5, '-'), unhex(value ->> 6, '-'), $2, cast(value ->> 7 as bigint),
                 value ->> 8, cast(value ->> 9 as bigint) = 1
             from rows where true")
            .bind(workspace).bind(mailbox).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// What the rules suggested, unless a member has said what it is.
async fn write_labels(
    tx: &mut Tx,
    (workspace, _): MailboxKey,
    answers: &[Answer<'_>],
    at: Instant,
) -> sqlx::Result<()> {
    let labelled = answers.iter().filter(|answer| answer.is_in());
    let rows = labelled.filter_map(|answer| Some((answer.thread.id, answer.reading.label?)));
    let rows: Vec<Value> = rows
        .enumerate()
        .map(|(place, (thread, label))| json!([thread, Label::name(label), label.tone().name(), place]))
        .collect();
    for batch in batches(rows.iter())? {
        // Those of one conversation are numbered in their order.
        on!(&mut *tx, c => sqlx::query(
            "insert into label_events (workspace_id, thread_id, number, label, tone, by_kind, at)
             with rows as materialized (select unhex(value ->> 0, '-') as thread_id, value ->> 1 as label, value ->> 2 as tone,
                     cast(value ->> 3 as bigint) as place from json_each($3))
             select $1, r.thread_id,
                 coalesce((select max(e.number) from label_events e where e.workspace_id = $1 and e.thread_id = r.thread_id), 0)
                     + row_number() over (partition by r.thread_id order by r.place),
                 r.label, r.tone, 'rule', $2
             from rows r
             where not exists (select 1 from threads t where t.workspace_id = $1 and t.id = r.thread_id and t.label_by = 'person')")
            .bind(workspace).bind(at).bind(Json(batch)).execute(c).await.map(drop))?;
    }
    Ok(())
}
