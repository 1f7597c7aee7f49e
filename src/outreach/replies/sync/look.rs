//! A look: what is new in the folders of a mailbox, slice by slice. Each slice is one transaction, with what was received and how far
//! the folder is read now.

use std::{collections::HashMap, time::Duration};

use tokio::time::Instant as Moment;

use super::{
    cursors::{self, OVERLAP, ToRead, to_read},
    leases::{self, STORED_MAX},
    session::{End, Reader},
    trouble::{Again, Trouble, is_about_this},
};
use crate::{
    mail::imap::{Facts, Fetched, Part},
    outreach::{
        mailboxes::read_state,
        replies::receive::{self, HeaderBlock, Incoming, Place, Wanted},
    },
    server::clock::Instant,
    suppression::SuppressionKeys,
    topics,
};

/// Messages of a slice, and slices of one look before other mailboxes have their turn.
const SLICE: usize = 200;
const SLICES_MAX: usize = 10;
/// How long slices of one look are begun: a server that takes its time keeps no others waiting.
const LOOK_MAX: Duration = Duration::from_secs(60);
/// A message of this size may have been cut.
const CUT_AT: usize = 256 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Looked {
    All,
    /// There is more to read.
    Behind,
}

/// What is left of a look before others have their turn.
struct Left {
    slices: usize,
    until: Moment,
}

impl Left {
    /// Whether another slice may begin. The first one always does, so that each look comes further.
    fn take(&mut self) -> bool {
        let may = self.slices > 0 && (self.slices == SLICES_MAX || Moment::now() < self.until);
        self.slices -= usize::from(may);
        may
    }
}

/// A folder as it is being read.
#[derive(Clone, Copy)]
struct Open {
    /// Its place among the folders that are read.
    place: usize,
    uid_validity: u32,
}

impl Reader {
    /// Reads what is new: where news are announced, and in the other folders if `others`.
    ///
    /// # Errors
    /// How the reader ends.
    pub async fn look(&mut self, others: bool) -> Result<Looked, End> {
        let (begun, announced) = (self.app.clock.now(), self.announced());
        let mut left = Left { slices: SLICES_MAX, until: Moment::now() + LOOK_MAX };
        let mut read: Vec<(usize, u32)> = Vec::new();
        for place in 0..self.folders.len() {
            let folder = &self.folders[place];
            if folder.is_shut || !(others || folder.usage == announced) {
                continue;
            }
            match self.look_into(place, &mut left).await? {
                (Looked::Behind, _) => return Ok(Looked::Behind),
                (Looked::All, messages) => read.extend(messages.map(|messages| (place, messages))),
            }
        }
        let read: Vec<(&str, u32)> =
            read.into_iter().map(|(place, messages)| (self.folders[place].name.as_str(), messages)).collect();
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        if !leases::looked(&mut tx, self.lease, begun, at).await? {
            return Err(End::Lost);
        }
        cursors::looked(&mut tx, self.lease, &read, begun).await?;
        if self.lease.failures > 0 {
            read_state::told_is_over(&mut tx, self.lease.mailbox()).await?;
        }
        tx.commit().await?;
        if self.lease.failures > 0 {
            self.lease.failures = 0;
            let topics = [topics::MAILBOXES, topics::NOTICES];
            self.app.live.changed(&self.app.db, self.lease.workspace_id.0, &topics).await;
        }
        Ok(Looked::All)
    }

