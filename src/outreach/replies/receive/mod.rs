//! Receiving: which of what comes in concerns us, what it answers, and what it does.
//!
//! | phase | file | bound |
//! |---|---|---|
//! | outside of a transaction: read the bytes, look up domains that a report calls gone | `open.rs` | 50 domains |
//! | which mail of ours it answers (M0 to M5), for a whole slice at once | `lookup.rs`, `matching.rs` | 7 statements, and one for each mail of an unknown colleague |
//! | ids that a provider put in place of ours | `aliases.rs` | mails of three days |
//! | our own texts in these conversations, so that quotes are known | `own_texts.rs` | 10 mails of a conversation |
//! | conversations, mails, facts | `threads.rs`, `store.rs` | one statement for each batch of rows |
//! | what it does to sequences, addresses, credits and numbers | `effects.rs` | batches; one by one: bounces, complaints, opt-outs |
//!
//! A slice is one transaction, with the cursor of the folder it came from. Done again, it changes nothing: a mail is known by the hash of
//! its Message-ID, and one mailbox has it once, in whatever folder it turns up.

mod aliases;
#[cfg(test)]
mod edge_tests;
mod effects;
mod lookup;
mod matching;
mod open;
mod own_texts;
mod store;
#[cfg(test)]
pub mod tests;
mod threads;
mod wanted;

pub use {
    effects::{code_of, opt_out},
    open::{Opened, open},
    store::{Attachment, MailFacts, Stopped},
    wanted::{HeaderBlock, Wanted, wanted},
};

use std::collections::{BTreeSet, HashSet};

use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::{
        ids::{MailId, MailboxId},
        sending,
    },
    server::{
        app::App,
        clock::Instant,
        db::{Tx, retried},
    },
    suppression::SuppressionKeys,
    topics,
};
use lookup::Lookup;
use matching::{How, Match, Matched, match_mail};

/// The mailbox that something came to.
pub type MailboxKey = (WorkspaceId, MailboxId);

/// What a folder is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum FolderUse {
    Inbox,
    Junk,
    Sent,
    /// Everything, as Gmail has it.
    All,
    Other,
}

/// Where a message lies at the mail server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub folder: String,
    pub usage: FolderUse,
    pub uid_validity: i64,
    pub uid: i64,
}

/// A message that came.
#[derive(Debug, Clone)]
pub struct Incoming {
    /// `None`: it lies nowhere, because the built-in outbox wrote it.
    pub place: Option<Place>,
    /// When the mail server took it.
    pub received_at: Instant,
    /// As it came: the whole message, its first bytes, or its header alone where [`Wanted::Head`] says that this is enough.
    pub raw: Vec<u8>,
    /// Bytes were left out.
    pub is_cut: bool,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Stored(MailId),
    /// A copy of what we wrote.
    Own,
    /// It was here before.
    Known,
    NotOurs,
}

/// What became of a slice, for [`tell`] after the commit.
#[derive(Debug, Default)]
pub struct Slice {
    /// For each message, in their order.
    pub received: Vec<Received>,
    workspace: Option<WorkspaceId>,
    /// Campaigns in which something changed.
    pub concerned: BTreeSet<(WorkspaceId, CampaignId)>,
}

impl Slice {
    /// How many were stored.
    pub fn stored(&self) -> usize {
        self.received.iter().filter(|one| matches!(one, Received::Stored(_))).count()
    }
}

/// Receives messages of one mailbox in the open transaction: matches, reads and stores them, and does what follows from them.
///
/// # Errors
/// The database's. Nothing is kept then, and the same slice can be received again.
pub async fn receive(app: &App, tx: &mut Tx, mailbox: MailboxKey, mails: &[Opened]) -> anyhow::Result<Slice> {
    let (keys, at) = (app.of::<SuppressionKeys>(), app.clock.now());
    let lookup = Lookup::load(tx, keys, mailbox, mails.iter().map(Opened::envelope), at).await?;
    let mut slice = Slice { received: Vec::with_capacity(mails.len()), workspace: Some(mailbox.0), ..Slice::default() };
    let (mut matched, mut proven, mut learned, mut seen) = (Vec::new(), Vec::new(), Vec::new(), HashSet::new());
    for mail in mails {
        let received = if lookup.has(&mail.key) || !seen.insert(mail.key) {
            Received::Known
        } else {
            match match_mail(tx, keys, mailbox, &lookup, mail, at).await? {
                Match::Own(send) => {
                    let id = mail.message.message_id.as_deref().filter(|id| lookup.send(id).is_none());
                    learned.extend(id.zip(send));
                    proven.extend(send);
                    Received::Own
                }
                Match::Of(one) => {
                    let received = if one.how == How::Own { Received::Own } else { Received::Stored(one.mail) };
                    proven.extend(one.send.filter(|_| one.how != How::Own));
                    matched.push(one);
                    received
                }
                Match::None => Received::NotOurs,
            }
        };
        slice.received.push(received);
    }
    aliases::learn(tx, mailbox.0, &learned, at).await?;
    slice.concerned.extend(sending::proven(tx, mailbox.0, &proven, at).await?);
    if !matched.is_empty() {
        slice.concerned.extend(keep(tx, keys, mailbox, (&lookup, matched), at).await?);
    }
    Ok(slice)
}

/// Reads and stores what was matched, and does what follows. Sequences are stopped first: no mail leaves once this is committed.
async fn keep(
    tx: &mut Tx,
    keys: &SuppressionKeys,
    mailbox: MailboxKey,
    (lookup, matched): (&Lookup, Vec<Matched<'_>>),
    at: Instant,
) -> anyhow::Result<BTreeSet<(WorkspaceId, CampaignId)>> {
    let sent = lookup::by_ids(tx, mailbox.0, matched.iter().filter_map(|one| one.send)).await?;
    let matched = threads::find(tx, mailbox.0, matched, &sent).await?;
    let answers = own_texts::read(tx, mailbox.0, lookup, matched, &sent, at).await?;
    let stopped = effects::before_storing(tx, mailbox.0, &answers, at).await?;
    threads::write(tx, mailbox, &answers).await?;
    store::store(tx, mailbox, &answers, &stopped, at).await?;
    effects::after_storing(tx, keys, mailbox, &answers, at).await
}

/// Looks whether the campaigns of a slice are finished now, and tells open pages. Once its transaction is committed.
///
/// # Errors
/// The database's.
pub async fn tell(app: &App, slice: &Slice) -> anyhow::Result<()> {
    sending::settle(app, &slice.concerned, app.clock.now()).await?;
    sending::tell(app, slice.concerned.iter()).await;
    if let Some(workspace) = slice.workspace.filter(|_| slice.stored() > 0) {
        let topics = [topics::INBOX, topics::SUPPRESSION, topics::CREDITS];
        app.live.changed(&app.db, workspace.0, &topics).await;
    }
    Ok(())
}

/// Receives one message on its own, as the built-in outbox hands it over.
///
/// # Errors
/// The database's.
pub async fn deliver(app: &App, mailbox: MailboxKey, incoming: Incoming) -> anyhow::Result<Received> {
    let opened = open(app, vec![incoming]).await;
    let slice = retried(|| async {
        let mut tx = app.db.write().await?;
        let slice = receive(app, &mut tx, mailbox, &opened).await?;
        tx.commit().await?;
        anyhow::Ok(slice)
    })
    .await?;
    tell(app, &slice).await?;
    Ok(slice.received.first().copied().unwrap_or(Received::NotOurs))
}
