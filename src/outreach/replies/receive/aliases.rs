//! Message-IDs that a provider put in place of ours. The copy in the folder of sent mails has the new one: it is ours by its recipient, its
//! subject and its date, and from then on both ids are: answers are matched by them, and follow-ups and replies name them.
//!
//! Nothing is learned from what other people send. An answer or a report only claims to be about an id, so its sender could make
//! any mail in the mailbox an answer to ours. Nothing would be won either: a report finds its mail by the recipient that it names, an answer
//! by its sender and subject, and after both no follow-up names the id.

use std::{collections::HashMap, time::Duration};

use sqlx::types::Json;

use super::{
    MailboxKey,
    lookup::{SENT_MAIL, SentMail},
};
use crate::{
    accounts::WorkspaceId,
    mail::message::Message,
    on,
    outreach::{ids::SendId, sequences::message::is_message_id},
    server::{batches::batches, clock::Instant, db::Tx},
    suppression::Key,
};

/// How far the Date of a copy may be from the moment at which our mail left.
const DATE_WITHIN: Duration = Duration::from_secs(15 * 60);
/// Copies of mails that left within this long are looked for.
const LEFT_WITHIN: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Mails that left this mailbox lately, by their recipient.
#[derive(Debug, Default)]
pub struct Lately(HashMap<Key, Vec<SentMail>>);

impl Lately {
    /// Mails that left lately to these people.
    ///
    /// # Errors
    /// The database's.
    pub async fn load(
        tx: &mut Tx,
        (workspace, mailbox): MailboxKey,
        people: impl Iterator<Item = Key>,
        at: Instant,
    ) -> sqlx::Result<Self> {
        let mut lately: HashMap<Key, Vec<SentMail>> = HashMap::new();
        let sql = format!(
            "select {SENT_MAIL} from json_each($4) j
             cross join sends d
             left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
             where d.workspace_id = $1 and d.recipient_key = unhex(j.value ->> 0) and d.sending_at > $3 and d.mailbox_id = $2
               and d.kind in ('step', 'reply') and d.state in ('sending', 'sent', 'unknown')"
        );
        for batch in batches(people.map(|key| [key]))? {
            let some: Vec<SentMail> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
                .bind(workspace).bind(mailbox).bind(at.minus(LEFT_WITHIN)).bind(Json(batch)).fetch_all(c).await)?;
            some.into_iter().for_each(|sent| lately.entry(sent.recipient_key).or_default().push(sent));
        }
        Ok(Self(lately))
    }

    /// The mail to this person that a message of our own is a copy of.
    pub fn copied(&self, recipient: Key, message: &Message) -> Option<&SentMail> {
        let date = message.date?;
        let far = |sent: &SentMail| sent.sending_at.map_or(u64::MAX, |left| left.micros().abs_diff(date.micros()));
        let is_same = |sent: &&SentMail| sent.subject.as_deref().map(str::trim) == Some(message.subject.trim());
        let nearest = self.0.get(&recipient)?.iter().filter(is_same).min_by_key(|sent| far(sent))?;
        (u128::from(far(nearest)) <= DATE_WITHIN.as_micros()).then_some(nearest)
    }
}

/// Keeps ids that stand for mails of ours.
///
/// # Errors
/// The database's.
pub async fn learn(tx: &mut Tx, workspace: WorkspaceId, learned: &[(&str, SendId)], at: Instant) -> sqlx::Result<()> {
    for batch in batches(learned.iter().filter(|(id, _)| is_message_id(id)))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into send_aliases (workspace_id, message_id, send_id, learned_at)
             with rows as materialized (select value from json_each($2))
             select $1, value ->> 0, unhex(value ->> 1, '-'), $3 from rows where true
             on conflict do nothing")
            .bind(workspace).bind(Json(batch)).bind(at).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Mails of ours by ids that stand for them.
///
/// # Errors
/// The database's.
pub async fn by_aliases<'a>(
    tx: &mut Tx,
    workspace: WorkspaceId,
    ids: impl Iterator<Item = &'a String>,
) -> sqlx::Result<Vec<SentMail>> {
    let columns = SENT_MAIL.replace("d.message_id", "a.message_id");
    let sql = format!(
        "select {columns} from json_each($2) j
         cross join send_aliases a
         join sends d on d.workspace_id = a.workspace_id and d.id = a.send_id
         left join leads l on l.workspace_id = d.workspace_id and l.id = d.lead_id
         where a.workspace_id = $1 and a.message_id = j.value ->> 0"
    );
    let mut sends = Vec::new();
    for batch in batches(ids.map(|id| [id]))? {
        let some: Vec<SentMail> = on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.clone()))
            .bind(workspace).bind(Json(batch)).fetch_all(c).await)?;
        sends.extend(some);
    }
    Ok(sends)
}
