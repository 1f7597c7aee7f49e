//! Two audiences side by side: what differs, and how many people they share.

use super::Audience;
use crate::{
    directory::{Asking, Criteria},
    server::error::AppError,
};

/// How many people two audiences have, together and apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overlap {
    pub one: i64,
    pub other: i64,
    pub both: i64,
}

/// A line of the comparison: a filter and its values in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    pub label: &'static str,
    pub one: String,
    pub other: String,
}

/// Counts both, exactly.
///
/// # Errors
/// When the index does not answer.
pub async fn overlap(asking: &Asking, one: &Audience, other: &Audience) -> Result<Overlap, AppError> {
    let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
    Ok(Overlap {
        one: whole(asking.count(&one.criteria).await?.total),
        other: whole(asking.count(&other.criteria).await?.total),
        both: whole(asking.count_common(&one.criteria, &other.criteria).await?),
    })
}

/// The filters of both, in the order of the form.
pub fn side_by_side(one: &Criteria, other: &Criteria) -> Vec<Line> {
    let (one, other) = (one.parts(), other.parts());
    let value = |parts: &[(&'static str, String)], label: &str| {
        parts.iter().find(|(known, _)| *known == label).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let mut labels: Vec<&'static str> = Vec::new();
    for (label, _) in one.iter().chain(&other) {
        if !labels.contains(label) {
            labels.push(label);
        }
    }
    labels.into_iter().map(|label| Line { label, one: value(&one, label), other: value(&other, label) }).collect()
}
