//! Amounts as Stripe counts them. Its smallest unit is not ISO 4217's for every currency, so there are two tables: ours is that of
//! `ui::format`, this one is Stripe's page on currencies.

use super::client::Fault;
use crate::ui::{format::decimals_of, money_text};

/// Decimals of the amounts that Stripe takes and returns.
fn stripe_decimals(currency: &str) -> u32 {
    match currency.to_ascii_uppercase().as_str() {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV" | "XAF"
        | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        // ISK and UGX too, although they have no decimals.
        _ => 2,
    }
}

/// The smallest step of a price at Stripe, in our minor units: all of its amounts in three decimals end in 0.
fn step_minor(currency: &str) -> i64 {
    let (ours, theirs) = (decimals_of(currency), stripe_decimals(currency).min(2));
    10_i64.pow(ours.saturating_sub(theirs))
}

/// `minor` of our units as Stripe counts it; `None` when Stripe cannot count it.
pub(in crate::billing) fn to_stripe(minor: i64, currency: &str) -> Option<i64> {
    if minor % step_minor(currency) != 0 {
        return None;
    }
    let (ours, theirs) = (decimals_of(currency), stripe_decimals(currency));
    let scaled = minor.checked_mul(10_i64.pow(theirs.saturating_sub(ours)))?;
    Some(scaled / 10_i64.pow(ours.saturating_sub(theirs)))
}

/// The same for what is about to be asked.
///
/// # Errors
/// [`Fault::Refused`]: Stripe would refuse it.
pub(in crate::billing) fn amount(minor: i64, currency: &str) -> Result<String, Fault> {
    to_stripe(minor, currency).map(|amount| amount.to_string()).ok_or_else(|| Fault::Refused {
        code: "amount".into(),
        message: format!("{} cannot be charged: {}", money_text(minor, currency), fault(currency)),
    })
}

/// What Stripe calls `amount` in our minor units; a part of one, which rounding at Stripe may leave, is dropped.
pub(super) fn from_stripe(amount: i64, currency: &str) -> i64 {
    let (ours, theirs) = (decimals_of(currency), stripe_decimals(currency));
    amount.saturating_mul(10_i64.pow(ours.saturating_sub(theirs))) / 10_i64.pow(theirs.saturating_sub(ours))
}

/// The most that Stripe can count and is not above `minor`.
pub(in crate::billing) fn round_down(minor: i64, currency: &str) -> i64 {
    minor - minor % step_minor(currency)
}

/// What is wrong with prices that Stripe cannot count.
pub(in crate::billing) fn fault(currency: &str) -> String {
    let (step, one) = (step_minor(currency), 10_i64.pow(decimals_of(currency)));
    if step >= one {
        format!(
            "The payment provider takes whole amounts of {currency} only, for example {}.",
            money_text(one * 5_000, currency)
        )
    } else {
        let example = money_text(one * 5 + step * 12, currency);
        format!("The payment provider takes prices in {currency} whose last digit is 0 only, for example {example}.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_counted_as_stripe_does_and_back() {
        for (minor, currency, stripe) in [
            (4_900, "USD", 4_900),
            (4_900, "JPY", 4_900),
            (4_900, "ISK", 490_000),
            (4_900, "ugx", 490_000),
            (490_000, "MGA", 4_900),
            (5_120, "KWD", 5_120),
            (490_000, "HUF", 490_000),
            (15_000, "TWD", 15_000),
        ] {
            assert_eq!(to_stripe(minor, currency), Some(stripe), "{minor} {currency}");
            assert_eq!(from_stripe(stripe, currency), minor, "{stripe} {currency}");
        }
        for (minor, currency, below) in [(5_125, "KWD", 5_120), (490_050, "MGA", 490_000), (7, "BHD", 0)] {
            assert_eq!(to_stripe(minor, currency), None, "{minor} {currency}");
            assert_eq!(round_down(minor, currency), below);
        }
        assert_eq!(to_stripe(i64::MAX, "ISK"), None);
        assert_eq!(from_stripe(490_050, "ISK"), 4_900);
    }

    #[test]
    fn a_price_that_cannot_be_counted_says_what_would_do() {
        assert!(fault("KWD").ends_with("for example 5.120 KWD."), "{}", fault("KWD"));
        assert!(fault("MGA").ends_with("for example 5,000 MGA."), "{}", fault("MGA"));
    }
}
