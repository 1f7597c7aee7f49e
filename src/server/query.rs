//! What an address asks for after its `?`, read into types.
//!
//! | what | when it cannot be read |
//! |---|---|
//! | a filter that people type (a day, a choice) | said beside its field, with 422: [`days`] and [`id`] note the error |
//! | where a page of a list without filters begins (`before`, `after`) | 404: there is no such page ([`Before`], [`After`]) |
//! | how something is shown (a sort, a lead to begin with) | the default |

use std::str::FromStr;

use axum::{extract::FromRequestParts, http::request::Parts};
use jiff::{civil::Date, tz::TimeZone};

use super::{clock::Instant, error::AppError, form::Form, time_zone::start_of};
use crate::fields::FieldErrors;

/// A type that an address can ask for.
pub trait FromQuery: Sized {
    /// # Errors
    /// [`AppError::NotFound`] for an address that leads nowhere.
    fn from_query(query: &Form) -> Result<Self, AppError>;
}

/// Reads the query string of a request.
pub struct Query<T>(pub T);

impl<T: FromQuery, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AppError> {
        T::from_query(&Form::parse(parts.uri.query().unwrap_or_default().as_bytes())).map(Self)
    }
}

/// The row that a page comes before, in a list with the newest first; `None`: the first page.
pub struct Before<T>(pub Option<T>);

impl<T: FromStr> FromQuery for Before<T> {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        start("before", query).map(Self)
    }
}

/// The row that a page comes after; `None`: the first page.
pub struct After<T>(pub Option<T>);

impl<T: FromStr> FromQuery for After<T> {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        start("after", query).map(Self)
    }
}

fn start<T: FromStr>(name: &str, query: &Form) -> Result<Option<T>, AppError> {
    match query.text(name) {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| AppError::NotFound),
    }
}

/// `path` with those of `fields` that hold something.
pub fn address(path: &str, fields: impl IntoIterator<Item = (&'static str, String)>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields.into_iter().filter(|(_, text)| !text.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// The day of the field `name`; notes what to write instead of one that is none.
fn day(errors: &mut FieldErrors, name: &str, text: &str) -> Option<Date> {
    if text.is_empty() {
        return None;
    }
    let day = Date::strptime("%Y-%m-%d", text).ok().filter(|day| (1970..=9000).contains(&day.year()));
    if day.is_none() {
        errors.add(name, "Write the day as year-month-day, for example 2026-11-22.");
    }
    day
}

/// The days from `from` to `to` in a time zone, both included: their first instant, and the first one after them. Notes
/// what cannot be understood.
pub fn days(errors: &mut FieldErrors, from: &str, to: &str, zone: &TimeZone) -> (Option<Instant>, Option<Instant>) {
    let (from, to) = (day(errors, "from", from), day(errors, "to", to));
    if let (Some(from), Some(to)) = (from, to)
        && from > to
    {
        errors.add("to", "The last day lies before the first. Turn them round.");
    }
    let start = |day: Date| start_of(day, zone);
    (from.map(start), to.and_then(|day| day.tomorrow().ok()).map(start))
}

/// The id of the field `name`; notes `fault` for one that cannot be read.
pub fn id<T: FromStr>(errors: &mut FieldErrors, name: &str, text: &str, fault: impl Into<String>) -> Option<T> {
    if text.is_empty() {
        return None;
    }
    let id = text.parse().ok();
    if id.is_none() {
        errors.add(name, fault);
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query<T: FromQuery>(text: &str) -> Result<T, AppError> {
        T::from_query(&Form::parse(text.as_bytes()))
    }

    #[test]
    fn a_page_that_cannot_begin_where_it_is_asked_to_does_not_exist() {
        assert_eq!(query::<Before<i64>>("before=7").unwrap().0, Some(7));
        assert_eq!(query::<After<i64>>("before=7&after=").unwrap().0, None);
        assert!(matches!(query::<After<i64>>("after=x"), Err(AppError::NotFound)));
    }

    #[test]
    fn days_are_whole_and_those_that_are_none_are_said() {
        let mut errors = FieldErrors::default();
        let (from, until) = days(&mut errors, "2026-11-01", "2026-11-22", &TimeZone::UTC);
        assert_eq!((until.unwrap().0 - from.unwrap().0) / 86_400_000_000, 22, "the last day is included");
        assert!(errors.is_empty());
        days(&mut errors, "2026-02-30", "2026-02-01", &TimeZone::UTC);
        days(&mut errors, "2026-02-02", "2026-02-01", &TimeZone::UTC);
        assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["from", "to"]);
    }

    #[test]
    fn an_address_holds_what_is_filled_in() {
        let fields = [("from", "2026-11-01".to_owned()), ("to", String::new()), ("q", "a&b".to_owned())];
        assert_eq!(address("/log", fields), "/log?from=2026-11-01&q=a%26b");
        assert_eq!(address("/log", []), "/log");
    }
}
