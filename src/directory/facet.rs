//! How many people each value of a filter stands for.

use crate::ui::count_text;

/// One value of a filter, and how many people it stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// As the form sends it.
    pub value: String,
    /// People who would match if it were the only value of its filter.
    pub leaves: u64,
    /// People it would bring in addition to those who match already; all of `leaves` while its filter has no value.
    pub adds: u64,
}

/// The values of one filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facet {
    /// The filter's field.
    pub field: String,
    pub values: Vec<Counted>,
    /// People who have none of the values, the filter itself set aside: nothing is known of them, or it lies in no class. Who chooses
    /// every value leaves them out.
    pub none: u64,
}

impl Facet {
    /// Says how many people no value of the filter finds; empty where every one of them has one.
    pub fn none_text(&self) -> String {
        let what = match self.field.as_str() {
            "seniority" => "no known seniority",
            "department" => "no known department",
            "size" => "no known size, or one across several of these",
            "revenue" => "no known revenue",
            "industries" => "no known industry",
            "countries" => "no known country",
            _ => return String::new(),
        };
        match self.none {
            0 => String::new(),
            1 => format!("1 person has {what}."),
            people => format!("{} people have {what}.", count_text(i64::try_from(people).unwrap_or(i64::MAX))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_fits_no_value_is_told() {
        let facet = |none| Facet { field: "size".to_owned(), values: vec![], none };
        assert_eq!(facet(0).none_text(), "");
        assert_eq!(facet(1).none_text(), "1 person has no known size, or one across several of these.");
        assert_eq!(facet(1200).none_text(), "1,200 people have no known size, or one across several of these.");
        assert_eq!(Facet { field: "quality".to_owned(), ..facet(5) }.none_text(), "");
    }
}
