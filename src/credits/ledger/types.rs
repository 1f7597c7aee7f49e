//! Credits: whole numbers, never negative, checked arithmetic.

use std::fmt;

use serde::{Deserialize, Serialize};

/// An amount of credits, zero or more. One credit pays for one delivered lead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
#[serde(try_from = "i64", into = "i64")]
#[sqlx(transparent)]
pub struct Credits(i64);

/// The result of a sum or difference would be below zero or above what 64 bits hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutOfRange;

impl Credits {
    /// `amount` as credits, or nothing when it is negative.
    pub fn new(amount: i64) -> Option<Self> {
        (amount >= 0).then_some(Self(amount))
    }

    pub fn get(self) -> i64 {
        self.0
    }

    /// The difference.
    ///
    /// # Errors
    /// [`OutOfRange`] when `other` is more than there is.
    pub fn minus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_sub(other.0).and_then(Self::new).ok_or(OutOfRange)
    }
}

impl fmt::Display for OutOfRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an amount of credits is out of range")
    }
}

impl std::error::Error for OutOfRange {}

impl TryFrom<i64> for Credits {
    type Error = OutOfRange;
    fn try_from(amount: i64) -> Result<Self, OutOfRange> {
        Self::new(amount).ok_or(OutOfRange)
    }
}

impl From<Credits> for i64 {
    fn from(credits: Credits) -> Self {
        credits.0
    }
}

/// What a workspace has: the four buckets of its account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Balance {
    /// Free to use.
    pub available: Credits,
    /// Set aside for lead requests under way.
    pub held: Credits,
    /// Paid for delivered leads.
    pub spent: Credits,
    pub expired: Credits,
}

impl Credits {
    pub const ZERO: Self = Self(0);

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum.
    ///
    /// # Errors
    /// [`OutOfRange`] above `i64::MAX`.
    pub fn plus(self, other: Self) -> Result<Self, OutOfRange> {
        self.0.checked_add(other.0).map(Self).ok_or(OutOfRange)
    }

    /// The price of `count` things at this price each.
    ///
    /// # Errors
    /// [`OutOfRange`] above `i64::MAX`.
    pub fn times(self, count: i64) -> Result<Self, OutOfRange> {
        self.0.checked_mul(count).and_then(Self::new).ok_or(OutOfRange)
    }

    /// Reads what was typed: digits, with commas or spaces between groups, from 1 to `most`.
    ///
    /// # Errors
    /// What to change, for the message beside the field.
    pub fn parse(text: &str, most: i64) -> Result<Self, String> {
        let digits: String = text.trim().chars().filter(|letter| !matches!(letter, ',' | ' ' | '\u{a0}')).collect();
        let whole = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if !whole {
            return Err("Enter a whole number of credits, for example 500.".into());
        }
        match digits.parse::<i64>() {
            Ok(0) => Err("Enter at least 1 credit.".into()),
            Ok(amount) if amount <= most => Ok(Self(amount)),
            _ => Err(format!("This is too much: at most {} at a time.", crate::ui::credits_text(most))),
        }
    }
}

impl fmt::Display for Credits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_amount_is_a_whole_number_within_bounds() {
        assert_eq!(Credits::parse(" 2,000 ", 10_000), Ok(Credits(2_000)));
        for text in ["", "0", "-1", "ten", "1.5", "10001", "1000000000000000000000000000000", "+5", "٥"] {
            assert!(Credits::parse(text, 10_000).is_err(), "{text}");
        }
    }

    #[test]
    fn credits_are_never_negative_and_never_overflow() {
        assert_eq!(Credits::new(-1), None);
        let most = Credits::new(i64::MAX).unwrap();
        let one = Credits::new(1).unwrap();
        assert_eq!(most.plus(one), Err(OutOfRange));
        assert_eq!(Credits::ZERO.minus(one), Err(OutOfRange));
        assert_eq!(most.times(2), Err(OutOfRange));
        assert!(serde_json::from_str::<Credits>("-5").is_err());
    }
}
