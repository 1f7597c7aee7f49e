//! Saving criteria under a name, and finding them again.

use sqlx::types::Json;

use crate::{
    accounts::{Member, WorkspaceId, audit},
    directory::Criteria,
    on,
    server::{
        clock::Instant,
        db::Tx,
        error::{AppError, Conflict},
        inconsistency::not_found,
    },
};

crate::id!(
    /// A saved audience.
    AudienceId
);

/// Audiences of one workspace, at most.
const AUDIENCES_MAX: i64 = 500;

/// Why an audience is not kept as asked. The text is for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum AudienceRefusal {
    #[error("There are {AUDIENCES_MAX} audiences already. Delete one first.")]
    TooMany,
    #[error("Another audience has this name. Nothing was changed.")]
    NameTaken,
}

impl Conflict for AudienceRefusal {}

/// A stored audience.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Audience {
    pub id: AudienceId,
    pub name: String,
    pub criteria: Json<Criteria>,
    pub maker: String,
    pub updated_at: Instant,
}

/// An audience's name: one line of 1 to 100 characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudienceName(String);

impl AudienceName {
    const LENGTH_MAX: usize = 100;

    /// Reads a name; white space is collapsed.
    ///
    /// # Errors
    /// What to change, for the message beside the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let name = text.split_whitespace().collect::<Vec<_>>().join(" ");
        match name.chars().count() {
            0 => Err("Give the audience a name, so that you find it again.".into()),
            length if length > Self::LENGTH_MAX => Err(format!("Use at most {} characters.", Self::LENGTH_MAX)),
            _ if name.chars().any(char::is_control) => Err("Use letters, digits and signs only.".into()),
            _ => Ok(Self(name)),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

const SELECT: &str = "select a.id, a.name, a.criteria, u.name as maker, a.updated_at
     from audiences a join users u on u.id = a.made_by";

/// The audiences of a workspace, by name.
pub async fn audiences(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<Audience>> {
    let sql = format!("{SELECT} where a.workspace_id = $1 order by a.name, a.id limit $2");
    on!(tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(AUDIENCES_MAX).fetch_all(c).await)
}

/// Names of audiences that a page offers, at most.
const OFFERED: i64 = 20;

/// The audiences of a workspace that were changed last, for a list to choose from.
///
/// # Errors
/// The database's.
pub async fn names(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<(AudienceId, String)>> {
    on!(tx, c => sqlx::query_as(
        "select id, name from audiences where workspace_id = $1 order by updated_at desc, id limit $2")
        .bind(workspace).bind(OFFERED).fetch_all(c).await)
}

/// One audience of this workspace.
///
/// # Errors
/// [`AppError::NotFound`] when it does not exist or belongs to another workspace.
pub async fn audience(tx: &mut Tx, workspace: WorkspaceId, id: AudienceId) -> Result<Audience, AppError> {
    let sql = format!("{SELECT} where a.workspace_id = $1 and a.id = $2");
    let audience =
        on!(&mut *tx, c => sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(workspace).bind(id).fetch_optional(c).await)?;
    match audience {
        Some(audience) => Ok(audience),
        None => Err(not_found(tx, "audiences", "made_by", Some(workspace.0), id.0).await),
    }
}

/// Saves criteria under a name; the audience of that name, if there is one, gets them.
///
/// # Errors
/// [`AppError::Conflict`] when the workspace has too many.
pub async fn save(
    tx: &mut Tx,
    member: &Member,
    name: &AudienceName,
    criteria: &Criteria,
    at: Instant,
) -> Result<AudienceId, AppError> {
    let held: i64 = on!(&mut *tx, c => sqlx::query_scalar("select count(*) from audiences where workspace_id = $1 and name <> $2")
        .bind(member.workspace).bind(name.as_str()).fetch_one(c).await)?;
    if held >= AUDIENCES_MAX {
        return Err(AudienceRefusal::TooMany.into());
    }
    let id = on!(&mut *tx, c => sqlx::query_scalar(
        "insert into audiences (workspace_id, id, name, criteria, made_by, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (workspace_id, name) do update set criteria = excluded.criteria, updated_at = excluded.updated_at
         returning id")
        .bind(member.workspace).bind(AudienceId::new()).bind(name.as_str()).bind(Json(criteria)).bind(member.user).bind(at)
        .fetch_one(c).await)?;
    audit::record(tx, member.workspace, audit::Actor::User(member.user), "Saved an audience", name.as_str(), "", at)
        .await?;
    Ok(id)
}

/// Gives an audience another name.
///
/// # Errors
/// [`AppError::Conflict`] when another one has it, [`AppError::NotFound`] as for [`audience`].
pub async fn rename(
    tx: &mut Tx,
    member: &Member,
    id: AudienceId,
    name: &AudienceName,
    at: Instant,
) -> Result<(), AppError> {
    let taken: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select count(*) from audiences where workspace_id = $1 and name = $2 and id <> $3")
        .bind(member.workspace).bind(name.as_str()).bind(id).fetch_one(c).await)?;
    if taken > 0 {
        return Err(AudienceRefusal::NameTaken.into());
    }
    let renamed = on!(&mut *tx, c => sqlx::query(
        "update audiences set name = $3, updated_at = $4 where workspace_id = $1 and id = $2")
        .bind(member.workspace).bind(id).bind(name.as_str()).bind(at)
        .execute(c).await.map(|done| done.rows_affected()))?;
    if renamed != 1 {
        return Err(AppError::NotFound);
    }
    let actor = audit::Actor::User(member.user);
    Ok(audit::record(tx, member.workspace, actor, "Renamed an audience", name.as_str(), "", at).await?)
}

/// Makes a copy with a name of its own.
///
/// # Errors
/// As for [`audience`] and [`save`].
pub async fn duplicate(tx: &mut Tx, member: &Member, id: AudienceId, at: Instant) -> Result<AudienceId, AppError> {
    let original = audience(tx, member.workspace, id).await?;
    let taken: Vec<String> = audiences(tx, member.workspace).await?.into_iter().map(|one| one.name).collect();
    let base: String = original.name.chars().take(AudienceName::LENGTH_MAX - 12).collect();
    let names =
        (1..).map(|number| if number == 1 { format!("{base} (copy)") } else { format!("{base} (copy {number})") });
    let name = names.into_iter().find(|name| !taken.contains(name)).unwrap_or(base);
    save(tx, member, &AudienceName(name), &original.criteria, at).await
}

/// Deletes an audience. Campaigns and requests keep their own criteria. Answers whether there was one.
pub async fn delete(tx: &mut Tx, member: &Member, id: AudienceId, at: Instant) -> Result<bool, AppError> {
    let name: Option<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "delete from audiences where workspace_id = $1 and id = $2 returning name")
        .bind(member.workspace).bind(id).fetch_optional(c).await)?;
    if let Some(name) = &name {
        audit::record(tx, member.workspace, audit::Actor::User(member.user), "Deleted an audience", name, "", at)
            .await?;
    }
    Ok(name.is_some())
}
