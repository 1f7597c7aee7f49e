//! What the choice is made among: due mailboxes, their running campaigns, and the leads and mails that wait.

use std::collections::HashMap;

use super::super::counters::Counters;
use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    ids::CampaignId,
    outreach::{
        ids::{MailboxId, SendId, StepId},
        mailboxes::mailbox::MailboxKind,
        schedule::{
            StoredPace,
            rules::{Chance, Day, start_of_day, zone_or_utc},
        },
    },
    server::clock::Instant,
    suppression::Key,
};

/// Mails that a mailbox without a gap takes at once.
pub(in crate::outreach::sending) const AT_ONCE: usize = 20;

/// A mailbox whose slot has come.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::outreach::sending) struct DueMailbox {
    #[sqlx(rename = "workspace_id")]
    pub workspace: WorkspaceId,
    pub id: MailboxId,
    pub address: String,
    #[sqlx(flatten)]
    pub pace: StoredPace,
    pub kind: MailboxKind,
    pub look_at: Instant,
    pub free_at: Instant,
    pub fence: i64,
    /// Its answers were read a moment ago, so a follow-up may leave.
    pub is_read: bool,
    /// They cannot be read at present: first mails do not wait for that.
    pub cannot_be_read: bool,
}

impl DueMailbox {
    /// How many mails it takes in one go: gaps are kept between claims.
    pub fn at_once(&self) -> usize {
        if self.pace.gap_max_s == 0 && !self.pace.spread { AT_ONCE } else { 1 }
    }

    /// The day of every counter that its mails touch.
    pub fn day(&self, at: Instant) -> Day {
        self.pace.today(at)
    }

    pub(super) fn start_of(&self, day: Day) -> Instant {
        start_of_day(day, &zone_or_utc(&self.pace.time_zone))
    }

    pub(super) fn chance(&self, day: Day) -> Chance {
        Chance::new(self.workspace.0, self.id.0, day)
    }
}

/// A running campaign of a due mailbox, with its current or next window in one zone.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::outreach::sending) struct Running {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub campaign_id: CampaignId,
    pub zone: String,
    /// Whether the mailbox may begin new conversations in it.
    pub takes_new: bool,
    pub last_pick_at: Instant,
    /// First mails before follow-ups.
    pub new_first: bool,
    pub daily_cap: Option<i64>,
    pub new_daily_cap: Option<i64>,
    pub domain_cap: i64,
    pub workspace_cap: Option<i64>,
    pub ceiling: Option<i64>,
    /// Leaves people alone who are in another running sequence.
    pub alone: bool,
    pub first_step: Option<StepId>,
    pub opens_at: Instant,
    pub closes_at: Instant,
    /// When the first follow-up of this mailbox is due.
    pub due_at: Option<Instant>,
    /// The day of the mailbox, and how full its counters are.
    pub day: Day,
    /// The last day of the mailbox's freeze, if it is frozen on that day.
    pub frozen_until: Option<Day>,
    pub mailbox_used: i64,
    pub campaign_used: i64,
    pub new_used: i64,
    pub workspace_used: i64,
}

impl Running {
    pub fn is_open(&self, at: Instant) -> bool {
        self.opens_at <= at && at < self.closes_at
    }

    pub fn group(&self) -> Group {
        (self.workspace_id, self.campaign_id, self.zone.clone())
    }
}

/// The waiting leads of a campaign in one zone.
pub(in crate::outreach::sending) type Group = (WorkspaceId, CampaignId, String);

/// A lead that may be next, with what was found about it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::outreach::sending) struct Candidate {
    /// Its place among those that were asked for.
    pub number: i64,
    pub lead_id: LeadId,
    pub step_id: StepId,
    pub recipient_key: Key,
    pub canonical_key: Key,
    pub domain_key: Option<Key>,
    /// No mail of the sequence has left yet.
    pub opener: bool,
    /// The send of this step to this person, if there was one.
    pub send_id: Option<SendId>,
    /// It never reached a mail server, so the row may live again.
    pub send_unsent: bool,
    /// Its slot is still to be given back.
    pub send_has_slot: bool,
    pub elsewhere: bool,
    pub present: bool,
    pub suppressed: bool,
}

/// What was read for a round.
#[derive(Debug, Default)]
pub(in crate::outreach::sending) struct Offer {
    pub running: HashMap<(WorkspaceId, MailboxId), Vec<Running>>,
    /// The follow-ups of a mailbox in a campaign and zone, those due longest first.
    pub follow_ups: HashMap<(MailboxId, CampaignId, String), Vec<Candidate>>,
    pub openers: HashMap<Group, Vec<Candidate>>,
    /// More leads wait in this group than were read.
    pub more: HashMap<Group, bool>,
    /// Mails that were taken before and wait for their mailbox, and mails that members wrote.
    pub queued: HashMap<(WorkspaceId, MailboxId), Vec<Queued>>,
    /// When the next of those that wait for a moment may be tried again.
    pub retries: HashMap<(WorkspaceId, MailboxId), Instant>,
    pub counters: Counters,
}

/// A mail that was taken before and did not leave.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::outreach::sending) struct Queued {
    pub workspace_id: WorkspaceId,
    pub mailbox_id: MailboxId,
    pub id: SendId,
    pub campaign_id: CampaignId,
    /// A member wrote it, as a reply or a test: it takes no slot and waits for no gap.
    pub is_written: bool,
    pub slot_day: Option<Day>,
    pub slot_number: i64,
    pub domain_key: Option<Key>,
    pub opener: bool,
}