    /// Reads what is new in a folder. Returns also how many messages it has; nothing: the server does not open it.
    async fn look_into(&mut self, place: usize, left: &mut Left) -> Result<(Looked, Option<u32>), End> {
        let name = self.folders[place].name.clone();
        let examined = match self.session.examine(&name).await {
            Ok(examined) => examined,
            // Junk, or a folder that went since: the answers in the inbox are read all the same.
            Err(fault) if self.folders[place].usage != self.announced() && is_about_this(&fault) => {
                tracing::info!(mailbox = %self.lease.mailbox_id, folder = name, %fault, "a folder cannot be read");
                self.folders[place].is_shut = true;
                return Ok((Looked::All, None));
            }
            Err(fault) => return Err(self.trouble(&fault)),
        };
        let open = Open { place, uid_validity: examined.uid_validity.unwrap_or(0) };
        let cursor = cursors::cursor(&mut self.app.db.read().await?, self.lease, &name).await?;
        let uids = match to_read(cursor.as_ref(), &examined) {
            ToRead::Begin => {
                let next = match examined.uid_next {
                    Some(next) => next,
                    None => self.search(1).await?.last().map_or(1, |last| last.saturating_add(1)),
                };
                self.begin(open, next).await?;
                Vec::new()
            }
            ToRead::Nothing => Vec::new(),
            ToRead::From(uid) => {
                let uids = self.search(uid).await?;
                let seen = &self.folders[place].seen;
                uids.into_iter().filter(|uid| !seen.contains(uid)).collect()
            }
            ToRead::Since(since) => {
                let found = self.session.search_since(since).await.map_err(|fault| self.trouble(&fault))?;
                let first = found.first().copied().or(examined.uid_next).unwrap_or(1);
                self.begin(open, first).await?;
                found
            }
        };
        let mut unread = uids.len();
        for slice in uids.chunks(SLICE) {
            if !left.take() {
                return Ok((Looked::Behind, None));
            }
            unread -= slice.len();
            self.slice(open, slice, unread).await?;
        }
        Ok((Looked::All, Some(examined.exists)))
    }

    async fn search(&mut self, from: u32) -> Result<Vec<u32>, End> {
        self.session.search_from(from).await.map_err(|fault| self.trouble(&fault))
    }

