//! What a company takes in a year, in the classes people choose from.

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
}
