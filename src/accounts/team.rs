//! The team of a workspace: who is in it, as what, and who may change that.
//!
//! Every change locks the workspace first and reads the role of who asks again, so that two tabs at the same moment cannot
//! take the last owner away together, and somebody who was just removed changes nothing any more.

use super::{Member, Right, Role, UserId, WorkspaceId, audit, invitation};
use crate::{
    on,
    server::{
        clock::Instant,
        db::Tx,
        error::{AppError, Conflict},
    },
};

/// Members listed on the page.
const SHOWN_MAX: i64 = 1_000;

/// Why the team stays as it is. The text is for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TeamRefusal {
    #[error("This person is not in the team any more. Nothing was changed.")]
    Gone,
    #[error(
        "A workspace needs an owner, and this is the last one. Make another member an owner first. Nothing was changed."
    )]
    LastOwner,
}

impl Conflict for TeamRefusal {}

/// Somebody in the team.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TeamMember {
    pub user: UserId,
    pub name: String,
    pub email: String,
    pub role: Role,
    /// Since when.
    pub since: Instant,
}

/// The members of `workspace`: owners first, then by name.
pub async fn members(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<TeamMember>> {
    on!(tx, c => sqlx::query_as(
        "select u.id as \"user\", u.name, u.email, m.role, m.created_at as since
         from members m join users u on u.id = m.user_id where m.workspace_id = $1
         order by case m.role when 'owner' then 1 when 'admin' then 2 when 'member' then 3 else 4 end, u.name, u.id
         limit $2")
        .bind(workspace).bind(SHOWN_MAX).fetch_all(c).await)
}

/// Somebody's role in `workspace`, now.
pub async fn role_of(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> sqlx::Result<Option<Role>> {
    on!(tx, c => sqlx::query_scalar("select role from members where workspace_id = $1 and user_id = $2")
        .bind(workspace).bind(user).fetch_optional(c).await)
}

/// Lets nobody else change the team until this transaction ends; answers the role that `member` has now.
///
/// # Errors
/// [`AppError::Forbidden`] when they are not in the workspace any more.
pub(super) async fn lock(tx: &mut Tx, member: &Member) -> Result<Role, AppError> {
    // An update that changes nothing is the lock that both databases have.
    on!(&mut *tx, c => sqlx::query("update workspaces set name = name where id = $1")
        .bind(member.workspace).execute(c).await.map(drop))?;
    let role = role_of(tx, member.workspace, member.user).await?;
    role.ok_or_else(|| AppError::Forbidden("You are not in this workspace any more.".into()))
}

/// Like [`lock`], for changes that need [`Right::Team`].
pub(super) async fn lock_to_manage(tx: &mut Tx, member: &Member) -> Result<Role, AppError> {
    let role = lock(tx, member).await?;
    if role.may(Right::Team) { Ok(role) } else { Err(AppError::Forbidden(Right::Team.refusal().into())) }
}

async fn team_member(tx: &mut Tx, workspace: WorkspaceId, user: UserId) -> Result<TeamMember, AppError> {
    let found: Option<TeamMember> = on!(tx, c => sqlx::query_as(
        "select u.id as \"user\", u.name, u.email, m.role, m.created_at as since
         from members m join users u on u.id = m.user_id where m.workspace_id = $1 and m.user_id = $2")
        .bind(workspace).bind(user).fetch_optional(c).await)?;
    Ok(found.ok_or(TeamRefusal::Gone)?)
}

/// Refuses to take the last owner away: somebody must answer for the workspace.
async fn keep_an_owner(tx: &mut Tx, workspace: WorkspaceId) -> Result<(), AppError> {
    let owners: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from members where workspace_id = $1 and role = 'owner'")
        .bind(workspace).fetch_one(c).await)?;
    if owners > 1 {
        return Ok(());
    }
    Err(TeamRefusal::LastOwner.into())
}

/// Gives `user` another role. Joins the caller's transaction; answers the member as they were, `None` when the role is
/// theirs already.
///
/// # Errors
/// [`AppError::Forbidden`] without the right: admins neither make owners nor touch them. [`AppError::Conflict`] for the
/// last owner, and for somebody who left.
pub async fn change_role(
    tx: &mut Tx,
    member: &Member,
    user: UserId,
    role: Role,
    now: Instant,
) -> Result<Option<TeamMember>, AppError> {
    let own = lock_to_manage(tx, member).await?;
    let before = team_member(tx, member.workspace, user).await?;
    if !own.may_give(before.role) || !own.may_give(role) {
        return Err(AppError::Forbidden(Role::ONLY_OWNERS.into()));
    }
    if before.role == role {
        return Ok(None);
    }
    if before.role == Role::Owner {
        keep_an_owner(tx, member.workspace).await?;
    }
    on!(&mut *tx, c => sqlx::query("update members set role = $3 where workspace_id = $1 and user_id = $2")
        .bind(member.workspace).bind(user).bind(role).execute(c).await.map(drop))?;
    let keeps = role.may(Right::Team).then_some(role);
    invitation::close_those_of(tx, member.workspace, user, keeps, now).await?;
    let detail = format!("{} → {}", before.role.label(), role.label());
    let subject = named(&before);
    audit::record(tx, member.workspace, audit::Actor::User(member.user), "Changed a role", &subject, &detail, now)
        .await?;
    Ok(Some(before))
}

/// Takes `user` out of the workspace: their sessions lose it with this transaction, what they did and started stays. Joins
/// the caller's transaction.
///
/// # Errors
/// As for [`change_role`].
pub async fn remove(tx: &mut Tx, member: &Member, user: UserId, now: Instant) -> Result<TeamMember, AppError> {
    let own = lock_to_manage(tx, member).await?;
    let gone = team_member(tx, member.workspace, user).await?;
    if !own.may_give(gone.role) {
        return Err(AppError::Forbidden(Role::ONLY_OWNERS.into()));
    }
    take_out(tx, member.workspace, &gone, now).await?;
    let (actor, detail) = (audit::Actor::User(member.user), format!("Was {}", gone.role.label().to_lowercase()));
    audit::record(tx, member.workspace, actor, "Removed a member", &named(&gone), &detail, now).await?;
    Ok(gone)
}

/// Takes `member` out of their workspace, at their own wish. Joins the caller's transaction.
///
/// # Errors
/// [`AppError::Conflict`] for the last owner.
pub async fn leave(tx: &mut Tx, member: &Member, now: Instant) -> Result<(), AppError> {
    lock(tx, member).await?;
    let gone = team_member(tx, member.workspace, member.user).await?;
    take_out(tx, member.workspace, &gone, now).await?;
    let (actor, detail) = (audit::Actor::User(member.user), format!("Was {}", gone.role.label().to_lowercase()));
    Ok(audit::record(tx, member.workspace, actor, "Left the workspace", &named(&gone), &detail, now).await?)
}

async fn take_out(tx: &mut Tx, workspace: WorkspaceId, gone: &TeamMember, now: Instant) -> Result<(), AppError> {
    if gone.role == Role::Owner {
        keep_an_owner(tx, workspace).await?;
    }
    on!(&mut *tx, c => sqlx::query("delete from members where workspace_id = $1 and user_id = $2")
        .bind(workspace).bind(gone.user).execute(c).await.map(drop))?;
    Ok(invitation::close_those_of(tx, workspace, gone.user, None, now).await?)
}

fn named(member: &TeamMember) -> String {
    format!("{} ({})", member.name, member.email)
}
