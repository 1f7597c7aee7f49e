//! How many people work at a company.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{
    amount::{self, Amount, range_of_date},
    keys::fold,
};

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

    /// Reads what files write: `120`, `1,400`, `51-200`, `10001+`, `über 500`, `11 - 50 employees`, `1.5K`, and the dates that
    /// spreadsheets make of `1-10` and `11-50`. What leaves doubt is unknown.
    pub fn recognise(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse().ok().and_then(|people| Self::of(people, Some(people)));
        }
        if let Some(range) = range_of_date(text) {
            return range.map(|(min, max)| Self { min: min.into(), max: Some(max.into()) });
        }
        if ALONE.contains(&fold(text).as_str()) {
            return Some(Self::exactly(1));
        }
        match amount::read(text, &PEOPLE, false)? {
            Amount::Exactly(people) => Self::of(whole(people)?, Some(whole(people)?)),
            Amount::Between(min, max) => Self::of(whole(min)?.max(1), Some(whole(max)?)),
            Amount::AtLeast(min) => Self::of(whole(min)?, None),
            Amount::AtMost(max) => Self::of(1, Some(whole(max)?)),
        }
    }

    fn of(min: i64, max: Option<i64>) -> Option<Self> {
        let sane = |people: i64| (1..=SIZE_MAX).contains(&people);
        (sane(min) && max.is_none_or(|max| sane(max) && min <= max)).then_some(Self { min, max })
    }
}

/// People are whole.
fn whole(people: f64) -> Option<i64> {
    (people.fract() == 0.0 && (0.0..=SIZE_MAX as f64).contains(&people)).then_some(people as i64)
}

/// Who works alone.
const ALONE: [&str; 9] = [
    "self employed",
    "selfemployed",
    "myself only",
    "just me",
    "freelancer",
    "freelance",
    "selbststandig",
    "independant",
    "autonomo",
];

/// Words of sizes that say nothing of the number.
const PEOPLE: [&str; 66] = [
    "employee",
    "employees",
    "people",
    "person",
    "persons",
    "staff",
    "fte",
    "ftes",
    "workers",
    "members",
    "associates",
    "headcount",
    "team",
    "size",
    "company",
    "in",
    "total",
    "on",
    "linkedin",
    "small",
    "medium",
    "mid",
    "large",
    "enterprise",
    "startup",
    "micro",
    "mitarbeiter",
    "mitarbeitende",
    "mitarbeiterinnen",
    "beschaftigte",
    "ma",
    "personen",
    "employes",
    "salaries",
    "collaborateurs",
    "personnes",
    "effectif",
    "empleados",
    "trabajadores",
    "personas",
    "dipendenti",
    "addetti",
    "persone",
    "funcionarios",
    "colaboradores",
    "empregados",
    "pessoas",
    "medewerkers",
    "werknemers",
    "pracownikow",
    "osob",
    "anstallda",
    "ansatte",
    "medarbejdere",
    "calisan",
    "kisi",
    "人",
    "名",
    "社員",
    "员工",
    "명",
    "сотрудников",
    "человек",
    "sized",
    "business",
    "mm",
];

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
            ("250.00", range(250, Some(250))),
            ("1.5K", range(1500, Some(1500))),
            ("2.5k-5k", range(2500, Some(5000))),
            ("500-1K", range(500, Some(1000))),
            ("10K+", range(10000, None)),
            ("über 500", range(500, None)),
            ("plus de 500", range(500, None)),
            ("más de 500", range(500, None)),
            ("10001 und mehr", range(10001, None)),
            ("10.001+ Mitarbeiter", range(10001, None)),
            ("> 500 employees", range(500, None)),
            ("500 or more", range(500, None)),
            ("up to 10", range(1, Some(10))),
            ("bis zu 10 Mitarbeiter", range(1, Some(10))),
            ("< 50", range(1, Some(50))),
            ("between 11 and 50 employees", range(11, Some(50))),
            ("11 à 50 salariés", range(11, Some(50))),
            ("51 to 200", range(51, Some(200))),
            ("Small (11-50)", range(11, Some(50))),
            ("0-10", range(1, Some(10))),
            ("１１～５０名", range(11, Some(50))),
            ("500人以上", range(500, None)),
            ("Self-employed", range(1, Some(1))),
            ("02-Oct", range(2, Some(10))),
            ("11/1/1950", range(11, Some(50))),
            ("01-Nov", None),
            ("1-5k", None),
            ("11.5", None),
            ("0", None),
            ("3 offices, 50 people", None),
            ("120 shops", None),
            ("founded 2010", None),
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