    async fn begin(&mut self, open: Open, next_uid: u32) -> Result<(), End> {
        let folder = &mut self.folders[open.place];
        folder.seen.clear();
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        if !leases::hold(&mut tx, self.lease, at).await? {
            return Err(End::Lost);
        }
        let named = (folder.name.as_str(), folder.usage);
        cursors::begin(&mut tx, self.lease, named, (open.uid_validity, next_uid), at).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Reads the headers of a slice, and then those messages that concern us, as many at once as one command may bring.
    async fn slice(&mut self, open: Open, uids: &[u32], behind: usize) -> Result<(), End> {
        let end = uids.last().map_or(0, |last| last.saturating_add(1));
        self.left_out.clear();
        let facts = self.facts(uids).await?;
        let mut headers = Vec::new();
        for portion in Part::Header.portions(&facts) {
            headers.extend(self.fetch(Part::Header, portion).await?);
        }
        headers.sort_unstable_by_key(|header| header.uid);
        let usage = self.folders[open.place].usage;
        let blocks: Vec<HeaderBlock<'_>> = headers.iter().map(|one| HeaderBlock { usage, raw: &one.bytes }).collect();
        let (keys, at) = (self.app.of::<SuppressionKeys>(), self.app.clock.now());
        let wanted = receive::wanted(&mut self.app.db.read().await?, keys, self.lease.mailbox(), &blocks, at).await?;
        let uids_of = |what: Wanted| {
            let pairs = headers.iter().zip(&wanted).filter(move |(_, wanted)| **wanted == what);
            pairs.map(|(header, _)| header.uid).collect::<Vec<u32>>()
        };
        let (whole, heads) = (uids_of(Wanted::Whole), uids_of(Wanted::Head));
        let mut headers: HashMap<u32, Fetched> = headers.into_iter().map(|header| (header.uid, header)).collect();
        let heads: Vec<Fetched> = heads.iter().filter_map(|uid| headers.remove(uid)).collect();
        let whole: Vec<Facts> = facts.iter().filter(|fact| whole.contains(&fact.uid)).copied().collect();
        let portions = Part::Message.portions(&whole);
        // The heads go with the first portion, which need not be read.
        let mut ready = self.incoming(open, heads, &facts);
        for (number, portion) in portions.iter().enumerate() {
            let fetched = self.fetch(Part::Message, portion).await?;
            let has = |uid: u32| fetched.iter().any(|one| one.uid == uid);
            // What the server does not give is known by its header: who wrote what it answers, and that it came.
            let missing =
                portion.iter().filter(|one| !has(one.uid)).filter_map(|one| headers.remove(&one.uid)).collect();
            let missing = self.incoming(open, missing, &facts).into_iter();
            ready.extend(missing.map(|one| Incoming { is_cut: true, ..one }));
            ready.extend(self.incoming(open, fetched, &facts));
            let is_last = number + 1 == portions.len();
            let next = if is_last { end } else { portion.last().map_or(0, |last| last.uid.saturating_add(1)) };
            self.receive(open, std::mem::take(&mut ready), next, behind).await?;
        }
        if portions.is_empty() {
            self.receive(open, ready, end, behind).await?;
        }
        self.leave_behind(open).await?;
        let folder = &mut self.folders[open.place];
        folder.seen.extend(uids);
        folder.seen.retain(|uid| *uid >= end.saturating_sub(2 * OVERLAP));
        Ok(())
    }

    /// What the server does not give is not asked for in the next conversation either.
    async fn leave_behind(&mut self, open: Open) -> Result<(), End> {
        let Some(last) = self.left_out.iter().max() else { return Ok(()) };
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        if !leases::hold(&mut tx, self.lease, at).await? {
            return Err(End::Lost);
        }
        cursors::leave_behind(&mut tx, self.lease, &self.folders[open.place].name, last.saturating_add(1)).await?;
        tx.commit().await?;
        Ok(())
    }

    fn incoming(&self, open: Open, fetched: Vec<Fetched>, facts: &[Facts]) -> Vec<Incoming> {
        let (folder, now) = (&self.folders[open.place], self.app.clock.now());
        let incoming = fetched.into_iter().map(|Fetched { uid, bytes }| {
            let known = facts.iter().find(|fact| fact.uid == uid);
            let received_at = known.and_then(|fact| fact.received_at).map_or(now, |at| at.min(now));
            let place = Place {
                folder: folder.name.clone(),
                usage: folder.usage,
                uid_validity: i64::from(open.uid_validity),
                uid: i64::from(uid),
            };
            let is_cut = bytes.len() >= CUT_AT;
            Incoming { place: Some(place), received_at, raw: bytes, is_cut }
        });
        incoming.collect()
    }

    /// One transaction: the messages, what they do, and the cursor.
    async fn receive(&mut self, open: Open, incoming: Vec<Incoming>, next: u32, behind: usize) -> Result<(), End> {
        let opened = receive::open(&self.app, incoming).await;
        let at = self.app.clock.now();
        let mut tx = self.app.db.write().await?;
        if !leases::hold(&mut tx, self.lease, at).await? {
            return Err(End::Lost);
        }
        let slice = receive::receive(&self.app, &mut tx, self.lease.mailbox(), &opened).await?;
        cursors::advance(&mut tx, self.lease, &self.folders[open.place].name, next, behind).await?;
        let (day, next_day) = day(at);
        let stored = match slice.stored() {
            0 => 0,
            stored => leases::count_stored(&mut tx, self.lease, stored, day).await?,
        };
        tx.commit().await?;
        receive::tell(&self.app, &slice).await?;
        if stored >= STORED_MAX {
            let words = format!("{stored} mails of one day are stored.");
            return Err(End::Trouble(Trouble::new("too_many", words, Again::At(next_day))));
        }
        Ok(())
    }
}

/// The number of a day in UTC, and when the next one begins.
fn day(at: Instant) -> (i64, Instant) {
    let length = Duration::from_secs(24 * 3600).as_micros();
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let day = at.micros().div_euclid(length);
    (day, Instant((day + 1) * length))
}
