//! Words of dates in many languages, a file per table.

use std::sync::LazyLock;

use crate::outreach::replies::reading::phrases::{Phrase, parse, words};

/// A row for each month.
pub static MONTHS: LazyLock<Vec<Vec<String>>> =
    LazyLock::new(|| include_str!("months.txt").lines().map(words).collect());
/// Monday first.
pub static WEEKDAYS: LazyLock<Vec<Vec<String>>> =
    LazyLock::new(|| include_str!("weekdays.txt").lines().map(words).collect());
pub static TOMORROW: LazyLock<Vec<String>> = LazyLock::new(|| words(include_str!("tomorrow.txt")));
pub static NEXT_WEEK: LazyLock<Vec<Phrase>> = LazyLock::new(|| parse(include_str!("next_week.txt")));
/// Back on the day.
pub static BACK: LazyLock<Vec<String>> = LazyLock::new(|| words(include_str!("back.txt")));
/// Away through the day, back on the next.
pub static THROUGH: LazyLock<Vec<String>> = LazyLock::new(|| words(include_str!("through.txt")));
/// The same, but only right before the day: elsewhere it says something else.
pub const TO: [&str; 9] = ["to", "au", "al", "ao", "do", "til", "med", "tom", "a"];
/// The same after the day.
pub const THROUGH_BEFORE: [&str; 4] = ["asti", "saakka", "kadar", "ig"];
/// Words of English, in which the order of figures is not known.
pub const ENGLISH: [&str; 8] = ["the", "will", "am", "is", "are", "my", "until", "back"];
/// Beside a day: away on that day too.
pub static INCLUSIVE: LazyLock<Vec<String>> = LazyLock::new(|| words(include_str!("inclusive.txt")));
/// Before a month without a day.
pub static MONTH_FOLLOWS: LazyLock<Vec<String>> = LazyLock::new(|| {
    words("in until till im bis en jusqu'en em w v i do hasta ate fino tot pana în до в ab from since of")
});
/// In English, back on the day.
pub const UNTIL: [&str; 4] = ["until", "till", "til", "untill"];
