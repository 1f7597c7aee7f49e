//! How many leads a request is for.

use serde::{Deserialize, Serialize};

/// How many leads are asked for: 1 to 100,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct LeadCount(i64);

impl LeadCount {
    /// A single lead: what is quoted before a quantity was typed.
    pub const ONE: Self = Self(1);
    /// The most leads one request may ask for.
    pub const MAX: i64 = 100_000;

    /// Reads a number as people type it: `2,000`, `2 000`, `2000`.
    ///
    /// # Errors
    /// What to change, for the message beside the field.
    pub fn parse(text: &str) -> Result<Self, String> {
        let digits: String = text.trim().chars().filter(|letter| !matches!(letter, ',' | ' ' | '\u{a0}')).collect();
        if digits.is_empty() {
            return Err("Say how many leads you want.".into());
        }
        let Some(unsigned) =
            digits.strip_prefix('-').or(Some(&digits)).filter(|d| d.chars().all(|d| d.is_ascii_digit()))
        else {
            return Err("Write the number of leads in digits, for example 250.".into());
        };
        let too_many = || format!("One request takes at most {} leads.", crate::ui::count_text(Self::MAX));
        if digits.starts_with('-') || unsigned.chars().all(|digit| digit == '0') {
            return Err("Ask for at least 1 lead.".into());
        }
        match unsigned.parse::<i64>() {
            Ok(count) if count <= Self::MAX => Ok(Self(count)),
            _ => Err(too_many()),
        }
    }

    /// This number of leads, if it can be requested.
    pub fn of(count: i64) -> Option<Self> {
        (1..=Self::MAX).contains(&count).then_some(Self(count))
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_a_whole_number_from_one_to_the_limit() {
        assert_eq!(LeadCount::parse("25").unwrap().get(), 25);
        assert_eq!(LeadCount::parse(" 2,000 ").unwrap().get(), 2_000);
        for wrong in ["", "0", "-1", "1000000000000", "ten", "1.5", "2e3", "99999999999999999999", "-"] {
            assert!(LeadCount::parse(wrong).is_err(), "{wrong}");
        }
    }
}
