//! Counting an audience while it is being described.

use super::AudiencePreview;
use crate::{
    app::App,
    fields::FieldErrors,
    leads::{Breadth, Criteria, Quality},
    server::error::AppError,
};

/// Masked people shown beside the count.
const SAMPLES: usize = 5;

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
    let anybody = Criteria { quality: Quality::Any, ..criteria.clone() };
    let with_unknown = if criteria.quality == Quality::Any { count } else { app.directory.count(&anybody).await? };
    let breadth = Breadth::of(count.matching, count.directory);
    Ok(AudiencePreview {
        errors: FieldErrors::default(),
        matching: whole(count.matching),
        left_out: whole(with_unknown.matching.saturating_sub(count.matching)),
        breadth: breadth.label().to_owned(),
        hint: breadth.hint().to_owned(),
        rebuilding: count.rebuilding,
        samples: app.directory.samples(criteria, SAMPLES).await?,
    })
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
