//! Counting an audience while it is being described.

use super::AudiencePreview;
use crate::{
    app::App,
    fields::FieldErrors,
    leads::{Breadth, Criteria},
    server::error::AppError,
};

/// Masked people shown beside the count.
const SAMPLES: u64 = 5;

/// Counts what the audience form describes; a form that cannot be read answers with what to change.
///
/// # Errors
/// When the index does not answer.
pub async fn preview_of(app: &App, form: &[(String, String)]) -> Result<AudiencePreview, AppError> {
    match Criteria::parse(form) {
        Ok(criteria) => preview(app, &criteria).await,
        Err(errors) => Ok(AudiencePreview { errors, ..AudiencePreview::default() }),
    }
}

/// Counts `criteria`.
///
/// # Errors
/// When the index does not answer.
pub async fn preview(app: &App, criteria: &Criteria) -> Result<AudiencePreview, AppError> {
    let count = app.directory.count(criteria).await?;
    let breadth = Breadth::of(count.total, count.directory);
    Ok(AudiencePreview {
        errors: FieldErrors::default(),
        matching: whole(count.total),
        left_out: whole(count.unverified_left_out),
        breadth: breadth.label().to_owned(),
        hint: breadth.hint().to_owned(),
        rebuilding: !app.directory.is_ready(),
        samples: app.directory.samples(&mut app.db.read().await?, criteria, None, 0, SAMPLES).await?,
    })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
