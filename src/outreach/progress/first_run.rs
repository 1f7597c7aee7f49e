//! How far a new workspace is on the way to its first mail.

use serde::Deserialize;

use crate::{
    accounts::{UserId, WorkspaceId},
    server::select::Select,
};

/// What is done of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
pub struct FirstRun {
    /// The member proved their own address.
    pub confirmed: bool,
    pub mailbox: bool,
    pub audience: bool,
    pub leads: bool,
    pub emails: bool,
    pub started: bool,
    /// The first mail has left.
    pub sent: bool,
}

/// What `user` and their workspace have done of it.
pub fn select(workspace: WorkspaceId, user: UserId) -> Select<FirstRun> {
    let text = "select
             exists (select 1 from users u where u.id = $2 and u.confirmed_at is not null) as confirmed,
             exists (select 1 from mailboxes m where m.workspace_id = $1 and m.state <> 'removed') as mailbox,
             exists (select 1 from campaigns p where p.workspace_id = $1) as audience,
             exists (select 1 from campaign_leads l where l.workspace_id = $1) as leads,
             exists (select 1 from steps s join campaigns p on p.workspace_id = s.workspace_id and p.id = s.campaign_id
                 where p.workspace_id = $1 and s.removed_at is null) as emails,
             exists (select 1 from campaign_sending c where c.workspace_id = $1 and c.started_at is not null) as started,
             exists (select 1 from outcome_days d where d.workspace_id = $1 and d.scope = 'campaign' and d.sent > 0) as sent";
    let columns = "confirmed flag, mailbox flag, audience flag, leads flag, emails flag, started flag, sent flag";
    Select::<Vec<FirstRun>>::rows(columns, text).bind(workspace.0).bind(user.0).first().map(Option::unwrap_or_default)
}
