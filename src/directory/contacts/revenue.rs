//! What a company takes in a year, in the classes people choose from.

use super::amount::{self, Amount};

/// A class of yearly revenue. Files mostly tell US dollars; the number is taken as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RevenueClass {
    /// The value in forms and in the index.
    pub code: &'static str,
    pub label: &'static str,
    /// Whole units, from here …
    min: i64,
    /// … and below this.
    below: i64,
}

const MILLION: i64 = 1_000_000;

impl RevenueClass {
    pub const ALL: [Self; 7] = [
        Self { code: "0-1m", label: "Under 1 million", min: 0, below: MILLION },
        Self { code: "1m-10m", label: "1–10 million", min: MILLION, below: 10 * MILLION },
        Self { code: "10m-50m", label: "10–50 million", min: 10 * MILLION, below: 50 * MILLION },
        Self { code: "50m-100m", label: "50–100 million", min: 50 * MILLION, below: 100 * MILLION },
        Self { code: "100m-500m", label: "100–500 million", min: 100 * MILLION, below: 500 * MILLION },
        Self { code: "500m-1b", label: "500 million – 1 billion", min: 500 * MILLION, below: 1000 * MILLION },
        Self { code: "1b+", label: "Over 1 billion", min: 1000 * MILLION, below: i64::MAX },
    ];

    /// The class of a revenue; a negative one has none.
    pub fn of(revenue: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|class| (class.min..class.below).contains(&revenue))
    }
}

/// Reads a yearly revenue in whole units: `24000000`, `$24M`, `1.2 Mio. €`, `$10M - $25M`. Of a range it is the lower end, where
/// all of it lies in one class; what lies in several, or leaves doubt, is unknown.
pub fn recognise_revenue(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().filter(|revenue| *revenue < 9_000_000_000_000_000);
    }
    let (from, until) = match amount::read(&short_million(text), &MONEY, true)? {
        Amount::Exactly(value) => (value, value),
        Amount::Between(from, until) => (from, until),
        Amount::AtLeast(from) => (from, f64::MAX),
        Amount::AtMost(until) => (0.0, until),
    };
    let whole = |value: f64| (0.0..9e15).contains(&value).then_some(value.round() as i64);
    let from = whole(from)?;
    let class = RevenueClass::of(from)?;
    let is_inside = class.below == i64::MAX || whole(until).is_some_and(|until| until <= class.below);
    is_inside.then_some(from)
}

/// "$10 mil." is short for millions where dollars are meant; elsewhere "mil" may be a thousand.
fn short_million(text: &str) -> String {
    let lower = text.to_lowercase();
    if lower.contains('$') || lower.contains("usd") {
        lower.replace("mil.", "million").replace("bil.", "billion")
    } else {
        lower
    }
}

/// Words of revenues that say nothing of the number.
const MONEY: [&str; 34] = [
    "usd", "us", "eur", "gbp", "chf", "cad", "aud", "sek", "nok", "dkk", "pln", "brl", "inr", "jpy", "cny", "dollar",
    "dollars", "euro", "euros", "pounds", "annual", "annually", "revenue", "per", "year", "pa", "p", "a", "umsatz",
    "円", "元", "원", "yen", "kr",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_revenue_has_one_class() {
        for (revenue, code) in [(0, "0-1m"), (999_999, "0-1m"), (MILLION, "1m-10m"), (2_000_000_000, "1b+")] {
            assert_eq!(RevenueClass::of(revenue).unwrap().code, code);
        }
        assert_eq!(RevenueClass::of(-1), None);
        assert!(RevenueClass::ALL.windows(2).all(|pair| pair[0].below == pair[1].min));
    }

    #[test]
    fn revenues_are_read_as_vendors_write_them() {
        for (text, revenue) in [
            ("24000000", Some(24_000_000)),
            ("$24M", Some(24_000_000)),
            ("$1.2M", Some(1_200_000)),
            ("1.2 million", Some(1_200_000)),
            ("5,400,000.00", Some(5_400_000)),
            ("1,2 Mio. €", Some(1_200_000)),
            ("EUR 3,5 Mrd.", Some(3_500_000_000)),
            ("$2.5B", Some(2_500_000_000)),
            ("$500K", Some(500_000)),
            ("$1,500K", Some(1_500_000)),
            ("$10M - $25M", Some(10_000_000)),
            ("$1M-$10M", Some(1_000_000)),
            ("$10-50M", Some(10_000_000)),
            ("$10 mil. - $25 mil.", Some(10_000_000)),
            ("over $5 bil.", Some(5_000_000_000)),
            ("$1B+", Some(1_000_000_000)),
            ("< $1M", Some(0)),
            ("under 1 million", Some(0)),
            ("$5M - $25M", None),
            ("$10M+", None),
            ("10 mil", None),
            ("-5", None),
            ("unknown", None),
            ("", None),
        ] {
            assert_eq!(recognise_revenue(text), revenue, "{text}");
        }
    }
}
