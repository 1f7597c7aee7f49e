//! Rates and costs, with how sure they are.

/// Fewer contacted leads than this tell too little.
pub const ENOUGH: i64 = 100;
/// Of a 95 % interval: the normal distribution's 97.5 % point.
const Z: f64 = 1.959_963_984_540_054;

/// A share of 0 to 1, with the interval that holds the true one 95 times of 100.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub share: f64,
    pub low: f64,
    pub high: f64,
}

/// Wilson's interval of `k` of `n`; `None`: of none.
pub fn rate(k: i64, n: i64) -> Option<Rate> {
    if n <= 0 {
        return None;
    }
    let (k, n) = (k as f64, n as f64);
    let share = k / n;
    let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let half = Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
    Some(Rate { share, low: (middle - half).max(0.0), high: (middle + half).min(1.0) })
}

/// What one positive reply cost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cost {
    /// Credits for each, and the interval.
    Each { credits: f64, low: f64, high: f64 },
    /// None came yet: it is more than this.
    MoreThan(f64),
}

/// Credits for each of `k` positive replies of `n` contacted leads; `None`: no lead was contacted, or nothing was paid.
pub fn cost(credits: i64, k: i64, n: i64) -> Option<Cost> {
    let rate = rate(k, n).filter(|_| credits > 0)?;
    let (credits, n) = (credits as f64, n as f64);
    Some(if k == 0 {
        Cost::MoreThan(credits / (n * rate.high))
    } else {
        Cost::Each { credits: credits / k as f64, low: credits / (n * rate.high), high: credits / (n * rate.low) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_near(left: f64, right: f64) -> bool {
        (left - right).abs() < 0.000_5
    }

    /// The example of Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    #[test]
    fn intervals_are_those_that_were_published() {
        for ((k, n), (low, high)) in [
            ((81, 263), (0.2553, 0.3662)),
            ((15, 148), (0.0624, 0.1605)),
            ((0, 20), (0.0, 0.1611)),
            ((1, 29), (0.0061, 0.1718)),
        ] {
            let rate = rate(k, n).unwrap();
            assert!(is_near(rate.low, low) && is_near(rate.high, high), "{k} of {n}: {rate:?}");
        }
        assert_eq!(rate(0, 0), None);
    }

    #[test]
    fn a_cost_is_credits_over_positive_replies_and_a_bound_without_any() {
        let Some(Cost::Each { credits, low, high }) = cost(263, 81, 263) else { panic!("a cost") };
        assert!(
            is_near(credits, 263.0 / 81.0) && is_near(low, 1.0 / 0.3662 - 0.000_2) || low < credits && credits < high
        );
        let Some(Cost::MoreThan(bound)) = cost(100, 0, 100) else { panic!("a bound") };
        assert!(is_near(bound, 100.0 / (100.0 * 3.8415 / 103.8415)), "{bound}");
        assert_eq!((cost(0, 0, 10), cost(10, 0, 0)), (None, None));
    }
}
