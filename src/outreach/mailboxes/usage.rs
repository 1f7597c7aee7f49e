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
pub const HEALTH_MAILS_MIN: i64 = 50;

/// What one mailbox did in the last [`HEALTH_DAYS`] days, and who uses it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct Usage {
    pub sent: i64,
    pub opt_outs: i64,
    /// Running campaigns that send from it.
    pub campaigns: i64,
}

/// The usage of the mailboxes of a workspace, or of one alone; `today` is the day in UTC.
pub fn usage(workspace: WorkspaceId, one: Option<MailboxId>, today: Day) -> Select<HashMap<MailboxId, Usage>> {
    #[derive(Deserialize)]
    struct Row {
        id: MailboxId,
        #[serde(flatten)]
        usage: Usage,
    }
    let since = today.plus(1 - HEALTH_DAYS);
    let total = |column: &str| {
        format!(
            "(select cast(coalesce(sum(d.{column}), 0) as bigint) from outcome_days d where d.workspace_id = m.workspace_id
                 and d.scope = 'mailbox' and d.subject = unhex(hex(m.id)) and d.day >= $3)"
        )
    };
    let text = format!(
        "select m.id, {sent} as sent, {opt_outs} as opt_outs,
             (select count(*) from campaign_mailboxes c join campaign_sending s on s.workspace_id = c.workspace_id
                  and s.campaign_id = c.campaign_id and s.state = 'running'
              where c.workspace_id = m.workspace_id and c.mailbox_id = m.id) as campaigns
         from mailboxes m where m.workspace_id = $1 and m.state <> 'removed' and ($2 is null or m.id = $2)",
        sent = total("sent"),
        opt_outs = total("opt_outs"),
    );
    Select::<Vec<Row>>::rows("id, sent, opt_outs, campaigns", text)
        .bind(workspace.0)
        .bind(one.map(|id| id.0))
        .bind(since.0)
        .map(|rows| rows.into_iter().map(|row| (row.id, row.usage)).collect())
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
