//! What a row of a file is: a person, nothing, or the reason why it cannot be taken.

use super::{
    format::Format,
    mapping::Mapping,
    reading::misplaced,
    row::{Row, RowReader},
};
use crate::{
    directory::{EmailStatus, contacts::standing::Standing, fold},
    email::Email,
    server::csv::unguarded,
};

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
            Row::Rejected(_) if is_of_totals(&cells) => Row::Rejected("a row of totals, not a person".to_owned()),
            row => row,
        }
    }

    /// Why a row says not to write to its person.
    pub fn standing(&self, cells: &[&str]) -> Option<Standing> {
        self.rows.standing(cells)
    }

    /// Every address of a row.
    pub fn emails(&self, cells: &[&str]) -> Vec<Email> {
        self.rows.emails(cells)
    }

    /// The addresses of a row besides the one that was taken.
    pub fn other_emails(&self, cells: &[&str]) -> Vec<Email> {
        self.rows.other_emails(cells)
    }

    /// Files that were glued together have their headings in the middle.
    fn is_headings(&self, cells: &[&str]) -> bool {
        let headings = &self.format.headings;
        let same = |(heading, cell): (&String, &&str)| heading.trim() == cell.trim();
        !self.format.unnamed && cells.len() == headings.len() && headings.iter().zip(cells).all(same)
    }
}

/// What the last row of a table begins with when it sums the table up.
const TOTALS: [&str; 14] = [
    "total",
    "totals",
    "subtotal",
    "grand",
    "sum",
    "gesamt",
    "gesamtsumme",
    "summe",
    "somme",
    "totale",
    "totaal",
    "suma",
    "soma",
    "razem",
];

/// Whether a row begins with a word for totals and holds only numbers besides.
fn is_of_totals(cells: &[&str]) -> bool {
    let mut filled = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let begins = filled.next().is_some_and(|first| {
        fold(first).split(' ').next().is_some_and(|word| TOTALS.contains(&word)) && !first.contains('@')
    });
    begins && filled.all(|cell| !cell.contains(char::is_alphabetic))
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
    fn a_row_of_totals_is_told_as_what_it_is() {
        for cells in [["Total", "", "", "12"], ["", "Summe:", "", "1.240,50 €"], ["Total: 12 contacts", "", "", ""]] {
            assert_eq!(reason(&cells), "a row of totals, not a person", "{cells:?}");
        }
        assert_eq!(reason(&["", "Total", "", "Energies"]), "no email address");
        assert_eq!(reason(&["", "Ann", "", "12"]), "no email address");
    }

    #[test]
    fn what_guards_a_cell_is_no_part_of_it() {
        let Row::Person(person) = judge().read(&["ann@x.example", "'-Bo", "", "'s-Hertogenbosch"]) else { panic!() };
        assert_eq!((person.first_name.as_str(), person.city.as_str()), ("-Bo", "'s-Hertogenbosch"));
    }
}
