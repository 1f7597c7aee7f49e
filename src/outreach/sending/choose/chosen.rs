//! What was chosen for the mailboxes of a round.

use std::collections::BTreeMap;

use super::{
    super::counters::CounterKey,
    offered::{Candidate, Queued},
};
use crate::{accounts::WorkspaceId, ids::CampaignId, outreach::schedule::rules::Day, server::clock::Instant};

/// A slot that is taken.
#[derive(Debug)]
pub(in crate::outreach::sending) struct Pick {
    /// Its place in the list of due mailboxes.
    pub mailbox: usize,
    pub campaign: CampaignId,
    pub candidate: Candidate,
    pub occupies: bool,
    pub day: Day,
    pub number: i64,
    pub free_at: Instant,
}

/// A mail of the queue that goes now, with the slot that it goes in.
#[derive(Debug)]
pub(in crate::outreach::sending) struct Resumed {
    pub mailbox: usize,
    pub queued: Queued,
    /// Nothing for a mail that a member wrote.
    pub day: Option<Day>,
    pub number: i64,
    pub free_at: Instant,
}

/// A lead that cannot be next, and what becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::outreach::sending) enum Fate {
    /// Its company had its mails of the day.
    HeldUntil(Instant),
    /// It is in another running sequence.
    HeldElsewhere,
    /// The person had this step, through another lead.
    HadIt,
    Suppressed,
    Removed,
}

#[derive(Debug)]
pub(in crate::outreach::sending) struct SetAside {
    pub workspace: WorkspaceId,
    pub campaign: CampaignId,
    pub candidate: Candidate,
    pub fate: Fate,
}

/// Why a mailbox has nothing to send now, and when it is looked at again; never: when it is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::outreach::sending) struct Idle {
    pub mailbox: usize,
    pub code: &'static str,
    pub look_at: Option<Instant>,
}

#[derive(Debug, Default)]
pub(in crate::outreach::sending) struct Chosen {
    pub picks: Vec<Pick>,
    pub resumed: Vec<Resumed>,
    pub set_aside: Vec<SetAside>,
    pub idle: Vec<Idle>,
    /// Mailboxes, by their place, whose follow-ups wait until their answers are read.
    pub unread: Vec<usize>,
    /// What the picks take of each counter, with its limit.
    pub slots: BTreeMap<CounterKey, (i64, i64)>,
}
