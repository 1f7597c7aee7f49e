//! What the cells of a column say of what it is.

use super::field::Field;
use crate::directory::{EmailStatus, SizeRange, contacts::courtesy::is_salutation, parse_domain};

/// At least this share of the cells must be of the kind of a heading, so that it is believed.
const BELIEVED_PERCENT: usize = 20;
/// Where the heading alone says little.
const SURE_PERCENT: usize = 80;

/// The cells of one column in the first rows that say something.
pub struct Cells<'rows>(Vec<&'rows str>);

impl<'rows> Cells<'rows> {
    pub fn of(rows: &'rows [Vec<String>], column: usize) -> Self {
        let cells = rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.trim());
        Self(cells.filter(|cell| !cell.is_empty()).collect())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the cells can be what a heading says: those of fields that can be told by their looks.
    pub fn may_be(&self, field: Field) -> bool {
        let fits: fn(&str) -> bool = match field {
            Field::Email => |cell| cell.contains('@') || cell.contains('＠'),
            Field::Website => |cell| !is_profile(cell) && !cell.contains('@') && parse_domain(cell).is_some(),
            Field::Linkedin => |cell| !is_company_profile(cell),
            Field::Phone => |cell| digits(cell) >= 5 && !cell.contains("://") && !cell.contains('@'),
            Field::Employees => |cell| SizeRange::recognise(cell).is_some(),
            Field::Revenue => |cell| digits(cell) > 0,
            Field::Title => |cell| !is_salutation(cell),
            Field::FirstName | Field::LastName | Field::FullName | Field::Company => |cell| !cell.contains('@'),
            _ => return true,
        };
        self.is_empty() || self.percent(fits) >= BELIEVED_PERCENT
    }

    /// Whether nearly all cells are of a field, whatever the heading says.
    pub fn are(&self, field: Field) -> bool {
        let fits: fn(&str) -> bool = match field {
            Field::EmailStatus => |cell| EmailStatus::recognise(cell).is_some(),
            Field::Linkedin => |cell| is_profile(cell) && !is_company_profile(cell),
            _ => return false,
        };
        !self.is_empty() && self.percent(fits) >= SURE_PERCENT
    }

    /// Whether more than half are sound addresses.
    pub fn are_addresses(&self) -> bool {
        let sound = self.0.iter().filter(|cell| cell.parse::<crate::email::Email>().is_ok()).count();
        sound * 2 > self.0.len()
    }

    fn percent(&self, fits: fn(&str) -> bool) -> usize {
        self.0.iter().filter(|cell| fits(cell)).count() * 100 / self.0.len().max(1)
    }
}

fn digits(cell: &str) -> usize {
    cell.chars().filter(char::is_ascii_digit).count()
}

/// The address of a person's page in a network of people.
fn is_profile(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    lower.contains("linkedin.com") || lower.contains("xing.com/profile") || lower.contains("/in/")
}

fn is_company_profile(cell: &str) -> bool {
    let lower = cell.to_lowercase();
    lower.contains("linkedin.com/company") || lower.contains("linkedin.com/school")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells<'rows>(cells: &[&'rows str]) -> Cells<'rows> {
        Cells(cells.to_vec())
    }

    #[test]
    fn cells_tell_what_a_column_cannot_be() {
        assert!(!cells(&["Mr", "Dr.", "Mrs", "Prof. Dr."]).may_be(Field::Title));
        assert!(cells(&["Mr", "CEO", "Dr", "Head of Sales"]).may_be(Field::Title));
        assert!(!cells(&["https://www.linkedin.com/in/ann"]).may_be(Field::Website));
        assert!(!cells(&["https://www.linkedin.com/company/acme"]).may_be(Field::Linkedin));
        assert!(!cells(&["M", "XL", "S"]).may_be(Field::Employees));
        assert!(cells(&[]).may_be(Field::Employees), "nothing speaks against it");
        assert!(cells(&["valid", "invalid", "catch-all"]).are(Field::EmailStatus));
        assert!(!cells(&["open", "won", "lost"]).are(Field::EmailStatus));
    }
}
