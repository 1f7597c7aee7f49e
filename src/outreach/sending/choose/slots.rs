//! The counters that a mail takes a slot of.

use super::{
    super::counters::{CounterKey, Scope},
    offered::{DueMailbox, Running},
};
use crate::{
    accounts::WorkspaceId,
    ids::CampaignId,
    outreach::{ids::MailboxId, schedule::rules::Day},
    suppression::Key,
};

/// Every counter that a mail takes a slot of, with its limit: the mailbox's cap, and those of its campaign and workspace.
pub(super) fn slots(
    mailbox: &DueMailbox,
    one: &Running,
    (domain, opener): (Option<Key>, bool),
    day: Day,
    cap: i64,
) -> Vec<(CounterKey, i64)> {
    let slots = slots_of((mailbox.workspace, mailbox.id, day), one.campaign_id, domain, opener);
    let limit = |scope| match scope {
        Scope::Mailbox => Some(cap),
        Scope::Campaign => one.daily_cap,
        Scope::CampaignNew => one.new_daily_cap,
        Scope::Domain => Some(one.domain_cap),
        Scope::Workspace => [one.workspace_cap, one.ceiling].into_iter().flatten().min(),
    };
    let with_limit = |key: CounterKey| {
        let limit = limit(key.scope).unwrap_or(i64::MAX);
        (key, limit)
    };
    slots.into_iter().map(with_limit).collect()
}

/// Every counter that a mail takes a slot of; those without a limit are counted too, so that a limit set later finds them.
pub(in crate::outreach::sending) fn slots_of(
    (workspace, mailbox, day): (WorkspaceId, MailboxId, Day),
    campaign: CampaignId,
    domain: Option<Key>,
    opener: bool,
) -> Vec<CounterKey> {
    let mut slots = vec![
        counter(workspace, Scope::Mailbox, mailbox.0.as_bytes(), day),
        counter(workspace, Scope::Campaign, campaign.0.as_bytes(), day),
        counter(workspace, Scope::Workspace, &[], day),
    ];
    slots.extend(opener.then(|| counter(workspace, Scope::CampaignNew, campaign.0.as_bytes(), day)));
    slots.extend(domain.map(|domain| counter(workspace, Scope::Domain, &domain.0, day)));
    slots
}

pub(super) fn counter(workspace: WorkspaceId, scope: Scope, subject: &[u8], day: Day) -> CounterKey {
    CounterKey { workspace, scope, subject: subject.to_vec(), day }
}
