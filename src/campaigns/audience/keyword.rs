//! A word that is no industry of the lists, as a keyword of companies.

use super::count::whole;
use crate::{
    directory::{Asking, Criteria, Filter, Mode},
    server::error::AppError,
};

/// The field of keywords that goes with a filter of industries, and how many people have the word there; nothing when no one has.
///
/// # Errors
/// When the index does not answer.
pub async fn as_keyword(
    asking: &Asking,
    criteria: &Criteria,
    filter: &Filter,
    word: &str,
) -> Result<Option<(&'static str, i64)>, AppError> {
    let field = if filter.mode == Mode::None { "exclude_keywords" } else { "keywords" };
    let Some(keywords) = Filter::of(field) else { return Ok(None) };
    let counted = asking.count_values(criteria, keywords, vec![word.to_owned()]).await?;
    let people = counted.first().map_or(0, |one| whole(one.leaves));
    Ok((people > 0).then_some((field, people)))
}
