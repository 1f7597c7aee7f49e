//! Today's arithmetic: every limit of the day with its number, and the one that counts.

use super::why::Facts;

/// What a limit is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LimitOf {
    /// All mailboxes of the campaign together, whatever campaign uses them.
    Mailboxes {
        mailboxes: i64,
        slow_start: bool,
    },
    Campaign,
    /// First mails of the campaign.
    NewLeads,
    Workspace,
    /// Of the workspace, set by the operator.
    Operator,
}

/// A limit of today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    pub of: LimitOf,
    pub cap: i64,
    pub used: i64,
    /// Whether it leaves the least of all limits on every mail.
    pub is_smallest: bool,
}

impl Limit {
    fn new(of: LimitOf, cap: i64, used: i64) -> Self {
        Self { of, cap, used, is_smallest: false }
    }

    /// Mails that may still leave.
    pub fn left(&self) -> i64 {
        (self.cap - self.used).max(0)
    }
}

/// The limits of today, the smallest marked.
pub fn limits(facts: &Facts) -> Vec<Limit> {
    let active = || facts.mailboxes.iter().filter(|mailbox| mailbox.is_able());
    let mailboxes = i64::try_from(active().count()).unwrap_or(i64::MAX);
    let slow_start = active().any(|mailbox| mailbox.is_ramping);
    let (cap, used) = (active().map(|mailbox| mailbox.cap).sum(), active().map(|mailbox| mailbox.used).sum());
    let most = |used: fn(&super::why::MailboxFacts) -> i64| active().map(used).max().unwrap_or(0);
    let (campaign, new_leads) = (most(|mailbox| mailbox.campaign_used), most(|mailbox| mailbox.new_used));
    let workspace = most(|mailbox| mailbox.workspace_used);
    let mut limits = vec![Limit::new(LimitOf::Mailboxes { mailboxes, slow_start }, cap, used)];
    limits.extend(facts.daily_cap.map(|cap| Limit::new(LimitOf::Campaign, cap, campaign)));
    limits.extend(facts.workspace_cap.map(|cap| Limit::new(LimitOf::Workspace, cap, workspace)));
    limits.extend(facts.ceiling.map(|cap| Limit::new(LimitOf::Operator, cap, workspace)));
    if let Some(smallest) = limits.iter_mut().min_by_key(|limit| limit.left()) {
        smallest.is_smallest = true;
    }
    limits.extend(facts.new_daily_cap.map(|cap| Limit::new(LimitOf::NewLeads, cap, new_leads)));
    limits
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        outreach::{mailboxes::mailbox::MailboxState, progress::why::MailboxFacts},
        server::clock::Instant,
    };

    fn mailbox(cap: i64, used: i64) -> MailboxFacts {
        MailboxFacts {
            address: String::new(),
            state: MailboxState::Active,
            code: None,
            words: None,
            retry_at: None,
            frozen_until: None,
            takes_new: true,
            held_domain: None,
            cap,
            is_ramping: cap < 30,
            used,
            campaign_used: 12,
            new_used: 3,
            workspace_used: 40,
            free_at: Instant(0),
            look_at: None,
            idle: None,
            idle_since: None,
            unread: None,
            due: 0,
            active: 0,
            next_due: None,
        }
    }

    #[test]
    fn the_limit_that_leaves_the_least_is_marked_and_paused_mailboxes_do_not_count() {
        let paused = MailboxFacts { state: MailboxState::Paused, ..mailbox(100, 0) };
        let facts = Facts {
            mailboxes: vec![mailbox(30, 10), mailbox(5, 2), paused],
            daily_cap: Some(30),
            new_daily_cap: Some(4),
            workspace_cap: Some(500),
            ..Facts::default()
        };
        let found: Vec<_> = limits(&facts).into_iter().map(|it| (it.of, it.cap, it.used, it.is_smallest)).collect();
        let mailboxes = LimitOf::Mailboxes { mailboxes: 2, slow_start: true };
        assert_eq!(
            found,
            [
                (mailboxes, 35, 12, false),
                (LimitOf::Campaign, 30, 12, true),
                (LimitOf::Workspace, 500, 40, false),
                (LimitOf::NewLeads, 4, 3, false),
            ]
        );
    }
}
