//! Invitations: who may come into a workspace as what, until when, and the link that shows it.
//!
//! Owners and admins can copy the link again while it is open ([`super::signed_link`]).

use std::time::Duration;

use super::{Role, UserId, WorkspaceId, signed_link::SignedLink};
use crate::{
    email::Email,
    on,
    server::{clock::Instant, config::Config, db::Tx},
};

crate::id!(
    /// One invitation.
    InvitationId
);

/// How long a link works.
pub const LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Open invitations of one workspace.
pub const OPEN_MAX: i64 = 100;

/// An invitation with what its pages show.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Invitation {
    pub workspace: WorkspaceId,
    pub workspace_name: String,
    pub id: InvitationId,
    /// Where it was mailed; `None`: a link to hand over.
    pub email: Option<Email>,
    pub role: Role,
    pub invited_by: UserId,
    pub inviter_name: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    pub withdrawn_at: Option<Instant>,
    pub accepted_by: Option<UserId>,
}

const SELECT: &str =
    "select i.workspace_id as workspace, w.name as workspace_name, i.id, i.email, i.role, i.invited_by,
    u.name as inviter_name, i.created_at, i.expires_at, i.withdrawn_at, i.accepted_by
    from invitations i join workspaces w on w.id = i.workspace_id join users u on u.id = i.invited_by";

impl Invitation {
    /// Whether somebody may still come in with it.
    pub fn is_open(&self, now: Instant) -> bool {
        self.withdrawn_at.is_none() && self.accepted_by.is_none() && now < self.expires_at
    }

    /// The path of its page. Whoever knows it may come in.
    pub fn path(&self, config: &Config) -> String {
        path(self.id, config)
    }
}

const LINK: SignedLink = SignedLink { purpose: "invitation", prefix: "/invitations/" };

/// The path of the page of an invitation.
pub fn path(id: InvitationId, config: &Config) -> String {
    LINK.path(id.0, config)
}

/// The invitation that `token` proves to know; `None` for anything made up.
pub fn of_token(token: &str, config: &Config) -> Option<InvitationId> {
    LINK.id_of(token, config).map(InvitationId)
}

/// One invitation, open or not.
pub async fn invitation(tx: &mut Tx, id: InvitationId) -> sqlx::Result<Option<Invitation>> {
    let sql = format!("{SELECT} where i.id = $1");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str())).bind(id).fetch_optional(c).await)
}

/// The open invitations of `workspace`, newest first.
pub async fn open_invitations(tx: &mut Tx, workspace: WorkspaceId, now: Instant) -> sqlx::Result<Vec<Invitation>> {
    let sql = format!(
        "{SELECT} where i.workspace_id = $1 and i.withdrawn_at is null and i.accepted_at is null and i.expires_at > $2
         order by i.created_at desc, i.id desc limit $3"
    );
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql.as_str()))
        .bind(workspace).bind(now).bind(OPEN_MAX).fetch_all(c).await)
}

/// Uses the invitation up for `user`; `false` when it is not open any more.
pub(super) async fn use_up(tx: &mut Tx, id: InvitationId, user: UserId, now: Instant) -> sqlx::Result<bool> {
    let used = on!(tx, c => sqlx::query(
        "update invitations set accepted_at = $3, accepted_by = $2
         where id = $1 and accepted_at is null and withdrawn_at is null and expires_at > $3")
        .bind(id).bind(user).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(used > 0)
}

/// Takes an open invitation back; `false` when it was not open.
pub(super) async fn close(tx: &mut Tx, workspace: WorkspaceId, id: InvitationId, now: Instant) -> sqlx::Result<bool> {
    let closed = on!(tx, c => sqlx::query(
        "update invitations set withdrawn_at = $3
         where workspace_id = $1 and id = $2 and accepted_at is null and withdrawn_at is null")
        .bind(workspace).bind(id).bind(now).execute(c).await.map(|done| done.rows_affected()))?;
    Ok(closed > 0)
}

/// Revokes what `user` may not give any more: with `role`, or with none at all. Somebody who was removed must not come
/// back through a link made before.
pub(super) async fn close_those_of(
    tx: &mut Tx,
    workspace: WorkspaceId,
    user: UserId,
    role: Option<Role>,
    now: Instant,
) -> sqlx::Result<()> {
    for given in Role::ALL {
        if !role.is_some_and(|role| role.may_give(given)) {
            on!(&mut *tx, c => sqlx::query(
                "update invitations set withdrawn_at = $4
                 where workspace_id = $1 and invited_by = $2 and role = $3 and accepted_at is null and withdrawn_at is null")
                .bind(workspace).bind(user).bind(given).bind(now).execute(c).await.map(drop))?;
        }
    }
    Ok(())
}
