//! What the fields of a text are replaced with, for one lead.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::campaigns::lists::present;

/// What is known about a lead. Unknown texts are empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, sqlx::FromRow)]
pub struct LeadFields {
    pub first_name: String,
    pub last_name: String,
    pub title: String,
    pub company: String,
    pub domain: String,
    pub city: String,
    pub region: String,
    pub country: String,
    pub industry: String,
}

/// The values of one lead, by the names of their fields. What is missing is not in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Values(BTreeMap<String, String>);

impl Values {
    /// The values of a lead, with the columns of the list that brought it and the name of who writes. A lead's own fields win
    /// over columns of the same name.
    pub fn of(lead: &LeadFields, columns: &BTreeMap<String, String>, sender_name: &str) -> Self {
        let first_name = present(&lead.first_name).unwrap_or_default();
        let last_name = present(&lead.last_name).unwrap_or_default();
        let full_name = format!("{first_name} {last_name}");
        let fields = [
            ("first_name", first_name.as_str()),
            ("last_name", &last_name),
            ("full_name", &full_name),
            ("title", &lead.title),
            ("company", &lead.company),
            ("domain", &lead.domain),
            ("city", &lead.city),
            ("region", &lead.region),
            ("country", &lead.country),
            ("industry", &lead.industry),
            ("sender_name", sender_name),
        ];
        let columns = columns.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all = columns.chain(fields).filter_map(|(name, value)| Some((name.to_owned(), present(value)?)));
        Self(all.collect())
    }

    /// The value of a field, if it is known.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_name(value: &str) -> Option<String> {
        let lead = LeadFields { first_name: value.into(), ..LeadFields::default() };
        Values::of(&lead, &BTreeMap::new(), "Jo").get("first_name").map(str::to_owned)
    }

    #[test]
    fn a_word_for_nothing_is_nothing() {
        for nothing in ["", "  ", "null", "NULL", "N/A", "-", " – "] {
            assert_eq!(first_name(nothing), None, "{nothing:?}");
        }
        for name in ["JOHN", "mr john", "Na", "Nan", "O'Neil-Null"] {
            assert_eq!(first_name(name).as_deref(), Some(name));
        }
    }

    #[test]
    fn a_name_is_made_of_what_is_there_and_own_columns_come_beside_it() {
        let columns = [("icebreaker", "Nice talk!"), ("company", "Other"), ("city", "Graz")];
        let columns = columns.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let lead = LeadFields {
            first_name: "N/A".into(),
            last_name: "Quill".into(),
            company: "Acorn".into(),
            ..LeadFields::default()
        };
        let values = Values::of(&lead, &columns, "Jo");
        assert_eq!(values.get("full_name"), Some("Quill"));
        assert_eq!(values.get("icebreaker"), Some("Nice talk!"));
        assert_eq!((values.get("company"), values.get("city")), (Some("Acorn"), Some("Graz")));
        assert_eq!((values.get("title"), values.get("sender_name")), (None, Some("Jo")));
    }
}
