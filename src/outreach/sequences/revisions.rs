//! The revisions of a mail's texts: each save that changed one, by who and when.

use super::sequence::Text;
use crate::{
    accounts::WorkspaceId,
    on,
    outreach::ids::{StepId, TextId, VariantId},
    server::{clock::Instant, db::Tx, error::AppError},
};

/// Revisions on a page.
const REVISIONS_MAX: i64 = 100;

/// One text as it was saved.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Revision {
    pub id: TextId,
    /// Nothing for texts that were replaced before variants were noted with them.
    pub variant: Option<VariantId>,
    pub letter: Option<String>,
    pub made_by: String,
    pub created_at: Instant,
    pub is_in_use: bool,
    /// Mails that left with it.
    pub sent: i64,
}

/// The last revisions of a mail's texts, the newest first.
///
/// # Errors
/// The database's.
pub async fn revisions(tx: &mut Tx, workspace: WorkspaceId, step: StepId) -> sqlx::Result<Vec<Revision>> {
    on!(tx, c => sqlx::query_as(
        "with counted as (select text_id, count(*) as sent from sends
             where workspace_id = $1 and step_id = $2 and kind = 'step' and state in ('sending', 'sent', 'unknown') group by text_id)
         select t.id, v.id as variant, v.letter, coalesce(u.name, '') as made_by, t.created_at,
             coalesce(v.text_id = t.id and v.removed_at is null, false) as is_in_use, coalesce(counted.sent, 0) as sent
         from texts t
         left join variants v on v.workspace_id = t.workspace_id and v.id = t.variant_id
         left join users u on u.id = t.made_by
         left join counted on counted.text_id = t.id
         where t.workspace_id = $1 and t.step_id = $2
         order by t.created_at desc, t.id desc limit $3")
        .bind(workspace).bind(step).bind(REVISIONS_MAX).fetch_all(c).await)
}

/// A text that a mail has or had.
///
/// # Errors
/// [`AppError::NotFound`] for one of another mail or workspace.
pub async fn text(tx: &mut Tx, workspace: WorkspaceId, step: StepId, id: TextId) -> Result<Text, AppError> {
    let found: Option<(String, String)> = on!(tx, c => sqlx::query_as(
        "select subject, body from texts where workspace_id = $1 and step_id = $2 and id = $3")
        .bind(workspace).bind(step).bind(id).fetch_optional(c).await)?;
    let (subject, body) = found.ok_or(AppError::NotFound)?;
    Ok(Text { id, subject, body })
}

/// The revision that one is compared with unless another is asked for: the one before it of the same variant, or else the one before
/// it. Nothing for the first.
pub fn before(revisions: &[Revision], id: TextId) -> Option<&Revision> {
    let place = revisions.iter().position(|one| one.id == id)?;
    let older = revisions.get(place + 1..)?;
    let variant = revisions.get(place)?.variant;
    older.iter().find(|one| one.variant == variant).or_else(|| older.first())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revision_is_compared_with_the_one_before_it_of_its_variant() {
        let variants = [VariantId(uuid::Uuid::from_u128(1)), VariantId(uuid::Uuid::from_u128(2))];
        let revision = |number: u128, variant: usize| Revision {
            id: TextId(uuid::Uuid::from_u128(number)),
            variant: Some(variants[variant]),
            letter: None,
            made_by: String::new(),
            created_at: Instant(0),
            is_in_use: false,
            sent: 0,
        };
        let all = [revision(4, 0), revision(3, 1), revision(2, 0), revision(1, 0)];
        let of = |number: u128| before(&all, TextId(uuid::Uuid::from_u128(number))).map(|one| one.id.0.as_u128());
        assert_eq!((of(4), of(3), of(2), of(1), of(9)), (Some(2), Some(2), Some(1), None, None));
    }
}
