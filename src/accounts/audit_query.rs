//! The filters of the log as they stand in the address: `member`, `from`, `to`, `before`.

use jiff::tz::TimeZone;

use super::{
    UserId,
    audit::{AuditFilter, EventId},
};
use crate::{
    fields::FieldErrors,
    server::{
        error::AppError,
        form::Form,
        query::{self, FromQuery, address},
    },
};

/// The page of the log.
pub const LOG: &str = "/settings/team/log";

/// What was asked for, as text: the form shows it again, and links carry it on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditQuery {
    pub member: String,
    pub from: String,
    pub to: String,
    pub before: String,
}

impl FromQuery for AuditQuery {
    fn from_query(query: &Form) -> Result<Self, AppError> {
        let text = |name: &str| query.text(name).chars().take(100).collect::<String>();
        Ok(Self { member: text("member"), from: text("from"), to: text("to"), before: text("before") })
    }
}

impl AuditQuery {
    /// Whether anything narrows the log.
    pub fn is_filtered(&self) -> bool {
        self.filters().iter().any(|(_, text)| !text.is_empty())
    }

    /// The filter, with the days of `zone`, and the line that the page comes after.
    ///
    /// # Errors
    /// What cannot be understood, and what to write instead.
    pub fn parse(&self, zone: &TimeZone) -> Result<(AuditFilter, Option<EventId>), FieldErrors> {
        let mut errors = FieldErrors::default();
        let (from, until) = query::days(&mut errors, &self.from, &self.to, zone);
        let member: Option<UserId> =
            query::id(&mut errors, "member", &self.member, "There is no such person in the log.");
        let missing = "This page of the log does not exist. Start from the newest.";
        let before = query::id(&mut errors, "before", &self.before, missing);
        let filter = AuditFilter { member, from, until };
        if errors.is_empty() { Ok((filter, before)) } else { Err(errors) }
    }

    /// The address of the same filters: the page after the line `before`, or the newest lines.
    pub fn address(&self, before: Option<EventId>) -> String {
        let before = before.map(|id| ("before", id.to_string()));
        address(LOG, self.filters().map(|(name, text)| (name, text.to_owned())).into_iter().chain(before))
    }

    /// The address of all lines with the same filters, as a file.
    pub fn csv_address(&self) -> String {
        address(&format!("{LOG}.csv"), self.filters().map(|(name, text)| (name, text.to_owned())))
    }

    fn filters(&self) -> [(&'static str, &str); 3] {
        [("member", &self.member), ("from", &self.from), ("to", &self.to)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(text: &str) -> AuditQuery {
        AuditQuery::from_query(&Form::parse(text.as_bytes())).unwrap()
    }

    #[test]
    fn filters_survive_the_way_into_an_address_and_back() {
        let asked = query("from=2026-11-01&to=2026-11-22");
        assert_eq!(asked.address(None), "/settings/team/log?from=2026-11-01&to=2026-11-22");
        assert_eq!(query("").csv_address(), "/settings/team/log.csv");
        let (filter, before) = asked.parse(&TimeZone::UTC).unwrap();
        assert_eq!(before, None);
        let whole_days = (filter.until.unwrap().0 - filter.from.unwrap().0) / 86_400_000_000;
        assert_eq!(whole_days, 22, "the last day is included");
    }

    #[test]
    fn a_filter_that_cannot_be_understood_says_so_beside_its_field() {
        for (text, field) in [
            ("from=yesterday", "from"),
            ("to=2026-02-30", "to"),
            ("from=2026-02-02&to=2026-02-01", "to"),
            ("member=%27", "member"),
            ("before=-1", "before"),
        ] {
            let errors = query(text).parse(&TimeZone::UTC).unwrap_err();
            assert_eq!(errors.iter().map(|(name, _)| name).collect::<Vec<_>>(), [field], "{text}");
        }
    }
}
