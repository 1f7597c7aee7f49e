//! A member says what a conversation is.

use super::label::Label;
use crate::{
    accounts::Member,
    on,
    outreach::ids::ThreadId,
    server::{app::App, clock::Instant, db::Tx, error::AppError},
};

/// Sets the label of a conversation, or takes it away.
///
/// # Errors
/// [`AppError::NotFound`] for a conversation of another workspace; the database's.
pub async fn set(
    _app: &App,
    tx: &mut Tx,
    member: &Member,
    id: ThreadId,
    label: Option<Label>,
    at: Instant,
) -> Result<(), AppError> {
    let (name, tone) = (label.map(Label::name), label.map(|label| label.tone().name()));
    let changed = on!(&mut *tx, c => sqlx::query(
        "update threads set label = $3, label_tone = $4, label_by = 'person', label_confirmed = true, version = version + 1
         where workspace_id = $1 and id = $2")
        .bind(member.workspace).bind(id).bind(name).bind(tone).execute(c).await.map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(AppError::NotFound);
    }
    on!(tx, c => sqlx::query(
        "insert into label_events (workspace_id, thread_id, number, label, tone, by_kind, by_id, at)
         select $1, $2, coalesce(max(number), 0) + 1, $3, $4, 'person', $5, $6 from label_events where workspace_id = $1 and thread_id = $2")
        .bind(member.workspace).bind(id).bind(name).bind(tone).bind(member.user).bind(at).execute(c).await.map(drop))?;
    Ok(())
}
