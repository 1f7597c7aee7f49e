//! Coming into a workspace with an invitation.

use super::{
    UserId, WorkspaceId, audit,
    invitation::{self, Invitation, InvitationId},
    store, team,
};
use crate::server::{clock::Instant, db::Tx, error::AppError};

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// Now, or with the same invitation before (pressed twice).
    In(Invitation),
    /// They were in the team already; the invitation stays open for somebody else.
    Already(WorkspaceId),
    /// The invitation was used by somebody else, withdrawn, is too old, or never was one.
    Gone,
}

/// Lets `user` into the workspace of the invitation. Joins the caller's transaction.
///
/// # Errors
/// Only the database's.
pub async fn join(tx: &mut Tx, id: InvitationId, user: UserId, now: Instant) -> Result<Joined, AppError> {
    let Some(found) = invitation::invitation(tx, id).await? else { return Ok(Joined::Gone) };
    let role = team::role_of(tx, found.workspace, user).await?;
    if role.is_some() && found.accepted_by != Some(user) {
        return Ok(Joined::Already(found.workspace));
    }
    if !invitation::use_up(tx, id, user, now).await? {
        // Somebody was first: this person with the other click, or somebody else.
        let again = invitation::invitation(tx, id).await?;
        let in_it = team::role_of(tx, found.workspace, user).await?.is_some();
        return Ok(match again.filter(|again| in_it && again.accepted_by == Some(user)) {
            Some(again) => Joined::In(again),
            None => Joined::Gone,
        });
    }
    store::insert_member(tx, found.workspace, user, found.role, now).await?;
    let account = store::account_of(tx, user).await?;
    let detail = format!("As {}, invited by {}", found.role.label().to_lowercase(), found.inviter_name);
    let actor = audit::Actor::User(user);
    audit::record(tx, found.workspace, actor, "Joined", account.email.as_str(), &detail, now).await?;
    Ok(Joined::In(found))
}
