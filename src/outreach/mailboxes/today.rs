//! How many mails each mailbox has taken slots for today, on its own calendar.

use std::collections::HashMap;

use sqlx::types::Json;

use super::mailbox::Mailbox;
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::MailboxId,
    server::{batches::batches, clock::Instant, db::Tx, hexadecimal::hexadecimal},
};

/// How full the day of a mailbox is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    pub used: i64,
    pub cap: i64,
}

/// How full the days of these mailboxes are.
///
/// # Errors
/// The database's.
pub async fn today(
    tx: &mut Tx,
    workspace: WorkspaceId,
    mailboxes: &[Mailbox],
    at: Instant,
) -> sqlx::Result<HashMap<MailboxId, Today>> {
    let mut used: HashMap<MailboxId, i64> = HashMap::new();
    for rows in batches(
        mailboxes.iter().map(|mailbox| (mailbox.id, hexadecimal(mailbox.id.0.as_bytes()), mailbox.pace.today(at))),
    )? {
        let some: Vec<(String, i64)> = on!(&mut *tx, c => sqlx::query_as(
            "select j.value ->> 0, d.used from json_each($2) j
             join send_days d on d.workspace_id = $1 and d.scope = 'mailbox' and d.subject = unhex(j.value ->> 1)
                 and d.day = cast(j.value ->> 2 as bigint)")
            .bind(workspace).bind(Json(rows)).fetch_all(c).await)?;
        used.extend(some.into_iter().filter_map(|(id, used)| Some((id.parse().ok()?, used))));
    }
    let today = |mailbox: &Mailbox| Today {
        used: used.get(&mailbox.id).copied().unwrap_or(0),
        cap: mailbox.pace.on(mailbox.pace.today(at)).cap(),
    };
    Ok(mailboxes.iter().map(|mailbox| (mailbox.id, today(mailbox))).collect())
}
