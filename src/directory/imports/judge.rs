//! What a row of a file is: a person, nothing, or the reason why it cannot be taken.

use super::{
    format::Format,
    mapping::Mapping,
    reading::misplaced,
    row::{Remarks, Row, RowReader},
};
use crate::{directory::EmailStatus, server::csv::unguarded};

/// Judges the rows of one file.
#[derive(Debug, Clone)]
pub struct Judge {
    rows: RowReader,
    format: Format,
}

impl Judge {
    /// Addresses without a status of their own get `assumed`.
    pub fn new(format: &Format, mapping: &Mapping, assumed: EmailStatus) -> Self {
        Self { rows: RowReader::new(mapping, format.headings.len(), assumed), format: format.clone() }
    }

    /// Reads one row. What guards cells from being taken for formulas is no part of them.
    pub fn read(&self, cells: &[&str]) -> Row {
        let cells: Vec<&str> = cells.iter().map(|cell| unguarded(cell)).collect();
        if let Some(column) = misplaced(&self.format.kinds, &cells) {
            let (has, all) = (cells.len(), self.format.headings.len());
            let heading = self.format.headings.get(column).map_or("", String::as_str);
            return Row::Rejected(format!(
                "{has} columns instead of {all}, and it is not the last ones that are missing: “{heading}” cannot be right"
            ));
        }
        match self.rows.read(&cells) {
            Row::Rejected(_) if self.is_headings(&cells) => {
                Row::Rejected("the names of the columns again, not a person".to_owned())
            }
            row => row,
        }
    }

    /// What a row of a person says besides.
    pub fn remarks(&self, cells: &[&str]) -> Remarks {
        self.rows.remarks(&cells.iter().map(|cell| unguarded(cell)).collect::<Vec<_>>())
    }

    /// Files that were glued together have their headings in the middle.
    fn is_headings(&self, cells: &[&str]) -> bool {
        let headings = &self.format.headings;
        let same = |(heading, cell): (&String, &&str)| heading.trim() == cell.trim();
        !self.format.unnamed && cells.len() == headings.len() && headings.iter().zip(cells).all(same)
    }
}

/// The first rows as an import would read them.
pub fn preview(format: &Format, mapping: &Mapping, assumed: EmailStatus, rows: &[Vec<String>]) -> Vec<Row> {
    let judge = Judge::new(format, mapping, assumed);
    rows.iter().map(|row| judge.read(&row.iter().map(String::as_str).collect::<Vec<_>>())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::directory::imports::reading::Kind;

    fn judge() -> Judge {
        let headings = ["Email", "First name", "Website", "City"].map(str::to_owned);
        let mapping = Mapping::recognise(&headings, &[]);
        let kinds = vec![Some(Kind::Address), None, Some(Kind::Web), None];
        let format = Format { headings: headings.to_vec(), kinds, ..Format::default() };
        Judge::new(&format, &mapping, EmailStatus::Unknown)
    }

    fn reason(cells: &[&str]) -> String {
        match judge().read(cells) {
            Row::Rejected(reason) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn missing_last_cells_are_empty() {
        for cells in [vec!["ann@x.example"], vec!["ann@x.example", "Ann"], vec!["ann@x.example", "Ann", "x.example"]] {
            assert!(matches!(judge().read(&cells), Row::Person(_)), "{cells:?}");
        }
        assert_eq!(judge().read(&[""]), Row::Blank);
    }

    #[test]
    fn a_row_that_is_short_in_the_middle_is_rejected() {
        assert!(reason(&["ann@x.example", "x.example", "Rome"]).contains("“Website” cannot be right"));
        assert!(reason(&["Ann", "ann@x.example"]).starts_with("2 columns instead of 4"));
    }

    #[test]
    fn headings_in_the_middle_are_told_as_what_they_are() {
        assert_eq!(reason(&["Email", "First name", "Website", "City"]), "the names of the columns again, not a person");
        assert_eq!(reason(&["Email", "First name", "Website", "Rome"]), "the address has no @");
    }

    #[test]
    fn what_guards_a_cell_is_no_part_of_it() {
        let Row::Person(person) = judge().read(&["ann@x.example", "'-Bo", "", "'s-Hertogenbosch"]) else { panic!() };
        assert_eq!((person.first_name.as_str(), person.city.as_str()), ("-Bo", "'s-Hertogenbosch"));
    }
}
