//! What mailboxes did and what depends on them, as their pages show it.

use std::collections::HashMap;

use serde::Deserialize;

use super::secrets::MailboxKey;
use crate::{
    accounts::WorkspaceId,
    outreach::{ids::MailboxId, schedule::rules::Day},
    server::select::Select,
};

/// Days that health looks back on, today included.
pub const HEALTH_DAYS: i64 = 28;
/// Below this number of mails, shares say nothing.
const HEALTH_MAILS_MIN: i64 = 50;
/// From these shares on, in a thousand mails, receivers hold it against a sender.
const BOUNCES_MAX_PER_1000: i64 = 30;
const COMPLAINTS_MAX_PER_1000: i64 = 1;

/// What one mailbox did in the last [`HEALTH_DAYS`] days, and who uses it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Usage {
    pub sent: i64,
    pub opt_outs: i64,
    /// Running campaigns that send from it.
    pub campaigns: i64,
}

/// The same with how its mails fared: for the page of one mailbox, because it costs several times as much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Health {
    #[serde(flatten)]
    pub usage: Usage,
    /// Mails to addresses that do not exist.
    pub hard: i64,
    /// Mails that were refused for who sends them, or for what they say.
    pub policy: i64,
    /// Mails that were reported as spam.
    pub complaints: i64,
    /// Mails that a person answered.
    pub replies: i64,
    /// Of the tests that are kept, how many sent a mail that arrived, and how many of these in a spam folder.
    pub arrived: i64,
    pub in_spam: i64,
}

/// A number of mails, and what share of all of them it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Share {
    pub mails: i64,
    /// In a thousand; nothing where there are too few mails to say.
    pub per_1000: Option<i64>,
    /// Receivers hold it against a sender.
    pub is_high: bool,
}

impl Health {
    pub fn bounces(&self) -> Share {
        self.share(self.hard, Some(BOUNCES_MAX_PER_1000))
    }

    pub fn refusals(&self) -> Share {
        self.share(self.policy, None)
    }

    pub fn reports(&self) -> Share {
        self.share(self.complaints, Some(COMPLAINTS_MAX_PER_1000))
    }

    pub fn answers(&self) -> Share {
        self.share(self.replies, None)
    }

    pub fn wishes_to_stop(&self) -> Share {
        self.share(self.usage.opt_outs, None)
    }

    fn share(&self, mails: i64, max_per_1000: Option<i64>) -> Share {
        let per_1000 = (self.usage.sent >= HEALTH_MAILS_MIN).then(|| mails * 1_000 / self.usage.sent);
        let is_high = max_per_1000.zip(per_1000).is_some_and(|(max, share)| mails > 0 && share >= max);
        Share { mails, per_1000, is_high }
    }
}

/// The usage of the mailboxes of a workspace; `today` is the day in UTC.
pub fn usage(workspace: WorkspaceId, today: Day) -> Select<HashMap<MailboxId, Usage>> {
    #[derive(Deserialize)]
    struct Row {
        id: MailboxId,
        #[serde(flatten)]
        usage: Usage,
    }
    let text = format!(
        "select m.id, {} from mailboxes m where m.workspace_id = $1 and m.state <> 'removed'",
        usage_of_mailbox()
    );
    Select::<Vec<Row>>::rows(format!("id, {USAGE}"), text)
        .bind(workspace.0)
        .bind(since(today).0)
        .map(|rows| rows.into_iter().map(|row| (row.id, row.usage)).collect())
}

/// The health of one mailbox; `today` is the day in UTC.
pub fn health(mailbox: MailboxKey, today: Day) -> Select<Option<Health>> {
    // Texts of results are compared as they are kept.
    let tests = |code: &str| {
        format!(
            "(select count(*) from mailbox_checks k where k.workspace_id = m.workspace_id and k.mailbox_id = m.id
                 and cast(k.results as text) like '%{code}%')"
        )
    };
    let text = format!(
        "select {usage}, {hard} as hard, {policy} as policy, {complaints} as complaints, {replies} as replies,
             {arrived} as arrived, {in_spam} as in_spam
         from mailboxes m where m.workspace_id = $1 and m.state <> 'removed' and m.id = $3",
        usage = usage_of_mailbox(),
        hard = total("hard"),
        policy = total("policy"),
        complaints = total("complaints"),
        replies = total("replies"),
        arrived = tests("\"arrived"),
        in_spam = tests("\"arrived_in_junk\""),
    );
    Select::<Vec<Health>>::rows(format!("{USAGE}, hard, policy, complaints, replies, arrived, in_spam"), text)
        .bind(mailbox.0.0)
        .bind(since(today).0)
        .bind(mailbox.1.0)
        .first()
}

/// The columns of [`Usage`].
const USAGE: &str = "sent, opt_outs, campaigns";

fn since(today: Day) -> Day {
    today.plus(1 - HEALTH_DAYS)
}

/// The columns [`USAGE`] of a mailbox `m`, since the day `$2`.
fn usage_of_mailbox() -> String {
    let (sent, opt_outs) = (total("sent"), total("opt_outs"));
    format!(
        "{sent} as sent, {opt_outs} as opt_outs,
             (select count(*) from campaign_mailboxes c join campaign_sending s on s.workspace_id = c.workspace_id
                  and s.campaign_id = c.campaign_id and s.state = 'running'
              where c.workspace_id = m.workspace_id and c.mailbox_id = m.id) as campaigns"
    )
}

fn total(column: &str) -> String {
    format!(
        "(select cast(coalesce(sum(d.{column}), 0) as bigint) from outcome_days d where d.workspace_id = m.workspace_id
             and d.scope = 'mailbox' and d.subject = unhex(hex(m.id)) and d.day >= $2)"
    )
}

/// A campaign with leads in the middle of a sequence from one mailbox.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Conversations {
    pub campaign: String,
    pub leads: i64,
}

/// Which campaigns have leads in the middle of a sequence from this mailbox, by name.
pub fn conversations(mailbox: MailboxKey) -> Select<Vec<Conversations>> {
    Select::rows(
        "campaign, leads",
        "select p.name as campaign, count(*) as leads from campaign_mailboxes cm
         join enrolments e on e.workspace_id = cm.workspace_id and e.campaign_id = cm.campaign_id and e.mailbox_id = cm.mailbox_id
             and e.state in ('active', 'held', 'in_flight')
         join campaigns p on p.workspace_id = cm.workspace_id and p.id = cm.campaign_id
         where cm.workspace_id = $1 and cm.mailbox_id = $2 group by p.id, p.name order by p.name",
    )
    .bind(mailbox.0.0)
    .bind(mailbox.1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_said_where_there_are_enough_mails_and_marked_where_it_is_high() {
        let health = |sent, hard, complaints| {
            let usage = Usage { sent, ..Usage::default() };
            Health { usage, hard, complaints, ..Health::default() }
        };
        assert_eq!(health(49, 9, 1).bounces(), Share { mails: 9, per_1000: None, is_high: false });
        assert_eq!(health(100, 2, 0).bounces(), Share { mails: 2, per_1000: Some(20), is_high: false });
        assert_eq!(health(100, 3, 0).bounces(), Share { mails: 3, per_1000: Some(30), is_high: true });
        assert_eq!(health(1_000, 0, 1).reports(), Share { mails: 1, per_1000: Some(1), is_high: true });
        assert!(!health(1_001, 0, 1).reports().is_high && !health(1_000, 0, 0).reports().is_high);
        assert!(!Health { policy: 50, replies: 50, ..health(50, 0, 0) }.refusals().is_high);
    }
}
