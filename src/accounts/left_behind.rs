//! The mailboxes that a member added stay with the workspace when they leave: pages say so before, and whoever answers for the workspace
//! is told afterwards.

use futures::future::BoxFuture;

use super::{UserId, WorkspaceId, notices};
use crate::{
    server::{clock::Instant, db::Tx},
    ui::{Tone, plural},
};

/// How long the message stays on the pages.
const SHOWN: std::time::Duration = std::time::Duration::from_secs(30 * 24 * 60 * 60);
/// Mailboxes that a sentence names.
const NAMED: usize = 3;

/// The mailboxes of a workspace, each with the member who added it.
type AllMailboxes = for<'a> fn(&'a mut Tx, WorkspaceId) -> BoxFuture<'a, sqlx::Result<Vec<(UserId, String)>>>;

/// Lists the mailboxes of a workspace. `app` fills it in, because accounts do not know outreach.
#[derive(Clone, Copy)]
pub struct MemberMailboxes(pub AllMailboxes);

/// Those of one member, in a few words; `None` when there are none.
pub fn named(mailboxes: &[(UserId, String)], user: UserId) -> Option<String> {
    let own: Vec<&str> = mailboxes.iter().filter(|(by, _)| *by == user).map(|(_, address)| address.as_str()).collect();
    let first = own.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match own.len().checked_sub(NAMED) {
        _ if own.is_empty() => None,
        None | Some(0) => Some(first),
        Some(more) => Some(format!("{first} and {more} more")),
    }
}

/// Tells the workspace which mailboxes stay without the member who added them: on its pages, and owners and admins by mail. Call it once
/// they are out of the team, in the same transaction, and name [`topics::NOTICES`](crate::topics::NOTICES) after the commit.
///
/// # Errors
/// The database's.
pub async fn tell(
    tx: &mut Tx,
    MemberMailboxes(all): MemberMailboxes,
    workspace: WorkspaceId,
    (user, name): (UserId, &str),
    at: Instant,
) -> sqlx::Result<()> {
    let mailboxes = all(tx, workspace).await?;
    let Some(addresses) = named(&mailboxes, user) else { return Ok(()) };
    let count = mailboxes.iter().filter(|(by, _)| *by == user).count();
    let stay = plural(i64::try_from(count).unwrap_or(i64::MAX), "mailbox stays", "mailboxes stay");
    let title = format!("{name} left the team; {stay}");
    let text = format!(
        "{name} added {addresses}. They stay with the workspace and continue to send and to be read. Whoever knows a password can still \
         sign in at the provider: change it there if that is not what you want, then type it again in the settings of the mailbox."
    );
    // Someone may come back, and leave again.
    let key = format!("mailboxes-stay:{user}:{}", at.micros());
    let (title, text, link) = (title.as_str(), text.as_str(), Some("/settings/mailboxes"));
    let notice = notices::Notice { key: &key, tone: Tone::Info, title, text, link, cause: None };
    notices::post_until(tx, workspace, &notice, Some(at.plus(SHOWN)), at).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_mailboxes_are_named_and_more_are_counted() {
        let (user, other) = (UserId::new(), UserId::new());
        let mut all = vec![(other, "x@acme.example".to_owned())];
        assert_eq!(named(&all, user), None);
        for address in ["a@acme.example", "b@acme.example", "c@acme.example"] {
            all.push((user, address.to_owned()));
        }
        assert_eq!(named(&all, user).unwrap(), "a@acme.example, b@acme.example, c@acme.example");
        all.push((user, "d@acme.example".to_owned()));
        assert_eq!(named(&all, user).unwrap(), "a@acme.example, b@acme.example, c@acme.example and 1 more");
    }
}
