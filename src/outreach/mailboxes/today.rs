//! How many mails each mailbox has taken slots for today, on its own calendar.

use std::collections::HashMap;

use serde::Deserialize;

use super::mailbox::Mailbox;
use crate::{
    accounts::WorkspaceId,
    outreach::{ids::MailboxId, schedule::rules::Day},
    server::{clock::Instant, select::Select},
};

/// How full the day of a mailbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    pub used: i64,
    pub cap: i64,
}

/// What mailboxes used of the days that are today somewhere.
pub struct Used(HashMap<(MailboxId, Day), i64>);

impl Used {
    /// How full the day of a mailbox is.
    pub fn of(&self, mailbox: &Mailbox, at: Instant) -> Today {
        let today = mailbox.pace.today(at);
        let used = self.0.get(&(mailbox.id, today)).copied().unwrap_or(0);
        Today { used, cap: mailbox.pace.on(today).cap() }
    }
}

/// What the mailboxes of a workspace used, or one alone; `today` is the day in UTC.
pub fn used(workspace: WorkspaceId, one: Option<MailboxId>, today: Day) -> Select<Used> {
    #[derive(Deserialize)]
    struct Row {
        id: MailboxId,
        day: Day,
        used: i64,
    }
    Select::<Vec<Row>>::rows(
        "id, day, used",
        "select m.id, d.day, d.used from mailboxes m
         join send_days d on d.workspace_id = m.workspace_id and d.scope = 'mailbox' and d.subject = unhex(hex(m.id))
             and d.day between $3 and $4
         where m.workspace_id = $1 and ($2 is null or m.id = $2) and m.state <> 'removed'",
    )
    .bind(workspace.0)
    .bind(one.map(|id| id.0))
    .bind(today.plus(-1).0)
    .bind(today.plus(1).0)
    .map(|rows| Used(rows.into_iter().map(|row| ((row.id, row.day), row.used)).collect()))
}
