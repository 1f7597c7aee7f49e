//! Sequences that a workspace keeps, to begin other campaigns with.

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::{
    edit::SequenceRefusal,
    form::{EditorForm, StepForm, VariantForm},
    sequence::Step,
};
use crate::{
    accounts::{Member, WorkspaceId, audit},
    on,
    outreach::ids::SequenceTemplateId,
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Templates of a workspace.
pub const TEMPLATES_MAX: i64 = 50;

/// A kept sequence in a list.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct KeptSequence {
    pub id: SequenceTemplateId,
    /// That of the campaign it was written for.
    pub name: String,
}

#[derive(Serialize, Deserialize)]
struct KeptStep {
    delay_days: i64,
    working_days: bool,
    new_thread: bool,
    variants: Vec<KeptVariant>,
}

#[derive(Serialize, Deserialize)]
struct KeptVariant {
    weight: i64,
    subject: String,
    body: String,
}

/// Keeps a sequence under `name`, instead of one of that name.
///
/// # Errors
/// [`SequenceRefusal::TooManyTemplates`] when the workspace keeps [`TEMPLATES_MAX`].
pub async fn keep(tx: &mut Tx, member: &Member, name: &str, steps: &[Step], at: Instant) -> Result<(), AppError> {
    let others: i64 = on!(&mut *tx, c => sqlx::query_scalar(
        "select count(*) from sequence_templates where workspace_id = $1 and name <> $2")
        .bind(member.workspace).bind(name).fetch_one(c).await)?;
    if others >= TEMPLATES_MAX {
        return Err(SequenceRefusal::TooManyTemplates.into());
    }
    let variant = |variant: &super::sequence::Variant| KeptVariant {
        weight: variant.weight,
        subject: variant.text.subject.clone(),
        body: variant.text.body.clone(),
    };
    let step = |step: &Step| KeptStep {
        delay_days: step.delay_days,
        working_days: step.working_days,
        new_thread: step.new_thread,
        variants: step.variants.iter().map(variant).collect(),
    };
    let steps: Vec<KeptStep> = steps.iter().map(step).collect();
    on!(&mut *tx, c => sqlx::query(
        "insert into sequence_templates (workspace_id, id, name, steps, made_by, created_at) values ($1, $2, $3, $4, $5, $6)
         on conflict (workspace_id, name) do update set steps = excluded.steps, made_by = excluded.made_by, created_at = excluded.created_at")
        .bind(member.workspace).bind(SequenceTemplateId::new()).bind(name).bind(Json(steps)).bind(member.user).bind(at)
        .execute(c).await.map(drop))?;
    let actor = audit::Actor::User(member.user);
    audit::record(tx, member.workspace, actor, "Kept a sequence as a template", name, "", at).await?;
    Ok(())
}

/// What a workspace keeps, by name.
///
/// # Errors
/// The database's.
pub async fn kept(tx: &mut Tx, workspace: WorkspaceId) -> sqlx::Result<Vec<KeptSequence>> {
    on!(tx, c => sqlx::query_as("select id, name from sequence_templates where workspace_id = $1 order by name limit $2")
        .bind(workspace).bind(TEMPLATES_MAX).fetch_all(c).await)
}

/// The form with the texts of a kept sequence, to be changed and saved.
///
/// # Errors
/// [`AppError::NotFound`] for one that is not kept, or by another workspace.
pub async fn form(
    tx: &mut Tx,
    workspace: WorkspaceId,
    id: SequenceTemplateId,
    language: String,
) -> Result<EditorForm, AppError> {
    let steps: Option<Json<Vec<KeptStep>>> = on!(tx, c => sqlx::query_scalar(
        "select steps from sequence_templates where workspace_id = $1 and id = $2")
        .bind(workspace).bind(id).fetch_optional(c).await)?;
    let variant = |kept: KeptVariant| VariantForm {
        weight: kept.weight.to_string(),
        subject: kept.subject,
        body: kept.body,
        ..VariantForm::default()
    };
    let step = |kept: KeptStep| StepForm {
        delay: kept.delay_days.to_string(),
        working_days: kept.working_days,
        new_thread: kept.new_thread,
        variants: kept.variants.into_iter().map(variant).collect(),
        ..StepForm::default()
    };
    let steps = steps.ok_or(AppError::NotFound)?.0.into_iter().map(step).collect();
    Ok(EditorForm { steps, language, ..EditorForm::default() })
}

/// Forgets a kept sequence; campaigns that began with it keep their texts. False when it is gone already.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &mut Tx, member: &Member, id: SequenceTemplateId, at: Instant) -> sqlx::Result<bool> {
    let name: Option<String> = on!(&mut *tx, c => sqlx::query_scalar(
        "delete from sequence_templates where workspace_id = $1 and id = $2 returning name")
        .bind(member.workspace).bind(id).fetch_optional(c).await)?;
    if let Some(name) = &name {
        let actor = audit::Actor::User(member.user);
        audit::record(tx, member.workspace, actor, "Removed a template of a sequence", name, "", at).await?;
    }
    Ok(name.is_some())
}
