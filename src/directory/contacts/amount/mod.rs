//! Numbers as vendors and spreadsheets write them: "10,001+", "1.5K", "über 500", "$10M - $25M", a range that became a date.

mod date;
mod number;
mod words;

use self::words::{AT_MOST_AFTER, AT_MOST_BEFORE, BEFORE_RANGE, OPEN_AFTER, OPEN_BEFORE, RANGE_SIGNS, simplified};

pub use date::range_of_date;
pub use number::Unit;

/// What a text says of a number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Amount {
    Exactly(f64),
    /// From the one to the other.
    Between(f64, f64),
    AtLeast(f64),
    AtMost(f64),
}

/// Reads an amount; nothing where a word or sign leaves doubt. `noise` are folded words that say nothing, such as "employees".
/// `unit_of_both` says what the one unit of "1-5K" belongs to: to both numbers, or is in doubt.
pub fn read(text: &str, noise: &[&str], unit_of_both: bool) -> Option<Amount> {
    let text = text.trim().to_lowercase();
    let found = number::numbers_in(&text);
    let say = |text: &str| simplified(text, noise);
    match &found[..] {
        [one] => {
            let (before, after) = (say(&text[..one.from]), say(&text[one.until..]));
            let (before, after) = (before.as_str(), after.as_str());
            let value = one.value()?;
            let opens = OPEN_BEFORE.contains(&before) || OPEN_AFTER.contains(&after);
            let ends = AT_MOST_BEFORE.contains(&before) || AT_MOST_AFTER.contains(&after);
            let is_before = before.is_empty() || OPEN_BEFORE.contains(&before) || AT_MOST_BEFORE.contains(&before);
            let is_after = after.is_empty() || OPEN_AFTER.contains(&after) || AT_MOST_AFTER.contains(&after);
            match (opens, ends) {
                _ if !is_before || !is_after => None,
                (true, false) => Some(Amount::AtLeast(value)),
                (false, true) => Some(Amount::AtMost(value)),
                (false, false) => Some(Amount::Exactly(value)),
                (true, true) => None,
            }
        }
        [one, other] => {
            let (before, between, after) =
                (say(&text[..one.from]), say(&text[one.until..other.from]), say(&text[other.until..]));
            let is_range = RANGE_SIGNS.contains(&between.as_str());
            let fits = BEFORE_RANGE.contains(&before.as_str()) && after.is_empty();
            let (from, until) = (one.value()?, other.value()?);
            let from = match (one.unit, other.unit) {
                // "500-1K" is 500 to 1,000; "1-5K" may be 1 or 1,000 to 5,000
                (Unit::One, unit) if unit != Unit::One && from * unit.factor() < until => {
                    if unit_of_both {
                        from * unit.factor()
                    } else {
                        return None;
                    }
                }
                _ => from,
            };
            (is_range && fits && from <= until).then_some(Amount::Between(from, until))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_doubt_is_nothing() {
        for text in [
            "",
            "many",
            "3 offices, 50 people",
            "-5",
            "120 shops",
            "1,40",
            "1-2-3",
            "200-51",
            "1-5k",
            "12.5.7",
            "1.500k",
            "2/10",
        ] {
            let read = read(text, &["people"], false);
            let whole = |read| !matches!(read, Some(Amount::Exactly(value)) if f64::fract(value) > 0.0);
            assert!(read.is_none() || !whole(read), "{text}: {read:?}");
        }
    }
}
