//! How many people work at a company.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A number of employees, known exactly (`min == max`) or as a range; without `max` it is open ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SizeRange {
    pub min: i64,
    pub max: Option<i64>,
}

/// No company is larger than this; it also stands for "open ended" where a number is needed.
pub const SIZE_MAX: i64 = 99_999_999;

impl SizeRange {
    pub const fn exactly(people: i64) -> Self {
        Self { min: people, max: Some(people) }
    }

    /// Whether `self` lies wholly inside `wanted`. A company known only as "51–200" is inside 50–200, but not
    /// inside 50–150: nobody pays for a maybe.
    pub fn is_inside(self, wanted: Self) -> bool {
        self.min >= wanted.min && self.max.unwrap_or(SIZE_MAX) <= wanted.max.unwrap_or(SIZE_MAX)
    }

    /// Reads what files write: `120`, `1,400`, `51-200`, `10001+`, `11 - 50 employees`, `1K-5K`, and the dates that
    /// spreadsheets make of `1-10` and `11-50`.
    pub fn recognise(text: &str) -> Option<Self> {
        let text = text.trim().to_lowercase();
        match text.as_str() {
            "10-jan" | "1-oct" | "jan-10" | "oct-01" | "01-oct" => {
                return Some(Self { min: 1, max: Some(10) });
            }
            "nov-50" | "50-nov" => {
                return Some(Self { min: 11, max: Some(50) });
            }
            "self-employed" | "self employed" | "myself only" => return Some(Self::exactly(1)),
            _ => {}
        }
        let open =
            text.contains('+') || text.contains("or more") || text.contains("more than") || text.starts_with('>');
        let at_most = text.starts_with('<') || text.contains("up to") || text.contains("less than");
        let numbers = numbers_in(&text)?;
        match numbers[..] {
            [people] if open => Self::of(people, None),
            [people] if at_most => Self::of(1, Some(people)),
            [people] => Self::of(people, Some(people)),
            [min, max] if !open => Self::of(min, Some(max)),
            _ => None,
        }
    }

    fn of(min: i64, max: Option<i64>) -> Option<Self> {
        let sane = |people: i64| (0..=SIZE_MAX).contains(&people);
        (sane(min) && max.is_none_or(|max| sane(max) && min <= max)).then_some(Self { min, max })
    }
}

/// The whole numbers of a text; a comma, point, apostrophe or space before three digits groups thousands.
fn numbers_in(text: &str) -> Option<Vec<i64>> {
    let letters: Vec<char> = text.chars().collect();
    let mut numbers = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if !letters[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let mut digits = String::new();
        while at < letters.len() {
            let groups = matches!(letters[at], ',' | '.' | '\'' | '’' | ' ' | '\u{a0}' | '\u{202f}')
                && letters.len() > at + 3
                && letters[at + 1..=at + 3].iter().all(char::is_ascii_digit)
                && letters.get(at + 4).is_none_or(|next| !next.is_ascii_digit());
            if letters[at].is_ascii_digit() {
                digits.push(letters[at]);
            } else if !groups {
                break;
            }
            at += 1;
        }
        // "120.0" as spreadsheets write whole numbers
        if letters.get(at) == Some(&'.') && letters.get(at + 1) == Some(&'0') {
            at += 2;
        }
        let mut number: i64 = digits.parse().ok()?;
        if letters.get(at) == Some(&'k') {
            number = number.checked_mul(1000)?;
        }
        numbers.push(number);
    }
    Some(numbers)
}

impl fmt::Display for SizeRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.max {
            Some(max) if max == self.min => write!(f, "{}", grouped(max)),
            Some(max) => write!(f, "{}–{}", grouped(self.min), grouped(max)),
            None => write!(f, "{}+", grouped(self.min)),
        }
    }
}

/// A whole number with thousands separators.
pub(crate) fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = if number < 0 { "−".to_owned() } else { String::new() };
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// The size classes people choose from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CompanySize {
    From1,
    From11,
    From51,
    From201,
    From501,
    From1001,
    From5001,
    From10001,
}

impl CompanySize {
    pub const ALL: [Self; 8] = [
        Self::From1,
        Self::From11,
        Self::From51,
        Self::From201,
        Self::From501,
        Self::From1001,
        Self::From5001,
        Self::From10001,
    ];

    /// The range it stands for.
    pub const fn range(self) -> SizeRange {
        let (min, max) = match self {
            Self::From1 => (1, Some(10)),
            Self::From11 => (11, Some(50)),
            Self::From51 => (51, Some(200)),
            Self::From201 => (201, Some(500)),
            Self::From501 => (501, Some(1000)),
            Self::From1001 => (1001, Some(5000)),
            Self::From5001 => (5001, Some(10000)),
            Self::From10001 => (10001, None),
        };
        SizeRange { min, max }
    }

    /// The value in forms, such as `51-200`.
    pub fn code(self) -> &'static str {
        match self {
            Self::From1 => "1-10",
            Self::From11 => "11-50",
            Self::From51 => "51-200",
            Self::From201 => "201-500",
            Self::From501 => "501-1000",
            Self::From1001 => "1001-5000",
            Self::From5001 => "5001-10000",
            Self::From10001 => "10001+",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|size| size.code() == code)
    }

    pub fn label(self) -> &'static str {
        match self {
            Self::From1 => "1–10",
            Self::From11 => "11–50",
            Self::From51 => "51–200",
            Self::From201 => "201–500",
            Self::From501 => "501–1,000",
            Self::From1001 => "1,001–5,000",
            Self::From5001 => "5,001–10,000",
            Self::From10001 => "10,001+",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_files_become_ranges() {
        let range = |min, max| Some(SizeRange { min, max });
        for (text, expected) in [
            ("120", range(120, Some(120))),
            ("1,400", range(1400, Some(1400))),
            ("24.000", range(24000, Some(24000))),
            ("51-200", range(51, Some(200))),
            ("51 – 200 employees", range(51, Some(200))),
            ("10001+", range(10001, None)),
            ("10,001+", range(10001, None)),
            ("1,001-5,000", range(1001, Some(5000))),
            ("1K-5K", range(1000, Some(5000))),
            ("Nov-50", range(11, Some(50))),
            ("10-Jan", range(1, Some(10))),
            ("120.0", range(120, Some(120))),
            ("200-51", None),
            ("many", None),
            ("", None),
            ("99999999999999999999", None),
            ("1-2-3", None),
        ] {
            assert_eq!(SizeRange::recognise(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_company_known_as_a_range_counts_only_when_all_of_it_is_wanted() {
        let wanted = SizeRange { min: 50, max: Some(200) };
        assert!(CompanySize::From51.range().is_inside(wanted));
        assert!(!CompanySize::From11.range().is_inside(wanted));
        assert!(!CompanySize::From51.range().is_inside(SizeRange { min: 50, max: Some(150) }));
        assert!(!CompanySize::From10001.range().is_inside(SizeRange { min: 1, max: Some(20000) }));
        assert!(SizeRange::exactly(24000).is_inside(CompanySize::From10001.range()));
    }

    #[test]
    fn sizes_read_well() {
        assert_eq!(CompanySize::From1001.label(), "1,001–5,000");
        assert_eq!(CompanySize::From10001.label(), "10,001+");
        for size in CompanySize::ALL {
            assert_eq!(SizeRange::recognise(size.code()), Some(size.range()));
        }
    }
}
