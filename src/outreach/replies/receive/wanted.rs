//! Which of a slice of messages concern us, by their headers alone: only those are read further.

use super::{
    FolderUse, MailboxKey,
    lookup::{Lookup, sender},
    open::{Envelope, key, lies_among_sent, may_be_report},
};
use crate::{
    mail::message::Message,
    server::{clock::Instant, db::Tx},
    suppression::SuppressionKeys,
};

/// The header of a message.
#[derive(Debug, Clone, Copy)]
pub struct HeaderBlock<'a> {
    /// What its folder is for.
    pub usage: FolderUse,
    /// The fields, with what Return-Path, Content-Type and the like say.
    pub raw: &'a [u8],
}

/// How much of a message is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Whole,
    /// Its header says enough: a copy of what we sent.
    Head,
    Nothing,
}

/// Returns how much of each is needed, in their order. Seven statements for a slice.
///
/// # Errors
/// The database's.
pub async fn wanted(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    mailbox: MailboxKey,
    headers: &[HeaderBlock<'_>],
    at: Instant,
) -> sqlx::Result<Vec<Wanted>> {
    let messages: Vec<(Message, [u8; 32])> = headers
        .iter()
        .map(|header| {
            let message = Message::read(header.raw);
            let key = key(&message, header.raw);
            (message, key)
        })
        .collect();
    let envelopes = messages.iter().map(|(message, key)| Envelope { message, key: *key, report: None });
    let lookup = Lookup::load(tx, keys, mailbox, envelopes, at).await?;
    let judge = |(header, (message, key)): (&HeaderBlock<'_>, &(Message, [u8; 32]))| {
        judge(keys, &lookup, header.usage, message, key)
    };
    Ok(headers.iter().zip(&messages).map(judge).collect())
}

fn judge(keys: &SuppressionKeys, lookup: &Lookup, usage: FolderUse, message: &Message, key: &[u8; 32]) -> Wanted {
    if message.message_id.is_some() && lookup.has(key) {
        return Wanted::Nothing;
    }
    if message.message_id.as_deref().is_some_and(|id| lookup.send(id).is_some()) {
        return Wanted::Head;
    }
    if lookup.copied(keys, message).is_some() {
        return Wanted::Head;
    }
    let answers = message.references.iter().any(|id| lookup.mail(id).is_some() || lookup.send(id).is_some());
    let email = sender(message);
    let is_own = lies_among_sent(usage, message)
        || email.as_ref().is_some_and(|email| lookup.own_addresses.contains(email.as_str()));
    let is_ours = answers
        || (!is_own
            && (may_be_report(message)
                || email.is_some_and(|email| {
                    !lookup.to(keys.recipient(&email)).is_empty() || lookup.knows_company(keys.domain(email.domain()))
                })));
    if is_ours { Wanted::Whole } else { Wanted::Nothing }
}
