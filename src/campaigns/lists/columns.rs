//! The columns of an own list that a lead has no field for: they become fields of the emails of its campaigns.

use serde::Serialize;
use sqlx::types::Json;

use crate::{
    accounts::WorkspaceId,
    campaigns::ids::LeadId,
    directory::imports::{Format, Mapping, NAMES, NOTHING, decoded, says_nothing},
    on,
    server::{batches::batches, db::Tx},
};

/// More columns are left out, longer names and values are cut (characters).
const COLUMNS_MAX: usize = 30;
const NAME_MAX: usize = 40;
const VALUE_MAX: usize = 500;

/// The value without spaces around it and with lines that end in `\n`, unless it says nothing.
pub fn present(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty() && !says_nothing(value)).then(|| value.replace("\r\n", "\n"))
}

/// The same of a column, as a condition of SQL.
pub fn is_present(column: &str) -> String {
    let quoted = |words: &[&str]| words.iter().map(|word| format!("'{word}'")).collect::<Vec<_>>().join(", ");
    let (nothing, names) = (quoted(&NOTHING), quoted(&NAMES));
    format!("(lower(trim({column})) not in ('', {nothing}) or trim({column}) in ({names}))")
}

/// What a column is called in a text: `First Name`, `first-name` and `firstName` are `first_name`.
pub fn column_name(heading: &str) -> String {
    let mut name = String::new();
    let mut after_small = false;
    for letter in heading.trim().chars() {
        if !letter.is_alphanumeric() {
            after_small = false;
            if !name.is_empty() && !name.ends_with('_') {
                name.push('_');
            }
            continue;
        }
        let is_capital = letter.is_uppercase() && letter.to_lowercase().next() != Some(letter);
        if is_capital && after_small {
            name.push('_');
        }
        after_small = letter.is_lowercase() || letter.is_numeric();
        name.extend(letter.to_lowercase().filter(|letter| letter.is_alphanumeric()));
    }
    let short: String = name.chars().take(NAME_MAX).collect();
    short.trim_end_matches('_').to_owned()
}

/// The names of the columns that are left out of leads, in the order of the file; `None` for those that are not kept.
#[derive(Debug, Default)]
pub(super) struct OwnColumns(Vec<Option<String>>);

impl OwnColumns {
    pub fn of(format: &Format, mapping: &Mapping) -> Self {
        let mut kept: Vec<String> = Vec::new();
        let left_out = mapping.beside_leads().filter_map(|place| format.headings.get(place));
        let names = left_out.map(|heading| {
            let name = column_name(heading);
            let is_new = !name.is_empty() && !kept.contains(&name) && kept.len() < COLUMNS_MAX;
            is_new.then(|| {
                kept.push(name.clone());
                name
            })
        });
        Self(names.collect())
    }

    /// What the cells of a row say, by name.
    pub fn cells(&self, row: &[String]) -> Vec<(String, String)> {
        let named = self.0.iter().zip(row).filter_map(|(name, value)| Some((name.clone()?, present(&decoded(value))?)));
        named.map(|(name, value)| (name, value.chars().take(VALUE_MAX).collect())).collect()
    }
}

/// A lead and what its row said besides.
#[derive(Debug, Serialize)]
pub(super) struct LeadCells {
    pub lead: LeadId,
    pub cells: Vec<(String, String)>,
}

/// Keeps what a list said of leads, instead of what an earlier list did.
///
/// # Errors
/// The database's.
pub(super) async fn keep(tx: &mut Tx, workspace: WorkspaceId, rows: Vec<LeadCells>) -> sqlx::Result<()> {
    for rows in batches(rows.iter().filter(|row| !row.cells.is_empty()))? {
        on!(&mut *tx, c => sqlx::query(
            "insert into lead_columns (workspace_id, lead_id, cells)
             with rows as materialized (select value from json_each($2))
             select $1, unhex(value ->> 'lead', '-'), value -> 'cells' from rows where true
             on conflict (workspace_id, lead_id) do update set cells = excluded.cells")
            .bind(workspace).bind(Json(rows)).execute(c).await.map(drop))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_column_has_many_spellings() {
        for written in ["First Name", " first-name", "firstName", "FIRST NAME", "first__name_"] {
            assert_eq!(column_name(written), "first_name");
        }
        assert_eq!(column_name("Größe (cm)"), "größe_cm");
        assert_eq!(column_name("!?"), "");
    }

    #[test]
    fn what_is_left_out_of_leads_is_kept_by_name() {
        let headings = ["Email", "Ice Breaker", "", "ice_breaker", "Plan"].map(str::to_owned);
        let mapping = Mapping::recognise(&headings, &[]);
        let format = Format { headings: headings.to_vec(), ..Format::default() };
        let row = ["Nice talk!\r\nReally.", "x", "other", "N/A"].map(str::to_owned);
        let cells = OwnColumns::of(&format, &mapping).cells(&row);
        assert_eq!(cells, [("ice_breaker".to_owned(), "Nice talk!\nReally.".to_owned())]);
    }

    /// The directory keeps keywords and revenues, a lead does not: the emails of a campaign can use them all the same.
    #[test]
    fn what_only_the_directory_keeps_is_a_field_for_emails() {
        let headings = ["Email", "Keywords", "Annual Revenue", "City"].map(str::to_owned);
        let mapping = Mapping::recognise(&headings, &[]);
        let format = Format { headings: headings.to_vec(), ..Format::default() };
        let row = ["b2b, saas", "$5M"].map(str::to_owned);
        let cells = OwnColumns::of(&format, &mapping).cells(&row);
        let expected = [("keywords", "b2b, saas"), ("annual_revenue", "$5M")];
        assert_eq!(cells, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn columns_and_values_have_a_bound() {
        let headings: Vec<String> = (0..40).map(|number| format!("Column {number}")).collect();
        let (format, mapping) = (Format { headings, ..Format::default() }, Mapping(vec![None; 40]));
        let cells = OwnColumns::of(&format, &mapping).cells(&vec!["é".repeat(600); 40]);
        assert_eq!((cells.len(), cells[0].1.chars().count()), (COLUMNS_MAX, VALUE_MAX));
    }

    proptest! {
        #[test]
        fn a_name_stays_as_it_is(heading in any::<String>()) {
            let once = column_name(&heading);
            prop_assert_eq!(column_name(&once), once);
        }
    }
}
