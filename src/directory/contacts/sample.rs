//! Samples of an audience: masked, so that nobody can be written to before they are paid for.

use super::{contact::ContactId, size::SizeRange};
use crate::{directory::SampleContact, on, server::db::Tx};

/// As much of a contact as a sample shows: a count is asked for with every click, so the rest is not read.
#[derive(Debug, sqlx::FromRow)]
struct SampleRow {
    id: ContactId,
    first_name: String,
    last_name: String,
    title: String,
    company: String,
    industry: String,
    size_min: Option<i64>,
    size_max: Option<i64>,
    city: String,
    country: String,
}

/// The contacts with these ids, masked, in the order of the ids. At most a page of them.
pub async fn samples_by_id(tx: &mut Tx, ids: &[ContactId]) -> sqlx::Result<Vec<SampleContact>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut rows: Vec<SampleRow> = on!(tx, c => {
        let mut query = sqlx::QueryBuilder::new(
            "select id, first_name, last_name, title, company, industry, size_min, size_max, city, country
             from contacts where id in (");
        let mut list = query.separated(", ");
        for id in ids {
            list.push_bind(id.0);
        }
        query.push(")");
        query.build_query_as().fetch_all(c).await
    })?;
    rows.sort_by_key(|row| ids.iter().position(|id| *id == row.id));
    Ok(rows.into_iter().map(SampleContact::from).collect())
}

impl From<SampleRow> for SampleContact {
    fn from(row: SampleRow) -> Self {
        Self {
            name: masked_name(&row.first_name, &row.last_name),
            title: row.title,
            company: masked_company(&row.company),
            industry: row.industry,
            size: row.size_min.map(|min| SizeRange { min, max: row.size_max }.to_string()).unwrap_or_default(),
            city: row.city,
            country: row.country,
        }
    }
}

/// `Maria Schmidt` becomes `M•••• S.`
fn masked_name(first_name: &str, last_name: &str) -> String {
    match last_name.chars().find(|letter| letter.is_alphanumeric()) {
        Some(initial) => format!("{} {initial}.", masked(first_name, 1)),
        None => masked(first_name, 1),
    }
}

/// `Acorn Inc` becomes `Ac••• In•`
fn masked_company(company: &str) -> String {
    company.split_whitespace().map(|word| masked(word, 2)).collect::<Vec<_>>().join(" ")
}

/// The first letters of a word and dots for the rest; at most six dots, so that the length tells little.
fn masked(word: &str, shown: usize) -> String {
    let rest = word.chars().count().saturating_sub(shown).min(6);
    word.chars().take(shown).filter(|letter| letter.is_alphanumeric()).chain(std::iter::repeat_n('•', rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_never_shows_the_name_or_the_company() {
        let sample = SampleContact::from(SampleRow {
            id: ContactId(1),
            first_name: "Maria".into(),
            last_name: "Santos".into(),
            title: "Director".into(),
            company: "Acorn Freight".into(),
            industry: String::new(),
            size_min: Some(51),
            size_max: Some(200),
            city: String::new(),
            country: String::new(),
        });
        assert_eq!(sample.name, "M•••• S.");
        assert_eq!(sample.company, "Ac••• Fr•••••");
        assert_eq!(sample.size, "51–200");
        let text = format!("{sample:?}");
        assert!(!text.contains("aria") && !text.contains("Santos") && !text.contains("Acorn"));
    }
}
