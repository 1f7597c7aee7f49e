//! Inviting somebody into a workspace, by mail or with a link to hand over, and taking that back.

use super::{
    Member, Role, audit,
    invitation::{self, InvitationId, LIFETIME, OPEN_MAX},
    limits, outbox, team,
};
use crate::{
    email::Email,
    fields::FieldErrors,
    on,
    server::{clock::Instant, config::Config, db::Tx, error::AppError},
};

/// What an owner or admin asked for.
#[derive(Debug, Clone)]
pub struct NewInvitation {
    /// Where to mail it; `None` makes a link to hand over.
    pub email: Option<Email>,
    pub role: Role,
    /// Belongs to the rendered form: sent twice, it makes one invitation.
    pub key: String,
}

/// Makes the invitation and mails it. Joins the caller's transaction; repeating it with the same key changes nothing.
///
/// # Errors
/// [`AppError::Forbidden`] without the right to give this role, [`AppError::Invalid`] for somebody who is in the team or
/// invited already, [`AppError::TooMany`].
pub async fn invite(
    tx: &mut Tx,
    config: &Config,
    member: &Member,
    new: &NewInvitation,
    now: Instant,
) -> Result<(), AppError> {
    let own = team::lock_to_manage(tx, member).await?;
    if !own.may_give(new.role) {
        return Err(AppError::Forbidden(Role::ONLY_OWNERS.into()));
    }
    let made: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select count(*) from invitations where workspace_id = $1 and idempotency_key = $2")
        .bind(member.workspace).bind(&new.key).fetch_one(c).await)?;
    if made > 0 {
        return Ok(());
    }
    refuse_repeats(tx, member, new, now).await?;
    limits::invitations(member.workspace).take(tx, now).await??;
    let id = InvitationId::new();
    on!(&mut *tx, c => sqlx::query(
        "insert into invitations (workspace_id, id, email, role, invited_by, idempotency_key, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)")
        .bind(member.workspace).bind(id).bind(new.email.clone()).bind(new.role).bind(member.user).bind(&new.key)
        .bind(now).bind(now.plus(LIFETIME)).execute(c).await.map(drop))?;
    if let Some(email) = &new.email {
        mail(tx, config, member, email, new.role, id, now).await?;
    }
    let subject = new.email.as_ref().map_or("A link", Email::as_str);
    let detail = format!("As {}", new.role.label().to_lowercase());
    let actor = audit::Actor::User(member.user);
    Ok(audit::record(tx, member.workspace, actor, "Invited a person", subject, &detail, now).await?)
}

async fn refuse_repeats(tx: &mut Tx, member: &Member, new: &NewInvitation, now: Instant) -> Result<(), AppError> {
    let open = invitation::open_invitations(tx, member.workspace, now).await?;
    if i64::try_from(open.len()).unwrap_or(i64::MAX) >= OPEN_MAX {
        let text = format!("There are {OPEN_MAX} open invitations. Withdraw the ones you no longer need.");
        return Err(FieldErrors::one("email", text).into());
    }
    let Some(email) = &new.email else { return Ok(()) };
    if open.iter().any(|invitation| invitation.email.as_ref() == Some(email)) {
        let text = format!("{email} has an open invitation. Withdraw that one first, or hand its link over.");
        return Err(FieldErrors::one("email", text).into());
    }
    let members: i64 = on!(tx, c => sqlx::query_scalar(
        "select count(*) from members m join users u on u.id = m.user_id where m.workspace_id = $1 and u.email = $2")
        .bind(member.workspace).bind(email).fetch_one(c).await)?;
    if members > 0 {
        return Err(FieldErrors::one("email", format!("{email} is in the team already.")).into());
    }
    Ok(())
}

async fn mail(
    tx: &mut Tx,
    config: &Config,
    member: &Member,
    email: &Email,
    role: Role,
    id: InvitationId,
    now: Instant,
) -> sqlx::Result<()> {
    let (name, workspace) = (&member.name, &member.workspace_name);
    let subject = format!("{name} invites you to {workspace}");
    let body = format!(
        "{name} ({}) invites you to the workspace {workspace} on Fairlead, with the role {}.\n\n\
         The link below works once, for 7 days. If you do not know what this is about, nothing needs to be done.",
        member.email,
        role.label().to_lowercase(),
    );
    outbox::post_with_link(tx, Some(member.workspace), email, &subject, &body, Some(&invitation::path(id, config)), now)
        .await
}

/// Takes an open invitation back. Joins the caller's transaction; one that is over stays as it is.
///
/// # Errors
/// [`AppError::Forbidden`] without the right to give its role, [`AppError::NotFound`] for one of another workspace.
pub async fn withdraw(tx: &mut Tx, member: &Member, id: InvitationId, now: Instant) -> Result<bool, AppError> {
    let own = team::lock_to_manage(tx, member).await?;
    let invitation = invitation::invitation(tx, id).await?.filter(|found| found.workspace == member.workspace);
    let invitation = invitation.ok_or(AppError::NotFound)?;
    if !own.may_give(invitation.role) {
        return Err(AppError::Forbidden(Role::ONLY_OWNERS.into()));
    }
    if !invitation::close(tx, member.workspace, id, now).await? {
        return Ok(false);
    }
    let subject = invitation.email.as_ref().map_or("A link", Email::as_str);
    let detail = format!("As {}", invitation.role.label().to_lowercase());
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, "Withdrew an invitation", subject, &detail, now).await?;
    Ok(true)
}
